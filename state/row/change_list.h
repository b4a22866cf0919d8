// Tracks which rows of a table changed in which epoch, and the changes that a barrier froze until
// they are copied.
#pragma once

#include <algorithm>
#include <boost/container/deque.hpp>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "state/row/row.h"

namespace weir::state {

// The tick advances at every snapshot and every spill. A row's stamp is the tick of its last
// change, or 0 when the disk has its current version (and in a newly allocated block).
// A barrier freezes the list, which moves no byte: it is copy-on-write by rows. Whoever is about to
// change a frozen row copies it first, and rows that nobody touches are copied little by little. A
// row is frozen while it is listed with a stamp of before the barrier. Marking a row that is marked
// already costs a comparison. Not thread-safe.
class ChangeList {
 public:
  // REQUIRES: the row is not frozen.
  void Mark(Row row) {
    if (row.stamp() == tick_) return;
    // A block that was freed and reused may be listed only in the frozen list. Listing it twice
    // does no harm.
    const bool unsure = freezing_ && row.stamp() == 0;
    row.set_stamp(tick_);
    if (row.Has(Row::kListed) && !unsure) return;
    row.Set(Row::kListed);
    rows_.push_back(row);
  }
  // A container of millions of rows that never moves them, which would stall the task, and that
  // allocates once for a thousand rows.
  using Rows = boost::container::deque<
      Row, void, boost::container::deque_options<boost::container::block_size<1024>>::type>;
  // Changed rows; also blocks that were freed since, and some rows twice.
  Rows& rows() { return rows_; }
  // To be called once the changed rows need not be copied any more.
  void ForgetRows() { Clear(rows_); }
  uint32_t tick() const { return tick_; }

  // Ends the epoch: changes stamped so far are durable when `epoch` is. REQUIRES: !freezing().
  void Freeze(uint64_t epoch) {
    Clear(frozen_);
    frozen_.swap(rows_);
    next_frozen_ = 0;
    frozen_tick_ = tick_;
    freezing_ = !frozen_.empty();
    epochs_.push_back({epoch, tick_++});
  }
  // Whether frozen rows are left to copy.
  bool freezing() const { return freezing_; }
  bool frozen(Row row) const {
    return row.In(Row::kListed | Row::kFree) == Row::kListed && row.stamp() != 0 &&
           row.stamp() <= frozen_tick_;
  }
  // The caller copies the row now. REQUIRES: frozen(row).
  static void Release(Row row) { row.Clear(Row::kListed); }
  // Moves up to `most` frozen rows to `out`, released. Ends freezing when there are no more.
  void TakeFrozen(size_t most, std::vector<Row>& out);

  // Changes stamped so far are on disk, though not durable.
  void EndSpill() { spilled_ = tick_++; }
  // Rows stamped up to the end of `epoch` are clean from now on, as TaskProgress reported. Epochs
  // come in ascending order.
  void LearnPersisted(uint64_t epoch);
  // Whether the disk has this version of the row, durably or spilled.
  bool OnDisk(Row row) const { return row.stamp() <= persisted_ || row.stamp() <= spilled_; }
  // For backends without epochs: everything stamped so far is on disk.
  void Persist() { persisted_ = tick_++; }
  // Removes blocks that were freed since they were listed. REQUIRES: !freezing().
  void DropFreed();

 private:
  // A deque that never allocated a block would count its elements from a null pointer.
  static void Clear(Rows& rows) {
    if (!rows.empty()) rows.clear();
  }

  // The last tick of each epoch that is not persisted yet.
  struct Epoch {
    uint64_t epoch;
    uint32_t tick;
  };
  uint32_t tick_ = 1;
  uint32_t persisted_ = 0;
  uint32_t spilled_ = 0;
  uint32_t frozen_tick_ = 0;
  bool freezing_ = false;
  size_t next_frozen_ = 0;
  std::deque<Epoch> epochs_;
  Rows rows_;
  Rows frozen_;
};

}  // namespace weir::state
