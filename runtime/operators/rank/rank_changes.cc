#include "runtime/operators/rank/rank_changes.h"

#include <algorithm>

namespace weir::operators {

void RankPlaces(graph::RankFunction function, std::span<const uint8_t> order_differs,
                std::vector<int64_t>& ranks) {
  ranks.resize(order_differs.size());
  int64_t rank = 0;
  for (size_t i = 0; i < ranks.size(); ++i) {
    const auto place = static_cast<int64_t>(i) + 1;
    const bool next = i == 0 || order_differs[i] != 0;
    switch (function) {
      case graph::RankFunction::kRowNumber:
        rank = place;
        break;
      case graph::RankFunction::kRank:
        rank = next ? place : rank;
        break;
      case graph::RankFunction::kDenseRank:
        rank += next ? 1 : 0;
        break;
    }
    ranks[i] = rank;
  }
}

void RankDifference::Append(const RankedList& before, const RankedList& after,
                            std::vector<RankChange>& changes) {
  range_.by_place ? ByPlace(before, after, changes) : ByRow(before, after, changes);
}

void RankDifference::ByPlace(const RankedList& before, const RankedList& after,
                             std::vector<RankChange>& changes) const {
  const size_t places = std::max(before.rows.size(), after.rows.size());
  const auto end = std::min<size_t>(places, static_cast<size_t>(range_.last));
  for (auto i = static_cast<size_t>(range_.first - 1); i < end; ++i) {
    const auto rank = static_cast<int64_t>(i) + 1;
    const bool had = i < before.rows.size();
    const bool has = i < after.rows.size();
    if (had && has) {
      if (before.rows[i].id == after.rows[i].id) continue;
      if (range_.update_before) {
        changes.push_back({before.rows[i].id, RowKind::kUpdateBefore, rank});
      }
      changes.push_back({after.rows[i].id, RowKind::kUpdateAfter, rank});
    } else if (had) {
      changes.push_back({before.rows[i].id, RowKind::kDelete, rank});
    } else {
      changes.push_back({after.rows[i].id, RowKind::kInsert, rank});
    }
  }
}

void RankDifference::ByRow(const RankedList& before, const RankedList& after,
                           std::vector<RankChange>& changes) {
  known_.clear();
  for (size_t i = 0; i < before.rows.size(); ++i) {
    if (Shown(before.ranks[i])) known_.push_back({before.rows[i].id, before.ranks[i]});
  }
  const std::vector<Known> in_order = known_;
  std::sort(known_.begin(), known_.end(),
            [](const Known& a, const Known& b) { return a.id < b.id; });
  met_.assign(known_.size(), 0);
  const auto find = [&](uint32_t id) -> size_t {
    const auto at = std::lower_bound(known_.begin(), known_.end(), id,
                                     [](const Known& known, uint32_t x) { return known.id < x; });
    return at != known_.end() && at->id == id ? static_cast<size_t>(at - known_.begin())
                                              : known_.size();
  };
  // Changes of rows that stay, and of rows that enter. Those of rows that leave are appended first.
  std::vector<RankChange> stays;
  std::vector<RankChange> comes;
  for (size_t i = 0; i < after.rows.size(); ++i) {
    const RankedRow& row = after.rows[i];
    const int64_t rank = after.ranks[i];
    if (!Shown(rank)) continue;
    const uint32_t old_id = row.replaces != kNoRank ? row.replaces : row.id;
    const size_t place = find(old_id);
    if (place == known_.size()) {
      comes.push_back({row.id, RowKind::kInsert, rank});
      continue;
    }
    met_[place] = 1;
    const bool moved = range_.output_rank && known_[place].rank != rank;
    if (old_id == row.id && !moved) continue;
    if (range_.update_before) {
      stays.push_back({old_id, RowKind::kUpdateBefore, known_[place].rank});
    }
    stays.push_back({row.id, RowKind::kUpdateAfter, rank});
  }
  for (const Known& known : in_order) {
    if (met_[find(known.id)] == 0) changes.push_back({known.id, RowKind::kDelete, known.rank});
  }
  changes.insert(changes.end(), stays.begin(), stays.end());
  // Added rows are in the order in which they arrived.
  std::stable_sort(comes.begin(), comes.end(),
                   [](const RankChange& a, const RankChange& b) { return a.id < b.id; });
  changes.insert(changes.end(), comes.begin(), comes.end());
}

}  // namespace weir::operators
