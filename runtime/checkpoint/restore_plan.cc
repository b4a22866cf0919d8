#include "runtime/checkpoint/restore_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "runtime/checkpoint/clause_text.h"
#include "runtime/checkpoint/fingerprint.h"
#include "runtime/checkpoint/given_rows.h"
#include "runtime/checkpoint/matching.h"
#include "runtime/checkpoint/mixed_values.h"
#include "runtime/checkpoint/name_list.h"
#include "runtime/checkpoint/renamed_columns.h"
#include "runtime/checkpoint/restore_rules.h"
#include "runtime/checkpoint/seeding.h"
#include "runtime/fault_point.h"

namespace weir::checkpoint {
namespace {

constexpr std::string_view kStartsEmpty = "it starts empty";

// Several tables of one operator may say the same.
std::vector<std::string> EachOnce(const std::vector<std::string>& reasons) {
  std::vector<std::string> once;
  for (const std::string& reason : reasons) {
    if (!Contains(once, reason)) once.push_back(reason);
  }
  return once;
}

// Which of the planted defects concerns a new reader of this kind.
std::string_view ReaderPlant(std::string_view kind) {
  if (kind == "Sink") return "meaning-of-readers";
  return kind == "GroupAggregate" ? "meaning-of-new-aggregates" : "meaning-of-new-ranks";
}

void TakeDirectories(const RestoreClauses& clauses, WantedOperator& wanted) {
  wanted.directory = clauses.directory;
  wanted.former_directory =
      clauses.former_directory.empty() ? clauses.directory : clauses.former_directory;
}

class Planner {
 public:
  Planner(const CheckpointMetadata& saved, const graph::JobGraph& graph,
          const RestoreClauses& clauses)
      : graph_(graph), wanted_(StatefulOperators(graph)), clauses_(clauses) {
    for (WantedOperator& wanted : wanted_) TakeDirectories(clauses, wanted);
    for (const OperatorCheckpoint& op : saved.operators) {
      const bool lost = op.kind == "Values" && DefectPlanted("meaning-of-values");
      if (KeepsState(op) && !lost) saved_.push_back(&op);
    }
  }

  RestorePlan Run() {
    plan_.clauses = TakeColumns();
    Matching matching(saved_, wanted_, of_uids_);
    if (plan_.clauses.ok()) plan_.clauses = matching.Run();
    if (plan_.clauses.ok()) plan_.clauses = CheckNames();
    if (!plan_.clauses.ok()) {
      plan_.allowed = false;
      return std::move(plan_);
    }
    NameSaved(matching);
    for (size_t w = 0; w < wanted_.size(); ++w) AddWanted(matching, w);
    CompareInputs(matching);
    for (size_t s = 0; s < saved_.size(); ++s) {
      if (!matching.used(s)) AddDropped(*saved_[s]);
    }
    AddParted(matching);
    FindRenames(matching);
    plan_.allowed =
        std::ranges::all_of(plan_.rows, [](const RestoreRow& row) { return row.to_type.empty(); });
    return std::move(plan_);
  }
  // Pairs of uids that look like renames and that no clause mentions. REQUIRES: Run.
  const std::vector<std::pair<std::string, std::string>>& renames() const { return renames_; }

 private:
  // Takes out the mappings of columns, which the planner has already applied to the names in the
  // graph's meanings. Those of uids go to the matching.
  Status TakeColumns() {
    of_uids_ = clauses_;
    of_uids_.mappings.clear();
    std::set<std::pair<std::string, std::string>> taken;
    bool renamed = false;
    for (const auto& [from, to] : clauses_.mappings) {
      const ColumnPlace before = ColumnPlaceOf(from);
      if (FindSaved(from) != nullptr || FindSaved(before.source) == nullptr) {
        of_uids_.mappings.emplace_back(from, to);
        continue;
      }
      const ColumnPlace now = ColumnPlaceOf(to);
      RETURN_IF_ERROR(CheckColumn(ColumnsOf(FindSaved(before.source)->fingerprint), from, before));
      const auto wanted = std::ranges::find(wanted_, now.source, &WantedOperator::uid);
      if (wanted == wanted_.end()) return BadMapping("the query has no such column", to, {});
      RETURN_IF_ERROR(CheckColumn(ColumnsOf(wanted->fingerprint), to, now));
      if (!taken.emplace("from " + before.source, before.column).second)
        return BadMapping("a column is mapped twice", from, {});
      if (!taken.emplace("to " + now.source, now.column).second)
        return BadMapping("two columns are mapped to", to, {});
      renamed = true;
    }
    for (WantedOperator& wanted : wanted_) {
      if (!renamed) wanted.renamed_fingerprint.clear();
    }
    return {};
  }

