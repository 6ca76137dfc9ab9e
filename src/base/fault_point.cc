#include "base/fault_point.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>

namespace spectrum {
namespace {

struct Armed {
  std::string name;
  std::atomic<long> hits_left{0};
};

Armed& armed() {
  static Armed point;
  return point;
}

bool arm_from_environment() {
  const char* text = std::getenv("SPECTRUM_CRASH_AT");
  if (text != nullptr) arm_fault_point(text);
  return text != nullptr && *text != '\0';
}

}  // namespace

bool fault_points_armed = arm_from_environment();

void arm_fault_point(const std::string& name_and_hit) {
  const auto colon = name_and_hit.find(':');
  armed().name = name_and_hit.substr(0, colon);
  armed().hits_left = colon == std::string::npos ? 1 : std::atol(name_and_hit.c_str() + colon + 1);
  fault_points_armed = !name_and_hit.empty();
}

void hit_fault_point(const char* name) {
  constexpr int kKilled = 137;
  if (armed().name == name && --armed().hits_left == 0) ::_exit(kKilled);
}

}  // namespace spectrum
