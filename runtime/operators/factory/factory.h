// Creates the operators of a plan.
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

// Creates the operator of one node for one subtask; subtasks share the node. kInternal for ScanSpec
// and ValuesSpec, which are sources that the task runs itself. REQUIRES: `node` outlives the
// operator.
Result<std::unique_ptr<Operator>> MakeOperator(const graph::Node& node, OperatorPorts ports);

}  // namespace weir::operators
