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
// says that the key is deleted. A source that already stands behind the key that is sought is not
// asked again, so a pass over ascending keys touches a source only where it has something. Not
// thread-safe.
class MergedCursor final : public DiskCursor {
 public:
  // `with_deletions`: deletions are records too (deleted()). Otherwise they only hide older
  // records.
  MergedCursor(Database& database, bool with_deletions)
      : database_(database), with_deletions_(with_deletions) {}

  // Adds a source that is older than all added before. REQUIRES: nothing was sought yet.
  void Add(std::shared_ptr<SpilledFile> file, bool deletions);
  void Add(std::unique_ptr<rocksdb::Iterator> rows);

  Status Seek(std::string_view key) override;
  Status Next() override;
  bool valid() const override { return least_ != nullptr; }
  std::string_view key() const override { return least_->rows->key().ToStringView(); }
  std::string_view value() const override { return least_->rows->value().ToStringView(); }
  // REQUIRES: valid().
  bool deleted() const { return least_->deletions; }

 private:
  struct Source {
    std::unique_ptr<rocksdb::Iterator> rows;
    bool deletions;  // its keys are those of deleted rows
  };

  // Moves all sources past the current key.
  void Pass();
  // Finds the record that counts among the sources' current ones.
  Status Choose();

  Database& database_;
  const bool with_deletions_;
  std::vector<std::shared_ptr<SpilledFile>> files_;  // outlive their iterators
  std::vector<Source> sources_;
  const Source* least_ = nullptr;
  // With sought_: no source has skipped a record at or above this key.
  std::string passed_;
  bool sought_ = false;
};

}  // namespace weir::state
