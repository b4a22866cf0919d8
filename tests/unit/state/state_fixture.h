// A job's directory in /tmp, its backend, storage and tasks, and batches of keys.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/types/key_encoding.h"
#include "runtime/types/value.h"
#include "state/backends.h"

namespace weir::state {

#define ASSERT_OK(expression)                          \
  do {                                                 \
    const ::weir::Status test_status = (expression);   \
    ASSERT_TRUE(test_status.ok()) << test_status.ToString(); \
  } while (false)

template <typename T>
T Expect(Result<T> result) {
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  if (!result.ok()) std::abort();
  return std::move(result).value();
}

// One key column and what KeyView borrows.
struct Keys {
  Batch batch;
  std::vector<uint64_t> hashes;
  std::vector<int> columns{0};
  KeyView view() const { return {&batch, columns, hashes.data()}; }
};

inline Value IntValue(int64_t v) { return {Type::BigInt(), v}; }
inline Value TextValue(std::string text) { return {Type::String(), std::move(text)}; }

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
  uint32_t parallelism = 1;
};

// One job: its directory lives as long as this, its backend as long as Stop() is not called.
class Job {
 public:
  explicit Job(JobOptions options) : options_(options) {
    char name[] = "/tmp/weir-state-XXXXXX";
    directory_ = mkdtemp(name);
    Start(std::nullopt);
  }
  ~Job() {
    Stop();
    FileSystem::Local().RemoveRecursively(directory_).ok();
  }

  void Start(std::optional<CheckpointMetadata> restore) {
    FileSystem& files = FileSystem::Local();
    storage_ = Expect(MakeCheckpointStorage(files, checkpoints()));
    BackendOptions options;
    options.files = &files;
    options.checkpoint_directory = checkpoints();
    options.working_directory = directory_ + "/work";
    options.checkpointing = options_.checkpointing;
    options.memory = std::make_shared<MemoryBudget>(options_.memory_limit);
    options.least_spill_bytes = 1;
    options.restore = std::move(restore);
    backend_ = Expect(options_.memory_backend ? MakeMemoryBackend(std::move(options))
                                              : MakeRocksDbBackend(std::move(options)));
    for (uint32_t s = 0; s < options_.parallelism; ++s) {
      tasks_.push_back(Expect(backend_->OpenTask(
          KeyGroupsOfSubtask(s, options_.parallelism, kDefaultMaxParallelism))));
    }
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
  CheckpointMetadata Complete(uint64_t id, std::vector<std::unique_ptr<EpochPart>> parts) {
    EXPECT_TRUE(storage_->Prepare(id).ok());
    CheckpointMetadata metadata;
    metadata.checkpoint_id = id;
    metadata.backend = options_.memory_backend ? "memory" : "rocksdb";
    metadata.parallelism = options_.parallelism;
    metadata.files = Expect(backend_->Persist(id, std::move(parts)));
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

  std::string checkpoints() const { return directory_ + "/job"; }
  CheckpointStorage& storage() { return *storage_; }
  StateBackend& backend() { return *backend_; }
  TaskState& task(size_t i = 0) { return *tasks_[i]; }
  size_t task_count() const { return tasks_.size(); }
  JobOptions& options() { return options_; }

 private:
  JobOptions options_;
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

}  // namespace weir::state
