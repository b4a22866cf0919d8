// Expressions that look alike: the same operators over the same columns and numbers, with other
// casts, other types of literals, and operands in another order. What has one text must be of one
// type and give the same for every row.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "planner/uid/canonical.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/evaluator.h"
#include "runtime/types/batch_text.h"
#include "tests/seed.h"

namespace weir::uid {
namespace {

using expr::ExprPtr;
using Random = std::mt19937_64;

struct LookAlikeColumn {
  std::string name;
  Type type;
  std::vector<std::string> values;  // "" for NULL
};

const std::vector<LookAlikeColumn>& LookAlikeColumns() {
  static const std::vector<LookAlikeColumn> kColumns = {
      {"ti", Type::TinyInt(), {"100", "-128", "127", "", "1", "0", "3"}},
      {"sm", Type::SmallInt(), {"32000", "-32768", "32767", "2", "", "0", "7"}},
      {"i", Type::Int(), {"2147483647", "-2147483648", "1", "", "0", "7", "16777217"}},
      {"l",
       Type::BigInt(),
       {"9223372036854775807", "-9223372036854775808", "5", "0", "", "1", "7"}},
      {"h", Type::Float(), {"0.1", "0.3", "16777217", "NaN", "-0.0", "", "0.7"}},
      {"q", Type::Double(), {"0.3", "0.1", "0.7", "1e30", "2.2", "-0.0", ""}},
      {"d", Type::Decimal(10, 2), {"99999999.99", "-0.01", "1.00", "", "2.50", "0.00", "7.77"}},
      {"e", Type::Decimal(5, 3), {"1.234", "-9.999", "0.001", "0.100", "", "10.000", "3.333"}},
  };
  return kColumns;
}

std::vector<std::string> LookAlikeNames() {
  std::vector<std::string> names;
  for (const LookAlikeColumn& column : LookAlikeColumns()) names.push_back(column.name);
  return names;
}

std::vector<std::vector<ExprPtr>> LookAlikeRows() {
  std::vector<std::vector<ExprPtr>> rows(LookAlikeColumns()[0].values.size());
  for (const LookAlikeColumn& column : LookAlikeColumns()) {
    for (size_t i = 0; i < rows.size(); ++i) {
      ColumnBuilder builder(column.type);
      EXPECT_TRUE(ParseCell(column.values[i].empty() ? "NULL" : column.values[i], builder).ok());
      rows[i].push_back(expr::MakeLiteral(GetValue(*builder.Finish(), 0)));
    }
  }
  return rows;
}

// What is said, before it is decided which of its look-alikes is meant.
struct Skeleton {
  std::string call;  // "" for a column or a number
  int column = -1;
  int64_t number = 0;
  std::vector<Skeleton> operands = {};
};

Skeleton AnyLeaf(Random& random) {
  static constexpr int64_t kNumbers[] = {
      0, 1, 2, 3, 7, 10, 100, 127, 128, -128, 1000, 32767, 2147483647, 2147483648, -2147483648, -1};
  if (random() % 3 == 0) return {"", -1, kNumbers[random() % std::size(kNumbers)]};
  return {"", static_cast<int>(random() % LookAlikeColumns().size())};
}

Skeleton AnySkeleton(Random& random, int depth) {
  static const std::vector<std::string> kCalls = {
      "+",     "+",        "-",        "-",     "*",     "*",      "/",   "%",  "GREATEST",
      "LEAST", "MOD",      "NULLIF",   "POWER", "ROUND", "FLOOR",  "MAP", "IF", "ARRAY",
      "IN",    "COALESCE", "COALESCE", "SQRT",  "<",     "NEGATE", "ABS"};
  static const std::set<std::string> kOfOne = {"NEGATE", "ABS", "SQRT", "ROUND", "FLOOR"};
  if (depth == 0) return AnyLeaf(random);
  Skeleton skeleton{kCalls[random() % kCalls.size()]};
  const bool one = kOfOne.contains(skeleton.call);
  skeleton.operands.push_back(AnySkeleton(random, depth - 1));
  if (!one) skeleton.operands.push_back(AnySkeleton(random, random() % 2 == 0 ? 0 : depth - 1));
  return skeleton;
}

// Binds one of the look-alikes as if it were written, every part at a place of its own.
class LookAlike {
 public:
  explicit LookAlike(Random& random) : random_(random) {}

