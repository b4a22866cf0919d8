// A job's directory in /tmp, its backend, storage and tasks, and batches of keys.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/memory_files.h"
#include "runtime/types/key_encoding.h"
#include "runtime/types/value.h"
#include "state/checkpoint/backends.h"
#include "tests/seed.h"
#include "tests/unit/state/test_file_system.h"

namespace weir::state {

#define ASSERT_OK(expression)                                \
  do {                                                       \
    const ::weir::Status test_status = (expression);         \
    ASSERT_TRUE(test_status.ok()) << test_status.ToString(); \
  } while (false)

template <typename T>
T Expect(Result<T> result) {
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  if (!result.ok()) std::abort();
  return std::move(result).value();
}

// DrawSeed, kept in the test's report.
inline uint64_t DrawRecordedSeed() {
  const uint64_t seed = DrawSeed();
  testing::Test::RecordProperty("seed", std::to_string(seed));
  return seed;
}

// One key column and what KeyView borrows.
struct Keys {
  Batch batch;
  std::vector<uint64_t> hashes;
  std::vector<int> columns{0};
  KeyView view() const { return {&batch, columns, hashes.data()}; }
};

inline Value IntValue(int64_t v) {
  return {Type::BigInt(), v};
}
inline Value TextValue(std::string text) {
  return {Type::String(), std::move(text)};
}

// Batches of columns of equal length; the first is the key.
inline Keys MakeKeys(const std::vector<std::pair<Type, std::vector<Value>>>& columns) {
  Keys keys;
  for (const auto& [type, values] : columns) {
    keys.batch.columns.push_back(MakeColumn(type, values));
    keys.batch.row_count = static_cast<uint32_t>(values.size());
  }
  keys.hashes.resize(keys.batch.row_count);
  HashKeys(keys.batch, keys.columns, keys.hashes.data());
  return keys;
}

struct JobOptions {
  bool memory_backend = false;
  uint64_t memory_limit = 0;
  bool checkpointing = true;
  bool incremental = true;
  uint32_t parallelism = 1;
  uint32_t max_parallelism = kDefaultMaxParallelism;
  uint64_t least_spill_bytes = 1;
  Compression compression = Compression::kLz4;
  std::shared_ptr<MemoryBudget> memory = nullptr;  // instead of memory_limit: shared with others
  uint64_t inline_bytes = 0;                       // MakeCheckpointStorage's
  bool in_memory = false;                          // the checkpoints
};

// Stands still until it is told.
class StillClock final : public Clock {
 public:
  Timestamp Now() const override { return {millis}; }
  int64_t MonotonicNanos() const override { return millis * 1'000'000; }
  void Sleep(std::chrono::nanoseconds) override {}
  std::atomic<int64_t> millis{1'700'000'000'000};
};

// One job: its directory lives as long as this, its backend as long as Stop() is not called.
class Job {
 public:
  explicit Job(JobOptions options) : options_(std::move(options)) {
    char name[] = "/tmp/weir-state-XXXXXX";
    directory_ = mkdtemp(name);
    Start(std::nullopt);
  }
  ~Job() {
    files_.before = nullptr;
    Stop();
    FileSystem::Local().RemoveRecursively(directory_).ok();
  }

  // `restore_directory`: where the files of `restore` are, when it is another job's.
  void Start(std::optional<CheckpointMetadata> restore, const std::string& restore_directory = "") {
    ASSERT_OK(TryStart(std::move(restore), restore_directory));
  }
  Status TryStart(std::optional<CheckpointMetadata> restore,
                  const std::string& restore_directory = "") {
    storage_ = TRY(MakeCheckpointStorage(*with_memory_, checkpoints(), {}, options_.inline_bytes));
    BackendOptions options;
    options.files = with_memory_.get();
    options.clock = &clock;
    options.checkpoint_directory = checkpoints();
    options.working_directory = directory_ + "/work";
    options.max_parallelism = options_.max_parallelism;
    options.checkpointing = options_.checkpointing;
    options.incremental = options_.incremental;
    options.compression = options_.compression;
    options.memory = options_.memory != nullptr
                         ? options_.memory
                         : std::make_shared<MemoryBudget>(options_.memory_limit);
    options.least_spill_bytes = options_.least_spill_bytes;
    options.restore = std::move(restore);
    options.restore_directory = restore_directory;
    backend_ = TRY(options_.memory_backend ? MakeMemoryBackend(std::move(options))
                                           : MakeRocksDbBackend(std::move(options)));
    for (uint32_t s = 0; s < options_.parallelism; ++s) {
      tasks_.push_back(TRY(backend_->OpenTask(
          KeyGroupsOfSubtask(s, options_.parallelism, options_.max_parallelism))));
    }
    return {};
  }
  void Stop() {
    tasks_.clear();
    backend_.reset();
    storage_.reset();
  }

