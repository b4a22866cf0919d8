// Change events of Canal (github.com/alibaba/canal, FlatMessage) as JSON, one per line: any kind of
// change of tables of MySQL, in and out. An event has all rows that one statement changed. Flink:
// CanalJsonFormatFactory.
#include <fmt/format.h>

#include <array>

#include "runtime/connectors/formats/change_decoder.h"
#include "runtime/connectors/formats/change_encoder.h"
#include "runtime/connectors/formats/event_filter.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/connectors/formats/json_settings.h"
#include "runtime/expr/functions/java_regex.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors {
namespace {

constexpr std::string_view kDatabases = "database.include";
constexpr std::string_view kTables = "table.include";

constexpr auto kCanalOptions = WithJsonValueOptions(std::array{
    graph::OptionDescriptor{kDatabases, graph::OptionKind::kString, "", "", false,
                            "Only events of databases whose whole name this regular expression "
                            "matches are read."},
    graph::OptionDescriptor{kTables, graph::OptionKind::kString, "", "", false,
                            "Only events of tables whose whole name this regular expression "
                            "matches are read."}});

const std::array kCanalMetadata = {
    graph::MetadataColumn{"database", Type::String(), "The changed database."},
    graph::MetadataColumn{"table", Type::String(), "The changed table."},
    graph::MetadataColumn{"sql-type", Type::Map(Type::String(), Type::Int()),
                          "The columns' types, by the numbers of java.sql.Types: sqlType."},
    graph::MetadataColumn{"pk-names", Type::Array(Type::String()),
                          "The names of the table's key columns: pkNames."},
    graph::MetadataColumn{"ingestion-timestamp", Type::TimestampLtz(3),
                          "When Canal made the event: its ts."},
    graph::MetadataColumn{"event-timestamp", Type::TimestampLtz(3),
                          "When the database made the change: es."},
};

const std::array kCanalPlaces = {
    MetadataPlace{"database", "database", Type::String()},
    MetadataPlace{"table", "table", Type::String()},
    MetadataPlace{"sql-type", "sqlType", Type::Map(Type::String(), Type::Int())},
    MetadataPlace{"pk-names", "pkNames", Type::Array(Type::String())},
    MetadataPlace{"ingestion-timestamp", "ts", Type::BigInt()},
    MetadataPlace{"event-timestamp", "es", Type::BigInt()},
};

constexpr std::array kCanalWords = {
    ChangeWord{"INSERT", ChangeMeaning::kInsert}, ChangeWord{"UPDATE", ChangeMeaning::kUpdate},
    ChangeWord{"DELETE", ChangeMeaning::kDelete}, ChangeWord{"CREATE", ChangeMeaning::kNothing}};

const ChangeEnvelope kCanalEnvelope = {
    .format = "canal-json",
    .op = "type",
    .words = kCanalWords,
    .before = "old",
    .after = "data",
    .lists = true,
    .changed_columns = true,
    .metadata = kCanalMetadata,
    .places = kCanalPlaces,
};

const graph::FormatDescriptor& CanalDescriptor();

// Those that the table's options ask for; E2008 for a pattern that is none.
Result<std::vector<EventCondition>> ConditionsOf(const graph::TableOptions& given) {
  const graph::TypedOptions options(CanalDescriptor(), given);
  std::vector<EventCondition> conditions;
  for (const auto& [field, option] : {std::pair("database", kDatabases), {"table", kTables}}) {
    if (!options.Has(option)) continue;
    const std::string name = fmt::format("{}.{}", kCanalEnvelope.format, option);
    Result<expr::WholeMatch> matches = expr::CompileWholeMatch(options.Text(option));
    if (!matches.ok() && matches.status().code() != StatusCode::kUnsupported) {
      return Status::InvalidSql(fmt::format("'{}' is wrong: {}", name, matches.status().message()))
          .WithId("E2008");
    }
    if (!matches.ok()) return matches.status();
    conditions.push_back({field, name, std::move(*matches)});
  }
  return conditions;
}

Status CheckCanal(const Schema&, const graph::TableOptions& options) {
  return ConditionsOf(options).status();
}

const graph::FormatDescriptor& CanalDescriptor() {
  static const graph::FormatDescriptor descriptor = [] {
    graph::FormatDescriptor made = ChangesDescriptor(
        kCanalEnvelope, kCanalOptions,
        "Change events of Canal as JSON, one a line: inserts, updates and deletes.");
    made.check = CheckCanal;
    return made;
  }();
  return descriptor;
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): as every format's
Result<std::unique_ptr<Decoder>> MakeCanalDecoder(FormatSpec spec) {
  std::vector<EventCondition> conditions = TRY(ConditionsOf(spec.options));
  std::unique_ptr<Decoder> events = TRY(MakeChangeDecoder(spec, {kCanalEnvelope}));
  if (conditions.empty()) return events;
  return MakeEventFilter(spec, std::move(conditions), std::move(events));
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): as every format's
Result<std::unique_ptr<Encoder>> MakeCanalEncoder(FormatSpec spec) {
  return MakeChangeEncoder(spec, kCanalEnvelope, CanalDescriptor());
}

}  // namespace

const Format& CanalJsonFormat() {
  static const Format format = {&CanalDescriptor(), MakeCanalDecoder, MakeCanalEncoder};
  return format;
}

}  // namespace weir::connectors
