// How far the windows of each key group have fired: operator state "progress" of window aggregates.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/operators/operator.h"
#include "runtime/types/key_encoding.h"
#include "runtime/window/group_progress.h"

namespace weir::operators {

// The windows that are complete at a key group's progress (local milliseconds) have fired for its
// keys. All groups of a subtask advance together, except after a restore that brought together
// groups of several subtasks: those that are ahead must not fire their windows twice. After keys
// were dealt to another number of groups, the progress of their former groups is kept as well,
// until all keys have caught up with it.
class WindowProgress {
 public:
  // Has no groups: a place for the result of Restore.
  WindowProgress() = default;
  // Reads what `entries` say about the groups of `range`: of several that name a group the furthest
  // holds, and groups that none names start afresh. kCorruption for malformed entries.
  static Result<WindowProgress> Restore(std::span<const OperatorStateEntry> entries,
                                        KeyGroupRange range, uint32_t max_parallelism);

  // Raises the progress of every group to at least `watermark`.
  void Advance(int64_t watermark);
  // Every key has got at least this far.
  int64_t floor() const { return floor_; }
  // Whether some groups are ahead of floor().
  bool uneven() const { return !ahead_.empty() || !before_.empty(); }
  // REQUIRES: the key belongs to one of the groups of `range`; this is not checked.
  int64_t Of(uint64_t key_hash) const;

  // The state entry as versioned bytes: how far each key group of this subtask is, as runs of
  // groups with equal progress.
  std::string Serialize() const;
  OperatorStateEntry Save() const { return {"progress", Serialize()}; }

 private:
  // How far the keys of each of another number of groups were when they were dealt anew.
  using Before = std::vector<int64_t>;

  void Note(const window::GroupProgress& saved);
  // Recomputes floor_, and drops entries of before_ that are not ahead of it.
  void UpdateFloor();

  KeyGroupRange range_;
  uint32_t max_parallelism_ = kDefaultMaxParallelism;
  int64_t floor_ = Timestamp::Min().millis;
  std::vector<int64_t> ahead_;  // one per group of range_; empty while all are at floor_
  std::vector<Before> before_;  // no two of one size
};

}  // namespace weir::operators
