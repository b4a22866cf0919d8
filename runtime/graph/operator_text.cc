// Operators and edges in words, for EXPLAIN.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/graph/job_graph.h"
#include "runtime/graph/join_text.h"

namespace weir::graph {
namespace {

std::vector<std::string> NamesOf(const Schema& schema) {
  std::vector<std::string> names;
  for (const Field& field : schema.fields) names.push_back(field.name);
  return names;
}

std::string NameAt(const Schema& schema, int column) {
  const bool known = column >= 0 && static_cast<size_t>(column) < schema.size();
  return known ? schema.fields[static_cast<size_t>(column)].name : fmt::format("${}", column);
}

std::string NamesAt(const Schema& schema, const std::vector<int>& columns) {
  std::vector<std::string> names;
  for (const int column : columns) names.push_back(NameAt(schema, column));
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string CallsText(const std::vector<expr::AggregateCall>& calls) {
  std::vector<std::string> names;
  for (const expr::AggregateCall& call : calls) names.push_back(call.state_name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string_view PhaseText(AggregatePhase phase) {
  switch (phase) {
    case AggregatePhase::kSingle:
      return "";
    case AggregatePhase::kLocal:
      return "local";
    case AggregatePhase::kGlobal:
      return "global";
  }
  return "";
}

// "Name(part; part)" of the parts that are not empty.
std::string Join(std::string_view name, const std::vector<std::string>& parts) {
  std::vector<std::string> present;
  for (const std::string& part : parts) {
    if (!part.empty()) present.push_back(part);
  }
  return fmt::format("{}({})", name, fmt::join(present, "; "));
}

std::string Labelled(std::string_view label, const std::string& text) {
  return text.empty() ? "" : fmt::format("{}: {}", label, text);
}

struct TextVisitor {
  const Schema& input;

  std::string operator()(const ScanSpec& spec) const {
    Schema read;
    for (const int column : spec.columns) {
      read.fields.push_back(spec.table_schema.fields.at(static_cast<size_t>(column)));
    }
    return Join("Scan",
                {spec.table, Labelled("columns", fmt::format("{}", fmt::join(NamesOf(read), ", "))),
                 spec.filter ? "filter: " + expr::ToString(*spec.filter, NamesOf(read)) : "",
                 spec.reports_bad ? "and bad records" : ""});
  }
  std::string operator()(const ValuesSpec& spec) const {
    return fmt::format("Values({} row{})", spec.rows.size(), spec.rows.size() == 1 ? "" : "s");
  }
  std::string operator()(const WatermarkSpec& spec) const {
    return Join("Watermark", {fmt::format("{}: {}", NameAt(input, spec.rowtime_column),
                                          expr::ToString(*spec.watermark, NamesOf(input))),
                              spec.idle_timeout_millis > 0
                                  ? fmt::format("idle-timeout: {} ms", spec.idle_timeout_millis)
                                  : ""});
  }
  std::string operator()(const CalcSpec& spec) const {
    std::vector<std::string> columns;
    for (const expr::ExprPtr& projection : spec.projections) {
      columns.push_back(expr::ToString(*projection, NamesOf(input)));
    }
    return Join("Calc",
                {spec.filter ? "filter: " + expr::ToString(*spec.filter, NamesOf(input)) : "",
                 Labelled("select", fmt::format("{}", fmt::join(columns, ", ")))});
  }
  std::string operator()(const GroupAggregateSpec& spec) const {
    return Join("GroupAggregate",
                {std::string(PhaseText(spec.phase)), Labelled("keys", NamesAt(input, spec.keys)),
                 Labelled("calls", CallsText(spec.calls)), spec.input_retracts ? "retracts" : "",
                 spec.ttl_millis > 0 ? fmt::format("ttl: {} ms", spec.ttl_millis) : ""});
  }
  std::string operator()(const WindowAssignSpec& spec) const {
    return Join("WindowAssign", {spec.window.ToString(), TimeText(spec.time_column),
                                 Labelled("keys", NamesAt(input, spec.keys))});
  }
  std::string operator()(const WindowAggregateSpec& spec) const {
    const bool global = spec.phase == AggregatePhase::kGlobal;
    return Join("WindowAggregate",
                {std::string(PhaseText(spec.phase)), spec.window.ToString(),
                 global                 ? ""
                 : spec.end_column >= 0 ? "of " + NameAt(input, spec.end_column)
                                        : TimeText(spec.time_column),
                 Labelled("keys", NamesAt(input, spec.keys)),
                 Labelled("calls", CallsText(spec.calls)), spec.input_retracts ? "retracts" : ""});
  }
  std::string operator()(const UnionSpec&) const { return "Union()"; }
  std::string operator()(const ReplicateSpec&) const {
    const bool unnests =
        !input.fields.empty() && input.fields.back().type.physical() == PhysicalType::kList;
    return Join("Replicate", {unnests ? "values of " + input.fields.back().name : ""});
  }
  std::string operator()(const ToChangelogSpec& spec) const {
    return Join("ToChangelog", {CodesText(spec)});
  }
  std::string operator()(const FromChangelogSpec& spec) const {
    return Join("FromChangelog", {NameAt(input, spec.op_column), CodesText(spec)});
  }
  std::string operator()(const RecursionSpec& spec) const {
    return Join("Recursion",
                {spec.max_depth > 0 ? fmt::format("max depth: {}", spec.max_depth) : ""});
  }
  std::string operator()(const LookupSpec& spec) const {
    return Join("LookupJoin", JoinParts(spec));
  }
  std::string operator()(const SortLimitSpec& spec) const {
    return Join("SortLimit", {Labelled("order", KeysText(spec.keys)),
                              spec.offset > 0 ? fmt::format("offset: {}", spec.offset) : "",
                              spec.limit >= 0 ? fmt::format("limit: {}", spec.limit) : ""});
  }
  std::string operator()(const TemporalSortSpec& spec) const {
    return Join("TemporalSort",
                {TimeText(spec.time_column), Labelled("order", KeysText(spec.keys))});
  }
  std::string operator()(const RankSpec& spec) const {
    return Join(
        "Rank",
        {RangeText(spec), StrategyText(spec), Labelled("partition", NamesAt(input, spec.partition)),
         Labelled("order", KeysText(spec.order)), spec.last_of_equal ? "last of equal first" : "",
         spec.ttl_millis > 0 ? fmt::format("ttl: {} ms", spec.ttl_millis) : ""});
  }
  std::string operator()(const OverAggregateSpec& spec) const {
    std::vector<std::string> calls;
    for (const OverCall& call : spec.calls) calls.push_back(ToString(call));
    return Join("OverAggregate",
                {ToString(spec.frame), TimeText(spec.time_column),
                 Labelled("partition", NamesAt(input, spec.partition)),
                 Labelled("calls", fmt::format("{}", fmt::join(calls, ", "))),
                 spec.ttl_millis > 0 ? fmt::format("ttl: {} ms", spec.ttl_millis) : ""});
  }
  std::string operator()(const OverRecomputeSpec& spec) const {
    std::vector<std::string> calls;
    for (const OverCall& call : spec.calls) calls.push_back(ToString(call));
    return Join(
        "OverRecompute",
        {ToString(spec.frame), Labelled("partition", NamesAt(input, spec.partition)),
         Labelled("order", KeysText(spec.order)),
         Labelled("calls", fmt::format("{}", fmt::join(calls, ", "))), TtlText(spec.ttl_millis)});
  }
  std::string operator()(const OverAheadSpec& spec) const {
    std::vector<std::string> calls;
    for (const OverAheadPart& part : spec.parts) {
      for (const OverCall& call : part.calls)
        calls.push_back(fmt::format("{} over {}", ToString(call), ToString(part.frame)));
    }
    return Join(
        "OverAhead",
        {TimeText(spec.time_column), Labelled("partition", NamesAt(input, spec.partition)),
         Labelled("calls", fmt::format("{}", fmt::join(calls, ", "))), TtlText(spec.ttl_millis)});
  }
  std::string operator()(const MatchSpec& spec) const {
    std::vector<std::string> names;
    for (const Field& field : input.fields) names.push_back(field.name);
    std::vector<std::string> values;
    for (const MatchValue& value : spec.values) values.push_back(ToString(value, spec, names));
    std::vector<std::string> conditions;
    for (const MatchVariable& variable : spec.variables) {
      if (variable.condition == nullptr) continue;
      conditions.push_back(
          fmt::format("{} as {}", variable.name, expr::ToString(*variable.condition, values)));
    }
    return Join("Match",
                {spec.pattern, TimeText(spec.time_column), Labelled("order", KeysText(spec.order)),
                 Labelled("partition", NamesAt(input, spec.partition)),
                 Labelled("where", fmt::format("{}", fmt::join(conditions, ", "))),
                 spec.all_rows ? "all rows" : "", SkipText(spec),
                 spec.within_millis > 0 ? fmt::format("within: {} ms", spec.within_millis) : ""});
  }
  std::string operator()(const DeduplicateSpec& spec) const {
    return Join("Deduplicate",
                {spec.keep_last ? "keep last" : "keep first", TimeText(spec.time_column),
                 Labelled("keys", NamesAt(input, spec.keys)),
                 spec.ttl_millis > 0 ? fmt::format("ttl: {} ms", spec.ttl_millis) : ""});
  }
  std::string operator()(const ChangelogNormalizeSpec& spec) const {
    return Join("ChangelogNormalize",
                {Labelled("key", NamesAt(input, spec.keys)), TtlText(spec.ttl_millis)});
  }
  std::string operator()(const UpsertMaterializeSpec& spec) const {
    return Join("UpsertMaterialize",
                {Labelled("key", NamesAt(input, spec.keys)),
                 spec.input_key.empty() ? "rows by all columns"
                                        : Labelled("rows by", NamesAt(input, spec.input_key)),
                 TtlText(spec.ttl_millis)});
  }
  std::string operator()(const UpsertCompactSpec& spec) const {
    return Join(
        "UpsertCompact",
        {Labelled("key", NamesAt(input, spec.keys)),
         spec.input_key.empty() ? "rows by all columns"
                                : Labelled("rows by", NamesAt(input, spec.input_key)),
         Labelled("conflict", std::string(ConflictName(spec.conflict))), TtlText(spec.ttl_millis)});
  }
  std::string operator()(const WindowRankSpec& spec) const {
    return Join("WindowRank", {RangeText(spec),
                               fmt::format("window: {}, {}", NameAt(input, spec.start_column),
                                           NameAt(input, spec.end_column)),
                               Labelled("partition", NamesAt(input, spec.partition)),
                               Labelled("order", KeysText(spec.order)),
                               spec.last_of_equal ? "last of equal first" : ""});
  }
  std::string operator()(const SinkSpec& spec) const {
    return Join(
        "Sink",
        {spec.table, Labelled("columns", fmt::format("{}", fmt::join(NamesOf(spec.schema), ", "))),
         spec.overwrite ? "overwrite" : "",
         spec.old_rows == OldRows::kDeleted ? "old rows: deletes" : ""});
  }
  std::string operator()(const CollectSpec&) const {
    return Join("Collect", {fmt::format("{}", fmt::join(NamesOf(input), ", "))});
  }

  std::string operator()(const JoinSpec& spec) const { return Join("Join", JoinParts(spec)); }
  std::string operator()(const IntervalJoinSpec& spec) const {
    return Join("IntervalJoin", JoinParts(spec));
  }
  std::string operator()(const WindowJoinSpec& spec) const {
    return Join("WindowJoin", JoinParts(spec));
  }
  std::string operator()(const TemporalJoinSpec& spec) const {
    return Join("TemporalJoin", JoinParts(spec));
  }

  std::string TimeText(int column) const {
    return column < 0 ? "processing time" : "time: " + NameAt(input, column);
  }
  std::string KeysText(const std::vector<SortKey>& keys) const {
    std::vector<std::string> texts;
    for (const SortKey& key : keys) {
      const bool unusual = key.nulls_first == key.descending;
      const char* nulls = key.nulls_first ? " NULLS FIRST" : " NULLS LAST";
      texts.push_back(NameAt(input, key.column) + (key.descending ? " DESC" : "") +
                      (unusual ? nulls : ""));
    }
    return fmt::format("{}", fmt::join(texts, ", "));
  }
  template <typename Spec>
  static std::string RangeText(const Spec& spec) {
    const std::string last = spec.last == INT64_MAX ? "" : std::to_string(spec.last);
    return fmt::format("{} {}..{}{}", RankFunctionName(spec.function), spec.first, last,
                       spec.output_rank ? ", put out" : "");
  }
  static std::string TtlText(int64_t millis) {
    return millis > 0 ? fmt::format("ttl: {} ms", millis) : "";
  }
  std::string StrategyText(const RankSpec& spec) const {
    switch (spec.strategy) {
      case RankStrategy::kAppend:
        return "";
      case RankStrategy::kUpdate:
        return "updates by " + NamesAt(input, spec.input_key);
      case RankStrategy::kRetract:
        return "retracts";
    }
    return "";
  }
};

// The kind of each operator by name. A new operator without a name here does not compile.
struct KindNames {
  std::string_view operator()(const ScanSpec&) const { return "Scan"; }
  std::string_view operator()(const ValuesSpec&) const { return "Values"; }
  std::string_view operator()(const WatermarkSpec&) const { return "Watermark"; }
  std::string_view operator()(const CalcSpec&) const { return "Calc"; }
  std::string_view operator()(const GroupAggregateSpec&) const { return "GroupAggregate"; }
  std::string_view operator()(const WindowAssignSpec&) const { return "WindowAssign"; }
  std::string_view operator()(const WindowAggregateSpec&) const { return "WindowAggregate"; }
  std::string_view operator()(const UnionSpec&) const { return "Union"; }
  std::string_view operator()(const SortLimitSpec&) const { return "SortLimit"; }
  std::string_view operator()(const TemporalSortSpec&) const { return "TemporalSort"; }
  std::string_view operator()(const RankSpec&) const { return "Rank"; }
  std::string_view operator()(const OverAggregateSpec&) const { return "OverAggregate"; }
  std::string_view operator()(const OverRecomputeSpec&) const { return "OverRecompute"; }
  std::string_view operator()(const OverAheadSpec&) const { return "OverAhead"; }
  std::string_view operator()(const DeduplicateSpec&) const { return "Deduplicate"; }
  std::string_view operator()(const WindowRankSpec&) const { return "WindowRank"; }
  std::string_view operator()(const SinkSpec&) const { return "Sink"; }
  std::string_view operator()(const CollectSpec&) const { return "Collect"; }
  std::string_view operator()(const JoinSpec&) const { return "Join"; }
  std::string_view operator()(const IntervalJoinSpec&) const { return "IntervalJoin"; }
  std::string_view operator()(const WindowJoinSpec&) const { return "WindowJoin"; }
  std::string_view operator()(const TemporalJoinSpec&) const { return "TemporalJoin"; }
  std::string_view operator()(const ChangelogNormalizeSpec&) const { return "ChangelogNormalize"; }
  std::string_view operator()(const UpsertMaterializeSpec&) const { return "UpsertMaterialize"; }
  std::string_view operator()(const UpsertCompactSpec&) const { return "UpsertCompact"; }
  std::string_view operator()(const LookupSpec&) const { return "LookupJoin"; }
  std::string_view operator()(const ReplicateSpec&) const { return "Replicate"; }
  std::string_view operator()(const RecursionSpec&) const { return "Recursion"; }
  std::string_view operator()(const MatchSpec&) const { return "Match"; }
  std::string_view operator()(const ToChangelogSpec&) const { return "ToChangelog"; }
  std::string_view operator()(const FromChangelogSpec&) const { return "FromChangelog"; }
};

}  // namespace

std::string_view RankFunctionName(RankFunction function) {
  switch (function) {
    case RankFunction::kRowNumber:
      return "ROW_NUMBER";
    case RankFunction::kRank:
      return "RANK";
    case RankFunction::kDenseRank:
      return "DENSE_RANK";
  }
  return "";
}

std::string_view OperatorKindName(const OperatorSpec& spec) {
  return std::visit(KindNames{}, spec);
}

std::string ToString(const OperatorSpec& spec, const Schema& input) {
  return std::visit(TextVisitor{input}, spec);
}

std::string ToString(const Edge& edge, const JobGraph& graph) {
  switch (edge.exchange) {
    case ExchangeKind::kForward:
      return "forward";
    case ExchangeKind::kRebalance:
      return "rebalance";
    case ExchangeKind::kBroadcast:
      return "broadcast";
    case ExchangeKind::kSingleton:
      return "singleton";
    case ExchangeKind::kHash:
      break;
  }
  return fmt::format("hash({})",
                     NamesAt(graph.nodes.at(static_cast<size_t>(edge.from)).output, edge.keys));
}

}  // namespace weir::graph