  static std::vector<std::string> ColumnsOf(const std::string& fingerprint) {
    return TableColumns(ParseMeaning(fingerprint));
  }
  static Status CheckColumn(const std::vector<std::string>& known, const std::string& text,
                            const ColumnPlace& place) {
    if (Contains(known, place.column)) return {};
    std::vector<std::string> names;
    for (const std::string& name : known) names.push_back(place.source + "." + name);
    return BadMapping("the table has no such column", text, names);
  }

  Status CheckNames() const {
    std::vector<std::string> saved;
    for (const OperatorCheckpoint* op : saved_) {
      saved.push_back(op->uid);
      saved.insert(saved.end(), op->also.begin(), op->also.end());
    }
    std::vector<std::string> wanted;
    for (size_t w = 0; w < wanted_.size(); ++w) wanted.push_back(wanted_[w].uid);
    for (const std::string& uid : clauses_.allow_drop) {
      if (!Contains(saved, uid))
        return BadName("ALLOW DROP: the checkpoint has no such uid", uid, saved);
    }
    for (const std::string& uid : clauses_.accept_changes) {
      if (!Contains(wanted, uid))
        return BadName("ACCEPT CHANGES: the query has no such uid", uid, wanted);
    }
    return {};
  }

  RestoreRow RowOf(const WantedOperator& wanted) const {
    RestoreRow row;
    row.uid = wanted.uid;
    row.kind = wanted.kind;
    row.span = wanted.span;
    row.node = wanted.node;
    row.schema = SchemaInWords(wanted.schema);
    return row;
  }

  void AddWanted(const Matching& matching, size_t w) {
    WantedOperator& wanted = wanted_[w];
    RestoreRow row = RowOf(wanted);
    if (matching.of(w) < 0) {
      row.verdict = Verdict::kNew;
      row.reason = kStartsEmpty;
      plan_.rows.push_back(std::move(row));
      return;
    }
    const OperatorCheckpoint& saved = *saved_[static_cast<size_t>(matching.of(w))];
    std::string displaced = InputElsewhere(saved, wanted);
    if (!displaced.empty() && HasInputsExchanged(saved, wanted)) {
      wanted.exchanged = true;
      displaced.clear();
    }
    Comparison comparison = CompareState(saved, wanted);
    if (!displaced.empty()) Displace(std::move(displaced), wanted, comparison);
    if (saved.uid != wanted.uid) {
      comparison.reasons.insert(comparison.reasons.begin(),
                                fmt::format("it was {}{}", saved.uid,
                                            matching.by_itself(w) ? ", the only one like it" : ""));
    }
    row.saved_uid = saved.uid;
    row.verdict = comparison.verdict;
    row.reason = fmt::format("{}", fmt::join(EachOnce(comparison.reasons), "; "));
    row.gave = Gave(saved);
    row.rows = saved.rows;
    row.bytes = saved.bytes;
    row.watermark_millis = saved.watermark_millis;
    const bool goes_on = comparison.verdict != Verdict::kIncompatible;
    if (goes_on && (comparison.needs_partial || comparison.needs_accept))
      row.mixed = MixedIn(saved, wanted);
    row.saved_schema = SchemaInWords(saved.schema);
    row.key_order = std::move(comparison.key_order);
    row.tables = std::move(comparison.tables);
    Decide(comparison, saved, row);
    plan_.rows.push_back(std::move(row));
  }

  void NameSaved(const Matching& matching) {
    for (size_t w = 0; w < wanted_.size(); ++w) {
      if (matching.of(w) < 0) continue;
      const OperatorCheckpoint& one = *saved_[static_cast<size_t>(matching.of(w))];
      goes_on_.insert(wanted_[w].uid);
      names_now_[one.uid].push_back(wanted_[w].uid);
      for (const std::string& also : one.also) names_now_[also].push_back(wanted_[w].uid);
    }
  }

  // The saved places of an operator's inputs, under the uids that those have now; the sides of a
  // join are exchanged if `mirrored`.
  InputPlaces PlacesBefore(const OperatorCheckpoint& saved, bool mirrored) const {
    InputPlaces places;
    for (const auto& [place, uids] : InputPlacesOf(ParseMeaning(saved.fingerprint))) {
      std::string here = place;
      const size_t blank = std::min(place.find(' '), place.size());
      const std::string side = place.substr(0, blank);
      if (mirrored && side == "left") here = "right" + place.substr(blank);
      if (mirrored && side == "right") here = "left" + place.substr(blank);
      std::map<std::string, uint64_t>& there = places[here];
      for (const auto& [uid, times] : uids) {
        const auto now = names_now_.find(uid);
        if (now == names_now_.end()) continue;
        for (const std::string& one : now->second) there[one] += times;
      }
    }
    return places;
  }

