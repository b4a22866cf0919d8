#include "shell/cli/flink_cluster_verbs.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <system_error>
#include <tuple>
#include <utility>

#include "planner/ast/to_sql.h"
#include "runtime/base/fence.h"
#include "runtime/base/interruption.h"
#include "runtime/checkpoint/saved_form.h"
#include "runtime/entropy.h"
#include "shell/cli/flink_advise.h"
#include "shell/cli/flink_restore.h"
#include "shell/cli/flink_script.h"
#include "shell/cli/session_setup.h"
#include "shell/engine/session/result_table.h"
#include "shell/engine/text/quantity.h"
#include "shell/flink/cluster/cluster_savepoint.h"
#include "shell/flink/cluster/gateway.h"
#include "shell/flink/plan/match.h"
#include "shell/flink/plan/operator_id.h"
#include "shell/flink/restore/job_plans.h"
#include "shell/output/streams.h"

namespace weir::shell {
namespace {

using flink::Gateway;
using flink::GatewayAnswer;
using flink::JobPlans;
using flink::NumberedNode;
using flink::RestPlace;
using flink::RunningPlan;

std::string SetStatement(std::string_view key, std::string_view value) {
  return fmt::format("SET {} = {}", ast::QuoteString(key), ast::QuoteString(value));
}

RestPlace PlaceOf(const CommandLine& line, const conf::Settings& settings, OptionId said,
                  std::string_view key) {
  RestPlace place;
  place.url = line.Has(said) ? line.Value(said) : settings.Get(key);
  place.headers = flink::HeadersOfEnvironment();
  place.access.authorities = settings.Get("flink.tls.authorities");
  place.access.certificate = settings.Get("flink.tls.certificate");
  return place;
}

Result<std::unique_ptr<Gateway>> OpenGateway(const CommandLine& line,
                                             const conf::Settings& settings) {
  std::map<std::string, std::string> said;
  // As Flink's own command line takes it.
  if (line.Has(OptionId::kYarn)) {
    said = {{"execution.target", "yarn-session"},
            {"yarn.application.id", line.Value(OptionId::kYarn)}};
  }
  return Gateway::Open(PlaceOf(line, settings, OptionId::kGateway, "flink.gateway.url"), said);
}

ResultTable TableOf(const GatewayAnswer& answer) {
  ResultTable table = TextTable(answer.columns);
  for (const std::vector<std::string>& row : answer.rows) table.AddTextRow(row);
  return table;
}

// --- names of jobs ------------------------------------------------------------------------------

bool IsJobId(std::string_view text) {
  return text.size() == 32 && flink::BeginsJobId(text);
}

// The id of a job that is called by its id or by its name, of which one runs.
Result<std::string> FindJob(Gateway* gateway, const std::string& said) {
  if (IsJobId(said)) return said;
  if (gateway == nullptr)
    return Status::InvalidArgument(fmt::format("'{}' is no id of a job of Flink's", said));
  std::vector<std::string> found;
  for (const std::vector<std::string>& row : TRY(gateway->Execute("SHOW JOBS")).rows) {
    if (row.size() < 3 || row[2] != "RUNNING") continue;
    if (row[1] == said) found.push_back(row[0]);
  }
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return Status::NotFound(fmt::format("no job called '{}' runs on Flink", said))
        .WithId("E4003")
        .WithHint("weir flink list shows the jobs");
  }
  return Status::InvalidArgument(
             fmt::format("{} called '{}' run on Flink", Plural(found.size(), "job"), said))
      .WithId("E4003")
      .WithHint("say its id, which weir flink list shows");
}

// --- plan, run and restore -----------------------------------------------------------------------

// The file through which Flink gives its plan and gets it back; removed at the end.
class PlanFile {
 public:
  // `directory` "": one of its own below that for temporary files.
  explicit PlanFile(std::string directory) : directory_(std::move(directory)) {
    if (!directory_.empty()) return;
    own_ = true;
    std::error_code none;
    const std::filesystem::path temporary = std::filesystem::temp_directory_path(none);
    directory_ = temporary / fmt::format("weir-flink-{:016x}", DrawEntropy());
  }
  ~PlanFile() {
    if (!path_.empty()) static_cast<void>(files_.Remove(path_));
    if (own_) static_cast<void>(files_.RemoveRecursively(directory_));
  }
  PlanFile(const PlanFile&) = delete;
  PlanFile& operator=(const PlanFile&) = delete;

