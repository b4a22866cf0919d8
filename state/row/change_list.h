// Which rows of a table changed since when: dirty tracking by epochs, and the changes that a
// barrier froze until they are copied.
#pragma once

#include <algorithm>
#include <boost/container/deque.hpp>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "state/row/row.h"

namespace weir::state {

// A tick passes at every snapshot and every spill; a row's stamp is the tick of its last change, 0
// when the disk holds it as it is (and in a block that was just allocated). Not thread-safe.
//
// A barrier freezes the list: whoever is about to change a frozen row copies it first, and what
// nobody touches is copied little by little. A row is frozen while it is listed with a stamp of
// before the barrier.
// Marking a row that is marked already costs a comparison; a snapshot costs nothing until its rows
// are copied: copy-on-write by rows, so that the barrier itself moves no byte.
class ChangeList {
 public:
  // REQUIRES: the row is not frozen.
  void Mark(Row row) {
    if (row.stamp() == tick_) return;
    // A block that was freed and used again may be named by the frozen list only; named twice does
    // no harm.
    const bool unsure = freezing_ && row.stamp() == 0;
    row.set_stamp(tick_);
    if (row.Has(Row::kListed) && !unsure) return;
    row.Set(Row::kListed);
    rows_.push_back(row);
  }
  // A list of millions grows without being moved, which would hold up the task, and by an
  // allocation a thousand rows.
  using Rows = boost::container::deque<
      Row, void, boost::container::deque_options<boost::container::block_size<1024>>::type>;
  // Changed rows, blocks that were freed since, and some twice.
  Rows& rows() { return rows_; }
  uint32_t tick() const { return tick_; }

  // Ends the epoch: what is stamped so far will be durable when `epoch` is. REQUIRES: !freezing().
  void Freeze(uint64_t epoch) {
    // An empty deque that never had a block counts from a null pointer.
    if (!frozen_.empty()) frozen_.clear();
    frozen_.swap(rows_);
    next_frozen_ = 0;
    frozen_tick_ = tick_;
    freezing_ = !frozen_.empty();
    epochs_.push_back({epoch, tick_++});
  }
  // Frozen rows are left to copy.
  bool freezing() const { return freezing_; }
  bool frozen(Row row) const {
    return row.In(Row::kListed | Row::kFree) == Row::kListed && row.stamp() != 0 &&
           row.stamp() <= frozen_tick_;
  }
  // The caller copies the row now. REQUIRES: frozen(row).
  static void Release(Row row) { row.Clear(Row::kListed); }
  // Moves up to `most` frozen rows to `out`, released; ends freezing when there are no more.
  void TakeFrozen(size_t most, std::vector<Row>& out);

  // What is stamped so far is on disk, though not durable.
  void EndSpill() { spilled_ = tick_++; }
  // Rows stamped up to the end of `epoch` are clean from now on. Epochs come in ascending order.
  // Told by TaskProgress.
  void LearnPersisted(uint64_t epoch);
  // The disk holds this version of the row: durably, or spilled.
  bool OnDisk(Row row) const { return row.stamp() <= persisted_ || row.stamp() <= spilled_; }
  // For backends without epochs: everything stamped so far is on disk.
  void Persist() { persisted_ = tick_++; }
  // Forgets blocks that were freed since they were listed. REQUIRES: !freezing().
  void DropFreed();

 private:
  // The last tick of each epoch under way.
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
