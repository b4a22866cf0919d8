// The connectors jdbc and postgres, which are one: the options of tables over PostgreSQL.
#include <fmt/format.h>

#include <array>

#include "runtime/base/names.h"
#include "runtime/connectors/connectors.h"
#include "runtime/connectors/epochs/promised_epochs.h"
#include "runtime/connectors/postgres/postgres_options.h"
#include "runtime/connectors/postgres/table_changer.h"
#include "runtime/connectors/postgres/table_sink.h"
#include "runtime/connectors/postgres/table_source.h"
#include "runtime/connectors/postgres/value_text.h"
#include "runtime/graph/secret_reference.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;
using graph::OptionReach::kSystem;
using postgres::WrongOption;
constexpr graph::OptionEffect kHow = graph::OptionEffect::kAccess;

// As Flink's "JDBC SQL Connector" has them, and three of ours.
constexpr std::array kTableOptions = {
    OptionDescriptor{postgres::kUrl, OptionKind::kString, "", "", true,
                     "The database: 'jdbc:postgresql://host:5432/db?sslmode=verify-full'.",
                     graph::OptionEffect::kContents, kSystem},
    OptionDescriptor{postgres::kTableName, OptionKind::kString, "", "", true,
                     "The table there, as SQL names it: 'orders', 'sales.orders', '\"Orders\"'.",
                     graph::OptionEffect::kContents, kSystem},
    OptionDescriptor{postgres::kUsername, OptionKind::kString, "", "", false,
                     "Who logs in; else the URL says so, or libpq's defaults.", kHow, kSystem},
    OptionDescriptor{postgres::kPassword, OptionKind::kString, "", graph::kMayBeSecret, false,
                     "The password: '${secret:name}'; else that of the URL, or of ~/.pgpass.", kHow,
                     kSystem},
    OptionDescriptor{postgres::kConnectTimeout, OptionKind::kDuration, "60 s", "", false,
                     "How long a server may take to let us in, a second at least.", kHow},
    OptionDescriptor{postgres::kPartitionColumn, OptionKind::kString, "", "", false,
                     "A column of numbers by whose ranges the table is read in parts."},
    OptionDescriptor{postgres::kPartitionCount, OptionKind::kInteger, "", "", false,
                     "How many parts there are."},
    OptionDescriptor{postgres::kLowerBound, OptionKind::kInteger, "", "", false,
                     "The least value that is read."},
    OptionDescriptor{postgres::kUpperBound, OptionKind::kInteger, "", "", false,
                     "The greatest value that is read."},
    OptionDescriptor{postgres::kFetchSize, OptionKind::kInteger, "0", "", false,
                     "How many rows are fetched at a time; 0: 1000.", kHow},
    OptionDescriptor{postgres::kAutoCommit, OptionKind::kBoolean, "true", "", false,
                     "Flink's 'false' fetches rows portion by portion; here that is always so.",
                     kHow},
    OptionDescriptor{postgres::kFlushRows, OptionKind::kInteger, "100", "", false,
                     "When so many changes are held they are written; 0: that is no reason.", kHow},
    OptionDescriptor{postgres::kFlushInterval, OptionKind::kDuration, "1 s", "", false,
                     "How long changes are held at most; 0: up to the next checkpoint.", kHow},
    OptionDescriptor{postgres::kMaxRetries, OptionKind::kInteger, "3", "", false,
                     "How often a write is tried again after a failure that may pass.", kHow},
    OptionDescriptor{postgres::kDeliveryGuarantee, OptionKind::kEnum, "at-least-once",
                     "at-least-once|exactly-once", false,
                     "Whether rows are written as they come, or once each when their checkpoint "
                     "is complete.",
                     kHow},
    OptionDescriptor{postgres::kCommitTable, OptionKind::kString, "__weir_commits", "", false,
                     "The table in which exactly-once says what was committed.", kHow, kSystem},
    OptionDescriptor{epochs::kInDoubt, OptionKind::kEnum, "fail", "fail|resend|skip", false,
                     "What is done with promised rows where that table does not say whether they "
                     "were committed.",
                     graph::OptionEffect::kRecovery},
};

