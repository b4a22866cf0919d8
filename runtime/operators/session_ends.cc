#include "runtime/operators/session_ends.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "runtime/operators/emit.h"
#include "runtime/types/key_encoding.h"
#include "runtime/window/window_arithmetic.h"

namespace weir::operators {

void SessionEnds::Open(SlicedTable& table, std::vector<Type> key_types, int64_t length) {
  table_ = &table;
  key_types_ = std::move(key_types);
  key_places_.resize(key_types_.size());
  std::iota(key_places_.begin(), key_places_.end(), 0);
  length_ = std::max<int64_t>(length, 1);
}

// A stretch is named by its end and holds the session ends (end - length, end].
int64_t SessionEnds::StretchOf(int64_t end) const {
  const int64_t rest = ((end % length_) + length_) % length_;
  if (rest == 0) return end;
  return end > kNever - length_ ? kNever : end - rest + length_;
}

int64_t SessionEnds::EarliestIn(int64_t stretch) const {
  const auto known = earliest_.find(stretch);
  return known != earliest_.end() ? known->second : stretch - length_ + 1;
}

Status SessionEnds::Note(const KeyView& keys, std::span<const int64_t> ends) {
  std::map<int64_t, std::vector<uint32_t>> stretches;
  for (uint32_t i = 0; i < ends.size(); ++i) {
    const int64_t stretch = StretchOf(ends[i]);
    stretches[stretch].push_back(keys.batch->RowAt(i));
    const auto [known, added] = earliest_.try_emplace(stretch, ends[i]);
    // A stretch that a restore brought may hold earlier ends than those noted since.
    if (added && TRY(table_->FindSlice({stretch})) != nullptr) {
      known->second = stretch - length_ + 1;
    }
    known->second = std::min(known->second, ends[i]);
  }
  for (const auto& [stretch, rows] : stretches) {
    ValueTable* slice = TRY(table_->Slice({stretch}));
    const auto count = static_cast<uint32_t>(rows.size());
    const Batch part = Select(*keys.batch, rows.data(), count);
    rows_.resize(count);
    created_.assign(count, 0);
    RETURN_IF_ERROR(
        slice->FindOrCreate({&part, keys.columns, keys.hashes}, rows_.data(), created_.data()));
  }
  return {};
}

int64_t SessionEnds::next_end() const {
  const std::vector<Timestamp> stretches = table_->Slices();
  return stretches.empty() ? kNever : EarliestIn(stretches.front().millis);
}

Status SessionEnds::Visit(int64_t watermark, const Visitor& visit) {
  for (const Timestamp stretch : table_->Slices()) {
    if (!window::IsComplete(EarliestIn(stretch.millis), watermark)) break;
    RETURN_IF_ERROR(VisitStretch(stretch.millis, visit));
  }
  return {};
}

Status SessionEnds::VisitStretch(int64_t stretch, const Visitor& visit) {
  ValueTable* slice = TRY(table_->FindSlice({stretch}));
  if (slice == nullptr) return {};
  std::string bytes;
  std::vector<size_t> ends;
  RETURN_IF_ERROR(slice->Scan([&](const ScannedRows& run) -> Status {
    for (const std::string_view key : run.keys) {
      bytes.append(key);
      ends.push_back(bytes.size());
    }
    return {};
  }));
  // Keys whose sessions end later in the same stretch come back into it.
  RETURN_IF_ERROR(table_->Drop({stretch}));
  earliest_.erase(stretch);
  std::vector<std::string_view> keys;
  size_t begin = 0;
  for (const size_t end : ends) {
    keys.push_back(std::string_view(bytes).substr(begin, end - begin));
    begin = end;
  }
  std::vector<int64_t> next(keys.size(), kNever);
  RETURN_IF_ERROR(visit(keys, next));
  return NoteAgain(keys, next);
}

Status SessionEnds::NoteAgain(std::span<const std::string_view> keys,
                              std::span<const int64_t> ends) {
  std::vector<std::string_view> left;
  std::vector<int64_t> left_ends;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (ends[i] == kNever) continue;
    left.push_back(keys[i]);
    left_ends.push_back(ends[i]);
  }
  if (left.empty()) return {};
  Batch batch;
  batch.row_count = static_cast<uint32_t>(left.size());
  for (ColumnPtr& column : TRY(DecodeKeys(left, key_types_))) {
    batch.columns.push_back(std::move(column));
  }
  std::vector<uint64_t> hashes(left.size());
  HashKeys(batch, key_places_, hashes.data());
  return Note({&batch, key_places_, hashes.data()}, left_ends);
}

}  // namespace weir::operators