  // In words, an input that goes on and is read from a place from which another one was read; "" if
  // there is none. What looks alike is told apart by nothing else.
  std::string InputElsewhere(const OperatorCheckpoint& saved, const WantedOperator& wanted,
                             bool mirrored = false) const {
    const InputPlaces now = InputPlacesOf(ParseMeaning(wanted.fingerprint));
    if (now.empty() || DefectPlanted("inputs-anywhere")) return "";
    const InputPlaces before = PlacesBefore(saved, mirrored);
    for (const auto& [place, uids] : now) {
      const auto known = before.find(place);
      if (known == before.end()) continue;
      for (const auto& [uid, times] : uids) {
        const auto read = known->second.find(uid);
        if (read != known->second.end() && read->second >= times) continue;
        if (goes_on_.contains(uid)) return fmt::format("it reads {} where it read another", uid);
      }
    }
    return "";
  }
  // Whether a join is the same with its inputs exchanged, and that is what happened to them.
  bool HasInputsExchanged(const OperatorCheckpoint& saved, const WantedOperator& wanted) const {
    const std::string self = TextOf(ParseMeaning(saved.fingerprint), "self");
    return !self.empty() && self == TextOf(ParseMeaning(wanted.fingerprint), "mirror") &&
           InputElsewhere(saved, wanted, true).empty();
  }
  // What takes rows back would come to the state of other rows.
  static void Displace(std::string reason, const WantedOperator& wanted, Comparison& comparison) {
    const bool keeps = !wanted.schema.tables.empty();
    comparison.verdict =
        std::max(comparison.verdict, keeps ? Verdict::kIncompatible : Verdict::kSemantic);
    if (!keeps) comparison.needs_accept = true;
    comparison.reasons.push_back(std::move(reason));
  }

  void Decide(const Comparison& comparison, const OperatorCheckpoint& saved,
              RestoreRow& row) const {
    const bool incompatible = comparison.verdict == Verdict::kIncompatible;
    const bool ignored = !incompatible && DefectPlanted("meaning-of-allow-drop");
    if (Contains(clauses_.allow_drop, NameToDrop(saved, row.uid)) && !ignored) {
      if (!incompatible) row.verdict = Verdict::kReset;
      return StartEmpty(incompatible ? row.reason : "", row);
    }
    if (incompatible) return NeedsDrop(NameToDrop(saved, row.uid), row);
    if (comparison.needs_partial && !clauses_.allow_partial) row.to_type = "ALLOW PARTIAL";
    if (!comparison.needs_accept || Contains(clauses_.accept_changes, row.uid)) return;
    row.to_type +=
        fmt::format("{}ACCEPT CHANGES ({})", row.to_type.empty() ? "" : " ", Quoted(row.uid));
  }

  static void NeedsDrop(const std::string& uid, RestoreRow& row) {
    row.to_drop = uid;
    row.to_type = fmt::format("ALLOW DROP ({})", Quoted(uid));
  }

  // The name that ALLOW DROP expects for the state of a wanted operator. If several operators
  // shared a state, each is known by its own name.
  static std::string NameToDrop(const OperatorCheckpoint& saved, const std::string& wanted) {
    return Contains(saved.also, wanted) ? wanted : saved.uid;
  }

  static void StartEmpty(const std::string& why, RestoreRow& row) {
    row.starts_empty = true;
    row.reason = why + (why.empty() ? "" : "; ") +
                 (row.kind == "Scan" ? "its positions are dropped and it is read from the start"
                                     : fmt::format("its state is dropped and {}", kStartsEmpty));
    row.tables.clear();
    row.key_order.clear();
    row.mixed = {};
  }

  // Checks what one operator alone does not show: which operators read from which, and whether a
  // reader has seen what its input emitted before.
  void CompareInputs(const Matching& matching) {
    // A watermark that has seen a table's rows would declare them late when the table is read
    // again, so it starts again too.
    for (RestoreRow& row : plan_.rows) {
      if (row.kind != "Watermark" || row.saved_uid.empty() || row.starts_empty) continue;
      const RestoreRow* source = RowOf("src:" + row.uid.substr(std::string_view("wm:").size()));
      if (source == nullptr || !source->starts_empty) continue;
      row.verdict = Verdict::kReset;
      row.to_type.clear();
      StartEmpty("its table is read from the start", row);
    }
    NoteRowsOfBefore();
    for (size_t w = 0; w < wanted_.size(); ++w) CompareInputsOf(matching, w);
  }

