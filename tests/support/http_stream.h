#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "http/request_reader.h"

namespace spectrum {

inline std::string text_of(const http::Request& request) {
  std::string text = std::string(request.method) + " " + std::string(request.path);
  if (!request.query.empty()) text += "?" + std::string(request.query);
  for (const auto& [name, value] : request.fields) text += " [" + std::string(name) + ": " + std::string(value) + "]";
  return text + " " + std::string(request.body);
}

/// What a reader makes of a stream that comes in slices: each request, then `400` or the like when it fails, or
/// `waiting` when the stream ends in the middle of a request.
inline std::vector<std::string> read_requests(std::string_view stream, const std::function<std::size_t()>& next_slice,
                                              const http::RequestLimits& limits = {}) {
  using State = http::RequestReader::State;
  http::MemoryBudget budget(64 << 20);
  http::RequestReader reader(limits, budget);
  std::vector<std::string> seen;
  for (;;) {
    if (reader.state() == State::complete) {
      seen.push_back(text_of(reader.request()));
      reader.next();
      continue;
    }
    if (reader.state() == State::failed) {
      seen.push_back(std::to_string(reader.failure_status()));
      return seen;
    }
    if (stream.empty()) {
      if (reader.has_begun()) seen.push_back("waiting");
      return seen;
    }
    const auto space = reader.space();
    SPECTRUM_ASSERT(!space.empty(), "an unfinished request has room for more");
    const std::size_t size = std::min({next_slice(), space.size(), stream.size()});
    std::memcpy(space.data(), stream.data(), size);
    stream.remove_prefix(size);
    reader.received(size);
  }
}

}  // namespace spectrum
