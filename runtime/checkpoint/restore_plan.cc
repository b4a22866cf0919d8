#include "runtime/checkpoint/restore_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "runtime/base/names.h"
#include "runtime/checkpoint/fingerprint.h"
#include "runtime/checkpoint/given_rows.h"
#include "runtime/checkpoint/mixed_values.h"
#include "runtime/checkpoint/renamed_columns.h"
#include "runtime/checkpoint/restore_rules.h"
#include "runtime/checkpoint/seeding.h"
#include "runtime/fault_point.h"

namespace weir::checkpoint {
namespace {

constexpr std::string_view kSubtree = "/*";

// Which of the planted defects is about a new reader of this kind.
std::string_view ReaderPlant(std::string_view kind) {
  if (kind == "Sink") return "meaning-of-readers";
  return kind == "GroupAggregate" ? "meaning-of-new-aggregates" : "meaning-of-new-ranks";
}

bool Contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

std::string Quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') out += c;
  }
  return out + "'";
}

// Which saved operator each wanted one continues, by position; -1 for none. An operator that
// several equal clauses shared has all their names: each of them can go on by itself, with a copy.
class Matching {
 public:
  Matching(const std::vector<const OperatorCheckpoint*>& saved,
           const std::vector<WantedOperator>& wanted, const RestoreClauses& clauses)
      : saved_(saved),
        wanted_(wanted),
        clauses_(clauses),
        of_(wanted.size(), -1),
        used_(saved.size(), 0),
        gone_(saved.size()) {
    for (size_t s = 0; s < saved.size(); ++s) gone_[s] = saved[s]->also;
  }

  Status Run() {
    RETURN_IF_ERROR(ApplyMappings());
    MatchValues();
    MatchUids();
    if (!clauses_.match_unique) return {};
    MatchUnique(false);
    MatchUnique(true);
    return {};
  }
  int of(size_t wanted) const { return of_[wanted]; }
  bool used(size_t saved) const { return used_[saved] > 0; }
  bool by_itself(size_t wanted) const { return by_itself_.contains(wanted); }
  // Unmatched on both sides, of equal kind, key and layout: what looks like a rename. The saved uid
  // is one that the operator had, maybe beside others that go on.
  struct Rename {
    size_t wanted;
    size_t saved;
    std::string saved_uid;
  };
  std::vector<Rename> Renames() const;

 private:
  int FindSaved(std::string_view uid) const {
    for (size_t i = 0; i < saved_.size(); ++i) {
      if (saved_[i]->uid == uid) return static_cast<int>(i);
    }
    return -1;
  }
  // The same, by any of its names.
  int FindNamed(const std::string& uid) const {
    const int saved = FindSaved(uid);
    if (saved >= 0) return saved;
    for (size_t i = 0; i < saved_.size(); ++i) {
      if (Contains(saved_[i]->also, uid)) return static_cast<int>(i);
    }
    return -1;
  }
  int FindWanted(std::string_view uid) const {
    for (size_t i = 0; i < wanted_.size(); ++i) {
      if (wanted_[i].uid == uid) return static_cast<int>(i);
    }
    return -1;
  }
  void Match(size_t wanted, size_t saved) {
    of_[wanted] = static_cast<int>(saved);
    ++used_[saved];
    GoesOn(saved, wanted_[wanted].uid);
    for (const std::string& uid : wanted_[wanted].also) GoesOn(saved, uid);
  }
  void GoesOn(size_t saved, const std::string& uid) { std::erase(gone_[saved], uid); }
  Status ApplyMappings();
  Status ApplySubtree(const std::string& from, const std::string& to);
  Status ApplyOne(const std::string& from, const std::string& to);
  void MatchValues();
  void MatchUids();
  void MatchUnique(bool watermarks);
  bool Follows(size_t wanted, size_t saved) const;
  bool Open(size_t wanted) const { return of_[wanted] < 0; }
  // Nothing goes on with it.
  bool Free(size_t saved) const { return used_[saved] == 0; }
  // Something may: it is free, or a clause that shared it is gone.
  bool HasName(size_t saved) const { return Free(saved) || !gone_[saved].empty(); }

