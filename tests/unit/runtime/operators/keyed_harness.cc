#include "tests/unit/runtime/operators/keyed_harness.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>

#include "runtime/checkpoint/compare_state.h"
#include "state/disk/external_sort.h"
#include "tests/unit/runtime/operators/must.h"
#include "tests/unit/runtime/operators/spread_by_key.h"

namespace weir::operators {
namespace {

// Counts what it is given.
class CountingSorter final : public RecordSorter {
 public:
  CountingSorter(std::unique_ptr<RecordSorter> base, uint64_t& records)
      : base_(std::move(base)), records_(records) {}
  uint64_t memory_bytes() const override { return base_->memory_bytes(); }
  Status Add(std::string_view key, std::string_view value) override {
    ++records_;
    return base_->Add(key, value);
  }
  Status Visit(const Visitor& visit) override { return base_->Visit(visit); }

 private:
  const std::unique_ptr<RecordSorter> base_;
  uint64_t& records_;
};

}  // namespace

struct KeyedHarness::Instance {
  std::unique_ptr<TaskState> state;
  std::unique_ptr<Operator> op;
  OperatorContext context;
};

KeyedHarness::KeyedHarness(graph::OperatorSpec spec, KeyedShape shape, KeyedHarnessOptions options)
    : KeyedHarness(std::move(spec), {{std::move(shape.input), std::move(shape.keys)}},
                   std::move(shape.output), options) {}

KeyedHarness::KeyedHarness(graph::OperatorSpec spec, std::vector<KeyedInput> inputs, Schema output,
                           KeyedHarnessOptions options)
    : inputs_(std::move(inputs)), options_(options) {
  static std::atomic<int> counter{0};
  directory_ = (std::filesystem::temp_directory_path() /
                ("weir-keyed-" + std::to_string(::getpid()) + "-" + std::to_string(counter++)))
                   .string();
  out.max_batch_rows = options.batch_rows;
  seeded.max_batch_rows = options.batch_rows;
  evaluation_.clock = &clock;
  node_.uid = "test/keyed";
  node_.spec = std::move(spec);
  node_.output = std::move(output);
  OpenAll({}, {});
}

KeyedHarness::~KeyedHarness() {
  CloseAll();
  std::filesystem::remove_all(directory_);
}

void KeyedHarness::OpenAll(std::vector<OperatorStateEntry> restored, std::vector<StateFile> files) {
  state::BackendOptions options;
  options.files = &FileSystem::Local();
  options.clock = &clock;
  options.checkpoint_directory = directory_;
  if (options_.rocksdb) {
    options.working_directory = directory_ + "/live-" + std::to_string(++starts_);
    options.memory = std::make_shared<state::MemoryBudget>(options_.memory_limit);
    options.least_spill_bytes = 1 << 10;
  }
  if (checkpoint_ > 0) {
    options.restore.emplace();
    options.restore->backend = options_.rocksdb ? "rocksdb" : "memory";
    options.restore->checkpoint_id = checkpoint_;
    options.restore->files = std::move(files);
    options.restore->moves = std::exchange(moves_, std::nullopt);
    OperatorCheckpoint& saved = options.restore->operators.emplace_back();
    saved.uid = node_.uid;
    saved.kind = graph::OperatorKindName(node_.spec);
    saved.schema = graph::StateOf(node_.spec, inputs_[0].schema);
  }
  backend_ = Must(options_.rocksdb ? state::MakeRocksDbBackend(std::move(options))
                                   : state::MakeMemoryBackend(std::move(options)));
  for (uint32_t i = 0; i < options_.parallelism; ++i) {
    auto instance = std::make_unique<Instance>();
    instance->state = Must(
        backend_->OpenTask(KeyGroupsOfSubtask(i, options_.parallelism, kDefaultMaxParallelism)));
    OperatorContext& context = instance->context;
    context.node = &node_;
    for (const KeyedInput& input : inputs_) context.inputs.push_back(&input.schema);
    context.subtask = i;
    context.parallelism = options_.parallelism;
    context.batch_rows = options_.batch_rows;
    context.state = instance->state.get();
    context.clock = &clock;
    context.evaluation = &evaluation_;
    context.metrics = &metrics;
    context.restored = restored;
    context.forgot = forgot_;
    context.make_sorter = [this] {
      // A sort takes half of what there is.
      state::ExternalSortOptions sort{.files = &FileSystem::Local(),
                                      .directory = directory_ + "/sort"};
      sort.memory = std::make_shared<state::MemoryBudget>(2 * options_.sort_memory);
      return std::make_unique<CountingSorter>(state::MakeExternalSort(std::move(sort)),
                                              sorter_records_);
    };
    instance->op = Must(MakeOperator(node_, {}));
    Must(instance->op->Open(context));
    instances_.push_back(std::move(instance));
  }
}

void KeyedHarness::Feed(int port, const std::string& rows) {
  Feed(port, Must(ParseBatch(rows, inputs_[static_cast<size_t>(port)].schema)));
}

void KeyedHarness::Feed(int port, const Batch& batch) {
  if (batch.empty()) return;
  std::vector<Batch> parts =
      SpreadByKey(batch, inputs_[static_cast<size_t>(port)].keys, options_.parallelism);
  for (uint32_t i = 0; i < options_.parallelism; ++i) {
    if (parts[i].empty()) continue;
    Must(instances_[i]->op->OnBatch(port, std::move(parts[i]), out));
    Must(instances_[i]->state->Tidy());
  }
}

void KeyedHarness::Watermark(int64_t millis) {
  for (const auto& instance : instances_) Must(instance->op->OnWatermark({millis}, out));
}

void KeyedHarness::AdvanceClock(int64_t millis) {
  clock.now = {millis};
  for (const auto& instance : instances_) {
    if (instance->op->NextProcessingTime() > clock.now) continue;
    Must(instance->op->OnProcessingTime(clock.now, out));
  }
}

void KeyedHarness::End() {
  Watermark(Timestamp::Max().millis);
  for (const auto& instance : instances_) Must(instance->op->OnEndOfInput(out));
}

void KeyedHarness::Seed() {
  for (const auto& instance : instances_) Must(instance->op->Seed(out, seeded));
}

void KeyedHarness::Restart(uint32_t parallelism) {
  ++checkpoint_;
  std::filesystem::create_directories(directory_ + "/chk-" + std::to_string(checkpoint_));
  std::vector<OperatorStateEntry> entries;
  std::vector<std::unique_ptr<EpochPart>> parts;
  for (const auto& instance : instances_) {
    Must(instance->op->Flush(out));
    Must(instance->op->OnBarrier(checkpoint_, entries));
    parts.push_back(Must(instance->state->Snapshot(checkpoint_)));
  }
  std::vector<StateFile> files = Must(backend_->Persist(checkpoint_, std::move(parts)));
  CloseAll();
  if (next_spec_) node_.spec = *std::exchange(next_spec_, std::nullopt);
  options_.parallelism = parallelism;
  OpenAll(std::move(entries), std::move(files));
}

void KeyedHarness::RestartAs(graph::OperatorSpec spec) {
  const OperatorStateSchema saved = graph::StateOf(node_.spec, inputs_[0].schema);
  const OperatorStateSchema wanted = graph::StateOf(spec, inputs_[0].schema);
  forgot_ = forgot_ || checkpoint::Expires(saved);
  CheckpointMetadata metadata;
  metadata.complete_millis = clock.now.millis;
  moves_.emplace();
  for (const StateSchema& table : saved.tables) {
    const auto stays = std::ranges::find(wanted.tables, table.name, &StateSchema::name);
    if (stays == wanted.tables.end()) continue;
    const std::string family = node_.uid + "/" + table.name;
    moves_->push_back(
        {family,
         family,
         {},
         checkpoint::ExpiredBefore(metadata, checkpoint::EndedTimeToLive(table, *stays))});
  }
  next_spec_ = std::move(spec);
  Restart(options_.parallelism);
}

StateStatistics KeyedHarness::statistics() const {
  StateStatistics sum;
  for (const auto& instance : instances_) {
    const StateStatistics one = instance->state->statistics(node_.uid);
    sum.rows += one.rows;
    sum.disk_reads += one.disk_reads;
    sum.evictions += one.evictions;
  }
  return sum;
}

void KeyedHarness::CloseAll() {
  for (const auto& instance : instances_) instance->op.reset();
  instances_.clear();
  backend_.reset();
}

}  // namespace weir::operators
