// The runs of a pattern over the rows of a partition.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/operators/match/match_plan.h"
#include "runtime/operators/stored_rows.h"

namespace weir::operators {

// Lists of rows that share their beginnings: when a run branches, its branches share the rows so
// far. A list is known by its last link; kNoRow is the empty one.
class RowLists {
 public:
  struct Link {
    uint32_t row;
    uint32_t before;    // always a smaller number
    uint32_t position;  // of the pattern; 0 but in paths
  };

  // Removes all links, which makes all lists invalid.
  void Clear() { links_.clear(); }
  // To be called before each row: pushing it onto equal lists then gives the same link, so that
  // equal lists stay equal.
  void BeginRow() { first_of_row_ = links_.size(); }
  uint32_t Push(uint32_t row, uint32_t before, uint32_t position = 0);
  const Link& at(uint32_t link) const { return links_[link]; }
  uint32_t size() const { return static_cast<uint32_t>(links_.size()); }

 private:
  std::vector<Link> links_;
  size_t first_of_row_ = 0;
};

// All runs that began with one row, the preferred one first, and the best match among those that
// have ended. The match is certain once no run is left, since all runs that are left are preferred
// to it.
struct MatchAttempt {
  int64_t start = 0;  // the number of the first row in its partition
  int64_t start_time = 0;
  std::vector<uint32_t> positions;  // of each run
  std::vector<uint32_t> cells;      // graph::MatchCells::count for each run
  bool matched = false;
  int64_t end = 0;  // the number of the match's last row
  int64_t end_time = 0;
  std::vector<uint32_t> match;  // its cells
  // Rows before the first one, and behind the match, as far as values of complete matches reach.
  uint32_t befores = 0;
  std::vector<uint32_t> around;

  bool has_runs() const { return !positions.empty(); }
};

// The attempts of a partition, in the order of their first rows.
struct PartitionRuns {
  int64_t next = 0;  // the number of the next row
  std::vector<MatchAttempt> attempts;
  std::vector<uint32_t> recent;  // the rows that came last, as many as values reach back
  int64_t matches = 0;           // so far, where they are numbered
};

// A row that comes to a partition, by its id (for cells), number and time, and rows next to it in
// the partition: those before it, or, where it has its place `at` among them, also those behind it.
struct MatchRow {
  uint32_t id;
  int64_t number;
  int64_t time;
  std::span<const uint32_t> around;
  size_t at;

  // The row `shift` behind this one; kOutside where there is none.
  uint32_t Shifted(int shift) const {
    if (shift == 0) return id;
    const auto place = static_cast<int64_t>(at) + shift;
    const bool there = place >= 0 && place < std::ssize(around);
    return there ? around[static_cast<size_t>(place)] : MatchPlan::kOutside;
  }
};

// Whether the row may be one of a variable, for one run after the other: in the order in which
// MatchStep goes through them. Indexed by variables.
class MatchTruths {
 public:
  virtual ~MatchTruths() = default;
  // Sets truths[v], for each variable v at which a run at this position could go on, to whether the
  // row matches it.
  virtual void Next(uint32_t position, std::vector<uint8_t>& truths) = 0;
};

// Moves attempts on by a row. Used by one thread.
class MatchStep {
 public:
  explicit MatchStep(const MatchPlan& plan);

  // Moves each run of the attempt on by the row, or ends it where the row matches nothing.
  void Advance(const MatchRow& row, MatchTruths& truths, RowLists& lists, MatchAttempt& attempt);
  // An attempt that begins with the row; without runs and match if it cannot.
  MatchAttempt Begin(const MatchRow& row, MatchTruths& truths, RowLists& lists);
  const uint32_t* no_rows() const { return none_.data(); }
  // Adds the row, which was taken at a position, to the cells of a complete match, without a path.
  void Replay(const MatchRow& row, uint32_t position, RowLists& lists,
              std::vector<uint32_t>& cells);

 private:
  // Adds a run for each position behind `from` whose variable the row matches. Returns false once a
  // match has ended here, as it is preferred to all runs that would follow.
  bool Branch(const MatchRow& row, uint32_t from, const uint32_t* cells, RowLists& lists,
              MatchAttempt& attempt);
  // Adds the row to the cells of run_.
  void Remember(const MatchRow& row, uint32_t position, RowLists& lists);
  void RememberEnds(const MatchRow& row, uint32_t variable, size_t number);
  bool IsKnown(uint32_t position) const;

  const MatchPlan& plan_;
  const std::vector<uint32_t> none_;  // cells without rows

  // Scratch.
  std::vector<uint8_t> truths_;
  std::vector<uint32_t> run_;        // the cells of one run
  std::vector<uint32_t> positions_;  // of the runs behind the row
  std::vector<uint32_t> cells_;
};

}  // namespace weir::operators
