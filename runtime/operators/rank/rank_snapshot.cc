#include "runtime/operators/rank/rank_snapshot.h"

#include <algorithm>

#include "runtime/fault_point.h"
#include "runtime/operators/stored_rows.h"
#include "runtime/types/key_encoding.h"

namespace weir::operators {

bool RefreshesShown(const graph::RankSpec& spec) {
  return spec.ttl_millis > 0 && !DefectPlanted("ranks-expire-alone");
}

void RankSnapshotReader::Open(const graph::RankSpec& spec, const Schema& input,
                              const std::vector<int>& kept, MapTable& rows) {
  spec_ = &spec;
  rows_ = &rows;
  types_ = input.types();
  fields_.assign(types_.size(), -1);
  for (size_t field = 0; field < kept.size(); ++field) {
    fields_[static_cast<size_t>(kept[field])] = static_cast<int>(field);
  }
}

Status RankSnapshotReader::Read(const Batch& batch, uint32_t row, RankSnapshot& snapshot) {
  std::vector<ColumnPtr> keys;
  for (const int column : spec_->partition) {
    keys.push_back(batch.columns[static_cast<size_t>(column)]);
  }
  std::string key;
  AppendKey(keys, row, key);
  RETURN_IF_ERROR(Collect(key, snapshot));
  const auto count = static_cast<uint32_t>(pointers_.size());
  zeros_.assign(count, row);
  snapshot.columns.clear();
  for (size_t column = 0; column < types_.size(); ++column) {
    snapshot.columns.push_back(
        fields_[column] >= 0
            ? TRY(LoadColumn(rows_->layout(), static_cast<size_t>(fields_[column]), pointers_))
            : GatherColumn(*batch.columns[column], zeros_.data(), count));
  }
  std::vector<ColumnPtr> sorted_by;
  for (const graph::SortKey& item : spec_->order) {
    sorted_by.push_back(snapshot.columns[static_cast<size_t>(item.column)]);
  }
  order_.Encode(sorted_by, spec_->order, count);
  differs_.assign(count, 1);
  for (uint32_t i = 1; i < count; ++i) differs_[i] = order_[i] != order_[i - 1] ? 1 : 0;
  RankPlaces(spec_->function, differs_, snapshot.ranks);
  // One row too many may have been read, to see that its rank is behind the last one.
  const auto end = std::upper_bound(snapshot.ranks.begin(), snapshot.ranks.end(), spec_->last);
  snapshot.ranks.erase(end, snapshot.ranks.end());
  snapshot.sub_keys.resize(snapshot.ranks.size());
  snapshot.last_order = snapshot.ranks.empty()
                            ? ""
                            : std::string(order_[static_cast<uint32_t>(snapshot.ranks.size()) - 1]);
  return {};
}

void RankSnapshotReader::Refresh(const RankSnapshot& snapshot) {
  rows_->MarkChanged(std::span(pointers_).first(snapshot.ranks.size()));
}

// Reads rows up to the last rank. With RANK and DENSE_RANK, whose ranks depend on sort keys, it
// reads some more.
Status RankSnapshotReader::Collect(const std::string& key, RankSnapshot& snapshot) {
  pointers_.clear();
  snapshot.sub_keys.clear();
  const bool by_row = spec_->function == graph::RankFunction::kRowNumber;
  // The end of a row's sub-key distinguishes rows of equal order: "sequence", a tag and 8 bytes.
  constexpr size_t kSequenceBytes = 9;
  int64_t behind = 0;
  return rows_->VisitKey(key, false, [&](std::string_view sub_key, std::byte* row) {
    if (by_row && static_cast<int64_t>(pointers_.size()) >= spec_->last) return false;
    if (!by_row && !snapshot.sub_keys.empty()) {
      const std::string_view previous = snapshot.sub_keys.back();
      const bool next = sub_key.substr(0, sub_key.size() - kSequenceBytes) !=
                        previous.substr(0, previous.size() - kSequenceBytes);
      const auto count = static_cast<int64_t>(pointers_.size());
      const bool rank = spec_->function == graph::RankFunction::kRank;
      if (next) behind = rank ? count : behind + 1;
      if (behind >= spec_->last) return false;
    }
    pointers_.push_back(row);
    snapshot.sub_keys.emplace_back(sub_key);
    return true;
  });
}

// One merge finds the rows that are in both, as both snapshots are in the order of their sub-keys.
void PairRows(const RankSnapshot& before, const RankSnapshot& after,
              std::vector<RankedRow>& before_rows, std::vector<RankedRow>& after_rows) {
  before_rows.clear();
  after_rows.clear();
  const auto had = static_cast<uint32_t>(before.sub_keys.size());
  for (uint32_t i = 0; i < had; ++i) before_rows.push_back({i});
  uint32_t at = 0;
  for (uint32_t i = 0; i < after.sub_keys.size(); ++i) {
    while (at < had && before.sub_keys[at] < after.sub_keys[i]) ++at;
    const bool same = at < had && before.sub_keys[at] == after.sub_keys[i];
    after_rows.push_back({same ? at : had + i});
  }
}

}  // namespace weir::operators
