#include "shell/cli/cli.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>

#include "runtime/base/local_path.h"
#include "runtime/base/memory_reserve.h"
#include "runtime/base/names.h"
#include "runtime/fault_point.h"
#include "shell/cli/flink_options_page.h"
#include "shell/client/attaching_session.h"
#include "shell/client/remote_session.h"
#include "shell/engine/jobs/stored_path.h"
#include "shell/engine/savepoints/foreign_tables.h"
#include "shell/engine/session/memory_guard.h"
#include "shell/engine/session/memory_of_machine.h"
#include "shell/engine/text/error_text.h"
#include "shell/engine/text/quantity.h"
#include "shell/output/job_watch.h"
#include "shell/output/script.h"
#include "shell/output/signals.h"
#include "shell/output/streams.h"
#include "shell/server/server.h"
#include "shell/terminal/repl.h"

#ifndef WEIR_VERSION
#define WEIR_VERSION "0.1.0"
#endif

namespace weir::shell {
namespace {

// What is to be run: a file ("-": standard input), or SQL from the command line.
struct Script {
  bool is_file = false;
  std::string text;
};

constexpr std::string_view kStandardInput = "-";

struct Arguments {
  std::vector<Script> scripts;  // in the order given: what these four have
  std::vector<std::string> files, commands, named_files, run_files;
  std::vector<std::string> definitions;  // --var name=value
  std::string data_directory;
  std::string conf_file;
  std::vector<std::string> options;  // -D key=value
  std::string format;
  std::string restore_policy;  // --restore
  std::string init_file;
  std::string statistics_file;
  std::string timeout;
  bool quiet = false;
  bool no_progress = false;
  std::string progress = "auto";
  bool keeps = false;       // --catalog
  bool keeps_none = false;  // --no-catalog
  bool yaml = false;
  bool list_options = false;
  std::vector<std::string> read_through;  // read-through PATH SCRATCH
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

std::string EnvironmentOr(const char* name, std::string otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : std::move(otherwise);
}

// Wherever a path is taken, a file: URL is one.
Status TakeLocalPaths(Arguments& arguments) {
  if (arguments.data_directory.empty())
    arguments.data_directory = EnvironmentOr("WEIR_DATA_DIR", "weir-data");
  std::vector<std::string*> paths = {&arguments.data_directory, &arguments.conf_file,
                                     &arguments.init_file, &arguments.statistics_file};
  for (Script& script : arguments.scripts) {
    if (script.is_file) paths.push_back(&script.text);
  }
  for (std::string* path : paths) *path = TRY(LocalPath(*path));
  return {};
}

// The first conf file there is: named, in the working directory, the user's; "" for none.
std::string FindConfFile(const Arguments& arguments) {
  if (!arguments.conf_file.empty()) return arguments.conf_file;
  const std::string home = EnvironmentOr("HOME", "");
  const std::string config =
      EnvironmentOr("XDG_CONFIG_HOME", home.empty() ? "" : home + "/.config");
  for (const std::string& candidate : {std::string("weir.yaml"), config + "/weir/weir.yaml"}) {
    if (FileSystem::Local().Stat(candidate).ok()) return candidate;
  }
  return "";
}

// One notice for all that `place` sets.
void SayWithoutEffect(conf::Settings& settings, const std::string& place,
                      const Arguments& arguments) {
  const std::string notice = settings.TakeWithoutEffect(place);
  if (!notice.empty() && !arguments.quiet) PrintMessage(notice + "\n");
}

Result<conf::Settings> LoadSettings(const Arguments& arguments) {
  conf::Settings settings;
  const std::string file = FindConfFile(arguments);
  if (file.empty() || !DefectPlanted("conf-file-alone"))
    RETURN_IF_ERROR(settings.LoadYaml(conf::PrintShippedYaml(), "the shipped weir.yaml"));
  if (!file.empty()) {
    const std::string text = TRY(ReadFile(FileSystem::Local(), file));
    RETURN_IF_ERROR(settings.LoadYaml(text, file));
    SayWithoutEffect(settings, file + ": ", arguments);
  }
  for (const std::string& option : arguments.options) {
    const size_t equals = option.find('=');
    if (equals == std::string::npos) {
      return Status::InvalidArgument(fmt::format("-D takes key=value, not '{}'", option));
    }
    RETURN_IF_ERROR(settings.SetBase(option.substr(0, equals), option.substr(equals + 1)));
  }
  if (!arguments.restore_policy.empty())
    RETURN_IF_ERROR(settings.SetBase("execution.restore-policy", arguments.restore_policy));
  SayWithoutEffect(settings, "", arguments);
  return settings;
}

bool ShowsProgress(const Arguments& arguments) {
  return !arguments.no_progress && arguments.progress != "off";
}

// Columns and lines; zeros when standard output is no terminal.
winsize TerminalSize() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) size = {};
  return size;
}

Result<ScriptOptions> OutputOptions(const Arguments& arguments) {
  ScriptOptions options;
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  if (!arguments.format.empty()) {
    const std::optional<OutputFormat> format = ParseOutputFormat(arguments.format);
    if (!format) {
      return Status::InvalidArgument(fmt::format(
          "--format takes box, csv, tsv, json, markdown, vertical or changelog, not '{}'",
          arguments.format));
    }
    options.render.format = *format;
  }
  const bool colors = EnvironmentOr("NO_COLOR", "").empty();
  if (terminal) {
    const winsize size = TerminalSize();
    options.render.width = size.ws_col;
    if (size.ws_row > 0) options.height = size.ws_row;
    options.render.auto_vertical = true;
    options.render.color = colors;
  }
  options.terminal = terminal;
  options.color = ::isatty(STDERR_FILENO) == 1 && colors;
  options.progress = ::isatty(STDERR_FILENO) == 1 && ShowsProgress(arguments);
  options.asks = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
  options.quiet = arguments.quiet;
  for (const std::string& definition : arguments.definitions)
    RETURN_IF_ERROR(options.variables.Add(definition));
  return options;
}

Status PrintToStandardOutput(void*, std::string_view lines) {
  return WriteOut(stdout, lines);
}

// All of it, or what there was when a signal came.
std::string ReadStandardInput() {
  constexpr int kPollMillis = 100;
  std::string text;
  std::array<char, 65536> buffer{};
  while (PendingSignal() == 0) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, kPollMillis) <= 0) continue;
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    text.append(buffer.data(), static_cast<size_t>(count));
  }
  return text;
}

