#include "query/labels.h"

#include <algorithm>

namespace spectrum::query {
namespace {

constexpr std::uint32_t kUnknown = ~std::uint32_t{0};
/// What a text takes beside its bytes, and what a pair does.
constexpr std::uint64_t kBytesOfText = 160;
constexpr std::uint64_t kBytesOfPair = 64;

}  // namespace

std::int32_t Labels::code_of(std::string_view text) {
  const std::size_t before = texts_.size();
  const auto code = static_cast<std::int32_t>(texts_.add(text));
  if (texts_.size() > before) bytes_ += text.size() + kBytesOfText;
  return code;
}

void Labels::add(const ports::ColumnBatch& batch, std::size_t first, std::vector<std::uint32_t>& labels) {
  labels.assign(batch.rows(), 0);
  const auto pairs_before = pair_count();
  for (std::size_t i = 0; i < columns_; ++i) {
    const auto codes = batch.codes(first + i);
    for (std::size_t row = 0; row < labels.size(); ++row) {
      const auto number = static_cast<std::uint32_t>(codes[row] + 1);
      labels[row] = i == 0 ? number : pairs_[i - 1].number_of(labels[row], number);
    }
  }
  bytes_ += (pair_count() - pairs_before) * kBytesOfPair;
}

std::size_t Labels::pair_count() const {
  std::size_t count = 0;
  for (const auto& pairs : pairs_) count += pairs.parts.size();
  return count;
}

std::uint32_t Labels::Pairs::number_of(std::uint32_t label, std::uint32_t text) {
  const auto [found, is_new] = numbers.try_emplace(std::uint64_t{label} << 32 | text, static_cast<std::uint32_t>(parts.size()));
  if (is_new) parts.emplace_back(label, text);
  return found->second;
}

std::vector<std::uint32_t> Labels::texts_of(std::uint32_t label) const {
  std::vector<std::uint32_t> numbers(columns_);
  for (std::size_t i = columns_; i > 1; --i) {
    const auto [before, number] = pairs_[i - 2].parts[label];
    numbers[i - 1] = number;
    label = before;
  }
  if (columns_ > 0) numbers[0] = label;
  return numbers;
}

LabelGroups::LabelGroups(const Labels& labels, std::size_t first, std::size_t last)
    : labels_(labels), first_(first), last_(last) {
  members_.emplace_back(last - first, Labels::kNoText);
  groups_.emplace(members_.front(), 0);
}

std::uint32_t LabelGroups::of(std::uint32_t label) {
  if (first_ == last_) return 0;
  if (label >= group_of_label_.size()) group_of_label_.resize(std::max<std::size_t>(label + 1, 2 * group_of_label_.size()), kUnknown);
  std::uint32_t& group = group_of_label_[label];
  if (group != kUnknown) return group;
  const auto numbers = labels_.texts_of(label);
  std::vector<std::uint32_t> member(numbers.begin() + static_cast<std::ptrdiff_t>(first_),
                                    numbers.begin() + static_cast<std::ptrdiff_t>(last_));
  const auto [found, is_new] = groups_.try_emplace(member, static_cast<std::uint32_t>(members_.size()));
  if (is_new) members_.push_back(std::move(member));
  return group = found->second;
}

bool LabelGroups::lacks_text(std::uint32_t group) const {
  const auto& member = members_[group];
  return std::find(member.begin(), member.end(), Labels::kNoText) != member.end();
}

Combination LabelGroups::names(std::uint32_t group) const {
  Combination names;
  for (const auto number : members_[group]) names.push_back(number == Labels::kNoText ? std::string(kAbsent) : labels_.text(number));
  return names;
}

}  // namespace spectrum::query
