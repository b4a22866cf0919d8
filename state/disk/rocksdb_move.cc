// Column families that go on under other names: RocksDB cannot rename one, but takes its files,
// linked, into a new one.
#include <fmt/format.h>
#include <rocksdb/metadata.h>
#include <rocksdb/utilities/checkpoint.h>

#include <algorithm>
#include <map>

#include "state/disk/rocksdb_database.h"
#include "state/disk/rocksdb_file_system.h"

namespace weir::state {
namespace {

using Exported = std::unique_ptr<rocksdb::ExportImportFilesMetaData>;

// Importing a file looks at its keys only: one that holds nothing but range deletions stops the
// process (an assertion of RocksDB 7.8's ImportColumnFamilyJob), and a range beyond the keys of its
// file would delete nothing any more.
Status DropRangeDeletions(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
  rocksdb::TablePropertiesCollection files;
  RETURN_IF_ERROR(
      FromRocksDb(db.GetPropertiesOfAllTables(family, &files), "looking at the files of state"));
  if (std::ranges::none_of(files,
                           [](const auto& file) { return file.second->num_range_deletions > 0; })) {
    return {};
  }
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  return FromRocksDb(db.CompactRange(options, family, nullptr, nullptr), "compacting state");
}

}  // namespace

// A crash between the steps loses nothing: each restore fills the working directory anew.
Status Database::Move(const std::vector<StateMove>& moves) {
  const Use use(*this);
  std::map<std::string, std::string> stays;  // by name
  std::map<std::string, Exported> exported;  // by the name that it had
  std::unique_ptr<rocksdb::Checkpoint> exporter;
  rocksdb::Checkpoint* made = nullptr;
  RETURN_IF_ERROR(FromRocksDb(rocksdb::Checkpoint::Create(db_.get(), &made), "exporting state"));
  exporter.reset(made);
  for (const StateMove& move : moves) {
    const auto family = handles_.find(move.from);
    if (family == handles_.end()) continue;
    if (move.from == move.to) {
      stays[move.from] = move.to;
    } else if (!exported.contains(move.from)) {
      RETURN_IF_ERROR(DropRangeDeletions(*db_, family->second));
      const std::string path = fmt::format("{}/moved-{}", directory_, exported.size());
      rocksdb::ExportImportFilesMetaData* files = nullptr;
      RETURN_IF_ERROR(FromRocksDb(exporter->ExportColumnFamily(family->second, path, &files),
                                  "exporting " + move.from));
      exported[move.from].reset(files);
    }
  }
  for (auto family = handles_.begin(); family != handles_.end();) {
    if (family->first.empty() || stays.contains(family->first)) {
      ++family;
      continue;
    }
    RETURN_IF_ERROR(
        FromRocksDb(db_->DropColumnFamily(family->second), "dropping " + family->first));
    RETURN_IF_ERROR(
        FromRocksDb(db_->DestroyColumnFamilyHandle(family->second), "dropping " + family->first));
    family = handles_.erase(family);
  }
  for (const StateMove& move : moves) {
    const auto found = exported.find(move.from);
    if (move.from == move.to || found == exported.end() || found->second->files.empty()) continue;
    rocksdb::ImportColumnFamilyOptions options;
    options.move_files = false;  // another family may take them, too
    rocksdb::ColumnFamilyHandle* handle = nullptr;
    const rocksdb::Status taken =
        db_->CreateColumnFamilyWithImport(options_, move.to, options, *found->second, &handle);
    if (handle != nullptr) handles_[move.to] = handle;  // as in Family
    RETURN_IF_ERROR(FromRocksDb(taken, fmt::format("taking {} over as {}", move.from, move.to)));
  }
  for (size_t i = 0; i < exported.size(); ++i) {
    RETURN_IF_ERROR(files_.RemoveRecursively(fmt::format("{}/moved-{}", directory_, i)));
  }
  return {};
}

}  // namespace weir::state
