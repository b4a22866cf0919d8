// The calls of an OVER over a partition whose rows are all known, for those rows whose results may
// have become others.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/graph/over_spec.h"
#include "runtime/operators/over/frame_bounds.h"
#include "runtime/operators/over/frame_rows.h"
#include "runtime/operators/over/ordered_rows.h"
#include "runtime/operators/over/over_calls.h"

namespace weir::operators {

// A result depends on the rows of its frame and their order alone, not on which of them changed:
// floats are always added up in the same order. Frames without a beginning are computed from the
// front in one pass, and those without an end from the back; of others each by itself, so that a
// change costs as many rows as the frames that it is in have together.
// Belongs to one task's thread.
class RecomputedCalls {
 public:
  // `spec` outlives this.
  explicit RecomputedCalls(const graph::OverRecomputeSpec& spec) : spec_(spec) {}

  Status Open();

  // The places whose results a change may have touched, ascending; all new rows are among them.
  void FindTouched(const OrderedRows& rows, const FrameBounds& frames,
                   std::vector<uint32_t>& places) const;

  // Appends one column for each call, with its results for `places`, of which there is one at
  // least.
  struct Partition {
    const OrderedRows& rows;
    const FrameBounds& frames;
    const Batch& batch;
  };
  Status Compute(const Partition& at, std::span<const uint32_t> places,
                 PoolVector<ColumnPtr>& results);

 private:
  // The values that aggregates take, of the places [begin, end).
  struct Span {
    uint32_t begin = 0;
    uint32_t end = 0;
    OverArguments arguments;
    // By call: for each place of a DISTINCT call where its value came last before, and where it
    // comes next, as places; empty for others.
    std::vector<std::vector<int64_t>> before;
    std::vector<std::vector<int64_t>> after;
  };

  bool Touched(const OrderedRows& rows, const FrameBounds& frames, uint32_t place) const;
  Status ComputeAggregates(const Partition& at, std::span<const uint32_t> places,
                           PoolVector<ColumnPtr>& results);
  Status LoadSpan(const Partition& at, std::span<const uint32_t> places);
  Status NoteRepeats(size_t call, const Column& values);
  Status FromFront(const Partition& at, std::span<const uint32_t> places);
  Status FromBack(const Partition& at, std::span<const uint32_t> places);
  Status EachFrame(const Partition& at, std::span<const uint32_t> places);
  // Notes the running state as that of the next place, and turns the states into results when they
  // become many.
  Status Note();
  Status TurnIntoResults();
  void Restart();

  Result<ColumnPtr> Other(const Partition& at, const graph::OverCall& call,
                          std::span<const uint32_t> places) const;
  static ColumnPtr Counted(const Partition& at, const graph::OverCall& call,
                           std::span<const uint32_t> places);
  static Result<ColumnPtr> Picked(const Partition& at, const graph::OverCall& call,
                                  std::span<const uint32_t> places);

  const graph::OverRecomputeSpec& spec_;
  OverCalls calls_;
  bool has_aggregates_ = false;
  bool keeps_lists_ = false;
  size_t states_at_once_ = 1024;

  // Scratch of one partition.
  Span span_;
  FrameRows running_;
  FrameRows copies_;
  std::byte* state_ = nullptr;  // in running_
  std::vector<std::byte*> states_;
  std::vector<Batch> blocks_;  // results so far
};

}  // namespace weir::operators