  const std::vector<const OperatorCheckpoint*>& saved_;
  const std::vector<WantedOperator>& wanted_;
  const RestoreClauses& clauses_;
  std::vector<int> of_;
  std::vector<int> used_;
  std::vector<std::vector<std::string>> gone_;  // names that a saved one had beside its uid, left
  std::set<size_t> by_itself_;
  std::set<size_t> moved_;  // saved ones whose uid a mapping names
};

// A clause that names a uid wrongly.
Status BadName(std::string_view why, const std::string& uid,
               const std::vector<std::string>& names) {
  return Status::RestoreRefused(fmt::format("{}: {}", why, Quoted(uid)))
      .WithId("E7002")
      .WithHint(DidYouMean(uid, names));
}

Status BadMapping(const std::string& why, const std::string& uid,
                  const std::vector<std::string>& names) {
  return BadName("WITH STATE MAPPING: " + why, uid, names);
}

Status Matching::ApplyOne(const std::string& from, const std::string& to) {
  std::vector<std::string> saved_names;
  for (const OperatorCheckpoint* op : saved_) saved_names.push_back(op->uid);
  std::vector<std::string> wanted_names;
  for (const WantedOperator& op : wanted_) wanted_names.push_back(op.uid);
  const int saved = FindNamed(from);
  const int wanted = FindWanted(to);
  if (saved < 0) return BadMapping("the checkpoint has no such uid", from, saved_names);
  const bool whole = saved_[static_cast<size_t>(saved)]->uid == from;
  if (wanted < 0) return BadMapping("the query has no such uid", to, wanted_names);
  if (!Open(static_cast<size_t>(wanted))) return BadMapping("two uids are mapped to", to, {});
  if (whole && moved_.contains(static_cast<size_t>(saved)))
    return BadMapping("a uid is mapped twice", from, {});
  const std::string& kind = saved_[static_cast<size_t>(saved)]->kind;
  if (kind != wanted_[static_cast<size_t>(wanted)].kind) {
    return BadMapping(
        fmt::format("a {} cannot go on as a {}", kind, wanted_[static_cast<size_t>(wanted)].kind),
        to, {});
  }
  if (whole) moved_.insert(static_cast<size_t>(saved));
  Match(static_cast<size_t>(wanted), static_cast<size_t>(saved));
  GoesOn(static_cast<size_t>(saved), from);
  return {};
}

Status Matching::ApplySubtree(const std::string& from, const std::string& to) {
  const std::string old_prefix = from.substr(0, from.size() - 1);
  const std::string new_prefix = to.substr(0, to.size() - 1);
  const auto below = [](const auto& op, const std::string& prefix) {
    return op.uid.starts_with(prefix);
  };
  if (std::ranges::none_of(saved_, [&](const auto* op) { return below(*op, old_prefix); }))
    return BadMapping("the checkpoint has no uid below", from, {});
  if (std::ranges::none_of(wanted_, [&](const auto& op) { return below(op, new_prefix); }))
    return BadMapping("the query has no uid below", to, {});
  for (size_t i = 0; i < saved_.size(); ++i) {
    if (!saved_[i]->uid.starts_with(old_prefix) || moved_.contains(i)) continue;
    const int wanted = FindWanted(new_prefix + saved_[i]->uid.substr(old_prefix.size()));
    if (wanted < 0 || !Open(static_cast<size_t>(wanted))) continue;
    Match(static_cast<size_t>(wanted), i);
    moved_.insert(i);
  }
  return {};
}

// Uids before subtrees: the more precise one counts.
Status Matching::ApplyMappings() {
  for (const auto& [from, to] : clauses_.mappings) {
    if (from.ends_with(kSubtree) != to.ends_with(kSubtree)) {
      return BadMapping("one side ends with /* and the other does not", from, {});
    }
    if (!from.ends_with(kSubtree)) RETURN_IF_ERROR(ApplyOne(from, to));
  }
  for (const auto& [from, to] : clauses_.mappings) {
    if (from.ends_with(kSubtree)) RETURN_IF_ERROR(ApplySubtree(from, to));
  }
  return {};
}

