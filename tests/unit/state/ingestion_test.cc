// Tasks that put files into one database while it merges those that it has. The process ended
// (RocksDB's version_set.h: LevelFilesBrief) when a file came between a compaction's result in the
// manifest and its installation; planted back ("ingest-looks") it does in one of several runs.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "state/disk/rocksdb_database.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

constexpr int kTasks = 4;
constexpr int kFilesAFamily = 20;  // more than two compactions' worth
constexpr std::chrono::seconds kLong{3};

// Families that are new and soon have been merged: their levels change most.
void FillFamilies(Database& database, int task, std::chrono::steady_clock::time_point end) {
  for (int family = 0; std::chrono::steady_clock::now() < end; ++family) {
    rocksdb::ColumnFamilyHandle* handle =
        Expect(database.Family(fmt::format("task{}/{}", task, family)));
    for (int file = 0; file < kFilesAFamily; ++file) {
      RecordSet records;
      for (int key = 0; key < 10; ++key) {
        records.Append({fmt::format("{:08}", key * kFilesAFamily + file), "value", false});
      }
      const std::string path = Expect(database.WriteFile(handle, records, {}));
      ASSERT_OK(database.Ingest({{handle, {path}}}));
    }
  }
}

TEST(IngestionTest, FilesComeWhileOthersAreMerged) {
  TestFileSystem files;
  std::string directory = ::testing::TempDir() + "weir-ingestion-XXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  {
    const Database::Pointer database = Expect(Database::Open(files, directory, Compression::kNone));
    const auto end = std::chrono::steady_clock::now() + kLong;
    std::vector<std::thread> tasks;
    for (int task = 0; task < kTasks; ++task) {
      tasks.emplace_back([&, task] { FillFamilies(*database, task, end); });
    }
    for (std::thread& task : tasks) task.join();
  }
  ASSERT_OK(files.RemoveRecursively(directory));
}

}  // namespace
}  // namespace weir::state
