// Which rows of a partition have all rows before and behind them that the calls of an OVER read,
// and which rows nothing reads any more.
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/graph/over_spec.h"
#include "runtime/operators/over/ahead_rows.h"

namespace weir::operators {

// What a call, or the frames of a part, wait for.
struct Reach {
  bool to_end = false;  // the end of the input
  bool rows = false;    // so many rows
  int64_t millis = 0;   // so much time
};
Reach ReachOf(const graph::OverAheadSpec& spec);
// How long after its time a row may be read though no row comes, in milliseconds, 0 where it is not
// read; nothing where rows count, and not their times.
std::optional<int64_t> StaysFor(const graph::OverAheadSpec& spec);

// A partition of which all rows up to `known` are there. `batch` has a row of it.
struct KnownRows {
  const AheadRows& rows;
  const Batch& batch;
  int64_t known;  // INT64_MAX: the input has ended
};
// The first rows that are complete: for each of them all rows are there that the spec's calls read.
Result<uint32_t> CompleteRows(const graph::OverAheadSpec& spec, const KnownRows& at);
// How many of the first rows no row from place `next` on reads, or later ones, unless as part of
// accumulators (graph::AddsUp). At most `next`.
Result<uint32_t> UnreadRows(const graph::OverAheadSpec& spec, const KnownRows& at, uint32_t next);

}  // namespace weir::operators
