#include "state/disk/merged_cursor.h"

#include <utility>

#include "state/disk/rocksdb_file_system.h"

namespace weir::state {

void MergedCursor::Add(std::shared_ptr<SpilledFile> file, bool deletions) {
  sources_.push_back({file->NewIterator(), deletions});
  files_.push_back(std::move(file));
}

void MergedCursor::Add(std::unique_ptr<rocksdb::Iterator> rows) {
  sources_.push_back({std::move(rows), false});
}

Status MergedCursor::Seek(std::string_view key) {
  const Database::Use use(database_);
  const bool onwards = sought_ && key >= passed_;
  for (const Source& source : sources_) {
    // One at its end stays there.
    const bool there =
        onwards && (!source.rows->Valid() || source.rows->key().ToStringView() >= key);
    if (!there) source.rows->Seek({key.data(), key.size()});
  }
  sought_ = true;
  passed_.assign(key);
  return Choose();
}

Status MergedCursor::Next() {
  const Database::Use use(database_);
  Pass();
  return Choose();
}

void MergedCursor::Pass() {
  if (sources_.size() == 1) {  // of a scan: a key is not copied for every record
    sources_[0].rows->Next();
    sought_ = false;
    return;
  }
  passed_.assign(key());
  for (const Source& source : sources_) {
    if (source.rows->Valid() && source.rows->key().ToStringView() == passed_) source.rows->Next();
  }
  passed_.push_back('\0');
}

Status MergedCursor::Choose() {
  while (true) {
    least_ = nullptr;
    for (const Source& source : sources_) {
      if (!source.rows->Valid()) {
        RETURN_IF_ERROR(FromRocksDb(source.rows->status(), "reading state rows"));
      } else if (least_ == nullptr || source.rows->key().compare(least_->rows->key()) < 0) {
        least_ = &source;
      }
    }
    if (least_ == nullptr || with_deletions_ || !least_->deletions) return {};
    Pass();
  }
}

}  // namespace weir::state
