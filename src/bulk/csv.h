#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bulk/buffer.h"

namespace spectrum::bulk {

/// Reads CSV (RFC 4180) row by row: quotes, doubled quotes, line feeds inside quotes, CRLF, a byte order mark; the
/// delimiter is guessed from the first line among comma, semicolon, tab and bar. One thread at a time.
class CsvReader {
 public:
  explicit CsvReader(Buffer buffer) : buffer_(std::move(buffer)) {}

  struct Row {
    std::uint64_t line = 0;                ///< where it begins, from 1
    std::vector<std::string_view> fields;  ///< live until the next call
    std::string_view text;                 ///< the row as it is, without its line end
    bool is_unclosed = false;              ///< a quote is left open, and the rest of the file lies in it
  };
  /// Reads the next row that is not empty; false at the end. `invalid` only when nothing more can be read.
  Result<bool> next(Row& row);

  char delimiter() const { return delimiter_; }

 private:
  Status sniff();
  std::optional<std::size_t> find_end(std::string_view text, bool at_end);
  void split(std::string_view text, Row& row);

  Buffer buffer_;
  char delimiter_ = 0;  // 0: not guessed yet
  std::uint64_t line_ = 1;
  std::size_t consumed_ = 0;       // of the row before
  std::uint64_t lines_in_row_ = 0;
  bool is_unclosed_ = false;
  std::string unquoted_;           // the texts of fields that held doubled quotes
};

/// The delimiter that a header line most likely has.
char guess_delimiter(std::string_view line);

}  // namespace spectrum::bulk
