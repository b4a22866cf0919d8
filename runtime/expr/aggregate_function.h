// The aggregate functions that exist.
#pragma once

#include <cstdint>

namespace weir::expr {

// One for each row of aggregates.def.
enum class AggregateFunction : uint8_t {
#define WEIR_AGGREGATE(value, name, signature, doc) value,
#include "runtime/expr/aggregates.def"
#undef WEIR_AGGREGATE
};

}  // namespace weir::expr
