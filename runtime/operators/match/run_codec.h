// The runs of a partition as bytes: the field "runs" of a Match's state.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/operators/match/match_runs.h"

namespace weir::operators {

// Bytes: 1 (version); the numbers of the rows that are remembered, ascending: varint count, varint
// first, varint distances to the one before; the links of lists: varint count, each with the place
// of its row among those and that of the link before plus one, or 0; varint count of attempts, each
// with the varints of its start, 8 bytes of its time, the runs: varint count, each with its
// position and cells (0 or the place of a row, or of a link, plus one); a byte, 1 if there is a
// match, and then the varint of its end, 8 bytes of its time, and its cells. Little-endian.
// Where plans are extended the version is 2. Each link has also the varint of its position, a cell
// 1 for a row outside of the partition and the place, or the number of a variable, plus two; an
// attempt ends with the rows around it: the varint of how many are before it, the varint count of
// all, and their places. In the end are the varint of how many of the remembered rows came last,
// and that of the number of matches.
class RunCodec {
 public:
  explicit RunCodec(const MatchPlan& plan) : plan_(plan) {}

  // Appends the bytes to `out`. `rows` are set to the ids of the rows that are remembered,
  // ascending; numbers[id] is the number of a row.
  void Encode(const PartitionRuns& runs, const RowLists& lists, const std::vector<int64_t>& numbers,
              std::string& out, std::vector<uint32_t>& rows);
  // Reads runs but for `next`, with ids from `first_row` on, and appends the rows' numbers to
  // `numbers` and their links to `lists`. kCorruption for malformed bytes.
  Status Decode(std::string_view bytes, uint32_t first_row, PartitionRuns& runs, RowLists& lists,
                std::vector<int64_t>& numbers) const;

 private:
  // Notes the rows and links of cells.
  void Collect(const uint32_t* cells, std::vector<uint32_t>& rows);
  void FollowLists(const RowLists& lists);
  void EncodeCells(const uint32_t* cells, const std::vector<uint32_t>& rows,
                   std::string& out) const;
  void EncodeLinks(const RowLists& lists, const std::vector<uint32_t>& rows,
                   std::string& out) const;
  void EncodeAttempt(const MatchAttempt& attempt, const std::vector<uint32_t>& rows,
                     std::string& out) const;
  char version() const { return plan_.extended() ? 2 : 1; }

  const MatchPlan& plan_;

  // Scratch.
  std::vector<uint32_t> links_;  // ascending once lists were followed
  std::vector<uint64_t> seen_;   // in which round a link was last met
  uint64_t round_ = 0;
};

}  // namespace weir::operators
