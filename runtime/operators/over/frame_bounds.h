// Where frames begin and end in a partition whose rows are all known.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "runtime/graph/over_spec.h"
#include "runtime/operators/over/partition_rows.h"

namespace weir::operators {

// The frame of each place of a partition (SQL:2016). Frames by value hold rows whose value is at
// most so far from that of the row; rows without a value are in frames with each other, or in those
// that have no bound on their side.
class FrameBounds {
 public:
  // `spec` outlives this.
  explicit FrameBounds(const graph::OverRecomputeSpec& spec) : spec_(spec) {}

  // Finds the frames of all places.
  Status Find(const PartitionRows& rows, const Batch& batch);

  // The places [begin, end) of the frame; begin == end for an empty one.
  uint32_t Begin(size_t place) const { return begins_[place]; }
  uint32_t End(size_t place) const { return ends_[place]; }
  // The places from the frame's or the row's own, whichever is first, to the last of them.
  std::pair<uint32_t, uint32_t> Reach(uint32_t place) const {
    return {std::min(begins_[place], place), std::max(ends_[place], place + 1)};
  }

 private:
  void FindByRows(size_t rows);
  // Where a bound at the peers of the row lies, or none at all.
  void FindByPeers(const PartitionRows& rows);
  Status FindByValue(const PartitionRows& rows, const Batch& batch);

  const graph::OverRecomputeSpec& spec_;
  std::vector<uint32_t> begins_;
  std::vector<uint32_t> ends_;
};

}  // namespace weir::operators