  // Null if it cannot be bound.
  ExprPtr Of(const Skeleton& skeleton, std::string& sql) {
    ExprPtr bound = Plain(skeleton, sql);
    return bound != nullptr && random_() % 6 == 0 ? Cast(std::move(bound), sql) : bound;
  }

 private:
  SourceSpan Next() {
    ++place_;
    return {place_ * 2, place_ * 2 + 1};
  }
  static ExprPtr Known(Result<ExprPtr> bound) { return bound.ok() ? *std::move(bound) : nullptr; }

  ExprPtr Cast(ExprPtr operand, std::string& sql) {
    static const std::vector<Type> kTypes = {
        Type::TinyInt(), Type::SmallInt(), Type::Int(),          Type::BigInt(),     Type::BigInt(),
        Type::Double(),  Type::Float(),    Type::Decimal(12, 2), Type::Decimal(5, 1)};
    if (!operand->type.is_numeric()) return operand;
    const Type type = kTypes[random_() % kTypes.size()].WithNullable(operand->type.nullable());
    sql = "CAST(" + sql + " AS " + type.ToStringIgnoringNullability() + ")";
    return Known(expr::BindCast(std::move(operand), type, false, Next()));
  }

  ExprPtr Plain(const Skeleton& skeleton, std::string& sql) {
    if (!skeleton.call.empty()) return Call(skeleton, sql);
    if (skeleton.column >= 0) {
      const LookAlikeColumn& column = LookAlikeColumns()[static_cast<size_t>(skeleton.column)];
      sql = column.name;
      return expr::MakeColumnRef(skeleton.column, column.type, Next());
    }
    sql = std::to_string(skeleton.number);
    if (random_() % 8 == 0) {
      sql += "e0";
      return expr::MakeLiteral(
          Value(Type::Double().WithNullable(false), static_cast<double>(skeleton.number)), Next());
    }
    const bool is_int = skeleton.number == static_cast<int32_t>(skeleton.number);
    ExprPtr literal = expr::MakeLiteral(
        is_int ? Value(Type::Int().WithNullable(false), static_cast<int32_t>(skeleton.number))
               : Value(Type::BigInt().WithNullable(false), skeleton.number),
        Next());
    return random_() % 2 == 0 ? Cast(std::move(literal), sql) : literal;
  }

  ExprPtr Call(Skeleton skeleton, std::string& sql) {
    const bool turns = skeleton.call == "+" || skeleton.call == "*" || skeleton.call == "GREATEST";
    if (turns && random_() % 4 == 0) std::swap(skeleton.operands[0], skeleton.operands[1]);
    if (skeleton.call == "-" && skeleton.operands[1].column < 0 &&
        skeleton.operands[1].call.empty() && random_() % 2 == 0) {
      skeleton.call = "+";
      skeleton.operands[1].number = -skeleton.operands[1].number;
    }
    std::vector<ExprPtr> operands;
    std::vector<std::string> texts;
    for (const Skeleton& operand : skeleton.operands) {
      operands.push_back(Of(operand, texts.emplace_back()));
      if (operands.back() == nullptr) return nullptr;
    }
    return Made(skeleton.call, std::move(operands), texts, sql);
  }

  ExprPtr Made(const std::string& call, std::vector<ExprPtr> operands,
               const std::vector<std::string>& texts, std::string& sql) {
    for (size_t i = 0; i < texts.size(); ++i) sql += (i > 0 ? ", " : call + "(") + texts[i];
    sql += ")";
    if (call == "IF") {
      const ExprPtr truth =
          expr::MakeColumnRef(static_cast<int>(LookAlikeColumns().size()), Type::Boolean(), Next());
      operands.insert(operands.begin(), truth);
    }
    const bool map = call == "MAP";
    const ExprPtr first = expr::MakeLiteral(Value(Type::Int().WithNullable(false), 1), Next());
    if (map) operands = {first, operands[0], operands[1], operands[1]};
    ExprPtr bound = Known(expr::BindCall(call, std::move(operands), Next()));
    if (bound == nullptr || (call != "ARRAY" && !map)) return bound;
    sql += "[1]";
    return Known(expr::BindCall("ITEM", {bound, first}, Next()));
  }