  Status Open() {
    RETURN_IF_ERROR(files_.CreateDirectories(directory_));
    std::error_code failed;
    const std::filesystem::path whole = std::filesystem::absolute(directory_, failed);
    // Plans have the options of tables in them, passwords, too.
    if (own_ && !failed)
      std::filesystem::permissions(whole, std::filesystem::perms::owner_all, failed);
    if (failed) {
      return Status::External(fmt::format("'{}' cannot be used for Flink's plans: {}", directory_,
                                          failed.message()))
          .WithId("E4010");
    }
    path_ = whole / fmt::format("weir-plan-{:016x}.json", DrawEntropy());
    return {};
  }
  std::string Url() const { return "file://" + path_; }
  Result<std::string> Read() const {
    Result<std::string> text = weir::ReadFile(files_, path_);
    if (text.status().code() != StatusCode::kNotFound) return text;
    return Status::External(fmt::format("the SQL Gateway has written its plan, but not into '{}' "
                                        "of this machine",
                                        path_))
        .WithId("E4010")
        .WithHint("set 'flink.plan-directory' to a directory that both see under this path");
  }
  Status Write(const std::string& text) { return WriteFileAtomically(files_, path_, text); }

 private:
  FileSystem& files_ = FileSystem::Local();
  std::string directory_, path_;
  bool own_ = false;
};

class FlinkRun {
 public:
  FlinkRun(const CommandLine& line, LocalSession& session, const ScriptOptions& output)
      : line_(line),
        session_(session),
        output_(output),
        action_(line.Arguments().front()),
        plans_(FileSystem::Local(), line.Value(OptionId::kDataDir)) {}

  int Run(TranslatedScript& script) {
    FlinkScript read(session_);
    const int code = read.Read(script);
    if (code != kExitOk) return code;
    const auto jobs = std::ranges::count_if(
        read.steps(), [](const FlinkStep& step) { return step.job.has_value(); });
    const Status begun = Begin(static_cast<size_t>(jobs));
    if (!begun.ok()) return script.Complain(begun, {});
    for (const FlinkStep& step : read.steps()) {
      const Status status = Fenced([&] { return Do(step); });
      if (!status.ok()) return script.Complain(status, step.part);
    }
    return kExitOk;
  }

 private:
  Status Begin(size_t jobs) {
    const bool of_one = line_.Has(OptionId::kFromSavepoint) || line_.Has(OptionId::kPlan) ||
                        line_.Has(OptionId::kWrite) || line_.Has(OptionId::kOfJob);
    if (of_one && jobs != 1) {
      return Status::InvalidArgument(fmt::format(
          "a savepoint or plan is of one job, and the file has {}", Plural(jobs, "streaming job")));
    }
    if (line_.Has(OptionId::kPlan)) return {};
    return Fenced([&]() -> Status {
      const InterruptedBy interrupted(session_.session().cancel());
      gateway_ = TRY(OpenGateway(line_, session_.settings()));
      // A condition that a source takes makes it another source than one that is read without. With
      // this, what several INSERTs read is planned by itself, so that an edit of one of them does
      // not divide the source of others. The script may set it again.
      constexpr std::string_view kKey = "table.optimizer.reuse-optimize-block-with-digest-enabled";
      return gateway_->Execute(SetStatement(kKey, "true")).status();
    });
  }

  Status Do(const FlinkStep& step) {
    const InterruptedBy interrupted(session_.session().cancel());
    if (step.job) return DoJob(step);
    // Of a batch job there is nothing to plan.
    if (gateway_ == nullptr || (action_ == "plan" && step.starts_job)) return {};
    const GatewayAnswer answer = TRY(gateway_->Execute(step.sql));
    if (!answer.job.empty()) return Started(answer.job, 0);
    const bool only_ok = answer.rows.size() == 1 && answer.columns.front() == "result";
    if (answer.columns.empty() || only_ok) return {};
    return WriteOut(stdout, Render(TableOf(answer), output_.render));
  }

  // Flink's plan, from the file that was given or by the gateway through `file`.
  Result<std::string> Compiled(const FlinkStep& step, PlanFile& file) {
    if (line_.Has(OptionId::kPlan))
      return weir::ReadFile(FileSystem::Local(), line_.Value(OptionId::kPlan));
    RETURN_IF_ERROR(file.Open());
    const std::string compile =
        fmt::format("COMPILE PLAN {} FOR {}", ast::QuoteString(file.Url()), step.sql);
    RETURN_IF_ERROR(gateway_->Execute(compile).status());
    return file.Read();
  }

