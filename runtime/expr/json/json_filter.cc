// Filters of JSON paths: [?(@.a > 1 && @.b)].
#include <fmt/format.h>

#include <optional>

#include "runtime/expr/json/json_path.h"
#include "runtime/types/number_text.h"

namespace weir::expr {

struct JsonFilter {
  enum class Kind : uint8_t { kAnd, kOr, kNot, kCompare, kExists };
  enum class Operator : uint8_t {
    kEqual,
    kNotEqual,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual
  };
  // A path from @, or a literal.
  struct Operand {
    std::optional<JsonPath> path;
    JsonKind literal = JsonKind::kNull;
    std::string text;
  };

  Kind kind = Kind::kExists;
  std::vector<std::shared_ptr<const JsonFilter>> children;
  Operator op = Operator::kEqual;
  Operand left;
  Operand right;
};

namespace {

using FilterPtr = std::shared_ptr<const JsonFilter>;
using Operator = JsonFilter::Operator;

struct OperatorText {
  std::string_view text;
  Operator op;
};
// Longer ones first.
constexpr OperatorText kOperators[] = {
    {"==", Operator::kEqual},          {"!=", Operator::kNotEqual}, {"<=", Operator::kLessOrEqual},
    {">=", Operator::kGreaterOrEqual}, {"<", Operator::kLess},      {">", Operator::kGreater},
};

// Null pointers stand for malformed text.
class FilterParser {
 public:
  explicit FilterParser(std::string_view text) : text_(text) {}

  Result<FilterPtr> Parse() {
    FilterPtr filter = TRY(Either());
    SkipBlanks();
    return at_ == text_.size() ? filter : nullptr;
  }

 private:
  void SkipBlanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  bool Take(std::string_view token) {
    SkipBlanks();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  static FilterPtr Combine(JsonFilter::Kind kind, std::vector<FilterPtr> children) {
    auto filter = std::make_shared<JsonFilter>();
    filter->kind = kind;
    filter->children = std::move(children);
    return filter;
  }

  Result<FilterPtr> Either() {
    FilterPtr left = TRY(Both());
    while (left && Take("||")) {
      FilterPtr right = TRY(Both());
      left = right ? Combine(JsonFilter::Kind::kOr, {left, right}) : nullptr;
    }
    return left;
  }

  Result<FilterPtr> Both() {
    FilterPtr left = TRY(One());
    while (left && Take("&&")) {
      FilterPtr right = TRY(One());
      left = right ? Combine(JsonFilter::Kind::kAnd, {left, right}) : nullptr;
    }
    return left;
  }

  Result<FilterPtr> One() {
    if (Take("!")) {
      FilterPtr inner = TRY(One());
      return inner ? Combine(JsonFilter::Kind::kNot, {inner}) : nullptr;
    }
    if (!Take("(")) return Comparison();
    FilterPtr inner = TRY(Either());
    return Take(")") ? inner : nullptr;
  }

  Result<FilterPtr> Comparison() {
    auto filter = std::make_shared<JsonFilter>();
    if (!TRY(ReadOperand(filter->left))) return FilterPtr();
    for (const OperatorText& known : kOperators) {
      if (!Take(known.text)) continue;
      filter->kind = JsonFilter::Kind::kCompare;
      filter->op = known.op;
      if (!TRY(ReadOperand(filter->right))) return FilterPtr();
      return FilterPtr(filter);
    }
    SkipBlanks();
    const bool ends = at_ == text_.size() || std::string_view(")&|").find(text_[at_]) != text_.npos;
    if (ends && filter->left.path) return FilterPtr(filter);
    if (ends) return FilterPtr();
    return Status::Unsupported(fmt::format(
        "this operator in a filter of a JSON path is not supported: {}", text_.substr(at_)));
  }

  Result<bool> ReadOperand(JsonFilter::Operand& operand) {
    SkipBlanks();
    if (at_ >= text_.size()) return false;
    const char c = text_[at_];
    if (c == '@') return ReadPath(operand);
    if (c == '$') return Status::Unsupported("$ in a filter of a JSON path is not supported");
    if (c == '\'' || c == '"') return ReadText(operand);
    const size_t end = std::min(text_.find_first_of(" )&|<>=!", at_), text_.size());
    operand.text = text_.substr(at_, end - at_);
    at_ = end;
    if (operand.text == "true" || operand.text == "false") {
      operand.literal = operand.text == "true" ? JsonKind::kTrue : JsonKind::kFalse;
      return true;
    }
    if (operand.text == "null") return true;
    operand.literal = JsonKind::kReal;
    return ParseDouble(operand.text).has_value();
  }

  bool ReadText(JsonFilter::Operand& operand) {
    const size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) return false;
    operand.literal = JsonKind::kString;
    operand.text = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return true;
  }

