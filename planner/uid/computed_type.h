// Says in which type an expression is computed, where its text does not: sm * 10 is an INT, and
// sm * CAST(10 AS SMALLINT) wraps around as a SMALLINT.
#pragma once

#include "runtime/expr/expr.h"

namespace weir::uid {

// The type of an operand as its text has it. An integer is an INT if it fits and a BIGINT
// otherwise, whatever it was compared or added with.
Type TypeAsWritten(const expr::Expr& operand);

// `call` if the binder would give an expression of this text its type. Otherwise with casts around
// operands, or as "(… => 'DOUBLE')" where these would not give it. So equal texts over columns of
// equal types are computed in equal types; and a text stays as it is when a column is widened and
// the expression with it. Only types of numbers count, since others show where they are read
// (types_read.h). REQUIRES: the same was done with its operands. The result is only good for its
// text.
expr::ExprPtr WithComputedType(expr::ExprPtr call);

// A cast that shows in the text.
expr::ExprPtr ShownAs(expr::ExprPtr operand, const Type& type);

}  // namespace weir::uid
