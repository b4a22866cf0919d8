#include "runtime/checkpoint/restore_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <variant>

#include "runtime/checkpoint/permute.h"
#include "runtime/fault_point.h"
#include "runtime/graph/join_state.h"

namespace weir::checkpoint {
namespace {

template <typename Spec>
void ReorderKeys(graph::OperatorSpec& spec, const std::vector<int>& order) {
  Permute(order, std::get<Spec>(spec).keys);
}

template <typename Spec>
void ReorderPartition(graph::OperatorSpec& spec, const std::vector<int>& order) {
  Permute(order, std::get<Spec>(spec).partition);
}

// Both sides have the same keys, pair by pair, so they are reordered together.
template <typename Spec>
void ReorderPairs(graph::OperatorSpec& spec, const std::vector<int>& order) {
  graph::JoinShape& shape = std::get<Spec>(spec).shape;
  Permute(order, shape.left.keys);
  Permute(order, shape.right.keys);
  Permute(order, shape.null_safe);
}

// "-5000 to 10000 ms".
struct Interval {
  int64_t lower = 0;
  int64_t upper = 0;
};
std::optional<Interval> IntervalOf(std::string_view text) {
  constexpr std::string_view kTo = " to ";
  Interval interval;
  const char* end = text.data() + text.size();
  const auto lower = std::from_chars(text.data(), end, interval.lower);
  const std::string_view rest(lower.ptr, static_cast<size_t>(end - lower.ptr));
  if (lower.ec != std::errc() || !rest.starts_with(kTo)) return std::nullopt;
  const auto upper = std::from_chars(lower.ptr + kTo.size(), end, interval.upper);
  return upper.ec == std::errc() ? std::optional(interval) : std::nullopt;
}

// A wider interval also needs rows that were dropped already. It may be narrower at its other end.
PartRule::Change CompareInterval(std::string_view saved, std::string_view wanted) {
  const std::optional<Interval> from = IntervalOf(saved);
  const std::optional<Interval> to = IntervalOf(wanted);
  std::string change = "the interval was " + std::string(saved) + ", is " + std::string(wanted);
  if (!from || !to) return {Verdict::kIncompatible, std::move(change)};
  const bool wider = to->lower < from->lower || to->upper > from->upper;
  if (DefectPlanted("meaning-of-intervals")) return {Verdict::kFull, std::move(change)};
  const bool narrower = to->lower > from->lower || to->upper < from->upper;
  if (!wider) return {Verdict::kSemantic, change + ": matches that were put out stay"};
  change += ": matches with rows that were dropped are missed";
  if (narrower) change += ", and those that were put out stay where it is narrower";
  return {Verdict::kPartial, std::move(change)};
}

int64_t RankOf(std::string_view text) {
  int64_t rank = 0;
  std::from_chars(text.data(), text.data() + text.size(), rank);
  return rank;
}

std::string RankWas(std::string_view which, std::string_view saved, std::string_view wanted) {
  return fmt::format("the {} rank was {}, is {}", which, saved, wanted);
}

// Rows up to the last rank are kept, including those before the first one, so the first rank may
// change.
PartRule::Change CompareFirstRank(std::string_view saved, std::string_view wanted) {
  return {Verdict::kFull,
          RankWas("first", saved, wanted) + ": what was put out is put right at the start"};
}

PartRule::Change CompareLastRank(std::string_view saved, std::string_view wanted) {
  std::string change = RankWas("last", saved, wanted);
  if (RankOf(wanted) > RankOf(saved) && !DefectPlanted("meaning-of-limit"))
    return {Verdict::kIncompatible, change + ": rows behind it were not kept"};
  return {Verdict::kFull, change + ": rows behind it are taken back at the start"};
}

// All rows are kept, whatever their rank, so ranks may change.
PartRule::Change CompareRanks(std::string_view saved, std::string_view wanted) {
  return {Verdict::kFull, fmt::format("the ranks were {}, are {}: what was put out is put right at "
                                      "the start",
                                      saved, wanted)};
}

// LIMIT without an order gives rows that are never taken back. Where the part is missing, the rank
// is of a version that took them back, or its input ends, and the other parts decide.
PartRule::Change CompareLimit(std::string_view saved, std::string_view wanted) {
  if (saved.empty() || wanted.empty()) return {};
  return {Verdict::kIncompatible, fmt::format("the LIMIT had rows {}, has {}: what was put out is "
                                              "not taken back",
                                              saved, wanted)};
}

// "name TAB where its values come from", one per line.
std::map<std::string, std::string, std::less<>> Columns(std::string_view text) {
  std::map<std::string, std::string, std::less<>> columns;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t tab = std::min(line.find('\t'), line.size());
    columns.emplace(line.substr(0, tab), line.substr(std::min(tab + 1, line.size())));
  }
  return columns;
}

// `absent` for a part that a meaning lacks.
std::string InOneLine(std::string_view lines, std::string_view absent = "") {
  std::string text(lines.empty() ? absent : "");
  for (const char c : lines) text += c == '\n' ? ", " : std::string(1, c);
  return text;
}

// SEMANTIC if a name that both texts have has another text now, for which `words(name, was, now)`
// is not "": these, one behind the other, are the reason.
template <typename Words>
PartRule::Change CompareNamed(std::string_view saved, std::string_view wanted, const Words& words) {
  const auto before = Columns(saved);
  std::vector<std::string> reasons;
  for (const auto& [name, now] : Columns(wanted)) {
    const auto was = before.find(name);
    if (was == before.end() || was->second == now) continue;
    std::string reason = words(name, was->second, now);
    if (!reason.empty()) reasons.push_back(std::move(reason));
  }
  return {reasons.empty() ? Verdict::kFull : Verdict::kSemantic,
          fmt::format("{}", fmt::join(reasons, ", "))};
}

// A column that was added or removed is reported by its readers.
PartRule::Change CompareColumns(std::string_view saved, std::string_view wanted) {
  return CompareNamed(saved, wanted,
                      [](const auto& name, const std::string& was, const std::string& now) {
                        const bool metadata = now.starts_with("metadata");
                        if (DefectPlanted(metadata ? "meaning-of-metadata" : "meaning-of-places"))
                          return std::string();
                        return fmt::format("the column {} was {}, is {}", name, was, now);
                      });
}

struct TypeText {
  std::string_view name;
  int64_t length = 0;  // or precision; 0 where none is said
  int64_t scale = 0;
};

// "DECIMAL(10, 2)", "STRING". Of types with angle brackets only what stands in front of these.
TypeText TypeOf(std::string_view text) {
  TypeText type{text.substr(0, text.find_first_of("(<")), 0, 0};
  if (type.name.size() == text.size() || text[type.name.size()] == '<') return type;
  const char* end = text.data() + text.size();
  const auto length = std::from_chars(text.data() + type.name.size() + 1, end, type.length);
  if (end - length.ptr > 2 && *length.ptr == ',') std::from_chars(length.ptr + 2, end, type.scale);
  return type;
}

// The place of a character outside of brackets and of names in backquotes; the text's size if there
// is none.
size_t FindOutside(std::string_view text, char wanted) {
  int depth = 0;
  bool name = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == wanted && depth == 0 && !name) return i;
    if (text[i] == '`') name = !name;  // a doubled one is within the name behind it again
    if (name) continue;
    depth += text[i] == '<' || text[i] == '(' ? 1 : 0;
    depth -= text[i] == '>' || text[i] == ')' ? 1 : 0;
  }
  return text.size();
}

