// Decides which saved operator each operator of the new query continues. This is the first half of
// a restore's plan (restore_plan.h) and does not ask whether the state fits.
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

// E7002 for a clause that names an unknown uid; the message ends with the uid in quotes. `names`
// are the candidates for a suggestion.
Status BadName(std::string_view why, const std::string& uid, const std::vector<std::string>& names);
Status BadMapping(const std::string& why, const std::string& uid,
                  const std::vector<std::string>& names);

// Whether conditions of its readers have parted the operator from others of the same clause, which
// is in a view or CTE; then they are told apart by ordinals alone ("view:v/join#2").
bool IsParted(const WantedOperator& wanted);
// Whether these are uids of such operators of one clause, or of all of it.
bool AreOfOneClause(std::string_view a, std::string_view b);

// For each wanted operator the position of the saved one that it continues, or -1. An operator that
// several equal clauses shared has the names of all: when they differ now, each continues with a
// copy. Borrows its arguments.
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
    MatchTwins();
    MatchUids();
    MatchParted();
    if (!clauses_.match_unique) return {};
    MatchUnique(false);
    MatchUnique(true);
    return {};
  }
  int of(size_t wanted) const { return of_[wanted]; }
  bool used(size_t saved) const { return used_[saved] > 0; }
  bool by_itself(size_t wanted) const { return by_itself_.contains(wanted); }
  // Operators without a match on both sides that have the same kind, key and layout, which looks
  // like a rename. The saved uid is one that the operator had, possibly beside others that
  // continue.
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
  // Finds the saved operator by its uid or, where none has that uid, by one of its other names
  // (`also`). -1: there is none.
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
  void MatchTwins();
  bool AreTwins(size_t wanted, size_t saved) const;
  // Whether as many wanted operators continue the saved one as it has names.
  bool Taken(size_t saved) const {
    return static_cast<size_t>(used_[saved]) > saved_[saved]->also.size();
  }
  void MatchUids();
  void MatchParted();
  void MatchUnique(bool watermarks);
  bool Follows(size_t wanted, size_t saved) const;
  bool Open(size_t wanted) const { return of_[wanted] < 0; }
  // Whether no wanted operator continues the saved one so far.
  bool Free(size_t saved) const { return used_[saved] == 0; }
  // Whether a wanted operator may continue it: it is free, or a clause that shared it has
  // disappeared.
  bool HasName(size_t saved) const { return Free(saved) || !former_uids_[saved].empty(); }

  const std::vector<const OperatorCheckpoint*>& saved_;
  const std::vector<WantedOperator>& wanted_;
  const RestoreClauses& clauses_;
  std::vector<int> of_;
  std::vector<int> used_;
  // For each saved one its names besides its uid that are not taken.
  std::vector<std::vector<std::string>> former_uids_;
  std::set<size_t> by_itself_;
  std::set<size_t> moved_;  // saved ones whose uid a mapping names
};

}  // namespace weir::checkpoint
