// The connectors that registry.cc lists, each implemented in a file of its own.
#pragma once

#include "runtime/connectors/registry.h"
#include "runtime/connectors/table_change.h"

namespace weir::connectors {

// One connector: its descriptor and the factories of its source, its sink, and of what changes its
// tables in place (null where it has none).
// Names are matched ignoring case. Options were checked against the descriptor when the table was
// created, so the factories fail because of the outside world, or as the columns that are read or
// written are none for the format.
struct Connector {
  const graph::ConnectorDescriptor* descriptor;
  Result<std::unique_ptr<Source>> (*make_source)(const graph::ScanSpec&, const ConnectorContext&);
  Result<std::unique_ptr<Sink>> (*make_sink)(const graph::SinkSpec&, const ConnectorContext&);
  Result<std::unique_ptr<TableChanger>> (*make_changer)(const ChangeSpec&) = nullptr;
  // What the factories refuse whatever the outside world is like; they reach nothing but files that
  // options name. Null: nothing.
  Status (*check_source)(const graph::ScanSpec&, const ConnectorContext&) = nullptr;
  Status (*check_sink)(const graph::SinkSpec&, const ConnectorContext&) = nullptr;
};

// For Connector::check_source and check_sink, with a factory that reaches nothing.
template <auto Make, typename Spec>
Status CheckByMaking(const Spec& spec, const ConnectorContext& context) {
  return Make(spec, context).status();
}

// Files in a directory (docs/connectors.md); exactly once by rename.
const Connector& FilesystemConnector();
// Random rows and sequences, as Flink's.
const Connector& DatagenConnector();
// Rows that look real, as Flink Faker's (faker/expression.h).
const Connector& FakerConnector();
// The benchmark's events (nexmark_events.h).
const Connector& NexmarkConnector();
// Rows written in the table's options, for tests and first steps.
const Connector& InlineConnector();
// Prints rows as text, like Flink's "+I[1, a]".
const Connector& PrintConnector();
// Topics of Apache Kafka (kafka/).
const Connector& KafkaConnector();
// Topics of Apache Kafka whose messages are upserts and deletions by the table's PRIMARY KEY.
const Connector& UpsertKafkaConnector();
// Tables of PostgreSQL (postgres/), MySQL and MariaDB (mysql/); what they have in common is in
// jdbc/, and their options in databases/.
const Connector& JdbcConnector();
// The same by the plain names of the databases.
const Connector& PostgresConnector();
const Connector& MySqlConnector();
// The changes of tables of PostgreSQL, from its log.
const Connector& PostgresCdcConnector();
// Reads every value and drops it.
const Connector& BlackholeConnector();
// The state in savepoints and checkpoints.
const Connector& SavepointConnector();

// The source and sink of the filesystem connector, each in a file of its own.
Result<std::unique_ptr<Source>> MakeFileSource(const graph::ScanSpec&, const ConnectorContext&);
Result<std::unique_ptr<Sink>> MakeFileSink(const graph::SinkSpec&, const ConnectorContext&);

}  // namespace weir::connectors
