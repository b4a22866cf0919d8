// The connector postgres-cdc: the options of tables over the changes of PostgreSQL's tables.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/base/hash.h"
#include "runtime/connectors/connectors.h"
#include "runtime/connectors/postgres/change_source.h"
#include "runtime/connectors/postgres/postgres_options.h"
#include "runtime/connectors/postgres/value_text.h"
#include "runtime/graph/secret_reference.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors {
namespace {

using graph::OptionDescriptor;
using graph::OptionKind;
using graph::OptionReach::kSystem;
using postgres::ChangeScan;
using postgres::WrongOption;
constexpr graph::OptionEffect kCdcHow = graph::OptionEffect::kAccess;

constexpr std::string_view kHost = "hostname";
constexpr std::string_view kPort = "port";
constexpr std::string_view kDatabase = "database-name";
constexpr std::string_view kSchemaName = "schema-name";
constexpr std::string_view kSlot = "slot.name";
constexpr std::string_view kChanges = "changelog-mode";
constexpr std::string_view kBeginning = "scan.startup.mode";
constexpr std::string_view kPublication = "debezium.publication.name";
constexpr std::string_view kMakesPublication = "debezium.publication.autocreate.mode";
constexpr std::string_view kTruncation = "scan.truncate";
constexpr std::string_view kPortion = "scan.incremental.snapshot.chunk.size";
constexpr std::string_view kDelay = "scan.lsn-commit.checkpoints-num-delay";
constexpr std::string_view kHeartbeat = "heartbeat.interval.ms";
constexpr std::string_view kConnectMillis = "connect.timeout";
constexpr std::string_view kRetries = "connect.max-retries";
constexpr std::string_view kPrimaryKey = "primary-key";

// As the "Postgres CDC Connector" of Flink CDC 3 has them, and two of ours: url, scan.truncate.
constexpr std::array kCdcOptions = {
    OptionDescriptor{kHost, OptionKind::kString, "", "", false,
                     "The server; with 'port' and 'database-name', or else 'url'.",
                     graph::OptionEffect::kContents, kSystem},
    OptionDescriptor{kPort, OptionKind::kInteger, "5432", "", false, "Its port.",
                     graph::OptionEffect::kContents, kSystem},
    OptionDescriptor{kDatabase, OptionKind::kString, "", "", false, "The database there.",
                     graph::OptionEffect::kContents, kSystem},
    OptionDescriptor{postgres::kUrl, OptionKind::kString, "", "", false,
                     "In the place of those, as for `jdbc`, with TLS and other parameters.",
                     graph::OptionEffect::kContents, kSystem},
    OptionDescriptor{kSchemaName, OptionKind::kString, "public", "", false,
                     "The schema there, by its name.", graph::OptionEffect::kContents, kSystem},
    OptionDescriptor{postgres::kTableName, OptionKind::kString, "", "", true,
                     "The table there, by its name.", graph::OptionEffect::kContents, kSystem},
    OptionDescriptor{postgres::kUsername, OptionKind::kString, "", "", false,
                     "Who logs in, with the right REPLICATION.", kCdcHow, kSystem},
    OptionDescriptor{postgres::kPassword, OptionKind::kString, "", graph::kMayBeSecret, false,
                     "The password: '${secret:name}'; else that of the URL, or of ~/.pgpass.",
                     kCdcHow, kSystem},
    OptionDescriptor{kSlot, OptionKind::kString, "", "", false,
                     "The replication slot, which is made where there is none; else one is made "
                     "that is named after the job and the scan.",
                     kCdcHow, kSystem},
    OptionDescriptor{"decoding.plugin.name", OptionKind::kEnum, "pgoutput", "pgoutput", false,
                     "What writes the log's changes: the server's own.", kCdcHow},
    OptionDescriptor{kPublication, OptionKind::kString, "", "", false,
                     "The publication; else one is named after the table.", kCdcHow, kSystem},
    OptionDescriptor{kMakesPublication, OptionKind::kEnum, "filtered", "filtered|disabled", false,
                     "Whether it is made, for this table, where there is none.", kCdcHow},
    OptionDescriptor{kChanges, OptionKind::kEnum, "all", "all|upsert", false,
                     "Whether updates have the row before them, which needs REPLICA IDENTITY FULL, "
                     "or are known by the PRIMARY KEY.",
                     kCdcHow},
    OptionDescriptor{kBeginning, OptionKind::kEnum, "initial",
                     "initial|latest-offset|committed-offset", false,
                     "Where a job begins that does not go on from a checkpoint: with the table's "
                     "rows, now, or where the slot's last reader was."},
    OptionDescriptor{kTruncation, OptionKind::kEnum, "fail", "fail|skip", false,
                     "What TRUNCATE is, which takes rows away without naming them.",
                     graph::OptionEffect::kRecovery},
    OptionDescriptor{"scan.incremental.snapshot.enabled", OptionKind::kBoolean, "true", "", false,
                     "Flink's 'false' reads the table at once; here it is read in portions always.",
                     kCdcHow},
    OptionDescriptor{kPortion, OptionKind::kInteger, "8096", "", false,
                     "How many rows of the table are read at a time.", kCdcHow},
    OptionDescriptor{kDelay, OptionKind::kInteger, "3", "", false,
                     "For how many checkpoints beyond the last one the slot keeps the log.",
                     kCdcHow},
    OptionDescriptor{kHeartbeat, OptionKind::kDuration, "30 s", "", false,
                     "How often it is looked whether the table is the same still.", kCdcHow},
    OptionDescriptor{kConnectMillis, OptionKind::kDuration, "30 s", "", false,
                     "How long a server may take to let us in, a second at least.", kCdcHow},
    OptionDescriptor{kRetries, OptionKind::kInteger, "3", "", false,
                     "How often in a row a lost connection is made anew.", kCdcHow},
};

const std::array kCdcMetadata = {
    graph::MetadataColumn{"table_name", Type::String().WithNullable(false), "The row's table."},
    graph::MetadataColumn{"schema_name", Type::String().WithNullable(false), "Its schema."},
    graph::MetadataColumn{"database_name", Type::String().WithNullable(false), "Its database."},
    graph::MetadataColumn{"op_ts", Type::TimestampLtz(3).WithNullable(false),
                          "When the change was committed; 1970 for rows that were there."},
};

Status CheckCdc(const Schema& schema, const graph::TableOptions& given);
ChangelogMode CdcChanges(const graph::TableOptions& given);

// A savepoint of the job may go on from the slot, so that it is not for us to drop.
std::string SlotThatStays(std::string_view position) {
  const Result<postgres::ChangePosition> at = postgres::ParseChangePosition(position);
  if (!at.ok() || at->slot.empty()) return "";
  return fmt::format(
      "the replication slot {} stays on its server and keeps the log there until its disk is full: "
      "unless a savepoint is to go on from it, SELECT pg_drop_replication_slot('{}') there",
      at->slot, at->slot);
}

const graph::ConnectorDescriptor kCdc = {
    .name = "postgres-cdc",
    .doc = "A table of PostgreSQL and its changes from then on, exactly once, from its log.",
    .source = true,
    .primary_key_option = kPrimaryKey,
    .options = kCdcOptions,
    .metadata = kCdcMetadata,
    .paths_in = postgres::PathsIn,
    .check = CheckCdc,
    .unbounded = [](const graph::TableOptions&) { return true; },
    .reads_later = [](const graph::TableOptions&) { return std::string_view("changes"); },
    .source_changes = CdcChanges,
    .stays_elsewhere = SlotThatStays,
};

ChangelogMode CdcChanges(const graph::TableOptions& given) {
  const bool upserts = graph::TypedOptions(kCdc, given).Is(kChanges, "upsert");
  return upserts ? ChangelogMode{false, false, true, true} : ChangelogMode::All();
}

// "Each replication slot has a name, which can contain lower-case letters, numbers, and the
// underscore character" ("Replication Slots"), of 63 bytes at most.
Status CheckSlotName(std::string_view name) {
  constexpr size_t kLongest = 63;
  const bool plain = std::ranges::all_of(
      name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
  if (plain && name.size() <= kLongest) return {};
  return WrongOption(fmt::format("'{}' is no name of a slot: '{}'", kSlot, name),
                     "small letters, digits and '_', 63 at most");
}

Status CheckPlace(const graph::TypedOptions& said) {
  if (said.Has(postgres::kUrl)) {
    for (const std::string_view key : {kHost, kDatabase}) {
      if (said.Has(key))
        return WrongOption(fmt::format("'url' and '{}' cannot both be given", key));
    }
    return {};
  }
  for (const std::string_view key : {kHost, kDatabase}) {
    if (said.Has(key)) continue;
    return WrongOption(
        fmt::format("the connector '{}' needs the option '{}', or 'url'", kCdc.name, key));
  }
  const int64_t port = TRY(said.Integer(kPort));
  constexpr int64_t kGreatest = 65535;
  return port > 0 && port <= kGreatest ? Status() : WrongOption("'port' is no port");
}

Result<postgres::Access> CdcAccess(const graph::TypedOptions& said) {
  const std::string url =
      said.Has(postgres::kUrl)
          ? std::string(said.Text(postgres::kUrl))
          : postgres::UrlOf(said.Text(kHost), TRY(said.Integer(kPort)), said.Text(kDatabase));
  return postgres::AccessOfUrl(url, said.Text(postgres::kUsername), said.Text(postgres::kPassword),
                               TRY(said.Millis(kConnectMillis)));
}

Status CheckCdc(const Schema& schema, const graph::TableOptions& given) {
  const graph::TypedOptions said(kCdc, given);
  RETURN_IF_ERROR(CheckPlace(said));
  RETURN_IF_ERROR(CdcAccess(said).status());
  RETURN_IF_ERROR(CheckSlotName(said.Text(kSlot)));
  if (TRY(said.Integer(kPortion)) < 1)
    return WrongOption(fmt::format("'{}' is to be 1 or more", kPortion));
  for (const std::string_view key : {kDelay, kRetries}) {
    if (TRY(said.Integer(key)) < 0) return WrongOption(fmt::format("'{}' is negative", key));
  }
  for (const Field& field : schema.fields) RETURN_IF_ERROR(postgres::CheckColumnType(field));
  return {};
}

// Of a slot or a publication.
std::string NameOf(std::string_view whose) {
  return fmt::format("weir_{:016x}", Hash64(whose.data(), whose.size()));
}

std::vector<std::string> KeyIn(const graph::TableOptions& options) {
  std::vector<std::string> names;
  std::string_view list = graph::OptionValue(options, kPrimaryKey);
  while (!list.empty()) {
    const size_t end = std::min(list.find(';'), list.size());
    names.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return names;
}

std::string DatabaseOf(const postgres::Access& access) {
  std::string database;
  for (const auto& [keyword, value] : access.keywords) {
    if (keyword == "dbname") database = value;
  }
  return database;
}

Result<std::unique_ptr<Source>> MakeCdcSource(const graph::ScanSpec& spec,
                                              const ConnectorContext& context) {
  const graph::TypedOptions said(kCdc, spec.options);
  ChangeScan scan;
  scan.access = TRY(CdcAccess(said));
  scan.table = spec.table;
  scan.database = DatabaseOf(scan.access);
  scan.schema = said.Text(kSchemaName);
  scan.name = said.Text(postgres::kTableName);
  scan.temporary = context.passing || context.checkpoints.empty();
  // A query that nobody goes on with leaves nothing behind, and takes nothing from others.
  scan.slot = said.Text(kSlot);
  const std::string whose = fmt::format("{} {}", context.job_id, spec.uid);
  if (scan.temporary || scan.slot.empty()) scan.slot = NameOf(whose);
  scan.publication = said.Text(kPublication);
  if (scan.publication.empty())
    scan.publication = NameOf(fmt::format("{}.{}", scan.schema, scan.name));
  scan.makes_publication = said.Is(kMakesPublication, "filtered");
  if (said.Is(kBeginning, "latest-offset")) scan.beginning = postgres::Beginning::kLatest;
  if (said.Is(kBeginning, "committed-offset") && !scan.temporary)
    scan.beginning = postgres::Beginning::kConfirmed;
  scan.upserts = said.Is(kChanges, "upsert");
  scan.skips_truncation = said.Is(kTruncation, "skip");
  scan.portion_rows = TRY(said.Integer(kPortion));
  scan.look_again_millis = TRY(said.Millis(kHeartbeat));
  scan.retries = TRY(said.Integer(kRetries));
  scan.primary_key = KeyIn(spec.options);
  scan.notices = context.notices;
  for (const int column : spec.columns) {
    const auto place = static_cast<size_t>(column);
    scan.columns.push_back({spec.table_schema.fields[place], spec.metadata_keys[place]});
  }
  return postgres::MakeChangeSource(std::move(scan), TRY(said.Integer(kDelay)));
}

}  // namespace

const Connector& PostgresCdcConnector() {
  static const Connector connector = {&kCdc, MakeCdcSource, nullptr};
  return connector;
}

}  // namespace weir::connectors
