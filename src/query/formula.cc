// Recursive descent: sum = product (("+" | "-") product)*, product = factor (("*" | "/") factor)*,
// factor = "-" factor | "(" sum ")" | name | number.
#include "query/formula.h"

#include <charconv>
#include <cmath>

#include "query/failure.h"

namespace spectrum::query {
namespace {

constexpr std::size_t kMaxLength = 500;
constexpr int kMaxDepth = 50;
constexpr std::string_view kMinusSign = "\u2212";

bool continues_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

Number combine(char sign, double left, double right) {
  switch (sign) {
    case '+': return left + right;
    case '-': return left - right;
    case '*': return left * right;
    default: return right == 0 ? Number() : left / right;
  }
}

}  // namespace

class FormulaParser {
 public:
  FormulaParser(const std::string& text, std::span<const std::string> names, std::string_view pointer)
      : text_(text), names_(names), pointer_(pointer) {}

  Result<Formula> run() {
    if (text_.size() > kMaxLength) return refuse(pointer_, "must not be longer than " + std::to_string(kMaxLength) + " bytes");
    CHECK_OK(sum());
    if (at_ < text_.size()) return unexpected("an operator");
    return std::move(formula_);
  }

 private:
  Status sum() {
    if (++depth_ > kMaxDepth) return refuse(pointer_, "is nested too deeply");
    CHECK_OK(product());
    for (;;) {
      if (take("+")) {
        CHECK_OK(product());
        emit('+');
      } else if (take_minus()) {
        CHECK_OK(product());
        emit('-');
      } else {
        --depth_;
        return {};
      }
    }
  }

  Status product() {
    CHECK_OK(factor());
    for (;;) {
      if (take("*")) {
        CHECK_OK(factor());
        emit('*');
      } else if (take("/")) {
        CHECK_OK(factor());
        emit('/');
      } else {
        return {};
      }
    }
  }

  Status factor() {
    std::size_t signs = 0;
    while (take_minus()) ++signs;
    CHECK_OK(operand());
    if (signs % 2 == 1) emit('~');
    return {};
  }

  Status operand() {
    if (take("(")) {
      CHECK_OK(sum());
      return take(")") ? Status() : Status(unexpected("a closing parenthesis"));
    }
    if (take_name() || take_number()) return {};
    std::string known;
    for (const auto& name : names_) known += (known.empty() ? "" : ", ") + name;
    return unexpected("a number, '(' or a series (there are " + known + ")");
  }

  bool take(std::string_view token) {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    if (!std::string_view(text_).substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  bool take_minus() { return take("-") || take(kMinusSign); }

  bool take_name() {
    const auto rest = std::string_view(text_).substr(at_);
    const std::string* longest = nullptr;
    for (const auto& name : names_) {
      if (!rest.starts_with(name) || (longest && longest->size() >= name.size())) continue;
      if (name.size() < rest.size() && continues_word(name.back()) && continues_word(rest[name.size()])) continue;
      longest = &name;
    }
    if (!longest) return false;
    at_ += longest->size();
    formula_.steps_.push_back({'s', 0, static_cast<std::size_t>(longest - names_.data())});
    return true;
  }

  bool take_number() {
    double number = 0;
    const char* const begin = text_.data() + at_;
    const char* const end = text_.data() + text_.size();
    if (begin == end || *begin == '-' || ((*begin < '0' || *begin > '9') && *begin != '.')) return false;
    const auto [stopped, code] = std::from_chars(begin, end, number);
    if (code != std::errc()) return false;
    at_ += static_cast<std::size_t>(stopped - begin);
    formula_.steps_.push_back({'n', number});
    return true;
  }

  void emit(char sign) { formula_.steps_.push_back({sign}); }

  Error unexpected(const std::string& wanted) const {
    const std::string place = at_ < text_.size() ? "at '" + text_.substr(at_) + "'" : "at its end";
    return refuse(pointer_, "needs " + wanted + " " + place);
  }

  const std::string& text_;
  std::span<const std::string> names_;
  std::string_view pointer_;
  std::size_t at_ = 0;
  int depth_ = 0;
  Formula formula_;
};

Result<Formula> Formula::parse(const std::string& text, std::span<const std::string> names, std::string_view pointer) {
  return FormulaParser(text, names, pointer).run();
}

Number Formula::operator()(std::span<const Number> series) const {
  std::vector<Number> stack;
  for (const Step& step : steps_) {
    if (step.kind == 'n') {
      stack.emplace_back(step.number);
    } else if (step.kind == 's') {
      stack.push_back(series[step.series]);
    } else if (step.kind == '~') {
      if (stack.back()) stack.back() = -*stack.back();
    } else {
      const Number right = stack.back();
      stack.pop_back();
      Number& left = stack.back();
      left = left && right ? combine(step.kind, *left, *right) : Number();
    }
  }
  const Number result = stack.back();
  return result && std::isfinite(*result) ? result : Number();
}

}  // namespace spectrum::query