int RunStandardInput(ScriptRunner& runner) {
  const std::string text = ReadStandardInput();
  // Part of a script may mean something else.
  if (const int signal = TakeSignal(); signal != 0) return ExitCodeOfSignal(signal);
  return runner.Run(text, "<stdin>");
}

int RunScript(const Script& script, ScriptRunner& runner) {
  if (!script.is_file) return runner.Run(script.text, "");
  return script.text == kStandardInput ? RunStandardInput(runner) : runner.RunFile(script.text);
}

// In the order given; standard input when there are none and it is no terminal.
int RunScripts(const Arguments& arguments, ScriptRunner& runner) {
  int code = arguments.scripts.empty() ? RunStandardInput(runner) : kExitOk;
  for (const Script& script : arguments.scripts) {
    if (code == kExitOk && !runner.quit()) code = RunScript(script, runner);
  }
  if (code != kExitOk) return code;
  return runner.quit() ? kExitOk : runner.WaitForJobs();
}

int PrintOptions(const Arguments& arguments) {
  if (arguments.yaml) {
    return ExitOf(WriteOut(stdout, conf::PrintShippedYaml()));
  }
  const Result<ScriptOptions> output = OutputOptions(arguments);
  if (!output.ok()) return Complain(output.status());
  ResultTable table = TextTable({"option", "type", "scope", "default", "shipped", "description"});
  for (const conf::Option& option : conf::AllOptions()) {
    table.AddTextRow(
        {std::string(option.key), std::string(conf::OptionTypeName(option.type)),
         std::string(conf::OptionScopeName(option.scope)), std::string(option.default_value),
         std::string(option.shipped_value.empty() ? option.default_value : option.shipped_value),
         std::string(option.doc)});
  }
  std::string text;
  std::string of_flink;
  if (output->render.format == OutputFormat::kMarkdown) {
    of_flink = FlinkOptionsPage(output->render);
    text =
        "# Options\n\nBy `SET 'key' = 'value'`, `-D key=value`, a conf file, or `WITH` of CREATE "
        "JOB. *shipped*: the value in "
        "`conf/weir.yaml`,\nwhich holds where none of these says otherwise. *scope*: what an "
        "option is about; "
        "those of a process or session stand\nin no WITH. A table's is what holds for tables "
        "that say nothing else.\n\n";
  }
  return ExitOf(WriteOut(stdout, text + Render(table, output->render) + of_flink));
}

