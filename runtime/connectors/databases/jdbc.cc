// The connectors jdbc, postgres and mysql: the options of tables over databases. The URL says which
// database it is.
#include <fmt/format.h>

#include <array>
#include <optional>

#include "runtime/base/names.h"
#include "runtime/connectors/connectors.h"
#include "runtime/connectors/epochs/promised_epochs.h"
#include "runtime/connectors/jdbc/jdbc_options.h"
#include "runtime/connectors/jdbc/table_sink.h"
#include "runtime/connectors/jdbc/table_source.h"
#include "runtime/connectors/mysql/mysql_options.h"
#include "runtime/connectors/mysql/mysql_server.h"
#include "runtime/connectors/mysql/value_text.h"
#include "runtime/connectors/postgres/postgres_options.h"
#include "runtime/connectors/postgres/postgres_server.h"
#include "runtime/connectors/postgres/table_changer.h"
#include "runtime/connectors/postgres/value_text.h"
#include "runtime/graph/secret_reference.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;
using graph::OptionReach::kSystem;
using jdbc::WrongOption;
constexpr graph::OptionEffect kHow = graph::OptionEffect::kAccess;

// As Flink's "JDBC SQL Connector" has them, and three of ours.
constexpr std::array kTableOptions = {
    OptionDescriptor{jdbc::kUrl, OptionKind::kString, "", "", true,
                     "The database: 'jdbc:postgresql://host:5432/db?sslmode=verify-full', "
                     "'jdbc:mysql://host:3306/db?sslMode=VERIFY_IDENTITY'.",
                     graph::OptionEffect::kContents, kSystem},
    OptionDescriptor{jdbc::kTableName, OptionKind::kString, "", "", true,
                     "The table there, as SQL names it: 'orders', 'sales.orders', '\"Orders\"'; "
                     "'`a table`' in MySQL.",
                     graph::OptionEffect::kContents, kSystem},
    OptionDescriptor{jdbc::kUsername, OptionKind::kString, "", "", false,
                     "Who logs in; else the URL says so, or libpq's defaults.", kHow, kSystem},
    OptionDescriptor{jdbc::kPassword, OptionKind::kString, "", graph::kMayBeSecret, false,
                     "The password: '${secret:name}'; else that of the URL, or of ~/.pgpass.", kHow,
                     kSystem},
    OptionDescriptor{jdbc::kConnectTimeout, OptionKind::kDuration, "60 s", "", false,
                     "How long a server may take to let us in, a second at least.", kHow},
    OptionDescriptor{jdbc::kPartitionColumn, OptionKind::kString, "", "", false,
                     "A column of numbers by whose ranges the table is read in parts."},
    OptionDescriptor{jdbc::kPartitionCount, OptionKind::kInteger, "", "", false,
                     "How many parts there are."},
    OptionDescriptor{jdbc::kLowerBound, OptionKind::kInteger, "", "", false,
                     "The least value that is read."},
    OptionDescriptor{jdbc::kUpperBound, OptionKind::kInteger, "", "", false,
                     "The greatest value that is read."},
    OptionDescriptor{jdbc::kFetchSize, OptionKind::kInteger, "0", "", false,
                     "How many rows are fetched at a time; 0: 1000.", kHow},
    OptionDescriptor{jdbc::kAutoCommit, OptionKind::kBoolean, "true", "", false,
                     "Flink's 'false' fetches rows portion by portion; here that is always so.",
                     kHow},
    OptionDescriptor{jdbc::kFlushRows, OptionKind::kInteger, "100", "", false,
                     "When so many changes are held they are written; 0: that is no reason.", kHow},
    OptionDescriptor{jdbc::kFlushInterval, OptionKind::kDuration, "1 s", "", false,
                     "How long changes are held at most; 0: up to the next checkpoint.", kHow},
    OptionDescriptor{jdbc::kMaxRetries, OptionKind::kInteger, "3", "", false,
                     "How often a write is tried again after a failure that may pass.", kHow},
    OptionDescriptor{jdbc::kDeliveryGuarantee, OptionKind::kEnum, "at-least-once",
                     "at-least-once|exactly-once", false,
                     "Whether rows are written as they come, or once each when their checkpoint "
                     "is complete.",
                     kHow},
    OptionDescriptor{jdbc::kCommitTable, OptionKind::kString, "__weir_commits", "", false,
                     "The table in which exactly-once says what was committed.", kHow, kSystem},
    OptionDescriptor{epochs::kInDoubt, OptionKind::kEnum, "fail", "fail|resend|skip", false,
                     "What is done with promised rows where that table does not say whether they "
                     "were committed.",
                     graph::OptionEffect::kRecovery},
};

enum class Database : uint8_t { kPostgres, kMySql };

// What the URL begins with; those of libpq have no "jdbc:".
std::optional<Database> DatabaseOf(std::string_view url) {
  if (url.starts_with("jdbc:mysql:") || url.starts_with("jdbc:mariadb:")) return Database::kMySql;
  if (url.starts_with("jdbc:")) url.remove_prefix(5);
  const std::string_view kind = url.substr(0, url.find(':'));
  if (kind == "postgresql" || kind == "postgres") return Database::kPostgres;
  return std::nullopt;
}