// Constant rows are known by what they are: their names are ordinals.
void Matching::MatchValues() {
  for (const bool same_uid : {true, false}) {
    for (size_t w = 0; w < wanted_.size(); ++w) {
      for (size_t s = 0; s < saved_.size() && Open(w); ++s) {
        const bool values = wanted_[w].kind == "Values" && saved_[s]->kind == "Values";
        const bool named = !same_uid || saved_[s]->uid == wanted_[w].uid;
        if (!values || !named || !Free(s) || saved_[s]->fingerprint.empty()) continue;
        if (saved_[s]->fingerprint == wanted_[w].fingerprint) Match(w, s);
      }
    }
  }
}

void Matching::MatchUids() {
  for (size_t w = 0; w < wanted_.size(); ++w) {
    const int saved = FindSaved(wanted_[w].uid);
    const bool taken =
        wanted_[w].kind == "Values" && saved >= 0 && !Free(static_cast<size_t>(saved));
    if (Open(w) && saved >= 0 && !taken && !moved_.contains(static_cast<size_t>(saved)))
      Match(w, static_cast<size_t>(saved));
  }
  // What was one operator and is several now gives each a copy; what was several and is one takes
  // the first. One of several equal clauses that is parted now has the name of the first as well.
  for (size_t w = 0; w < wanted_.size(); ++w) {
    const WantedOperator& wanted = wanted_[w];
    for (size_t s = 0; s < saved_.size() && Open(w); ++s) {
      if (moved_.contains(s)) continue;
      const bool may_take = Free(s) || CompareState(*saved_[s], wanted).verdict == Verdict::kFull;
      const bool by_also = Contains(saved_[s]->also, wanted.uid);
      if (by_also || (may_take && Contains(wanted.also, saved_[s]->uid))) Match(w, s);
    }
  }
}

// Whether a table's watermark is that of a saved table which goes on as it: the time of one table
// says nothing about the rows of another.
bool Matching::Follows(size_t wanted, size_t saved) const {
  constexpr std::string_view kWatermark = "wm:";
  const std::string& to = wanted_[wanted].uid;
  const std::string& from = saved_[saved]->uid;
  if (!to.starts_with(kWatermark) || !from.starts_with(kWatermark)) return false;
  const int source = FindWanted("src:" + to.substr(kWatermark.size()));
  const int saved_source = FindSaved("src:" + from.substr(kWatermark.size()));
  return source >= 0 && saved_source >= 0 && of(static_cast<size_t>(source)) == saved_source;
}

// The only pair of its kind that nothing but the name tells apart; watermarks behind their sources.
void Matching::MatchUnique(bool watermarks) {
  const auto same = [&](size_t w, size_t s) {
    const WantedOperator& wanted = wanted_[w];
    const OperatorCheckpoint& saved = *saved_[s];
    if (!Open(w) || !HasName(s) || !wanted.uid_stable || !saved.uid_stable) return false;
    if ((wanted.kind == "Watermark") != watermarks) return false;
    if (watermarks && !Follows(w, s)) return false;
    return saved.kind == wanted.kind && !saved.fingerprint.empty() &&
           CompareState(saved, wanted).verdict == Verdict::kFull;
  };
  std::vector<std::pair<size_t, size_t>> found;
  for (size_t w = 0; w < wanted_.size(); ++w) {
    int only = -1;
    int count = 0;
    for (size_t s = 0; s < saved_.size(); ++s) {
      if (!same(w, s)) continue;
      only = static_cast<int>(s);
      ++count;
    }
    int rivals = 0;
    for (size_t other = 0; other < wanted_.size() && count == 1; ++other) {
      rivals += same(other, static_cast<size_t>(only)) ? 1 : 0;
    }
    if (count == 1 && rivals == 1) found.emplace_back(w, static_cast<size_t>(only));
  }
  for (const auto& [w, s] : found) {
    if (!Free(s)) gone_[s].erase(gone_[s].begin());
    Match(w, s);
    by_itself_.insert(w);
  }
}

std::vector<Matching::Rename> Matching::Renames() const {
  std::vector<Rename> renames;
  std::set<std::string> taken;
  for (size_t w = 0; w < wanted_.size(); ++w) {
    if (!Open(w)) continue;
    Rename best{w, 0, ""};
    Verdict least = Verdict::kIncompatible;
    for (size_t s = 0; s < saved_.size(); ++s) {
      if (!HasName(s) || saved_[s]->kind != wanted_[w].kind) continue;
      const std::string& uid = Free(s) ? saved_[s]->uid : gone_[s].front();
      const Verdict verdict = CompareState(*saved_[s], wanted_[w]).verdict;
      if (verdict >= least || taken.contains(uid)) continue;
      least = verdict;
      best = {w, s, uid};
    }
    if (best.saved_uid.empty()) continue;
    taken.insert(best.saved_uid);
    renames.push_back(std::move(best));
  }
  return renames;
}