  Random& random_;
  uint32_t place_ = 0;
};

// The type and what each row gives. Where an operand is NULL, it depends on their order whether
// another one is divided by zero.
std::vector<std::string> ValuesOf(const ExprPtr& expression,
                                  const std::vector<std::vector<ExprPtr>>& rows) {
  std::vector<std::string> values = {expression->type.ToStringIgnoringNullability()};
  for (size_t i = 0; i < rows.size(); ++i) {
    std::vector<ExprPtr> row = rows[i];
    row.push_back(expr::MakeLiteral(Value(Type::Boolean(), static_cast<uint8_t>(i % 2))));
    const Result<Value> value = expr::EvaluateConstant(expr::Substitute(expression, row), {});
    values.push_back(value.ok() ? value->ToString() : "");
  }
  return values;
}

bool AreSame(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::ranges::equal(a, b, [](const std::string& x, const std::string& y) {
    return x == y || x.empty() || y.empty();
  });
}

bool ReadsColumns(const ExprPtr& expression) {
  std::vector<int> columns;
  expr::CollectColumns(*expression, columns);
  return !columns.empty();
}

// The expression, or its text.
ExprPtr InPlace(ExprPtr bound, bool as_text) {
  if (!as_text || bound == nullptr) return bound;
  Result<ExprPtr> text = expr::BindCast(std::move(bound), Type::String(), false, {1000, 1001});
  return text.ok() ? *std::move(text) : nullptr;
}

std::string WordsOf(const ExprPtr& expression, Words words) {
  std::vector<std::string> names = LookAlikeNames();
  names.emplace_back("p");
  return CanonicalText(Canonical(expression, words), names, {words, "UTC"});
}

struct LookAlikesFound {
  int same = 0;                     // texts that several look-alikes have
  std::set<std::string> different;  // pairs of one text that are not the same
};

LookAlikesFound FindLookAlikes(Random& random, int families, Words words) {
  constexpr int kVariants = 24;
  const std::vector<std::vector<ExprPtr>> rows = LookAlikeRows();
  LookAlikesFound found;
  for (int family = 0; family < families; ++family) {
    const Skeleton skeleton = AnySkeleton(random, 1 + static_cast<int>(random() % 3));
    std::map<std::string, std::pair<std::string, std::vector<std::string>>> known;
    for (int variant = 0; variant < kVariants; ++variant) {
      std::string sql;
      const ExprPtr bound = InPlace(LookAlike(random).Of(skeleton, sql), family % 4 == 0);
      if (bound == nullptr || !ReadsColumns(Canonical(bound, words))) continue;
      const std::string text = WordsOf(bound, words);
      const std::vector<std::string> values = ValuesOf(bound, rows);
      const auto [one, is_new] = known.emplace(text, std::pair(sql, values));
      if (is_new || one->second.first == sql) continue;
      ++found.same;
      const auto& [before, given] = one->second;
      if (AreSame(given, values)) continue;
      found.different.insert(fmt::format("{}\n  {}  {}\n  {}  {}", text, before,
                                         fmt::join(given, " "), sql, fmt::join(values, " ")));
    }
  }
  return found;
}

TEST(LookAlikes, WhatHasOneTextIsOneThing) {
  const uint64_t seed = SeedOf(0);
  Random random(seed);
  const LookAlikesFound found = FindLookAlikes(random, 2000, Words::kCurrent);
  EXPECT_GT(found.same, 1000) << "seed " << seed;
  int shown = 0;
  for (const std::string& pair : found.different) {
    if (++shown > 10) break;
    ADD_FAILURE() << "seed " << seed << ": " << pair;
  }
}

// As they were before types were said, so that this finds what it is for.
TEST(LookAlikes, AreFoundInFormerWords) {
  Random random(1);
  EXPECT_GT(FindLookAlikes(random, 300, Words::kSeventh).different.size(), 20U);
}

}  // namespace
}  // namespace weir::uid