// The types within a type by their names: of a ROW those of its fields, else 0 and 1.
std::map<std::string, std::string_view> TypesWithin(std::string_view text) {
  std::map<std::string, std::string_view> types;
  const size_t open = text.find('<');
  const size_t close = text.rfind('>');
  if (open == std::string_view::npos || close < open) return types;
  std::string_view rest = text.substr(open + 1, close - open - 1);
  while (!rest.empty()) {
    std::string_view type = rest.substr(0, FindOutside(rest, ','));
    rest.remove_prefix(std::min(type.size() + 2, rest.size()));
    std::string name = fmt::to_string(types.size());
    if (type.starts_with('`')) {
      const size_t behind = std::min(FindOutside(type, ' '), type.size() - 1);
      name = type.substr(0, behind);
      type.remove_prefix(behind + 1);
    }
    types.emplace(std::move(name), type);
  }
  return types;
}

// Whether every value that was read as the one type is the same value when read as the other, which
// "0.7" is not as a FLOAT and a DOUBLE. Says nothing about what is within them.
bool ReadsAllOfPlain(std::string_view saved, std::string_view wanted) {
  static constexpr std::string_view kWider[] = {"TINYINT", "SMALLINT", "INT", "BIGINT"};
  const TypeText from = TypeOf(saved);
  const TypeText to = TypeOf(wanted);
  const auto small = std::ranges::find(kWider, from.name);
  if (small != std::end(kWider))
    return std::find(small, std::end(kWider), to.name) != std::end(kWider);
  if (from.name == "VARCHAR" && to.name == "STRING") return true;
  if (from.name != to.name) return false;
  // A time of fewer digits was cut when it was read.
  if (from.name.starts_with("TIME")) return to.length == from.length;
  return to.length >= from.length && to.scale == from.scale;
}

