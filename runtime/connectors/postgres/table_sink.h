// The sink of a table of PostgreSQL.
#pragma once

#include <memory>

#include "runtime/connectors/connectors.h"

namespace weir::connectors::postgres {

// With a PRIMARY KEY rows are inserted or replace those of their keys, and deletes delete; without
// one they are added. What came before a barrier is committed before the checkpoint is complete, so
// a job that fails writes some rows again and loses none ('sink.delivery-guarantee' =
// 'at-least-once'; with a key the table is then what it would be without the failure); with
// 'exactly-once' each row is written once (exactly_once_table.h).
Result<std::unique_ptr<Sink>> MakeTableSink(const graph::ConnectorDescriptor& connector,
                                            const graph::SinkSpec& spec,
                                            const ConnectorContext& context);

}  // namespace weir::connectors::postgres
