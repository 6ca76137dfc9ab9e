#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "http/message.h"

namespace spectrum::http {

/// Why a request cannot be understood, as a status and a text for the client.
struct ParseFailure {
  int status;
  std::string_view message;
};

/// Reads one request's head, and its chunks if it has any. A thin wrapper of Boost.Beast's HTTP/1 parser that is
/// stricter where requests could be smuggled. One object per request.
class HeadParser {
 public:
  HeadParser();
  ~HeadParser();

  /// Takes a whole head, with the empty line that ends it.
  std::optional<ParseFailure> parse(std::string_view head, std::size_t max_fields);

  bool is_chunked() const;
  bool keep_alive() const;
  bool expects_continue() const;
  std::size_t content_length() const;

  struct ChunkStep {
    std::size_t consumed = 0;
    bool done = false;
    std::optional<ParseFailure> failure;
  };
  /// Decodes some of a chunked body: `data` is the part of `raw` that is content (call again while `consumed` > 0).
  ChunkStep parse_chunked(std::string_view raw, std::string_view& data);

  /// Fills everything but the body. `head` is the text given to `parse`, wherever it lies by now.
  void fill(Request& request, std::string_view head) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace spectrum::http
