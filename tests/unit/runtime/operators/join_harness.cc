#include "tests/unit/runtime/operators/join_harness.h"

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <iostream>

namespace weir::operators {
namespace {

void Must(const Status& status) {
  if (!status.ok()) std::cerr << status.ToString() << "\n";
  WEIR_CHECK(status.ok());
}

template <typename T>
T Must(Result<T> result) {
  Must(result.status());
  return std::move(result).value();
}

const graph::JoinShape& ShapeOf(const graph::OperatorSpec& spec) {
  if (const auto* join = std::get_if<graph::JoinSpec>(&spec)) return join->shape;
  if (const auto* join = std::get_if<graph::IntervalJoinSpec>(&spec)) return join->shape;
  return std::get<graph::WindowJoinSpec>(spec).shape;
}

}  // namespace

Schema JoinedSchema(const graph::JoinShape& shape) {
  Schema output;
  for (Field field : shape.left.schema.fields) {
    if (graph::KeepsRight(shape.type)) field.type = field.type.WithNullable(true);
    output.fields.push_back(std::move(field));
  }
  if (graph::GivesLeftOnly(shape.type)) return output;
  for (Field field : shape.right.schema.fields) {
    if (graph::KeepsLeft(shape.type)) field.type = field.type.WithNullable(true);
    output.fields.push_back(std::move(field));
  }
  return output;
}

struct JoinHarness::Instance {
  std::unique_ptr<TaskState> state;
  std::unique_ptr<Operator> op;
  OperatorContext context;
};

const graph::JoinShape& JoinHarness::shape() const {
  return ShapeOf(node_.spec);
}

JoinHarness::JoinHarness(graph::OperatorSpec spec, JoinHarnessOptions options) : options_(options) {
  static std::atomic<int> counter{0};
  directory_ = (std::filesystem::temp_directory_path() /
                ("weir-joins-" + std::to_string(::getpid()) + "-" + std::to_string(counter++)))
                   .string();
  out.max_batch_rows = options.batch_rows;
  evaluation_.clock = &clock;
  node_.uid = "test/join";
  node_.spec = std::move(spec);
  node_.output = JoinedSchema(shape());
  inputs_[0] = shape().left.schema;
  inputs_[1] = shape().right.schema;
  OpenAll({}, {});
}

JoinHarness::~JoinHarness() {
  CloseAll();
  std::filesystem::remove_all(directory_);
}

void JoinHarness::OpenAll(std::vector<OperatorStateEntry> restored, std::vector<StateFile> files) {
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
    OperatorCheckpoint& saved = options.restore->operators.emplace_back();
    saved.uid = node_.uid;
    saved.kind = graph::OperatorKindName(node_.spec);
    saved.schema = graph::StateOf(node_.spec, inputs_[0]);
  }
  backend_ = Must(options_.rocksdb ? state::MakeRocksDbBackend(std::move(options))
                                   : state::MakeMemoryBackend(std::move(options)));
  for (uint32_t i = 0; i < options_.parallelism; ++i) {
    auto instance = std::make_unique<Instance>();
    instance->state = Must(
        backend_->OpenTask(KeyGroupsOfSubtask(i, options_.parallelism, kDefaultMaxParallelism)));
    OperatorContext& context = instance->context;
    context.node = &node_;
    context.inputs = {&inputs_[0], &inputs_[1]};
    context.subtask = i;
    context.parallelism = options_.parallelism;
    context.batch_rows = options_.batch_rows;
    context.state = instance->state.get();
    context.clock = &clock;
    context.evaluation = &evaluation_;
    context.metrics = &metrics;
    context.restored = restored;
    instance->op = Must(MakeOperator(node_, {}));
    Must(instance->op->Open(context));
    instances_.push_back(std::move(instance));
  }
}

void JoinHarness::Feed(int port, const std::string& rows) {
  Feed(port, Must(ParseBatch(rows, inputs_[port])));
}

void JoinHarness::Feed(int port, const Batch& original) {
  if (original.empty()) return;
  Batch batch = original;
  const BufferPtr hashes = MakeBuffer<uint64_t>(batch.row_count);
  HashKeys(batch, shape().side(port).keys, hashes->as<uint64_t>());
  std::vector<std::vector<uint32_t>> ids(options_.parallelism);
  for (uint32_t i = 0; i < batch.size(); ++i) {
    const uint32_t row = batch.RowAt(i);
    const uint32_t group = KeyGroupOf(hashes->as<uint64_t>()[row], kDefaultMaxParallelism);
    ids[SubtaskOfKeyGroup(group, options_.parallelism, kDefaultMaxParallelism)].push_back(row);
  }
  for (uint32_t i = 0; i < options_.parallelism; ++i) {
    if (ids[i].empty()) continue;
    Batch part = GatherBatch(batch, ids[i].data(), static_cast<uint32_t>(ids[i].size()));
    Must(instances_[i]->op->OnBatch(port, std::move(part), out));
    Must(instances_[i]->state->Tidy());
  }
}

void JoinHarness::Watermark(int64_t millis) {
  for (const auto& instance : instances_) Must(instance->op->OnWatermark({millis}, out));
}

void JoinHarness::AdvanceClock(int64_t millis) {
  clock.now = {millis};
  for (const auto& instance : instances_) {
    if (instance->op->NextProcessingTime() > clock.now) continue;
    Must(instance->op->OnProcessingTime(clock.now, out));
  }
}

void JoinHarness::End() {
  Watermark(Timestamp::Max().millis);
  for (const auto& instance : instances_) Must(instance->op->OnEndOfInput(out));
}

void JoinHarness::Restart(uint32_t parallelism) {
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

void JoinHarness::RestartAs(graph::OperatorSpec spec) {
  next_spec_ = std::move(spec);
  Restart(options_.parallelism);
}

StateStatistics JoinHarness::statistics() const {
  StateStatistics sum;
  for (const auto& instance : instances_) {
    const StateStatistics one = instance->state->statistics(node_.uid);
    sum.rows += one.rows;
    sum.disk_reads += one.disk_reads;
    sum.evictions += one.evictions;
  }
  return sum;
}

void JoinHarness::CloseAll() {
  for (const auto& instance : instances_) instance->op.reset();
  instances_.clear();
  backend_.reset();
}

}  // namespace weir::operators
