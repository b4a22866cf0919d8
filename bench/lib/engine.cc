#include "bench/lib/engine.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "planner/ast/to_sql.h"
#include "planner/parse/parse.h"
#include "planner/planner.h"
#include "state/checkpoint/backends.h"
#include "state/checkpoint/channel_file.h"

namespace weir::bench {
namespace {

std::string ScratchDirectory() {
  return fmt::format("/tmp/weir-bench-{}", ::getpid());
}

}  // namespace

void Require(const Status& status, const char* what) {
  if (status.ok()) return;
  std::fprintf(stderr, "bench: %s: %s\n", what, status.ToString().c_str());
  std::exit(1);
}

RunningJob::RunningJob(JobSetup setup) : setup_(std::move(setup)) {
  if (setup_.directory.empty()) setup_.directory = ScratchDirectory() + "/run";
  Require(FileSystem::Local().RemoveRecursively(setup_.directory),
          "cannot remove the directory of an earlier run");
  Require(FileSystem::Local().CreateDirectories(setup_.directory), "cannot make a directory");
  evaluation_ = {&Clock::System(), "UTC", Clock::System().Now(), 0};
  connectors_ = {&FileSystem::Local(), &Clock::System(), &evaluation_, "bench",
                 setup_.parallelism,   nullptr,          nullptr};
  storage_ =
      Require(state::MakeCheckpointStorage(FileSystem::Local(), setup_.directory + "/checkpoints"),
              "cannot make the checkpoint storage");
  job_ = Require(task::Job::Start(Plan(), Options(), setup_.from), "cannot start the job");
}

RunningJob::~RunningJob() {
  job_.reset();
  storage_.reset();
  Require(FileSystem::Local().RemoveRecursively(setup_.directory),
          "cannot remove the run's directory");
}

graph::JobGraph RunningJob::Plan() {
  catalog::Catalog catalog(connectors::BuiltinConnectors());
  const auto script = Require(parse::ParseScript(setup_.sql), "cannot parse");
  std::vector<const ast::Insert*> inserts;
  for (const ast::StatementPtr& statement : script) {
    if (const auto* create = statement->As<ast::CreateTable>()) {
      catalog::CatalogObject object;
      object.table =
          Require(bind::BindCreateTable(*create, setup_.sql, catalog), "cannot bind a table");
      Require(catalog.Create(std::move(object), false, {}).status(), "cannot create a table");
    } else if (const auto* view = statement->As<ast::CreateView>()) {
      catalog::CatalogObject object{
          nullptr, Require(bind::BindCreateView(*view, ast::ToSql(*statement), catalog),
                           "cannot bind a view")};
      Require(catalog.Create(std::move(object), false, {}).status(), "cannot create a view");
    } else {
      inserts.push_back(statement->As<ast::Insert>());
    }
  }
  planner::PlannerOptions options;
  options.parallelism = setup_.parallelism;
  options.sql = setup_.sql;
  return Require(planner::PlanInserts(inserts, catalog, options), "cannot plan").graph;
}

task::JobOptions RunningJob::Options() {
  task::JobOptions options;
  options.job_id = "bench";
  options.name = "bench";
  options.engine_version = "bench";
  options.sql = setup_.sql;
  options.backend_name = setup_.backend;
  options.parallelism = setup_.parallelism;
  options.batch_rows = setup_.batch_rows;
  options.checkpointing.interval_millis = setup_.checkpoint_millis;
  options.checkpointing.mode = setup_.mode;
  options.checkpointing.unaligned = setup_.unaligned;
  options.clock = &Clock::System();
  options.evaluation = &evaluation_;
  options.storage = storage_.get();
  options.ports = task::BuiltinPorts(connectors_);
  if (setup_.make_source) {
    options.ports.make_source =
        [make = setup_.make_source, builtin = options.ports.make_source](
            const graph::ScanSpec& spec) -> Result<std::unique_ptr<Source>> {
      std::unique_ptr<Source> source = TRY(make(spec));
      return source ? std::move(source) : builtin(spec);
    };
  }
  if (setup_.make_sink) options.ports.make_sink = setup_.make_sink;
  options.ports.open_backend = [this](const CheckpointMetadata* from) {
    state::BackendOptions backend;
    backend.files = &FileSystem::Local();
    backend.checkpoint_directory = setup_.directory + "/checkpoints";
    backend.working_directory = setup_.directory + "/work";
    backend.memory = std::make_shared<state::MemoryBudget>(setup_.memory_limit);
    if (from != nullptr) backend.restore = *from;
    return setup_.backend == "memory" ? state::MakeMemoryBackend(std::move(backend))
                                      : state::MakeRocksDbBackend(std::move(backend));
  };
  options.ports.write_channels = [this](uint64_t id, std::string_view bytes) {
    return state::WriteChannelState(FileSystem::Local(), setup_.directory + "/checkpoints", id,
                                    bytes);
  };
  options.ports.read_channels = [this](const CheckpointMetadata&, const StateFile& file) {
    return state::ReadChannelState(FileSystem::Local(), setup_.directory + "/checkpoints", file);
  };
  options.ports.open_scratch = [this](const std::string& name) -> Result<task::Scratch> {
    state::BackendOptions backend;
    backend.files = &FileSystem::Local();
    backend.working_directory = setup_.directory + "/lookup-" + name;
    backend.checkpointing = false;
    return task::Scratch{TRY(state::MakeRocksDbBackend(std::move(backend))), 0};
  };
  return options;
}

uint64_t RunningJob::Finish() {
  job_->Wait(task::WaitTarget::kFinished, std::nullopt);
  const task::JobSnapshot snapshot = job_->Snapshot();
  if (snapshot.state != task::JobState::kFinished) Require(snapshot.failure, "the job failed");
  return RowsInto("Sink");
}

std::vector<CheckpointInfo> RunningJob::Checkpoints() {
  return Require(storage_->List(), "cannot list the checkpoints");
}

uint64_t RunningJob::RowsInto(std::string_view kind) const {
  uint64_t rows = 0;
  for (const task::OperatorSnapshot& op : job_->Snapshot().operators) {
    if (op.kind == kind) rows += op.rows_in;
  }
  return rows;
}

}  // namespace weir::bench
