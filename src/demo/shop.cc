#include "demo/shop.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <queue>
#include <span>
#include <vector>

#include "base/json_text.h"
#include "base/sha256.h"
#include "base/time_text.h"
#include "base/uuid.h"
#include "demo/catalogue.h"

namespace spectrum::demo {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr minutes kLongestVisit{40};
constexpr double kEventsOfVisit = 4;  ///< about
constexpr double kShareOfNewUsers = 0.24;
constexpr double kShareOfAnonymous = 0.22;

/// splitmix64 (Steele, Lea, Flood 2014): small, fast, and the same everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15ull;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  bool chance(double probability) { return unit() < probability; }
  std::uint64_t below(std::uint64_t limit) { return static_cast<std::uint64_t>(unit() * static_cast<double>(limit)); }
  seconds wait(double mean_seconds) { return seconds(2 + static_cast<int>(-std::log(1 - unit()) * mean_seconds)); }

 private:
  std::uint64_t state_;
};

std::string_view pick(std::span<const Weighted> choices, double unit) {
  int total = 0;
  for (const auto& choice : choices) total += choice.weight;
  double left = unit * total;
  for (const auto& choice : choices) {
    left -= choice.weight;
    if (left < 0) return choice.value;
  }
  return choices.back().value;
}

/// What a user is, out of nothing but the number.
struct User {
  std::uint64_t number;
  bool is_anonymous;
  std::string_view country, device, browser, campaign, plan;

  User(std::uint64_t the_number, std::uint64_t seed) : number(the_number) {
    Random random(seed ^ (number + 1) * 0xD6E8FEB86659FD93ull);
    is_anonymous = random.chance(kShareOfAnonymous);
    country = pick(kCountries, random.unit());
    device = pick(kDevices, random.unit());
    browser = pick(kBrowsers, random.unit());
    campaign = pick(kCampaigns, random.unit());
    plan = pick(kPlans, random.unit());
  }
  std::string id() const {
    const std::string digits = std::to_string(number + 1);
    return (is_anonymous ? "anon-" : "u-") + std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits;
  }
};

/// Half of the users each, decided as `GET /api/v1/experiments/{id}/assignment` does.
bool is_treated(const std::string& user_id, std::string_view experiment) {
  return sha256_128(user_id + std::string(experiment)).high >> 63 != 0;
}

/// How busy each hour of the range is: mornings and evenings, weekends, a little growth. Maps a share of all visits to
/// the instant by which it has come.
class Rhythm {
 public:
  Rhythm(Timestamp start, Timestamp end) : start_(start) {
    const auto count = static_cast<std::size_t>(std::max<std::int64_t>(1, (end - start) / hours(1)));
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      sum += weight(start + hours(i)) * (1 + 0.6 * static_cast<double>(i) / static_cast<double>(count));
      until_.push_back(sum);
    }
    for (auto& share : until_) share /= sum;
  }

  Timestamp at(double share) const {
    const auto found = std::lower_bound(until_.begin(), until_.end(), share);
    const auto index = std::min<std::size_t>(static_cast<std::size_t>(found - until_.begin()), until_.size() - 1);
    const double before = index == 0 ? 0 : until_[index - 1];
    const double within = std::clamp((share - before) / (until_[index] - before), 0.0, 1.0);
    return start_ + hours(index) + microseconds(static_cast<std::int64_t>(within * 3.6e9));
  }

 private:
  static double weight(Timestamp hour) {
    static constexpr std::array<double, 24> kByHour = {0.35, 0.22, 0.15, 0.12, 0.12, 0.2, 0.4, 0.7, 0.95, 1.1, 1.15, 1.2,
                                                       1.25, 1.15, 1.1,  1.1,  1.15, 1.2, 1.3, 1.5, 1.55, 1.35, 1.0, 0.6};
    static constexpr std::array<double, 7> kByWeekday = {0.95, 0.9, 0.92, 0.95, 1.0, 1.2, 1.3};  // from Monday
    const auto day = std::chrono::floor<std::chrono::days>(hour);
    const auto of_day = static_cast<std::size_t>((hour - day) / hours(1));
    const auto weekday = std::chrono::weekday(day).iso_encoding() - 1;
    return kByHour[of_day] * kByWeekday[weekday];
  }

  Timestamp start_;
  std::vector<double> until_;
};

struct Pending {
  Timestamp at;
  std::uint64_t order;  // of events at the same instant
  std::string json;
  bool operator>(const Pending& other) const { return std::tie(at, order) > std::tie(other.at, other.order); }
};

}  // namespace

struct Shop::Impl {
  ShopOptions options;
  Random random;
  Timestamp start;
  Rhythm rhythm;
  std::priority_queue<Pending, std::vector<Pending>, std::greater<>> queue;
  Timestamp visits_until;
  std::uint64_t made = 0;   // put into the queue
  std::uint64_t given = 0;
  std::uint64_t users = 0;
  std::uint64_t visits = 0;

  explicit Impl(const ShopOptions& the_options)
      : options(the_options),
        random(options.seed),
        start(options.end - std::chrono::days(options.days)),
        rhythm(start, options.end),
        visits_until(start) {}

  bool next(std::string& out) {
    if (given == options.events) return false;
    while (made < options.events && (queue.empty() || queue.top().at > visits_until)) begin_visit();
    out += queue.top().json;
    out += '\n';
    queue.pop();
    ++given;
    return true;
  }

  /// New users come all the time; of the known ones, the recent come back most.
  User choose_user(bool& is_new) {
    is_new = users == 0 || random.chance(kShareOfNewUsers);
    if (is_new) return User(users++, options.seed);
    const double back = std::pow(random.unit(), 2.2);
    return User(users - 1 - static_cast<std::uint64_t>(back * static_cast<double>(users)), options.seed);
  }