  void CompareInputsOf(const Matching& matching, size_t w) {
    const WantedOperator& wanted = wanted_[w];
    RestoreRow& row = plan_.rows[w];
    if (wanted.kind == "Scan" || wanted.kind == "Watermark") return;
    if (row.saved_uid.empty() && HadAllRows(row.node)) return;
    const bool anew = StartsAnew(row);
    if (const std::string reader = ReaderThatGoesOn(row); !reader.empty()) {
      return NeedsAccept(fmt::format("{} goes on, and of the rows that came to it before none is "
                                     "known here: what takes them back is ignored",
                                     reader),
                         row);
    }
    if (const std::string parted = PartedThatGoesOn(wanted, row); !parted.empty()) {
      return NeedsAccept(fmt::format("{} goes on, the same clause for other readers, and what came "
                                     "to it before is missing here",
                                     parted),
                         row);
    }
    const std::vector<MeaningPart> meaning = ParseMeaning(wanted.fingerprint);
    std::vector<std::string> reasons;
    for (const std::string& uid : InputsOf(meaning)) {
      const RestoreRow* input = RowOf(uid);
      if (input == nullptr) continue;
      const std::string reason = anew ? MissedBy(row, *input) : MixedUp(matching, w, *input);
      if (!reason.empty()) reasons.push_back(reason);
    }
    if (reasons.empty()) return;
    if (anew) {
      SeedResult seeds = SourcesOfSeeds(matching, row.node);
      if (seeds.why_not.empty()) return BeginWith(std::move(seeds.from), row);
      reasons.push_back(std::move(seeds.why_not));
    }
    NeedsAccept(fmt::format("{}", fmt::join(reasons, "; ")), row);
  }

  void NeedsAccept(const std::string& reason, RestoreRow& row) const {
    row.reason += fmt::format("{}{}", row.reason.empty() ? "" : "; ", reason);
    if (row.saved_uid.empty() || GoesOn(row)) row.verdict = Verdict::kSemantic;
    const std::string accept = fmt::format("ACCEPT CHANGES ({})", Quoted(row.uid));
    const bool said = Contains(clauses_.accept_changes, row.uid);
    if (said || row.to_type.find(accept) != std::string::npos) return;
    row.to_type += (row.to_type.empty() ? "" : " ") + accept;
  }

  // Operators that the planner inserts between a clause and its reader. They are not in the meaning
  // of either, so nothing else notices that one is new.
  static bool IsBetween(const RestoreRow& row) {
    return row.kind == "ChangelogNormalize" || row.kind == "UpsertMaterialize" ||
           row.kind == "UpsertCompact";
  }
  // New, without the state that it had, or to be allowed to start without it.
  static bool StartsAnew(const RestoreRow& row) {
    return row.saved_uid.empty() || row.starts_empty || row.verdict == Verdict::kIncompatible;
  }
  static bool GoesOn(const RestoreRow& row) { return !StartsAnew(row); }
  // For a new operator of that kind, the reader behind it that goes on, if rows were emitted to it
  // before; else "". Retractions of those rows would find nothing in the new operator.
  std::string ReaderThatGoesOn(const RestoreRow& row) const {
    if (!IsBetween(row) || !row.saved_uid.empty() || DefectPlanted("between-starts-empty"))
      return "";
    return GaveBefore(row.node) ? OldReaderOf(row.node) : "";
  }
  // Of a new operator that conditions of its readers part from others of a clause, one of these
  // that goes on and has rows; else "". Its state was no use to the new one.
  std::string PartedThatGoesOn(const WantedOperator& wanted, const RestoreRow& row) const {
    if (!row.saved_uid.empty() || !IsParted(wanted)) return "";
    for (const RestoreRow& other : plan_.rows) {
      const bool has = other.gave || other.rows > 0;
      if (has && GoesOn(other) && AreOfOneClause(other.uid, wanted.uid)) return other.uid;
    }
    return "";
  }
  // The nearest operator with state above a node, or a sink, if it goes on; else "".
  std::string OldReaderOf(int node) const {
    std::set<int> ways = {node};
    for (size_t i = static_cast<size_t>(node) + 1; i < graph_.nodes.size(); ++i) {
      const graph::Node& reader = graph_.nodes[i];
      const auto reads = [&](const graph::Edge& edge) { return ways.contains(edge.from); };
      if (std::ranges::none_of(reader.inputs, reads)) continue;
      const RestoreRow* row = RowOf(reader.uid);
      if (row == nullptr || (IsBetween(*row) && row->saved_uid.empty())) {
        ways.insert(reader.index);
      } else if (GoesOn(*row)) {
        return row->uid;
      }
    }
    return "";
  }
  // Whether an operator below a node goes on and has emitted rows before.
  bool GaveBefore(int node) const {
    std::set<int> below = {node};
    for (int i = node; i >= 0; --i) {
      if (!below.contains(i)) continue;
      const graph::Node& one = graph_.nodes[static_cast<size_t>(i)];
      const RestoreRow* row = RowOf(one.uid);
      if (i != node && row != nullptr && GoesOn(*row) && row->gave) return true;
      for (const graph::Edge& edge : one.inputs) below.insert(edge.from);
    }
    return false;
  }

