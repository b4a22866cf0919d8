// The sink of a table over Kafka.
#pragma once

#include <memory>

#include "runtime/connectors/connectors.h"

namespace weir::connectors::kafka {

// Each row becomes a message, or with a connector of upserts the last one of its key within
// 'sink.buffer-flush.*'. What came before a barrier is acknowledged by the brokers before the
// checkpoint is complete, so that a job that fails sends some messages again and loses none
// ('sink.delivery-guarantee' = 'at-least-once'); with 'exactly-once' readers of committed records
// see each once (exactly_once_sink.h). REQUIRES: a table of this connector.
Result<std::unique_ptr<Sink>> MakeTopicSink(const graph::ConnectorDescriptor& connector,
                                            const graph::SinkSpec& spec,
                                            const ConnectorContext& context);

}  // namespace weir::connectors::kafka
