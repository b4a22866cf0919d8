#include "shell/cli/cli.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <clocale>
#include <cstdio>
#include <cstdlib>

#include "runtime/base/fence.h"
#include "runtime/base/memory_reserve.h"
#include "runtime/base/printable.h"
#include "runtime/fault_point.h"
#include "runtime/s3/s3_files.h"
#include "shell/cli/command_line.h"
#include "shell/cli/completion_files.h"
#include "shell/cli/convert_verb.h"
#include "shell/cli/flink_advise.h"
#include "shell/cli/flink_cluster_verbs.h"
#include "shell/cli/flink_verb.h"
#include "shell/cli/help_page.h"
#include "shell/cli/http_setup.h"
#include "shell/cli/login_setup.h"
#include "shell/cli/man_page.h"
#include "shell/cli/open_page.h"
#include "shell/cli/options_page.h"
#include "shell/cli/plan_scripts.h"
#include "shell/cli/secret_verb.h"
#include "shell/cli/serve.h"
#include "shell/cli/session_setup.h"
#include "shell/cli/signal_route.h"
#include "shell/cli/user_verb.h"
#include "shell/cli/verb_statements.h"
#include "shell/client/attaching_session.h"
#include "shell/engine/savepoints/foreign_tables.h"
#include "shell/engine/session/memory_guard.h"
#include "shell/engine/session/memory_of_machine.h"
#include "shell/engine/session/object_settings.h"
#include "shell/engine/text/quantity.h"
#include "shell/output/job_watch.h"
#include "shell/output/script_text.h"
#include "shell/output/signals.h"
#include "shell/output/streams.h"
#include "shell/server/server.h"
#include "shell/server/session_count.h"
#include "shell/terminal/repl.h"

#ifndef WEIR_VERSION
#define WEIR_VERSION "0.1.0"
#endif

namespace weir::shell {
namespace {

// The script to run: a file ("-": standard input), or SQL from the command line.
struct Script {
  bool is_file = false;
  std::string text;
};

constexpr std::string_view kStandardInput = "-";

// The files and statements to run, in the order of the command line.
std::vector<Script> ScriptsOf(const CommandLine& line) {
  std::vector<Script> scripts;
  for (const Said& one : line.said) {
    const bool file = one.id == OptionId::kFile || one.id == OptionId::kArgument;
    if (file || one.id == OptionId::kCommand) scripts.push_back({file, one.value});
  }
  return scripts;
}

// What a session is to execute.
struct Work {
  const CommandLine& line;
  std::string statements;  // of a verb; of `run` what comes before its files
  std::vector<Script> scripts;
  bool is_statement = false;  // the statements are all
};

// A file that is opened while a standard descriptor is closed takes its place, and what is printed
// goes into that file. So each is taken: nothing comes from standard input, and what is written to
// the others fails, as it would without a descriptor.
void TakeStandardDescriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    if (::open("/dev/null", O_RDONLY) != descriptor) std::abort();  // the least that is free
  }
}

int Complain(const Status& status) {
  if (status.id() != "E8002") PrintMessage(FormatError(status, {}));
  return status.code() == StatusCode::kCorruption ? kExitJobFailed : kExitFailure;
}

int ExitOf(const Status& status) {
  return status.ok() ? kExitOk : Complain(status);
}

int RunScript(const Script& script, ScriptRunner& runner) {
  if (!script.is_file) return runner.Run(script.text, "");
  return script.text == kStandardInput ? runner.RunStandardInput() : runner.RunFile(script.text);
}

// Runs the statements that options stand for without printing their answers, which would only
// repeat the command line. Errors are printed.
int RunQuietly(const std::string& statements, ScriptRunner& runner) {
  const bool quiet = std::exchange(runner.options().quiet, true);
  const int code = runner.Run(statements, "");
  runner.options().quiet = quiet;
  return code;
}

// Runs the scripts in the order given, up to the first that fails or quits, then waits for their
// jobs unless -d. Without scripts standard input is one; a terminal goes to RunRepl instead.
int RunScripts(const Work& work, ScriptRunner& runner) {
  if (work.is_statement) return runner.Run(work.statements, "");
  int code = work.statements.empty() ? kExitOk : RunQuietly(work.statements, runner);
  if (work.scripts.empty()) code = runner.RunStandardInput();
  for (const Script& script : work.scripts) {
    if (code == kExitOk && !runner.quit()) code = RunScript(script, runner);
  }
  if (code != kExitOk) return code;
  const bool waits = !runner.quit() && !work.line.Has(OptionId::kDetached);
  return waits ? runner.WaitForJobs() : kExitOk;
}