  Result<bool> ReadPath(JsonFilter::Operand& operand) {
    size_t end = at_ + 1;
    int depth = 0;
    for (; end < text_.size(); ++end) {
      const char c = text_[end];
      depth += c == '[' ? 1 : c == ']' ? -1 : 0;
      if (depth == 0 && std::string_view(" )&|<>=!").find(c) != std::string_view::npos) break;
    }
    const std::string path = "lax $" + std::string(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end;
    operand.path = TRY(JsonPath::Compile(path));
    return operand.path.has_value();
  }

  std::string_view text_;
  size_t at_ = 0;
};

struct Operand {
  bool there = false;
  JsonKind kind = JsonKind::kNull;
  std::string_view text;
};

Operand ValueOf(const JsonFilter::Operand& operand, const JsonNode& candidate) {
  if (!operand.path) return {true, operand.literal, operand.text};
  JsonMatch match;
  operand.path->Find(&candidate, match);
  if (match.values.empty()) return {};
  return {true, match.values[0]->kind, match.values[0]->text};
}

bool IsNumber(JsonKind kind) {
  return kind == JsonKind::kInteger || kind == JsonKind::kReal;
}

// Compares two values: -1, 0 or 1; nothing for values of different kinds, of which no comparison is
// true.
std::optional<int> Compare(const Operand& a, const Operand& b) {
  if (IsNumber(a.kind) && IsNumber(b.kind)) {
    const double x = ParseDouble(a.text).value_or(0);
    const double y = ParseDouble(b.text).value_or(0);
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (a.kind != b.kind) return std::nullopt;
  if (a.kind == JsonKind::kString) return a.text.compare(b.text);
  return a.kind == JsonKind::kArray || a.kind == JsonKind::kObject ? std::nullopt
                                                                   : std::optional(0);
}

bool Satisfies(Operator op, std::optional<int> order) {
  switch (op) {
    case Operator::kEqual:
      return order == 0;
    case Operator::kNotEqual:
      return order != 0;
    case Operator::kLess:
      return order && *order < 0;
    case Operator::kLessOrEqual:
      return order && *order <= 0;
    case Operator::kGreater:
      return order && *order > 0;
    case Operator::kGreaterOrEqual:
      return order && *order >= 0;
  }
  return false;
}

}  // namespace

Result<std::shared_ptr<const JsonFilter>> CompileJsonFilter(std::string_view text) {
  return FilterParser(text).Parse();
}

bool Accepts(const JsonFilter& filter, const JsonNode& candidate) {
  switch (filter.kind) {
    case JsonFilter::Kind::kAnd:
      return Accepts(*filter.children[0], candidate) && Accepts(*filter.children[1], candidate);
    case JsonFilter::Kind::kOr:
      return Accepts(*filter.children[0], candidate) || Accepts(*filter.children[1], candidate);
    case JsonFilter::Kind::kNot:
      return !Accepts(*filter.children[0], candidate);
    case JsonFilter::Kind::kExists:
      return ValueOf(filter.left, candidate).there;
    case JsonFilter::Kind::kCompare:
      break;
  }
  const Operand left = ValueOf(filter.left, candidate);
  const Operand right = ValueOf(filter.right, candidate);
  if (!left.there || !right.there) return filter.op == Operator::kNotEqual;
  return Satisfies(filter.op, Compare(left, right));
}

}  // namespace weir::expr
