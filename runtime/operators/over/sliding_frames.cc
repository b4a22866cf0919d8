// Frames with a beginning: rows leave them in the order in which they came. Nothing is subtracted,
// so that every aggregate of single values can be computed and floats keep their digits: the frame
// is cut in two, where the rows of the front part know the accumulators of themselves and all front
// rows behind them, and those of the back part are in one running state. The result is the front of
// the first row in the frame joined with the back. When the front is used up, the back becomes the
// front. So a row is added three times, however long the frames are (Tangwongsan, Hirzel,
// Schneider: "General Incremental Sliding-Window Aggregation", VLDB 2015, "two stacks").
// State: "frames" and "kept".
#include <algorithm>
#include <array>
#include <numeric>
#include <utility>
#include <vector>

#include "runtime/graph/over_state.h"
#include "runtime/operators/emit.h"
#include "runtime/operators/over/frame_rows.h"
#include "runtime/operators/over/kept_rows.h"
#include "runtime/operators/over/over_calls.h"
#include "runtime/operators/over/over_frames.h"
#include "runtime/operators/row_groups.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {
namespace {

class SlidingFrames final : public OverFrames {
 public:
  explicit SlidingFrames(const OverPlace& place) : spec_(place.spec) {}

  Status Open(const OverPlace& place);
  Status Compute(const OverBlock& block, PoolVector<ColumnPtr>& results) override;
  Status DropBefore(int64_t time) override;

 private:
  // Fields of "frames" behind the accumulators.
  enum Extra : size_t { kNewest, kOldest, kKept, kFront, kExtras };
  // A row of "kept" that is looked at.
  struct Old {
    int64_t time;
    std::byte* row;
    std::byte* front;  // its accumulators, in scratch_; null while it has none
  };
  // A partition while the block goes through it. Places count the rows kept, and behind them those
  // of the block: a frame is [first, …], its front [first, front_end).
  struct Partition {
    std::span<const uint32_t> rows;  // of the block
    int64_t kept = 0;
    int64_t first = 0;
    int64_t front_end = 0;
    bool turned = false;  // rows got a front that "kept" does not know of
    std::byte* back = nullptr;
  };

  int64_t Get(const std::byte* row, Extra field) const {
    return frames_->layout().Load<int64_t>(row, extras_ + field);
  }
  void Set(std::byte* row, Extra field, int64_t value) const {
    frames_->layout().Store(row, extras_ + field, value);
  }
  bool IsOld(int64_t place) const { return place < at_.kept; }
  uint32_t RowAt(int64_t place) const { return at_.rows[static_cast<size_t>(place - at_.kept)]; }
  int64_t TimeAt(const OverBlock& block, int64_t place) const {
    return IsOld(place) ? old_[static_cast<size_t>(place)].time : block.rows.times[RowAt(place)];
  }
  std::byte*& FrontAt(int64_t place) {
    return IsOld(place) ? old_[static_cast<size_t>(place)].front
                        : fronts_[static_cast<size_t>(place - at_.kept)];
  }
  // Whether the row at `place` is not in the frame of the row at `last`.
  bool IsOut(const OverBlock& block, int64_t place, int64_t last) const;

  Status ComputePartition(const OverBlock& block, size_t group);
  void Begin(size_t group);
  // Reads the rows kept that leave the frames of the block, the first one that does not, and all
  // behind it where the front does not reach it.
  Status ReadOld(const OverBlock& block, const std::byte* stored);
  Status Turn(int64_t last);
  Status TurnOld(int64_t from, std::byte*& state);
  Status Save(const OverBlock& block, std::byte* stored);
  void SaveFronts();
  Status KeepRows(const OverBlock& block);
  Status AppendColumns(PoolVector<ColumnPtr>& results);

  const graph::OverAggregateSpec& spec_;
  ValueTable* frames_ = nullptr;
  KeptRows kept_;
  OverCalls calls_;
  size_t extras_ = 0;      // the first field of Extra
  size_t front_flag_ = 0;  // of "kept"
  std::vector<Type> key_types_;
  FrameRows scratch_;
  std::byte* none_ = nullptr;  // the state of no rows

