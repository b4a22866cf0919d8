#include "state/disk/spilled_file.h"

#include <utility>

#include "runtime/base/memory_reserve.h"
#include "state/disk/rocksdb_file_system.h"

namespace weir::state {

OwnedFile::~OwnedFile() {
  const WithMemoryReserve reserve;
  files_.Remove(path_).ok();  // ingestion has moved it away, or nobody needs it: both are fine
}

SpilledFile::SpilledFile(FileSystem& files, const rocksdb::Options& options, std::string path)
    : file_(files, std::move(path)), reader_(options) {}

SpilledFile::~SpilledFile() {
  const WithMemoryReserve reserve;
  point_reader_.reset();
}

Result<std::shared_ptr<SpilledFile>> SpilledFile::Open(FileSystem& files, Database& database,
                                                       std::string path) {
  const WithMemoryReserve reserve;
  std::shared_ptr<SpilledFile> file(new SpilledFile(files, database.options(), std::move(path)));
  RETURN_IF_ERROR(
      FromRocksDb(file->reader_.Open(file->path()), "opening spilled rows in " + file->path()));
  file->point_reader_ = file->NewIterator();
  return file;
}

std::unique_ptr<rocksdb::Iterator> SpilledFile::NewIterator() {
  const WithMemoryReserve reserve;
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  return std::unique_ptr<rocksdb::Iterator>(reader_.NewIterator(options));
}

Result<bool> SpilledFile::Get(std::string_view key, std::string& value) {
  const WithMemoryReserve reserve;
  point_reader_->Seek({key.data(), key.size()});
  RETURN_IF_ERROR(FromRocksDb(point_reader_->status(), "reading spilled rows in " + path()));
  if (!point_reader_->Valid() || point_reader_->key().ToStringView() != key) return false;
  value.assign(point_reader_->value().ToStringView());
  return true;
}

}  // namespace weir::state
