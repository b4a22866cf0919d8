// From plan nodes to running operators.
#pragma once

#include <memory>

#include "runtime/operators/join/lookup_table.h"
#include "runtime/operators/operator.h"
#include "runtime/result_listener.h"
#include "runtime/sink.h"

namespace weir::operators {

// What some operators need from outside the plan.
struct OperatorPorts {
  std::unique_ptr<SinkWriter> sink_writer;  // required for SinkSpec
  ResultListener* listener = nullptr;       // required for CollectSpec; outlives the operator
  std::shared_ptr<const LookupTable> lookup_table;  // required for LookupSpec
};

// The operator of one node. ScanSpec and ValuesSpec are sources, which the task runs itself:
// kInternal. REQUIRES: `node` outlives the operator.
// One switch over graph::OperatorSpec, exhaustive; an unopened operator owns nothing but its ports.
Result<std::unique_ptr<Operator>> MakeOperator(const graph::Node& node, OperatorPorts ports);

}  // namespace weir::operators
