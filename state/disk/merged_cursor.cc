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
    if (descending_) {
      source.rows->SeekForPrev({key.data(), key.size()});
      continue;
    }
    // A source at its end stays there.
    const bool there =
        onwards && (!source.rows->Valid() || source.rows->key().ToStringView() >= key);
    if (!there) source.rows->Seek({key.data(), key.size()});
  }
  sought_ = !descending_;
  passed_.assign(key);
  return Choose();
}

Status MergedCursor::Next() {
  const Database::Use use(database_);
  Pass();
  return Choose();
}

bool MergedCursor::Before(const Source& a, const Source& b) const {
  const int compared = a.rows->key().compare(b.rows->key());
  return descending_ ? compared > 0 : compared < 0;
}

void MergedCursor::Step(rocksdb::Iterator& rows) const {
  if (descending_) {
    rows.Prev();
  } else {
    rows.Next();
  }
}

void MergedCursor::Pass() {
  if (sources_.size() == 1) {  // a scan of one source need not copy every key
    Step(*sources_[0].rows);
    sought_ = false;
    return;
  }
  passed_.assign(key());
  for (const Source& source : sources_) {
    if (source.rows->Valid() && source.rows->key().ToStringView() == passed_) Step(*source.rows);
  }
  // The least key behind the current one.
  passed_.push_back('\0');
}

Status MergedCursor::Choose() {
  while (true) {
    next_ = nullptr;
    for (const Source& source : sources_) {
      if (!source.rows->Valid()) {
        RETURN_IF_ERROR(FromRocksDb(source.rows->status(), "reading state rows"));
        // On equal keys the earlier source wins, which is the newer one.
      } else if (next_ == nullptr || Before(source, *next_)) {
        next_ = &source;
      }
    }
    if (next_ == nullptr || with_deletions_ || !next_->deletions) return {};
    Pass();
  }
}

}  // namespace weir::state
