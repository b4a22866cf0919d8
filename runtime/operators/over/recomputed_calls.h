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
// change costs as many rows as the frames that it is in have together. Where `slides`, frames with
// both ends are computed from two stacks (SlidingFrames), three steps a row however long they are,
// if their calls give the same in whatever portions rows are added up.
// Belongs to one task's thread.
class RecomputedCalls {
 public:
  // `spec` outlives this.
  explicit RecomputedCalls(const graph::OverRecomputeSpec& spec, bool slides = false)
      : spec_(spec), slides_(slides) {}

  Status Open();

  // The places whose results a change may have touched, ascending; all new rows are among them.
  void FindTouched(const OrderedRows& rows, const FrameBounds& frames,
                   std::vector<uint32_t>& places) const;

  // Appends one column for each call, with its results for `places`, of which there is one at
  // least.
  struct Partition {
    const PartitionRows& rows;
    const FrameBounds& frames;
    const Batch& batch;
    // Accumulators of rows before the first one that is there, for frames without a beginning, as
    // fields of a row from `first` on; null: there are none.
    const RowPlace* before = nullptr;
  };
  Status Compute(const Partition& at, std::span<const uint32_t> places,
                 PoolVector<ColumnPtr>& results);

  // Sets the accumulators at `to`, of table `owner`, to those of no rows.
  void Clear(const RowPlace& to, StringOwner& owner);
  // Adds the first `rows` rows, which are to go, to the accumulators at `at.before`. REQUIRES:
  // frames have no beginning, and no call is DISTINCT.
  Status AddUp(const Partition& at, uint32_t rows, StringOwner& owner);

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
  Status LoadSpan(const Partition& at, uint32_t begin, uint32_t end);
  Status NoteRepeats(size_t call, const Column& values);
  Status FromFront(const Partition& at, std::span<const uint32_t> places);
  Status FromBack(const Partition& at, std::span<const uint32_t> places);
  Status EachFrame(const Partition& at, std::span<const uint32_t> places);
  Status Sliding(const Partition& at, std::span<const uint32_t> places);
  // The states of the rows [begin, end) and all behind them up to `end`, into fronts_.
  Status Turn(uint32_t begin, uint32_t end, std::vector<std::byte*>& fronts);
  // Whether the results are the same in whatever portions rows are added up.
  bool InAnyPortions() const;
  // Notes the running state as that of the next place, and turns the states into results when they
  // become many.
  Status Note();
  Status TurnIntoResults();
  // Begins with the state `before`, or with that of no rows.
  void Restart(const RowPlace* before = nullptr);
  // Begins with the state of no rows, and keeps what states_ lie in.
  void Begin();

  Result<ColumnPtr> Other(const Partition& at, const graph::OverCall& call,
                          std::span<const uint32_t> places) const;
  static ColumnPtr Counted(const Partition& at, const graph::OverCall& call,
                           std::span<const uint32_t> places);
  static Result<ColumnPtr> Picked(const Partition& at, const graph::OverCall& call,
                                  std::span<const uint32_t> places);

  const graph::OverRecomputeSpec& spec_;
  const bool slides_;
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
  std::vector<std::byte*> backs_;  // sliding: what each of states_ is to be joined with
  FrameRows fronts_;
  std::vector<Batch> blocks_;  // results so far
};

}  // namespace weir::operators
