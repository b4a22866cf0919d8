// Operators that put rows in order, as data: Top-N, deduplication, ORDER BY and LIMIT.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::graph {

struct SortKey {
  int column = -1;
  bool descending = false;
  bool nulls_first = true;  // Flink: NULLs are smallest

  friend bool operator==(const SortKey&, const SortKey&) = default;
};

enum class RankFunction : uint8_t { kRowNumber, kRank, kDenseRank };
// "ROW_NUMBER", "RANK", "DENSE_RANK".
std::string_view RankFunctionName(RankFunction function);

// What Top-N must keep (Flink: RankProcessStrategy).
enum class RankStrategy : uint8_t {
  kAppend,   // the input has inserts only: rows behind the last rank are gone for good
  kUpdate,   // rows have a known key, and updates only move them forward: rows behind the last rank
             // are gone for good as well, and an update needs no -U
  kRetract,  // rows may be taken back in any order: every row is kept
};

// Top-N: emits the rows whose rank in their partition is first..last, and the changes to that set
// as rows arrive. Rows with equal sort keys rank in the order of arrival, unless `last_of_equal`.
// Output: the input's columns, then the rank (BIGINT NOT NULL) if asked for.
struct RankSpec {
  RankFunction function = RankFunction::kRowNumber;
  std::vector<int> partition;  // input columns; empty: one partition
  std::vector<SortKey> order;
  int64_t first = 1;  // ranks count from 1; first <= last
  int64_t last = 1;
  bool output_rank = false;
  // Of rows with equal sort keys, the one that arrived last ranks first.
  bool last_of_equal = false;
  // The output describes places: a row that takes the place of another updates it (-U, +U).
  // Otherwise it describes rows: one leaves (-D) and another enters (+I). Only for ROW_NUMBER.
  bool by_place = false;
  RankStrategy strategy = RankStrategy::kAppend;
  std::vector<int> input_key;      // kUpdate: columns that identify a row of the input
  bool emit_update_before = true;  // false when nobody downstream needs -U
  int64_t ttl_millis = 0;
};

// Keeps one row a key: the first or the last by a time attribute. The input has inserts only.
struct DeduplicateSpec {
  std::vector<int> keys;
  int time_column = -1;  // event time; -1 for processing time, the order of arrival
  bool keep_last = false;
  bool emit_update_before = true;
  int64_t ttl_millis = 0;
};

// Top-N and deduplication within the windows that the input's rows have. Each window is emitted
// once, when it ends, append-only. Output: the input's columns, then the rank if asked for.
struct WindowRankSpec {
  RankFunction function = RankFunction::kRowNumber;
  int start_column = -1;  // of the input, as is end_column
  int end_column = -1;
  std::vector<int> partition;  // without the window's columns
  std::vector<SortKey> order;
  int64_t first = 1;
  int64_t last = 1;
  bool output_rank = false;
  // Of rows with equal sort keys, the one that arrived last ranks first.
  bool last_of_equal = false;
  std::string time_zone;  // for windows over TIMESTAMP_LTZ
};

// ORDER BY, LIMIT and OFFSET over bounded input: folds changes into a table and emits it at the end
// of input.
struct SortLimitSpec {
  std::vector<SortKey> keys;
  int64_t offset = 0;
  int64_t limit = -1;         // -1: all
  bool below_is_top = false;  // the input is a Top-N, which retracts only rows that it emitted
};

// ORDER BY a time attribute over inserts that never end: emits every row once the watermark or the
// clock has passed its time, in the order of `keys`, of which the first is that time. Output: the
// input's columns. On one subtask.
struct TemporalSortSpec {
  std::vector<SortKey> keys;
  int time_column = -1;  // event time; -1 for processing time, the order of arrival
};

}  // namespace weir::graph
