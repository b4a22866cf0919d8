#include "state/reading/state_columns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "runtime/base/names.h"
#include "runtime/graph/typed_options.h"
#include "runtime/types/moments_fields.h"
#include "runtime/types/time_zone.h"
#include "state/row/row_codec.h"

namespace weir::state {
namespace {

constexpr int kMillisPrecision = 3;
constexpr int64_t kNanosAMilli = 1'000'000;
constexpr int kMostDigits = 38;

// "window<TAB><TAB>TUMBLE(size 10 seconds)" of a meaning: how long each window is. Nothing for
// windows that differ in length.
std::optional<int64_t> WindowMillis(std::string_view fingerprint) {
  for (const std::string_view kind : {"\nwindow\t\tTUMBLE(size ", "\nwindow\t\tHOP(size "}) {
    const size_t at = fingerprint.find(kind);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = fingerprint.substr(at + kind.size());
    const Result<int64_t> nanos =
        graph::ParseDurationNanos(rest.substr(0, rest.find_first_of(",)")));
    if (nanos.ok() && *nanos > 0) return *nanos / kNanosAMilli;
  }
  return std::nullopt;
}

// A call that was found among the fields of a table.
struct FoundCall {
  expr::AggregateCall call;
  bool retracts = false;
  size_t fields = 0;
};

bool SameFields(const std::vector<Field>& kept, std::span<const Field> found) {
  if (kept.size() > found.size()) return false;
  return std::ranges::equal(
      kept, found.subspan(0, kept.size()), [](const Field& a, const Field& b) {
        return a.name == b.name && a.type.WithNullable(true) == b.type.WithNullable(true);
      });
}

// The literal argument in the name of a call: "', '" of "listagg(distinct s, ', ') filter (b)". It
// stands there as it is, behind arguments whose own literals are quoted.
std::string ParameterOf(std::string_view name) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '\'') quoted = !quoted;
    if (quoted) continue;
    if (name[i] == '(') ++depth;
    if (name[i] == ')' && --depth == 0) return "";
    if (depth != 1 || !name.substr(i).starts_with(", '")) continue;
    const std::string_view rest = name.substr(i + 3);
    const size_t end = rest.ends_with("')") ? rest.size() - 2 : rest.find("') filter (");
    return std::string(rest.substr(0, end));
  }
  return "";
}

// A call that keeps all values in an ARRAY, which is its only field. Not one whose result that is.
std::optional<FoundCall> ListCallOf(const Field& field) {
  const size_t open = field.name.find('(');
  if (field.type.kind() != TypeKind::kArray || open == std::string::npos) return std::nullopt;
  const Result<expr::AggregateFunction> function = expr::FindAggregate(field.name.substr(0, open));
  if (!function.ok()) return std::nullopt;
  FoundCall found{.call = {.function = *function,
                           .arguments = {0},
                           .argument_types = {field.type.fields()[0].type},
                           .distinct = field.name.substr(open).starts_with("(distinct "),
                           .parameter = ParameterOf(field.name),
                           .result_type = {},
                           .state_name = field.name},
                  .retracts = true,
                  .fields = 1};
  const Result<Type> result = expr::AggregateResultType(*function, found.call.argument_types, {});
  if (!result.ok() || !expr::KeepsList(found.call, true)) return std::nullopt;
  const bool fractions = found.call.parameter.starts_with('[') && result->is_numeric();
  found.call.result_type = fractions ? Type::Array(*result) : *result;
  const bool same = result->kind() == TypeKind::kArray && !found.call.distinct;
  return same ? std::nullopt : std::optional(std::move(found));
}

// The argument's type is not saved: of those whose call would keep these fields, one that is no
// narrower. The result then has its values.
std::optional<FoundCall> CallAt(std::span<const Field> fields) {
  const std::string name = AccumulatorOf(fields[0].name);
  const size_t open = name.find('(');
  if (open == std::string::npos || fields.size() < 2) return std::nullopt;
  const Result<expr::AggregateFunction> function = expr::FindAggregate(name.substr(0, open));
  if (!function.ok()) return std::nullopt;
  const Type& first = fields[0].type;
  const int scale = first.kind() == TypeKind::kDecimal ? first.scale() : 0;
  for (const Type& argument : {first.WithNullable(true), Type::BigInt(),
                               Type::Decimal(kMostDigits, scale), Type::Double()}) {
    FoundCall found{.call = {.function = *function,
                             .arguments = {0},
                             .argument_types = {argument},
                             .result_type = {},
                             .state_name = name}};
    const std::vector<Type>& types = found.call.argument_types;
    const Result<Type> result = expr::AggregateResultType(*function, types, {});
    if (!result.ok()) continue;
    found.call.result_type = *result;
    for (const bool retracts : {false, true}) {
      const std::vector<Field> kept = expr::StateFields(found.call, retracts);
      if (kept.size() < 2 || !SameFields(kept, fields)) continue;
      found.retracts = retracts;
      found.fields = kept.size();
      return found;
    }
  }
  return std::nullopt;
}

