#include "runtime/checkpoint/matching.h"

#include <fmt/format.h>

#include "runtime/base/names.h"
#include "runtime/checkpoint/clause_text.h"
#include "runtime/checkpoint/name_list.h"
#include "runtime/fault_point.h"

namespace weir::checkpoint {
namespace {

constexpr std::string_view kSubtree = "/*";

// "a" for "a" and "a#2".
std::string_view WithoutOrdinal(std::string_view uid) {
  const size_t digits = uid.find_last_not_of("0123456789") + 1;
  const bool ordinal = digits > 0 && digits < uid.size() && uid[digits - 1] == '#';
  return ordinal ? uid.substr(0, digits - 1) : uid;
}

// Of a clause in a view or CTE, which nothing but an ordinal tells apart, its uid without that;
// else "". Conditions of readers make several operators of one such clause.
std::string_view ClauseOf(std::string_view uid) {
  const std::string_view clause = WithoutOrdinal(uid);
  const size_t role = clause.rfind('/');
  if (role == std::string_view::npos) return "";
  std::string_view scope = clause.substr(0, role);
  scope.remove_prefix(scope.rfind('/') + 1);  // the nearest
  const bool shared = scope.starts_with("view:") || scope.starts_with("cte:");
  return shared && clause.find_first_of(":@#", role) == std::string_view::npos ? clause : "";
}

// The uid of a clause without all that tells it apart from others.
std::string_view WithoutDiscriminators(std::string_view uid) {
  const size_t role = uid.rfind('/');
  return uid.substr(0, uid.find_first_of(":@#", role == std::string_view::npos ? 0 : role));
}

}  // namespace

bool IsParted(const WantedOperator& wanted) {
  return !wanted.uid_stable && !ClauseOf(wanted.uid).empty();
}

bool AreOfOneClause(std::string_view a, std::string_view b) {
  return !ClauseOf(a).empty() && ClauseOf(a) == ClauseOf(b);
}

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

// Mappings of single uids come before those of subtrees, as the more precise one counts.
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

// Constant rows are matched by content, since their names contain an ordinal that an edit elsewhere
// changes.
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

// Whether both are of one group of clauses that names do not tell apart. Their uids differ only in
// ordinals ("#2"), which follow the hash of all that is below each clause. Alone in its group, on
// one of the two sides, a clause has a stable uid, which says nothing of who it is on the other.
bool Matching::AreTwins(size_t wanted, size_t saved) const {
  const WantedOperator& now = wanted_[wanted];
  const OperatorCheckpoint& then = *saved_[saved];
  const bool told_apart = now.uid_stable && then.uid_stable;
  // Those of one clause in a view were told apart by its keys and tables before, all in one way.
  const bool alike =
      WithoutOrdinal(now.uid) == WithoutOrdinal(then.uid) ||
      (IsParted(now) && !then.uid_stable && ClauseOf(now.uid) == WithoutDiscriminators(then.uid));
  return !told_apart && now.kind == then.kind && now.kind != "Values" && alike &&
         !moved_.contains(saved);
}

// Twins are matched by what they mean, since an edit of one of them may give all of them other
// ordinals. Those that are left, which were edited, are matched in their order.
void Matching::MatchTwins() {
  if (DefectPlanted("twins-by-ordinals")) return;
  const auto match = [&](auto&& fits) {
    for (size_t w = 0; w < wanted_.size(); ++w) {
      for (size_t s = 0; s < saved_.size() && Open(w); ++s) {
        if (AreTwins(w, s) && !Taken(s) && fits(w, s)) Match(w, s);
      }
    }
  };
  const auto same_name = [&](size_t w, size_t s) { return wanted_[w].uid == saved_[s]->uid; };
  for (const Verdict verdict : {Verdict::kFull, Verdict::kMigrate, Verdict::kPartial}) {
    const auto means_same = [&](size_t w, size_t s) {
      return CompareState(*saved_[s], wanted_[w]).verdict == verdict;
    };
    match([&](size_t w, size_t s) { return same_name(w, s) && means_same(w, s); });
    match(means_same);
  }
  match(same_name);
  match([](size_t, size_t) { return true; });
}

void Matching::MatchUids() {
  for (size_t w = 0; w < wanted_.size(); ++w) {
    const int saved = FindSaved(wanted_[w].uid);
    const auto s = static_cast<size_t>(saved);
    const bool values = wanted_[w].kind == "Values";
    const bool twin = !wanted_[w].uid_stable && !DefectPlanted("twins-by-ordinals");
    const bool taken = saved >= 0 && ((values && !Free(s)) || (twin && Taken(s)));
    if (Open(w) && saved >= 0 && !taken && !moved_.contains(static_cast<size_t>(saved)))
      Match(w, static_cast<size_t>(saved));
  }
  // If one operator has become several, each gets a copy of its state; if several have become one,
  // it takes the first one's. An operator that was shared by equal clauses, one of which was
  // changed, also carries the name of the first clause.
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

// A clause of a view that another reader's conditions part from the rest begins with a copy of the
// state that this one fits best: it would be shared but for them.
void Matching::MatchParted() {
  for (size_t w = 0; w < wanted_.size(); ++w) {
    if (!Open(w) || !IsParted(wanted_[w])) continue;
    int best = -1;
    Verdict least = Verdict::kIncompatible;
    for (size_t s = 0; s < saved_.size(); ++s) {
      if (!AreTwins(w, s)) continue;
      const Verdict verdict = CompareState(*saved_[s], wanted_[w]).verdict;
      if (verdict >= least) continue;
      least = verdict;
      best = static_cast<int>(s);
    }
    if (best >= 0) Match(w, static_cast<size_t>(best));
  }
}

// Whether a table's watermark belongs to the saved table that goes on as this one. The time of one
// table says nothing about the rows of another.
bool Matching::Follows(size_t wanted, size_t saved) const {
  constexpr std::string_view kWatermark = "wm:";
  const std::string& to = wanted_[wanted].uid;
  const std::string& from = saved_[saved]->uid;
  if (!to.starts_with(kWatermark) || !from.starts_with(kWatermark)) return false;
  const int source = FindWanted("src:" + to.substr(kWatermark.size()));
  const int saved_source = FindSaved("src:" + from.substr(kWatermark.size()));
  return source >= 0 && saved_source >= 0 && of(static_cast<size_t>(source)) == saved_source;
}

// Matches the only pair of its kind in which nothing but the name differs. Watermarks are matched
// after their sources, on which they depend.
void Matching::MatchUnique(bool watermarks) {
  const auto same = [&](size_t w, size_t s) {
    const WantedOperator& wanted = wanted_[w];
    const OperatorCheckpoint& saved = *saved_[s];
    if (!Open(w) || !HasName(s)) return false;
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
    if (!Free(s)) former_uids_[s].erase(former_uids_[s].begin());
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
      const std::string& uid = Free(s) ? saved_[s]->uid : former_uids_[s].front();
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

}  // namespace weir::checkpoint