Status WriteStatistics(EngineSession& engine, const std::string& path) {
  std::string text;
  for (const auto& [name, count] : engine.Totals()) text += fmt::format("{} {}\n", name, count);
  const std::unique_ptr<WritableFile> file = TRY(FileSystem::Local().CreateOutput(path));
  RETURN_IF_ERROR(file->Append(text));
  return file->Close();
}

int RunSession(const Work& work, EngineSession& engine, const ScriptOptions& output) {
  ScriptRunner runner(engine, output);
  if (output.interactive) return RunRepl(engine, runner, work.line.Value(OptionId::kInit));
  // Jobs that an error left running stop with a last checkpoint.
  return runner.StopJobs(RunScripts(work, runner));
}

// Runs what the arguments say in a session, with its signals.
int RunIn(const Work& work, EngineSession& session, const ScriptOptions& output) {
  int code = kExitOk;
  {
    const SignalRoute route(session, *output.watch);
    if (const Status timeout = StartTimeout(work.line.Value(OptionId::kTimeout)); !timeout.ok())
      return Complain(timeout);
    code = RunSession(work, session, output);
    RaiseAlarmAfter(0);
  }
  if (const std::string file = work.line.Value(OptionId::kStatistics); !file.empty()) {
    const Status written = WriteStatistics(session, file);
    if (!written.ok() && code == kExitOk) code = Complain(written);
  }
  // Failures of the output that no statement or job has reported.
  if (const Status failure = OutputFailure(); !failure.ok() && code == kExitOk)
    code = Complain(failure);
  return code;
}

// Waits for the statements of others, unless a signal comes. Those who come meanwhile are served as
// long as others are waited for, and do not keep the process when these have ended: one after the
// other they could do so for ever.
void Linger(Server& server) {
  constexpr std::chrono::milliseconds kPause{20};
  constexpr int kQuiet = 25;  // half a second: shorter waits need no message
  Guests& guests = server.guests();
  guests.Leave();
  bool listening = true;
  for (int pauses = 0; PendingSignal() == 0; ++pauses) {
    if (listening && !guests.busy_for_earlier()) {
      server.StopListening();
      listening = false;
    }
    if (!listening && guests.RefuseIfIdle()) return;
    if (pauses == kQuiet && guests.executing() > 0)
      PrintMessage(
          "Other sessions have statements executed here: this process ends when those "
          "have ended, or by Ctrl-C.\n");
    Clock::System().Sleep(kPause);
  }
}

// In the process that has the data directory; with an engine of its own where none has, until one
// has and it needs that. `attached` may be null.
int RunAttaching(const Work& work, FileSystem& files, const RemoteOptions& remote,
                 ScriptOptions output, std::unique_ptr<RemoteSession> attached) {
  JobWatch& watch = *output.watch;
  EngineOptions options = EngineFor(remote, files, watch);
  std::function<void()> owned;
  options.owned = [&owned] { owned(); };
  const Result<std::unique_ptr<Engine>> engine = Engine::Open(std::move(options));
  if (!engine.ok()) return Complain(engine.status());
  SessionCount sessions(static_cast<size_t>(remote.settings.GetInteger("server.max-sessions")));
  Server server({[&watch](const std::string& lines) { watch.SayLines(lines); }}, sessions,
                !work.is_statement);
  ServedHttp http;
  AttachingSession session((*engine)->own(), [&] { return RemoteSession::Open(remote); },
                           std::move(attached));
  owned = [&] {
    session.Settle();
    Result<SocketDoor> door = SocketDoorOf(remote.settings, remote.data_directory);
    const Status started =
        door.ok() ? server.Start(**engine, remote.data_directory, *std::move(door)) : door.status();
    if (!started.ok() && !output.quiet)
      watch.SayLines(fmt::format("NOTICE: no other process can attach: {}\n", started.message()));
    http = ServeHttp(**engine, remote, watch);
  };
  output.linger = [&server] { Linger(server); };
  return RunIn(work, session, output);
}