// --- rows ----------------------------------------------------------------------------------------

class Planner {
 public:
  Planner(const CheckpointMetadata& saved, const graph::JobGraph& graph,
          const RestoreClauses& clauses)
      : graph_(graph), wanted_(StatefulOperators(graph)), clauses_(clauses) {
    for (WantedOperator& wanted : wanted_) wanted.directory = clauses.directory;
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
    for (size_t w = 0; w < wanted_.size(); ++w) AddWanted(matching, w);
    CompareInputs(matching);
    for (size_t s = 0; s < saved_.size(); ++s) {
      if (!matching.used(s)) AddDropped(*saved_[s]);
    }
    AddParted(matching);
    FindMissing(matching);
    return std::move(plan_);
  }

 private:
  // Mappings of columns go to the operators that read their tables, those of uids to the matching.
  Status TakeColumns() {
    of_uids_ = clauses_;
    of_uids_.mappings.clear();
    std::map<std::string, Renames> columns;  // by the wanted uid of the table
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
      columns[now.source].emplace_back(before.column, now.column);
    }
    for (const auto& [source, renames] : columns) GiveColumns(source, renames);
    return {};
  }

  static std::vector<std::string> ColumnsOf(const std::string& fingerprint) {
    return TableColumns(ParseFingerprint(fingerprint));
  }
  static Status CheckColumn(const std::vector<std::string>& known, const std::string& text,
                            const ColumnPlace& place) {
    if (Contains(known, place.column)) return {};
    std::vector<std::string> names;
    for (const std::string& name : known) names.push_back(place.source + "." + name);
    return BadMapping("the table has no such column", text, names);
  }

  // To all above the table.
  void GiveColumns(const std::string& source, const Renames& renames) {
    std::set<std::string> above = {source};
    for (WantedOperator& wanted : wanted_) {
      const std::vector<std::string> inputs = InputsOf(ParseFingerprint(wanted.fingerprint));
      const bool reads =
          wanted.uid == source ||
          std::ranges::any_of(inputs, [&](const std::string& uid) { return above.contains(uid); });
      if (!reads) continue;
      above.insert(wanted.uid);
      wanted.columns.insert(wanted.columns.end(), renames.begin(), renames.end());
    }
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
    const WantedOperator& wanted = wanted_[w];
    RestoreRow row = RowOf(wanted);
    if (matching.of(w) < 0) {
      row.verdict = Verdict::kNew;
      row.reason = "it starts empty";
      plan_.rows.push_back(std::move(row));
      return;
    }
    const OperatorCheckpoint& saved = *saved_[static_cast<size_t>(matching.of(w))];
    Comparison comparison = CompareState(saved, wanted);
    if (saved.uid != wanted.uid) {
      comparison.reasons.insert(comparison.reasons.begin(),
                                fmt::format("it was {}{}", saved.uid,
                                            matching.by_itself(w) ? ", the only one like it" : ""));
    }
    row.saved_uid = saved.uid;
    row.verdict = comparison.verdict;
    row.reason = fmt::format("{}", fmt::join(comparison.reasons, "; "));
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

  void Decide(const Comparison& comparison, const OperatorCheckpoint& saved,
              RestoreRow& row) const {
    const bool incompatible = comparison.verdict == Verdict::kIncompatible;
    const bool ignored = !incompatible && DefectPlanted("meaning-of-allow-drop");
    if (Contains(clauses_.allow_drop, NameToDrop(saved, row.uid)) && !ignored) {
      if (!incompatible) row.verdict = Verdict::kReset;
      return StartEmpty(incompatible ? row.reason : "", row);
    }
    if (incompatible) {
      row.to_type = fmt::format("ALLOW DROP ({})", Quoted(saved.uid));
      return;
    }
    if (comparison.needs_partial && !clauses_.allow_partial) row.to_type = "ALLOW PARTIAL";
    if (!comparison.needs_accept || Contains(clauses_.accept_changes, row.uid)) return;
    row.to_type +=
        fmt::format("{}ACCEPT CHANGES ({})", row.to_type.empty() ? "" : " ", Quoted(row.uid));
  }

  // What ALLOW DROP calls the state of a wanted operator: one of several that shared it is known by
  // its own name.
  static std::string NameToDrop(const OperatorCheckpoint& saved, const std::string& wanted) {
    return Contains(saved.also, wanted) ? wanted : saved.uid;
  }

  static void StartEmpty(const std::string& why, RestoreRow& row) {
    row.starts_empty = true;
    row.reason = why + (why.empty() ? "" : "; ") +
                 (row.kind == "Scan" ? "its positions are dropped and it is read from the start"
                                     : "its state is dropped and it starts empty");
    row.tables.clear();
    row.key_order.clear();
    row.mixed = {};
  }

  // Beyond one operator: what reads from which, and whether it has seen what that has given.
  void CompareInputs(const Matching& matching) {
    // Rows of a table that is read again are late for a watermark that has seen them.
    for (RestoreRow& row : plan_.rows) {
      if (row.kind != "Watermark" || row.saved_uid.empty() || row.starts_empty) continue;
      const RestoreRow* source = RowOf("src:" + row.uid.substr(std::string_view("wm:").size()));
      if (source == nullptr || !source->starts_empty) continue;
      row.verdict = Verdict::kReset;
      row.to_type.clear();
      StartEmpty("its table is read from the start", row);
    }
    for (size_t w = 0; w < wanted_.size(); ++w) CompareInputsOf(matching, w);
  }

  void CompareInputsOf(const Matching& matching, size_t w) {
    const WantedOperator& wanted = wanted_[w];
    RestoreRow& row = plan_.rows[w];
    if (row.starts_empty || wanted.kind == "Scan" || wanted.kind == "Watermark") return;
    const std::vector<MeaningPart> meaning = ParseFingerprint(wanted.fingerprint);
    std::vector<std::string> reasons;
    for (const std::string& uid : InputsOf(meaning)) {
      const RestoreRow* input = RowOf(uid);
      if (input == nullptr) continue;
      const std::string reason =
          row.saved_uid.empty() ? MissedBy(row, *input) : MixedUp(matching, w, *input);
      if (!reason.empty()) reasons.push_back(reason);
    }
    if (reasons.empty()) return;
    if (row.saved_uid.empty()) {
      SeedResult seeds = SourcesOfSeeds(matching, row.node);
      if (seeds.why_not.empty()) return BeginWith(std::move(seeds.from), row);
      reasons.push_back(std::move(seeds.why_not));
    }
    row.reason += fmt::format("{}{}", row.reason.empty() ? "" : "; ", fmt::join(reasons, "; "));
    if (row.verdict == Verdict::kIncompatible) return;
    row.verdict = Verdict::kSemantic;
    const std::string accept = fmt::format("ACCEPT CHANGES ({})", Quoted(row.uid));
    const bool said = Contains(clauses_.accept_changes, row.uid);
    if (said || row.to_type.find(accept) != std::string::npos) return;
    row.to_type += (row.to_type.empty() ? "" : " ") + accept;
  }

  // Whether a saved operator has put out rows that new readers miss.
  static bool Gave(const OperatorCheckpoint& saved) {
    if (const std::optional<uint64_t> given = GivenBefore(saved)) return *given > 0;
    const bool by_time = saved.kind.starts_with("Window") || saved.kind == "IntervalJoin";
    return saved.rows > 0 || (by_time && saved.watermark_millis > Timestamp::Min().millis);
  }

  // Why a new operator does not see all of `input`; "" when it does.
  static std::string MissedBy(const RestoreRow& row, const RestoreRow& input) {
    const bool goes_on =
        !input.saved_uid.empty() && !input.starts_empty && input.verdict != Verdict::kIncompatible;
    if (!goes_on || !input.gave || input.kind == "Scan" || row.kind == "ChangelogNormalize")
      return "";
    if (DefectPlanted(ReaderPlant(row.kind))) return "";
    return fmt::format("{} goes on, and what it has given before is missing here", input.uid);
  }

  static void BeginWith(std::vector<std::string> from, RestoreRow& row) {
    row.reason = fmt::format("it begins with what {} {} given so far", fmt::join(from, ", "),
                             from.size() == 1 ? "has" : "have");
    row.seeded_from = std::move(from);
  }

  // What a new reader has to be given for all that it missed.
  SeedResult SourcesOfSeeds(const Matching& matching, int reader) const {
    return SeedsOf(graph_, reader, [&](const std::string& uid) {
      const auto wanted = std::ranges::find(wanted_, uid, &WantedOperator::uid);
      const auto w = static_cast<size_t>(wanted - wanted_.begin());
      const int saved = matching.of(w);
      if (saved < 0 || plan_.rows[w].starts_empty) return SeedState{.whole = true};
      return StateToSeed(plan_.rows[w], *wanted, *saved_[static_cast<size_t>(saved)]);
    });
  }

  // Of an operator that goes on.
  SeedState StateToSeed(const RestoreRow& row, const WantedOperator& wanted,
                        const OperatorCheckpoint& saved) const {
    const bool table = row.kind == "Scan" || row.kind == "Watermark" || row.kind == "Values";
    if (table) return {.why_not = "rows that it gave before are not kept"};
    if (!row.gave) return {.whole = true};
    if (row.verdict != Verdict::kFull && row.verdict != Verdict::kMigrate)
      return {.why_not = fmt::format("it is {}", VerdictName(row.verdict))};
    const KindRules& rules = *RulesOf(row.kind);
    if (rules.lacks_result == nullptr)
      return {.why_not = "its state holds other rows than it gave"};
    const graph::OperatorSpec& spec = graph_.nodes.at(static_cast<size_t>(row.node)).spec;
    for (const OperatorStateSchema* schema : {&saved.schema, &wanted.schema}) {
      if (std::string why = rules.lacks_result(spec, *schema); !why.empty())
        return {.why_not = std::move(why)};
    }
    return {};
  }

  // Why what an operator keeps was not made of what it reads now; "" when it was.
  std::string MixedUp(const Matching& matching, size_t w, const RestoreRow& input) const {
    const OperatorCheckpoint& saved = *saved_[static_cast<size_t>(matching.of(w))];
    if (IsFormer(saved.fingerprint)) return "";
    const bool keeps_rows = !saved.schema.tables.empty();
    const bool from_anew = input.saved_uid.empty() || input.starts_empty;
    if (input.kind == "ChangelogNormalize" && input.saved_uid.empty()) return "";
    if (from_anew) {
      const bool matters = keeps_rows && (input.kind != "Scan" || input.starts_empty);
      return matters
                 ? fmt::format("{} starts anew, and what it gave before is kept here", input.uid)
                 : "";
    }
    if (input.kind == "Scan") return "";
    const std::vector<std::string> before = InputsOf(ParseFingerprint(saved.fingerprint));
    const OperatorCheckpoint* one = FindSaved(input.saved_uid);
    const bool same = one == nullptr || Contains(before, one->uid) ||
                      std::ranges::any_of(
                          one->also, [&](const std::string& uid) { return Contains(before, uid); });
    return same ? "" : fmt::format("it did not read {} before", input.uid);
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

  // Clauses that became equal are computed once; which of their states is right only the user
  // knows.
  std::string ReasonToDrop(const OperatorCheckpoint& saved) const {
    for (const WantedOperator& wanted : wanted_) {
      if (!Contains(wanted.also, saved.uid)) continue;
      return fmt::format("it is computed once now, as {}, with the state of that", wanted.uid);
    }
    return "the query has no such operator";
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
    if (!clauses_.allow_non_restored && !Contains(clauses_.allow_drop, saved.uid)) {
      row.to_type = fmt::format("ALLOW DROP ({})", Quoted(saved.uid));
    }
    plan_.rows.push_back(std::move(row));
  }

  // A clause that shared its state with others is gone, and one like it starts empty: it may be the
  // same one under another name, whose state would be lost without a word.
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
      if (!clauses_.allow_non_restored && !Contains(clauses_.allow_drop, row.uid)) {
        row.to_type = fmt::format("ALLOW DROP ({})", Quoted(row.uid));
      }
      plan_.rows.push_back(std::move(row));
    }
  }

  // The clauses of all rows together, in the order of the grammar.
  void FindMissing(const Matching& matching) {
    std::vector<std::string> drops = clauses_.allow_drop;
    std::vector<std::string> accepts = clauses_.accept_changes;
    bool partial = false;
    std::vector<std::string> mappings;
    std::set<std::string> renamed;
    for (const auto& [from, to] : clauses_.mappings) {
      mappings.push_back(fmt::format("{} TO {}", Quoted(from), Quoted(to)));
    }
    for (const auto& [w, s, uid] : matching.Renames()) {
      if (clauses_.allow_non_restored || Contains(clauses_.allow_drop, uid)) continue;
      mappings.push_back(fmt::format("{} TO {}", Quoted(uid), Quoted(wanted_[w].uid)));
      renamed.insert(uid);
      const Comparison comparison = CompareState(*saved_[s], wanted_[w]);
      partial |= comparison.needs_partial;
      if (comparison.needs_accept) accepts.push_back(wanted_[w].uid);
    }
    const bool any_rename = !renamed.empty();
    for (const RestoreRow& row : plan_.rows) {
      if (row.to_type.empty()) continue;
      plan_.allowed = false;
      partial |= row.to_type.starts_with("ALLOW PARTIAL");
      if (row.to_type.find("ACCEPT CHANGES") != std::string::npos) accepts.push_back(row.uid);
      const std::string& dropped = row.saved_uid.empty() ? row.uid : row.saved_uid;
      if (row.to_type.starts_with("ALLOW DROP") && !renamed.contains(dropped))
        drops.push_back(dropped);
    }
    if (plan_.allowed) return;
    if (clauses_.allow_non_restored) plan_.missing_clauses.push_back("ALLOW NON RESTORED STATE");
    AddList("ALLOW DROP", drops);
    if (partial || clauses_.allow_partial) plan_.missing_clauses.push_back("ALLOW PARTIAL");
    AddList("ACCEPT CHANGES", accepts);
    if (any_rename || !clauses_.mappings.empty()) {
      plan_.missing_clauses.push_back(
          fmt::format("WITH STATE MAPPING ({})", fmt::join(mappings, ", ")));
    }
  }
  void AddList(std::string_view clause, const std::vector<std::string>& uids) {
    if (uids.empty()) return;
    std::vector<std::string> quoted;
    for (const std::string& uid : uids) quoted.push_back(Quoted(uid));
    plan_.missing_clauses.push_back(fmt::format("{} ({})", clause, fmt::join(quoted, ", ")));
  }

  const graph::JobGraph& graph_;
  std::vector<const OperatorCheckpoint*> saved_;
  std::vector<WantedOperator> wanted_;
  const RestoreClauses& clauses_;
  RestoreClauses of_uids_;  // without mappings of columns
  RestorePlan plan_;
};

}  // namespace

