#include "runtime/task/execution.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/fence.h"
#include "runtime/base/interruption.h"
#include "runtime/base/memory_reserve.h"
#include "runtime/checkpoint/compare_state.h"
#include "runtime/checkpoint/given_rows.h"
#include "runtime/checkpoint/saved_form.h"
#include "runtime/fault_point.h"
#include "runtime/graph/loops.h"
#include "runtime/graph/watermark_alignment_options.h"
#include "runtime/operators/factory/factory.h"
#include "runtime/operators/flow/values.h"
#include "runtime/task/channel_restore.h"
#include "runtime/task/values_source.h"

namespace weir::task {
namespace {

// How many elements a step may emit to each subtask beyond the room that it found, as a local
// aggregate that flushes or a join with many matches does.
constexpr size_t kOverdraft = 32;

// Whether producer and consumer are connected over a forward edge. Every producer sends its rows,
// in order, to one consumer, and every consumer is told of barriers and the end by at least one
// producer.
bool Pairs(uint32_t producer, uint32_t producers, uint32_t consumer, uint32_t consumers) {
  return producers >= consumers ? producer % consumers == consumer
                                : consumer % producers == producer;
}

bool AreEqual(const expr::ExprPtr& a, const expr::ExprPtr& b) {
  return a == nullptr || b == nullptr ? a == b : expr::Equal(*a, *b);
}

// Whether two scans give the same rows.
bool ReadTheSame(const graph::ScanSpec& a, const graph::ScanSpec& b) {
  return a.table == b.table && a.options == b.options && a.table_schema == b.table_schema &&
         a.metadata_keys == b.metadata_keys && a.columns == b.columns && a.fields == b.fields &&
         a.partition_keys == b.partition_keys && AreEqual(a.filter, b.filter);
}

// Whether two lookups can share one table: with the same rows, found by the same keys.
bool ReadTheSame(const graph::LookupSpec& a, const graph::LookupSpec& b) {
  return ReadTheSame(a.scan, b.scan) && AreEqual(a.filter, b.filter) &&
         std::ranges::equal(a.projections, b.projections, AreEqual) &&
         a.shape.right.schema == b.shape.right.schema && a.shape.right.keys == b.shape.right.keys &&
         a.shape.null_safe == b.shape.null_safe && a.retry == b.retry;
}

// The rows of a lookup and the scratch directory that holds them, which is to be destroyed last.
struct RowsInScratch {
  Scratch scratch;
  std::shared_ptr<const operators::LookupRows> rows;
};

}  // namespace

Execution::~Execution() {
  const WithMemoryReserve reserve;
  Stop();
}

// --- the saved job -------------------------------------------------------------------------------

bool Execution::IsSource(size_t index) const {
  const graph::OperatorSpec& spec = node(index).spec;
  return std::holds_alternative<graph::ScanSpec>(spec) ||
         std::holds_alternative<graph::ValuesSpec>(spec);
}

bool Execution::SourceGoesOn(size_t index) const {
  const OperatorCheckpoint* saved = Restored(index);
  if (saved == nullptr) return true;
  if (IsUnneeded(index)) return false;
  if (!sources_[index]->bounded()) return true;
  return std::any_of(saved->splits.begin(), saved->splits.end(),
                     [](const SplitCheckpoint& split) { return !split.split.finished; });
}

bool Execution::IsUnneeded(size_t index) const {
  const MutexLock lock(need_mutex_);
  return need_->IsUnneeded(index);
}

// Inputs come before the nodes that read them, except for edges back to recursions, for which there
// is a second pass.
void Execution::FindWhatGoesOn() {
  goes_on_.assign(setup_.graph->nodes.size(), false);
  for (int pass = 0; pass < 2; ++pass) {
    for (size_t i = 0; i < goes_on_.size(); ++i) {
      const auto& inputs = node(i).inputs;
      goes_on_[i] =
          IsSource(i) ? SourceGoesOn(i)
                      : std::any_of(inputs.begin(), inputs.end(), [this](const graph::Edge& edge) {
                          return goes_on_[static_cast<size_t>(edge.from)];
                        });
    }
  }
  for (size_t chain = 0; chain < plan_.chains.size(); ++chain) {
    const auto& members = plan_.chains[chain].members;
    for (size_t i = 0; i < members.size(); ++i) {
      if (!goes_on_[static_cast<size_t>(members[i].node)]) continue;
      for (auto& task : tasks_[chain]) task->chain().NoteInputGoesOn(i);
    }
  }
}

const OperatorCheckpoint* Execution::Restored(size_t index) const {
  if (setup_.from == nullptr) return nullptr;
  const graph::Node& wanted = node(index);
  const auto& saved = setup_.from->operators;
  const auto contains = [](const std::vector<std::string>& uids, const std::string& uid) {
    return std::find(uids.begin(), uids.end(), uid) != uids.end();
  };
  // By its own uid first: an alternative name may since belong to another operator.
  for (const OperatorCheckpoint& op : saved) {
    if (op.uid == wanted.uid) return &op;
  }
  for (const OperatorCheckpoint& op : saved) {
    if (contains(wanted.also, op.uid) || contains(op.also, wanted.uid)) return &op;
  }
  return nullptr;
}

std::vector<operators::OperatorStateEntry> Execution::RestoredEntries(size_t index) const {
  std::vector<operators::OperatorStateEntry> entries;
  const OperatorCheckpoint* saved = Restored(index);
  if (saved == nullptr || DefectPlanted("timers-lost")) return entries;
  for (const SubtaskState& state : saved->operator_state) {
    if (state.subtask > 0 && DefectPlanted("one-subtask-restored")) continue;
    if (!IsOfTask(state.name)) entries.push_back({state.name, state.bytes});
  }
  return entries;
}

Losses Execution::RestoredLosses(size_t index) const {
  const OperatorCheckpoint* saved = Restored(index);
  if (saved == nullptr) return {};
  Losses losses = LossesBefore(*saved);
  const std::string local = saved->uid + ".local";
  const auto& nodes = setup_.graph->nodes;
  const bool planned = std::any_of(nodes.begin(), nodes.end(),
                                   [&](const graph::Node& one) { return one.uid == local; });
  for (const OperatorCheckpoint& op : setup_.from->operators) {
    if (!planned && op.uid == local) losses.late_rows += LossesBefore(op).late_rows;
  }
  return losses;
}

bool Execution::KeepsReadSplits(size_t index) const {
  return sources_[index] != nullptr && sources_[index]->keeps_read_splits() &&
         setup_.options->storage != nullptr && !graph::StateOf(node(index).spec, {}).tables.empty();
}

bool Execution::KeepsKeyedState(size_t index) const {
  const graph::Node& at = node(index);
  if (at.inputs.empty()) return KeepsReadSplits(index);
  const Schema& input = node(static_cast<size_t>(at.inputs.front().from)).output;
  return !graph::StateOf(at.spec, input).tables.empty();
}

bool Execution::IsSeeded(size_t from, size_t to) const {
  if (setup_.from == nullptr) return false;
  const SeededWay way{node(from).uid, node(to).uid};
  return std::ranges::find(setup_.from->seeds, way) != setup_.from->seeds.end();
}

// --- building ------------------------------------------------------------------------------------

Status Execution::Build() {
  return Fenced([this] { return BuildUnfenced(); });
}

Status Execution::BuildUnfenced() {
  const JobOptions& options = *setup_.options;
  plan_ = TRY(PlanChains(*setup_.graph, options.parallelism, options.max_parallelism));
  // Output that a checkpoint promised must be visible before anything new is written, and leftovers
  // of a crash must be gone before file names are used again. Splits come last, when tasks can take
  // them.
  RETURN_IF_ERROR(OpenSources());
  RETURN_IF_ERROR(OpenSinks());
  RETURN_IF_ERROR(RecoverSinks());
  MakeTasks();
  RETURN_IF_ERROR(OpenTaskState());
  RETURN_IF_ERROR(ReadLookups());
  ConnectChains();
  RETURN_IF_ERROR(MakeChains());
  RETURN_IF_ERROR(RestoreChannels());
  MakeCoordinator();
  return AssignSplits();
}

Status Execution::OpenSources() {
  sources_.resize(setup_.graph->nodes.size());
  for (size_t i = 0; i < sources_.size(); ++i) {
    const graph::Node& at = node(i);
    if (const auto* scan = std::get_if<graph::ScanSpec>(&at.spec)) {
      graph::ScanSpec named = *scan;
      named.uid = at.uid;
      auto made = setup_.options->ports.make_source(named);
      if (!made.ok()) return std::move(made).status().WithContext(at.name);
      sources_[i] = std::move(made).value();
    } else if (const auto* values = std::get_if<graph::ValuesSpec>(&at.spec)) {
      auto rows = operators::MakeValuesBatch(*values, at.output, *setup_.options->evaluation);
      if (!rows.ok()) return std::move(rows).status().WithContext(at.name);
      sources_[i] = MakeValuesSource(std::move(rows).value());
    }
  }
  return {};
}

Status Execution::OpenSinks() {
  sinks_.resize(setup_.graph->nodes.size());
  for (size_t i = 0; i < sinks_.size(); ++i) {
    const auto* spec = std::get_if<graph::SinkSpec>(&node(i).spec);
    if (spec == nullptr) continue;
    graph::SinkSpec named = *spec;
    named.uid = node(i).uid;
    auto sink = setup_.options->ports.make_sink(named);
    if (!sink.ok()) return std::move(sink).status().WithContext(node(i).name);
    sinks_[i].sink = std::move(sink).value();
    auto committer = sinks_[i].sink->OpenCommitter();
    if (!committer.ok()) return std::move(committer).status().WithContext(node(i).name);
    sinks_[i].committer = std::move(committer).value();
  }
  return {};
}

void Execution::MakeTasks() {
  const JobOptions& options = *setup_.options;
  size_t index = 0;
  for (const Chain& chain : plan_.chains) {
    const auto head = static_cast<size_t>(chain.members.front().node);
    tasks_.emplace_back();
    gates_.emplace_back();
    table_times_.push_back(std::make_unique<operators::TableTime>(chain.parallelism));
    for (uint32_t subtask = 0; subtask < chain.parallelism; ++subtask) {
      TaskSetup setup{
          .index = index++,
          .subtask = subtask,
          .name = fmt::format("{}/{}", subtask, node(head).name),
          .clock = options.clock,
          .fail = [this](Status failure) { setup_.listener->OnFailed(std::move(failure)); }};
      auto task = std::make_unique<Task>(std::move(setup));
      if (IsSource(head)) task->SetSource(*sources_[head], options.batch_rows);
      if (const auto* scan = std::get_if<graph::ScanSpec>(&node(head).spec)) {
        const auto rule = graph::AlignmentRuleOf(scan->options);
        if (rule) task->Align(*aligned_[rule->group].Join(*rule));
      }
      if (options.checkpointing.unaligned) task->LetBarriersOvertake();
      task->partitions().Share(*table_times_.back(), subtask);
      gates_.back().push_back(
          std::make_unique<InputGate>(task->arrival(), options.checkpointing.mode));
      tasks_.back().push_back(std::move(task));
    }
  }
}

Status Execution::OpenTaskState() {
  const JobOptions& options = *setup_.options;
  for (size_t chain = 0; chain < plan_.chains.size(); ++chain) {
    const auto& members = plan_.chains[chain].members;
    const bool keyed =
        std::any_of(members.begin(), members.end(), [this](const ChainMember& member) {
          return KeepsKeyedState(static_cast<size_t>(member.node));
        });
    if (!keyed) continue;
    if (!backend_) backend_ = TRY(options.ports.open_backend(setup_.from));
    const uint32_t parallelism = plan_.chains[chain].parallelism;
    for (auto& task : tasks_[chain]) {
      task->SetState(TRY(backend_->OpenTask(
          KeyGroupsOfSubtask(task->subtask(), parallelism, options.max_parallelism))));
    }
  }
  return {};
}

Status Execution::ReadLookups() {
  lookups_.resize(setup_.graph->nodes.size());
  for (size_t i = 0; i < lookups_.size(); ++i) {
    const auto* spec = std::get_if<graph::LookupSpec>(&node(i).spec);
    if (spec == nullptr) continue;
    lookups_[i] = SharedReader(i);
    if (lookups_[i] != nullptr) continue;
    readers_.push_back(TRY(MakeLookupReader(i)));
    lookups_[i] = readers_.back().get();
    RETURN_IF_ERROR(
        lookups_[i]->Read().WithContext("table " + spec->scan.table).WithContext(node(i).name));
  }
  return {};
}

LookupReader* Execution::SharedReader(size_t index) const {
  const auto& spec = std::get<graph::LookupSpec>(node(index).spec);
  for (size_t i = 0; i < index; ++i) {
    const auto* other = std::get_if<graph::LookupSpec>(&node(i).spec);
    if (other != nullptr && ReadTheSame(*other, spec)) return lookups_[i];
  }
  return nullptr;
}

Result<std::unique_ptr<LookupReader>> Execution::MakeLookupReader(size_t index) {
  const JobOptions& options = *setup_.options;
  const graph::ScanSpec& scan = std::get<graph::LookupSpec>(node(index).spec).scan;
  LookupReaderSetup setup;
  setup.rule = TRY(graph::ReloadRuleOf(scan.options));
  setup.table = scan.table;
  setup.zone = TRY(TimeZone::Find(options.evaluation->time_zone));
  setup.clock = options.clock;
  setup.notices = options.notices;
  // Each reload has a scratch directory of its own, by `number`: while one is read, another is
  // looked up in, and earlier ones wait for the last batch that uses them.
  setup.read = [this, index, number = uint64_t{0}]() mutable {
    return ReadLookup(node(index), fmt::format("{}-{}", index, number++));
  };
  setup.fail = [this, index](Status failure) {
    setup_.listener->OnFailed(std::move(failure).WithContext(node(index).name));
  };
  return std::make_unique<LookupReader>(std::move(setup));
}

Result<std::shared_ptr<const operators::LookupRows>> Execution::ReadLookup(
    const graph::Node& node, const std::string& scratch) const {
  const JobOptions& options = *setup_.options;
  const auto& spec = std::get<graph::LookupSpec>(node.spec);
  std::unique_ptr<Source> source = TRY(options.ports.make_source(spec.scan));
  auto made = std::make_shared<RowsInScratch>();
  made->scratch = TRY(options.ports.open_scratch(scratch));
  // A table that is reloaded is there twice meanwhile, so each gets half of the memory.
  const bool again = TRY(graph::ReloadRuleOf(spec.scan.options)).reads_again();
  const uint64_t limit = made->scratch.memory_bytes;
  auto state = TRY(made->scratch.backend->OpenTask({0, kDefaultMaxParallelism}));
  made->rows = TRY(operators::LoadLookupRows(
      {.spec = &spec,
       .uid = node.uid,
       .source = std::move(source),
       .evaluation = options.evaluation,
       .clock = options.clock,
       .batch_rows = options.batch_rows,
       .state = std::move(state),
       .memory_bytes = again && limit > 0 ? std::max<uint64_t>(1, limit / 2) : limit}));
  return std::shared_ptr<const operators::LookupRows>(made, made->rows.get());
}

void Execution::ConnectChains() {
  for (const Chain& chain : plan_.chains) exchanges_.emplace_back(chain.parallelism);
  MakeLoops();
  for (size_t chain = 0; chain < plan_.chains.size(); ++chain) {
    for (const ChainEdge& edge : plan_.chains[chain].outputs) ConnectEdge(chain, edge);
  }
  for (size_t chain = 0; chain < plan_.chains.size(); ++chain) {
    const auto head = static_cast<size_t>(plan_.chains[chain].members.front().node);
    if (IsSource(head)) continue;
    const bool overtaken = LetsBarriersOvertake(chain);
    for (size_t subtask = 0; subtask < tasks_[chain].size(); ++subtask) {
      if (overtaken) gates_[chain][subtask]->LetBarriersOvertake();
      if (loops_[head]) gates_[chain][subtask]->EndLoop(*loops_[head], subtask);
      gates_[chain][subtask]->Open();
      tasks_[chain][subtask]->SetGate(std::move(gates_[chain][subtask]));
    }
  }
}

void Execution::MakeLoops() {
  in_loop_ = graph::LoopsOf(*setup_.graph);
  loops_.resize(in_loop_.size());
  for (size_t chain = 0; chain < plan_.chains.size(); ++chain) {
    const int head = plan_.chains[chain].members.front().node;
    if (in_loop_[static_cast<size_t>(head)] != head) continue;
    auto& loop = loops_[static_cast<size_t>(head)];
    loop = std::make_unique<LoopProgress>(tasks_[chain].size());
    for (auto& task : tasks_[chain]) loop->AddListener(task->arrival());
  }
}

// Rows on forward and broadcast edges belong to certain subtasks, of which there may be another
// number after a restore (Flink: "Limitations" of unaligned checkpoints).
bool Execution::LetsBarriersOvertake(size_t chain) const {
  if (!setup_.options->checkpointing.unaligned) return false;
  for (const Chain& producer : plan_.chains) {
    for (const ChainEdge& edge : producer.outputs) {
      if (static_cast<size_t>(edge.to_chain) != chain) continue;
      if (edge.exchange == graph::ExchangeKind::kForward ||
          edge.exchange == graph::ExchangeKind::kBroadcast) {
        return false;
      }
    }
  }
  return true;
}

void Execution::ConnectEdge(size_t chain, const ChainEdge& edge) {
  const JobOptions& options = *setup_.options;
  const auto to = static_cast<size_t>(edge.to_chain);
  const uint32_t consumers = plan_.chains[to].parallelism;
  const uint32_t producers = plan_.chains[chain].parallelism;
  const auto& members = plan_.chains[chain].members;
  const auto from_node = static_cast<size_t>(members[static_cast<size_t>(edge.member)].node);
  const auto to_node = static_cast<size_t>(plan_.chains[to].members.front().node);
  const bool seeded = IsSeeded(from_node, to_node);
  const auto name = std::make_shared<const checkpoint::ChannelName>(
      checkpoint::ChannelName{.from = node(from_node).uid,
                              .to = node(to_node).uid,
                              .port = edge.port,
                              .types = checkpoint::TypesText(node(from_node).output)});
  const bool returns = from_node >= to_node;  // only edges back to a recursion do
  const bool in_loop = in_loop_[from_node] >= 0 && in_loop_[from_node] == in_loop_[to_node];
  const ChannelPart part = returns   ? ChannelPart::kReturned
                           : in_loop ? ChannelPart::kInLoop
                                     : ChannelPart::kUsual;
  const bool begins = in_loop && members.front().node == in_loop_[from_node];
  for (uint32_t producer = 0; producer < producers; ++producer) {
    ExchangeSetup setup{.kind = edge.exchange,
                        .keys = edge.keys,
                        .max_parallelism = options.max_parallelism,
                        .loop = begins    ? LoopPart::kBegins
                                : in_loop ? LoopPart::kGoesOn
                                          : LoopPart::kNone,
                        .first_target = producer,
                        .overdraws = options.checkpointing.unaligned,
                        .clock = options.clock,
                        .blocked_nanos = &tasks_[chain][producer]->times().blocked_nanos};
    for (uint32_t consumer = 0; consumer < consumers; ++consumer) {
      if (edge.exchange == graph::ExchangeKind::kForward &&
          !Pairs(producer, producers, consumer, consumers)) {
        continue;
      }
      EventCount& arrival = tasks_[to][consumer]->arrival();
      channels_.push_back(
          returns ? std::make_unique<Channel>(Channel::Unbounded{options.batch_rows}, arrival)
                  : std::make_unique<Channel>(options.queue_capacity, arrival,
                                              options.checkpointing.unaligned ? kOverdraft : 0));
      if (options.checkpointing.unaligned)
        channels_.back()->NotifyOfRoom(tasks_[chain][producer]->arrival());
      gates_[to][consumer]->AddChannel(*channels_.back(), edge.port, name, part);
      setup.targets.push_back(channels_.back().get());
    }
    exchanges_[chain][producer].push_back(
        {edge.member, seeded, std::make_unique<Exchange>(std::move(setup))});
  }
}

Result<MemberSetup> Execution::MakeMember(size_t chain, uint32_t subtask, size_t member) {
  const JobOptions& options = *setup_.options;
  const ChainMember& planned = plan_.chains[chain].members[member];
  const auto index = static_cast<size_t>(planned.node);
  Task& task = *tasks_[chain][subtask];
  MemberSetup made{.node_index = index, .parent = planned.parent};
  made.has_state = KeepsKeyedState(index);
  if (planned.parent >= 0) {
    const auto& members = plan_.chains[chain].members;
    made.seeded =
        IsSeeded(static_cast<size_t>(members[static_cast<size_t>(planned.parent)].node), index);
  }
  const OperatorCheckpoint* saved = Restored(index);
  made.ended_before = saved != nullptr && EndedEverywhere(*saved);
  made.given_before = 0;
  if (saved != nullptr) made.given_before = checkpoint::GivenBefore(*saved);
  // The first subtask continues the operator's figures, so that their sum stays right.
  if (subtask == 0) {
    made.before = RestoredLosses(index);
  } else if (made.given_before) {
    made.given_before = 0;
  }
  operators::OperatorContext& context = made.context;
  context.node = &node(index);
  for (const graph::Edge& edge : node(index).inputs) {
    context.inputs.push_back(&node(static_cast<size_t>(edge.from)).output);
  }
  context.subtask = subtask;
  context.parallelism = plan_.chains[chain].parallelism;
  context.max_parallelism = options.max_parallelism;
  context.attempt = DefectPlanted("attempt-reused") ? 1 : setup_.attempt;
  context.batch_rows = options.batch_rows;
  context.state = task.state();
  context.clock = options.clock;
  context.evaluation = options.evaluation;
  context.partitions = task.source() != nullptr ? &task.partitions() : nullptr;
  context.restored = RestoredEntries(index);
  context.forgot = Forgot(index);
  context.enough = [this, index] { EndUnneeded(index); };
  if (options.ports.make_sorter != nullptr) {
    context.make_sorter = [make = options.ports.make_sorter,
                           name = fmt::format("{}-{}", index, subtask)] { return make(name); };
  }
  if (IsSource(index)) return made;
  operators::OperatorPorts ports;
  ports.listener = options.results;
  if (sinks_[index].sink)
    ports.sink_writer = TRY(sinks_[index].sink->OpenWriter(subtask, context.attempt));
  if (lookups_[index] != nullptr) ports.lookup_table = lookups_[index]->table();
  made.op = TRY(options.ports.make_operator(node(index), std::move(ports)));
  return made;
}

Status Execution::MakeChain(size_t chain, uint32_t subtask) {
  std::vector<MemberSetup> members;
  for (size_t i = 0; i < plan_.chains[chain].members.size(); ++i) {
    auto made = MakeMember(chain, subtask, i);
    const auto index = static_cast<size_t>(plan_.chains[chain].members[i].node);
    if (!made.ok()) return std::move(made).status().WithContext(node(index).name);
    members.push_back(std::move(made).value());
  }
  for (auto& [member, seeded, exchange] : exchanges_[chain][subtask]) {
    MemberSetup& setup = members[static_cast<size_t>(member)];
    if (seeded) setup.seeded_exchanges.push_back(setup.exchanges.size());
    setup.exchanges.push_back(std::move(exchange));
  }
  Task& task = *tasks_[chain][subtask];
  auto made = std::make_unique<OperatorChain>(std::move(members), task.state());
  RETURN_IF_ERROR(made->Open());
  task.SetChain(std::move(made));
  return OpenReadSplits(chain, task);
}

Status Execution::OpenReadSplits(size_t chain, Task& task) {
  const auto head = static_cast<size_t>(plan_.chains[chain].members.front().node);
  if (task.source() == nullptr || !KeepsReadSplits(head)) return {};
  const uint32_t groups = setup_.options->max_parallelism;
  const StateSchema table = graph::StateOf(node(head).spec, {}).tables.front();
  return task.KeepReadSplits(TRY(ReadSplits::Open(
      *task.state(), node(head).uid, table,
      KeyGroupsOfSubtask(task.subtask(), plan_.chains[chain].parallelism, groups), groups)));
}

Status Execution::MakeChains() {
  {
    const MutexLock lock(need_mutex_);
    need_.emplace(*setup_.graph);
  }
  for (size_t chain = 0; chain < plan_.chains.size(); ++chain) {
    for (uint32_t subtask = 0; subtask < plan_.chains[chain].parallelism; ++subtask) {
      CheckInterrupted();
      RETURN_IF_ERROR(MakeChain(chain, subtask));
    }
  }
  // Only now, since operators say when they are opened whether they need no more input.
  FindWhatGoesOn();
  return {};
}

std::vector<std::string_view> Execution::ReturnedRows() const {
  std::vector<std::string_view> files;
  for (size_t i = 0; i < setup_.graph->nodes.size(); ++i) {
    const OperatorCheckpoint* saved = Restored(i);
    if (saved == nullptr || loops_[i] == nullptr) continue;
    for (const SubtaskState& entry : saved->operator_state) {
      if (entry.name == kReturnedEntry) files.push_back(entry.bytes);
    }
  }
  return files;
}

Status Execution::RestoreChannels() {
  if (setup_.from == nullptr) return {};
  const auto& saved = setup_.from->files;
  const auto file = std::ranges::find_if(saved, IsChannelState);
  std::string bytes;
  if (file != saved.end()) bytes = TRY(setup_.options->ports.read_channels(*setup_.from, *file));
  std::vector<std::string_view> files = ReturnedRows();
  if (!bytes.empty()) files.push_back(bytes);
  if (files.empty()) return {};
  auto rows = TRY(RowsInFlight(files, *setup_.graph, plan_, setup_.options->max_parallelism));
  for (size_t chain = 0; chain < rows.size(); ++chain) {
    for (size_t subtask = 0; subtask < rows[chain].size(); ++subtask) {
      for (const RowsAhead& batch : rows[chain][subtask]) rows_in_flight_ += batch.batch.size();
      tasks_[chain][subtask]->SetRestored(std::move(rows[chain][subtask]));
    }
  }
  return {};
}

Status Execution::AssignSplits() {
  for (size_t chain = 0; chain < plan_.chains.size(); ++chain) {
    const auto head = static_cast<size_t>(plan_.chains[chain].members.front().node);
    if (!IsSource(head)) continue;
    AssignerSetup setup{.source = sources_[head].get(),
                        .subtasks = plan_.chains[chain].parallelism,
                        .clock = setup_.options->clock,
                        .continued = Restored(head) != nullptr};
    setup.expect = [this, chain](uint32_t) { table_times_[chain]->Expect(); };
    setup.assign = [this, chain](uint32_t subtask, std::vector<SplitCheckpoint> splits) {
      tasks_[chain][subtask]->mailbox().Post(
          {.kind = LetterKind::kSplits, .splits = std::move(splits)});
    };
    setup.fail = [this, head](Status failure) {
      setup_.listener->OnFailed(std::move(failure).WithContext(node(head).name));
    };
    const OperatorCheckpoint* saved = Restored(head);
    auto restored = saved != nullptr ? saved->splits : std::vector<SplitCheckpoint>();
    if (restored.size() > 1 && DefectPlanted("split-forgotten")) restored.pop_back();
    if (DefectPlanted("timers-lost")) {
      for (auto& split : restored) split.watermark_millis = Timestamp::Min().millis;
    }
    assigners_.push_back(std::make_unique<SplitAssigner>(std::move(setup)));
    RETURN_IF_ERROR(assigners_.back()->Start(std::move(restored)).WithContext(node(head).name));
  }
  return {};
}

std::vector<std::string> Execution::Inexact(size_t index, const OperatorStateSchema& schema) const {
  const OperatorCheckpoint* saved = Restored(index);
  return saved == nullptr ? std::vector<std::string>() : checkpoint::InexactCalls(*saved, schema);
}

bool Execution::Forgot(size_t index) const {
  const OperatorCheckpoint* saved = Restored(index);
  return saved != nullptr && checkpoint::Forgot(*saved) && !DefectPlanted("expiry-unsaid");
}

CheckpointMetadata Execution::BaseMetadata() const {
  const JobOptions& options = *setup_.options;
  CheckpointMetadata base;
  base.engine_version = options.engine_version;
  base.job_id = options.job_id;
  base.job_name = options.name;
  base.sql = options.sql;
  base.definitions = options.definitions;
  base.options = options.recorded_options;
  base.modules = options.modules;
  base.backend = options.backend_name;
  base.parallelism = options.parallelism;
  base.max_parallelism = options.max_parallelism;
  for (const graph::Node& at : setup_.graph->nodes) {
    OperatorCheckpoint& op =
        base.operators.emplace_back(checkpoint::DescribedAs(*setup_.graph, at));
    const size_t index = base.operators.size() - 1;
    op.inexact = Inexact(index, op.schema);
    op.forgot = Forgot(index);
    const RunningSink& sink = sinks_[index];
    if (sink.sink) op.place = sink.sink->Place();
    op.accepted_files = sink.accepted_files;
    op.accepted_rows = sink.accepted_rows;
    op.origins = sink.origins;
  }
  return base;
}

void Execution::MakeCoordinator() {
  const JobOptions& options = *setup_.options;
  checkpoint::CoordinatorOptions made;
  made.config = options.checkpointing;
  made.clock = options.clock;
  made.backend = backend_.get();
  made.storage = options.storage;
  made.write_channels = options.ports.write_channels;
  made.base = BaseMetadata();
  for (const OperatorCheckpoint& op : made.base.operators) inexact_.push_back(op.inexact);
  for (const auto& tasks : tasks_) made.tasks += tasks.size();
  made.continued = setup_.from != nullptr;
  for (size_t i = 0; i < sinks_.size(); ++i) {
    if (sinks_[i].committer)
      made.sinks.push_back({.node = i,
                            .committer = sinks_[i].committer.get(),
                            .committables = sinks_[i].recovered.committables});
  }
  made.control = this;
  made.listener = setup_.listener;
  coordinator_ = std::make_unique<checkpoint::Coordinator>(std::move(made));
}

// --- running -------------------------------------------------------------------------------------

Status Execution::Start() {
  // The destructor must stop whatever was started, even if something below fails.
  running_ = true;
  // The coordinator first, as Stop expects it to run.
  RETURN_IF_ERROR(coordinator_->Start());
  for (auto& tasks : tasks_) {
    for (auto& task : tasks) RETURN_IF_ERROR(task->Start(*coordinator_));
  }
  for (auto& assigner : assigners_) RETURN_IF_ERROR(assigner->Run());
  for (auto& reader : readers_) RETURN_IF_ERROR(reader->Start());
  return {};
}

void Execution::Stop() {
  if (!running_) return;
  running_ = false;
  for (auto& reader : readers_) reader->RequestStop();
  // No splits may be posted to tasks that are gone.
  for (auto& assigner : assigners_) assigner->Stop();
  // All tasks are told first, so that none takes a closed channel for a failure.
  for (auto& tasks : tasks_) {
    for (auto& task : tasks) task->RequestStop();
  }
  for (auto& channel : channels_) channel->Close();
  for (auto& tasks : tasks_) {
    for (auto& task : tasks) task->Join();
  }
  for (auto& reader : readers_) reader->Stop();
  // Last, because tasks hand their parts to it until they have ended.
  coordinator_->Stop();
}

void Execution::Refresh() {
  for (auto& assigner : assigners_) assigner->Refresh();
}

void Execution::Trigger(const checkpoint::Barrier& barrier, bool pause) {
  for (auto& tasks : tasks_) {
    for (auto& task : tasks) {
      if (task->source() == nullptr) continue;
      task->mailbox().Post({.kind = LetterKind::kBarrier, .barrier = barrier, .pause = pause});
    }
  }
}

void Execution::Drain() {
  for (size_t chain = 0; chain < tasks_.size(); ++chain) DrainChain(chain);
}

void Execution::Completed(const CheckpointMetadata& metadata) {
  for (size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i] == nullptr) continue;
    for (const SplitCheckpoint& one : metadata.operators[i].splits)
      sources_[i]->Completed(one.split);
  }
}

void Execution::EndUnneeded(size_t index) {
  std::vector<size_t> sources;
  {
    const MutexLock lock(need_mutex_);
    sources = need_->Enough(index);
    for (size_t i = 0; i < loops_.size(); ++i) {
      if (loops_[i] != nullptr && !need_->IsNeeded(i)) loops_[i]->Stop();
    }
  }
  for (size_t chain = 0; chain < plan_.chains.size(); ++chain) {
    const auto head = static_cast<size_t>(plan_.chains[chain].members.front().node);
    if (std::ranges::find(sources, head) != sources.end()) DrainChain(chain);
  }
}

void Execution::DrainChain(size_t chain) {
  for (auto& task : tasks_[chain]) {
    if (task->source() != nullptr) task->mailbox().Post({.kind = LetterKind::kDrain});
  }
}

void Execution::Abort(uint64_t checkpoint_id) {
  for (auto& tasks : tasks_) {
    for (auto& task : tasks) {
      if (task->source() == nullptr) continue;
      task->mailbox().Post(
          {.kind = LetterKind::kAbort, .barrier = {.checkpoint_id = checkpoint_id}});
    }
  }
}

}  // namespace weir::task
