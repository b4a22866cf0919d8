#include "tests/unit/runtime/task/fakes.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/interruption.h"
#include "runtime/operators/operator_list.h"
#include "runtime/types/key_encoding.h"

namespace weir::task::testing {

namespace {

void Pause(int64_t micros) {
  if (micros > 0) Clock::System().Sleep(std::chrono::microseconds(micros));
}

void WaitIfLost(Behaviour& behaviour, Place place) {
  while (behaviour.lost == place) {
    behaviour.waited_for = true;
    CheckInterrupted();
    Pause(100);
  }
}

bool Once(std::atomic<int>& times) {
  int left = times.load();
  while (left > 0) {
    if (times.compare_exchange_weak(left, left - 1)) return true;
  }
  return false;
}

MutableColumnPtr BigInts(uint32_t rows) {
  return Column::Make(Type::BigInt(), rows);
}

Schema TwoNumbers() {
  return {{{"key", Type::BigInt()}, {"number", Type::BigInt()}}};
}

}  // namespace

// --- source --------------------------------------------------------------------------------------

class FakeReader final : public SplitReader {
 public:
  FakeReader(World& world, uint32_t split, uint32_t next)
      : world_(world), split_(split), next_(next) {}

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    Behaviour& behaviour = world_.behaviour;
    Pause(behaviour.pause_micros);
    WaitIfLost(behaviour, Place::kRead);
    if (next_ == behaviour.rows_per_split) {
      return behaviour.unbounded ? ReadOutcome::kNothing : ReadOutcome::kEndOfSplit;
    }
    int64_t fail_at = next_;
    if (behaviour.fail_read_at.load() >= 0 && fail_at >= behaviour.fail_read_at.load() &&
        behaviour.fail_read_at.exchange(-1) >= 0) {
      return behaviour.bad_record ? Status::DataError("a planted bad record")
                                  : Status::External("a planted failure of the disk");
    }
    const uint32_t rows = std::min(max_rows, behaviour.rows_per_split - next_);
    auto keys = BigInts(rows);
    auto numbers = BigInts(rows);
    for (uint32_t i = 0; i < rows; ++i) {
      keys->mutable_data<int64_t>()[i] = (split_ * 7 + next_ + i) % behaviour.keys;
      numbers->mutable_data<int64_t>()[i] = split_ * 1'000'000 + next_ + i;
    }
    out = Batch();
    out.row_count = rows;
    out.columns = {keys, numbers};
    next_ += rows;
    return ReadOutcome::kRows;
  }
  std::string Position() const override { return fmt::format("v1 row={}", next_); }
  ReaderStatistics statistics() const override { return {.bytes_read = next_, .bytes_total = 1}; }

 private:
  World& world_;
  const uint32_t split_;
  uint32_t next_;
};

namespace {

class FakeSource final : public Source {
 public:
  explicit FakeSource(World& world) : world_(world) {}
  ~FakeSource() override { Pause(world_.behaviour.slow_end_micros); }
  bool bounded() const override { return !world_.behaviour.unbounded; }
  int64_t discovery_interval_millis() const override { return world_.behaviour.discovery_millis; }
  Result<std::vector<Split>> Discover() override {
    WaitIfLost(world_.behaviour, Place::kDiscovery);
    std::vector<Split> splits;
    for (uint32_t i = 0; i < world_.behaviour.splits; ++i)
      splits.push_back({.id = fmt::format("{:03}", i)});
    return splits;
  }
  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    const size_t prefix = std::string_view("v1 row=").size();
    const auto row = split.position.empty() ? 0U : std::stoul(split.position.substr(prefix));
    return std::unique_ptr<SplitReader>(std::make_unique<FakeReader>(
        world_, static_cast<uint32_t>(std::stoul(split.id)), static_cast<uint32_t>(row)));
  }

 private:
  World& world_;
};

}  // namespace

// --- sink ----------------------------------------------------------------------------------------

class FakeWriter final : public SinkWriter {
 public:
  FakeWriter(World& world, std::string name) : world_(world), name_(std::move(name)) {}
  Status Write(const Batch& batch) override {
    Pause(world_.behaviour.sink_pause_micros);
    Pause(batch.size() * world_.behaviour.row_pause_micros.load());
    uint32_t largest = world_.largest_write_;
    while (largest < batch.size() &&
           !world_.largest_write_.compare_exchange_weak(largest, batch.size())) {
    }
    ForEachRow(batch, [&](uint32_t row) {
      rows_.push_back(fmt::format("{}:{}", batch.columns[0]->data<int64_t>()[row],
                                  batch.columns[1]->data<int64_t>()[row]));
    });
    return {};
  }
  Result<PreCommitted> PreCommit(uint64_t checkpoint_id) override {
    if (rows_.empty()) return PreCommitted();
    const std::string transaction = fmt::format("{}-{}", name_, checkpoint_id);
    auto rows = std::make_shared<std::vector<std::string>>(std::exchange(rows_, {}));
    World& world = world_;
    const auto sync = [&world, transaction, rows]() -> Status {
      ++world.behaviour.syncs;
      while (world.behaviour.hold_sync) Pause(100);
      if (Once(world.behaviour.fail_sync)) return Status::External("a planted failure to sync");
      const std::lock_guard lock(world.mutex_);
      world.transactions_[transaction] = std::move(*rows);
      return {};
    };
    return PreCommitted{{transaction}, sync};
  }

