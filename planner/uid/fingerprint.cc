#include "planner/uid/fingerprint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "planner/logical/rewrite.h"
#include "runtime/base/names.h"
#include "runtime/expr/function.h"

namespace weir::uid {
namespace {

// Each text is preceded by its length, so that different lists never give the same text.
std::string Quoted(std::string_view text) {
  return fmt::format("{}'{}'", text.size(), text);
}

// Columns appear as their texts in `columns`, or by position if there are none.
std::string Text(const expr::Expr& expression, const std::vector<std::string>& columns) {
  std::string text =
      fmt::format("{}:{}", static_cast<int>(expression.kind), expression.type.ToString());
  if (expression.kind == expr::ExprKind::kColumn) {
    text += columns.empty() ? fmt::format("${}", expression.column)
                            : columns.at(static_cast<size_t>(expression.column));
  }
  if (expression.kind == expr::ExprKind::kLiteral) text += expression.literal.ToSql();
  if (expression.function != nullptr) {
    text += fmt::format("{}/{}", expression.function->name, expression.overload);
  }
  if (expression.try_cast) text += "?";
  text += "(";
  for (const expr::ExprPtr& argument : expression.args) text += Text(*argument, columns) + ",";
  return text + ")";
}

std::string Text(const expr::ExprPtr& expression) {
  return expression ? Text(*expression, {}) : "";
}

std::string Text(const ChangelogMode& mode) {
  return fmt::format("{:d}{:d}{:d}{:d}", mode.insert, mode.update_before, mode.update_after,
                     mode.remove);
}

std::string Text(const std::vector<expr::AggregateCall>& calls) {
  std::string text;
  for (const expr::AggregateCall& call : calls) text += TextOf(call, {}) + ",";
  return text;
}

struct TextVisitor {
  const logical::Node& node;

