// What tests of ranks feed and are given.
#pragma once

#include "tests/unit/runtime/operators/keyed_harness.h"

namespace weir::operators {

inline const Schema kRankInput{{{"k", Type::Int()}, {"v", Type::Int()}, {"s", Type::String()}}};

inline KeyedShape ShapeOf(const graph::RankSpec& spec) {
  KeyedShape shape{kRankInput, kRankInput, spec.partition};
  if (spec.output_rank) {
    shape.output.fields.push_back({"rank", Type::BigInt().WithNullable(false)});
  }
  return shape;
}

}  // namespace weir::operators