  // Whether the rows that a new Top-N would have emitted are already in the sort above it, which
  // kept all rows when there was no Top-N.
  bool HadAllRows(int node) const {
    return std::ranges::any_of(plan_.rows, [&](const RestoreRow& row) {
      return KeptAllRows(row) &&
             graph_.nodes.at(static_cast<size_t>(row.node)).inputs[0].from == node;
    });
  }
  // Whether a sort was saved before there was a Top-N below it, or with more rows than one keeps.
  bool KeptAllRows(const RestoreRow& row) const {
    if (row.node < 0 || row.saved_uid.empty() || row.starts_empty) return false;
    const graph::Node& node = graph_.nodes.at(static_cast<size_t>(row.node));
    const auto* sort = std::get_if<graph::SortLimitSpec>(&node.spec);
    if (sort == nullptr || !sort->below_is_top || row.verdict == Verdict::kIncompatible)
      return false;
    const std::string& top = graph_.nodes.at(static_cast<size_t>(node.inputs[0].from)).uid;
    const RestoreRow* below = RowOf(top);
    return below != nullptr && below->saved_uid.empty();
  }
  void NoteRowsOfBefore() {
    for (RestoreRow& row : plan_.rows) {
      if (!KeptAllRows(row)) continue;
      row.verdict = std::max(row.verdict, Verdict::kMigrate);
      row.reason += fmt::format("{}all rows were kept: those behind the last rank leave",
                                row.reason.empty() ? "" : "; ");
    }
  }

  // Whether a saved operator has emitted rows, which new readers miss.
  static bool Gave(const OperatorCheckpoint& saved) {
    if (const std::optional<uint64_t> given = GivenBefore(saved)) return *given > 0;
    const bool by_time = saved.kind.starts_with("Window") || saved.kind == "IntervalJoin";
    return saved.rows > 0 || (by_time && saved.watermark_millis > Timestamp::Min().millis);
  }

  // Why a new operator does not see all rows of `input`; "" if it does.
  static std::string MissedBy(const RestoreRow& row, const RestoreRow& input) {
    if (!GoesOn(input) || !input.gave || input.kind == "Scan" || row.kind == "ChangelogNormalize")
      return "";
    if (DefectPlanted(ReaderPlant(row.kind))) return "";
    return fmt::format("{} goes on, and what it has given before is missing here", input.uid);
  }

  static void BeginWith(std::vector<std::string> from, RestoreRow& row) {
    const size_t empty = row.reason.rfind(kStartsEmpty);
    if (empty == std::string::npos) {
      row.reason += "; once its state is dropped, ";
    } else {
      row.reason.erase(empty);
    }
    row.reason += fmt::format("it begins with what {} {} given so far", fmt::join(from, ", "),
                              from.size() == 1 ? "has" : "have");
    row.seeded_from = std::move(from);
  }

  // What a new reader must be seeded with so that it misses nothing. `above` it are the nodes that
  // are asked for it, which a recursion reads again.
  SeedResult SourcesOfSeeds(const Matching& matching, int reader, std::set<int> above = {}) const {
    above.insert(reader);
    return SeedsOf(graph_, reader, [&](const std::string& uid) {
      const auto wanted = std::ranges::find(wanted_, uid, &WantedOperator::uid);
      const auto w = static_cast<size_t>(wanted - wanted_.begin());
      if (StartsAnew(plan_.rows[w])) return StateOfAnew(matching, plan_.rows[w], above);
      return StateToSeed(plan_.rows[w], *wanted, *saved_[static_cast<size_t>(matching.of(w))]);
    });
  }

  // Tables keep no rows that they gave.
  static bool IsTable(const RestoreRow& row) {
    return row.kind == "Scan" || row.kind == "Watermark" || row.kind == "Values";
  }
  // What a reader can be given of an operator that starts anew as it does itself: all of it, if
  // that operator has seen all, or has been sent what it missed.
  SeedState StateOfAnew(const Matching& matching, const RestoreRow& row,
                        const std::set<int>& above) const {
    if (!row.seeded_from.empty() || above.contains(row.node)) return {.whole = true};
    if (row.verdict == Verdict::kSemantic)
      return {.why_not = "it misses what was given before, too"};
    if (IsTable(row)) return {.whole = true};
    SeedResult below = SourcesOfSeeds(matching, row.node, above);
    if (below.nothing_missed) return {.whole = true};
    return {.why_not = std::move(below.why_not)};
  }

