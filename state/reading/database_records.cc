// Records of a RocksDB database: checkpoints and native savepoints of the rocksdb backend.
#include <algorithm>
#include <vector>

#include "runtime/base/bytes.h"
#include "state/checkpoint/state_moves.h"
#include "state/disk/rocksdb_database.h"
#include "state/disk/rocksdb_file_system.h"
#include "state/files/checkpoint_files.h"
#include "state/files/database_files.h"
#include "state/files/inlined_files.h"
#include "state/reading/snapshot_records.h"
#include "state/table/epoch.h"
#include "state/table/records.h"

namespace weir::state {
namespace {

// Records are copied some hundred at a time: RocksDB's blocks are held for the copy only, and an
// exception of its is met there alone.
class DatabaseCursor final : public RecordCursor {
 public:
  DatabaseCursor(Database& database, rocksdb::ColumnFamilyHandle* family, uint32_t max_parallelism)
      : database_(database), family_(family), max_parallelism_(max_parallelism) {}
  ~DatabaseCursor() override {
    const Database::Use use(database_);
    at_.reset();
  }

  Status Seek(std::string_view key) override {
    run_ = kFirstRun;
    return Fill([&] { at_->Seek({key.data(), key.size()}); });
  }
  Status Next() override {
    if (++next_ < records_.size()) return {};
    run_ = kRun;
    return Fill([] {});
  }
  bool valid() const override { return next_ < records_.size(); }
  std::string_view key() const override {
    return std::string_view(bytes_).substr(records_[next_].begin, records_[next_].key);
  }
  std::string_view value() const override {
    return std::string_view(bytes_).substr(records_[next_].begin + records_[next_].key,
                                           records_[next_].value);
  }

 private:
  struct Record {
    size_t begin, key, value;
  };
  static constexpr size_t kFirstRun = 16, kRun = 512;  // records
  static constexpr size_t kRunBytes = 1 << 18;

  template <typename Move>
  Status Fill(const Move& move) {
    const Database::Use use(database_);
    records_.clear();
    bytes_.clear();
    next_ = 0;
    if (at_ == nullptr) {
      rocksdb::ReadOptions options;
      options.fill_cache = false;
      at_.reset(database_.db().NewIterator(options, family_));
    }
    move();
    for (; at_->Valid() && records_.size() < run_ && bytes_.size() < kRunBytes; at_->Next()) {
      const std::string_view key = at_->key().ToStringView();
      if (key.size() < kGroupBytes || LoadBig16(key.data()) >= max_parallelism_)
        return Status::Corruption("a saved row is of no key group").WithId("E7001");
      records_.push_back({bytes_.size(), key.size(), at_->value().size()});
      bytes_ += key;
      bytes_ += at_->value().ToStringView();
    }
    if (!at_->Valid()) return FromRocksDb(at_->status(), "reading " + family_->GetName());
    return {};
  }

  Database& database_;
  rocksdb::ColumnFamilyHandle* const family_;
  const uint32_t max_parallelism_;
  std::unique_ptr<rocksdb::Iterator> at_;
  std::string bytes_;
  std::vector<Record> records_;
  size_t next_ = 0;
  size_t run_ = kRun;
};

class NoRecords final : public RecordCursor {
 public:
  Status Seek(std::string_view) override { return {}; }
  Status Next() override { return {}; }
  bool valid() const override { return false; }
  std::string_view key() const override { return {}; }
  std::string_view value() const override { return {}; }
};

class DatabaseRecords final : public SnapshotRecords {
 public:
  DatabaseRecords(FileSystem& files, std::string scratch, uint32_t max_parallelism)
      : files_(files), scratch_(std::move(scratch)), max_parallelism_(max_parallelism) {}
  ~DatabaseRecords() override {
    database_.reset();
    files_.RemoveRecursively(scratch_).ok();  // what is left goes with the next process
  }

  Status Open(const CheckpointMetadata& metadata) {
    RETURN_IF_ERROR(files_.CreateDirectories(scratch_));
    const std::unique_ptr<HeldDirectory> held =
        TRY(HoldFiles(files_, metadata.directory, metadata.inlined));
    for (const StateFile& file : metadata.files) {
      if (!IsOfBackend(file)) continue;
      if (TRY(held->Open(file.path)).bytes != file.bytes)
        return BadCheckpointFile("has another size", file.path);
      RETURN_IF_ERROR(PlaceDatabaseFile(*held, file, files_, scratch_).status());
    }
    database_ = TRY(Database::Open(files_, scratch_, Compression::kLz4));
    for (rocksdb::ColumnFamilyHandle* family : database_->Families())
      families_[family->GetName()] = family;
    return {};
  }

  Result<std::map<std::string, std::string>> Bookkeeping(const std::string& family) override {
    const Database::Use use(*database_);
    std::map<std::string, std::string> own;
    const std::unique_ptr<rocksdb::Iterator> at(
        database_->db().NewIterator(rocksdb::ReadOptions(), database_->bookkeeping()));
    for (at->SeekToFirst(); at->Valid(); at->Next()) {
      const std::string key = at->key().ToString();
      if (FamilyOfRecord(key) == family) own.emplace(key, at->value().ToString());
    }
    RETURN_IF_ERROR(FromRocksDb(at->status(), "reading state"));
    return own;
  }
  Result<std::unique_ptr<RecordCursor>> NewCursor(const std::string& family) override {
    const auto found = families_.find(family);
    if (found == families_.end())
      return std::unique_ptr<RecordCursor>(std::make_unique<NoRecords>());
    return std::unique_ptr<RecordCursor>(
        std::make_unique<DatabaseCursor>(*database_, found->second, max_parallelism_));
  }

 private:
  FileSystem& files_;
  const std::string scratch_;
  const uint32_t max_parallelism_;
  Database::Pointer database_;
  std::map<std::string, rocksdb::ColumnFamilyHandle*> families_;
};

}  // namespace

Result<std::unique_ptr<SnapshotRecords>> OpenDatabase(FileSystem& files,
                                                      const CheckpointMetadata& metadata,
                                                      const std::string& scratch) {
  if (std::ranges::none_of(metadata.files, IsOfBackend)) return OpenBlocks(files, metadata);
  auto records = std::make_unique<DatabaseRecords>(files, scratch, metadata.max_parallelism);
  RETURN_IF_ERROR(records->Open(metadata));
  return std::unique_ptr<SnapshotRecords>(std::move(records));
}

}  // namespace weir::state