Status WriteStatistics(EngineSession& engine, const std::string& path) {
  std::string text;
  for (const auto& [name, count] : engine.Totals()) text += fmt::format("{} {}\n", name, count);
  const std::unique_ptr<WritableFile> file = TRY(FileSystem::Local().CreateOutput(path));
  RETURN_IF_ERROR(file->Append(text));
  return file->Close();
}

Status StartTimeout(const std::string& timeout) {
  if (timeout.empty()) return {};
  const Result<int64_t> millis = ParseSeconds(timeout);
  if (!millis.ok() || *millis <= 0) {
    return Status::InvalidArgument(
        fmt::format("--timeout takes seconds or a duration such as '90 s', not '{}'", timeout));
  }
  RaiseAlarmAfter(*millis);
  return {};
}

void SayTo(JobWatch& watch, Question question) {
  switch (question) {
    case Question::kWhatGoesOn:
      return watch.SayWhatGoesOn();
    case Question::kStatementEnds:
      return watch.SayThatStatementEnds();
    case Question::kWhatTasksDo:
      return watch.SayWhatTasksDo();
  }
}

// Signals belong to a session while this lives.
class SignalRoute {
 public:
  SignalRoute(EngineSession& engine, JobWatch& watch) {
    RouteSignals(&engine, [&watch](Question question) { SayTo(watch, question); });
  }
  ~SignalRoute() { RouteSignals(nullptr); }
  SignalRoute(const SignalRoute&) = delete;
  SignalRoute& operator=(const SignalRoute&) = delete;
};

// What is typed is kept, in the shell and after -c. A query file begins with an empty catalog, so
// that it means the same everywhere.
SessionCatalog CatalogFor(const Arguments& arguments, bool scripted) {
  if (arguments.keeps_none) return SessionCatalog::kOwn;
  const bool typed = !scripted || (!arguments.scripts.empty() &&
                                   std::ranges::none_of(arguments.scripts, &Script::is_file));
  return typed || arguments.keeps ? SessionCatalog::kShared : SessionCatalog::kOwn;
}

WatchOptions WatchFor(const Arguments& arguments, bool scripted) {
  WatchOptions options{.clock = &Clock::System(), .terminal = ::isatty(STDERR_FILENO) == 1};
  options.progress = scripted && !options.terminal && !arguments.quiet && ShowsProgress(arguments);
  return options;
}

int RunSession(const Arguments& arguments, EngineSession& engine, const ScriptOptions& output) {
  ScriptRunner runner(engine, output);
  if (output.interactive) return RunRepl(engine, runner, arguments.init_file);
  // Jobs that an error left running stop with a last checkpoint.
  return runner.StopJobs(RunScripts(arguments, runner));
}

// The keys of -D, which say something of this process, too.
std::vector<std::string> KeysSaid(const Arguments& arguments) {
  std::vector<std::string> keys;
  for (const std::string& option : arguments.options)
    keys.push_back(option.substr(0, option.find('=')));
  return keys;
}

RemoteOptions RemoteFor(const Arguments& arguments, const conf::Settings& settings,
                        JobWatch& watch) {
  RemoteOptions remote;
  remote.data_directory = arguments.data_directory;
  remote.directory = AbsolutePath(".");
  remote.settings = settings;
  remote.said = KeysSaid(arguments);
  remote.say = [&watch](const std::string& lines) { watch.SayLines(lines); };
  // A failure is kept by standard output.
  remote.print = [](const std::string& lines) { (void)WriteOut(stdout, lines); };
  return remote;
}

// Runs what the arguments say in a session, with its signals.
int RunIn(const Arguments& arguments, EngineSession& session, const ScriptOptions& output) {
  int code = kExitOk;
  {
    const SignalRoute route(session, *output.watch);
    if (const Status timeout = StartTimeout(arguments.timeout); !timeout.ok())
      return Complain(timeout);
    code = RunSession(arguments, session, output);
    RaiseAlarmAfter(0);
  }
  if (!arguments.statistics_file.empty()) {
    const Status written = WriteStatistics(session, arguments.statistics_file);
    if (!written.ok() && code == kExitOk) code = Complain(written);
  }
  // What was not said with a statement or a job.
  if (const Status failure = OutputFailure(); !failure.ok() && code == kExitOk)
    code = Complain(failure);
  return code;
}