Status NobodyToRunJobs(const std::string& directory) {
  return Status::External(fmt::format("no process that stays has '{}' open, so that nobody would "
                                      "run the jobs on when this one ends, as -d says",
                                      directory))
      .WithId("E4008")
      .WithHint(
          "leave -d out, and this process runs them; or start what runs those of others, too: "
          "weir server, or weir shell");
}

int RunWork(const Work& work, FileSystem& files) {
  const CommandLine& line = work.line;
  const Result<conf::Settings> settings = LoadSettings(line);
  if (!settings.ok()) return Complain(settings.status());
  Result<ScriptOptions> output = OutputOptions(line);
  if (!output.ok()) return Complain(output.status());
  const std::unique_ptr<s3::ObjectFiles> objects =
      s3::WithObjects(files, ObjectSettings(*settings));
  output->files = objects.get();
  const bool scripted = work.is_statement || !work.scripts.empty() || ::isatty(STDIN_FILENO) != 1;
  FileSystem& local = FileSystem::Local();
  const MemoryGuard guard(local, MemoryOfMachine(local, PhysicalMemory()));
  JobWatch watch(WatchFor(line, scripted));
  output->interactive = !scripted;
  output->watch = &watch;
  if (work.is_statement) output->arrange = [&line](Answer& answer) { ShowAsVerb(line, answer); };
  const RemoteOptions remote = RemoteFor(line, *settings, scripted, watch);
  Result<std::unique_ptr<RemoteSession>> attached = RemoteSession::Open(remote);
  // Jobs of -d go to the process that has the directory, and to no other.
  if (attached.ok() && line.Has(OptionId::kDetached)) return RunIn(work, **attached, *output);
  if (attached.ok())
    return RunAttaching(work, files, remote, *std::move(output), *std::move(attached));
  // The directory belongs to another user: what that user's process refuses cannot be done here
  // either.
  const bool refused = attached.status().id() == "E6005" || attached.status().id() == "E6004";
  if (refused) return Complain(attached.status());
  if (line.Has(OptionId::kDetached)) {
    const Status nobody = NobodyToRunJobs(remote.data_directory);
    (void)Complain(nobody);
    return ExitCodeOf(nobody);
  }
  if (work.is_statement && !files.Stat(remote.data_directory).ok()) {
    PrintMessage(fmt::format("NOTICE: there is no data directory at '{}'\n",
                             Printable(remote.data_directory)));
  }
  // Statements that only read tables need no other process. Those that need the directory fail with
  // the reason why it cannot be had.
  return RunAttaching(work, files, remote, *std::move(output), nullptr);
}

// The statements of a verb, or the scripts of weir without one, `run` and `shell`.
int RunStatements(const CommandLine& line, FileSystem& files) {
  Result<std::string> statements = StatementsOf(line);
  if (!statements.ok()) return Complain(statements.status());
  Work work{line, *std::move(statements), {}, false};
  if (Takes(*line.verb, OptionId::kFile)) {
    work.scripts = ScriptsOf(line);
  } else {
    work.is_statement = true;
  }
  return RunWork(work, files);
}

// --- verbs that need no data directory -----------------------------------------------------------

std::vector<ast::ExplainDetail> DetailsOf(const CommandLine& line) {
  constexpr std::pair<std::string_view, ast::ExplainDetail> kDetails[] = {
      {"advice", ast::ExplainDetail::kPlanAdvice},
      {"changelog", ast::ExplainDetail::kChangelogMode},
      {"cost", ast::ExplainDetail::kEstimatedCost},
      {"json", ast::ExplainDetail::kJsonExecutionPlan},
      {"state", ast::ExplainDetail::kState},
  };
  std::vector<ast::ExplainDetail> details;
  for (const std::string& said : line.Values(OptionId::kDetail)) {
    for (const auto& [word, detail] : kDetails) {
      if (word == said) details.push_back(detail);
    }
  }
  return details;
}

