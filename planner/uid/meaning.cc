#include "planner/uid/meaning.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <type_traits>

#include "planner/logical/coercions.h"
#include "planner/logical/rewrite.h"
#include "planner/uid/assign.h"
#include "planner/uid/column_places.h"
#include "planner/uid/join_meaning.h"
#include "planner/uid/meaning_lines.h"
#include "planner/uid/merge.h"
#include "runtime/base/names.h"
#include "runtime/fault_point.h"
#include "runtime/graph/any_table_options.h"
#include "runtime/graph/match_state.h"
#include "runtime/graph/typed_options.h"

namespace weir::uid {
namespace {

// Version 3 added how a table is divided into directories, whether it is watched, and a sink's key.
// Version 4 recognises equal expressions that are written differently. Version 5 added the types of
// columns and where those of lookup tables come from, and knows of headers. Version 6 follows
// columns through ORDER BY … LIMIT, says by which time a window is made, and stands for the types
// that calls have since (runtime/checkpoint/retyped_calls.h). Version 7 says the types that
// expressions depend on (types_read.h), version 8 those that they are computed in
// (computed_type.h). Versions 9 to 11 have lines that those before them lack (WithoutNew,
// runtime/checkpoint/meaning_versions.h).
constexpr std::string_view kMeaningVersion = "11";

using logical::Node;
using logical::NodePtr;

// The Top-N that feeds the node through filters and projections only; null if there is none.
const logical::Rank* RankBelow(const Node& node) {
  const Node* below = node.inputs[0].get();
  while (std::holds_alternative<logical::Filter>(below->operation) ||
         std::holds_alternative<logical::Project>(below->operation)) {
    below = below->inputs[0].get();
  }
  return std::get_if<logical::Rank>(&below->operation);
}

// Removes a cast around the whole text to its own type. Whether the planner adds one depends on the
// types of tables, not on what is computed.
std::string WithoutCast(const std::string& text, const Type& type) {
  constexpr std::string_view kCast = "CAST(";
  const std::string end = fmt::format(" AS {})", type.ToStringIgnoringNullability());
  if (!text.starts_with(kCast) || !text.ends_with(end)) return text;
  int depth = 1;
  for (size_t i = kCast.size(); i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0 && i + 1 < text.size()) return text;
  }
  return text.substr(kCast.size(), text.size() - kCast.size() - end.size());
}

// Whether the node keeps rows of its inputs, rather than results computed from them.
bool KeepsRows(const Node& node) {
  const auto is = [&]<typename... Kinds>(std::type_identity<Kinds>...) {
    return (std::holds_alternative<Kinds>(node.operation) || ...);
  };
  return is(std::type_identity<logical::Join>(), std::type_identity<logical::Rank>(),
            std::type_identity<logical::Deduplicate>(), std::type_identity<logical::WindowRank>(),
            std::type_identity<logical::OverAggregate>(), std::type_identity<logical::Match>(),
            std::type_identity<logical::WindowTable>(), std::type_identity<logical::Normalize>(),
            std::type_identity<logical::Sort>());
}

void AddKeys(const Node& node, const std::vector<int>& keys, const Branches& input, Lines& lines) {
  const std::vector<logical::Column>& columns = node.inputs[0]->columns;
  for (const int key : keys) {
    lines.Add("key", columns.at(static_cast<size_t>(key)).name, ColumnText(input, key));
  }
}

// The planted defect under which kept rows of this kind are known by column names alone.
std::string_view KeptPlant(const Node& node) {
  if (const auto* join = std::get_if<logical::Join>(&node.operation)) {
    if (join->window) return "meaning-of-window-joins";
    return join->interval ? "meaning-of-interval-joins" : "meaning-of-joins";
  }
  if (std::holds_alternative<logical::Rank>(node.operation)) return "meaning-of-ranks";
  if (std::holds_alternative<logical::WindowRank>(node.operation)) return "meaning-of-window-ranks";
  return "meaning-of-deduplication";
}

// Adds every column of each input, since at this point no rule has decided which ones are kept, and
// their order, which determines the hash of a row.
void AddColumns(const Node& node, Lineage& lineage, Lines& lines) {
  static constexpr std::string_view kSides[] = {"left", "right"};
  const bool by_name = DefectPlanted(KeptPlant(node));
  for (size_t side = 0; side < node.inputs.size(); ++side) {
    const Branches& input = lineage.Of(*node.inputs[side]);
    const std::string_view name = node.inputs.size() > 1 ? kSides[side] : "";
    std::vector<std::string> names;
    for (size_t i = 0; i < node.inputs[side]->columns.size(); ++i) {
      const std::string& column = node.inputs[side]->columns[i].name;
      names.push_back(column);
      lines.Add("column", name.empty() ? column : fmt::format("{}.{}", name, column),
                by_name ? column : Bare(ColumnText(input, static_cast<int>(i))));
    }
    lines.Add("row", name, fmt::format("{}", fmt::join(names, "\n")));
  }
}

// --- names of accumulators -----------------------------------------------------------------------

// Adds what calls compute if their names, which are those of version 1, do not say it in the
// current wording.
void AddCalls(const Branches& input, const std::vector<expr::AggregateCall>& calls, Lines& lines) {
  for (const expr::AggregateCall& call : calls) {
    const std::string text = CallText(input, call);
    if (text != call.state_name) lines.Add("call", call.state_name, text);
  }
}

// Adds a part that lists one thing per line of its text.
template <typename List>
void AddLines(std::string_view part, const List& list, Lines& lines) {
  lines.Add(part, "", fmt::format("{}", fmt::join(list, "\n")));
}

// Adds where the columns of the tables come from that were looked up on the way to the node, as
// what they are read, and which of their records are bad. They have no operator of their own that
// would say it.
void AddFoundColumns(const Node& node, Lineage& lineage, Lines& lines) {
  std::set<std::string> places;
  std::set<std::string> types;
  std::set<std::string> records;
  for (const NodePtr& input : node.inputs) {
    for (const Branch& branch : lineage.Of(*input)) {
      places.insert(branch.found_columns.begin(), branch.found_columns.end());
      types.insert(branch.found_types.begin(), branch.found_types.end());
      records.insert(branch.found_records.begin(), branch.found_records.end());
    }
  }
  if (!places.empty()) AddLines("lookup columns", places, lines);
  if (!types.empty()) AddLines("lookup types", types, lines);
  if (!records.empty()) AddLines("lookup bad records", records, lines);
}

// Adds which rows the node gets more than once, as windows above a table or state make copies of
// them that nobody may be able to tell apart: each branch with such a window.
void AddCopies(const Node& node, Lineage& lineage, Lines& lines) {
  std::multiset<std::string> copies;
  for (const NodePtr& input : node.inputs) {
    for (const Branch& branch : lineage.Of(*input)) {
      if (!branch.copies.empty())
        copies.insert(fmt::format("{}, of {}", fmt::join(branch.copies, ", "), branch.from));
    }
  }
  if (!copies.empty()) AddLines("copies", copies, lines);
}

struct MeaningVisitor {
  const Node& node;
  Lineage& lineage;