  Status DoJob(const FlinkStep& step) {
    PlanFile file(session_.settings().Get("flink.plan-directory"));
    const std::string json = TRY(Compiled(step, file));
    RunningPlan plan;
    plan.nodes = TRY(flink::NumberNodes(TRY(flink::ReadFlinkPlan(json)), step.job->shapes));
    const std::string numbered = TRY(flink::Renumbered(json, flink::NewNumbers(plan.nodes)));
    plan.plan = TRY(flink::WithoutTables(numbered));
    plan.operators = checkpoint::SavedFormOf(step.job->graph);
    if (line_.Has(OptionId::kWrite))
      RETURN_IF_ERROR(
          WriteFileAtomically(FileSystem::Local(), line_.Value(OptionId::kWrite), numbered));
    if (action_ == "plan") return ShowPlan(plan);
    if (action_ == "explain-restore" || !SavepointOf(step).empty()) {
      FlinkRestore restore(line_, TRY(Former(step)));
      RETURN_IF_ERROR(restore.Compare(plan, step.job->graph));
      if (action_ == "explain-restore") return restore.Show(output_.render);
      RETURN_IF_ERROR(restore.Refusal());
    }
    RETURN_IF_ERROR(file.Write(numbered));
    if (line_.Has(OptionId::kFromSavepoint)) RETURN_IF_ERROR(SetSavepoint());
    const GatewayAnswer answer =
        TRY(gateway_->Execute(fmt::format("EXECUTE PLAN {}", ast::QuoteString(file.Url()))));
    RETURN_IF_ERROR(Started(answer.job, plan.nodes.size()));
    plan.job = answer.job;
    return plans_.Keep(plan);
  }

  // What a job is to start from: of the command line, or as the script has it; "" for nothing.
  std::string SavepointOf(const FlinkStep& step) const {
    const std::string said = line_.Value(OptionId::kFromSavepoint);
    return said.empty() ? step.savepoint : said;
  }
  // What the job runs whose state is to go on.
  Result<RunningPlan> Former(const FlinkStep& step) {
    if (!line_.Has(OptionId::kOfJob)) return plans_.OfSnapshot(SavepointOf(step));
    return plans_.OfJob(TRY(FindJob(gateway_.get(), line_.Value(OptionId::kOfJob))));
  }

  Status SetSavepoint() {
    const std::string path = line_.Value(OptionId::kFromSavepoint);
    RETURN_IF_ERROR(
        gateway_->Execute(SetStatement("execution.state-recovery.path", path)).status());
    const bool all = !line_.Has(OptionId::kNonRestored);
    return gateway_
        ->Execute(
            SetStatement("execution.state-recovery.ignore-unclaimed-state", all ? "false" : "true"))
        .status();
  }

  Status Started(const std::string& job, size_t nodes) {
    Say(line_, nodes == 0 ? "The job runs on Flink under this id:"
                          : fmt::format("The job runs on Flink under this id, its {} numbered by "
                                        "our uids:",
                                        Plural(nodes, "node")));
    return WriteOut(stdout, job + "\n");
  }

  Status ShowPlan(RunningPlan& plan) {
    if (line_.Has(OptionId::kOfJob)) {
      plan.job = TRY(FindJob(gateway_.get(), line_.Value(OptionId::kOfJob)));
      RETURN_IF_ERROR(plans_.Keep(plan));
    }
    ResultTable table = TextTable({"uid", "id", "node", "Flink's operator id"});
    for (const NumberedNode& node : plan.nodes) {
      const std::string uid = flink::OperatorUid(node.id, node.type);
      table.AddTextRow({node.name, std::to_string(node.id), node.description,
                        node.has_state ? flink::OperatorId(uid) : ""});
    }
    return WriteOut(stdout, Render(table, output_.render));
  }

  const CommandLine& line_;
  LocalSession& session_;
  const ScriptOptions& output_;
  const std::string action_;
  const JobPlans plans_;
  std::unique_ptr<Gateway> gateway_;
};

// --- jobs that run -------------------------------------------------------------------------------

Status ListFlinkJobs(Gateway& gateway, const RenderOptions& render) {
  return WriteOut(stdout, Render(TableOf(TRY(gateway.Execute("SHOW JOBS"))), render));
}

Status SaveFlinkJob(const CommandLine& line, const conf::Settings& settings, Gateway& gateway) {
  const std::vector<std::string> arguments = line.Arguments();
  const std::string job = TRY(FindJob(&gateway, arguments[1]));
  flink::RestCaller cluster(PlaceOf(line, settings, OptionId::kRest, "flink.rest.url"), "cluster");
  const std::string directory = arguments.size() > 2 ? arguments[2] : "";
  return WriteOut(stdout, TRY(flink::TakeSavepoint(cluster, job, directory)) + "\n");
}

Status StopFlinkJob(const CommandLine& line, Gateway& gateway) {
  const std::vector<std::string> arguments = line.Arguments();
  const std::string job = TRY(FindJob(&gateway, arguments[1]));
  if (arguments.size() > 2) {
    RETURN_IF_ERROR(
        gateway.Execute(SetStatement("execution.checkpointing.savepoint-dir", arguments[2]))
            .status());
  }
  const std::string drain = line.Has(OptionId::kDrain) ? " WITH DRAIN" : "";
  const GatewayAnswer answer =
      TRY(gateway.Execute(fmt::format("STOP JOB '{}' WITH SAVEPOINT{}", job, drain)));
  const bool said = !answer.rows.empty() && !answer.rows.front().empty();
  return said ? WriteOut(stdout, answer.rows.front().front() + "\n") : Status();
}

Status CancelFlinkJob(const CommandLine& line, Gateway& gateway) {
  const std::string job = TRY(FindJob(&gateway, line.Arguments()[1]));
  RETURN_IF_ERROR(gateway.Execute(fmt::format("STOP JOB '{}'", job)).status());
  Say(line, fmt::format("Job {} is cancelled.", job));
  return {};
}

}  // namespace