// The same with elements, keys and fields. A field that was added or removed is reported by its
// readers, as a column is.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the type
bool ReadsAll(std::string_view saved, std::string_view wanted) {
  constexpr std::string_view kNotNull = " NOT NULL";
  if (saved.ends_with(kNotNull)) saved.remove_suffix(kNotNull.size());
  if (wanted.ends_with(kNotNull)) wanted.remove_suffix(kNotNull.size());
  if (!ReadsAllOfPlain(saved, wanted)) return false;
  const auto before = TypesWithin(saved);
  for (const auto& [name, now] : TypesWithin(wanted)) {
    const auto was = before.find(name);
    if (was != before.end() && !ReadsAll(was->second, now)) return false;
  }
  return true;
}

// What expressions, conditions and keys above mean depends on what they compute with.
PartRule::Change CompareTypes(std::string_view saved, std::string_view wanted) {
  if (DefectPlanted("meaning-of-source-types")) return {};
  return CompareNamed(
      saved, wanted, [](const auto& name, const std::string& was, const std::string& now) {
        if (ReadsAll(was, now)) return std::string();
        return fmt::format("the type of the column {} was {}, is {}", name, was, now);
      });
}

// Which records are bad, and left out, depends on all columns of a table. Where one of both has no
// such part the option has changed, which is a part of its own.
PartRule::Change CompareBadRecords(std::string_view saved, std::string_view wanted) {
  if (saved.empty() || wanted.empty() || saved == wanted) return {};
  return {
      Verdict::kSemantic,
      fmt::format("bad records are left out, and others are now: the columns were ({}), are ({})",
                  InOneLine(saved), InOneLine(wanted))};
}

// The same of tables that are looked up, a line each.
PartRule::Change CompareFoundRecords(std::string_view saved, std::string_view wanted) {
  return CompareNamed(
      saved, wanted, [](const auto& table, const std::string& was, const std::string& now) {
        return fmt::format(
            "bad records of {} are left out, and others are now: the columns were ({}), are ({})",
            table, was, now);
      });
}

// The results of a call so far were made with its default; a call that is new or gone has none.
PartRule::Change CompareDefaults(std::string_view saved, std::string_view wanted) {
  return CompareNamed(
      saved, wanted, [](const auto& call, const std::string& was, const std::string& now) {
        return fmt::format("{} was {} where there is no row, is {}", call, was, now);
      });
}

