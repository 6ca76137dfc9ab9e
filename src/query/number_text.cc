#include "query/number_text.h"

#include <cmath>

#include "base/json_text.h"

namespace spectrum::query {

std::string number_text(double number) {
  constexpr double kLargestExact = 0x1p53;
  std::string text;
  if (std::abs(number) < kLargestExact && number == std::trunc(number)) {
    append_json_integer(text, static_cast<std::int64_t>(number));
  } else {
    append_json_number(text, number);
  }
  return text;
}

}  // namespace spectrum::query