  struct Visit {
    User user;
    std::string user_id;
    std::string session;
    Timestamp at;
    Timestamp latest;
  };

  void begin_visit() {
    // The last visit begins when all before it are made: at the end.
    visits_until = rhythm.at(static_cast<double>(made) / std::max(1.0, static_cast<double>(options.events) - kEventsOfVisit));
    bool is_new = false;
    const User user = choose_user(is_new);
    Visit visit{user, user.id(), "s-" + std::to_string(options.seed) + "-" + std::to_string(++visits), visits_until,
                std::min<Timestamp>(visits_until + kLongestVisit, options.end)};
    page_view(visit, pick(kPages, random.unit()), true);
    if (is_new && !user.is_anonymous) put(visit, "signup", "", nullptr, "/signup");
    const auto pages = random.below(3);
    for (std::uint64_t i = 0; i < pages; ++i) page_view(visit, pick(kPages, random.unit()), false);
    if (random.chance(0.18)) put(visit, "search", "", nullptr, "/search");
    if (random.chance(0.64)) shop(visit);
  }

  void shop(Visit& visit) {
    const auto looks = 1 + random.below(3);
    const Product* product = nullptr;
    for (std::uint64_t i = 0; i < looks; ++i) {
      // The first products of the catalogue sell best.
      product = &kProducts[static_cast<std::size_t>(std::pow(random.unit(), 1.5) * std::size(kProducts))];
      put(visit, "product_view", "", product, "/products/" + std::string(product->sku));
    }
    const double desire = visit.user.plan == "club" ? 0.46 : 0.31;
    if (!random.chance(visit.user.device == "mobile" ? desire * 0.85 : desire)) return;
    put(visit, "add_to_cart", "", product, "/cart");
    if (!random.chance(0.58)) return;
    const bool treated = is_treated(visit.user_id, "checkout_button");
    put(visit, "checkout", experiment("checkout_button", treated), product, "/checkout");
    if (!random.chance(treated ? 0.74 : 0.62)) return;
    const auto pieces = 1 + static_cast<int>(random.below(3));
    purchase(visit, *product, pieces);
  }

  void purchase(Visit& visit, const Product& product, int pieces) {
    const int cents = product.price_cents * pieces;
    const std::string money = ",\"value\":" + decimal(cents) + ",\"amount_minor\":" + std::to_string(cents) + ",\"currency\":\"USD\"";
    put(visit, "purchase", money, &product, "/thanks", pieces);
    if (!random.chance(0.03)) return;
    const Timestamp refunded = visit.at + hours(12 + random.below(72));
    if (refunded > options.end) return;
    Visit later = visit;
    later.at = later.latest = refunded;
    put(later, "refund", money, &product, "/account/orders", pieces);
  }

  void page_view(Visit& visit, std::string_view page, bool is_landing) {
    const bool treated = is_treated(visit.user_id, "homepage_banner");
    put(visit, "page_view", is_landing && page == "/" ? experiment("homepage_banner", treated) : "", nullptr, std::string(page));
  }

  static std::string experiment(std::string_view id, bool treated) {
    return ",\"experiment_id\":\"" + std::string(id) + "\",\"variant\":\"" + (treated ? "treatment" : "control") + "\"";
  }

  static std::string decimal(int cents) {
    const std::string rest = std::to_string(cents % 100);
    return std::to_string(cents / 100) + "." + (rest.size() < 2 ? "0" : "") + rest;
  }

  /// Queues one event of a visit; `extra` is JSON that goes between its fields.
  void put(Visit& visit, std::string_view type, const std::string& extra, const Product* product, const std::string& page,
           int pieces = 0) {
    if (made == options.events) return;
    visit.at = std::min(visit.at + random.wait(35), visit.latest) + microseconds(random.below(1'000'000) / 1000 * 1000 % 999'000);
    visit.at = std::min(visit.at, options.end);
    std::string json = "{\"event_id\":\"";
    const std::uint64_t high = random.next();
    append_uuid(json, as_uuid7(visit.at, {high, random.next()}));
    json += "\",\"event_type\":\"" + std::string(type) + "\",\"timestamp\":\"" + format_rfc3339(visit.at) + "\",\"";
    json += visit.user.is_anonymous ? "anonymous_id" : "user_id";
    json += "\":\"" + visit.user_id + "\",\"session_id\":\"" + visit.session + "\"" + extra;
    if (product) append_product(json, *product);
    json += ",\"source\":\"web\",\"properties\":{\"country\":\"" + std::string(visit.user.country) + "\",\"device\":\"" +
            std::string(visit.user.device) + "\",\"browser\":\"" + std::string(visit.user.browser) + "\",\"plan\":\"" +
            std::string(visit.user.plan) + "\"";
    if (!visit.user.campaign.empty()) json += ",\"campaign\":\"" + std::string(visit.user.campaign) + "\"";
    if (pieces > 0) json += ",\"quantity\":" + std::to_string(pieces);
    json += "},\"context\":{\"page\":\"" + page + "\"}";
    if (type == "signup") json += ",\"user\":{\"segment\":\"" + std::string(visit.user.plan) + "\"}";
    json += "}";
    queue.push({visit.at, made++, std::move(json)});
  }

  static void append_product(std::string& json, const Product& product) {
    json += ",\"product\":{\"sku\":\"" + std::string(product.sku) + "\",\"name\":\"" + std::string(product.name) +
            "\",\"category\":\"" + std::string(product.category) + "\",\"price_usd\":" + decimal(product.price_cents) + "}";
  }
};

Shop::Shop(const ShopOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Shop::~Shop() = default;

bool Shop::next(std::string& out) { return impl_->next(out); }

}  // namespace spectrum::demo
