// The command line as a table: its verbs, what each takes, and an example of it. Made from it are
// the parser (command_line.h), the help (help_page.h), shells' completion files
// (completion_files.h) and the manual page (man_page.h). Words and letters are those of Flink's
// command line where it has them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::shell {

enum class VerbId : uint8_t {
  kScripts,  // no verb: weir [FILE…]
  kRun,
  kShell,
  kServer,
  kUser,
  kSecret,
  kOpen,
  kCheck,
  kExplain,
  kInfo,
  kFlink,
  kList,
  kDescribe,
  kCheckpoint,
  kCheckpoints,
  kSavepoint,
  kConvertSavepoint,
  kStop,
  kCancel,
  kOptions,
  kCompletion,
  kMan,
  kHelp,
  kReadThrough,  // started by weir itself (foreign_tables.h); not in the help
};

enum class OptionId : uint8_t {
  kArgument,  // what is no option
  // For every verb.
  kDataDir,
  kConf,
  kFlinkConf,
  kSet,
  kFormat,
  kQuiet,
  kProgress,
  kNoProgress,
  kTimeout,
  kWantsHelp,
  kVersion,
  // For verbs that run scripts.
  kFile,
  kCommand,
  kVariable,
  kInit,
  kCatalog,
  kNoCatalog,
  kRestorePolicy,
  kStatistics,
  // For run.
  kDetached,
  kFromSavepoint,
  kNonRestored,
  kAccept,
  kOfJob,
  kClaimMode,
  kParallelism,
  // For other verbs.
  kJson,
  kDetail,
  kAll,
  kRunning,
  kDispose,
  kMaxParallelism,
  kType,
  kWithSavepoint,
  kSavepointPath,
  kDrain,
  kRole,
  kYaml,
  kYarn,
  kGateway,
  kRest,
  kPlan,
  kWrite,
  kRate,
  kSeconds,
  kSlots,
  kMemory,
  kCoreHour,
};

// What an argument or value names, for completion.
enum class Names : uint8_t { kAnything, kFile, kDirectory, kJob, kVerb, kChoice };

struct OptionRow {
  OptionId id;
  // With their dashes, blanks between them. One dash may stand before several letters, as in -rm.
  std::string_view names;
  std::string_view value;  // what its value is called; "": it has none; "[DIR]": may be left out
  Names of;
  bool repeats;
  std::string_view choices;  // of kChoice, "ask|auto|fresh|reject"
  std::string_view help;
};

struct ArgumentRow {
  std::string_view name;
  Names of;
  size_t least;
  size_t most;
  std::string_view choices;
};

struct Verb {
  VerbId id;
  std::string_view name;   // "" for no verb
  std::string_view usage;  // one line for each way to call it, without "weir"
  std::string_view help;   // one line
  std::string_view more;   // sentences behind it
  std::string_view example;
  std::span<const ArgumentRow> arguments;  // only the last one may be many
  // Its own first, then those that it shares with others.
  std::array<std::span<const OptionRow>, 3> options;
  bool hidden = false;

  bool is_plain() const { return name.empty(); }
};

// In the order of the help; weir without a verb is the first.
std::span<const Verb> Verbs();
// Null when there is none.
const Verb* FindVerb(std::string_view name);
// The options that every verb has.
std::span<const OptionRow> CommonOptions();
// Splits OptionRow::names at its blanks: "-f" and "--file".
std::vector<std::string> NamesOf(const OptionRow& option);
// Splits the choices of a row at each '|'.
std::vector<std::string> ChoicesOf(std::string_view choices);
// The verb's option with this name ("-s"), or null.
const OptionRow* FindOption(const Verb& verb, std::string_view name);
bool Takes(const Verb& verb, OptionId id);

}  // namespace weir::shell