  std::vector<std::unique_ptr<EpochPart>> Snapshot(uint64_t id) {
    std::vector<std::unique_ptr<EpochPart>> parts;
    for (auto& task : tasks_) parts.push_back(Expect(task->Snapshot(id)));
    return parts;
  }
  // What the checkpoint is made of; durable, but not published.
  CheckpointMetadata Persist(uint64_t id, std::vector<std::unique_ptr<EpochPart>> parts) {
    EXPECT_TRUE(storage_->Prepare(id).ok());
    CheckpointMetadata metadata;
    metadata.checkpoint_id = id;
    metadata.backend = options_.memory_backend ? "memory" : "rocksdb";
    metadata.parallelism = options_.parallelism;
    metadata.max_parallelism = options_.max_parallelism;
    metadata.files = Expect(backend_->Persist(id, std::move(parts)));
    return metadata;
  }
  CheckpointMetadata Complete(uint64_t id, std::vector<std::unique_ptr<EpochPart>> parts) {
    CheckpointMetadata metadata = Persist(id, std::move(parts));
    bool uncertain = false;
    const Status status = storage_->Publish(metadata, uncertain);
    EXPECT_TRUE(status.ok()) << status.ToString();
    return metadata;
  }
  CheckpointMetadata Checkpoint() {
    const uint64_t id = Expect(storage_->NextCheckpointId());
    return Complete(id, Snapshot(id));
  }
  CheckpointMetadata LoadLatest() {
    const auto list = Expect(storage_->List());
    return Expect(storage_->Load(list.back().path));
  }

  std::string checkpoints() const {
    return options_.in_memory ? "memory://job" : directory_ + "/job";
  }
  CheckpointStorage& storage() { return *storage_; }
  StateBackend& backend() { return *backend_; }
  TaskState& task(size_t i = 0) { return *tasks_[i]; }
  TestFileSystem& files() { return files_; }
  FileSystem& files_with_memory() { return *with_memory_; }
  size_t task_count() const { return tasks_.size(); }
  JobOptions& options() { return options_; }

  StillClock clock;

 private:
  JobOptions options_;
  TestFileSystem files_;
  const std::unique_ptr<FileSystem> with_memory_ = WithMemoryFiles(files_);
  std::string directory_;
  std::unique_ptr<CheckpointStorage> storage_;
  std::unique_ptr<StateBackend> backend_;
  std::vector<std::unique_ptr<TaskState>> tasks_;
};

inline StateSchema TestSchema(StateLayout layout, const Type& key) {
  StateSchema schema;
  schema.name = "table";
  schema.layout = layout;
  schema.key = {{"k", key}};
  if (layout == StateLayout::kMap) schema.sub_key = {{"s", Type::BigInt()}};
  schema.value = {{"n", Type::BigInt()}, {"t", Type::String()}};
  return schema;
}

// Tables of BIGINT keys: n of the keys first..first+count-1 becomes key + add.
inline void PutRows(ValueTable& table, int64_t first, int64_t count, int64_t add = 0) {
  std::vector<Value> keys;
  for (int64_t k = first; k < first + count; ++k) keys.push_back(IntValue(k));
  const Keys batch = MakeKeys({{Type::BigInt(), keys}});
  std::vector<std::byte*> rows(keys.size());
  std::vector<uint8_t> created(keys.size());
  ASSERT_OK(table.FindOrCreate(batch.view(), rows.data(), created.data()));
  for (size_t i = 0; i < rows.size(); ++i) {
    table.layout().Store<int64_t>(rows[i], 0, first + static_cast<int64_t>(i) + add);
  }
}

// Visits the rows of each key: (number of the key, row), by key and then in order of arrival.
inline void VisitMatches(ListTable& table, const KeyView& keys,
                         const std::function<void(uint32_t, const std::byte*)>& visit) {
  ASSERT_OK(table.Probe(keys));
  MatchRun run;
  while (table.NextMatches(run)) {
    for (size_t i = 0; i < run.rows.size(); ++i) visit(run.probes[i], run.rows[i]);
  }
}

inline ValueTable& OpenNumbers(Job& job, size_t task = 0) {
  return *Expect(job.task(task).OpenValue("op", TestSchema(StateLayout::kValue, Type::BigInt())));
}

// Key -> n of a job's tables of numbers, which are opened by this.
inline std::map<int64_t, int64_t> AllRows(Job& job) {
  std::map<int64_t, int64_t> all;
  for (size_t t = 0; t < job.task_count(); ++t) {
    ValueTable& table = OpenNumbers(job, t);
    const Status status = table.Scan([&](const ScannedRows& run) -> Status {
      const auto columns = Expect(DecodeKeys(run.keys, std::vector<Type>{Type::BigInt()}));
      for (size_t i = 0; i < run.rows.size(); ++i) {
        all[columns[0]->ValueAt<int64_t>(static_cast<uint32_t>(i))] =
            table.layout().Load<int64_t>(run.rows[i], 0);
      }
      return {};
    });
    EXPECT_TRUE(status.ok()) << status.ToString();
  }
  return all;
}

}  // namespace weir::state