  // What an operator that goes on can supply. Tables keep no rows, and a state that was changed on
  // the way is not certain to be the result that its readers were sent.
  SeedState StateToSeed(const RestoreRow& row, const WantedOperator& wanted,
                        const OperatorCheckpoint& saved) const {
    if (IsTable(row)) return {.why_not = "rows that it gave before are not kept"};
    if (!row.gave) return {.whole = true};
    if (row.verdict != Verdict::kFull && row.verdict != Verdict::kMigrate)
      return {.why_not = fmt::format("it is {}", VerdictName(row.verdict))};
    const KindRules& rules = *RulesOf(row.kind);
    if (rules.lacks_result == nullptr)
      return {.why_not = "its state holds other rows than it gave"};
    const graph::OperatorSpec& spec = graph_.nodes.at(static_cast<size_t>(row.node)).spec;
    const bool expires = Forgot(saved) || Expires(wanted.schema);
    for (const OperatorStateSchema* schema : {&saved.schema, &wanted.schema}) {
      if (std::string why = rules.lacks_result(spec, *schema, expires); !why.empty())
        return {.why_not = std::move(why)};
    }
    return {};
  }

  // Why the state of an operator was not computed from what it reads now; "" if it was.
  std::string MixedUp(const Matching& matching, size_t w, const RestoreRow& input) const {
    const OperatorCheckpoint& saved = *saved_[static_cast<size_t>(matching.of(w))];
    if (IsFormer(saved.fingerprint)) return "";
    const bool keeps_rows = !saved.schema.tables.empty();
    if (input.kind == "ChangelogNormalize" && input.saved_uid.empty()) return "";
    if (!input.seeded_from.empty())
      return fmt::format(
          "{} gives all of its result now, and nothing that came before is taken back", input.uid);
    const std::vector<std::string> before = InputsOf(ParseMeaning(saved.fingerprint));
    if (input.kind == "Scan" && keeps_rows) {
      const std::string left = TableLeft(w, before);
      if (!left.empty() && !Contains(before, input.saved_uid))
        return fmt::format("it reads {} now{}, and what {} gave is kept here", input.uid,
                           StartsAnew(input) ? " from the start" : "", left);
    }
    if (StartsAnew(input)) {
      const bool matters = keeps_rows && (input.kind != "Scan" || !input.saved_uid.empty());
      return matters
                 ? fmt::format("{} starts anew, and what it gave before is kept here", input.uid)
                 : "";
    }
    if (input.kind == "Scan") return "";
    const OperatorCheckpoint* one = FindSaved(input.saved_uid);
    const bool same = one == nullptr || Contains(before, one->uid) ||
                      std::ranges::any_of(
                          one->also, [&](const std::string& uid) { return Contains(before, uid); });
    return same ? "" : fmt::format("it did not read {} before", input.uid);
  }

  // A table that an operator read before, and does not read any more; "" if there is none.
  std::string TableLeft(size_t w, const std::vector<std::string>& before) const {
    if (DefectPlanted("tables-read-anew")) return "";
    for (const std::string& uid : before) {
      const OperatorCheckpoint* const table = FindSaved(uid);
      if (table == nullptr || table->kind != "Scan") continue;
      bool read = false;
      for (const std::string& now : InputsOf(ParseMeaning(wanted_[w].fingerprint))) {
        const RestoreRow* const row = RowOf(now);
        read |= row != nullptr && row->saved_uid == uid;
      }
      if (!read) return uid;
    }
    return "";
  }

  const RestoreRow* RowOf(std::string_view uid) const {
    for (size_t w = 0; w < wanted_.size(); ++w) {
      if (wanted_[w].uid == uid) return &plan_.rows[w];
    }
    return nullptr;
  }
  const OperatorCheckpoint* FindSaved(std::string_view uid) const {
    const auto found = std::ranges::find_if(
        saved_, [&](const OperatorCheckpoint* one) { return one->uid == uid; });
    return found == saved_.end() ? nullptr : *found;
  }

  // Clauses that became equal are computed once. Only the user knows which of their states is
  // right.
  std::string ReasonToDrop(const OperatorCheckpoint& saved) const {
    for (const WantedOperator& wanted : wanted_) {
      if (!Contains(wanted.also, saved.uid)) continue;
      return fmt::format("it is computed once now, as {}, with the state of that", wanted.uid);
    }
    return "the query has no such operator";
  }

