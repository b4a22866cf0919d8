#include "shell/cli/session_setup.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "conf/flink_file.h"
#include "runtime/base/local_path.h"
#include "runtime/clock.h"
#include "runtime/fault_point.h"
#include "runtime/file_system.h"
#include "shell/engine/jobs/stored_path.h"
#include "shell/engine/savepoints/foreign_tables.h"
#include "shell/output/streams.h"
#include "shell/output/terminal_size.h"

namespace weir::shell {
namespace {

std::string EnvironmentOr(const char* name, std::string otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : std::move(otherwise);
}

// Whether weir itself opens what the value names; the others are values of statements.
bool IsPathOfOurs(const Said& one, const Verb& verb) {
  switch (one.id) {
    case OptionId::kDataDir:
    case OptionId::kConf:
    case OptionId::kFlinkConf:
    case OptionId::kInit:
    case OptionId::kStatistics:
    case OptionId::kFile:
    case OptionId::kFromSavepoint:
      return true;
    case OptionId::kArgument:
      return !verb.arguments.empty() && verb.arguments.front().of == Names::kFile;
    default:
      return false;
  }
}

// Whether what the value names may be in an object store: scripts and snapshots.
bool MayBeObject(OptionId id) {
  return id == OptionId::kFile || id == OptionId::kFromSavepoint || id == OptionId::kArgument;
}

// The first conf file there is: named, in the working directory, the user's; "" for none.
std::string FindConfFile(const CommandLine& line) {
  for (const OptionId id : {OptionId::kConf, OptionId::kFlinkConf}) {
    if (std::string named = line.Value(id); !named.empty()) return named;
  }
  const std::string home = EnvironmentOr("HOME", "");
  const std::string config =
      EnvironmentOr("XDG_CONFIG_HOME", home.empty() ? "" : home + "/.config");
  for (const std::string& candidate : {std::string("weir.yaml"), config + "/weir/weir.yaml"}) {
    if (FileSystem::Local().Stat(candidate).ok()) return candidate;
  }
  return "";
}

// Prints one notice for all options of Flink that `place` sets and that have no effect here.
void SayWithoutEffect(conf::Settings& settings, const std::string& place, const CommandLine& line) {
  const std::string notice = settings.TakeWithoutEffect(place);
  if (!notice.empty() && !line.Has(OptionId::kQuiet)) PrintMessage(notice + "\n");
}

struct Setting {
  std::string key;
  std::string value;
};

// The settings of -D, and of those options of verbs that stand for options of the engine.
Result<std::vector<Setting>> SettingsSaid(const CommandLine& line) {
  std::vector<Setting> settings;
  for (const std::string& option : line.Values(OptionId::kSet)) {
    const size_t equals = option.find('=');
    if (equals == std::string::npos)
      return Status::InvalidArgument(fmt::format("-D takes key=value, not '{}'", option));
    settings.push_back({option.substr(0, equals), option.substr(equals + 1)});
  }
  if (std::string policy = line.Value(OptionId::kRestorePolicy); !policy.empty())
    settings.push_back({"execution.restore-policy", std::move(policy)});
  if (std::string subtasks = line.Value(OptionId::kParallelism); !subtasks.empty())
    settings.push_back({"parallelism.default", std::move(subtasks)});
  // --detached waits for no job, whatever a conf file says.
  if (line.Has(OptionId::kDetached)) settings.push_back({"table.dml-sync", "false"});
  return settings;
}

// The command line takes precedence over files.
Result<conf::Settings> WithSaid(conf::Settings settings, const CommandLine& line) {
  const std::vector<Setting> said = TRY(SettingsSaid(line));
  for (const Setting& setting : said) {
    RETURN_IF_ERROR(settings.SetBase(setting.key, setting.value));
    if (!DefectPlanted("command-line-unheard")) settings.NoteSaid(setting.key);
  }
  SayWithoutEffect(settings, "", line);
  return settings;
}

// Flink's defaults with what its own file says.
Status LoadFlinkFile(conf::Settings& settings, const std::string& file, const CommandLine& line) {
  const std::string text = TRY(ReadFile(FileSystem::Local(), file));
  const std::vector<int> skipped = TRY(settings.LoadFlink(text, file));
  SayWithoutEffect(settings, file + ": ", line);
  if (!skipped.empty())
    PrintMessage(fmt::format("WARNING: {}: {} no \"key: value\", and skipped, as Flink does: {}\n",
                             file, skipped.size() == 1 ? "this line is" : "these lines are",
                             fmt::join(skipped, ", ")));
  return {};
}

bool ShowsProgress(const CommandLine& line) {
  return !line.Has(OptionId::kNoProgress) && line.Value(OptionId::kProgress) != "off";
}

// Typed definitions are kept, in the shell and after -c. A query file begins with an empty catalog,
// so that it means the same everywhere.
SessionCatalog CatalogFor(const CommandLine& line, bool scripted) {
  if (line.Has(OptionId::kNoCatalog)) return SessionCatalog::kOwn;
  const bool files = line.Has(OptionId::kArgument) || line.Has(OptionId::kFile);
  const bool typed = !scripted || (line.Has(OptionId::kCommand) && !files);
  return typed || line.Has(OptionId::kCatalog) ? SessionCatalog::kShared : SessionCatalog::kOwn;
}

Status PrintByWatch(void* watch, std::string_view rows) {
  return static_cast<JobWatch*>(watch)->ShowRows(rows);
}

}  // namespace

Result<CommandLine> WithLocalPaths(CommandLine line) {
  if (line.Value(OptionId::kDataDir).empty()) {
    std::erase_if(line.said, [](const Said& one) { return one.id == OptionId::kDataDir; });
    line.said.push_back({OptionId::kDataDir, EnvironmentOr("WEIR_DATA_DIR", "weir-data")});
  }
  for (Said& one : line.said) {
    if (!IsPathOfOurs(one, *line.verb)) continue;
    one.value = TRY(MayBeObject(one.id) ? FilePath(one.value) : LocalPath(one.value));
  }
  return line;
}

Result<conf::Settings> LoadSettings(const CommandLine& line) {
  if (line.Has(OptionId::kConf) && line.Has(OptionId::kFlinkConf))
    return Status::InvalidArgument("--conf and --flink-conf are both given, and one file is read");
  conf::Settings settings;
  const std::string file = FindConfFile(line);
  if (!file.empty() && (line.Has(OptionId::kFlinkConf) || conf::IsNamedAsFlinks(file))) {
    RETURN_IF_ERROR(LoadFlinkFile(settings, file, line));
    return WithSaid(std::move(settings), line);
  }
  if (file.empty() || !DefectPlanted("conf-file-alone"))
    RETURN_IF_ERROR(settings.LoadYaml(conf::PrintShippedYaml(), "the shipped weir.yaml"));
  if (!file.empty()) {
    const std::string text = TRY(ReadFile(FileSystem::Local(), file));
    RETURN_IF_ERROR(settings.LoadYaml(text, file));
    SayWithoutEffect(settings, file + ": ", line);
  }
  return WithSaid(std::move(settings), line);
}

Result<ScriptOptions> OutputOptions(const CommandLine& line) {
  ScriptOptions options;
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  if (const std::string name = line.Value(OptionId::kFormat); !name.empty()) {
    const std::optional<OutputFormat> format = ParseOutputFormat(name);
    if (!format) {
      return Status::InvalidArgument(fmt::format(
          "--format takes box, csv, tsv, json, markdown, vertical or changelog, not '{}'", name));
    }
    options.render.format = *format;
  }
  const bool colors = EnvironmentOr("NO_COLOR", "").empty();
  if (terminal) {
    const TerminalSize size = SizeOfTerminal();
    options.render.width = size.columns;
    if (size.lines > 0) options.height = size.lines;
    options.render.auto_vertical = true;
    options.render.color = colors;
  }
  options.terminal = terminal;
  options.color = ::isatty(STDERR_FILENO) == 1 && colors;
  options.progress = ::isatty(STDERR_FILENO) == 1 && ShowsProgress(line);
  options.asks = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
  options.quiet = line.Has(OptionId::kQuiet);
  for (const std::string& definition : line.Values(OptionId::kVariable))
    RETURN_IF_ERROR(options.variables.Add(definition));
  return options;
}

void Say(const CommandLine& line, const std::string& message) {
  if (!line.Has(OptionId::kQuiet)) PrintMessage(message + "\n");
}

WatchOptions WatchFor(const CommandLine& line, bool scripted) {
  WatchOptions options{.clock = &Clock::System(),
                       .terminal = ::isatty(STDERR_FILENO) == 1,
                       .rows_to_terminal = ::isatty(STDOUT_FILENO) == 1};
  options.progress =
      scripted && !options.terminal && !line.Has(OptionId::kQuiet) && ShowsProgress(line);
  return options;
}

RemoteOptions RemoteFor(const CommandLine& line, const conf::Settings& settings, bool scripted,
                        JobWatch& watch) {
  RemoteOptions remote;
  remote.data_directory = line.Value(OptionId::kDataDir);
  remote.directory = AbsolutePath(".");
  remote.settings = settings;
  remote.catalog = CatalogFor(line, scripted);
  remote.detached = line.Has(OptionId::kDetached);
  // The other process must know which options the command line names. What is wrong with them was
  // reported when the settings were made.
  if (const Result<std::vector<Setting>> said = SettingsSaid(line); said.ok()) {
    for (const Setting& setting : *said) remote.said.push_back(setting.key);
  }
  remote.say = [&watch](const std::string& lines) { watch.SayLines(lines); };
  // A failure is kept by standard output.
  remote.print = [&watch](const std::string& rows) { (void)watch.ShowRows(rows); };
  return remote;
}

EngineOptions EngineFor(const RemoteOptions& remote, FileSystem& files, JobWatch& watch) {
  EngineOptions options;
  options.ports.files = &files;
  options.ports.clock = &Clock::System();
  options.ports.print = PrintByWatch;
  options.ports.print_target = &watch;
  options.ports.listener = &watch;
  options.ports.read_through = ReadThroughInChild;
  options.data_directory = remote.data_directory;
  options.settings = remote.settings;
  options.catalog = remote.catalog;
  return options;
}

}  // namespace weir::shell
