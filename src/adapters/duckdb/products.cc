#include "adapters/duckdb/products.h"

#include "adapters/duckdb/sql.h"

namespace spectrum::duckdb {
namespace {

using enum warehouse::ColumnType;

constexpr warehouse::Column kChanged[] = {
    {"product_id", bigint}, {"name", text}, {"category", text}, {"price_usd", real}};

}  // namespace

Result<Products> Products::open(Connection& connection) {
  Products products;
  CHECK_OK(products.read(connection));
  return products;
}

Status Products::read(Connection& connection) {
  TRY(const std::int64_t count, connection.number("SELECT count(*) FROM dim_products"));
  states_.resize(static_cast<std::size_t>(count));
  bool dense = true;
  CHECK_OK(connection.for_each_chunk(std::string(sql::read_products), {}, [&](const Chunk& chunk) {
    for (std::size_t row = 0; row < chunk.rows(); ++row) {
      const std::int64_t product = chunk.bigint(0, row);
      if (product < 1 || product > count ||
          !map_.add(hash_(chunk.bigint(1, row), chunk.text(2, row)), static_cast<std::uint32_t>(product))) {
        dense = false;
        continue;
      }
      State& state = states_[static_cast<std::size_t>(product - 1)];
      state.name = hash_(0, chunk.text(3, row));
      state.category = hash_(0, chunk.text(4, row));
      if (!chunk.is_null(5, row)) state.price = chunk.cell<double>(5, row);
    }
  }));
  if (!dense) return corrupt("dim_products does not number its products from 1, each once");
  return {};
}

void Products::begin_batch() {
  ++batch_;
  changes_.clear();
}

Products::Change& Products::change_of(std::uint32_t product) {
  State& state = states_[product - 1];
  if (state.batch != batch_) {
    state.batch = batch_;
    state.change = static_cast<std::uint32_t>(changes_.size());
    changes_.push_back({product, nullptr, {}, {}, {}});
  }
  return changes_[state.change];
}

std::uint32_t Products::resolve(const model::Event& event) {
  const auto [product, is_new] = map_.find_or_add(hash_(event.project_id, event.product_sku));
  if (is_new) {
    states_.emplace_back();
    change_of(product).named_by = &event;
  }
  State& state = states_[product - 1];
  if (!event.product_name.empty()) {
    if (const KeyHash name = hash_(0, event.product_name); name != state.name) {
      state.name = name;
      change_of(product).name = event.product_name;
    }
  }
  if (!event.product_category.empty()) {
    if (const KeyHash category = hash_(0, event.product_category); category != state.category) {
      state.category = category;
      change_of(product).category = event.product_category;
    }
  }
  if (event.product_price_usd && event.product_price_usd != state.price) {
    state.price = event.product_price_usd;
    change_of(product).price = event.product_price_usd;
  }
  return product;
}

Status Products::write(Feed& feed) {
  const auto& table = warehouse::table("dim_products");
  const auto is_new = [](const Change& change) { return change.named_by != nullptr; };
  CHECK_OK(feed.each(insert_into(table), table.columns, changes_, is_new, [](RowWriter& row, const Change& change) {
    row.set(0, std::int64_t{change.product});
    row.set(1, change.named_by->project_id);
    row.set(2, change.named_by->product_sku);
    row.set_or_null(3, change.name);
    row.set_or_null(4, change.category);
    row.set_or_null(5, change.price);
  }));
  return feed.each(sql::change_products, kChanged, changes_, std::not_fn(is_new),
                   [](RowWriter& row, const Change& change) {
                     row.set(0, std::int64_t{change.product});
                     row.set_or_null(1, change.name);
                     row.set_or_null(2, change.category);
                     row.set_or_null(3, change.price);
                   });
}

}  // namespace spectrum::duckdb
