#include "query/formula.h"

#include <gmock/gmock.h>

namespace spectrum::query {
namespace {

using testing::HasSubstr;

const std::vector<std::string> kNames = {"A", "B", "AB", "new users", "2nd", "é"};

Number value(const std::string& text, std::vector<Number> series = {6, 3, 10, 4, 7, 9}) {
  return Formula::parse(text, kNames, "/formulas/0").value()(series);
}
std::string refusal(const std::string& text) {
  const auto formula = Formula::parse(text, kNames, "/formulas/0");
  return formula.ok() ? "" : formula.error().message;
}

TEST(FormulaTest, ProductsComeBeforeSumsAndEqualsFromTheLeft) {
  EXPECT_EQ(value("A + B * 2"), 12);
  EXPECT_EQ(value("(A + B) * 2"), 18);
  EXPECT_EQ(value("A - B - 1"), 2);
  EXPECT_EQ(value("A / B / 2"), 1);
  EXPECT_EQ(value("100*A/(A+B)"), 600.0 / 9);
}

TEST(FormulaTest, ASignMayStandBeforeAnOperand) {
  EXPECT_EQ(value("-A + B"), -3);
  EXPECT_EQ(value("A - -B"), 9);
  EXPECT_EQ(value("A \u2212 B"), 3);
  EXPECT_EQ(value("-(A)*2"), -12);
}

TEST(FormulaTest, ANumberMayHaveAPointAndAnExponent) {
  EXPECT_EQ(value("A * 0.5"), 3);
  EXPECT_EQ(value("1.5e2"), 150);
}

TEST(FormulaTest, TheLongestNameThatFitsIsMeant) {
  EXPECT_EQ(value("AB"), 10);
  EXPECT_EQ(value("new users/B"), 4.0 / 3);
  EXPECT_EQ(value("2nd*2"), 14);
  EXPECT_EQ(value("é+2"), 11);
}

TEST(FormulaTest, NothingComesOfNothing) {
  EXPECT_EQ(value("A + B", {std::nullopt, 3}), std::nullopt);
  EXPECT_EQ(value("A * 0", {std::nullopt, 3}), std::nullopt);
  EXPECT_EQ(value("-A", {std::nullopt, 3}), std::nullopt);
  EXPECT_EQ(value("B", {std::nullopt, 3}), 3);
}

TEST(FormulaTest, ADivisionByZeroIsNothing) {
  EXPECT_EQ(value("A / B", {1, 0}), std::nullopt);
  EXPECT_EQ(value("A / (B - B)"), std::nullopt);
  EXPECT_EQ(value("1 + A / B", {1, 0}), std::nullopt);
  EXPECT_EQ(value("1e308 * 1e308"), std::nullopt);
}

TEST(FormulaTest, ARefusalSaysWhereAndWhatIsThere) {
  EXPECT_THAT(refusal(""), HasSubstr("/formulas/0: needs a number"));
  EXPECT_THAT(refusal("A / C"), HasSubstr("there are A, B, AB, new users"));
  EXPECT_THAT(refusal("A / C"), HasSubstr("at 'C'"));
  EXPECT_THAT(refusal("(A"), HasSubstr("a closing parenthesis at its end"));
  EXPECT_THAT(refusal("A B"), HasSubstr("an operator at 'B'"));
  EXPECT_THAT(refusal("A +"), HasSubstr("at its end"));
  EXPECT_THAT(refusal("ABC"), HasSubstr("at 'ABC'"));
  EXPECT_THAT(refusal("A; DROP"), HasSubstr("an operator"));
  EXPECT_THAT(refusal(std::string(100, '(') + "A" + std::string(100, ')')), HasSubstr("nested too deeply"));
  EXPECT_THAT(refusal(std::string(501, '1')), HasSubstr("longer than 500"));
}

}  // namespace
}  // namespace spectrum::query
