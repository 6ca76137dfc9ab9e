#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "ports/warehouse.h"
#include "query/filter.h"
#include "query/text_index.h"

namespace spectrum::query {

/// Tells which of some selectors an event matches: bit i stands for selector i. SQL looks at filters, and types are told
/// apart here, which is cheaper.
class Selectors {
 public:
  static constexpr std::size_t kMost = 32;

  /// Returns its number, counted from 0.
  Result<std::size_t> add(const Json& selector, std::string_view pointer, FilterCompiler& compiler);
  std::size_t size() const { return size_; }
  bool have_filters() const { return !filtered_.empty(); }

  /// Whether one of them matches every event.
  bool is_any(std::size_t selector) const { return (always_ >> selector & 1) != 0; }

  /// A condition: an event matches any of them.
  std::string any(FilterCompiler& compiler) const;
  /// A condition: an event has a type that one of them asks for.
  std::string any_type(FilterCompiler& compiler) const;
  /// What a statement selects to tell them apart: `, e.event_type`, and then the bits of those that have filters, if any has.
  std::string columns() const;
  std::size_t width() const { return have_filters() ? 2 : 1; }
  /// The bits of those that ask for nothing but a type, or for nothing at all.
  std::uint32_t bits_of(std::string_view type) const;
  /// How a scan codes the first of them; it must not outlive this.
  ports::CodedColumn types() const;
  /// All bits of each row; those columns are there from `first` on.
  void find(const ports::ColumnBatch& batch, std::size_t first, std::vector<std::uint32_t>& bits) const;

 private:
  struct Filtered {
    std::string condition;
    std::uint32_t bit;
  };
  std::string type_in(FilterCompiler& compiler, bool alone) const;

  std::size_t size_ = 0;
  std::uint32_t always_ = 0;                 ///< the bits of those that match anything
  bool takes_any_type_ = false;
  TextIndex types_;                          ///< those that are named
  std::vector<std::uint32_t> bits_of_type_;  ///< of those that ask for nothing but a type
  std::vector<Filtered> filtered_;
};

}  // namespace spectrum::query
