#include "state/checkpoint/memory_image.h"

#include <utility>

#include "runtime/base/bytes.h"

namespace weir::state {
namespace {

// The first record whose key is not below `key`.
size_t LowerBound(const RecordSet& set, std::string_view key) {
  size_t begin = 0;
  size_t end = set.size();
  while (begin < end) {
    const size_t middle = begin + (end - begin) / 2;
    if (set[middle].key < key) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

// `old` with `changes` applied in this order, which is ascending and within one key group.
RecordSet Merged(const RecordSet& old, const RecordSet& changes, std::span<const uint32_t> order) {
  RecordSet merged;
  size_t at = 0;
  for (const uint32_t i : order) {
    const RecordSet::Record change = changes[i];
    while (at < old.size() && old[at].key < change.key) merged.Append(old[at++]);
    if (at < old.size() && old[at].key == change.key) ++at;
    if (!change.deleted) merged.Append(change);
  }
  while (at < old.size()) merged.Append(old[at++]);
  return merged;
}

}  // namespace

Status MemoryImage::Load(const MemorySnapshot& snapshot) {
  for (const auto& [key, value] : snapshot.bookkeeping) bookkeeping_.emplace(key, value);
  for (const auto& [family, rows] : snapshot.rows) {
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].key.size() < kGroupBytes) {
        return Status::Corruption("a saved row has a short key");
      }
    }
    Merge(rows, rows_[family]);
  }
  return {};
}

void MemoryImage::Apply(const TaskPart& part) {
  for (const auto& [key, value] : part.bookkeeping) {
    if (value) {
      bookkeeping_[key] = *value;
    } else {
      bookkeeping_.erase(key);
    }
  }
  for (const TablePart& table : part.tables) {
    Groups& groups = rows_[table.family];
    for (const KeyRange& range : table.drops) Drop(range, groups);
    Merge(table.records, groups);
  }
}

void MemoryImage::Clear() {
  bookkeeping_.clear();
  rows_.clear();
}

// A range lies within one key group.
void MemoryImage::Drop(const KeyRange& range, Groups& groups) {
  const auto group = groups.find(LoadBig16(range.begin.data()));
  if (group == groups.end()) return;
  const RecordSet& old = group->second;
  const size_t first = LowerBound(old, range.begin);
  const size_t end = LowerBound(old, range.end);
  if (first == end) return;
  RecordSet kept;
  for (size_t i = 0; i < old.size(); ++i) {
    if (i < first || i >= end) kept.Append(old[i]);
  }
  group->second = std::move(kept);
}

void MemoryImage::Merge(const RecordSet& records, Groups& groups) {
  const std::vector<uint32_t> order = records.SortedOrder();
  const auto group_of = [&](size_t i) { return LoadBig16(records[order[i]].key.data()); };
  for (size_t begin = 0; begin < order.size();) {
    const uint16_t group = group_of(begin);
    size_t end = begin + 1;
    while (end < order.size() && group_of(end) == group) ++end;
    RecordSet& set = groups[group];
    set = Merged(set, records, std::span(order).subspan(begin, end - begin));
    begin = end;
  }
}

Status MemoryImage::Visit(
    const std::string& family, KeyGroupRange groups,
    const std::function<Status(std::string_view key, std::string_view value)>& visit) const {
  const auto found = rows_.find(family);
  if (found == rows_.end()) return {};
  for (const auto& [group, set] : found->second) {
    if (!groups.Contains(group)) continue;
    for (size_t i = 0; i < set.size(); ++i) RETURN_IF_ERROR(visit(set[i].key, set[i].value));
  }
  return {};
}

std::string MemoryImage::Encode() const {
  std::vector<SortedRows> families;
  for (const auto& [family, groups] : rows_) {
    SortedRows& rows = families.emplace_back();
    rows.family = family;
    for (const auto& [group, set] : groups) rows.sets.push_back(&set);
  }
  return EncodeSortedRows(bookkeeping_, families);
}

}  // namespace weir::state
