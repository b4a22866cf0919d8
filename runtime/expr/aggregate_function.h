// The aggregate functions that there are.
#pragma once

#include <cstdint>

namespace weir::expr {

// A row of aggregates.def each.
enum class AggregateFunction : uint8_t {
#define WEIR_AGGREGATE(value, name, signature, doc) value,
#include "runtime/expr/aggregates.def"
#undef WEIR_AGGREGATE
};

}  // namespace weir::expr
