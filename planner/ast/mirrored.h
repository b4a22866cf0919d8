// Comparisons with their sides exchanged.
#pragma once

#include <optional>

#include "planner/ast/expr.h"

namespace weir::ast {

// The inequality of b and a that `op` is of a and b: `>` for `<`. Nothing for other operators.
constexpr std::optional<BinaryOperator> Mirrored(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::kLess:
      return BinaryOperator::kGreater;
    case BinaryOperator::kLessEqual:
      return BinaryOperator::kGreaterEqual;
    case BinaryOperator::kGreater:
      return BinaryOperator::kLess;
    case BinaryOperator::kGreaterEqual:
      return BinaryOperator::kLessEqual;
    default:
      return std::nullopt;
  }
}

}  // namespace weir::ast
