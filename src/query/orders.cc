#include "query/orders.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "query/failure.h"
#include "query/sql.h"
#include "warehouse/sql_text.h"

namespace spectrum::query {
namespace {

constexpr std::size_t kBatchRows = 2048;
constexpr std::int32_t kNone = -1;
constexpr std::size_t kSmallPiece = 4096;  ///< the last piece grows up to here instead of being followed by another

}  // namespace

/// Some orders in the columns of revenue.sql.
class Orders::Batch final : public ports::ColumnBatch {
 public:
  Batch(std::span<const ports::CodedColumn> coded, std::size_t texts)
      : coded_(coded), code_of_product_(texts), codes_(kFirstText + texts) {}

  /// The products' values of a breakdown.
  Status read_products(ports::Warehouse& warehouse, const Scope& scope, const std::string& texts) {
    if (code_of_product_.empty()) return {};
    const auto take = [&](const ports::ColumnBatch& batch) -> Status {
      const auto products = batch.integers(0);
      for (std::size_t text = 0; text < code_of_product_.size(); ++text) {
        auto& codes = code_of_product_[text];
        for (std::size_t row = 0; row < batch.rows(); ++row) {
          const auto product = static_cast<std::size_t>(products[row]);
          if (product >= codes.size()) codes.resize(2 * product + 1, kNone);
          codes[product] = batch.codes(1 + text)[row];
        }
      }
      return {};
    };
    const auto sql = warehouse::fill(sql::orders_products, {{"texts", texts}});
    const std::array<ports::Value, 1> parameters = {scope.project.number};
    return warehouse.scan(sql, parameters, take, scope.stop, coded_.first(code_of_product_.size()));
  }

  void begin_type(const std::string& type) { type_ = column("event_type").code_of(type); }
  void begin_piece(const Piece& piece) {
    currencies_.clear();
    for (const auto& currency : piece.currencies) currencies_.push_back(column("currency").code_of(currency));
  }
  void add(const Order& order) {
    integers_[0].push_back(std::chrono::floor<std::chrono::minutes>(from_micros(order.at)).time_since_epoch().count());
    integers_[1].push_back(order.amount);
    integers_[2].push_back(order.user);
    integers_[3].push_back(order.product);
    codes_[4].push_back(type_);
    codes_[5].push_back(currencies_[order.currency]);
    for (std::size_t text = 0; text < code_of_product_.size(); ++text) {
      const auto& codes = code_of_product_[text];
      const auto product = static_cast<std::size_t>(order.product);
      codes_[kFirstText + text].push_back(product < codes.size() ? codes[product] : kNone);
    }
  }
  void clear() {
    for (auto& cells : integers_) cells.clear();
    for (auto& cells : codes_) cells.clear();
  }

  std::size_t rows() const override { return integers_[0].size(); }
  bool is_null(std::size_t column, std::size_t row) const override { return column == 3 && integers_[3][row] == kNone; }
  bool has_nulls(std::size_t column) const override { return column == 3; }
  std::span<const std::int64_t> integers(std::size_t column) const override { return integers_[column]; }
  std::span<const double> numbers(std::size_t) const override { return {}; }
  std::string_view text(std::size_t, std::size_t) const override { return {}; }
  std::span<const std::int32_t> codes(std::size_t column) const override { return codes_[column]; }

 private:
  static constexpr std::size_t kFirstText = 6;

  const ports::CodedColumn& column(std::string_view name) const {
    return *std::ranges::find(coded_, name, &ports::CodedColumn::name);
  }

  std::span<const ports::CodedColumn> coded_;
  std::vector<std::vector<std::int32_t>> code_of_product_;  ///< by text, then by the number of the product
  std::int32_t type_ = kNone;
  std::vector<std::int32_t> currencies_;  ///< of the piece
  std::array<std::vector<std::int64_t>, 4> integers_;
  std::vector<std::vector<std::int32_t>> codes_;  ///< by column
};

std::size_t Orders::Piece::currency(std::string_view text) {
  const auto found = std::ranges::find(currencies, text);
  if (found == currencies.end()) return currencies.emplace_back(text), currencies.size() - 1;
  return static_cast<std::size_t>(found - currencies.begin());
}

Result<bool> Orders::scan(const Scope& scope, std::span<const std::string> types, const std::string& texts,
                          const ports::Warehouse::OnRows& take, std::span<const ports::CodedColumn> coded) {
  std::vector<Known> known;
  for (const auto& type : types) {
    TRY(known.emplace_back(), know(scope, type));
    if (known.back().are_too_many) return false;
  }
  constexpr std::size_t kOtherCoded = 2;  // the type and the currency
  Batch batch(coded, coded.size() - kOtherCoded);
  CHECK_OK(batch.read_products(warehouse_, scope, texts));
  const auto from = to_micros(scope.range.from), until = to_micros(scope.range.until);
  for (std::size_t i = 0; i < types.size(); ++i) {
    batch.begin_type(types[i]);
    for (const auto& piece : known[i].pieces) {
      batch.begin_piece(*piece);
      for (const Order& order : piece->orders) {
        if (order.at < from || order.at >= until || static_cast<model::Position>(order.position) > scope.as_of) continue;
        batch.add(order);
        if (batch.rows() < kBatchRows) continue;
        CHECK_OK(take(batch));
        batch.clear();
      }
    }
  }
  if (batch.rows() > 0) CHECK_OK(take(batch));
  return true;
}

Result<Orders::Known> Orders::know(const Scope& scope, const std::string& type) {
  const Key key(scope.project.number, type);
  auto known = known_.find(key);
  if (known.as_of < scope.as_of) CHECK_OK(read(scope, type, known.from, kEnd, known.as_of, scope.as_of, known));
  known.as_of = std::max(known.as_of, scope.as_of);
  if (scope.range.from < known.from) CHECK_OK(read(scope, type, scope.range.from, known.from, 0, known.as_of, known));
  known.from = std::min(known.from, scope.range.from);
  known_.keep(key, known, sizeof known + type.size() + known.size * sizeof(Order));
  return known;
}

Status Orders::read(const Scope& scope, const std::string& type, Timestamp from, Timestamp until, model::Position after,
                    model::Position as_of, Known& known) const {
  if (from == until || known.are_too_many) return {};
  auto last = std::make_shared<Piece>();
  if (!known.pieces.empty() && known.pieces.back()->orders.size() < kSmallPiece) {
    *last = *known.pieces.back();
    known.pieces.pop_back();
  }
  const auto take = [&](const ports::ColumnBatch& batch) -> Status {
    const auto positions = batch.integers(0), times = batch.integers(1), amounts = batch.integers(2), users = batch.integers(3);
    const auto products = batch.integers(4);
    known.size += batch.rows();
    known.are_too_many = known.size * sizeof(Order) > known_.memory_bytes();
    if (known.are_too_many) return limited("more orders than are remembered");
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      last->orders.push_back({positions[row], times[row], amounts[row], users[row],
                              batch.is_null(4, row) ? kNone : products[row], last->currency(batch.text(5, row))});
    }
    return {};
  };
  const auto position = [](model::Position number) { return static_cast<std::int64_t>(number); };
  const std::array<ports::Value, 6> parameters = {scope.project.number, type, from, until, position(after), position(as_of)};
  const Status scanned = warehouse_.scan(sql::orders, parameters, take, scope.stop);
  if (known.are_too_many) {
    known.pieces.clear();
    known.size = 0;
    return {};
  }
  CHECK_OK(scanned);
  if (!last->orders.empty()) known.pieces.push_back(std::move(last));
  return {};
}

}  // namespace spectrum::query
