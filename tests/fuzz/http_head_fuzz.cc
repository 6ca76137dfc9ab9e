// Any bytes as a stream of requests: however they are sliced, the same requests and the same failure come out.
// Input: one byte that seeds the slices; then the stream.
#include <cstdint>
#include <random>

#include "tests/support/http_stream.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace spectrum;
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data + 1), size - 1);
  const http::RequestLimits limits{.head_bytes = 1000, .body_bytes = 20'000, .fields = 10};
  const auto whole = read_requests(stream, [] { return std::string::npos; }, limits);
  SPECTRUM_ASSERT(read_requests(stream, [] { return 1; }, limits) == whole, "single bytes make the same requests");
  std::minstd_rand random(data[0]);
  SPECTRUM_ASSERT(read_requests(stream, [&] { return 1 + random() % 40; }, limits) == whole, "slices make the same requests");
  return 0;
}