int PlanFiles(const CommandLine& line, ScriptPlanner& planner) {
  int code = kExitOk;
  for (const std::string& file : line.Arguments())
    code = file == kStandardInput ? planner.PlanStandardInput() : planner.PlanFile(file);
  if (line.Has(OptionId::kJson)) {
    const Status written = WriteOut(stdout, FindingsAsJson(planner.findings()));
    return written.ok() || code != kExitOk ? code : Complain(written);
  }
  const bool says = line.id() == VerbId::kCheck && !line.Has(OptionId::kQuiet);
  if (says && code == kExitOk)
    PrintMessage(fmt::format("No error in {}.\n", Plural(planner.statements(), "statement")));
  return code;
}

// Prints a file in Flink SQL, unless something in it cannot be said so, tries its jobs, or gives it
// to a cluster.
int RunFlinkFile(const CommandLine& line, LocalSession& session, const ScriptOptions& output) {
  Result<NamedScript> named =
      ReadNamedScript(line.Arguments().back(), output.variables, *output.files);
  if (!named.ok()) return Complain(named.status());
  TranslatedScript script(session, *std::move(named), output.color);
  const std::string action = line.Arguments().front();
  if (action == "advise") return RunFlinkAdvice(line, session, script, output);
  if (action != "translate") return RunFlinkScript(line, session, script, output);
  std::string text;
  const int code = TranslateScript(script, text);
  return code != kExitOk ? code : ExitOf(WriteOut(stdout, text));
}

int PlanFilesIn(const CommandLine& line, LocalSession& session, const ScriptOptions& output) {
  ScriptPlanner planner(session, {.variables = output.variables,
                                  .render = output.render,
                                  .shows_plans = line.id() != VerbId::kCheck,
                                  .shows_findings = !line.Has(OptionId::kJson),
                                  .color = output.color,
                                  .files = output.files});
  return PlanFiles(line, planner);
}

// Work on files by an engine of its own, that runs nothing.
int PlanBy(const CommandLine& line, FileSystem& files,
           int (*work)(const CommandLine& line, LocalSession& session,
                       const ScriptOptions& output)) {
  const Result<conf::Settings> settings = LoadSettings(line);
  if (!settings.ok()) return Complain(settings.status());
  Result<ScriptOptions> output = OutputOptions(line);
  if (!output.ok()) return Complain(output.status());
  const std::unique_ptr<s3::ObjectFiles> objects =
      s3::WithObjects(files, ObjectSettings(*settings));
  output->files = objects.get();
  JobWatch watch(WatchFor(line, true));
  RemoteOptions remote = RemoteFor(line, *settings, true, watch);
  // What files define is tried beside what is there, and is kept nowhere.
  remote.catalog = line.Has(OptionId::kCatalog) ? SessionCatalog::kScratch : SessionCatalog::kOwn;
  const Result<std::unique_ptr<Engine>> engine = Engine::Open(EngineFor(remote, files, watch));
  if (!engine.ok()) return Complain(engine.status());
  LocalSession& session = (*engine)->own();
  session.session().context().plans = PlanRequest{DetailsOf(line), line.id() == VerbId::kInfo};
  const SignalRoute route(session, watch);
  if (const Status timeout = StartTimeout(line.Value(OptionId::kTimeout)); !timeout.ok())
    return Complain(timeout);
  const int code = work(line, session, *output);
  RaiseAlarmAfter(0);
  return code;
}

// check, explain and info.
int PlanScripts(const CommandLine& line, FileSystem& files) {
  return PlanBy(line, files, PlanFilesIn);
}

// Translates a file for a cluster, or does something with jobs there.
int RunFlink(const CommandLine& line, FileSystem& files) {
  if (const Status fits = CheckFlinkLine(line); !fits.ok()) return Complain(fits);
  if (IsFlinkScript(line)) return PlanBy(line, files, RunFlinkFile);
  const Result<conf::Settings> settings = LoadSettings(line);
  if (!settings.ok()) return Complain(settings.status());
  const Result<ScriptOptions> output = OutputOptions(line);
  if (!output.ok()) return Complain(output.status());
  const Status done = Fenced([&] { return RunFlinkAction(line, *settings, output->render); });
  return done.ok() ? kExitOk : (static_cast<void>(Complain(done)), ExitCodeOf(done));
}

int RunServer(const CommandLine& line, FileSystem& files) {
  const Result<int> code = Serve(line, files);
  return code.ok() ? *code : Complain(code.status());
}

int RunUser(const CommandLine& line, FileSystem&) {
  return ExitOf(RunUserVerb(line));
}