  std::string operator()(const logical::Scan& scan) const {
    const graph::ScanSpec& spec = scan.spec;
    std::string text = Quoted(scan.table) + spec.table_schema.ToString();
    for (const graph::TableOption& option : spec.options)
      text += Quoted(option.key) + Quoted(option.value);
    for (const std::string& key : spec.metadata_keys) text += Quoted(key);
    return text + fmt::format("[{}]", fmt::join(spec.columns, ",")) + Text(spec.filter) +
           Text(spec.changelog);
  }
  std::string operator()(const logical::Watermark& watermark) const {
    return fmt::format("{}:{}:{}", watermark.spec.rowtime_column, Text(watermark.spec.watermark),
                       watermark.spec.idle_timeout_millis);
  }
  std::string operator()(const logical::Values& values) const {
    std::string text;
    for (const auto& row : values.rows) {
      for (const expr::ExprPtr& cell : row) text += Text(cell) + ",";
      text += ";";
    }
    return text;
  }
  std::string operator()(const logical::Filter& filter) const { return Text(filter.predicate); }
  std::string operator()(const logical::Project& project) const {
    std::string text;
    for (const expr::ExprPtr& expression : project.expressions) text += Text(expression) + ",";
    return text;
  }
  std::string operator()(const logical::Aggregate& aggregate) const {
    return fmt::format("[{}]{}{}", fmt::join(aggregate.keys, ","), Text(aggregate.calls),
                       aggregate.ttl_millis);
  }
  std::string operator()(const logical::WindowTable& table) const {
    return fmt::format("{}{}[{}]{:d}", Text(table.window), table.time_column,
                       fmt::join(table.keys, ","), table.by_group);
  }
  std::string operator()(const logical::WindowAggregate& aggregate) const {
    return fmt::format("{}{}:{}:{}[{}]{}", Text(aggregate.window), aggregate.time_column,
                       aggregate.start_column, aggregate.end_column, fmt::join(aggregate.keys, ","),
                       Text(aggregate.calls));
  }
  std::string operator()(const logical::Union&) const { return ""; }
  std::string operator()(const logical::BadRecords&) const { return ""; }
  std::string operator()(const logical::Replicate&) const {
    // Of a collection: whether rows without values are kept.
    return logical::IsUnnest(node) && logical::KeepsEmpty(node) ? "outer" : "";
  }
  std::string operator()(const logical::ToChangelog& changes) const {
    std::string text = changes.on_time ? "on time" : "";
    for (const std::optional<std::string>& code : changes.spec.codes)
      text += code ? Quoted(*code) : "-";
    return text;
  }
  std::string operator()(const logical::FromChangelog& changes) const {
    std::string text = fmt::format("{}", changes.spec.op_column);
    for (const graph::ChangeCode& code : changes.spec.codes)
      text += Quoted(code.code) + fmt::format("{}", static_cast<int>(code.kind));
    return text;
  }
  std::string operator()(const logical::Recursion& recursion) const {
    return fmt::format("{}:{}", recursion.id, recursion.max_depth);
  }
  std::string operator()(const logical::RecursiveScan& scan) const {
    return fmt::format("{}", scan.recursion);
  }
  std::string operator()(const logical::Sort& sort) const {
    return fmt::format("{}:{}{}", sort.offset, sort.limit, Text(sort.keys));
  }
  std::string operator()(const logical::Over& over) const {
    return fmt::format("{:d}[{}]{}:{}", static_cast<int>(over.function),
                       fmt::join(over.partition, ","), Text(over.order), over.ttl_millis);
  }
  std::string operator()(const logical::OverAggregate& over) const {
    std::vector<expr::AggregateCall> calls;
    std::string offsets;
    for (size_t i = 0; i < over.calls.size(); ++i) {
      const graph::OverCall& call = over.calls[i];
      calls.push_back(call.call);
      if (over.ahead) offsets += graph::ToString(over.frames[i]) + ":";
      offsets += fmt::format("{:d}:{}:{}{},", static_cast<int>(call.function), call.offset,
                             call.default_column, call.ignore_nulls ? "n" : "");
    }
    return fmt::format("{}{}[{}]{}{}{}:{}",
                       over.recomputed ? "again "
                       : over.ahead    ? "ahead "
                                       : "",
                       graph::ToString(over.frame), fmt::join(over.partition, ","),
                       Text(over.order), Text(calls), offsets, over.ttl_millis);
  }
  std::string operator()(const logical::Match& match) const {
    const graph::MatchSpec& spec = match.spec;
    std::string text =
        fmt::format("{}[{}]{}:{}:{}:[{}][{}]", Quoted(spec.pattern), fmt::join(spec.partition, ","),
                    spec.time_column, static_cast<int>(spec.skip), spec.within_millis,
                    fmt::join(spec.skip_variables, ","), fmt::join(spec.given, ","));
    for (const graph::MatchVariable& variable : spec.variables) {
      text += Quoted(ToLower(variable.name)) + Text(variable.condition);
    }
    for (const graph::MatchValue& value : spec.values) {
      text += fmt::format("{}[{}]{}:{}:", static_cast<int>(value.kind),
                          fmt::join(value.variables, ","), value.offset, value.column);
      if (value.kind == graph::MatchValueKind::kAggregate) text += Text(std::vector{value.call});
      if (value.shift != 0) text += fmt::format("shift {}:", value.shift);
      if (value.classifier) text += "classifier:";
      if (value.running) text += "running:";
    }
    // What Flink's patterns have not is left out where it is not there; ^ and $ are in the text.
    if (spec.all_rows) text += "all rows:";
    if (!spec.order.empty()) text += Text(spec.order);
    return text;
  }
  std::string operator()(const logical::Rank& rank) const {
    return fmt::format("{:d}:{}:{}:{:d}:{:d}:{:d}[{}][{}]{}:{}", static_cast<int>(rank.function),
                       rank.first, rank.last, rank.output_rank, rank.last_of_equal,
                       static_cast<int>(rank.strategy), fmt::join(rank.partition, ","),
                       fmt::join(rank.input_key, ","), Text(rank.order), rank.ttl_millis);
  }
  std::string operator()(const logical::Deduplicate& deduplicate) const {
    return fmt::format("[{}]{}:{:d}:{}", fmt::join(deduplicate.keys, ","), deduplicate.time_column,
                       deduplicate.keep_last, deduplicate.ttl_millis);
  }
  std::string operator()(const logical::Normalize& normalize) const {
    return fmt::format("[{}]{}", fmt::join(normalize.keys, ","), normalize.ttl_millis);
  }
  std::string operator()(const logical::WindowRank& rank) const {
    const graph::WindowRankSpec& spec = rank.spec;
    return fmt::format("{}{:d}:{}:{}:{:d}:{:d}:{}:{}[{}]{}", Text(rank.window),
                       static_cast<int>(spec.function), spec.first, spec.last, spec.output_rank,
                       spec.last_of_equal, spec.start_column, spec.end_column,
                       fmt::join(spec.partition, ","), Text(spec.order));
  }
  std::string operator()(const logical::Sink& sink) const {
    return Quoted(sink.spec.table) + sink.spec.schema.ToString();
  }
  std::string operator()(const logical::Collect&) const { return ""; }
  std::string operator()(const logical::Join& join) const {
    std::string text =
        fmt::format("{}[{}][{}][{}]{}:{}", static_cast<int>(join.type),
                    fmt::join(join.left_keys, ","), fmt::join(join.right_keys, ","),
                    fmt::join(join.null_safe, ","), join.left_ttl_millis, join.right_ttl_millis);
    if (join.interval) {
      text += fmt::format("i{}:{}:{}:{}:{:d}", join.interval->left_time, join.interval->right_time,
                          join.interval->lower_millis, join.interval->upper_millis,
                          join.interval->processing_time);
    }
    if (join.window) {
      text += fmt::format("w{}:{}:{}:{}", join.window->left_start, join.window->left_end,
                          join.window->right_start, join.window->right_end);
    }
    if (join.versions) {
      text += fmt::format("t{}:{}:{:d}", join.versions->left_time, join.versions->right_time,
                          join.versions->each_row);
    }
    if (join.lookup) text += "lookup";
    if (join.retry.attempts > 0)
      text += fmt::format("r{}:{}", join.retry.attempts, join.retry.delay_millis);
    return text + Text(join.residual);
  }

