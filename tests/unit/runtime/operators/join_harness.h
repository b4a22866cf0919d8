// Runs one join over batches written as text: a KeyedHarness whose inputs and output follow from
// the join.
#pragma once

#include "tests/unit/runtime/operators/keyed_harness.h"

namespace weir::operators {

class JoinHarness : public KeyedHarness {
 public:
  // `spec` is one of the four joins that keep state. Failures abort the test program.
  explicit JoinHarness(const graph::OperatorSpec& spec, KeyedHarnessOptions options = {});
};

// Output columns of a join: those of both inputs, nullable where a side may be absent.
Schema JoinedSchema(const graph::JoinShape& shape);

}  // namespace weir::operators