  // Whether it is a sink that writes each row at once and has no place of its own (print,
  // blackhole). Nothing is lost with it, so it may be left out like an operator without state.
  static bool HoldsNothing(const OperatorCheckpoint& saved) {
    return saved.kind == "Sink" && saved.place.empty() && saved.committables.empty() &&
           saved.output.empty() && saved.schema.tables.empty();
  }

  void AddDropped(const OperatorCheckpoint& saved) {
    RestoreRow row;
    row.uid = saved.uid;
    row.saved_uid = saved.uid;
    row.kind = saved.kind;
    row.verdict = Verdict::kDrop;
    row.reason = ReasonToDrop(saved);
    row.rows = saved.rows;
    row.bytes = saved.bytes;
    row.saved_schema = SchemaInWords(saved.schema);
    if (!saved.committables.empty() || !saved.output.empty())
      row.reason += "; output that is not committed yet goes with it";
    if (HoldsNothing(saved)) {
      row.reason += ", and nothing was kept for it";
    } else if (!clauses_.allow_non_restored && !Contains(clauses_.allow_drop, saved.uid)) {
      NeedsDrop(saved.uid, row);
    }
    plan_.rows.push_back(std::move(row));
  }

  // A clause that shared its state with others is gone, and a similar one starts empty. It may be
  // the same clause under another name, whose state would be lost silently, so the drop must be
  // allowed.
  void AddParted(const Matching& matching) {
    for (const Matching::Rename& rename : matching.Renames()) {
      const OperatorCheckpoint& saved = *saved_[rename.saved];
      if (rename.saved_uid == saved.uid) continue;
      RestoreRow row;
      row.uid = rename.saved_uid;
      row.kind = saved.kind;
      row.verdict = Verdict::kDrop;
      row.reason = fmt::format(
          "the query has no such operator; {}, which was computed once for both,"
          " goes on",
          saved.uid);
      row.saved_schema = SchemaInWords(saved.schema);
      if (!clauses_.allow_non_restored && !Contains(clauses_.allow_drop, row.uid))
        NeedsDrop(row.uid, row);
      plan_.rows.push_back(std::move(row));
    }
  }

  void FindRenames(const Matching& matching) {
    if (clauses_.allow_non_restored) return;
    for (const auto& [w, s, uid] : matching.Renames()) {
      if (!HoldsNothing(*saved_[s]) && !Contains(clauses_.allow_drop, uid))
        renames_.emplace_back(uid, wanted_[w].uid);
    }
  }

