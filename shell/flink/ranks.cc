#include "shell/flink/ranks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "planner/ast/mirrored.h"
#include "planner/ast/to_sql.h"
#include "planner/parse/parse.h"
#include "runtime/base/names.h"
#include "shell/flink/qualify.h"

namespace weir::shell::flink {
namespace {

// A condition that says more is rather left to the error than written out: what Flink keeps for it
// would be as large.
constexpr size_t kMostDigits = 9;

bool IsDenseRank(const ast::Call& call) {
  return EqualsIgnoreCase(call.name.last().text, "DENSE_RANK");
}

bool IsNamed(const ast::Expr& expression, const RankColumn& column) {
  const auto* named = expression.As<ast::ColumnRef>();
  if (named == nullptr || !EqualsIgnoreCase(named->name.last().text, column.name)) return false;
  const std::vector<ast::Identifier>& parts = named->name.parts;
  return parts.size() == 1 ||
         (parts.size() == 2 && EqualsIgnoreCase(parts.front().text, column.table));
}

std::optional<int64_t> NumberOf(const ast::Expr& expression) {
  const auto* literal = expression.As<ast::Literal>();
  if (literal == nullptr || literal->kind != ast::LiteralKind::kInteger ||
      literal->text.size() > kMostDigits)
    return std::nullopt;
  return std::stoll(literal->text);
}

std::optional<int64_t> GreatestOf(ast::BinaryOperator op, const ast::Expr& left,
                                  const ast::Expr& right, const RankColumn& column) {
  if (!IsNamed(left, column)) {
    if (!IsNamed(right, column)) return std::nullopt;
    return GreatestOf(ast::Mirrored(op).value_or(op), right, left, column);
  }
  const std::optional<int64_t> number = NumberOf(right);
  if (!number) return std::nullopt;
  if (op == ast::BinaryOperator::kLessEqual || op == ast::BinaryOperator::kEqual) return number;
  if (op == ast::BinaryOperator::kLess) return *number - 1;
  return std::nullopt;
}

bool IsOver(const ast::Expr& expression) {
  const auto* call = expression.As<ast::Call>();
  return call != nullptr && call->over;
}

bool IsAggregateOrOver(const ast::Expr& expression) {
  return IsOver(expression) || IsAggregate(expression);
}

std::string Direction(const ast::OrderItem& item) {
  std::string said;
  if (item.direction == ast::Direction::kDescending) said = " DESC";
  if (item.nulls == ast::NullOrder::kFirst) said += " NULLS FIRST";
  if (item.nulls == ast::NullOrder::kLast) said += " NULLS LAST";
  return said;
}

// A SELECT without its rank, and what ranks go by as the last columns, rank_1 and so on.
struct Ranked {
  ast::Select select;
  ast::Call rank;
  size_t place = 0;               // of the rank among the columns
  std::vector<std::string> keys;  // partition's first
};

// The next name that neither a column nor a key has.
std::string KeyName(const std::vector<std::string>& columns, size_t& number) {
  std::string name;
  do {
    name = fmt::format("rank_{}", ++number);
  } while (std::ranges::any_of(
      columns, [&name](const std::string& column) { return EqualsIgnoreCase(column, name); }));
  return name;
}

// Where the one item that is a rank stands, among items that are neither aggregates nor OVER.
std::optional<size_t> ItemOf(const ast::Select& select, std::string_view column) {
  std::optional<size_t> found;
  for (size_t i = 0; i < select.items.size(); ++i) {
    const ast::SelectItem& item = select.items[i];
    if (item.alias && EqualsIgnoreCase(item.alias->text, column) && IsRankBeyondFlink(*item.expr)) {
      if (found) return std::nullopt;
      found = i;
      continue;
    }
    ast::ExprPtr expression = item.expr;
    FindsCalls calls(IsAggregateOrOver);
    if (!calls.Visit(*expression).ok() || calls.found()) return std::nullopt;
  }
  return found;
}

std::optional<Ranked> Split(const ast::Select& select, std::string_view column,
                            const std::vector<std::string>& columns) {
  const bool plain = !select.group_by && !select.having && !select.qualify &&
                     select.windows.empty() && select.hints.empty() &&
                     select.quantifier == ast::Quantifier::kUnsaid;
  const std::optional<size_t> item = plain ? ItemOf(select, column) : std::nullopt;
  if (!item) return std::nullopt;
  Ranked made{.select = select, .rank = *select.items[*item].expr->As<ast::Call>()};
  // How many columns a star has is not known, but how many stand on this side of it.
  const auto rank = select.items.begin() + static_cast<ptrdiff_t>(*item);
  const auto behind = static_cast<size_t>(select.items.end() - rank);
  if (std::none_of(rank, select.items.end(), IsStar)) {
    made.place = columns.size() - behind;
  } else if (std::none_of(select.items.begin(), rank, IsStar)) {
    made.place = *item;
  } else {
    return std::nullopt;
  }
  if (!EqualsIgnoreCase(columns[made.place], column)) return std::nullopt;
  const ast::WindowSpec& over = *made.rank.over;
  if (over.base || over.bare || over.frame || over.order_by.empty()) return std::nullopt;
  made.select.items.erase(made.select.items.begin() + static_cast<ptrdiff_t>(*item));
  std::vector<ast::ExprPtr> keys = over.partition_by;
  for (const ast::OrderItem& order : over.order_by) keys.push_back(order.expr);
  size_t number = 0;
  for (const ast::ExprPtr& key : keys) {
    ast::ExprPtr expression = key;
    FindsCalls calls(IsOver);
    if (!calls.Visit(*expression).ok() || calls.found()) return std::nullopt;
    made.keys.push_back(KeyName(columns, number));
    made.select.items.push_back({key, ast::Identifier{.text = made.keys.back()}, {}});
  }
  return made;
}

std::string Written(ast::Select select) {
  ast::Query query;
  query.body = std::move(select);
  return ast::ToSql(query);
}

std::string Quoted(const std::string& name) {
  return ast::ToSql(ast::Identifier{.text = name});
}

// a.rank_1 IS NOT DISTINCT FROM b.rank_1 AND …, of the first `number` keys.
std::string Equal(const Ranked& ranked, size_t number, std::string_view a, std::string_view b) {
  std::vector<std::string> parts;
  for (size_t i = 0; i < number; ++i)
    parts.push_back(fmt::format("{0}.{2} IS NOT DISTINCT FROM {1}.{2}", a, b, ranked.keys[i]));
  return fmt::format("{}", fmt::join(parts, " AND "));
}

// The first values of the order with their numbers, and how many rows have each.
std::string Numbered(const Ranked& ranked, int64_t most) {
  ast::Select keys = ranked.select;
  keys.items.erase(keys.items.begin(),
                   keys.items.end() - static_cast<ptrdiff_t>(ranked.keys.size()));
  const ast::WindowSpec& over = *ranked.rank.over;
  std::vector<std::string> partition(
      ranked.keys.begin(), ranked.keys.begin() + static_cast<ptrdiff_t>(over.partition_by.size()));
  std::vector<std::string> order;
  for (size_t i = 0; i < over.order_by.size(); ++i)
    order.push_back(ranked.keys[partition.size() + i] + Direction(over.order_by[i]));
  const std::string by =
      partition.empty() ? "" : fmt::format("PARTITION BY {} ", fmt::join(partition, ", "));
  const std::string all = fmt::format("{}", fmt::join(ranked.keys, ", "));
  return fmt::format(
      "SELECT {0}, rank_rows, rank_number FROM (SELECT {0}, rank_rows, ROW_NUMBER() OVER ({1}ORDER "
      "BY {2}) AS rank_number FROM (SELECT {0}, COUNT(*) AS rank_rows FROM ({3}) AS rank_keys "
      "GROUP "
      "BY {0}) AS rank_values) AS rank_numbers WHERE rank_number <= {4}",
      all, by, fmt::join(order, ", "), Written(std::move(keys)), most);
}

// The first values of the order with their ranks.
std::string Ranks(const Ranked& ranked, int64_t most) {
  std::string numbered = Numbered(ranked, most);
  if (IsDenseRank(ranked.rank)) return numbered;
  std::vector<std::string> keys;
  for (const std::string& key : ranked.keys) keys.push_back(fmt::format("rank_at.{}", key));
  std::string on = Equal(ranked, ranked.rank.over->partition_by.size(), "rank_at", "rank_before");
  if (!on.empty()) on += " AND ";
  return fmt::format(
      "SELECT {0}, COALESCE(SUM(rank_before.rank_rows), 0) + 1 AS rank_number FROM ({1}) AS "
      "rank_at "
      "LEFT JOIN ({1}) AS rank_before ON {2}rank_before.rank_number < rank_at.rank_number GROUP BY "
      "{0}, rank_at.rank_number",
      fmt::join(keys, ", "), numbered, on);
}

}  // namespace

bool IsRankBeyondFlink(const ast::Expr& expression) {
  const auto* call = expression.As<ast::Call>();
  if (call == nullptr || !call->over || call->name.parts.size() != 1) return false;
  return EqualsIgnoreCase(call->name.last().text, "RANK") || IsDenseRank(*call);
}

std::optional<int64_t> GreatestOf(const ast::Expr& condition, const RankColumn& column) {
  if (const auto* between = condition.As<ast::Between>())
    return IsNamed(*between->operand, column) && !between->negated && !between->symmetric
               ? NumberOf(*between->high)
               : std::nullopt;
  const auto* binary = condition.As<ast::Binary>();
  if (binary == nullptr) return std::nullopt;
  if (binary->op != ast::BinaryOperator::kAnd)
    return GreatestOf(binary->op, *binary->left, *binary->right, column);
  const std::optional<int64_t> left = GreatestOf(*binary->left, column);
  const std::optional<int64_t> right = GreatestOf(*binary->right, column);
  return left && right ? std::min(*left, *right) : left ? left : right;
}

Result<std::optional<ast::Query>> RankByNumbers(const ast::Select& select, std::string_view column,
                                                const std::vector<std::string>& columns,
                                                int64_t most) {
  std::optional<Ranked> ranked = Split(select, column, columns);
  if (!ranked) return std::optional<ast::Query>();
  std::vector<std::string> listed, named;
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string name = Quoted(columns[i]);
    const bool rank = i == ranked->place;
    listed.push_back(rank ? fmt::format("ranks.rank_number AS {}", name)
                          : fmt::format("ranked.{}", name));
    if (!rank) named.push_back(name);
  }
  std::ranges::copy(ranked->keys, std::back_inserter(named));
  const std::string text =
      fmt::format("SELECT {} FROM ({}) AS ranked ({}) JOIN ({}) AS ranks ON {}",
                  fmt::join(listed, ", "), Written(ranked->select), fmt::join(named, ", "),
                  Ranks(*ranked, most), Equal(*ranked, ranked->keys.size(), "ranked", "ranks"));
  const ast::StatementPtr parsed = TRY(parse::ParseStatement(text));
  return std::optional(*parsed->As<ast::QueryStatement>()->query);
}

}  // namespace weir::shell::flink