// A row that windows give several times counts so often in all that was made of it.
PartRule::Change CompareCopies(std::string_view saved, std::string_view wanted) {
  return {Verdict::kSemantic, fmt::format("windows gave its rows {}, and give them {}",
                                          InOneLine(saved, "once"), InOneLine(wanted, "once"))};
}

// Rows that were written otherwise, or were not, cannot be taken back as they are now.
PartRule::Change CompareEnforcers(std::string_view saved, std::string_view wanted) {
  return {Verdict::kSemantic,
          fmt::format("values were written with: {}; and are with: {}",
                      InOneLine(saved, "as they come"), InOneLine(wanted, "as they come"))};
}

PartRule::Change CompareDropped(std::string_view saved, std::string_view wanted) {
  return {Verdict::kSemantic,
          fmt::format("rows with NULL in {} were left out, and in {} are now",
                      InOneLine(saved, "no column"), InOneLine(wanted, "no column"))};
}

// Warns when the table read on for new data before and no longer does: what came between the
// savepoint and the restore is then lost. A table that follows lines now reads all of that, and one
// that read nothing later before (`saved` is empty) had nothing to lose. One that reads files as
// they come finds the new ones, but no lines at the end of those that it knows.
PartRule::Change CompareReads(std::string_view saved, std::string_view wanted) {
  if (saved.empty() || wanted.starts_with("lines") || DefectPlanted("meaning-of-watching"))
    return {};
  const std::string_view lost = wanted.starts_with("files")
                                    ? "a file that has grown since the savepoint fails the job"
                                    : "what has come since the savepoint is not read";
  return {Verdict::kSemantic, fmt::format("it read {}: {}", saved, lost)};
}

// For operators whose state has one row per key for as long as the result contains it, unless rows
// expire.
std::string LacksExpired(const graph::OperatorSpec&, const OperatorStateSchema&, bool expires) {
  return expires ? "what has expired is not in its state" : "";
}

std::string LacksGroups(const graph::OperatorSpec& spec, const OperatorStateSchema& schema,
                        bool expires) {
  for (const Field& key : schema.tables.front().key) {
    if (!graph::KeyGivesValue(key.type))
      return fmt::format("its state keeps {} as a key only", key.name);
  }
  return LacksExpired(spec, schema, expires);
}

std::string LacksKept(const graph::OperatorSpec& spec, const OperatorStateSchema& schema,
                      bool expires) {
  const bool last = std::get<graph::DeduplicateSpec>(spec).keep_last;
  return last ? LacksExpired(spec, schema, expires)
              : "its state keeps the keys of first rows, not the rows";
}

std::string LacksPast(const graph::OperatorSpec&, const OperatorStateSchema&, bool) {
  return "windows leave its state when they are put out";
}

std::string LacksSent(const graph::OperatorSpec&, const OperatorStateSchema&, bool) {
  return "rows leave its state when they are put out";
}

// Open windows have emitted nothing yet, so the change applies to them; what others emitted stays.
PartRule::Change CompareFirstOfWindow(std::string_view saved, std::string_view wanted) {
  return {Verdict::kSemantic, RankWas("first", saved, wanted) + ": of closed windows it stays"};
}

PartRule::Change CompareLastOfWindow(std::string_view saved, std::string_view wanted) {
  if (RankOf(wanted) > RankOf(saved)) return CompareLastRank(saved, wanted);
  return {Verdict::kSemantic, RankWas("last", saved, wanted) + ": of closed windows it stays"};
}