  const graph::JobGraph& graph_;
  std::vector<const OperatorCheckpoint*> saved_;
  std::vector<WantedOperator> wanted_;
  const RestoreClauses& clauses_;
  RestoreClauses of_uids_;  // without mappings of columns
  // What saved uids are called now, and which wanted operators were saved. As soon as they match.
  std::map<std::string, std::vector<std::string>> names_now_;
  std::set<std::string> goes_on_;
  RestorePlan plan_;
  std::vector<std::pair<std::string, std::string>> renames_;
};

// Adds the clauses that the rows of a refused plan ask for.
RestoreClauses WithAsked(RestoreClauses clauses, const RestorePlan& plan) {
  const auto add = [](const std::string& uid, std::vector<std::string>& list) {
    if (!Contains(list, uid)) list.push_back(uid);
  };
  for (const RestoreRow& row : plan.rows) {
    clauses.allow_partial |= row.to_type.find("ALLOW PARTIAL") != std::string::npos;
    if (!row.to_drop.empty()) add(row.to_drop, clauses.allow_drop);
    if (row.to_type.find("ACCEPT CHANGES") != std::string::npos)
      add(row.uid, clauses.accept_changes);
  }
  return clauses;
}

// Clauses with which the restore would be allowed: what looks like a rename is mapped, and whatever
// the plan then asks for is added, until it asks for nothing. This takes several plans, as each
// clause can make others necessary: an operator that is mapped goes on, and so its readers see
// other rows.
RestoreClauses Offered(const CheckpointMetadata& saved, const graph::JobGraph& graph,
                       const RestoreClauses& clauses,
                       const std::vector<std::pair<std::string, std::string>>& renames) {
  // In case plans go on asking. The clauses may not be enough then, and the next plan asks for
  // more.
  constexpr int kMostRounds = 8;
  RestoreClauses offered = clauses;
  offered.mappings.insert(offered.mappings.end(), renames.begin(), renames.end());
  for (int round = 0; round < kMostRounds; ++round) {
    const RestorePlan plan = Planner(saved, graph, offered).Run();
    if (plan.allowed || !plan.clauses.ok()) break;
    offered = WithAsked(std::move(offered), plan);
  }
  return offered;
}

bool SameOperator(const OperatorCheckpoint& op, const WantedOperator& wanted) {
  if (op.uid != wanted.uid) return false;
  if (DefectPlanted("in-flight-by-spelling")) return op.fingerprint == wanted.fingerprint;
  return SameMeaning(op, wanted);
}

// Rows in flight were made by the operators before them, and are for those behind (Flink: no
// upgrade of a job from an unaligned checkpoint). Local phases depend on the parallelism, and keep
// nothing.
Status CheckRowsInFlight(const CheckpointMetadata& saved, const graph::JobGraph& graph,
                         const RestoreClauses& clauses) {
  if (std::ranges::none_of(saved.files, IsChannelState)) return {};
  std::vector<WantedOperator> wanted;
  for (const graph::Node& node : graph.nodes) {
    wanted.push_back(WantedOf(graph, node));
    TakeDirectories(clauses, wanted.back());
  }
  const auto& operators = saved.operators;
  const bool planned = std::ranges::all_of(wanted, [&](const WantedOperator& one) {
    return one.uid.ends_with(".local") ||
           std::ranges::any_of(operators, [&](const auto& op) { return SameOperator(op, one); });
  });
  const bool kept = std::ranges::all_of(operators, [&](const OperatorCheckpoint& op) {
    return op.uid.ends_with(".local") ||
           std::ranges::any_of(wanted, [&](const auto& one) { return SameOperator(op, one); });
  });
  if (planned && kept) return {};
  return Status::RestoreRefused(
             "the checkpoint was unaligned, and rows in flight in it are for the query that it had")
      .WithId("E7002")
      .WithHint("restore it with that query, and take a savepoint, which holds none");
}

}  // namespace

RestorePlan PlanRestore(const CheckpointMetadata& saved, const graph::JobGraph& graph,
                        const RestoreClauses& clauses) {
  Planner planner(saved, graph, clauses);
  RestorePlan plan = planner.Run();
  plan.obstacle = CheckRowsInFlight(saved, graph, clauses);
  if (!plan.allowed && plan.clauses.ok())
    plan.missing_clauses = ClauseTexts(Offered(saved, graph, clauses, planner.renames()));
  return plan;
}

std::string VerdictText(const RestoreRow& row) {
  std::string text(VerdictName(row.verdict));
  if (row.seeded_from.empty()) return text;
  if (!row.seeded_rows) return text + " (seeded)";
  return fmt::format("{} (seeded, {} {})", text, *row.seeded_rows,
                     *row.seeded_rows == 1 ? "row" : "rows");
}

std::string ObjectionsOf(const RestorePlan& plan) {
  std::vector<std::string> uids;
  for (const RestoreRow& row : plan.rows) {
    if (!row.to_type.empty())
      uids.push_back(fmt::format("{} is {}", row.uid, VerdictName(row.verdict)));
  }
  return fmt::format("{}", fmt::join(uids, ", "));
}

Status Refusal(const RestorePlan& plan) {
  if (!plan.clauses.ok()) return plan.clauses;
  if (!plan.obstacle.ok()) return plan.obstacle;
  if (plan.allowed) return {};
  return Status::RestoreRefused(
             fmt::format("the state does not go on with this query: {}", ObjectionsOf(plan)))
      .WithId("E7002")
      .WithHint(fmt::format("nothing was started; to go on all the same, add\n  {}",
                            fmt::join(plan.missing_clauses, "\n  ")));
}

CheckpointMetadata ApplyPlan(const RestorePlan& plan, CheckpointMetadata saved) {
  std::map<std::string, const OperatorCheckpoint*> by_uid;
  for (const OperatorCheckpoint& op : saved.operators) by_uid[op.uid] = &op;
  std::vector<OperatorCheckpoint> operators;
  std::vector<StateMove> moves;
  for (const RestoreRow& row : plan.rows) {
    if (row.node < 0 || row.saved_uid.empty() || row.starts_empty) continue;
    operators.push_back(*by_uid.at(row.saved_uid));
    operators.back().uid = row.uid;
    operators.back().also.clear();
    for (const TableMove& table : row.tables) {
      moves.push_back({fmt::format("{}/{}", row.saved_uid, table.from),
                       fmt::format("{}/{}", row.uid, table.to),
                       DefectPlanted("moves-without-fields") ? Renames() : table.fields,
                       ExpiredBefore(saved, table.ended_ttl_millis)});
    }
  }
  saved.operators = std::move(operators);
  saved.moves = std::move(moves);
  saved.checkpoint_id = 0;  // the new job numbers its checkpoints anew
  return saved;
}

}  // namespace weir::checkpoint
