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
};

enum class RankFunction : uint8_t { kRowNumber, kRank, kDenseRank };
// "ROW_NUMBER", "RANK", "DENSE_RANK".
std::string_view RankFunctionName(RankFunction function);

// What Top-N must keep (Flink: RankProcessStrategy).
enum class RankStrategy : uint8_t {
  kAppend,   // the input has inserts only: rows behind the last rank are gone for good
  kUpdate,   // rows of a known key only move forward: the same, and an update needs no -U
  kRetract,  // anything: every row is kept
};

// Top-N: the rows whose rank in their partition is first..last, as it changes with every row. Rows
// with equal sort keys rank in order of arrival, unless `last_of_equal`. Output: the input's
// columns, then the rank (BIGINT NOT NULL) when asked for.
struct RankSpec {
  RankFunction function = RankFunction::kRowNumber;
  std::vector<int> partition;  // input columns; empty: one partition
  std::vector<SortKey> order;
  int64_t first = 1;  // ranks count from 1; first <= last
  int64_t last = 1;
  bool output_rank = false;
  bool last_of_equal = false;  // among equal sort keys the last to come ranks first
  // Changes are those of places, a row taking that of another (-U, +U), rather than of rows, one
  // going (-D) and another coming (+I). Only for ROW_NUMBER.
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

// Top-N and deduplication within the windows that the input's rows have: each window is put out
// once, when it ends, append-only. Output: the input's columns, then the rank when asked for.
struct WindowRankSpec {
  RankFunction function = RankFunction::kRowNumber;
  int start_column = -1;  // of the input, as is end_column
  int end_column = -1;
  std::vector<int> partition;  // without the window's columns
  std::vector<SortKey> order;
  int64_t first = 1;
  int64_t last = 1;
  bool output_rank = false;
  bool last_of_equal = false;  // among equal sort keys the last to come ranks first
  std::string time_zone;       // for windows over TIMESTAMP_LTZ
};

// ORDER BY / LIMIT / OFFSET over bounded input: folds changes into a table, emits it at the end.
struct SortLimitSpec {
  std::vector<SortKey> keys;
  int64_t offset = 0;
  int64_t limit = -1;         // -1: all
  bool below_is_top = false;  // a Top-N, which takes back its own rows only
};

}  // namespace weir::graph
