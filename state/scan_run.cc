#include "state/scan_run.h"

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

}  // namespace weir::state
