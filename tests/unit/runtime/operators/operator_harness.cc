#include "tests/unit/runtime/operators/operator_harness.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "tests/unit/runtime/operators/must.h"
#include "tests/unit/runtime/operators/spread_by_key.h"

namespace weir::operators {
namespace {

// What the local half puts out goes on to the global one.
class Forwarding : public Output {
 public:
  explicit Forwarding(std::function<void(Batch)> route) : route_(std::move(route)) {}
  Status Emit(Batch batch) override {
    route_(std::move(batch));
    return {};
  }
  Status EmitWatermark(Timestamp) override { return {}; }

 private:
  std::function<void(Batch)> route_;
};

// What batch.h says of every batch: columns of as many rows as it has, and ids of rows that it has.
bool IsWhole(const Batch& batch) {
  for (const ColumnPtr& column : batch.columns) {
    if (column->length() != batch.row_count) return false;
  }
  for (uint32_t i = 0; i < batch.size(); ++i) {
    const bool ascends = i == 0 || batch.RowAt(i) > batch.RowAt(i - 1);
    if (!ascends || batch.RowAt(i) >= batch.row_count) return false;
  }
  return true;
}

}  // namespace

Status CapturedOutput::Emit(Batch batch) {
  EXPECT_TRUE(IsWhole(batch));
  if (batch.empty() || batch.size() > max_batch_rows) ++violations_;
  for (uint32_t i = 0; i < batch.size(); ++i) {
    std::string line;
    FormatRow(batch, batch.RowAt(i), line);
    const Timestamp mark = batch.late_mark(batch.RowAt(i));
    marked_rows_.push_back(
        mark == Timestamp::Min() ? line : line + " behind " + std::to_string(mark.millis));
    int& count = table_[line.substr(2)];
    count += IsAddition(batch.kind(batch.RowAt(i))) ? 1 : -1;
    if (count < 0) ++violations_;
    if (count == 0) table_.erase(line.substr(2));
    lines_.push_back(std::move(line));
  }
  return {};
}

Status CapturedOutput::EmitWatermark(Timestamp watermark) {
  lines_.push_back("watermark " + std::to_string(watermark.millis));
  return {};
}

std::vector<std::string> CapturedOutput::Rows() const {
  std::vector<std::string> rows;
  for (const auto& [row, count] : table_) rows.insert(rows.end(), static_cast<size_t>(count), row);
  return rows;
}

std::vector<std::string> CapturedOutput::RowsWithMarks() const {
  std::vector<std::string> rows = marked_rows_;
  std::sort(rows.begin(), rows.end());
  return rows;
}

struct OperatorHarness::Instance {
  std::unique_ptr<TaskState> state;
  std::unique_ptr<Operator> op;
  OperatorContext context;
};

OperatorHarness::OperatorHarness(graph::OperatorSpec spec, Schema input, Schema output,
                                 HarnessOptions options)
    : input_(std::move(input)), options_(options) {
  static std::atomic<int> counter{0};
  directory_ = (std::filesystem::temp_directory_path() /
                ("weir-operators-" + std::to_string(::getpid()) + "-" + std::to_string(counter++)))
                   .string();
  out.max_batch_rows = options.batch_rows;
  evaluation_.clock = &clock;
  node_.uid = "test/operator";
  node_.output = std::move(output);
  global_input_ = input_;
  std::visit(
      [&](auto& own) {
        if constexpr (requires { own.phase; }) {
          keys_ = own.keys;
          if (!options_.two_phases) return;
          own.phase = graph::AggregatePhase::kLocal;
          local_node_.uid = "test/operator.local";
          local_node_.spec = own;
          local_node_.output = global_input_ = graph::PartialSchema(own, input_);
          own.phase = graph::AggregatePhase::kGlobal;
          for (size_t i = 0; i < own.keys.size(); ++i) own.keys[i] = static_cast<int>(i);
          keys_ = own.keys;
        }
      },
      spec);
  node_.spec = std::move(spec);
  OpenAll({}, {});
}

OperatorHarness::~OperatorHarness() {
  CloseAll();
  std::filesystem::remove_all(directory_);
}

void OperatorHarness::OpenAll(std::vector<OperatorStateEntry> restored,
                              std::vector<StateFile> files) {
  state::BackendOptions options;
  options.files = &FileSystem::Local();
  options.clock = &clock;
  options.checkpoint_directory = directory_;
  if (checkpoint_ > 0) {
    options.restore.emplace();
    options.restore->backend = "memory";
    options.restore->checkpoint_id = checkpoint_;
    options.restore->files = std::move(files);
    OperatorCheckpoint& saved = options.restore->operators.emplace_back();
    saved.uid = node_.uid;
    saved.kind = graph::OperatorKindName(node_.spec);
    saved.schema = graph::StateOf(node_.spec, global_input_);
  }
  backend_ = Must(state::MakeMemoryBackend(std::move(options)));
  for (uint32_t i = 0; i < options_.parallelism; ++i) {
    auto instance = std::make_unique<Instance>();
    instance->state = Must(
        backend_->OpenTask(KeyGroupsOfSubtask(i, options_.parallelism, kDefaultMaxParallelism)));
    OperatorContext& context = instance->context;
    context.node = &node_;
    context.inputs = {&global_input_};
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
  if (!options_.two_phases) return;
  local_context_ = std::make_unique<OperatorContext>(instances_[0]->context);
  local_context_->node = &local_node_;
  local_context_->inputs = {&input_};
  local_context_->restored.clear();
  local_ = Must(MakeOperator(local_node_, {}));
  Must(local_->Open(*local_context_));
}

void OperatorHarness::Feed(const std::string& rows) {
  Feed(Must(ParseBatch(rows, input_)));
}

void OperatorHarness::Feed(const Batch& batch) {
  if (batch.empty()) return;
  if (local_ == nullptr) return Route(batch);
  Forwarding forward([this](Batch partial) { Route(std::move(partial)); });
  Must(local_->OnBatch(0, batch, forward));
}

void OperatorHarness::Route(Batch batch) {
  if (options_.parallelism == 1) return Must(instances_[0]->op->OnBatch(0, std::move(batch), out));
  std::vector<Batch> parts = SpreadByKey(std::move(batch), keys_, options_.parallelism);
  for (uint32_t i = 0; i < options_.parallelism; ++i) {
    if (!parts[i].empty()) Must(instances_[i]->op->OnBatch(0, std::move(parts[i]), out));
  }
}

void OperatorHarness::Watermark(int64_t millis) {
  Forwarding forward([this](Batch partial) { Route(std::move(partial)); });
  if (local_ != nullptr) Must(local_->OnWatermark({millis}, forward));
  for (const auto& instance : instances_) Must(instance->op->OnWatermark({millis}, out));
}

void OperatorHarness::WatermarkOf(uint32_t subtask, int64_t millis) {
  Must(instances_[subtask]->op->OnWatermark({millis}, out));
}

void OperatorHarness::AdvanceClock(int64_t millis) {
  clock.now = {millis};
  Forwarding forward([this](Batch partial) { Route(std::move(partial)); });
  if (local_ != nullptr && local_->NextProcessingTime() <= clock.now) {
    Must(local_->OnProcessingTime(clock.now, forward));
  }
  for (const auto& instance : instances_) {
    if (instance->op->NextProcessingTime() > clock.now) continue;
    Must(instance->op->OnProcessingTime(clock.now, out));
  }
}

void OperatorHarness::End() {
  Watermark(Timestamp::Max().millis);
  Forwarding forward([this](Batch partial) { Route(std::move(partial)); });
  if (local_ != nullptr) Must(local_->OnEndOfInput(forward));
  for (const auto& instance : instances_) Must(instance->op->OnEndOfInput(out));
}

uint64_t OperatorHarness::StateRows() const {
  uint64_t rows = 0;
  for (const auto& instance : instances_) rows += instance->state->statistics(node_.uid).rows;
  return rows;
}

void OperatorHarness::Restart(uint32_t parallelism) {
  Forwarding forward([this](Batch partial) { Route(std::move(partial)); });
  if (local_ != nullptr) Must(local_->Flush(forward));
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
  options_.parallelism = parallelism;
  OpenAll(std::move(entries), std::move(files));
}

void OperatorHarness::CloseAll() {
  local_.reset();
  for (const auto& instance : instances_) instance->op.reset();
  instances_.clear();
  backend_.reset();
}

expr::AggregateCall MakeCall(const std::string& function, const Schema& input,
                             std::vector<int> arguments, bool distinct, int filter) {
  expr::AggregateCall call;
  call.function = *expr::FindAggregate(function);
  call.arguments = arguments;
  call.distinct = distinct;
  call.filter = filter;
  std::string text = "*";
  for (const int argument : arguments) {
    call.argument_types.push_back(input.fields[static_cast<size_t>(argument)].type);
    text = input.fields[static_cast<size_t>(argument)].name;
  }
  call.result_type = Must(expr::AggregateResultType(call.function, call.argument_types, {}));
  call.state_name =
      function + "(" + (distinct ? "distinct " : "") + text + ")" +
      (filter >= 0 ? " filter (" + input.fields[static_cast<size_t>(filter)].name + ")" : "");
  return call;
}

Batch MarkLate(Batch batch, int time_column, int64_t delay_millis, int64_t& watermark) {
  const Column& times = *batch.columns[static_cast<size_t>(time_column)];
  BufferPtr marks = MakeBuffer<int64_t>(batch.row_count);
  bool any = false;
  for (uint32_t row = 0; row < batch.row_count; ++row) {
    const int64_t time = times.ValueAt<int64_t>(row) / 1000;
    const bool behind = time <= watermark;
    any |= behind;
    marks->as<int64_t>()[row] = behind ? watermark : Timestamp::Min().millis;
    watermark = std::max(watermark, time - delay_millis);
  }
  if (any) batch.late_marks = std::move(marks);
  return batch;
}

}  // namespace weir::operators