 private:
  World& world_;
  const std::string name_;
  std::vector<std::string> rows_;
};

class FakeCommitter final : public SinkCommitter {
 public:
  explicit FakeCommitter(World& world) : world_(world) {}
  Status Commit(std::span<const std::string> committables) override {
    const std::lock_guard lock(world_.mutex_);
    if (Once(world_.behaviour.fail_commit)) return Status::External("a planted failure to commit");
    for (const std::string& name : committables) {
      if (!world_.visible_names_.insert(name).second) continue;
      const auto found = world_.transactions_.find(name);
      if (found == world_.transactions_.end()) return Status::Internal("lost transaction " + name);
      for (const std::string& row : found->second) world_.visible_.push_back(row);
      world_.transactions_.erase(found);
    }
    return {};
  }
  Result<Recovered> Recover(const SavedOutput* saved, uint64_t) override {
    if (saved != nullptr) RETURN_IF_ERROR(Commit(saved->committables));
    const std::lock_guard lock(world_.mutex_);
    world_.transactions_.clear();
    return Recovered();
  }
  Result<std::vector<OutputRows>> Detach(std::span<const std::string> committables) override {
    std::vector<OutputRows> rows;
    for (const std::string& name : committables) rows.push_back({name, "/" + name, 0});
    return rows;
  }

 private:
  World& world_;
};

namespace {

class FakeSink final : public Sink {
 public:
  explicit FakeSink(World& world) : world_(world) {}
  Result<std::unique_ptr<SinkWriter>> OpenWriter(uint32_t subtask, uint64_t attempt) override {
    world_.NoteAttempt(attempt);
    return std::unique_ptr<SinkWriter>(
        std::make_unique<FakeWriter>(world_, fmt::format("{}-{}", attempt, subtask)));
  }
  Result<std::unique_ptr<SinkCommitter>> OpenCommitter() override {
    return std::unique_ptr<SinkCommitter>(std::make_unique<FakeCommitter>(world_));
  }

 private:
  World& world_;
};

}  // namespace

// --- state ---------------------------------------------------------------------------------------

// Counts by key of one task; `dirty` changed since the last barrier.
struct Counts {
  std::mutex mutex;
  std::map<int64_t, int64_t> values;
  std::set<int64_t> dirty;
};

namespace {

class FakePart final : public EpochPart {
 public:
  std::shared_ptr<Counts> counts;
  std::map<int64_t, int64_t> changed;
};

class FakeTaskState final : public TaskState {
 public:
  std::shared_ptr<Counts> counts = std::make_shared<Counts>();

  Result<ValueTable*> OpenValue(const std::string&, const StateSchema&) override { return None(); }
  Result<SlicedTable*> OpenSliced(const std::string&, const StateSchema&) override {
    return None();
  }
  Result<MapTable*> OpenMap(const std::string&, const StateSchema&) override { return None(); }
  Result<ListTable*> OpenList(const std::string&, const StateSchema&) override { return None(); }
  Result<SlicedLists*> OpenSlicedLists(const std::string&, const StateSchema&) override {
    return None();
  }
  Result<std::unique_ptr<EpochPart>> Snapshot(uint64_t) override {
    auto part = std::make_unique<FakePart>();
    const std::lock_guard lock(counts->mutex);
    part->counts = counts;
    for (const int64_t key : counts->dirty) part->changed[key] = counts->values[key];
    counts->dirty.clear();
    return std::unique_ptr<EpochPart>(std::move(part));
  }
  Status BeginSnapshot(uint64_t checkpoint_id) override {
    frozen_ = TRY(Snapshot(checkpoint_id));
    return {};
  }
  Result<std::unique_ptr<EpochPart>> ContinueSnapshot(std::chrono::nanoseconds) override {
    return std::move(frozen_);
  }
  Status Tidy() override { return {}; }
  void ReportMemory(const std::string&, uint64_t) override {}
  StateStatistics statistics(const std::string&) const override {
    return {.rows = counts->values.size()};
  }