// Waits for the statements of others, unless a signal comes.
void Linger(const Server& server) {
  constexpr std::chrono::milliseconds kPause{20};
  constexpr int kQuiet = 25;  // pauses
  for (int pauses = 0; server.busy() && PendingSignal() == 0; ++pauses) {
    if (pauses == kQuiet && server.executing() > 0)
      PrintMessage(
          "Other sessions have statements executed here: this process ends when those "
          "have ended, or by Ctrl-C.\n");
    Clock::System().Sleep(kPause);
  }
}

// With an engine of its own, until another process has the data directory and it needs that.
int RunEmbedded(const Arguments& arguments, FileSystem& files, const RemoteOptions& remote,
                ScriptOptions output) {
  JobWatch& watch = *output.watch;
  EngineOptions options;
  options.ports = {&files,  &Clock::System(), PrintToStandardOutput,
                   nullptr, &watch,           ReadThroughInChild};
  options.data_directory = arguments.data_directory;
  options.settings = remote.settings;
  options.catalog = remote.catalog;
  std::function<void()> owned;
  options.owned = [&owned] { owned(); };
  const Result<std::unique_ptr<Engine>> engine = Engine::Open(std::move(options));
  if (!engine.ok()) return Complain(engine.status());
  Server server([&watch](const std::string& lines) { watch.SayLines(lines); });
  AttachingSession session((*engine)->own(), [&] { return RemoteSession::Open(remote); });
  owned = [&] {
    session.Settle();
    const Status started = server.Start(**engine, arguments.data_directory);
    if (!started.ok() && !arguments.quiet)
      watch.SayLines(fmt::format("NOTICE: no other process can attach: {}\n", started.message()));
  };
  output.linger = [&server] { Linger(server); };
  return RunIn(arguments, session, output);
}

int RunWith(const Arguments& arguments, FileSystem& files) {
  if (arguments.list_options) return PrintOptions(arguments);
  Result<conf::Settings> settings = LoadSettings(arguments);
  if (!settings.ok()) return Complain(settings.status());
  Result<ScriptOptions> output = OutputOptions(arguments);
  if (!output.ok()) return Complain(output.status());
  const bool scripted = !arguments.scripts.empty() || ::isatty(STDIN_FILENO) != 1;
  FileSystem& local = FileSystem::Local();
  const MemoryGuard guard(local, MemoryOfMachine(local, PhysicalMemory()));
  JobWatch watch(WatchFor(arguments, scripted));
  output->interactive = !scripted;
  output->watch = &watch;
  RemoteOptions remote = RemoteFor(arguments, *settings, watch);
  remote.catalog = CatalogFor(arguments, scripted);
  const Result<std::unique_ptr<RemoteSession>> attached = RemoteSession::Open(remote);
  if (attached.ok()) return RunIn(arguments, **attached, *output);
  // What reads tables needs nobody. Whatever needs the directory is told why it cannot have it.
  return RunEmbedded(arguments, files, remote, std::move(*output));
}

// A file by its name, `weir query.sql`: with a '/' in it, or with the ending of a script. Other
// words are mistyped verbs.
std::string CheckScriptName(const std::string& name) {
  if (name == kStandardInput || name.find('/') != std::string::npos || name.ends_with(".sql"))
    return "";
  const std::string meant = DidYouMean(name, std::vector<std::string>{"run", "shell", "options"});
  return fmt::format("'{}' is no verb and no script ({}){}", name,
                     "a script's name ends with .sql or has a '/'",
                     meant.empty() ? "" : "; " + meant);
}

// What the options of `app` say is to be run, in the order given.
void TakeScripts(const CLI::App& app, std::vector<Script>& scripts) {
  std::map<const CLI::Option*, size_t> taken;
  for (const CLI::Option* option : app.parse_order()) {
    const bool command = option->check_name("-c");
    if (!command && !option->check_name("-f") && !option->check_name("FILE")) continue;
    scripts.push_back({!command, option->results()[taken[option]++]});
  }
}

