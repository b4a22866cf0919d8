// Sorted sources of one table's records, newest first, read as one.
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

// Of equal keys the first source's record counts. Records of a source of deletions say that the key
// is deleted. One thread.
// A source that stands behind what is looked for already is not asked again, so that a pass over
// ascending keys touches a source where it has something.
class MergedCursor final : public DiskCursor {
 public:
  // `with_deletions`: they are records, too (deleted()); else they hide older ones only.
  MergedCursor(Database& database, bool with_deletions)
      : database_(database), with_deletions_(with_deletions) {}

  // REQUIRES: nothing was sought yet; older than all that were added before.
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
    bool deletions;  // its keys are those of rows that are deleted
  };

  // Goes to the next key of all sources.
  void Pass();
  // Finds the record that counts from where the sources stand.
  Status Choose();

  Database& database_;
  const bool with_deletions_;
  std::vector<std::shared_ptr<SpilledFile>> files_;  // outlive their iterators
  std::vector<Source> sources_;
  const Source* least_ = nullptr;
  // With sought_: no source has passed a record whose key is not below this.
  std::string passed_;
  bool sought_ = false;
};

}  // namespace weir::state
