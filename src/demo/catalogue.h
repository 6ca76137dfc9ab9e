#pragma once

#include <string_view>

namespace spectrum::demo {

/// What the sample shop sells, and where its visitors come from.
struct Product {
  std::string_view sku;
  std::string_view name;
  std::string_view category;
  int price_cents;
};

inline constexpr Product kProducts[] = {
    {"TEA-001", "Darjeeling First Flush", "tea", 1490},   {"TEA-002", "Assam Breakfast", "tea", 890},
    {"TEA-003", "Sencha", "tea", 1190},                   {"TEA-004", "Rooibos Vanilla", "tea", 790},
    {"COF-001", "House Espresso", "coffee", 1250},        {"COF-002", "Ethiopia Single Origin", "coffee", 1690},
    {"COF-003", "Decaf Blend", "coffee", 1150},           {"COF-004", "Cold Brew Bags", "coffee", 990},
    {"CUP-001", "Stoneware Mug", "tableware", 1800},      {"CUP-002", "Double Wall Glass", "tableware", 2200},
    {"CUP-003", "Travel Cup", "tableware", 2950},         {"CUP-004", "Tea Bowl", "tableware", 2400},
    {"KIT-001", "Gooseneck Kettle", "equipment", 6900},   {"KIT-002", "Hand Grinder", "equipment", 8900},
    {"KIT-003", "Pour-over Dripper", "equipment", 2600},  {"KIT-004", "Moka Pot", "equipment", 3900},
    {"KIT-005", "Milk Frother", "equipment", 3400},       {"KIT-006", "Espresso Machine", "equipment", 44900},
    {"SWE-001", "Dark Chocolate", "sweets", 450},         {"SWE-002", "Almond Biscotti", "sweets", 690},
    {"SWE-003", "Shortbread", "sweets", 590},             {"GFT-001", "Tasting Box", "gifts", 3900},
    {"GFT-002", "Gift Card", "gifts", 5000},              {"GFT-003", "Subscription, 3 Months", "gifts", 7500},
};

/// A value and how often it occurs, relative to its neighbours.
struct Weighted {
  std::string_view value;
  int weight;
};

inline constexpr Weighted kCountries[] = {{"US", 32}, {"DE", 18}, {"GB", 12}, {"FR", 9}, {"IN", 8},
                                          {"NL", 6},  {"CA", 6},  {"BR", 5},  {"JP", 4}};
inline constexpr Weighted kDevices[] = {{"mobile", 56}, {"desktop", 37}, {"tablet", 7}};
inline constexpr Weighted kBrowsers[] = {{"Chrome", 58}, {"Safari", 24}, {"Firefox", 10}, {"Edge", 8}};
inline constexpr Weighted kCampaigns[] = {{"", 40}, {"newsletter", 18}, {"search_brand", 16}, {"social_autumn", 14}, {"partner", 12}};
inline constexpr Weighted kPlans[] = {{"free", 78}, {"club", 22}};
inline constexpr Weighted kPages[] = {{"/", 46}, {"/new", 16}, {"/sale", 14}, {"/blog/brewing", 12}, {"/about", 6}, {"/stores", 6}};

}  // namespace spectrum::demo