void Describe(CLI::App& app, Arguments& arguments) {
  app.set_version_flag("--version", "weir " WEIR_VERSION);
  app.add_option("-f,--file", arguments.files,
                 "Run a script (-: standard input), then end (may repeat)")
      ->allow_extra_args(false);
  app.add_option("-c,--command", arguments.commands,
                 "Run SQL from the command line, then end (may repeat)")
      ->allow_extra_args(false);
  app.add_option("--var", arguments.definitions,
                 "name=value: what ${name} in scripts stands for (may repeat)")
      ->allow_extra_args(false);
  app.add_option("FILE", arguments.named_files, "Query files to run; -: standard input")
      ->check(CheckScriptName);
  app.add_option("-i,--init", arguments.init_file, "Run a script before the shell's first prompt");
  app.add_option("--data-dir", arguments.data_directory,
                 "Where jobs, their checkpoints and the catalog are kept (else WEIR_DATA_DIR, else "
                 "./weir-data)");
  CLI::Option* keeps = app.add_flag(
      "--catalog", arguments.keeps,
      "Query files see the tables and views of the data directory, and what they create is kept "
      "there, as it is for the shell and -c");
  app.add_flag("--no-catalog", arguments.keeps_none,
               "Begin with an empty catalog, and keep nothing that is created")
      ->excludes(keeps);
  app.add_option("--conf", arguments.conf_file,
                 "Options instead of those shipped (else ./weir.yaml, else the user's "
                 "weir/weir.yaml)");
  app.add_option("-D", arguments.options, "Set an option: -D key=value (may repeat)")
      ->allow_extra_args(false);
  app.add_option("--restore", arguments.restore_policy,
                 "What a job that did not finish does when its SQL was changed: ask (on a "
                 "terminal), auto (go on where all state fits), fresh (start anew), reject")
      ->check(CLI::IsMember({"ask", "auto", "fresh", "reject"}));
  app.add_option("--format", arguments.format,
                 "box, csv, tsv, json, markdown, vertical or changelog");
  app.add_flag("-q,--quiet", arguments.quiet, "Only results, warnings and errors");
  app.add_option("--statistics", arguments.statistics_file,
                 "At the end, write what jobs did to a file: lines of a name and a count");
  app.add_option("--progress", arguments.progress,
                 "auto: a line that is painted over on a terminal, elsewhere one a minute about "
                 "jobs older than that; off")
      ->check(CLI::IsMember({"auto", "off"}));
  app.add_flag("--no-progress", arguments.no_progress, "As --progress=off");
  app.add_option("--timeout", arguments.timeout,
                 "Stop jobs with a last checkpoint after this time (seconds, or '90 s', '5 min') "
                 "and exit 124");
}

}  // namespace

int Main(int argc, char** argv, FileSystem& files) {
  if (!DefectPlanted("descriptors-left-closed")) TakeStandardDescriptors();
  std::setlocale(LC_CTYPE, "C.UTF-8");
  KeepMemoryReserve();
  const WithMemoryReserve reserve;  // outside of statements, which have a fence
  CLI::App app{"weir: streaming SQL with state that survives edits"};
  app.footer("Without a script weir opens its shell. HELP inside it lists the statements.");
  Arguments arguments;
  Describe(app, arguments);
  app.fallthrough();
  CLI::App* run = app.add_subcommand("run", "Run query files and wait for their jobs");
  run->add_option("FILE", arguments.run_files, "The query files; -: standard input")->required();
  CLI::App* shell = app.add_subcommand("shell", "Open the interactive shell");
  CLI::App* list = app.add_subcommand("options", "List every option");
  list->add_flag("--yaml", arguments.yaml, "As the conf/weir.yaml that is shipped");
  // What weir asks of itself.
  CLI::App* read = app.add_subcommand(std::string(kReadThroughVerb))->group("");
  read->add_option("PATHS", arguments.read_through)->expected(2)->required();
  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 && std::cout.flush() ? kExitOk : kExitFailure;
  }
  (void)shell;
  TakeScripts(*run, arguments.scripts);
  TakeScripts(app, arguments.scripts);
  arguments.list_options = list->parsed();
  if (read->parsed())
    return ExitOf(ReadThroughAsChild(arguments.read_through[0], arguments.read_through[1]));
  if (const Status local = TakeLocalPaths(arguments); !local.ok()) return Complain(local);
  const int code = RunWith(arguments, files);
  const bool closed = OutputFailure().id() == "E8002";
  if (closed && !DefectPlanted("closed-output-unsaid")) EndBySigpipe();
  return code;
}

}  // namespace weir::shell
