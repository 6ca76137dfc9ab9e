#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"

namespace spectrum::demo {

struct ShopOptions {
  std::uint64_t events = 100'000;
  int days = 90;
  std::uint64_t seed = 1;
  Timestamp end;  ///< no event lies behind it
};

/// A web shop's events as NDJSON, in order of time: visits that follow the day and the week and grow a little, a funnel
/// page_view → product_view → add_to_cart → checkout → purchase, users who come back (and fewer who stay long), refunds,
/// and two experiments: `checkout_button`, whose treatment sells more, and `homepage_banner`, which changes nothing. The
/// same options give the same bytes. One thread at a time.
class Shop {
 public:
  explicit Shop(const ShopOptions& options);
  ~Shop();

  /// Appends the next event with its line feed; false when all were given.
  bool next(std::string& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace spectrum::demo