std::vector<KindRules> RulesOfJoins() {
  return {
      // An inner join counts no matches, and which pairs a condition let pass cannot be
      // reconstructed.
      {.kind = "Join",
       .fixed_parts = {"join", "condition"},
       .rows_in_words = "rows of both inputs",
       .reorder_keys = ReorderPairs<graph::JoinSpec>},
      {.kind = "IntervalJoin",
       .fixed_parts = {"join", "condition", "time"},
       .compared_parts = {{"interval", CompareInterval}},
       .rows_in_words = "rows of both inputs",
       .reorder_keys = ReorderPairs<graph::IntervalJoinSpec>},
      {.kind = "WindowJoin",
       .fixed_parts = {"join", "condition", "window"},
       .rows_in_words = "rows of open windows"},
      // Which version a row is joined with depends on the key and the times alone and is decided
      // when the row is emitted, so a new condition only concerns rows that still wait.
      {.kind = "TemporalJoin",
       .fixed_parts = {"time"},
       .rows_in_words = "rows that wait and versions",
       .columns_may_start_late = true,
       .lacks_result = LacksSent,
       .reorder_keys = ReorderPairs<graph::TemporalJoinSpec>},
      {.kind = "LookupJoin"},
  };
}

// Operators that give rows in the order of time.
std::vector<KindRules> RulesOfTime() {
  return {
      // Rows wait under their time; those of one time keep the order in which they came in.
      {.kind = "TemporalSort",
       .fixed_parts = {"time"},
       .rows_in_words = "rows that wait",
       .columns_may_start_late = true,
       .lacks_result = LacksSent},
      // Rows that have left a frame are gone, and an accumulator is that of the frame for which it
      // was made.
      {.kind = "OverAggregate",
       .fixed_parts = {"time", "frame"},
       .rows_in_words = "rows that wait or are in frames",
       .columns_may_start_late = true,
       .lacks_result = LacksSent,
       .reorder_keys = ReorderPartition<graph::OverAggregateSpec>},
      // The rows lie in their order, each with its results.
      {.kind = "OverRecompute",
       .fixed_parts = {"order", "frame", "calls"},
       .rows_in_words = "rows",
       .lacks_result = LacksExpired,
       .reorder_keys = ReorderPartition<graph::OverRecomputeSpec>},
      // Rows that no frame reaches back to are gone, or in the accumulators of a call.
      {.kind = "OverAhead",
       .fixed_parts = {"time", "calls"},
       .rows_in_words = "rows that wait or are in frames",
       .columns_may_start_late = true,
       .lacks_result = LacksSent,
       .reorder_keys = ReorderPartition<graph::OverAheadSpec>},
      // A run is at a position of its pattern, has passed its conditions, and remembers the rows
      // that conditions and measures read. Its output begins with the partition, in that order.
      {.kind = "Match",
       .fixed_parts = {"time", "pattern", "condition", "remembers"},
       .rows_in_words = "rows that wait or have matched",
       .columns_may_start_late = true,
       .lacks_result = LacksSent},
  };
}

