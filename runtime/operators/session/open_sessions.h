// Which session each row of a batch belongs to: sessions of the state grow and merge as rows come.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "runtime/window/window_arithmetic.h"

namespace weir::operators {

// A session that rows of the batch belong to. Times are milliseconds; `end` is exclusive, the gap
// behind the last row included.
// Sessions of one key never overlap once a batch is finished.
struct OpenSession {
  int64_t start;
  int64_t end;
  uint32_t first_row;  // of the batch
  uint32_t rows;       // of the batch
  uint32_t stored;     // the session of state whose row it keeps, or OpenSessions::kNone
  bool noted;          // it holds a session of state: SessionWindows has noted an end of it before
};

// One batch at a time: Begin, AddStored for the sessions of state, Add for each row, Finish, then
// the results. Memory is reused.
// The rules are those of Flink's MergingWindowSet. Adding a row looks at the open sessions of its
// key, which is one in most cases; merged ones point to what they went into.
class OpenSessions {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;
  // A session of state that goes into another: used()[into].
  struct Merged {
    uint32_t stored;
    uint32_t into;
  };

  void Open(int64_t gap_millis) { gap_ = gap_millis; }
  // `groups`: keys of the batch; AddStored and Add number them from 0.
  void Begin(uint32_t groups, uint32_t rows);
  // A session of the group's key, number `stored` of those in the state. `moves`: its row may
  // become that of a session which begins earlier. REQUIRES: the sessions of a group follow each
  // other.
  void AddStored(uint32_t group, uint32_t stored, int64_t start, int64_t end, bool moves = false);
  // Adds a row with this time: it joins all sessions of its group that overlap or touch [time, time
  // + gap), except those complete at `passed`, which have fired by then. False when the session
  // that it would be part of is complete: the row is late, and nothing has changed.
  bool Add(uint32_t group, uint32_t row, int64_t time, int64_t passed);
  // Ends the batch. To be called before used(), UsedBy and merged().
  void Finish();

  // Sessions that rows of the batch belong to. Where rows were added in ascending order, those that
  // are not noted are in the order of their first rows.
  const std::vector<OpenSession>& used() const { return used_; }
  // The session of a row, an index of used(); kNone for late rows.
  uint32_t UsedBy(uint32_t row) const {
    return of_row_[row] == kNone ? kNone : sessions_[of_row_[row]].used;
  }
  // Sessions of state that are part of a used one and have no row of their own any more. Of those
  // in a used session, the first that `moves` or begins when the used one does keeps its row
  // (OpenSession::stored); if there is none, all of them are here.
  const std::vector<Merged>& merged() const { return merged_; }

 private:
  struct Session {
    int64_t start;
    int64_t end;
    uint32_t parent;  // what it went into, a lower number; itself while it is not merged
    uint32_t next;    // of its group, kNone for the last; numbers ascend
    uint32_t first_row;
    uint32_t rows;
    uint32_t used;
    bool noted;
  };
  struct Stored {
    uint32_t number;
    uint32_t session;
    int64_t start;
    bool moves;
  };

  int64_t EndOf(int64_t time) const { return time > INT64_MAX - gap_ ? INT64_MAX : time + gap_; }
  // Add for rows that may begin a session, join several, or be late.
  bool AddToMany(uint32_t group, uint32_t row, int64_t time, int64_t passed);

  int64_t gap_ = 0;
  std::vector<Session> sessions_;
  std::vector<Stored> stored_;
  std::vector<uint32_t> first_of_;  // of a group's sessions that are not merged, kNone for none
  std::vector<uint32_t> of_row_;
  std::vector<OpenSession> used_;
  std::vector<Merged> merged_;
};

inline bool OpenSessions::Add(uint32_t group, uint32_t row, int64_t time, int64_t passed) {
  const uint32_t id = first_of_[group];
  if (id == kNone || sessions_[id].next != kNone) return AddToMany(group, row, time, passed);
  Session& session = sessions_[id];
  const int64_t end = EndOf(time);
  if (window::IsComplete(session.end, passed) || session.start > end || session.end < time) {
    return AddToMany(group, row, time, passed);
  }
  session.start = std::min(session.start, time);
  session.end = std::max(session.end, end);
  session.first_row = std::min(session.first_row, row);
  ++session.rows;
  of_row_[row] = id;
  return true;
}

}  // namespace weir::operators
