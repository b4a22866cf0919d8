// Which session each row of a batch belongs to: sessions of the state grow and merge as rows come.
#pragma once

#include <cstdint>
#include <vector>

namespace weir::operators {

// A session that rows of the batch belong to. Times are milliseconds; `end` is exclusive, the gap
// behind the last row included.
// Sessions of one key never overlap once a batch is finished.
struct OpenSession {
  int64_t start;
  int64_t end;
  uint32_t first_row;  // of the batch
  bool noted;          // it holds a session that the state had
};

// One batch at a time: Begin, AddStored for the sessions of state, Add for each row, Finish, then
// the results. Memory is reused; one thread.
// The rules are those of Flink's MergingWindowSet. Adding a row looks at the open sessions of its
// key; merged ones point to what they went into.
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
  // A session of the group's key, number `stored` of those in the state.
  void AddStored(uint32_t group, uint32_t stored, int64_t start, int64_t end);
  // A row with this time: it joins all sessions of its group that overlap or touch [time, time +
  // gap), save those complete at `passed`, which have fired by then. False when the session is
  // complete itself: the row is late, and nothing has changed.
  bool Add(uint32_t group, uint32_t row, int64_t time, int64_t passed);
  // Before used(), UsedBy and merged() are asked.
  void Finish();

  // Sessions that rows of the batch belong to.
  const std::vector<OpenSession>& used() const { return used_; }
  // The session of a row, an index of used(); kNone for late rows.
  uint32_t UsedBy(uint32_t row) const;
  // Sessions of state that are part of a used one and begin later than it: they have no row of
  // their own any more. The one that begins with it keeps its row.
  const std::vector<Merged>& merged() const { return merged_; }

 private:
  struct Session {
    int64_t start;
    int64_t end;
    uint32_t parent;  // itself while it is not merged
    uint32_t first_row;
    uint32_t used;
    bool noted;
  };
  struct Stored {
    uint32_t number;
    uint32_t session;
    int64_t start;
  };

  uint32_t Root(uint32_t session) const;

  int64_t gap_ = 0;
  std::vector<Session> sessions_;
  std::vector<Stored> stored_;
  std::vector<std::vector<uint32_t>> of_group_;  // roots
  std::vector<uint32_t> of_row_;
  std::vector<OpenSession> used_;
  std::vector<Merged> merged_;
};

}  // namespace weir::operators