  bool current() const { return lineage.wording() != Wording::kFormer; }
  const Branches& Input(size_t side = 0) const { return lineage.Of(*node.inputs[side]); }

  static void AddOptions(const graph::TableOptions& options, Lines& lines) {
    for (const graph::TableOption& option : options) {
      if (option.key == "connector") {
        lines.Add("connector", "", option.value);
      } else {
        lines.Add("option", option.key, option.value);
      }
    }
  }

  void operator()(const logical::Scan& scan, Lines& lines) const {
    const graph::TableOptions contents = lineage.ContentsOf(scan.spec.options);
    AddOptions(contents, lines);
    if (!current()) return;
    const bool third = lineage.wording() == Wording::kThird;
    const std::vector<std::string> before = ColumnPlaces(node, lineage, PlaceWords::kVersion4);
    const std::vector<std::string> places = third ? before : ColumnPlaces(node, lineage);
    AddLines("columns", places, lines);
    if (places != before) AddLines("columns of version 4", before, lines);
    if (!third) AddLines("types", ColumnTypes(node, lineage), lines);
    if (!scan.spec.partition_keys.empty())
      AddLines("columns of version 2", ColumnPlaces(node, lineage, PlaceWords::kVersion2), lines);
    AddDirectories(scan.spec.partition_keys, lines);
    AddBadRecords(contents, lines);
    const std::string_view reads = lineage.ReadsLater(scan.spec.options);
    if (!reads.empty()) lines.Add("reads", "", std::string(reads));
  }
  void AddBadRecords(const graph::TableOptions& contents, Lines& lines) const {
    if (LeavesOutBadRecords(contents) && !DefectPlanted("meaning-of-bad-records"))
      AddLines("bad records", ColumnsOfRecords(node, lineage), lines);
  }
  static void AddNames(std::string_view part, const std::vector<std::string>& names, Lines& lines) {
    if (!names.empty()) lines.Add(part, "", fmt::format("{}", fmt::join(names, ", ")));
  }
  static void AddDirectories(const std::vector<std::string>& keys, Lines& lines) {
    if (!DefectPlanted("meaning-of-directories")) AddNames("directory", keys, lines);
  }
  void operator()(const logical::Watermark& watermark, Lines& lines) const {
    const Branches& input = lineage.Of(*node.inputs[0]);
    lines.Add("time", "", ColumnText(input, watermark.spec.rowtime_column));
    if (watermark.spec.watermark && !input.empty()) {
      lines.Add("watermark", "", Bare(lineage.TextOf(watermark.spec.watermark, input[0].columns)));
    }
  }
  void operator()(const logical::Aggregate& aggregate, Lines& lines) const {
    const Branches& input = lineage.Of(*node.inputs[0]);
    lines.AddBranches(input);
    AddKeys(node, aggregate.keys, input, lines);
    if (current()) AddCalls(input, aggregate.calls, lines);
  }
  void operator()(const logical::WindowAggregate& aggregate, Lines& lines) const {
    const Branches& input = lineage.Of(*node.inputs[0]);
    lines.AddBranches(input);
    AddKeys(node, aggregate.keys, input, lines);
    if (current()) AddCalls(input, aggregate.calls, lines);
    const bool has_windows = aggregate.end_column >= 0;
    AddWindow(aggregate.window, has_windows ? aggregate.end_column : aggregate.time_column, input,
              lines);
  }
  void operator()(const logical::Join& join, Lines& lines) const {
    AddJoin(node, join, lineage, lines);
  }
  void operator()(const logical::WindowTable& table, Lines& lines) const {
    const Branches& input = lineage.Of(*node.inputs[0]);
    lines.AddBranches(input);
    AddKeys(node, table.keys, input, lines);
    AddWindow(table.window, table.time_column, input, lines);
  }
  void operator()(const logical::Rank& rank, Lines& lines) const {
    const Branches& input = lineage.Of(*node.inputs[0]);
    lines.AddBranches(input);
    AddKeys(node, rank.partition, input, lines);
    // All rows are kept, so rows of other ranks can be computed from the state.
    if (rank.strategy == graph::RankStrategy::kRetract) {
      lines.Add("rank", "", graph::RankFunctionName(rank.function));
      lines.Add("order", "", OrderText(input, rank.order));
      lines.Add("ranks", "", fmt::format("{} to {}", rank.first, rank.last));
      AddWidths(rank.order, lines);
      return;
    }
    AddRanks(rank, input, lines);
    AddWidths(rank.order, lines);
    if (rank.strategy == graph::RankStrategy::kUpdate) {
      for (const int column : rank.input_key) lines.Add("update", "", ColumnText(input, column));
      // A restore with another number of ranks below retracts rows with deletes, not with updates.
      if (const logical::Rank* below = RankBelow(node)) {
        lines.Add("update", "", fmt::format("of ranks {} to {}", below->first, below->last));
      }
    }
  }
  void operator()(const logical::OverAggregate& over, Lines& lines) const {
    lines.AddBranches(Input());
    AddKeys(node, over.partition, Input(), lines);
    if (over.recomputed) return AddRecomputed(over, lines);
    if (over.ahead) return AddAhead(over, lines);
    lines.Add("time", "",
              over.by_clock ? "processing time" : ColumnText(Input(), over.order[0].column));
    lines.Add("frame", "", graph::ToString(over.frame));
    if (lineage.simplifies()) AddDefaults(over, lines);
  }
  // What LAG and LEAD give where there is no row, which is not among what is kept.
  void AddDefaults(const logical::OverAggregate& over, Lines& lines) const {
    if (DefectPlanted("meaning-of-defaults")) return;
    std::map<std::string, std::set<std::string>> defaults;
    for (const graph::OverCall& call : over.calls) {
      const bool moves =
          call.function == graph::OverFunction::kLag || call.function == graph::OverFunction::kLead;
      if (!moves) continue;
      const bool said = call.default_column >= 0;
      defaults[graph::ToString(call)].insert(said ? ColumnText(Input(), call.default_column)
                                                  : "NULL");
    }
    std::vector<std::string> texts;
    for (const auto& [call, given] : defaults)
      texts.push_back(fmt::format("{}\t{}", call, fmt::join(given, ", ")));
    if (!texts.empty()) AddLines("defaults", texts, lines);
  }
  // Results lie with the rows, so all that they are made by must stay.
  void AddRecomputed(const logical::OverAggregate& over, Lines& lines) const {
    lines.Add("order", "", OrderText(Input(), over.order));
    AddWidths(over.order, lines);
    lines.Add("frame", "", graph::ToString(over.frame));
    std::vector<std::string> calls;
    for (const graph::OverCall& call : over.calls) {
      const bool aggregate = call.function == graph::OverFunction::kAggregate;
      calls.push_back(aggregate ? CallText(Input(), call.call) : graph::ToString(call));
      if (call.default_column >= 0)
        calls.back() += fmt::format(", else {}", ColumnText(Input(), call.default_column));
    }
    lines.Add("calls", "", fmt::format("{}", fmt::join(calls, "\n")));
  }
  // Rows that no frame reaches any more are gone, or in the accumulators of a call.
  void AddAhead(const logical::OverAggregate& over, Lines& lines) const {
    lines.Add("time", "", ColumnText(Input(), over.order[0].column));
    std::vector<std::string> calls;
    for (size_t i = 0; i < over.calls.size(); ++i) {
      const graph::OverCall& call = over.calls[i];
      const bool aggregate = call.function == graph::OverFunction::kAggregate;
      calls.push_back(fmt::format("{} over {}",
                                  aggregate ? CallText(Input(), call.call) : graph::ToString(call),
                                  graph::ToString(over.frames[i])));
      if (call.default_column >= 0)
        calls.back() += fmt::format(", else {}", ColumnText(Input(), call.default_column));
    }
    lines.Add("calls", "", fmt::format("{}", fmt::join(calls, "\n")));
  }
  // A run is at a position of the pattern, with the rows that its cells remember.
  void operator()(const logical::Match& match, Lines& lines) const {
    const graph::MatchSpec& spec = match.spec;
    lines.AddBranches(Input());
    AddKeys(node, spec.partition, Input(), lines);
    lines.Add("time", "", ColumnText(Input(), spec.time_column));
    if (!spec.order.empty()) {
      lines.Add("order", "", OrderText(Input(), spec.order));
      AddWidths(spec.order, lines);
    }
    lines.Add("pattern", "", spec.pattern);
    std::vector<std::string> columns;
    for (size_t i = 0; i < node.inputs[0]->columns.size(); ++i)
      columns.push_back(Bare(ColumnText(Input(), static_cast<int>(i))));
    std::vector<std::string> values;
    for (const graph::MatchValue& value : spec.values)
      values.push_back(graph::ToString(value, spec, columns));
    for (const graph::MatchVariable& variable : spec.variables) {
      if (variable.condition == nullptr) continue;
      lines.Add("condition", ToLower(variable.name),
                Bare(lineage.TextOf(variable.condition, values)));
    }
    lines.Add("remembers", "", graph::ToString(graph::CellsOf(spec), spec));
    lines.Add("skip", "", graph::SkipText(spec));
    lines.Add("within", "", spec.within_millis > 0 ? fmt::format("{} ms", spec.within_millis) : "");
  }
  void operator()(const logical::Deduplicate& deduplicate, Lines& lines) const {
    const Branches& input = lineage.Of(*node.inputs[0]);
    lines.AddBranches(input);
    AddKeys(node, deduplicate.keys, input, lines);
    lines.Add("keep", "", deduplicate.keep_last ? "last" : "first");
    lines.Add("time", "",
              deduplicate.time_column < 0 ? "processing time"
                                          : ColumnText(input, deduplicate.time_column));
  }
  void operator()(const logical::Normalize& normalize, Lines& lines) const {
    const Branches& input = lineage.Of(*node.inputs[0]);
    lines.AddBranches(input);
    AddKeys(node, normalize.keys, input, lines);
  }
  void operator()(const logical::WindowRank& rank, Lines& lines) const {
    const Branches& input = lineage.Of(*node.inputs[0]);
    lines.AddBranches(input);
    AddKeys(node, rank.spec.partition, input, lines);
    if (current()) AddKeys(node, {rank.spec.start_column, rank.spec.end_column}, input, lines);
    AddRanks(rank.spec, input, lines);
    AddWidths(rank.spec.order, lines);
    lines.Add("window", "", rank.window.ToString());
    lines.Add("time", "", ColumnText(input, rank.spec.end_column));
  }
  void operator()(const logical::Sort& sort, Lines& lines) const {
    lines.AddBranches(Input());
    if (sort.time != logical::TimeAttribute::kNone) return AddTimeSort(sort, lines);
    if (!current()) return;
    lines.Add("rank", "", graph::RankFunctionName(graph::RankFunction::kRowNumber));
    lines.Add("order", "", OrderText(Input(), sort.keys));
    // Rows that wait for the end are keyed by all of their columns.
    std::vector<int> all(node.columns.size());
    std::iota(all.begin(), all.end(), 0);
    AddKeys(node, all, Input(), lines);
    lines.Add("first", "", fmt::format("{}", sort.offset + 1));
    const int64_t last = std::numeric_limits<int64_t>::max();
    lines.Add("last", "", fmt::format("{}", sort.limit < 0 ? last : sort.offset + sort.limit));
    AddWidths(sort.keys, lines);
  }
  // Rows wait under their time, those of one time under the further keys.
  void AddTimeSort(const logical::Sort& sort, Lines& lines) const {
    const bool by_clock = sort.time == logical::TimeAttribute::kProcessing;
    lines.Add("time", "", by_clock ? "processing time" : ColumnText(Input(), sort.keys[0].column));
    lines.Add("order", "", OrderText(Input(), {sort.keys.begin() + 1, sort.keys.end()}));
    AddWidths(sort.keys, lines);
  }
  void operator()(const logical::Sink& sink, Lines& lines) const {
    lines.AddBranches(Input());
    AddOptions(lineage.ContentsOf(sink.spec.options), lines);
    if (!current()) return;
    const bool overwrite = sink.spec.overwrite && !DefectPlanted("meaning-of-overwrite");
    lines.Add("write", "", overwrite ? "OVERWRITE" : "INTO");
    AddDirectories(sink.spec.partition_keys, lines);
    if (!DefectPlanted("meaning-of-sink-keys")) AddKeyOf(sink.spec, lines);
    AddOutput(sink.spec, lines);
    if (lineage.simplifies()) AddEnforcers(sink.spec, lines);
  }
  // Adds what is written otherwise than it comes, or not at all.
  static void AddEnforcers(const graph::SinkSpec& spec, Lines& lines) {
    if (DefectPlanted("meaning-of-enforcers")) return;
    const graph::TypedOptions said(graph::EnforcerOptions(), spec.options);
    if (!said.Is(graph::kTypeLengthEnforcer, "IGNORE")) {
      lines.Add("enforcer", "",
                fmt::format(
                    "lengths {}, within values {}",
                    graph::OptionValue(spec.options, graph::kTypeLengthEnforcer),
                    graph::OptionValue(spec.options, graph::kNestedConstraintEnforcer, "IGNORE")));
    }
    if (!said.Is(graph::kNotNullEnforcer, "DROP")) return;
    std::vector<std::string> required;
    for (const Field& field : spec.schema.fields) {
      if (!field.type.nullable()) required.push_back(field.name);
    }
    std::sort(required.begin(), required.end());
    AddNames("drops NULL of", required, lines);
  }
  // Adds the columns by which readers of the table identify rows.
  static void AddKeyOf(const graph::SinkSpec& spec, Lines& lines) {
    std::vector<std::string> names;
    for (const int column : spec.primary_key)
      names.push_back(spec.schema.fields.at(static_cast<size_t>(column)).name);
    std::sort(names.begin(), names.end());
    AddNames("primary key", names, lines);
  }
  // Adds what is written column by column, as which type, and the order of columns if records do
  // not contain their names.
  void AddOutput(const graph::SinkSpec& spec, Lines& lines) const {
    std::vector<std::string> names;
    bool instants = false;
    for (size_t i = 0; i < spec.schema.fields.size(); ++i) {
      const Field& field = spec.schema.fields[i];
      names.push_back(field.name);
      instants |= field.type.kind() == TypeKind::kTimestampLtz;
      const std::string text = ColumnText(Input(), static_cast<int>(i));
      lines.Add("column", field.name, Bare(WithoutCast(text, field.type)));
      if (lineage.simplifies())
        lines.Add("type", field.name, field.type.ToStringIgnoringNullability());
    }
    if (lineage.NamesColumns(spec.options)) return;
    AddLines("places", names, lines);
    if (instants) lines.Add("zone", "", lineage.time_zone());
  }
  // A restore continues with the rows that were on their way back to the step, so that the types of
  // all columns must stay.
  void operator()(const logical::Recursion&, Lines& lines) const {
    for (size_t i = 0; i < node.columns.size(); ++i)
      lines.Add("returned", fmt::format("{}", i + 1),
                node.columns[i].type.ToStringIgnoringNullability());
  }
  template <typename Stateless>
  void operator()(const Stateless&, Lines&) const {}