// Collects columns; one whose name is taken gets "#2", "#3" and so on behind it.
class Columns {
 public:
  void Add(StateColumn column) {
    column.type = column.type.WithNullable(true);
    const std::string said = column.name;
    for (int i = 2; Has(column.name); ++i) column.name = fmt::format("{}#{}", said, i);
    columns_.push_back(std::move(column));
  }
  std::vector<StateColumn> Take() { return std::move(columns_); }

 private:
  bool Has(const std::string& name) const {
    return std::ranges::any_of(
        columns_, [&](const StateColumn& one) { return EqualsIgnoreCase(one.name, name); });
  }
  std::vector<StateColumn> columns_;
};

// Whether what an operator keeps beside rows and results is a time, in milliseconds since 1970.
bool IsTimeField(const StateTable& table, const Field& field, bool of_sub_key) {
  if (field.type.kind() != TypeKind::kBigInt) return false;
  const auto is_one_of = [&](std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, field.name) != names.end();
  };
  const std::string& name = table.schema->name;
  const std::string& kind = table.op->kind;
  const bool windows = kind == "WindowAggregate" || kind == "WindowAssign";
  if (of_sub_key)
    return (windows || kind == "OverAggregate" || kind == "OverAhead") &&
           is_one_of({"window_end", "start", "time"});
  if (windows)
    return is_one_of({"time()"}) || (name != "rows" && is_one_of({"session_start", "session_end"}));
  if (kind == "OverAggregate") return name == "frames" && is_one_of({"newest", "oldest"});
  if (kind == "OverAhead") return name == "due" && is_one_of({"due", "time"});
  if (kind == "Match")
    return (name == "runs" && is_one_of({"pending", "expires"})) ||
           (name == "expiring" && is_one_of({"due"}));
  if (kind == "TemporalJoin") return is_one_of({"due()", "mark()"});
  return kind == "IntervalJoin" && is_one_of({"time()", "mark()"});
}

// Of fields with the same name the last is the operator's own: its fields stand behind those of the
// input.
bool IsOwn(const std::vector<Field>& fields, size_t i) {
  return std::none_of(fields.begin() + static_cast<std::ptrdiff_t>(i) + 1, fields.end(),
                      [&](const Field& later) { return later.name == fields[i].name; });
}

void AddKeys(const StateTable& table, Columns& columns) {
  const StateSchema& schema = *table.schema;
  for (size_t i = 0; i < schema.key.size(); ++i)
    columns.Add({schema.key[i].name, schema.key[i].type, StateColumnKind::kKey, i});
  const Type time = Type::Timestamp(kMillisPrecision);
  // The slices of these operators hold rows that wait for their own times, which are among their
  // values: a column for the time of the slice would repeat them.
  const bool waiting = table.op->kind == "OverAggregate" || table.op->kind == "TemporalJoin" ||
                       table.op->kind == "OverAhead" || table.op->kind == "Match";
  if (schema.sliced && !waiting) {
    const bool slices = table.op->kind == "IntervalJoin" || schema.name == "slices";
    const std::optional<int64_t> millis =
        slices ? std::nullopt : WindowMillis("\n" + table.op->fingerprint);
    if (millis)
      columns.Add({.name = "window_start",
                   .type = time,
                   .kind = StateColumnKind::kWindowStart,
                   .call = {},
                   .window_millis = *millis});
    columns.Add({slices ? "slice_end" : "window_end", time, StateColumnKind::kWindowEnd});
  }
  for (size_t i = 0; i < schema.sub_key.size(); ++i) {
    const Field& field = schema.sub_key[i];
    const bool is_time = IsTimeField(table, field, true);
    columns.Add({field.name, is_time ? time : field.type,
                 is_time ? StateColumnKind::kSubKeyTime : StateColumnKind::kSubKey, i});
  }
}