 private:
  static Status None() { return Status::Unsupported("tables"); }
  std::unique_ptr<EpochPart> frozen_;
};

uint32_t GroupOf(int64_t key) {
  Batch batch;
  auto column = BigInts(1);
  column->mutable_data<int64_t>()[0] = key;
  batch.columns = {column};
  batch.row_count = 1;
  uint64_t hash = 0;
  const int columns[] = {0};
  HashKeys(batch, columns, &hash);
  return KeyGroupOf(hash, kDefaultMaxParallelism);
}

}  // namespace

class FakeBackend final : public StateBackend {
 public:
  FakeBackend(World& world, const CheckpointMetadata* from) : world_(world) {
    if (from != nullptr) durable_ = world.state_files_.at(from->files.at(0).path);
  }
  Result<std::unique_ptr<TaskState>> OpenTask(KeyGroupRange groups) override {
    auto state = std::make_unique<FakeTaskState>();
    for (const auto& [key, count] : durable_) {
      if (groups.Contains(GroupOf(key))) state->counts->values[key] = count;
    }
    return std::unique_ptr<TaskState>(std::move(state));
  }
  Result<std::vector<StateFile>> Persist(uint64_t id,
                                         std::vector<std::unique_ptr<EpochPart>> parts) override {
    if (Once(world_.behaviour.fail_persist)) {
      Abandon(std::move(parts));
      return Status::External("a planted full disk");
    }
    for (const auto& part : parts) {
      for (const auto& [key, count] : static_cast<FakePart&>(*part).changed) durable_[key] = count;
    }
    const std::string path = fmt::format("chk-{}/state", id);
    const std::lock_guard lock(world_.mutex_);
    world_.state_files_[path] = durable_;
    return std::vector<StateFile>{{.path = path, .bytes = durable_.size()}};
  }
  void Abandon(std::vector<std::unique_ptr<EpochPart>> parts) override {
    for (const auto& part : parts) {
      auto& own = static_cast<FakePart&>(*part);
      const std::lock_guard lock(own.counts->mutex);
      for (const auto& entry : own.changed) own.counts->dirty.insert(entry.first);
    }
  }
  StateStatistics statistics() const override { return {}; }

 private:
  World& world_;
  std::map<int64_t, int64_t> durable_;
};

namespace {

// Puts out (key, how often the key was seen) for every row. Rows of key 0 count as late, too.
class CountPerKey final : public operators::Operator {
 public:
  Status Open(operators::OperatorContext& ctx) override {
    counts_ = static_cast<FakeTaskState*>(ctx.state)->counts;
    metrics_ = ctx.metrics;
    return {};
  }
  Status OnBatch(int, Batch batch, operators::Output& out) override {
    batch = Compact(std::move(batch));
    auto counted = BigInts(batch.row_count);
    const std::lock_guard lock(counts_->mutex);
    for (uint32_t row = 0; row < batch.row_count; ++row) {
      const int64_t key = batch.columns[0]->data<int64_t>()[row];
      counted->mutable_data<int64_t>()[row] = ++counts_->values[key];
      counts_->dirty.insert(key);
      if (key == 0) ++metrics_->late_rows;
    }
    batch.columns[1] = counted;
    return out.Emit(std::move(batch));
  }

 private:
  std::shared_ptr<Counts> counts_;
  operators::OperatorMetrics* metrics_ = nullptr;
};

}  // namespace

// --- storage -------------------------------------------------------------------------------------

class FakeStorage final : public CheckpointStorage {
 public:
  explicit FakeStorage(World& world) : world_(world) {}
  Status Prepare(uint64_t) override { return {}; }
  Status Publish(const CheckpointMetadata& metadata, bool&) override {
    if (Once(world_.behaviour.fail_publish))
      return Status::External("a planted failure to publish");
    const std::lock_guard lock(world_.mutex_);
    world_.published_.push_back(std::make_shared<const CheckpointMetadata>(metadata));
    return {};
  }
  Result<std::vector<CheckpointInfo>> List() override {
    const std::lock_guard lock(world_.mutex_);
    std::vector<CheckpointInfo> all;
    for (const auto& one : world_.published_) {
      all.push_back(
          {.checkpoint_id = one->checkpoint_id, .path = std::to_string(one->checkpoint_id)});
    }
    return all;
  }
  Result<CheckpointMetadata> Load(const std::string& path) override {
    const std::lock_guard lock(world_.mutex_);
    for (const auto& one : world_.published_) {
      if (std::to_string(one->checkpoint_id) == path) return *one;
    }
    return Status::NotFound(path);
  }
  Status Retain(size_t retained, const std::vector<uint64_t>&) override {
    const std::lock_guard lock(world_.mutex_);
    while (world_.published_.size() > retained) world_.published_.erase(world_.published_.begin());
    return {};
  }
  Status Abort(uint64_t) override {
    const std::lock_guard lock(world_.mutex_);
    ++world_.aborted_;
    return {};
  }
  Result<uint64_t> NextCheckpointId() override {
    const std::lock_guard lock(world_.mutex_);
    return ++world_.last_id_;
  }