RestorePlan PlanRestore(const CheckpointMetadata& saved, const graph::JobGraph& graph,
                        const RestoreClauses& clauses) {
  return Planner(saved, graph, clauses).Run();
}

std::string VerdictText(const RestoreRow& row) {
  std::string text(VerdictName(row.verdict));
  if (row.seeded_from.empty()) return text;
  return fmt::format("{} (seeded, {} {})", text, row.seeded_rows,
                     row.seeded_rows == 1 ? "row" : "rows");
}

Status Refusal(const RestorePlan& plan) {
  if (!plan.clauses.ok()) return plan.clauses;
  if (!plan.obstacle.ok()) return plan.obstacle;
  if (plan.allowed) return {};
  std::vector<std::string> uids;
  for (const RestoreRow& row : plan.rows) {
    if (!row.to_type.empty())
      uids.push_back(fmt::format("{} is {}", row.uid, VerdictName(row.verdict)));
  }
  return Status::RestoreRefused(
             fmt::format("the state does not go on with this query: {}", fmt::join(uids, ", ")))
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
                       fmt::format("{}/{}", row.uid, table.to), table.fields});
    }
  }
  saved.operators = std::move(operators);
  saved.moves = std::move(moves);
  saved.checkpoint_id = 0;  // the new job counts its own
  return saved;
}

}  // namespace weir::checkpoint
