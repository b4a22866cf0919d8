// Sorted files of spilled rows, which lie next to the database.
#pragma once

#include <rocksdb/sst_file_reader.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/file_system.h"
#include "state/disk/rocksdb_database.h"
#include "state/table/epoch.h"

namespace weir::state {

// The last reference removes the file, unless the database has taken it over.
class OwnedFile final : public SpillFile {
 public:
  // `files` outlives this.
  OwnedFile(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  ~OwnedFile() override;
  const std::string& path() const override { return path_; }

 private:
  FileSystem& files_;
  const std::string path_;
};

// A file of rows that is open for reading. It has no deletions, which iterators would have to skip
// one by one. Used by one thread, but the last reference may be the backend's.
class SpilledFile final : public SpillFile {
 public:
  // `files` and `database` outlive this.
  static Result<std::shared_ptr<SpilledFile>> Open(FileSystem& files, Database& database,
                                                   std::string path);
  ~SpilledFile() override;

  const std::string& path() const override { return file_.path(); }
  std::unique_ptr<rocksdb::Iterator> NewIterator();
  // False when it has no row with this key.
  Result<bool> Get(std::string_view key, std::string& value);

 private:
  SpilledFile(FileSystem& files, const rocksdb::Options& options, std::string path);

  const OwnedFile file_;
  rocksdb::SstFileReader reader_;
  std::unique_ptr<rocksdb::Iterator> point_reader_;
};

}  // namespace weir::state
