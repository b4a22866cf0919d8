#include "shell/cli/flink_advise.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/base/fence.h"
#include "runtime/graph/connector_descriptor.h"
#include "shell/cli/advice_text.h"
#include "shell/cli/session_setup.h"
#include "shell/cli/trial_run.h"
#include "shell/engine/text/quantity.h"
#include "shell/output/streams.h"

namespace weir::shell {
namespace {

// A number of the command line, above 0 and within what can be computed with; nothing if the
// option is not given.
Result<std::optional<double>> PositiveOf(const CommandLine& line, OptionId id,
                                         std::string_view name) {
  constexpr double kMost = 1e15;
  if (!line.Has(id)) return std::optional<double>();
  const Result<double> number = graph::ParseDouble(line.Value(id));
  if (number.ok() && *number > 0 && *number <= kMost) return std::optional(*number);
  return Status::InvalidArgument(
             fmt::format("{} takes a number above 0, not '{}'", name, line.Value(id)))
      .WithId("E6001");
}

struct AdviceOptions {
  int64_t millis = 30'000;  // how long each job runs, if its input does not end before
  AdviceGoal goal;
};

Result<AdviceOptions> AdviceOptionsOf(const CommandLine& line) {
  AdviceOptions options;
  flink::SizingGoal& sizing = options.goal.sizing;
  sizing.cores_here = std::max(1U, std::thread::hardware_concurrency());
  sizing.rate = TRY(PositiveOf(line, OptionId::kRate, "--rate")).value_or(0);
  const std::optional<double> seconds = TRY(PositiveOf(line, OptionId::kSeconds, "--seconds"));
  if (seconds) options.millis = static_cast<int64_t>(std::ceil(std::min(*seconds, 1e9) * 1000));
  const std::optional<double> slots = TRY(PositiveOf(line, OptionId::kSlots, "--slots"));
  if (slots && (*slots > 1024 || *slots != std::floor(*slots))) {
    return Status::InvalidArgument(
               fmt::format("--slots takes 1 to 1024, not '{}'", line.Value(OptionId::kSlots)))
        .WithId("E6001");
  }
  if (slots) sizing.task_manager.slots = static_cast<uint32_t>(*slots);
  if (line.Has(OptionId::kMemory)) {
    constexpr uint64_t kLeast = uint64_t{1} << 30;
    const Result<uint64_t> bytes = graph::ParseMemorySize(line.Value(OptionId::kMemory));
    if (!bytes.ok() || *bytes < kLeast) {
      return Status::InvalidArgument(fmt::format("--memory takes a size of 1 GB at least, not '{}'",
                                                 line.Value(OptionId::kMemory)))
          .WithId("E6001");
    }
    sizing.task_manager.memory_bytes = *bytes;
  }
  options.goal.core_hour = TRY(PositiveOf(line, OptionId::kCoreHour, "--core-hour"));
  return options;
}

// The jobs of a script as they would start.
struct AskedJob {
  SourceSpan part;  // of the script
  JobRequest request;
};

// How a job is called: by its name, or by the tables that it writes.
std::string TitleOf(const JobRequest& request) {
  if (!request.name.empty()) return fmt::format("Job {}", request.name);
  std::vector<std::string> tables;
  for (const graph::Node& node : request.graph.nodes) {
    const auto* sink = std::get_if<graph::SinkSpec>(&node.spec);
    if (sink != nullptr) tables.push_back(sink->table);
  }
  return fmt::format("INSERT INTO {}", fmt::join(tables, ", "));
}

class FlinkAdvice {
 public:
  FlinkAdvice(const CommandLine& line, LocalSession& session, const ScriptOptions& output)
      : line_(line), session_(session), output_(output) {}

  int Run(TranslatedScript& script) {
    const Result<AdviceOptions> options = AdviceOptionsOf(line_);
    if (!options.ok()) return script.Complain(options.status(), {});
    if (const int code = Read(script); code != kExitOk) return code;
    if (jobs_.empty()) {
      return script.Complain(Status::InvalidSql("the file has no job: nothing in it writes rows "
                                                "into a table")
                                 .WithId("E2015")
                                 .WithHint("INSERT INTO … SELECT … is one; a SELECT alone has "
                                           "nobody to show its rows to on a cluster"),
                             {});
    }
    for (AskedJob& job : jobs_) {
      const SourceSpan part = job.part;
      const Status status = Fenced([&] { return Advise(std::move(job.request), *options); });
      if (!status.ok()) return script.Complain(status, part);
    }
    if (jobs_.size() > 1) Say(line_, together_.Text());
    SayOfTrust();
    return kExitOk;
  }

 private:
  // Plans all statements; each error is printed. The exit code of the first.
  int Read(TranslatedScript& script) {
    PlanRequest& plans = *session_.session().context().plans;
    std::vector<JobRequest> planned;  // of one statement
    plans.requested = [&](JobRequest request) { planned.push_back(std::move(request)); };
    const int code = script.Read([&](SourceSpan part, const Result<std::string>& translation) {
      for (JobRequest& request : planned) jobs_.push_back({part, std::move(request)});
      planned.clear();
      if (!translation.ok()) ++untranslated_;
      return Status();
    });
    plans.requested = nullptr;
    return code;
  }

  Status Advise(JobRequest request, const AdviceOptions& options) {
    const std::string title = TitleOf(request);
    const uint32_t parallelism = request.parallelism;
    const Trial trial = TRY(RunForFigures(session_.session(), std::move(request), options.millis));
    if (trial.figures.rows == 0) {
      return Status::External(
                 "its sources gave no row while it ran: there is nothing to advise "
                 "from")
          .WithContext(title)
          .WithId("E4001")
          .WithHint("--seconds says how long a job runs");
    }
    const Advice advice(trial, options.goal);
    Say(line_, fmt::format("{}: {}", title, RunText(trial, parallelism)));
    RETURN_IF_ERROR(WriteOut(stdout, Render(advice.Operators(), output_.render)));
    RETURN_IF_ERROR(WriteOut(stdout, Render(advice.Needs(), output_.render)));
    for (const std::string& remark : advice.Remarks(FreeDisk())) Say(line_, remark);
    together_.Add(advice);
    return {};
  }

  // Of the file system that the data directory is on, or would be.
  DiskRoom FreeDisk() const {
    std::error_code failed;
    const std::string named = line_.Value(OptionId::kDataDir);
    std::filesystem::path at = std::filesystem::absolute(named, failed);
    while (!std::filesystem::exists(at, failed) && at.has_relative_path()) at = at.parent_path();
    const std::filesystem::space_info space = std::filesystem::space(at, failed);
    return {named, failed ? 0 : space.available};
  }

  void SayOfTrust() const {
    if (untranslated_ > 0) {
      Say(line_, fmt::format("Not all of the file can be said in Flink SQL: weir flink translate "
                             "shows {}.",
                             untranslated_ == 1 ? "the place" : "the places"));
    }
    Say(line_, std::string(kTrustText));
  }

  const CommandLine& line_;
  LocalSession& session_;
  const ScriptOptions& output_;
  std::vector<AskedJob> jobs_;
  size_t untranslated_ = 0;
  AdviceSum together_;
};

}  // namespace

Status CheckAdviceLine(const CommandLine& line) {
  return AdviceOptionsOf(line).status();
}

int RunFlinkAdvice(const CommandLine& line, LocalSession& session, TranslatedScript& script,
                   const ScriptOptions& output) {
  return FlinkAdvice(line, session, output).Run(script);
}

}  // namespace weir::shell
