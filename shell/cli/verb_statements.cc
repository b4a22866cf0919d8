#include "shell/cli/verb_statements.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "planner/ast/to_sql.h"
#include "runtime/base/check.h"
#include "runtime/base/names.h"
#include "runtime/file_system.h"
#include "shell/engine/jobs/stored_path.h"
#include "shell/engine/text/quantity.h"

namespace weir::shell {
namespace {

using ast::QuoteString;

Status Missing(const CommandLine& line, std::string_view what) {
  return Status::InvalidArgument(fmt::format("{} is missing", what))
      .WithHint(fmt::format("weir {0} --help says what there is; its example: {1}", line.verb->name,
                            line.verb->example));
}

// The job of a verb that takes nothing else.
Result<std::string> JobOf(const CommandLine& line) {
  const std::vector<std::string> arguments = line.Arguments();
  if (arguments.empty() || arguments.front().empty()) return Missing(line, "JOB");
  return QuoteString(arguments.front());
}

std::string Behind(std::string_view word, const std::string& path) {
  return path.empty() ? "" : fmt::format(" {}{}", word, QuoteString(path));
}

Result<std::string> SavepointStatement(const CommandLine& line) {
  const std::vector<std::string> arguments = line.Arguments();
  if (line.Has(OptionId::kDispose)) {
    if (!arguments.empty())
      return Status::InvalidArgument(fmt::format(
          "-d deletes the savepoint that it names and takes no JOB: '{}' is one too many",
          arguments.front()));
    return fmt::format("DROP SAVEPOINT {}", QuoteString(line.Value(OptionId::kDispose)));
  }
  const std::string job = TRY(JobOf(line));
  const std::string directory = arguments.size() > 1 ? arguments[1] : "";
  const std::string type = ToUpper(line.Value(OptionId::kType));
  return fmt::format("SAVEPOINT JOB {}{}{}", job, Behind("TO ", directory),
                     type.empty() ? "" : " FORMAT " + type);
}

Result<std::string> StopStatement(const CommandLine& line) {
  const std::string job = TRY(JobOf(line));
  return fmt::format("STOP JOB {} WITH SAVEPOINT{}{}", job,
                     Behind("", line.Value(OptionId::kSavepointPath)),
                     line.Has(OptionId::kDrain) ? " WITH DRAIN" : "");
}

// In `cancel -s JOB` the directory was left out, as Flink takes it.
Result<std::string> CancelStatement(CommandLine line) {
  if (!line.Has(OptionId::kWithSavepoint)) return fmt::format("CANCEL JOB {}", TRY(JobOf(line)));
  std::string directory = line.Value(OptionId::kWithSavepoint);
  if (line.Arguments().empty())
    line.said.push_back({OptionId::kArgument, std::exchange(directory, "")});
  const std::string job = TRY(JobOf(line));
  return fmt::format("CANCEL JOB {} WITH SAVEPOINT{}", job, Behind("", directory));
}

// What `run` says before its files: a savepoint to start from is a setting that the first INSERT
// resets.
Result<std::string> RunSettings(const CommandLine& line) {
  const std::string path = line.Value(OptionId::kFromSavepoint);
  if (path.empty() && line.Has(OptionId::kFromSavepoint))
    return Status::InvalidArgument("-s takes the path of a savepoint, and what is given is empty");
  if (path.empty() && (line.Has(OptionId::kNonRestored) || line.Has(OptionId::kClaimMode)))
    return Status::InvalidArgument(
        "-n and -rm are about the savepoint of -s PATH, which is missing");
  if (path.empty()) return std::string();
  std::string settings =
      fmt::format("SET 'execution.state-recovery.path' = {};", QuoteString(AbsolutePath(path)));
  if (line.Has(OptionId::kNonRestored))
    settings += "SET 'execution.state-recovery.ignore-unclaimed-state' = 'true';";
  if (const std::string mode = line.Value(OptionId::kClaimMode); !mode.empty())
    settings +=
        fmt::format("SET 'execution.state-recovery.claim-mode' = {};", QuoteString(ToUpper(mode)));
  return settings;
}

bool IsPath(const std::string& text) {
  if (text.find('/') != std::string::npos) return true;
  return FileSystem::Local().Stat(JoinPath(text, "_metadata")).ok();
}

Result<std::string> DescribeStatement(const CommandLine& line) {
  const std::string what = TRY(JobOf(line));
  return fmt::format("DESCRIBE {} {}", IsPath(line.Arguments().front()) ? "SAVEPOINT" : "JOB",
                     what);
}

bool HasEnded(std::string_view status) {
  constexpr std::array<std::string_view, 3> kEnds = {"FINISHED", "FAILED", "CANCELED"};
  return std::ranges::count(kEnds, status) > 0;
}

bool Runs(std::string_view status) {
  return status == "RUNNING" || status == "RESTARTING";
}

// Of the table of SHOW JOBS the rows whose status is `kept`. How many are left out.
size_t KeepJobs(ResultTable& jobs, bool (*kept)(std::string_view)) {
  const auto status = std::ranges::find(jobs.columns, "status", &ResultColumn::name);
  const auto at = static_cast<size_t>(status - jobs.columns.begin());
  return std::erase_if(jobs.rows, [at, kept](const std::vector<Value>& job) {
    return !kept(job[at].get<std::string>());
  });
}

void ListJobs(const CommandLine& line, Answer& answer) {
  if (line.Has(OptionId::kRunning)) {
    KeepJobs(*answer.table, Runs);
    return;
  }
  if (line.Has(OptionId::kAll)) return;
  const size_t ended =
      KeepJobs(*answer.table, [](std::string_view status) { return !HasEnded(status); });
  if (ended > 0) answer.message = fmt::format("{} more that ended: weir list -a", ended);
}

}  // namespace

Result<std::string> StatementsOf(const CommandLine& line) {
  switch (line.id()) {
    case VerbId::kList:
      return std::string("SHOW JOBS");
    case VerbId::kDescribe:
      return DescribeStatement(line);
    case VerbId::kCheckpoint:
      return fmt::format("CHECKPOINT JOB {}", TRY(JobOf(line)));
    case VerbId::kCheckpoints:
      return fmt::format("SHOW CHECKPOINTS FOR JOB {}", TRY(JobOf(line)));
    case VerbId::kSavepoint:
      return SavepointStatement(line);
    case VerbId::kStop:
      return StopStatement(line);
    case VerbId::kCancel:
      return CancelStatement(line);
    case VerbId::kRun:
      return RunSettings(line);
    case VerbId::kScripts:
    case VerbId::kShell:
    case VerbId::kServer:
    case VerbId::kUser:
    case VerbId::kSecret:
    case VerbId::kConvertSavepoint:
    case VerbId::kOpen:
    case VerbId::kCheck:
    case VerbId::kExplain:
    case VerbId::kInfo:
    case VerbId::kFlink:
    case VerbId::kOptions:
    case VerbId::kCompletion:
    case VerbId::kMan:
    case VerbId::kHelp:
    case VerbId::kReadThrough:
      return std::string();
  }
  WEIR_UNREACHABLE();
}

void ShowAsVerb(const CommandLine& line, Answer& answer) {
  if (answer.path) answer.text = *answer.path + "\n";
  if (line.id() == VerbId::kList && answer.table) ListJobs(line, answer);
  if (line.Has(OptionId::kYarn))
    answer.notices.emplace_back("NOTICE: -yid has no effect: there is no YARN here");
}

}  // namespace weir::shell
