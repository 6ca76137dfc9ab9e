// Against SciPy's answers: tests/golden/statistics.tsv, made by make_statistics.py beside it.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "stats/chi_square.h"
#include "stats/proportion.h"

namespace spectrum::stats {
namespace {

struct Line {
  std::string kind;
  std::vector<double> input;
  std::vector<double> output;
  std::string text;
};

std::vector<Line> golden() {
  std::ifstream file(GOLDEN_FOLDER "/statistics.tsv");
  std::vector<Line> lines;
  for (std::string text; std::getline(file, text);) {
    std::istringstream words(text);
    Line line;
    line.text = text;
    words >> line.kind;
    bool is_output = false;
    for (std::string word; words >> word;) {
      if (word == ":") {
        is_output = true;
      } else {
        (is_output ? line.output : line.input).push_back(std::strtod(word.c_str(), nullptr));
      }
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<Proportion> proportions(const std::vector<double>& numbers) {
  std::vector<Proportion> list;
  for (std::size_t i = 0; i + 1 < numbers.size(); i += 2) {
    list.push_back({static_cast<std::int64_t>(numbers[i]), static_cast<std::int64_t>(numbers[i + 1])});
  }
  return list;
}

std::vector<double> answer(const Line& line) {
  if (line.kind == "goodness") {
    const auto half = line.input.size() / 2;
    const std::vector<std::int64_t> counts(line.input.begin(), line.input.begin() + static_cast<std::ptrdiff_t>(half));
    const auto found = goodness_of_fit(counts, std::span(line.input).subspan(half));
    return {found->statistic, static_cast<double>(found->degrees_of_freedom), found->p_value};
  }
  const auto arms = proportions(line.input);
  if (line.kind == "wilson") {
    const auto interval = wilson_interval(arms[0], 0.95);
    return {interval->low, interval->high};
  }
  if (line.kind == "lift") {
    const auto interval = lift_interval(arms[1], arms[0], 0.95);
    return {*lift(arms[1], arms[0]), interval->low, interval->high};
  }
  const auto found = independence(arms, line.kind == "yates" ? Correction::yates : Correction::none);
  return {found->statistic, static_cast<double>(found->degrees_of_freedom), found->p_value};
}

/// Equal to a billionth of the value; and where a value is a difference of nearly equal ones, of 1.
bool near(double ours, double theirs, bool is_difference) {
  const double scale = is_difference ? std::max(1.0, std::abs(theirs)) : std::abs(theirs);
  return std::abs(ours - theirs) <= 1e-9 * scale;
}

TEST(Statistics, EqualScipysToABillionth) {
  std::map<std::string, int> checked;
  for (const auto& line : golden()) {
    const auto ours = answer(line);
    ASSERT_EQ(ours.size(), line.output.size());
    // A statistic of nearly equal rates is itself such a difference, and moves its p-value.
    const bool is_difference = line.kind == "lift" || line.output[0] < 1e-6;
    for (std::size_t i = 0; i < ours.size(); ++i) {
      EXPECT_TRUE(near(ours[i], line.output[i], is_difference)) << line.text << "\nours: " << ours[i];
    }
    ++checked[line.kind];
  }
  EXPECT_GT(checked["pearson"], 50);
  EXPECT_GT(checked["yates"], 30);
  EXPECT_GT(checked["wilson"], 100);
  EXPECT_GT(checked["lift"], 50);
  EXPECT_GT(checked["goodness"], 5);
}

TEST(Statistics, WithoutUsersThereIsNoRateAndNoInterval) {
  EXPECT_EQ(Proportion{}.rate(), std::nullopt);
  EXPECT_FALSE(wilson_interval({}, 0.95));
  EXPECT_FALSE(lift({}, {10, 1}));
}

TEST(Statistics, ThereIsNoLiftOverNothing) {
  EXPECT_FALSE(lift({10, 1}, {10, 0}));
  EXPECT_FALSE(lift_interval({10, 1}, {10, 0}, 0.95));
  EXPECT_FALSE(lift_interval({10, 0}, {10, 1}, 0.95));
  EXPECT_EQ(lift({10, 0}, {10, 1}), -1);
}

TEST(Statistics, ATableThatExpectsZeroHasNoTest) {
  EXPECT_FALSE(independence(std::vector<Proportion>{{10, 0}, {20, 0}}, Correction::none));
  EXPECT_FALSE(independence(std::vector<Proportion>{{10, 10}, {20, 20}}, Correction::none));
  EXPECT_FALSE(independence(std::vector<Proportion>{{10, 1}, {0, 0}}, Correction::none));
  EXPECT_FALSE(independence(std::vector<Proportion>{{10, 1}}, Correction::none));
  EXPECT_FALSE(goodness_of_fit(std::vector<std::int64_t>{0, 0}, std::vector<double>{1, 1}));
}

}  // namespace
}  // namespace spectrum::stats