  void AddWindow(const window::WindowSpec& window, int time_column, const Branches& input,
                 Lines& lines) const {
    lines.Add("window", "", DefectPlanted("meaning-of-windows") ? "" : window.ToString());
    if (time_column < 0) return lines.Add("time", "", "processing time");
    lines.Add("time", "", ColumnText(input, time_column));
    const Type& type = node.inputs[0]->columns.at(static_cast<size_t>(time_column)).type;
    if (type.kind() == TypeKind::kTimestampLtz) lines.Add("zone", "", lineage.time_zone());
  }
  // State is keyed by the encoded sort keys, and a FLOAT has other bytes than the same value as a
  // DOUBLE.
  void AddWidths(const std::vector<graph::SortKey>& keys, Lines& lines) const {
    for (size_t i = 0; current() && i < keys.size(); ++i) {
      const Type& type = node.inputs[0]->columns.at(static_cast<size_t>(keys[i].column)).type;
      if (type.kind() == TypeKind::kFloat)
        lines.Add("order", "", fmt::format("key {} is FLOAT", i));
    }
  }
  template <typename Ranks>
  static void AddRanks(const Ranks& ranks, const Branches& input, Lines& lines) {
    lines.Add("rank", "", graph::RankFunctionName(ranks.function));
    lines.Add("first", "", fmt::format("{}", ranks.first));
    lines.Add("last", "", fmt::format("{}", ranks.last));
    lines.Add("order", "", OrderText(input, ranks.order));
    if (ranks.last_of_equal) lines.Add("order", "", "last of equal");
  }
};

void NameCalls(const Branches& input, std::vector<expr::AggregateCall>& calls) {
  std::vector<std::string> taken;
  for (expr::AggregateCall& call : calls) {
    const std::string base = CallText(input, call);
    std::string name = base;
    for (int n = 2; std::find(taken.begin(), taken.end(), name) != taken.end(); ++n) {
      name = fmt::format("{}#{}", base, n);
    }
    taken.push_back(name);
    call.state_name = std::move(name);
  }
}

// The names of ranks and LAG are for people: nothing is kept under them.
void NameCalls(const Branches& input, logical::OverAggregate& over) {
  std::vector<expr::AggregateCall> aggregates;
  for (graph::OverCall& call : over.calls) {
    if (call.function == graph::OverFunction::kAggregate) aggregates.push_back(call.call);
    if (call.function != graph::OverFunction::kAggregate && !call.call.arguments.empty()) {
      const std::string& name = call.call.state_name;
      call.call.state_name = fmt::format("{}({})", name.substr(0, name.find('(')),
                                         Bare(ColumnText(input, call.call.arguments[0])));
    }
  }
  NameCalls(input, aggregates);
  size_t next = 0;
  for (graph::OverCall& call : over.calls) {
    if (call.function == graph::OverFunction::kAggregate)
      call.call.state_name = aggregates[next++].state_name;
  }
}

}  // namespace

