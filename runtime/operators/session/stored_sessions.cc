// Hot: every batch of a session aggregation (bench/operators, "sessions per bidder").
#include "runtime/operators/session/stored_sessions.h"

#include <algorithm>
#include <array>

namespace weir::operators {
namespace {

// Marks an entry of singles_ that is reserved for the row of a new session.
std::byte taken{};

}  // namespace

void StoredSessions::Open(MapTable& sessions, ValueTable* single, graph::SessionFields fields) {
  sessions_ = &sessions;
  layout_ = &sessions.layout();
  single_ = single;
  fields_ = fields;
}

void StoredSessions::Take(uint32_t key, std::byte* row, bool single) {
  loaded_.push_back({key,
                     layout().Load<int64_t>(row, fields_.start),
                     layout().Load<int64_t>(row, fields_.end),
                     {row, single}});
}

void StoredSessions::TakeSingles(uint32_t end) {
  for (; next_single_ < end; ++next_single_) {
    if (singles_[next_single_] != nullptr) Take(next_single_, singles_[next_single_], true);
  }
}

Status StoredSessions::Load(const KeyView& keys) {
  const uint32_t count = keys.batch->size();
  loaded_.clear();
  next_single_ = 0;
  singles_.assign(count, nullptr);
  if (single_ != nullptr) RETURN_IF_ERROR(single_->Find(keys, singles_.data()));
  probed_ = single_ == nullptr || sessions_->row_count() > 0;
  if (probed_) {
    RETURN_IF_ERROR(sessions_->Probe(keys));
    while (sessions_->NextMatches(run_)) {
      for (size_t i = 0; i < run_.rows.size(); ++i) {
        TakeSingles(run_.probes[i] + 1);
        Take(run_.probes[i], run_.rows[i], false);
      }
    }
  }
  TakeSingles(count);
  return {};
}

Status StoredSessions::Add(const KeyView& keys, std::span<const Fresh> fresh,
                           std::vector<SessionPlace>& rows) {
  rows.assign(fresh.size(), {});
  for (const bool single : {true, false}) {
    probes_.clear();
    places_.clear();
    starts_.clear();
    for (uint32_t i = 0; i < fresh.size(); ++i) {
      const bool room = single_ != nullptr && singles_[fresh[i].key] == nullptr;
      if (rows[i].row != nullptr || room != single) continue;
      if (single) singles_[fresh[i].key] = rows[i].row = &taken;
      probes_.push_back(fresh[i].key);
      places_.push_back(i);
      starts_.push_back(fresh[i].start);
    }
    if (probes_.empty()) continue;
    scratch_.resize(probes_.size());
    if (single) {
      single_->Add(probes_, scratch_.data());
    } else {
      RETURN_IF_ERROR(AddToMap(keys));
    }
    for (size_t i = 0; i < places_.size(); ++i) rows[places_[i]] = {scratch_[i], single};
  }
  return {};
}

Status StoredSessions::AddToMap(const KeyView& keys) {
  if (!probed_) {
    RETURN_IF_ERROR(sessions_->ProbeUnordered(keys));
    while (sessions_->NextMatches(run_)) {
    }
    probed_ = true;
  }
  Batch sub_keys;
  sub_keys.row_count = static_cast<uint32_t>(starts_.size());
  const MutableColumnPtr starts =
      Column::Make(Type::BigInt().WithNullable(false), sub_keys.row_count);
  std::ranges::copy(starts_, starts->mutable_data<int64_t>());
  sub_keys.columns.push_back(starts);
  sessions_->Add(probes_, sub_keys, std::array{0}, scratch_.data());
  return {};
}

std::span<std::byte* const> StoredSessions::RowsOf(std::span<const SessionPlace> rows,
                                                   bool single) {
  scratch_.clear();
  for (const SessionPlace& at : rows) {
    if (at.row != nullptr && at.single == single) scratch_.push_back(at.row);
  }
  return scratch_;
}

void StoredSessions::MarkChanged(std::span<const SessionPlace> rows) {
  if (single_ != nullptr) single_->MarkChanged(RowsOf(rows, true));
  sessions_->MarkChanged(RowsOf(rows, false));
}

void StoredSessions::Erase(std::span<const SessionPlace> rows) {
  if (single_ != nullptr) single_->Erase(RowsOf(rows, true));
  sessions_->Erase(RowsOf(rows, false));
}

Status StoredSessions::ForEach(const std::function<void(std::string_view key, int64_t end)>& f) {
  const auto visit = [&](const ScannedRows& run) -> Status {
    for (size_t i = 0; i < run.rows.size(); ++i) {
      f(run.keys[i], layout().Load<int64_t>(run.rows[i], fields_.end));
    }
    return {};
  };
  if (single_ != nullptr) RETURN_IF_ERROR(single_->Scan(visit));
  return sessions_->Scan(visit);
}

}  // namespace weir::operators
