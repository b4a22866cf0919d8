// The sink of a table of a database.
#pragma once

#include <memory>

#include "runtime/connectors/connectors.h"
#include "runtime/connectors/jdbc/server.h"

namespace weir::connectors::jdbc {

// With a PRIMARY KEY rows are inserted or replace those of their keys, and deletes delete; without
// one they are added. What came before a barrier is committed before the checkpoint is complete, so
// a job that fails writes some rows again and loses none ('sink.delivery-guarantee' =
// 'at-least-once'; with a key the table is then what it would be without the failure); with
// 'exactly-once' each row is written once (exactly_once_table.h).
Result<std::unique_ptr<Sink>> MakeTableSink(const graph::ConnectorDescriptor& connector,
                                            const graph::SinkSpec& spec,
                                            const ConnectorContext& context,
                                            std::unique_ptr<Server> server);

}  // namespace weir::connectors::jdbc