std::vector<KindRules> RulesOfOthers() {
  return {
      // Positions in files or generators mean nothing to a source of another kind. Checkpoints of
      // versions without a table of finished splits list those with the others.
      {.kind = "Scan",
       .fixed_parts = {"connector"},
       .compared_parts = {{"columns", CompareColumns},
                          {"types", CompareTypes},
                          {"bad records", CompareBadRecords},
                          {"reads", CompareReads}},
       .rows_in_words = "partitions",
       .tables_may_start_empty = true},
      {.kind = "Values"},
      {.kind = "Watermark", .fixed_parts = {"time"}, .rows_in_words = "partitions"},
      {.kind = "Calc"},
      {.kind = "GroupAggregate",
       .accumulates = true,
       .rows_in_words = "existing groups",
       .lacks_result = LacksGroups,
       .reorder_keys = ReorderKeys<graph::GroupAggregateSpec>},
      // Session windows whose rows are not aggregated; other windows keep nothing.
      {.kind = "WindowAssign",
       .fixed_parts = {"window", "time", "zone"},
       .lacks_result = LacksPast},
      {.kind = "WindowAggregate",
       .fixed_parts = {"window", "time", "zone"},
       .accumulates = true,
       .rows_in_words = "open windows",
       .lacks_result = LacksPast,
       .reorder_keys = ReorderKeys<graph::WindowAggregateSpec>},
      {.kind = "Union"},
      // It emits nothing before the end of its input; the Top-N below determines which rows are
      // kept.
      {.kind = "SortLimit", .free_parts = {"rank", "order", "first", "last"}},
      {.kind = "Rank",
       .fixed_parts = {"order", "rank", "update"},
       .compared_parts = {{"first", CompareFirstRank, true},
                          {"last", CompareLastRank, true},
                          {"limit", CompareLimit},
                          {"ranks", CompareRanks}},
       .rows_in_words = "ranked rows",
       .lacks_result = LacksExpired,
       .reorder_keys = ReorderPartition<graph::RankSpec>},
      {.kind = "Deduplicate",
       .fixed_parts = {"keep", "time"},
       .rows_in_words = "rows",
       .columns_may_start_late = true,
       .lacks_result = LacksKept,
       .reorder_keys = ReorderKeys<graph::DeduplicateSpec>},
      {.kind = "ChangelogNormalize",
       .rows_in_words = "rows",
       .columns_may_start_late = true,
       .lacks_result = LacksExpired,
       .reorder_keys = ReorderKeys<graph::ChangelogNormalizeSpec>},
      // The key of the input determined which rows were retracted.
      {.kind = "UpsertMaterialize",
       .fixed_parts = {"update"},
       .rows_in_words = "rows",
       .columns_may_start_late = true,
       .reorder_keys = ReorderKeys<graph::UpsertMaterializeSpec>},
      // Rows that were passed over are gone; what comes meets those that were not.
      {.kind = "UpsertCompact",
       .fixed_parts = {"update"},
       .rows_in_words = "rows",
       .reorder_keys = ReorderKeys<graph::UpsertCompactSpec>},
      {.kind = "WindowRank",
       .fixed_parts = {"order", "rank", "window", "time"},
       .compared_parts = {{"first", CompareFirstOfWindow}, {"last", CompareLastOfWindow}},
       .rows_in_words = "open windows",
       .lacks_result = LacksPast},
      {.kind = "Sink", .fixed_parts = {"connector"}, .writes = true},
      {.kind = "Collect"},
      {.kind = "Replicate"},
      {.kind = "ToChangelog"},
      {.kind = "FromChangelog"},
      {.kind = "Recursion", .fixed_parts = {"returned"}},
  };
}

}  // namespace

std::span<const KindRules> AllKindRules() {
  static const std::vector<KindRules> kRules = [] {
    std::vector<KindRules> all = RulesOfOthers();
    std::ranges::move(RulesOfJoins(), std::back_inserter(all));
    std::ranges::move(RulesOfTime(), std::back_inserter(all));
    // Any operator's rows may have columns that were looked up.
    for (KindRules& one : all) {
      one.compared_parts.push_back({"lookup columns", CompareColumns});
      one.compared_parts.push_back({"lookup types", CompareTypes});
      one.compared_parts.push_back({"lookup bad records", CompareFoundRecords});
      one.compared_parts.push_back({"copies", CompareCopies});
      one.compared_parts.push_back({"defaults", CompareDefaults});
      one.compared_parts.push_back({"enforcer", CompareEnforcers});
      one.compared_parts.push_back({"drops NULL of", CompareDropped});
    }
    return all;
  }();
  return kRules;
}

const KindRules* RulesOf(std::string_view kind) {
  const std::span<const KindRules> rules = AllKindRules();
  const auto found = std::find_if(rules.begin(), rules.end(),
                                  [&](const KindRules& row) { return row.kind == kind; });
  return found == rules.end() ? nullptr : &*found;
}

}  // namespace weir::checkpoint
