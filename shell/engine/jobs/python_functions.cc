#include "shell/engine/jobs/python_functions.h"

#include <fmt/format.h>

#include "runtime/clock.h"
#include "runtime/expr/foreign.h"
#include "runtime/python/workers.h"

namespace weir::shell {
namespace {

Status CheckExecutable(const std::string& executable) {
  const bool relative = executable.find('/') != std::string::npos && executable[0] != '/';
  if (!relative && !executable.empty()) return {};
  return Status::InvalidArgument(
             fmt::format("'python.executable' = '{}' is neither the name of a program nor an "
                         "absolute path",
                         executable))
      .WithId("E6001")
      .WithHint("python3, or the whole path of a virtual environment's bin/python");
}

Status CheckTimeout(const conf::Settings& settings) {
  constexpr std::string_view kKey = "python.batch-timeout";
  if (settings.GetMillis(kKey) > 0) return {};
  return Status::InvalidArgument(fmt::format("option \"{}\" takes a millisecond or more, not '{}'",
                                             kKey, settings.Get(kKey)))
      .WithId("E6001")
      .WithHint("no function answers in no time");
}

}  // namespace

Status BeginPython(const JobRequest& request, RunningJob& job, task::JobOptions& options) {
  if (request.functions.empty()) return {};
  const conf::Settings& settings = request.settings;
  python::ProcessSettings processes;
  processes.executable = settings.Get("python.executable");
  RETURN_IF_ERROR(CheckExecutable(processes.executable));
  processes.files = conf::PathsOf(settings.Get("python.files"));
  RETURN_IF_ERROR(CheckTimeout(settings));
  processes.nice = options.nice;
  processes.timeout_millis = PauseNanos(settings.GetMillis("python.batch-timeout")) / 1'000'000;
  processes.clock = options.clock;
  processes.say = options.say;
  job.python = std::make_unique<python::Workers>(std::move(processes), request.functions);
  options.modules = TRY(job.python->Load());
  job.evaluation.foreign = job.python.get();
  // A job that has ended is listed, and kept, until its name is used again.
  options.ended = [workers = job.python.get()] { workers->Rest(); };
  return {};
}

void SayChangedModules(const JobRequest& request, const CheckpointMetadata& from,
                       const task::JobOptions& options) {
  for (const expr::ForeignFunction* function : request.functions) {
    const auto before = from.modules.find(function->full_name);
    const auto now = options.modules.find(function->full_name);
    const bool known = before != from.modules.end() && now != options.modules.end();
    if (!known || before->second == now->second) continue;
    options.say(fmt::format(
        "the module of {} ({}) has changed since this state was written; if the function gives "
        "other values now, what is kept of them is of the old one: another VERSION says so",
        function->shown_name, function->implementation));
  }
}

}  // namespace weir::shell
