// Rows that are kept by primary key, behind sources and in front of sinks.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "planner/lower/lowering.h"
#include "runtime/graph/any_table_options.h"
#include "runtime/graph/meaning_line.h"
#include "runtime/types/key_encoding.h"

namespace weir::lower {
namespace {

using graph::MeaningPart;
using logical::Node;

// Replaces the role in the sink's uid, so that the new uid is as stable: "sink:totals/sink.w" gives
// "sink:totals/upmat".
std::string UidInFront(std::string uid, std::string_view step) {
  constexpr std::string_view kWriter = "/sink.w";
  const size_t role = uid.find(kWriter);
  if (role == std::string::npos) return uid + std::string(step);
  return uid.replace(role, kWriter.size(), step);
}

// How the rows in front of a sink are kept: by which columns, what identifies a row that comes, and
// the name of what becomes of a conflict, if it is looked for.
struct KeptInFront {
  std::vector<int> keys;
  std::vector<int> input_key = {};
  std::string conflict = {};
};

// The lines of the rows in front of a sink, one each: those of the sink except where and how it
// writes, and the keys in its words for its columns.
std::vector<std::string> LinesInFront(const std::vector<MeaningPart>& sink, const KeptInFront& kept,
                                      const Schema& input) {
  static constexpr std::string_view kOfTable[] = {"connector", "option", "write",
                                                  "places",    "zone",   "type"};
  std::set<std::string> lines;
  std::map<std::string, std::string> columns;
  for (const MeaningPart& line : sink) {
    if (line.part == "column") columns[line.name] = line.text;
    if (std::ranges::find(kOfTable, line.part) != std::end(kOfTable)) continue;
    lines.insert(graph::MeaningLine(line.part, line.name, line.text));
  }
  const auto name = [&](int column) { return input.fields[static_cast<size_t>(column)].name; };
  const auto text = [&](int column) {
    const auto said = columns.find(name(column));
    return said == columns.end() ? name(column) : said->second;
  };
  for (const int key : kept.keys) lines.insert(graph::MeaningLine("key", name(key), text(key)));
  for (const int key : kept.input_key) lines.insert(graph::MeaningLine("update", "", text(key)));
  if (!kept.conflict.empty()) lines.insert(graph::MeaningLine("conflict", "", kept.conflict));
  return {lines.begin(), lines.end()};
}

// The meaning of the rows in front of a sink of this meaning.
std::string MeaningInFront(const std::string& sink, const KeptInFront& kept, const Schema& input) {
  const std::vector<MeaningPart> said = graph::ParseMeaning(sink);
  std::vector<std::string> lines = LinesInFront(graph::WithoutFormer(said), kept, input);
  const std::vector<std::string> now = lines;
  for (const graph::FormerWords& words : graph::kFormerWords) {
    const std::vector<std::string> former = LinesInFront(graph::AsOf(words, said), kept, input);
    std::ranges::move(graph::FormerLines(now, former, words), std::back_inserter(lines));
  }
  std::ranges::sort(lines);
  return fmt::format("{}", fmt::join(lines, ""));
}

Status LacksOnConflict(const Node& node, const logical::Sink& sink) {
  return Status::InvalidSql(
             fmt::format("the changes that go into {} are keyed otherwise than its PRIMARY KEY",
                         sink.spec.table))
      .WithId("E2011")
      .WithHint(
          "say ON CONFLICT DO DEDUPLICATE, or set 'table.exec.sink.require-on-conflict' to "
          "'false'")
      .WithSpan(node.origin.span);
}

}  // namespace

Result<int> Lowering::LowerNormalize(const Node& node, const logical::Normalize& normalize) {
  graph::ChangelogNormalizeSpec spec;
  spec.keys = normalize.keys;
  spec.emit_update_before = TraitsOf(node).needs_update_before;
  spec.ttl_millis = normalize.ttl_millis;
  const int input = TRY(Lower(node.inputs[0]));
  const graph::Edge edge = ByKey(input, spec.keys);
  return Add({&node, std::move(spec), {edge}, 0, ""});
}

// Changes of one primary key must reach a single writer in order. They do if they are already
// spread by it.
Result<int> Lowering::LowerSink(const Node& node, const logical::Sink& given) {
  logical::Sink sink = given;
  sink.spec.old_rows = TraitsOf(node).old_rows;
  int input = TRY(Lower(node.inputs[0]));
  if (TraitsOf(node).materialize) {
    if (sink.lacks_on_conflict) return LacksOnConflict(node, sink);
    input = TRY(AddMaterialize(node, sink, input));
    return AddSink(node, sink, input);
  }
  const graph::Node& producer = At(input);
  std::vector<int> spread = producer.upsert_key;
  std::vector<int> key = sink.spec.primary_key;
  std::sort(spread.begin(), spread.end());
  std::sort(key.begin(), key.end());
  const bool by_key =
      !producer.changelog.append_only() || options_.keyed_shuffle == KeyedShuffle::kForce;
  const bool exchange =
      by_key && !key.empty() && (spread != key || !SpreadByKey(input)) && producer.parallelism != 1;
  if (!exchange) return AddSink(node, sink, input);
  const uint32_t subtasks = graph::SubtasksOf(sink.spec.options, graph::kSinkParallelism);
  if (subtasks == 1) return Add({&node, sink.spec, {Together(input)}, 1, ""});
  return Add({&node, sink.spec, {ByKey(input, sink.spec.primary_key)}, subtasks, ""});
}

// Changes of one row must stay in order where they go to other subtasks.
Result<int> Lowering::AddSink(const Node& node, const logical::Sink& sink, int input) {
  const graph::Node& producer = At(input);
  const uint32_t subtasks = graph::SubtasksOf(sink.spec.options, graph::kSinkParallelism);
  const uint32_t own = producer.parallelism == 0 ? options_.parallelism : producer.parallelism;
  if (subtasks == 0 || subtasks == own) return AddBehind(node, sink.spec, input, "");
  if (subtasks == 1) return Add({&node, sink.spec, {Together(input)}, 1, ""});
  // A sink that keeps the last row of a key has to get them in order.
  const bool keeps_last = sink.accepts.update_after && !sink.spec.primary_key.empty() &&
                          options_.keyed_shuffle != KeyedShuffle::kNone;
  const bool forced =
      options_.keyed_shuffle == KeyedShuffle::kForce && !sink.spec.primary_key.empty();
  if (producer.changelog.append_only() && !keeps_last && !forced) {
    const graph::Edge edge{input, graph::ExchangeKind::kRebalance, {}};
    return Add({&node, sink.spec, {edge}, subtasks, ""});
  }
  const std::vector<int>& key =
      sink.spec.primary_key.empty() ? producer.upsert_key : sink.spec.primary_key;
  if (!key.empty()) return Add({&node, sink.spec, {ByKey(input, key)}, subtasks, ""});
  return Status::InvalidSql(
             fmt::format("'{}' = '{}' of table {} spreads the changes of {} subtasks, which have "
                         "no key to do it by",
                         graph::kSinkParallelism, subtasks, sink.spec.table, own))
      .WithId("E2008")
      .WithHint("give the table a PRIMARY KEY … NOT ENFORCED, or leave the option out")
      .WithSpan(node.origin.span);
}

bool Lowering::SpreadByKey(int index) const {
  while (At(index).inputs.size() == 1) {
    const graph::Edge& edge = At(index).inputs[0];
    if (edge.exchange != graph::ExchangeKind::kForward) return true;
    index = edge.from;
  }
  return false;
}

Result<int> Lowering::AddMaterialize(const Node& node, const logical::Sink& sink, int input) {
  KeptInFront kept{.keys = sink.spec.primary_key};
  const traits::NodeTraits& rows = TraitsOf(*node.inputs[0]);
  // Rows that come again before they are taken back are told apart by all of their columns.
  if (rows.updates != traits::Updates::kCrossed) kept.input_key = rows.upsert_key;
  const bool old_rows = sink.accepts.update_before;
  std::string_view step = "/upmat";
  graph::OperatorSpec spec =
      graph::UpsertMaterializeSpec{kept.keys, kept.input_key, old_rows, sink.ttl_millis};
  if (sink.conflict != graph::Conflict::kDeduplicate) {
    step = "/conflict";
    kept.conflict = graph::ConflictName(sink.conflict);
    spec = graph::UpsertCompactSpec{kept.keys, kept.input_key, old_rows, sink.conflict,
                                    sink.ttl_millis};
  }
  const auto meaning_of = [&](const std::string& sink_meaning) {
    if (sink_meaning.empty()) return std::string();
    return MeaningInFront(sink_meaning, kept, logical::SchemaOf(node));
  };
  const int index = Add({&node, std::move(spec), {ByKey(input, kept.keys)}, 0, ""});
  graph::Node& added = graph_.nodes[static_cast<size_t>(index)];
  added.upsert_key = kept.keys;
  if (!node.origin.identity) return index;
  added.uid = UidInFront(added.uid, step);
  for (std::string& uid : added.also) uid = UidInFront(uid, step);
  uids_.insert(added.uid);
  const logical::Identity& identity = *node.origin.identity;
  added.fingerprint = meaning_of(identity.fingerprint);
  added.former_fingerprint = meaning_of(identity.former_fingerprint);
  added.third_fingerprint = meaning_of(identity.third_fingerprint);
  added.renamed_fingerprint = meaning_of(identity.renamed_fingerprint);
  return index;
}

}  // namespace weir::lower