namespace {

std::string_view VersionOf(Wording wording) {
  if (wording == Wording::kThird) return "3";
  if (wording == Wording::kFifth) return "5";
  if (wording == Wording::kSixth) return "6";
  return wording == Wording::kSeventh ? "7" : kMeaningVersion;
}

// The parts that say what this wording before today's would say.
const graph::FormerWords& FormerWordsOf(Wording wording) {
  if (wording == Wording::kSeventh) return graph::kWordsOf7;
  return wording == Wording::kSixth ? graph::kWordsOf6 : graph::kWordsOf5;
}

Lines LinesOf(const Node& node, Lineage& lineage) {
  Lines lines;
  std::visit(
      [&](const auto& operation) {
        MeaningVisitor{node, lineage}(operation, lines);
      },
      node.operation);
  if (lineage.wording() != Wording::kFormer) {
    if (KeepsRows(node)) AddColumns(node, lineage, lines);
    if (lineage.simplifies()) {
      AddFoundColumns(node, lineage, lines);
      AddCopies(node, lineage, lines);
    }
  }
  return lines;
}

}  // namespace

std::string MeaningOf(const Node& node, Lineage& lineage) {
  if (RoleOf(node).empty()) return "";
  Lines lines = LinesOf(node, lineage);
  std::vector<Lines::Former> former;
  for (Lineage* before = lineage.before(); before != nullptr; before = before->before()) {
    former.push_back({FormerWordsOf(before->wording()), LinesOf(node, *before).lines()});
  }
  lines.AddFormer(former);
  if (lineage.wording() != Wording::kFormer) lines.Add("version", "", VersionOf(lineage.wording()));
  return lines.Text();
}

Result<logical::Plan> NameStates(const logical::Plan& plan) {
  // The nodes that Rewrite creates live until it returns, so that Lineage may hold on to them. The
  // names are persisted, hence the wording of version 1.
  Lineage lineage(Wording::kFormer, "");
  return logical::Rewrite(plan, [&](const Node&, NodePtr node) -> Result<NodePtr> {
    logical::Operation operation = node->operation;
    if (auto* aggregate = std::get_if<logical::Aggregate>(&operation)) {
      NameCalls(lineage.Of(*node->inputs[0]), aggregate->calls);
    } else if (auto* window = std::get_if<logical::WindowAggregate>(&operation)) {
      NameCalls(lineage.Of(*node->inputs[0]), window->calls);
    } else if (auto* over = std::get_if<logical::OverAggregate>(&operation)) {
      NameCalls(lineage.Of(*node->inputs[0]), *over);
    } else {
      return node;
    }
    return logical::MakeNode(std::move(operation), node->inputs, node->columns, node->origin);
  });
}

}  // namespace weir::uid
