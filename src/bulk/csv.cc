#include "bulk/csv.h"

#include <algorithm>
#include <cstring>

namespace spectrum::bulk {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view without_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

char guess_delimiter(std::string_view line) {
  static constexpr char kCandidates[] = {',', ';', '\t', '|'};
  std::size_t counts[4] = {0, 0, 0, 0};
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    for (std::size_t i = 0; !quoted && i < 4; ++i) counts[i] += c == kCandidates[i];
  }
  return kCandidates[std::max_element(counts, counts + 4) - counts];
}

Status CsvReader::sniff() {
  bool more = true;
  while (more && buffer_.text().find('\n') == std::string_view::npos) {
    TRY(more, buffer_.more());
  }
  if (buffer_.text().starts_with(kByteOrderMark)) buffer_.consume(kByteOrderMark.size());
  delimiter_ = guess_delimiter(buffer_.text().substr(0, buffer_.text().find('\n')));
  return {};
}

/// Where the row at the start of `text` ends, behind its line feed; nothing when more must be read to know. A quote
/// opens a quoted field only at the field's start.
std::optional<std::size_t> CsvReader::find_end(std::string_view text, bool at_end) {
  lines_in_row_ = 1;
  is_unclosed_ = false;
  const auto feed = text.find('\n');
  if (std::memchr(text.data(), '"', std::min(text.size(), feed)) == nullptr) {
    if (feed != std::string_view::npos) return feed + 1;
    return at_end ? std::optional(text.size()) : std::nullopt;
  }
  bool quoted = false, field_start = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\n') ++lines_in_row_;
      if (c != '"') continue;
      if (i + 1 == text.size() && !at_end) return std::nullopt;
      if (i + 1 < text.size() && text[i + 1] == '"') {
        ++i;
      } else {
        quoted = false;
      }
    } else if (c == '\n') {
      return i + 1;
    } else if (c == '"' && field_start) {
      quoted = true;
    }
    field_start = !quoted && c == delimiter_;
  }
  is_unclosed_ = quoted;
  return at_end ? std::optional(text.size()) : std::nullopt;
}

Result<bool> CsvReader::next(Row& row) {
  buffer_.consume(consumed_);
  consumed_ = 0;
  if (delimiter_ == 0) CHECK_OK(sniff());
  bool more = true;
  for (;;) {
    const auto end = find_end(buffer_.text(), !more);
    if (!end) {
      auto got = buffer_.more();
      if (!got) return Error{got.error().code, "line " + std::to_string(line_) + ": " + got.error().message};
      more = *got;
      continue;
    }
    if (*end == 0) {
      if (!more) return false;
      TRY(more, buffer_.more());
      continue;
    }
    row.line = line_;
    line_ += lines_in_row_;
    row.text = without_line_end(buffer_.text().substr(0, *end));
    if (row.text.empty()) {
      buffer_.consume(*end);
      continue;
    }
    row.is_unclosed = is_unclosed_;
    consumed_ = *end;
    split(row.text, row);
    return true;
  }
}

void CsvReader::split(std::string_view text, Row& row) {
  row.fields.clear();
  unquoted_.clear();
  unquoted_.reserve(text.size());  // views into it must stay
  for (std::size_t at = 0;;) {
    if (at < text.size() && text[at] == '"') {
      const std::size_t start = unquoted_.size();
      for (++at; at < text.size(); ++at) {
        if (text[at] == '"') {
          if (at + 1 >= text.size() || text[at + 1] != '"') break;
          ++at;
        }
        unquoted_ += text[at];
      }
      at = std::min(text.size(), at + 1);
      // What stands between a closing quote and the delimiter belongs to the field, as spreadsheets read it.
      for (; at < text.size() && text[at] != delimiter_; ++at) unquoted_ += text[at];
      row.fields.push_back(std::string_view(unquoted_).substr(start));
    } else {
      const std::size_t start = at;
      while (at < text.size() && text[at] != delimiter_) ++at;  // fields are short
      row.fields.push_back(text.substr(start, at - start));
    }
    if (at >= text.size()) return;
    ++at;
  }
}

}  // namespace spectrum::bulk
