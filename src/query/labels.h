#pragma once

#include <atomic>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "ports/warehouse.h"
#include "query/breakdown_options.h"
#include "query/text_index.h"

namespace spectrum::query {

/// Numbers the texts that come with events: a label stands for one combination of them, one text for each column. The
/// number of a text is its code plus one.
class Labels {
 public:
  /// The number of a text that is absent.
  static constexpr std::uint32_t kNoText = 0;

  explicit Labels(std::size_t columns) : columns_(columns), pairs_(columns < 2 ? 0 : columns - 1) {}

  std::size_t columns() const { return columns_; }
  /// The code of a text, for a scan (ports::CodedColumn).
  std::int32_t code_of(std::string_view text);
  /// What it holds, about; may be asked while codes are made.
  std::uint64_t bytes() const { return bytes_; }
  /// The label of each row of a batch; the codes of its texts are in columns from `first` on.
  void add(const ports::ColumnBatch& batch, std::size_t first, std::vector<std::uint32_t>& labels);
  /// The numbers of a label's texts.
  std::vector<std::uint32_t> texts_of(std::uint32_t label) const;
  const std::string& text(std::uint32_t number) const { return texts_[number - 1]; }

 private:
  /// Pairs of a label of the columns so far and the next column's text.
  struct Pairs {
    std::unordered_map<std::uint64_t, std::uint32_t> numbers;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> parts;

    std::uint32_t number_of(std::uint32_t label, std::uint32_t text);
  };
  std::size_t pair_count() const;

  std::size_t columns_;
  TextIndex texts_;  ///< their numbers here, less one
  std::atomic<std::uint64_t> bytes_ = 0;
  std::vector<Pairs> pairs_;
};

/// Puts labels that agree in some columns into one group. Group 0 is that of no texts at all.
class LabelGroups {
 public:
  /// By the columns in [first, last); the labels have to outlive it.
  LabelGroups(const Labels& labels, std::size_t first, std::size_t last);

  std::uint32_t of(std::uint32_t label);
  std::size_t size() const { return members_.size(); }
  /// Whether a group lacks the text of any column.
  bool lacks_text(std::uint32_t group) const;
  /// Its texts, `$none` for what is absent.
  Combination names(std::uint32_t group) const;

 private:
  const Labels& labels_;
  std::size_t first_;
  std::size_t last_;
  std::vector<std::uint32_t> group_of_label_;
  std::map<std::vector<std::uint32_t>, std::uint32_t> groups_;
  std::vector<std::vector<std::uint32_t>> members_;
};

}  // namespace spectrum::query
