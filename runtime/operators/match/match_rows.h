// Matches that are certain, and the rows that they give.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/operators/match/match_values.h"

namespace weir::operators {

// A match that is certain.
struct FoundMatch {
  uint32_t key_row;  // of the batch, has its partition
  uint32_t order;    // of the batch, the row that made it certain
  int64_t number;    // among the matches of its partition, from 1 on
};

// Collects matches until Take makes rows of them. Used by one thread.
class MatchRows {
 public:
  // All outlive this.
  MatchRows(const MatchPlan& plan, MatchValues& values, MatchStep& step)
      : plan_(plan), values_(values), step_(step) {}

  bool empty() const { return found_.empty(); }
  void Add(FoundMatch match, const MatchAttempt& attempt);
  // The rows of all matches in the order in which these became certain: the columns `key_columns`
  // of `keys`, then the given values. Adds to `lists`, which has the matches' own.
  Result<Batch> Take(const Batch& keys, const std::vector<int>& key_columns, RowLists& lists);

 private:
  struct Around {
    size_t begin;  // in around_
    uint32_t befores;
    uint32_t count;
  };
  // A row to be given.
  struct Given {
    uint32_t match;
    uint32_t row;     // its id; kNoRow: the match itself
    size_t cells;     // in replayed_ or cells_, as of this row
    size_t complete;  // those of the whole match
  };

  // Goes through the rows of a match and gives what is wanted of them.
  void Replay(uint32_t match, RowLists& lists);
  Result<ColumnPtr> GivenColumn(int value) const;

  const MatchPlan& plan_;
  MatchValues& values_;
  MatchStep& step_;
  std::vector<FoundMatch> found_;
  std::vector<uint32_t> cells_;  // of the matches
  std::vector<Around> around_of_;
  std::vector<uint32_t> around_;

  // Scratch.
  std::vector<Given> given_;
  std::vector<uint32_t> replayed_;
  std::vector<MatchRequest> running_;
  std::vector<MatchRequest> complete_;
  std::vector<RowLists::Link> path_;
  std::vector<uint32_t> rows_;
};

}  // namespace weir::operators
