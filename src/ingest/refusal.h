#pragma once

#include <string>
#include <string_view>

namespace spectrum::ingest {

/// Why an event is refused, for its sender: a code of the HTTP API, a sentence, and a JSON pointer to the culprit.
struct Refusal {
  std::string_view code;  ///< a literal
  std::string message;
  std::string pointer;
};

}  // namespace spectrum::ingest