 private:
  World& world_;
};

// --- world ---------------------------------------------------------------------------------------

std::vector<std::string> World::Committed() const {
  const std::lock_guard lock(mutex_);
  return visible_;
}

std::string World::CheckCommitted(bool complete) const {
  std::map<int64_t, std::vector<int64_t>> counts;
  for (const std::string& row : Committed()) {
    const size_t colon = row.find(':');
    counts[std::stol(row.substr(0, colon))].push_back(std::stol(row.substr(colon + 1)));
  }
  size_t rows = 0;
  for (auto& [key, seen] : counts) {
    std::sort(seen.begin(), seen.end());
    for (size_t i = 0; i < seen.size(); ++i) {
      if (seen[i] != static_cast<int64_t>(i) + 1) {
        return fmt::format("key {}: {} at place {}", key, seen[i], i + 1);
      }
    }
    rows += seen.size();
  }
  const size_t all = size_t{behaviour.splits} * behaviour.rows_per_split;
  return complete && rows != all ? fmt::format("{} rows of {}", rows, all) : std::string();
}

std::shared_ptr<const CheckpointMetadata> World::Newest() const {
  const std::lock_guard lock(mutex_);
  return published_.empty() ? nullptr : published_.back();
}

size_t World::aborted() const {
  const std::lock_guard lock(mutex_);
  return aborted_;
}

JobOptions World::Options(uint32_t parallelism) {
  if (!storage_) storage_ = std::make_unique<FakeStorage>(*this);
  evaluation_.clock = &Clock::System();
  JobOptions options;
  options.job_id = "job";
  options.parallelism = parallelism;
  options.batch_rows = 16;
  options.queue_capacity = 2;
  options.clock = &Clock::System();
  options.evaluation = &evaluation_;
  options.storage = storage_.get();
  options.ports.make_source = [this](const graph::ScanSpec&) -> Result<std::unique_ptr<Source>> {
    return std::unique_ptr<Source>(std::make_unique<FakeSource>(*this));
  };
  options.ports.make_sink = [this](const graph::SinkSpec&) -> Result<std::unique_ptr<Sink>> {
    return std::unique_ptr<Sink>(std::make_unique<FakeSink>(*this));
  };
  options.ports.make_operator =
      [](const graph::Node& node,
         operators::OperatorPorts ports) -> Result<std::unique_ptr<operators::Operator>> {
    if (std::holds_alternative<graph::SinkSpec>(node.spec)) {
      return operators::MakeSink(node, std::move(ports.sink_writer));
    }
    return std::unique_ptr<operators::Operator>(std::make_unique<CountPerKey>());
  };
  options.ports.write_channels = [this](uint64_t id, std::string_view bytes) -> Result<StateFile> {
    const std::lock_guard lock(mutex_);
    StateFile file{.path = fmt::format("chk-{}/{}", id, kChannelFile)};
    channel_files_[file.path] = bytes;
    return file;
  };
  options.ports.read_channels = [this](const CheckpointMetadata&,
                                       const StateFile& file) -> Result<std::string> {
    const std::lock_guard lock(mutex_);
    return channel_files_.at(file.path);
  };
  options.ports.open_backend =
      [this](const CheckpointMetadata* from) -> Result<std::unique_ptr<StateBackend>> {
    return std::unique_ptr<StateBackend>(std::make_unique<FakeBackend>(*this, from));
  };
  return options;
}

graph::JobGraph World::CountingJob() {
  graph::JobGraph job;
  graph::GroupAggregateSpec count;
  count.keys = {0};
  job.nodes.push_back(
      {.index = 0, .uid = "src", .name = "Scan(numbers)", .spec = graph::ScanSpec()});
  job.nodes.push_back(
      {.index = 1,
       .uid = "agg",
       .name = "Count",
       .spec = count,
       .inputs = {{.from = 0, .exchange = graph::ExchangeKind::kHash, .keys = {0}}}});
  job.nodes.push_back({.index = 2,
                       .uid = "sink",
                       .name = "Sink(out)",
                       .spec = graph::SinkSpec(),
                       .inputs = {{.from = 1}}});
  for (graph::Node& node : job.nodes) node.output = TwoNumbers();
  return job;
}

graph::JobGraph World::CopyingJob() {
  graph::JobGraph job = CountingJob();
  job.nodes[1] = job.nodes[2];
  job.nodes.pop_back();
  job.nodes[1].index = 1;
  job.nodes[1].inputs = {{.from = 0}};
  return job;
}

}  // namespace weir::task::testing