Status NoDatabase(std::string_view url) {
  std::string_view rest = url;
  if (rest.starts_with("jdbc:")) rest.remove_prefix(5);
  const std::string_view kind = rest.substr(0, rest.find(':'));
  constexpr const char* kHint =
      "'url' = 'jdbc:postgresql://localhost:5432/mydb', or 'jdbc:mysql://localhost:3306/mydb'";
  if (!url.starts_with("jdbc:") || kind.empty() || kind.size() == rest.size()) {
    return WrongOption(fmt::format("the value of option '{}' is wrong: it does not begin with "
                                   "jdbc:postgresql:, jdbc:mysql: or jdbc:mariadb:",
                                   jdbc::kUrl),
                       kHint);
  }
  return Status::Unsupported(
             fmt::format("'{}' = 'jdbc:{}:…' is not supported yet: the databases are PostgreSQL, "
                         "MySQL and MariaDB",
                         jdbc::kUrl, kind))
      .WithHint(kHint);
}

std::vector<std::string> PathsIn(std::string_view key, std::string_view value) {
  if (DatabaseOf(value) == Database::kMySql) return mysql::PathsIn(key, value);
  return postgres::PathsIn(key, value);
}

Status CheckJdbc(const Schema& schema, const graph::TableOptions& given);

const graph::ConnectorDescriptor kJdbc = {
    .name = "jdbc",
    .doc = "Tables of PostgreSQL, MySQL and MariaDB, with the options of Flink's JDBC connector.",
    .source = true,
    .sink = true,
    .primary_key_option = "primary-key",
    .finds_by_key = true,
    .sink_accepts = {true, false, true, true},
    .options = kTableOptions,
    .paths_in = PathsIn,
    .check = CheckJdbc,
};

// The same by the plain names of the databases.
const graph::ConnectorDescriptor kPostgres = [] {
  graph::ConnectorDescriptor descriptor = kJdbc;
  descriptor.name = "postgres";
  descriptor.doc = "Tables of PostgreSQL; 'jdbc' is the same connector.";
  return descriptor;
}();

const graph::ConnectorDescriptor kMySql = [] {
  graph::ConnectorDescriptor descriptor = kJdbc;
  descriptor.name = "mysql";
  descriptor.doc = "Tables of MySQL and MariaDB; 'jdbc' is the same connector.";
  return descriptor;
}();

// Of the URL, which has to be one of the connector's.
Result<Database> DatabaseOf(const graph::TableOptions& given) {
  const std::string_view url = graph::OptionValue(given, jdbc::kUrl);
  const std::optional<Database> database = DatabaseOf(url);
  if (!database) return NoDatabase(url);
  const std::string_view connector = graph::OptionValue(given, "connector");
  const bool other =
      (EqualsIgnoreCase(connector, "postgres") && *database != Database::kPostgres) ||
      (EqualsIgnoreCase(connector, "mysql") && *database != Database::kMySql);
  if (!other) return *database;
  return WrongOption(
      fmt::format("'{}' is that of another database than the connector {}", jdbc::kUrl, connector),
      "'connector' = 'jdbc' takes all of them");
}

Result<std::unique_ptr<jdbc::Server>> ServerOf(const graph::TableOptions& given) {
  const graph::TypedOptions said(kJdbc, given);
  if (TRY(DatabaseOf(given)) == Database::kMySql) return mysql::MakeServer(said);
  return postgres::MakeServer(said);
}

Status CheckJdbc(const Schema& schema, const graph::TableOptions& given) {
  const bool of_mysql = TRY(DatabaseOf(given)) == Database::kMySql;
  RETURN_IF_ERROR(ServerOf(given).status());
  for (const Field& field : schema.fields) {
    RETURN_IF_ERROR(of_mysql ? mysql::CheckColumnType(field) : postgres::CheckColumnType(field));
  }
  return jdbc::CheckOptions(schema, graph::TypedOptions(kJdbc, given));
}

Result<std::unique_ptr<Source>> MakeJdbcSource(const graph::ScanSpec& spec,
                                               const ConnectorContext&) {
  return jdbc::MakeTableSource(kJdbc, spec, TRY(ServerOf(spec.options)));
}

Result<std::unique_ptr<Sink>> MakeJdbcSink(const graph::SinkSpec& spec,
                                           const ConnectorContext& context) {
  return jdbc::MakeTableSink(kJdbc, spec, context, TRY(ServerOf(spec.options)));
}

Result<std::unique_ptr<TableChanger>> MakeJdbcChanger(const ChangeSpec& spec) {
  if (TRY(DatabaseOf(spec.options)) == Database::kPostgres)
    return postgres::MakeTableChanger(kJdbc, spec);
  return Status::Unsupported(
             fmt::format(
                 "UPDATE, DELETE and TRUNCATE TABLE of table {} of MySQL are not supported yet",
                 spec.table))
      .WithHint("a client of MySQL says them there");
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

const Connector& MySqlConnector() {
  static const Connector connector = {&kMySql, MakeJdbcSource, MakeJdbcSink};
  return connector;
}

}  // namespace weir::connectors
