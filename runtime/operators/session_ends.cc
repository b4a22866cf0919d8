#include "runtime/operators/session_ends.h"

#include <algorithm>
#include <numeric>

#include "runtime/operators/emit.h"
#include "runtime/types/key_encoding.h"
#include "runtime/window/window_arithmetic.h"

namespace weir::operators {
namespace {

constexpr size_t kDue = 0;  // field
constexpr int64_t kUnknown = 0;

}  // namespace

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
  noted_.clear();
  for (uint32_t i = 0; i < ends.size(); ++i) {
    noted_.push_back({StretchOf(ends[i]), keys.batch->RowAt(i), ends[i]});
  }
  // Rows of a stretch stay ascending.
  if (!std::ranges::is_sorted(noted_, {}, &Noted::stretch)) {
    std::ranges::stable_sort(noted_, {}, &Noted::stretch);
  }
  for (size_t begin = 0; begin < noted_.size();) {
    size_t end = begin + 1;
    while (end < noted_.size() && noted_[end].stretch == noted_[begin].stretch) ++end;
    RETURN_IF_ERROR(NoteInStretch(keys, std::span(noted_).subspan(begin, end - begin)));
    begin = end;
  }
  return {};
}

Status SessionEnds::NoteInStretch(const KeyView& keys, std::span<const Noted> noted) {
  const int64_t stretch = noted[0].stretch;
  const auto [earliest, added] = earliest_.try_emplace(stretch, noted[0].end);
  // A stretch that a restore brought may hold earlier ends than those noted since.
  if (added && TRY(table_->FindSlice({stretch})) != nullptr) {
    earliest->second = stretch - length_ + 1;
  }
  ids_.clear();
  for (const Noted& one : noted) {
    earliest->second = std::min(earliest->second, one.end);
    ids_.push_back(one.row);
  }
  ValueTable* slice = TRY(table_->Slice({stretch}));
  const auto count = static_cast<uint32_t>(noted.size());
  const Batch part = Select(*keys.batch, ids_.data(), count);
  rows_.resize(count);
  created_.assign(count, 0);
  RETURN_IF_ERROR(
      slice->FindOrCreate({&part, keys.columns, keys.hashes}, rows_.data(), created_.data()));
  const RowLayout& layout = slice->layout();
  for (uint32_t i = 0; i < count; ++i) {
    const auto due = layout.Load<int64_t>(rows_[i], kDue);
    if (created_[i] == 0 && (due == kUnknown || due <= noted[i].end)) continue;
    layout.Store<int64_t>(rows_[i], kDue, noted[i].end);
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
    RETURN_IF_ERROR(VisitStretch(stretch.millis, watermark, visit));
  }
  return {};
}

Result<int64_t> SessionEnds::TakeDue(ValueTable& slice, int64_t watermark) {
  int64_t least = kNever;
  const RowLayout& layout = slice.layout();
  const auto is_due = [&](const std::byte* row) {
    const auto due = layout.Load<int64_t>(row, kDue);
    if (due == kUnknown || window::IsComplete(due, watermark)) return true;
    least = std::min(least, due);
    return false;
  };
  RETURN_IF_ERROR(slice.ScanWhere(is_due, [&](const ScannedRows& run) -> Status {
    for (size_t i = 0; i < run.keys.size(); ++i) {
      layout.Store<int64_t>(run.rows[i], kDue, kNever);
      taken_bytes_.append(run.keys[i]);
      taken_ends_.push_back(taken_bytes_.size());
    }
    slice.MarkChanged(run.rows);
    return {};
  }));
  return least;
}

// What is left of a stretch that is not over stays; keys that were taken go with it.
Status SessionEnds::VisitStretch(int64_t stretch, int64_t watermark, const Visitor& visit) {
  ValueTable* slice = TRY(table_->FindSlice({stretch}));
  if (slice == nullptr) return {};
  taken_bytes_.clear();
  taken_ends_.clear();
  const int64_t least = TRY(TakeDue(*slice, watermark));
  if (window::IsComplete(stretch, watermark)) {
    RETURN_IF_ERROR(table_->Drop({stretch}));
    earliest_.erase(stretch);
  } else {
    earliest_[stretch] = std::min(least, stretch);
  }
  if (taken_ends_.empty()) return {};
  std::vector<std::string_view> keys;
  keys.reserve(taken_ends_.size());
  size_t begin = 0;
  for (const size_t end : taken_ends_) {
    keys.push_back(std::string_view(taken_bytes_).substr(begin, end - begin));
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
