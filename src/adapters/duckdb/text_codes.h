#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "adapters/duckdb/connection.h"

namespace spectrum::duckdb {

/// Lets statements call functions of ours on their texts: `text_code(number, text)` is what `code_of` of that number says,
/// -1 for null. DuckDB keeps few different texts as a dictionary, and asks once for each of its entries. Thread-safe.
class TextCodes {
 public:
  using CodeOf = std::function<std::int32_t(std::string_view)>;

  /// Makes the function known to all connections of the database; they must not outlive it.
  Status define(Connection& connection);

  /// A function that statements can call as long as this lives.
  class Use {
   public:
    /// Whoever calls the function holds `turn`.
    Use(TextCodes& codes, const CodeOf& code_of, std::mutex& turn) : codes_(codes), number_(codes.add(code_of, turn)) {}
    ~Use() { codes_.remove(number_); }
    Use(const Use&) = delete;

    /// The SQL expression for the code of a text.
    std::string of(const std::string& text) const { return "text_code(" + std::to_string(number_) + ", " + text + ")"; }

   private:
    TextCodes& codes_;
    const std::int64_t number_;
  };

 private:
  struct Entry {
    const CodeOf& code_of;
    std::mutex& turn;
  };
  struct Call;

  std::int64_t add(const CodeOf& code_of, std::mutex& turn);
  void remove(std::int64_t number);
  std::shared_ptr<Entry> find(std::int64_t number);

  std::mutex mutex_;
  std::int64_t last_ = 0;
  std::map<std::int64_t, std::shared_ptr<Entry>> entries_;
};

}  // namespace spectrum::duckdb
