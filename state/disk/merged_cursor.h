// Reads the sorted sources of one table's records, newest first, as one sequence.
#pragma once

#include <rocksdb/iterator.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "state/disk/rocksdb_database.h"
#include "state/disk/spilled_file.h"
#include "state/table/disk_table.h"

namespace weir::state {

// Of records with equal keys, that of the first source counts. A record of a source of deletions
// says that the key is deleted. An ascending cursor does not ask a source again that already stands
// behind the key that is sought, so a pass over ascending keys touches a source only where it has
// something. Not thread-safe.
class MergedCursor final : public DiskCursor {
 public:
  // `with_deletions`: deletions are records too (deleted()). Otherwise they only hide older
  // records.
  MergedCursor(Database& database, bool with_deletions,
               CursorDirection direction = CursorDirection::kAscending)
      : database_(database),
        with_deletions_(with_deletions),
        descending_(direction == CursorDirection::kDescending) {}

  // Adds a source that is older than all added before. REQUIRES: nothing was sought yet.
  void Add(std::shared_ptr<SpilledFile> file, bool deletions);
  void Add(std::unique_ptr<rocksdb::Iterator> rows);

  Status Seek(std::string_view key) override;
  Status Next() override;
  bool valid() const override { return next_ != nullptr; }
  std::string_view key() const override { return next_->rows->key().ToStringView(); }
  std::string_view value() const override { return next_->rows->value().ToStringView(); }
  // REQUIRES: valid().
  bool deleted() const { return next_->deletions; }

 private:
  struct Source {
    std::unique_ptr<rocksdb::Iterator> rows;
    bool deletions;  // its keys are those of deleted rows
  };

  // Whether a's record comes before b's in the cursor's direction.
  bool Before(const Source& a, const Source& b) const;
  void Step(rocksdb::Iterator& rows) const;
  // Moves all sources past the current key.
  void Pass();
  // Finds the record that counts among the sources' current ones.
  Status Choose();

  Database& database_;
  const bool with_deletions_;
  const bool descending_;
  std::vector<std::shared_ptr<SpilledFile>> files_;  // outlive their iterators
  std::vector<Source> sources_;
  const Source* next_ = nullptr;  // the source whose record counts; null at the end
  // Valid if sought_: no source has skipped a record at or above this key.
  std::string passed_;
  bool sought_ = false;
};

}  // namespace weir::state
