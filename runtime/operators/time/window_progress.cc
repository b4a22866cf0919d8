#include "runtime/operators/time/window_progress.h"

#include <algorithm>

namespace weir::operators {
namespace {

// Runs of equal values, the first of them of group `first`; those that have not begun are left out
// where `begun_only`.
std::vector<window::GroupRun> RunsOf(std::span<const int64_t> values, uint32_t first,
                                     bool begun_only) {
  std::vector<window::GroupRun> runs;
  for (size_t at = 0; at < values.size();) {
    size_t end = at + 1;
    while (end < values.size() && values[end] == values[at]) ++end;
    if (!begun_only || values[at] != Timestamp::Min().millis) {
      runs.push_back(
          {first + static_cast<uint32_t>(at), first + static_cast<uint32_t>(end), values[at]});
    }
    at = end;
  }
  return runs;
}

}  // namespace

Result<WindowProgress> WindowProgress::Restore(std::span<const OperatorStateEntry> entries,
                                               KeyGroupRange range, uint32_t max_parallelism) {
  WindowProgress progress;
  progress.range_ = range;
  progress.max_parallelism_ = max_parallelism;
  progress.ahead_.assign(range.end - range.first, Timestamp::Min().millis);
  for (const OperatorStateEntry& entry : entries) {
    if (entry.name != window::kProgressEntry) continue;
    for (const window::GroupProgress& saved :
         TRY(window::DecodeGroupProgress(entry.bytes, max_parallelism))) {
      progress.Note(saved);
    }
  }
  progress.UpdateFloor();
  return progress;
}

void WindowProgress::Note(const window::GroupProgress& saved) {
  const bool own = saved.groups == max_parallelism_;
  const KeyGroupRange range = own ? range_ : KeyGroupRange{0, saved.groups};
  std::vector<int64_t>* values = &ahead_;
  if (!own) {
    auto known = std::ranges::find(before_, size_t{saved.groups}, &Before::size);
    if (known == before_.end())
      known = before_.insert(known, Before(saved.groups, Timestamp::Min().millis));
    values = &*known;
  }
  for (const window::GroupRun& run : saved.runs) {
    const uint32_t end = std::min(run.end, range.end);
    for (uint32_t group = std::max(run.first, range.first); group < end; ++group) {
      int64_t& value = (*values)[group - range.first];
      value = std::max(value, run.millis);
    }
  }
}

int64_t WindowProgress::Of(uint64_t key_hash) const {
  int64_t progress =
      ahead_.empty() ? floor_ : ahead_[KeyGroupOf(key_hash, max_parallelism_) - range_.first];
  for (const Before& before : before_) {
    const auto groups = static_cast<uint32_t>(before.size());
    progress = std::max(progress, before[KeyGroupOf(key_hash, groups)]);
  }
  return progress;
}

void WindowProgress::Advance(int64_t watermark) {
  for (int64_t& group : ahead_) group = std::max(group, watermark);
  floor_ = std::max(floor_, watermark);
  UpdateFloor();
}

// Also raises the progress of all groups to the floor.
void WindowProgress::UpdateFloor() {
  for (const Before& before : before_) floor_ = std::max(floor_, *std::ranges::min_element(before));
  std::erase_if(before_,
                [&](const Before& before) { return *std::ranges::max_element(before) <= floor_; });
  if (ahead_.empty()) return;
  for (int64_t& group : ahead_) group = std::max(group, floor_);
  const auto [least, greatest] = std::minmax_element(ahead_.begin(), ahead_.end());
  floor_ = *least;
  if (*least == *greatest) ahead_.clear();
}

std::string WindowProgress::Serialize() const {
  std::vector<int64_t> own = ahead_;
  if (own.empty()) own.assign(range_.end - range_.first, floor_);
  std::vector<window::GroupProgress> all = {{max_parallelism_, RunsOf(own, range_.first, false)}};
  for (const Before& before : before_)
    all.push_back({static_cast<uint32_t>(before.size()), RunsOf(before, 0, true)});
  return window::EncodeGroupProgress(all, max_parallelism_);
}

}  // namespace weir::operators