  // Scratch that belongs to the current block.
  std::vector<std::byte*> rows_;
  std::vector<uint8_t> created_;
  RowGroups groups_;
  OverArguments arguments_;
  std::vector<ColumnPtr> keys_;
  std::vector<std::byte*> firsts_;  // for each row the front of its frame
  std::vector<std::byte*> backs_;   // and the back
  std::vector<uint32_t> stay_;      // rows that are kept
  std::vector<std::byte*> stay_fronts_;

  // Scratch that belongs to the current partition.
  Partition at_;
  std::vector<Old> old_;
  std::vector<std::byte*> fronts_;  // of the block's rows
};

Status SlidingFrames::Open(const OverPlace& place) {
  const OperatorStateSchema schema = graph::StateOfOver(spec_, place.input);
  const size_t first = spec_.time_column >= 0 ? 1 : 0;
  const StateSchema& frames = schema.tables[first];
  frames_ = TRY(place.tasks.OpenValue(place.uid, frames));
  extras_ = frames.value.size() - kExtras;
  for (const Field& field : frames.key) key_types_.push_back(field.type);
  RETURN_IF_ERROR(
      calls_.Open(graph::AggregatesOf(spec_.calls), std::span(frames.value).first(extras_)));
  scratch_.Open(calls_.layout());
  RETURN_IF_ERROR(kept_.Open(place, schema.tables[first + 1]));
  front_flag_ = kept_.columns();
  return {};
}

bool SlidingFrames::IsOut(const OverBlock& block, int64_t place, int64_t last) const {
  const int64_t preceding = *spec_.frame.preceding;
  if (spec_.frame.rows) return last - place > preceding;
  return TimeAt(block, last) - TimeAt(block, place) > preceding;
}

void SlidingFrames::Begin(size_t group) {
  const uint32_t row = groups_.firsts()[group];
  const std::byte* stored = rows_[row];
  at_ = {};
  at_.rows = groups_.RowsOf(group);
  at_.kept = Get(stored, kKept);
  at_.front_end = Get(stored, kFront);
  at_.back = scratch_.Add();
  if (at_.kept == 0) {
    calls_.Initialize(at_.back);
  } else {
    CopyFields({frames_->layout(), rows_[row], 0}, {calls_.layout(), at_.back, 0}, calls_.fields(),
               scratch_);
  }
  old_.clear();
  fronts_.assign(at_.rows.size(), nullptr);
}

Status SlidingFrames::ReadOld(const OverBlock& block, const std::byte* stored) {
  if (at_.kept == 0) return {};
  const int64_t last_time = block.rows.times[at_.rows.back()];
  const int64_t preceding = *spec_.frame.preceding;
  const int64_t more = static_cast<int64_t>(at_.rows.size());
  const bool leave = spec_.frame.rows ? at_.kept + more > preceding + 1
                                      : last_time - Get(stored, kOldest) > preceding;
  if (!leave && at_.front_end == 0) return {};
  std::string key;
  AppendKey(keys_, at_.rows[0], key);
  return kept_.Visit(key, [&](int64_t time, std::byte* row) {
    const auto place = static_cast<int64_t>(old_.size());
    std::byte* front = nullptr;
    if (place < at_.front_end) {
      front = scratch_.Add();
      CopyFields({kept_.layout(), row, front_flag_ + 1}, {calls_.layout(), front, 0},
                 calls_.fields(), scratch_);
    }
    old_.push_back({time, row, front});
    const bool leaves =
        spec_.frame.rows ? at_.kept + more - 1 - place > preceding : last_time - time > preceding;
    // The first that stays: the front begins there, unless it has to be made from all that stay.
    return leaves || front == nullptr;
  });
}

// Makes a front of all rows of the frame up to `last`.
Status SlidingFrames::Turn(int64_t last) {
  std::byte* state = none_;
  int64_t place = last;
  for (; place >= at_.first && !IsOld(place); --place) {
    state = scratch_.Copy(state);
    RETURN_IF_ERROR(calls_.AddInFront(arguments_, RowAt(place), state, scratch_));
    FrontAt(place) = state;
  }
  if (place >= at_.first) RETURN_IF_ERROR(TurnOld(place, state));
  at_.front_end = last + 1;
  at_.back = scratch_.Copy(none_);
  return {};
}

// Turn for the kept rows from at_.first to `from`, whose arguments are read from the table.
Status SlidingFrames::TurnOld(int64_t from, std::byte*& state) {
  std::vector<std::byte*> rows;
  for (int64_t place = at_.first; place <= from; ++place) {
    rows.push_back(old_[static_cast<size_t>(place)].row);
  }
  const OverArguments arguments = TRY(kept_.ArgumentsOf(rows));
  for (size_t i = rows.size(); i-- > 0;) {
    state = scratch_.Copy(state);
    RETURN_IF_ERROR(calls_.AddInFront(arguments, static_cast<uint32_t>(i), state, scratch_));
    FrontAt(at_.first + static_cast<int64_t>(i)) = state;
  }
  at_.turned = true;
  return {};
}

Status SlidingFrames::ComputePartition(const OverBlock& block, size_t group) {
  std::byte* stored = rows_[groups_.firsts()[group]];
  Begin(group);
  RETURN_IF_ERROR(ReadOld(block, stored));
  const auto count = static_cast<int64_t>(at_.rows.size());
  const bool together = PeersTogether(spec_);
  for (int64_t begin = 0; begin < count;) {
    int64_t end = begin;
    const int64_t time = block.rows.times[at_.rows[static_cast<size_t>(begin)]];
    do {
      RETURN_IF_ERROR(
          calls_.Add(arguments_, at_.rows[static_cast<size_t>(end++)], at_.back, scratch_));
    } while (together && end < count &&
             block.rows.times[at_.rows[static_cast<size_t>(end)]] == time);
    const int64_t last = at_.kept + end - 1;
    // Where nothing was read, nothing leaves.
    const bool read = at_.kept == 0 || !old_.empty();
    while (read && IsOut(block, at_.first, last)) ++at_.first;
    if (at_.first > at_.front_end) RETURN_IF_ERROR(Turn(last));
    std::byte* front = at_.first < at_.front_end ? FrontAt(at_.first) : none_;
    std::byte* back = scratch_.Copy(at_.back);
    for (; begin < end; ++begin) {
      firsts_[at_.rows[static_cast<size_t>(begin)]] = front;
      backs_[at_.rows[static_cast<size_t>(begin)]] = back;
    }
  }
  return Save(block, stored);
}

void SlidingFrames::SaveFronts() {
  std::vector<std::byte*> changed;
  for (int64_t place = at_.first; place < at_.kept; ++place) {
    const Old& old = old_[static_cast<size_t>(place)];
    kept_.layout().Store<uint8_t>(old.row, front_flag_, 1);
    CopyFields({calls_.layout(), old.front, 0}, {kept_.layout(), old.row, front_flag_ + 1},
               calls_.fields(), kept_.strings());
    changed.push_back(old.row);
  }
  kept_.MarkChanged(changed);
}

Status SlidingFrames::Save(const OverBlock& block, std::byte* stored) {
  // The fronts of kept rows are saved before other rows are erased, since erasing makes row
  // pointers invalid.
  if (at_.turned && at_.first < at_.kept) SaveFronts();
  std::vector<std::byte*> left;
  for (int64_t place = 0; place < std::min(at_.first, at_.kept); ++place) {
    left.push_back(old_[static_cast<size_t>(place)].row);
  }
  if (!left.empty()) kept_.Erase(left);
  const auto count = static_cast<int64_t>(at_.rows.size());
  for (int64_t place = std::max(at_.first, at_.kept); place < at_.kept + count; ++place) {
    stay_.push_back(RowAt(place));
    stay_fronts_.push_back(place < at_.front_end ? FrontAt(place) : nullptr);
  }
  const RowLayout& layout = frames_->layout();
  CopyFields({calls_.layout(), at_.back, 0}, {layout, stored, 0}, calls_.fields(), *frames_);
  Set(stored, kNewest, block.rows.times[at_.rows.back()]);
  // A row itself is always in its frame. What was not read is not known, and as it was.
  const bool same_first = at_.first == 0 && at_.kept > 0;
  if (!same_first) Set(stored, kOldest, TimeAt(block, at_.first));
  Set(stored, kKept, at_.kept + count - at_.first);
  Set(stored, kFront, std::max<int64_t>(0, at_.front_end - at_.first));
  return {};
}

Status SlidingFrames::KeepRows(const OverBlock& block) {
  if (stay_.empty()) return {};
  std::vector<std::byte*> rows = TRY(kept_.Add(block, stay_));
  for (size_t i = 0; i < rows.size(); ++i) {
    if (stay_fronts_[i] != nullptr) {
      kept_.layout().Store<uint8_t>(rows[i], front_flag_, 1);
      CopyFields({calls_.layout(), stay_fronts_[i], 0}, {kept_.layout(), rows[i], front_flag_ + 1},
                 calls_.fields(), kept_.strings());
    }
  }
  return {};
}

Status SlidingFrames::AppendColumns(PoolVector<ColumnPtr>& results) {
  for (std::byte*& first : firsts_) first = scratch_.Copy(first);
  RETURN_IF_ERROR(calls_.Join(firsts_, backs_, scratch_));
  return calls_.AppendResults(firsts_, results);
}

Status SlidingFrames::Compute(const OverBlock& block, PoolVector<ColumnPtr>& results) {
  scratch_.Clear();
  none_ = scratch_.Add();
  calls_.Initialize(none_);
  const uint32_t count = block.rows.size();
  arguments_ = kept_.ArgumentsOf(block.rows.rows);
  keys_.clear();
  for (const int key : spec_.partition) {
    keys_.push_back(block.rows.rows.columns[static_cast<size_t>(key)]);
  }
  rows_.resize(count);
  created_.assign(count, 0);
  RETURN_IF_ERROR(frames_->FindOrCreate({&block.rows.rows, spec_.partition, block.hashes},
                                        rows_.data(), created_.data()));
  groups_.Collect(rows_);
  firsts_.assign(count, nullptr);
  backs_.assign(count, nullptr);
  stay_.clear();
  stay_fronts_.clear();
  for (size_t group = 0; group < groups_.size(); ++group) {
    RETURN_IF_ERROR(ComputePartition(block, group));
  }
  RETURN_IF_ERROR(AppendColumns(results));
  return KeepRows(block);
}

Status SlidingFrames::DropBefore(int64_t time) {
  if (spec_.frame.rows) return {};
  const auto over = [&](const std::byte* row) { return Get(row, kNewest) < time; };
  return frames_->ScanWhere(over, [&](const ScannedRows& run) -> Status {
    Batch keys;
    keys.row_count = static_cast<uint32_t>(run.rows.size());
    if (!key_types_.empty()) {
      for (ColumnPtr& column : TRY(DecodeKeys(run.keys, key_types_))) {
        keys.columns.push_back(std::move(column));
      }
    }
    std::vector<int> places(key_types_.size());
    std::iota(places.begin(), places.end(), 0);
    std::vector<uint64_t> hashes(run.rows.size());
    HashKeys(keys, places, hashes.data());
    RETURN_IF_ERROR(kept_.EraseKeys({&keys, places, hashes.data()}));
    frames_->Erase(run.rows);
    return {};
  });
}

}  // namespace

Result<std::unique_ptr<OverFrames>> MakeSlidingFrames(const OverPlace& place) {
  auto frames = std::make_unique<SlidingFrames>(place);
  RETURN_IF_ERROR(frames->Open(place));
  return std::unique_ptr<OverFrames>(std::move(frames));
}

Result<std::unique_ptr<OverFrames>> MakeOverFrames(const OverPlace& place) {
  if (graph::OnlyLooksBack(place.spec)) return MakeLookingBack(place);
  return place.spec.frame.preceding ? MakeSlidingFrames(place) : MakeRunningFrames(place);
}

}  // namespace weir::operators