bool IsFlinkScript(const CommandLine& line) {
  const std::string action = line.Arguments().front();
  return action == "translate" || action == "plan" || action == "run" || action == "restore" ||
         action == "explain-restore" || action == "advise";
}

Status CheckFlinkLine(const CommandLine& line) {
  const std::vector<std::string> arguments = line.Arguments();
  const std::string& action = arguments.front();
  const auto wrong = [&](std::string_view what) {
    return Status::InvalidArgument(fmt::format("weir flink {} {}", action, what))
        .WithId("E6001")
        .WithHint("weir flink --help says what there is");
  };
  const bool script = IsFlinkScript(line);
  if (script && arguments.size() != 2) return wrong("takes one FILE");
  if (action == "list" && arguments.size() != 1) return wrong("takes no arguments");
  if (action == "cancel" && arguments.size() != 2) return wrong("takes one JOB");
  const bool saves = action == "savepoint" || action == "stop";
  if (saves && arguments.size() < 2) return wrong("takes a JOB, and perhaps a DIR");
  if (action == "restore" && !line.Has(OptionId::kFromSavepoint))
    return wrong("takes --fromSavepoint PATH");
  const bool explains = action == "explain-restore";
  if (explains && line.Has(OptionId::kFromSavepoint) == line.Has(OptionId::kOfJob))
    return wrong("takes --fromSavepoint PATH or --of JOB");
  const bool starts = action == "run" || action == "restore";
  const bool advises = action == "advise";
  const bool asks_gateway = action != "translate" && !advises;
  const std::tuple<OptionId, bool, std::string_view> only[] = {
      {OptionId::kFromSavepoint, starts || explains, "--fromSavepoint"},
      {OptionId::kNonRestored, starts && line.Has(OptionId::kFromSavepoint),
       "--allowNonRestoredState"},
      {OptionId::kAccept, starts && line.Has(OptionId::kFromSavepoint), "--accept"},
      {OptionId::kOfJob, action == "plan" || explains, "--of"},
      {OptionId::kDrain, action == "stop", "--drain"},
      {OptionId::kRest, action == "savepoint", "--rest"},
      {OptionId::kGateway, asks_gateway, "--gateway"},
      {OptionId::kYarn, asks_gateway, "-yid"},
      {OptionId::kPlan, action == "plan" || explains, "--compiled"},
      {OptionId::kWrite, action == "plan", "--write"},
      {OptionId::kRate, advises, "--rate"},
      {OptionId::kSeconds, advises, "--seconds"},
      {OptionId::kSlots, advises, "--slots"},
      {OptionId::kMemory, advises, "--memory"},
      {OptionId::kCoreHour, advises, "--core-hour"},
      {OptionId::kVariable, script, "--var"},
      {OptionId::kCatalog, script, "--catalog"}};
  for (const auto& [option, fits, name] : only) {
    if (line.Has(option) && !fits) return wrong(fmt::format("does not take {} here", name));
  }
  return advises ? CheckAdviceLine(line) : Status();
}

int RunFlinkScript(const CommandLine& line, LocalSession& session, TranslatedScript& script,
                   const ScriptOptions& output) {
  return FlinkRun(line, session, output).Run(script);
}

Status RunFlinkAction(const CommandLine& line, const conf::Settings& settings,
                      const RenderOptions& render) {
  const std::string action = line.Arguments().front();
  const std::unique_ptr<Gateway> gateway = TRY(OpenGateway(line, settings));
  if (action == "list") return ListFlinkJobs(*gateway, render);
  if (action == "savepoint") return SaveFlinkJob(line, settings, *gateway);
  return action == "stop" ? StopFlinkJob(line, *gateway) : CancelFlinkJob(line, *gateway);
}

}  // namespace weir::shell