void AddFields(const StateTable& table, const std::vector<Field>& fields, Columns& columns) {
  const std::string& kind = table.op->kind;
  const bool aggregates = kind == "GroupAggregate" || kind == "WindowAggregate";
  size_t i = 0;
  const auto add = [&](std::string name) {
    const bool is_time = IsTimeField(table, fields[i], false) && IsOwn(fields, i);
    columns.Add({std::move(name), is_time ? Type::Timestamp(kMillisPrecision) : fields[i].type,
                 is_time ? StateColumnKind::kFieldTime : StateColumnKind::kField, i});
    ++i;
  };
  while (i < fields.size()) {
    std::optional<FoundCall> found;
    if (aggregates) found = CallAt(std::span(fields).subspan(i));
    if (aggregates && !found) found = ListCallOf(fields[i]);
    if (!found) {
      add(fields[i].name);
      continue;
    }
    const size_t end = i + found->fields;
    const std::string name = found->call.state_name;
    const Type type = found->call.result_type;
    const bool values = found->fields == 1;
    columns.Add({name, type, StateColumnKind::kResult, i, std::move(found->call), found->retracts});
    add(name + (values ? ".values" : ".sum"));
    while (i < end) add(fields[i].name);
  }
}

std::string TablesOf(const OperatorCheckpoint& op) {
  std::vector<std::string> names;
  for (const StateSchema& table : op.schema.tables) names.push_back("'" + table.name + "'");
  return fmt::format("{}", fmt::join(names, ", "));
}

// Open sessions are in two tables (graph/session_state.h), and neither is all of them.
bool HasSessionsInTwo(const OperatorCheckpoint& op) {
  return std::ranges::find(op.schema.tables, "single", &StateSchema::name) !=
         op.schema.tables.end();
}

Status OneOfTwo(std::string_view uid) {
  return Status::InvalidSql(fmt::format("the open sessions of '{}' are in two tables", uid))
      .WithId("E7002")
      .WithHint(
          "say TABLE 'single', which has one session of each key, or TABLE 'sessions', which has "
          "those beside it; UNION ALL gives both");
}

Status NoOperator(const CheckpointMetadata& metadata, std::string_view uid) {
  std::vector<std::string> uids;
  for (const OperatorCheckpoint& op : metadata.operators) {
    if (!op.schema.tables.empty()) uids.push_back(op.uid);
  }
  std::string hint = DidYouMean(std::string(uid), uids);
  if (hint.empty() && !uids.empty()) hint = fmt::format("it has {}", fmt::join(uids, ", "));
  return Status::InvalidSql(fmt::format("no operator with uid '{}' keeps rows there", uid))
      .WithId("E7002")
      .WithHint(hint.empty() ? "none of its operators keeps rows by key" : hint);
}

}  // namespace

Result<StateTable> FindStateTable(const CheckpointMetadata& metadata, std::string_view uid,
                                  std::string_view table) {
  for (const OperatorCheckpoint& op : metadata.operators) {
    const bool meant = op.uid == uid || std::ranges::find(op.also, uid) != op.also.end();
    if (!meant || op.schema.tables.empty()) continue;
    if (table.empty() && HasSessionsInTwo(op)) return OneOfTwo(uid);
    for (const StateSchema& schema : op.schema.tables) {
      if (table.empty() || schema.name == table)
        return StateTable{&op, &schema, fmt::format("{}/{}", op.uid, schema.name)};
    }
    return Status::InvalidSql(fmt::format("'{}' has no table '{}'", uid, table))
        .WithId("E7002")
        .WithHint("it has " + TablesOf(op));
  }
  return NoOperator(metadata, uid);
}

std::vector<StateColumn> ColumnsOf(const StateTable& table) {
  Columns columns;
  AddKeys(table, columns);
  std::vector<Field> fields = table.schema->value;
  if (!fields.empty() && fields.back().name == kLastWriteField) fields.pop_back();
  AddFields(table, fields, columns);
  columns.Add({"last_write", Type::TimestampLtz(kMillisPrecision), StateColumnKind::kLastWrite});
  return columns.Take();
}

Schema SchemaOf(const std::vector<StateColumn>& columns) {
  Schema schema;
  for (const StateColumn& column : columns) schema.fields.push_back({column.name, column.type});
  return schema;
}

}  // namespace weir::state
