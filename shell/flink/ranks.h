// RANK and DENSE_RANK in a Top-N, said by ROW_NUMBER, which alone Flink's Top-N knows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "planner/ast/statement.h"
#include "runtime/base/result.h"

namespace weir::shell::flink {

// Whether an expression is RANK() OVER … or DENSE_RANK() OVER ….
bool IsRankBeyondFlink(const ast::Expr& expression);

// A column of a table in FROM, whose alias may be "".
struct RankColumn {
  std::string_view table;
  std::string_view name;
};

// The greatest number in `column` that a condition lets through: n of column <= n, column = n,
// column BETWEEN 1 AND n and their like, beside others under AND. Nothing where it says none.
std::optional<int64_t> GreatestOf(const ast::Expr& condition, const RankColumn& column);

// The rows of a SELECT that lists one such rank, called `column`, where it is `most` at most; with
// the columns of the SELECT, whose names are `columns`, in their order. Nothing for a SELECT that
// cannot be written several times, as it groups, has another OVER or gives other rows each time.
//
// Rows that are equal in the order have one rank, so that the values of the order are numbered
// instead, each once, and joined to the rows again. Those numbers are DENSE_RANK; RANK is one more
// than there are rows of smaller numbers, none of which can be beyond `most`.
Result<std::optional<ast::Query>> RankByNumbers(const ast::Select& select, std::string_view column,
                                                const std::vector<std::string>& columns,
                                                int64_t most);

}  // namespace weir::shell::flink
