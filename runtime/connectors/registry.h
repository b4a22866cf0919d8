// All connectors and formats that are linked in, and the creation of sources and sinks. To add one:
// its file, its descriptor, and a row in registry.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/base/result.h"
#include "runtime/clock.h"
#include "runtime/expr/evaluator.h"
#include "runtime/file_system.h"
#include "runtime/graph/operator_spec.h"
#include "runtime/notices.h"
#include "runtime/sink.h"
#include "runtime/source.h"

namespace weir::connectors {

class StateTables;  // state_tables.h

// What connectors may use. Outlives the sources and sinks made with it.
struct ConnectorContext {
  FileSystem* files = nullptr;
  Clock* clock = nullptr;
  const expr::EvaluationContext* evaluation = nullptr;  // time zone, seed
  std::string job_id;                                   // in names of files in progress
  uint32_t parallelism = 1;  // threads that a source's readers may decode with, together
  // Where `print` writes: standard output in the shell, a buffer in tests. Thread-safe; takes whole
  // lines; a failure fails the job.
  Status (*print)(void* target, std::string_view lines) = nullptr;
  void* print_target = nullptr;
  Notices* notices = nullptr;     // of the job; null: nobody is told of anything
  std::string job_name;           // in what a sink's directory says of its jobs; may be ""
  StateTables* states = nullptr;  // null: tables of state cannot be read
  // The directory of the job's checkpoints, in whose taskowned/ sinks keep what they promise. ""
  // where nothing is written.
  std::string checkpoints;
  // The job gives its rows to somebody who waits, and nobody goes on with it: what sources make
  // elsewhere must go with them.
  bool passing = false;
};

// The descriptors of everything that is linked in, for the planner. Lives forever; any thread.
const graph::ConnectorCatalog& BuiltinConnectors();

// kUnsupported for a table that cannot be read. A filter of the scan is applied to the rows that
// the connector returns, so a connector need not apply it.
Result<std::unique_ptr<Source>> MakeSource(const graph::ScanSpec& spec,
                                           const ConnectorContext& context);
// kUnsupported for a table that cannot be written.
Result<std::unique_ptr<Sink>> MakeSink(const graph::SinkSpec& spec,
                                       const ConnectorContext& context);

// Whether MakeSource and MakeSink would refuse the table whatever the outside world is like, as its
// format has no such columns. Nothing is reached but files that options name, such as a schema's.
Status CheckSource(const graph::ScanSpec& spec, const ConnectorContext& context);
Status CheckSink(const graph::SinkSpec& spec, const ConnectorContext& context);

}  // namespace weir::connectors