int RunSecret(const CommandLine& line, FileSystem&) {
  return ExitOf(RunSecretVerb(line));
}

// Returns the exit code with which a statement about the savepoint would end the process.
int RunConvert(const CommandLine& line, FileSystem& files) {
  const Status status = RunConvertVerb(line, files);
  if (status.ok()) return kExitOk;
  const int of_program = Complain(status);
  if (status.code() == StatusCode::kCorruption) return kExitRestoreRefused;
  return status.id().starts_with("E7") ? ExitCodeOf(status) : of_program;
}

int OpenInBrowser(const CommandLine& line, FileSystem& files) {
  return ExitOf(OpenPage(line, files));
}

int PrintOptions(const CommandLine& line, FileSystem&) {
  if (line.Has(OptionId::kYaml)) return ExitOf(WriteOut(stdout, conf::PrintShippedYaml()));
  const Result<ScriptOptions> output = OutputOptions(line);
  if (!output.ok()) return Complain(output.status());
  return ExitOf(WriteOut(stdout, OptionsPage(output->render)));
}

int PrintCompletionFile(const CommandLine& line, FileSystem&) {
  return ExitOf(WriteOut(stdout, CompletionFile(line.Arguments().front())));
}

int PrintManPage(const CommandLine&, FileSystem&) {
  return ExitOf(WriteOut(stdout, ManPage("weir " WEIR_VERSION)));
}

int PrintHelp(const CommandLine& line, FileSystem&) {
  const std::vector<std::string> asked = line.Arguments();
  const Verb* verb = asked.empty() ? &Verbs().front() : FindVerb(asked.front());
  if (verb != nullptr) return ExitOf(WriteOut(stdout, HelpPage(*verb)));
  return Complain(Status::InvalidArgument(fmt::format("there is no verb '{}'", asked.front()))
                      .WithHint("weir help lists them"));
}

int ReadThrough(const CommandLine& line, FileSystem&) {
  const std::vector<std::string> paths = line.Arguments();
  return ExitOf(ReadThroughAsChild(paths[0], paths[1]));
}

struct VerbWithoutSession {
  VerbId id;
  int (*run)(const CommandLine& line, FileSystem& files);
};

// All others have a session execute statements.
constexpr VerbWithoutSession kWithoutSession[] = {
    {VerbId::kCheck, PlanScripts},
    {VerbId::kExplain, PlanScripts},
    {VerbId::kInfo, PlanScripts},
    {VerbId::kFlink, RunFlink},
    {VerbId::kServer, RunServer},
    {VerbId::kUser, RunUser},
    {VerbId::kSecret, RunSecret},
    {VerbId::kConvertSavepoint, RunConvert},
    {VerbId::kOpen, OpenInBrowser},
    {VerbId::kOptions, PrintOptions},
    {VerbId::kCompletion, PrintCompletionFile},
    {VerbId::kMan, PrintManPage},
    {VerbId::kHelp, PrintHelp},
    {VerbId::kReadThrough, ReadThrough},
};

int RunLine(const CommandLine& line, FileSystem& files) {
  if (line.Has(OptionId::kWantsHelp)) return ExitOf(WriteOut(stdout, HelpPage(*line.verb)));
  if (line.Has(OptionId::kVersion)) return ExitOf(WriteOut(stdout, "weir " WEIR_VERSION "\n"));
  const Result<CommandLine> local = WithLocalPaths(line);
  if (!local.ok()) return Complain(local.status());
  for (const VerbWithoutSession& row : kWithoutSession) {
    if (row.id == line.id()) return row.run(*local, files);
  }
  return RunStatements(*local, files);
}

}  // namespace

int Main(int argc, char** argv, FileSystem& files) {
  if (!DefectPlanted("descriptors-left-closed")) TakeStandardDescriptors();
  std::setlocale(LC_CTYPE, "C.UTF-8");
  KeepMemoryReserve();
  const WithMemoryReserve reserve;  // outside of statements, which have a fence
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  const Result<CommandLine> line = ParseCommandLine(words);
  const int code = line.ok() ? RunLine(*line, files) : Complain(line.status());
  const bool closed = OutputFailure().id() == "E8002";
  if (closed && !DefectPlanted("closed-output-unsaid")) EndBySigpipe();
  return code;
}

}  // namespace weir::shell
