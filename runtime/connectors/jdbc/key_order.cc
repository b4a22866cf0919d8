#include "runtime/connectors/jdbc/key_order.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::connectors::jdbc {
namespace {

// Rows are compared by one operator.
std::string ByRows(std::span<const KeyTerm> key) {
  std::string columns, values;
  for (const KeyTerm& term : key) {
    const char* const comma = columns.empty() ? "" : ", ";
    columns += comma + term.expression;
    values += comma + term.value;
  }
  return fmt::format("({}) {} ({})", columns, key.front().operators.greater, values);
}

// Column by column, where they have operators of their own.
std::string ByColumns(std::span<const KeyTerm> key) {
  const KeyTerm& first = key.front();
  const KeyOperators& is = first.operators;
  std::string greater = fmt::format("{} {} {}", first.expression, is.greater, first.value);
  if (key.size() == 1) return greater;
  return fmt::format("({} OR ({} {} {} AND {}))", greater, first.expression, is.equal, first.value,
                     ByColumns(key.subspan(1)));
}

}  // namespace

std::string EqualKey(std::span<const KeyTerm> key) {
  std::string condition;
  for (const KeyTerm& term : key) {
    condition += fmt::format("{}{} {} {}", condition.empty() ? "" : " AND ", term.expression,
                             term.operators.equal, term.value);
  }
  return condition;
}

std::string BehindKey(std::span<const KeyTerm> key, bool as_row) {
  const KeyTerm& first = key.front();
  const bool alike = std::ranges::all_of(
      key, [&](const KeyTerm& term) { return term.operators == first.operators; });
  if (alike && as_row) return ByRows(key);
  if (key.size() == 1) return ByColumns(key);
  // The first condition alone is one that an index answers.
  return fmt::format("({} {} {} AND {})", first.expression, first.operators.at_least, first.value,
                     ByColumns(key));
}

}  // namespace weir::connectors::jdbc