Status CheckPartitions(const Schema& schema, const graph::TypedOptions& said) {
  constexpr std::array kTogether = {postgres::kPartitionColumn, postgres::kPartitionCount,
                                    postgres::kLowerBound, postgres::kUpperBound};
  size_t given = 0;
  std::string_view lacking;
  for (const std::string_view key : kTogether) {
    given += said.Has(key) ? 1 : 0;
    if (!said.Has(key)) lacking = key;
  }
  if (given == 0) return {};
  if (given < kTogether.size()) {
    return WrongOption(
        fmt::format("'{}' is missing: 'scan.partition.column', '.num', "
                    "'.lower-bound' and '.upper-bound' go together",
                    lacking));
  }
  const std::string name(said.Text(postgres::kPartitionColumn));
  const auto column = schema.Find(name);
  if (!column || !schema.fields[*column].type.is_numeric()) {
    std::vector<std::string> numbers;
    for (const Field& field : schema.fields) {
      if (field.type.is_numeric()) numbers.push_back(field.name);
    }
    return WrongOption(
        fmt::format("'{}' names no column of numbers: \"{}\"", postgres::kPartitionColumn, name),
        DidYouMean(name, numbers));
  }
  if (TRY(said.Integer(postgres::kPartitionCount)) < 1)
    return WrongOption(fmt::format("'{}' is to be 1 or more", postgres::kPartitionCount));
  if (TRY(said.Integer(postgres::kLowerBound)) <= TRY(said.Integer(postgres::kUpperBound)))
    return {};
  return WrongOption(
      fmt::format("'{}' is greater than '{}'", postgres::kLowerBound, postgres::kUpperBound));
}

Status CheckJdbc(const Schema& schema, const graph::TableOptions& given);

const graph::ConnectorDescriptor kJdbc = {
    .name = "jdbc",
    .doc = "Tables of PostgreSQL, with the options of Flink's JDBC connector.",
    .source = true,
    .sink = true,
    .primary_key_option = "primary-key",
    .finds_by_key = true,
    .sink_accepts = {true, false, true, true},
    .options = kTableOptions,
    .paths_in = postgres::PathsIn,
    .check = CheckJdbc,
};

// The same by its plain name.
const graph::ConnectorDescriptor kPostgres = [] {
  graph::ConnectorDescriptor descriptor = kJdbc;
  descriptor.name = "postgres";
  descriptor.doc = "Tables of PostgreSQL; 'jdbc' is the same connector.";
  return descriptor;
}();

Status CheckJdbc(const Schema& schema, const graph::TableOptions& given) {
  const graph::TypedOptions said(kJdbc, given);
  RETURN_IF_ERROR(postgres::AccessOf(said).status());
  for (const Field& field : schema.fields) RETURN_IF_ERROR(postgres::CheckColumnType(field));
  RETURN_IF_ERROR(CheckPartitions(schema, said));
  for (const auto key : {postgres::kFetchSize, postgres::kFlushRows, postgres::kMaxRetries}) {
    if (TRY(said.Integer(key)) < 0) return WrongOption(fmt::format("'{}' is negative", key));
  }
  return {};
}

Result<std::unique_ptr<Source>> MakeJdbcSource(const graph::ScanSpec& spec,
                                               const ConnectorContext&) {
  return postgres::MakeTableSource(kJdbc, spec);
}

Result<std::unique_ptr<Sink>> MakeJdbcSink(const graph::SinkSpec& spec,
                                           const ConnectorContext& context) {
  return postgres::MakeTableSink(kJdbc, spec, context);
}

Result<std::unique_ptr<TableChanger>> MakeJdbcChanger(const ChangeSpec& spec) {
  return postgres::MakeTableChanger(kJdbc, spec);
}

}  // namespace

const Connector& JdbcConnector() {
  static const Connector connector = {&kJdbc, MakeJdbcSource, MakeJdbcSink, MakeJdbcChanger};
  return connector;
}

const Connector& PostgresConnector() {
  static const Connector connector = {&kPostgres, MakeJdbcSource, MakeJdbcSink, MakeJdbcChanger};
  return connector;
}

}  // namespace weir::connectors
