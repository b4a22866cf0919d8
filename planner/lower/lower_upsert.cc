// Rows that are kept by primary key, behind sources and in front of sinks.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "planner/lower/lowering.h"
#include "runtime/graph/any_table_options.h"
#include "runtime/types/key_encoding.h"

namespace weir::lower {
namespace {

using logical::Node;

Status CheckKeys(const Node& node, const std::vector<int>& keys) {
  for (const int key : keys) {
    const logical::Column& column = node.columns[static_cast<size_t>(key)];
    RETURN_IF_ERROR(CheckKeyType(column.type).WithId("E1002").WithSpan(node.origin.span));
  }
  return {};
}

// Replaces the role in the sink's uid, so that the new uid is as stable: "sink:totals/sink.w" gives
// "sink:totals/upmat".
std::string MaterializeUid(std::string uid) {
  constexpr std::string_view kWriter = "/sink.w";
  const size_t role = uid.find(kWriter);
  if (role == std::string::npos) return uid + "/upmat";
  return uid.replace(role, kWriter.size(), "/upmat");
}

std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == '\t' || c == '\n') escaped += '\\';
    escaped += c == '\t' ? 't' : c == '\n' ? 'n' : c;
  }
  return escaped;
}

// The meaning of the rows in front of a sink (runtime/checkpoint/fingerprint.h): what the sink's
// meaning says except where and how it writes, and the keys in the sink's words.
std::string MaterializeMeaning(const std::string& sink, const graph::UpsertMaterializeSpec& spec,
                               const Schema& input) {
  std::set<std::string> lines;
  std::map<std::string, std::string> columns;
  for (size_t begin = 0; begin < sink.size();) {
    const size_t end = std::min(sink.find('\n', begin), sink.size());
    const std::string line = sink.substr(begin, end - begin);
    begin = end + 1;
    const std::string part = line.substr(0, line.find('\t'));
    const size_t text = line.rfind('\t');
    if (part == "column")
      columns[line.substr(part.size() + 1, text - part.size() - 1)] = line.substr(text + 1);
    const bool of_table = part == "connector" || part == "option" || part == "write" ||
                          part == "places" || part == "zone" || part == "type";
    if (!of_table) lines.insert(line);
  }
  const auto name = [&](int column) {
    return Escaped(input.fields[static_cast<size_t>(column)].name);
  };
  const auto text = [&](int column) {
    const auto said = columns.find(name(column));
    return said == columns.end() ? name(column) : said->second;
  };
  for (const int key : spec.keys) lines.insert(fmt::format("key\t{}\t{}", name(key), text(key)));
  for (const int key : spec.input_key) lines.insert(fmt::format("update\t\t{}", text(key)));
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
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
  RETURN_IF_ERROR(CheckKeys(node, normalize.keys));
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
Result<int> Lowering::LowerSink(const Node& node, const logical::Sink& sink) {
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
  const bool exchange = !producer.changelog.append_only() && !key.empty() &&
                        (spread != key || !SpreadByKey(input)) && producer.parallelism != 1;
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
  if (producer.changelog.append_only()) {
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
  RETURN_IF_ERROR(CheckKeys(node, sink.spec.primary_key));
  graph::UpsertMaterializeSpec spec;
  spec.keys = sink.spec.primary_key;
  spec.input_key = TraitsOf(*node.inputs[0]).upsert_key;
  spec.ttl_millis = sink.ttl_millis;
  // A retraction finds its row by all of its columns.
  std::vector<int> all;
  for (size_t i = 0; i < node.columns.size(); ++i) all.push_back(static_cast<int>(i));
  RETURN_IF_ERROR(CheckKeys(node, spec.input_key.empty() ? all : spec.input_key));
  const auto meaning_of = [&](const std::string& sink_meaning) {
    if (sink_meaning.empty()) return std::string();
    return MaterializeMeaning(sink_meaning, spec, logical::SchemaOf(node));
  };
  const int index = Add({&node, spec, {ByKey(input, spec.keys)}, 0, ""});
  graph::Node& added = graph_.nodes[static_cast<size_t>(index)];
  added.upsert_key = spec.keys;
  if (!node.origin.identity) return index;
  added.uid = MaterializeUid(added.uid);
  for (std::string& uid : added.also) uid = MaterializeUid(uid);
  uids_.insert(added.uid);
  const logical::Identity& identity = *node.origin.identity;
  added.fingerprint = meaning_of(identity.fingerprint);
  added.former_fingerprint = meaning_of(identity.former_fingerprint);
  added.third_fingerprint = meaning_of(identity.third_fingerprint);
  added.renamed_fingerprint = meaning_of(identity.renamed_fingerprint);
  return index;
}

}  // namespace weir::lower
