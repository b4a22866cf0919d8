// Specs of the operators that keep rows by a primary key: one turns upserts into a complete
// changelog, the others a changelog into upserts (Flink: StreamExecChangelogNormalize,
// SinkUpsertMaterializer, WatermarkCompactingSinkMaterializer). And what a sink does of the latter
// without keeping rows.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/types/schema.h"
#include "runtime/types/state_schema.h"

namespace weir::graph {

// Completes a changelog that has only the new rows of updates, or that may deliver events twice, by
// comparing each change with the row that was there. -U of the input is ignored, and a -D needs
// only its key.
struct ChangelogNormalizeSpec {
  std::vector<int> keys;           // the primary key, columns of the input
  bool emit_update_before = true;  // false when nobody downstream needs -U
  int64_t ttl_millis = 0;
};

// Stands in front of a sink whose primary key differs from the key of the changes that it receives.
// Keeps every row of a primary key in the order of arrival and forwards the last one, so that a
// retraction that arrives late does not remove a newer row. The input has -U.
struct UpsertMaterializeSpec {
  std::vector<int> keys;            // the sink's primary key, columns of the input
  std::vector<int> input_key;       // what identifies a row of the input; empty: all its columns
  bool emit_update_before = false;  // the sink takes -U, without which its readers cannot fold
  int64_t ttl_millis = 0;
};

// What an INSERT does where rows meet under one primary key (ON CONFLICT).
enum class Conflict : uint8_t {
  kDeduplicate,  // the last row counts: UpsertMaterialize
  kError,        // the job fails
  kNothing,      // the first row counts
};
// "ERROR", "NOTHING", "DEDUPLICATE".
std::string_view ConflictName(Conflict conflict);

// Stands in front of such a sink as well. Waits for the watermark, so that all changes of one
// moment are there, and looks for conflicts in what they are together. The input has -U.
struct UpsertCompactSpec {
  std::vector<int> keys;                 // as in UpsertMaterializeSpec
  std::vector<int> input_key;            // likewise
  bool emit_update_before = false;       // likewise
  Conflict conflict = Conflict::kError;  // never kDeduplicate
  int64_t ttl_millis = 0;
};

// What becomes of the old rows of updates (-U) in a sink.
enum class OldRows : uint8_t {
  kWritten,  // it takes them
  kSkipped,  // it takes upserts by its primary key, which an update never changes
  kDeleted,  // it takes upserts, but the new row may have another primary key or be missing
};

// State of a ChangelogNormalize: "rows", kValue: key -> the kept columns (rank_state.h,
// KeptColumns).
OperatorStateSchema StateOfNormalize(const ChangelogNormalizeSpec& spec, const Schema& input);

// State of an UpsertMaterialize:
//   "rows", kValue: key -> the kept columns of the last row, then "older()" BIGINT NOT NULL, how
//     many rows of the key came before it, and "sequence()" BIGINT NOT NULL, its number.
//   "older", kMap: key -> its number -> the kept columns of each row before the last, then
//     "number()" BIGINT NOT NULL, the same number.
// Operator state "sequence": the next one, in order of arrival.
OperatorStateSchema StateOfMaterialize(const UpsertMaterializeSpec& spec, const Schema& input);

// State of an UpsertCompact:
//   "rows", kValue: key -> the kept columns of the row that was emitted last.
//   "waiting", kList in slices of time: key -> the kept columns of each change, then "moment()"
//     BIGINT NOT NULL, the watermark that it came behind, "kind()" TINYINT NOT NULL, and
//     "sequence()" BIGINT NOT NULL. Never expires.
// Operator state "sequence": the next one, in order of arrival; "progress": the watermark.
OperatorStateSchema StateOfCompact(const UpsertCompactSpec& spec, const Schema& input);

}  // namespace weir::graph