  static std::string Text(const std::vector<graph::SortKey>& keys) {
    std::string text;
    for (const graph::SortKey& key : keys) {
      text += fmt::format(",{}{:d}{:d}", key.column, key.descending, key.nulls_first);
    }
    return text;
  }
  static std::string Text(const window::WindowSpec& window) { return TextOf(window); }
  template <typename T>
  static std::string Text(const T& value) {
    return uid::Text(value);
  }
};

bool AllDeterministic(const std::vector<expr::ExprPtr>& expressions) {
  for (const expr::ExprPtr& expression : expressions) {
    if (!expr::IsDeterministic(*expression)) return false;
  }
  return true;
}

}  // namespace

std::string TextOf(const expr::Expr& expression, const std::vector<std::string>& columns) {
  return Text(expression, columns);
}

std::string TextOf(const expr::AggregateCall& call, const std::vector<std::string>& columns) {
  const auto column = [&](int index) {
    return columns.empty() || index < 0 ? fmt::format("{}", index)
                                        : columns.at(static_cast<size_t>(index));
  };
  std::string text = fmt::format("{}[", expr::AggregateName(call.function));
  for (const int argument : call.arguments) text += column(argument) + ",";
  return text + fmt::format("]{}:{}:{}:{}:{}", call.distinct ? "distinct" : "", column(call.filter),
                            Quoted(call.parameter), call.result_type.ToString(),
                            Quoted(call.state_name));
}

std::string TextOf(const window::WindowSpec& window) {
  return fmt::format("{}:{}:{}:{}:{:d}:", static_cast<int>(window.kind), window.size, window.slide,
                     window.offset, window.processing_time);
}

std::string OperationText(const logical::Node& node) {
  return fmt::format("{}|{}", node.operation.index(),
                     std::visit(TextVisitor{node}, node.operation));
}

std::string FingerprintOf(const logical::Node& node) {
  std::string text = OperationText(node) + "|";
  for (const logical::Column& column : node.columns) {
    text += fmt::format("{}{}{},", Quoted(column.name), column.type.ToString(),
                        static_cast<int>(column.time));
  }
  return text;
}

bool IsDeterministic(const logical::Node& node) {
  if (const auto* filter = std::get_if<logical::Filter>(&node.operation)) {
    return expr::IsDeterministic(*filter->predicate);
  }
  if (const auto* project = std::get_if<logical::Project>(&node.operation)) {
    return AllDeterministic(project->expressions);
  }
  if (const auto* join = std::get_if<logical::Join>(&node.operation)) {
    return !join->residual || expr::IsDeterministic(*join->residual);
  }
  if (const auto* match = std::get_if<logical::Match>(&node.operation)) {
    for (const graph::MatchVariable& variable : match->spec.variables) {
      if (variable.condition && !expr::IsDeterministic(*variable.condition)) return false;
    }
  }
  if (const auto* watermark = std::get_if<logical::Watermark>(&node.operation)) {
    return expr::IsDeterministic(*watermark->spec.watermark);
  }
  if (const auto* values = std::get_if<logical::Values>(&node.operation)) {
    for (const auto& row : values->rows) {
      if (!AllDeterministic(row)) return false;
    }
  }
  return true;
}

}  // namespace weir::uid
