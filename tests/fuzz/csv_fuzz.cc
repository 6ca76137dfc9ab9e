// Any bytes as CSV: however they are sliced, the same rows come out, and they are those of a naive reader.
// Input: one byte that seeds the slices; then the file.
#include <cstdint>
#include <random>

#include "bulk/csv.h"
#include "tests/support/naive_csv.h"
#include "tests/support/sliced_source.h"

namespace spectrum {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows read(const std::string& text, std::function<std::size_t()> next_slice, char& delimiter) {
  bulk::CsvReader reader(bulk::Buffer(std::make_unique<SlicedSource>(text, std::move(next_slice))));
  Rows rows;
  bulk::CsvReader::Row row;
  while (reader.next(row).value()) rows.emplace_back(row.fields.begin(), row.fields.end());
  delimiter = reader.delimiter();
  return rows;
}

}  // namespace
}  // namespace spectrum

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace spectrum;
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  char delimiter = 0, other = 0;
  const auto whole = read(text, [] { return std::string::npos; }, delimiter);
  std::minstd_rand random(data[0]);
  const auto sliced = read(text, [&] { return 1 + random() % 9; }, other);
  SPECTRUM_ASSERT(sliced == whole && other == delimiter, "slices make the same rows");
  const std::string_view without_mark = std::string_view(text).substr(text.starts_with("\xEF\xBB\xBF") ? 3 : 0);
  SPECTRUM_ASSERT(naive_csv(without_mark, delimiter) == whole, "the rows are those of a naive reader");
  return 0;
}
