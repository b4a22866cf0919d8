#include "state/disk/external_sort.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "runtime/base/check.h"
#include "state/disk/merged_cursor.h"
#include "state/disk/rocksdb_database.h"
#include "state/disk/rocksdb_file_system.h"
#include "state/disk/sorted_records.h"
#include "state/files/scratch_directory.h"

namespace weir::state {
namespace {

// What a record takes besides its bytes: its entry, and its place while records are sorted.
constexpr uint64_t kRecordBytes = 32 + 48;
// So many runs are read at once, each through a buffer of kReadAhead bytes. More are merged before,
// while others are being made: each merge reads and writes everything in it once more.
constexpr const char* kRunsAtOnce = "64";
constexpr size_t kReadAhead = 64 << 10;

class ExternalSort final : public RecordSorter {
 public:
  explicit ExternalSort(ExternalSortOptions options) : options_(std::move(options)) {
    if (options_.memory != nullptr && options_.memory->limited())
      memory_bytes_ = std::max(uint64_t{1}, options_.memory->Allowed(0) / 2);
  }
  ~ExternalSort() override {
    if (!joined_) return;
    Account(0);
    options_.memory->Leave();
  }

  uint64_t memory_bytes() const override { return memory_bytes_; }

  Status Add(std::string_view key, std::string_view value) override {
    run_.Append({key, value, false});
    const uint64_t bytes = run_.byte_count() + run_.size() * kRecordBytes;
    if (memory_bytes_ == 0 || bytes < memory_bytes_) return {};
    Account(bytes);
    return WriteRun();
  }

  Status Visit(const Visitor& visit) override {
    if (database_ == nullptr) return VisitMemory(visit);
    if (run_.size() > 0) RETURN_IF_ERROR(WriteRun());
    return VisitDisk(visit);
  }

 private:
  // Counts so many bytes towards the limit instead of those before.
  void Account(uint64_t bytes) {
    if (options_.memory == nullptr) return;
    if (!std::exchange(joined_, true)) options_.memory->Join();
    options_.memory->Add(static_cast<int64_t>(bytes) - static_cast<int64_t>(accounted_));
    accounted_ = bytes;
  }

  Status Open() {
    // A process that was killed may have left one.
    RETURN_IF_ERROR(options_.files->RemoveRecursively(options_.directory));
    directory_.emplace(*options_.files, options_.directory);
    RETURN_IF_ERROR(options_.files->CreateDirectories(options_.directory));
    database_ = TRY(Database::Open(*options_.files, options_.directory, options_.compression));
    family_ = TRY(database_->Family("runs"));
    return Set("level0_file_num_compaction_trigger", kRunsAtOnce);
  }

  Status Set(const char* option, const char* value) {
    const Database::Use use(*database_);
    return FromRocksDb(database_->db().SetOptions(family_, {{option, value}}),
                       "setting up the runs of a sort");
  }

  Status WriteRun() {
    if (database_ == nullptr) RETURN_IF_ERROR(Open());
    const std::string path = TRY(database_->WriteFile(family_, run_, {}));
    run_ = RecordSet();
    return database_->Ingest({{family_, {path}}});
  }

  Status VisitMemory(const Visitor& visit) {
    const std::vector<uint32_t> order = run_.SortedOrder();
    for (const uint32_t number : order) {
      const RecordSet::Record record = run_[number];
      if (!TRY(visit(record.key, record.value))) return {};
    }
    return {};
  }

  Status VisitDisk(const Visitor& visit) {
    // Nothing is gained any more by merging runs in advance.
    RETURN_IF_ERROR(Set("disable_auto_compactions", "true"));
    MergedCursor cursor(*database_, false);
    {
      const Database::Use use(*database_);
      rocksdb::ReadOptions options;
      options.fill_cache = false;
      options.readahead_size = kReadAhead;
      cursor.Add(std::unique_ptr<rocksdb::Iterator>(database_->db().NewIterator(options, family_)));
    }
    RETURN_IF_ERROR(cursor.Seek(""));
    while (cursor.valid()) {
      if (!TRY(visit(cursor.key(), cursor.value()))) return {};
      RETURN_IF_ERROR(cursor.Next());
    }
    return {};
  }

  const ExternalSortOptions options_;
  uint64_t memory_bytes_ = 0;
  RecordSet run_;
  uint64_t accounted_ = 0;
  bool joined_ = false;
  std::optional<ScratchDirectory> directory_;  // outlives the database
  Database::Pointer database_;                 // null: everything is in run_
  rocksdb::ColumnFamilyHandle* family_ = nullptr;
};

}  // namespace

std::unique_ptr<RecordSorter> MakeExternalSort(ExternalSortOptions options) {
  WEIR_CHECK(options.files != nullptr);
  return std::make_unique<ExternalSort>(std::move(options));
}

}  // namespace weir::state
