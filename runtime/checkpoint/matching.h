// Which saved operator each operator of the new query goes on with: the first half of a restore's
// plan (restore_plan.h), before anybody asks whether the state fits.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/checkpoint/compare_state.h"
#include "runtime/checkpoint/name_list.h"
#include "runtime/checkpoint/restore_plan.h"

namespace weir::checkpoint {

// E7002 of a clause that names a uid wrongly; the message ends with the uid in quotes. `names`:
// what may have been meant.
Status BadName(std::string_view why, const std::string& uid, const std::vector<std::string>& names);
Status BadMapping(const std::string& why, const std::string& uid,
                  const std::vector<std::string>& names);

// Which saved operator each wanted one continues, by position; -1 for none. An operator that
// several equal clauses shared has all their names: each of them can go on by itself, with a copy.
// Borrows what it is given.
class Matching {
 public:
  Matching(const std::vector<const OperatorCheckpoint*>& saved,
           const std::vector<WantedOperator>& wanted, const RestoreClauses& clauses)
      : saved_(saved),
        wanted_(wanted),
        clauses_(clauses),
        of_(wanted.size(), -1),
        used_(saved.size(), 0),
        former_uids_(saved.size()) {
    for (size_t s = 0; s < saved.size(); ++s) former_uids_[s] = saved[s]->also;
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
  void GoesOn(size_t saved, const std::string& uid) { std::erase(former_uids_[saved], uid); }
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
  bool HasName(size_t saved) const { return Free(saved) || !former_uids_[saved].empty(); }

  const std::vector<const OperatorCheckpoint*>& saved_;
  const std::vector<WantedOperator>& wanted_;
  const RestoreClauses& clauses_;
  std::vector<int> of_;
  std::vector<int> used_;
  std::vector<std::vector<std::string>>
      former_uids_;  // names that a saved one had beside its uid, left
  std::set<size_t> by_itself_;
  std::set<size_t> moved_;  // saved ones whose uid a mapping names
};

}  // namespace weir::checkpoint
