#include "state/row/scan_run.h"

namespace weir::state {

Status ScanRun::Show(const std::function<Status(const ScannedRows&)>& visit) {
  if (rows_.empty()) return {};
  canonical_.clear();
  keys_.clear();
  codec_.ToCanonical(words_, canonical_, ends_);
  size_t start = 0;
  for (const size_t end : ends_) {
    keys_.push_back(std::string_view(canonical_).substr(start, end - start));
    start = end;
  }
  Status status = visit({keys_, rows_});
  words_.clear();
  rows_.clear();
  return status;
}

Status LoadedRun::Add(std::string_view key, std::byte* row) {
  keys_.emplace_back(key);
  rows_.push_back(row);
  return rows_.size() < ScanRun::kRows ? Status() : Show();
}

Status LoadedRun::Show() {
  if (rows_.empty()) return {};
  const std::vector<std::string_view> views(keys_.begin(), keys_.end());
  Status status = visit_({views, rows_});
  Free();
  return status;
}

void LoadedRun::Free() {
  for (std::byte* row : rows_) free_(row);
  keys_.clear();
  rows_.clear();
}

}  // namespace weir::state
