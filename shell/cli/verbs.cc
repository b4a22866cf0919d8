#include "shell/cli/verbs.h"

#include <algorithm>

namespace weir::shell {
namespace {

constexpr size_t kMany = SIZE_MAX;
constexpr std::string_view kFormats = "box|csv|tsv|json|markdown|vertical|changelog";

constexpr OptionRow kCommon[] = {
    {OptionId::kDataDir, "--data-dir", "DIR", Names::kDirectory, false, "",
     "Where jobs, their checkpoints and the catalog are kept (else WEIR_DATA_DIR, else "
     "./weir-data)"},
    {OptionId::kConf, "--conf", "FILE", Names::kFile, false, "",
     "Options over those shipped (else ./weir.yaml, else the user's weir/weir.yaml); a file of "
     "Flink's, flink-conf.yaml or config.yaml, goes over Flink's defaults instead"},
    {OptionId::kFlinkConf, "--flink-conf", "FILE", Names::kFile, false, "",
     "As --conf with a file of Flink's that has another name"},
    {OptionId::kSet, "-D", "KEY=VALUE", Names::kAnything, true, "", "Set an option (may repeat)"},
    {OptionId::kFormat, "--format", "FORMAT", Names::kChoice, false, kFormats,
     "How rows are shown: box, csv, tsv, json, markdown, vertical or changelog"},
    {OptionId::kQuiet, "-q --quiet", "", Names::kAnything, false, "",
     "Only results, warnings and errors"},
    {OptionId::kProgress, "--progress", "WHEN", Names::kChoice, false, "auto|off",
     "auto: a line that is painted over on a terminal, elsewhere one a minute about jobs older "
     "than "
     "that; off"},
    {OptionId::kNoProgress, "--no-progress", "", Names::kAnything, false, "", "As --progress=off"},
    {OptionId::kTimeout, "--timeout", "TIME", Names::kAnything, false, "",
     "Stop jobs with a last checkpoint after this time (seconds, or '90 s', '5 min') and exit 124"},
    {OptionId::kWantsHelp, "-h --help", "", Names::kAnything, false, "", "Print this help and end"},
    {OptionId::kVersion, "--version", "", Names::kAnything, false, "", "Print the version and end"},
};

constexpr OptionRow kVariable = {OptionId::kVariable,
                                 "--var",
                                 "NAME=VALUE",
                                 Names::kAnything,
                                 true,
                                 "",
                                 "What ${NAME} in scripts stands for (may repeat)"};

constexpr OptionRow kOfScripts[] = {
    {OptionId::kFile, "-f --file", "FILE", Names::kFile, true, "",
     "Run a script (-: standard input), then end (may repeat)"},
    {OptionId::kCommand, "-c --command", "SQL", Names::kAnything, true, "",
     "Run SQL from the command line, then end (may repeat)"},
    kVariable,
    {OptionId::kInit, "-i --init", "FILE", Names::kFile, false, "",
     "Run a script before the shell's first prompt"},
    {OptionId::kCatalog, "--catalog", "", Names::kAnything, false, "",
     "Query files see the tables and views of the data directory, and what they create is kept "
     "there, as it is for the shell and -c"},
    {OptionId::kNoCatalog, "--no-catalog", "", Names::kAnything, false, "",
     "Begin with an empty catalog, and keep nothing that is created"},
    {OptionId::kRestorePolicy, "--restore", "POLICY", Names::kChoice, false,
     "ask|auto|fresh|reject",
     "What a job that did not finish does when its SQL was changed: ask (on a terminal), auto (go "
     "on where all state fits), fresh (start anew), reject"},
    {OptionId::kStatistics, "--statistics", "FILE", Names::kFile, false, "",
     "At the end, write what jobs did to a file: lines of a name and a count"},
};

constexpr OptionRow kYarn = {OptionId::kYarn,
                             "-yid --yarnapplicationId",
                             "ID",
                             Names::kAnything,
                             false,
                             "",
                             "Without effect: as Flink's on YARN"};

constexpr OptionRow kYarnOfGateway = {OptionId::kYarn,
                                      "-yid --yarnapplicationId",
                                      "ID",
                                      Names::kAnything,
                                      false,
                                      "",
                                      "The application on YARN whose cluster the gateway uses"};

constexpr OptionRow kOfRun[] = {
    {OptionId::kDetached, "-d --detached", "", Names::kAnything, false, "",
     "Start the jobs in the process that has the data directory, and end at once"},
    {OptionId::kFromSavepoint, "-s --fromSavepoint", "PATH", Names::kDirectory, false, "",
     "Start the first job from this savepoint or retained checkpoint: its directory, or the "
     "_metadata in it"},
    {OptionId::kNonRestored, "-n --allowNonRestoredState", "", Names::kAnything, false, "",
     "Leave state behind that the query has no operator for"},
    {OptionId::kClaimMode, "-rm --restoreMode --claimMode", "MODE", Names::kChoice, false,
     "claim|no_claim|legacy",
     "Whether the savepoint becomes the job's, which removes it (claim), or stays yours "
     "(no_claim); legacy means the same here"},
    {OptionId::kParallelism, "-p --parallelism", "N", Names::kAnything, false, "",
     "How many subtasks an operator has; 0: one for each processor"},
    kYarn,
};

constexpr OptionRow kOfUser[] = {
    {OptionId::kRole, "--role", "ROLE", Names::kChoice, false, "reader|operator|admin",
     "What the new user may do: reader (the default; SELECT, SHOW, DESCRIBE, EXPLAIN), operator "
     "(jobs and savepoints, too) or admin (everything)"},
};

constexpr OptionRow kTriedCatalog = {
    OptionId::kCatalog,
    "--catalog",
    "",
    Names::kAnything,
    false,
    "",
    "Query files see the tables and views of the data directory; what they create is tried, and "
    "not kept"};

constexpr OptionRow kOfFlink[] = {
    {OptionId::kGateway, "--gateway", "URL", Names::kAnything, false, "",
     "Where Flink's SQL Gateway is (else flink.gateway.url)"},
    {OptionId::kRest, "--rest", "URL", Names::kAnything, false, "",
     "Where the cluster's REST interface is, for savepoint (else flink.rest.url)"},
    {OptionId::kPlan, "--compiled", "FILE", Names::kFile, false, "",
     "Of plan and explain-restore: the file that COMPILE PLAN wrote for the job of the query file; "
     "no gateway is asked"},
    {OptionId::kWrite, "--write", "FILE", Names::kFile, false, "",
     "Of plan: write Flink's plan with its new numbers here, for EXECUTE PLAN"},
    {OptionId::kFromSavepoint, "-s --fromSavepoint", "PATH", Names::kAnything, false, "",
     "Start the job from this savepoint, whose path is one of the cluster's"},
    {OptionId::kNonRestored, "-n --allowNonRestoredState", "", Names::kAnything, false, "",
     "Leave state behind that the query has no operator for"},
    {OptionId::kAccept, "--accept", "UID", Names::kAnything, true, "",
     "Of restore: go on although the state of this operator is SEMANTIC or PARTIAL"},
    {OptionId::kOfJob, "--of", "JOB", Names::kAnything, false, "",
     "Of explain-restore: compare with what this job runs; of plan: keep the plan as that of this "
     "job, which was started elsewhere from the same file"},
    {OptionId::kDrain, "-d --drain", "", Names::kAnything, false, "",
     "Of stop: let every window fire first, as at the end of the input"},
    {OptionId::kRate, "--rate", "ROWS", Names::kAnything, false, "",
     "Of advise: how many rows a second each job is to keep up with, all its sources together "
     "(else what this machine does)"},
    {OptionId::kSeconds, "--seconds", "N", Names::kAnything, false, "",
     "Of advise: run each job until its input ends, and at most so long (else 30)"},
    {OptionId::kSlots, "--slots", "N", Names::kAnything, false, "",
     "Of advise: slots, and cores, of a task manager (else 4)"},
    {OptionId::kMemory, "--memory", "SIZE", Names::kAnything, false, "",
     "Of advise: memory of a task manager (else 8 GB)"},
    {OptionId::kCoreHour, "--core-hour", "PRICE", Names::kAnything, false, "",
     "Of advise: what a core costs for an hour, in any currency, to say what a day costs"},
    kYarnOfGateway,
    kVariable,
    kTriedCatalog,
};

constexpr OptionRow kOfCheck[] = {
    {OptionId::kJson, "--json", "", Names::kAnything, false, "",
     "What was found as JSON on standard output: a list of objects with file, line, column, "
     "endLine, endColumn, severity, code, message and hint"},
    kTriedCatalog,
    kVariable,
};

constexpr OptionRow kOfExplain[] = {
    {OptionId::kDetail, "--detail", "WHAT", Names::kChoice, true,
     "advice|changelog|cost|json|state",
     "With every stage also advice, kinds of change, estimated rows, the graph as JSON; state: "
     "only "
     "what is kept under which uids (may repeat)"},
    kTriedCatalog,
    kVariable,
};

constexpr OptionRow kOfInfo[] = {kTriedCatalog, kVariable};

constexpr OptionRow kOfList[] = {
    {OptionId::kAll, "-a --all", "", Names::kAnything, false, "",
     "Also those that have finished, failed or were cancelled"},
    {OptionId::kRunning, "-r --running", "", Names::kAnything, false, "",
     "Only those that run at this moment"},
    kYarn,
};

constexpr OptionRow kOfSavepoint[] = {
    {OptionId::kType, "-type --type", "FORMAT", Names::kChoice, false, "canonical|native",
     "canonical (for any build, state backend and parallelism) or native (faster)"},
    {OptionId::kDispose, "-d --dispose", "PATH", Names::kDirectory, false, "",
     "Delete this savepoint instead"},
    kYarn,
};

constexpr OptionRow kOfConvert[] = {
    {OptionId::kMaxParallelism, "--max-parallelism", "N", Names::kAnything, false, "",
     "Deal the rows to this many key groups, 1 to 32767"},
};

constexpr OptionRow kOfStop[] = {
    {OptionId::kDrain, "-d --drain", "", Names::kAnything, false, "",
     "Let every window fire first, as at the end of the input: the job has finished then"},
    {OptionId::kSavepointPath, "-p --savepointPath", "DIR", Names::kDirectory, false, "",
     "Where the savepoint goes (else execution.checkpointing.savepoint-dir)"},
    kYarn,
};

constexpr OptionRow kOfCancel[] = {
    {OptionId::kWithSavepoint, "-s --withSavepoint", "[DIR]", Names::kDirectory, false, "",
     "Take a savepoint with it, of which nothing is lost in between; into DIR, else "
     "execution.checkpointing.savepoint-dir"},
    kYarn,
};

constexpr OptionRow kOfOptions[] = {
    {OptionId::kYaml, "--yaml", "", Names::kAnything, false, "",
     "As the conf/weir.yaml that is shipped"},
};

constexpr ArgumentRow kAnyFiles[] = {{"FILE", Names::kFile, 0, kMany, ""}};
constexpr ArgumentRow kFiles[] = {{"FILE", Names::kFile, 1, kMany, ""}};
constexpr ArgumentRow kJob[] = {{"JOB", Names::kJob, 1, 1, ""}};
// JOB may be left out in these, since an option such as -d of savepoint or -s of cancel may say
// what the statement is about.
constexpr ArgumentRow kPerhapsJob[] = {{"JOB", Names::kJob, 0, 1, ""}};
constexpr ArgumentRow kJobAndDirectory[] = {{"JOB", Names::kJob, 0, 1, ""},
                                            {"DIR", Names::kDirectory, 0, 1, ""}};
constexpr ArgumentRow kPathAndDirectory[] = {{"PATH", Names::kDirectory, 1, 1, ""},
                                             {"DIR", Names::kDirectory, 1, 1, ""}};
constexpr ArgumentRow kActionAndName[] = {
    {"ACTION", Names::kChoice, 1, 1, "add|list|password|remove"},
    {"NAME", Names::kAnything, 0, 1, ""}};
constexpr ArgumentRow kSecretAndName[] = {{"ACTION", Names::kChoice, 1, 1, "drop|list|set"},
                                          {"NAME", Names::kAnything, 0, 1, ""}};
constexpr ArgumentRow kOfFlinkActions[] = {
    {"ACTION", Names::kChoice, 1, 1,
     "advise|cancel|explain-restore|list|plan|restore|run|savepoint|stop|translate"},
    {"FILE|JOB", Names::kFile, 0, 1, ""},
    {"DIR", Names::kAnything, 0, 1, ""}};
constexpr ArgumentRow kShells[] = {{"SHELL", Names::kChoice, 1, 1, "bash|fish|zsh"}};
constexpr ArgumentRow kAnyVerb[] = {{"VERB", Names::kVerb, 0, 1, ""}};
constexpr ArgumentRow kReadThroughPaths[] = {{"PATH", Names::kFile, 1, 1, ""},
                                             {"SCRATCH", Names::kDirectory, 1, 1, ""}};

constexpr std::string_view kPathAlone =
    "The path of the savepoint is all that is printed on standard output.";

constexpr Verb kVerbs[] = {
    {VerbId::kScripts,
     "",
     "[OPTION…] [FILE…]\nVERB [OPTION…] [ARGUMENT…]",
     "Run query files; without one, open the shell",
     "A file's name ends with .sql or has a '/'; other words are verbs. Files, -f and -c run in "
     "the "
     "order given, in one session; - is standard input. Without a script weir opens its shell; "
     "HELP inside it lists the statements.",
     "weir examples/flights.sql",
     kAnyFiles,
     {kOfScripts, kCommon, {}}},
    {VerbId::kRun,
     "run",
     "run [-d] [-s PATH [-n] [-rm MODE]] [-p N] FILE…",
     "Run query files and wait for their jobs",
     "Where another process has the data directory the jobs run there, and run on when this one "
     "ends.",
     "weir run -s /backup/savepoint-4f2a91-7c01d2e4 sales.sql",
     kFiles,
     {kOfRun, kOfScripts, kCommon}},
    {VerbId::kShell,
     "shell",
     "shell [OPTION…]",
     "Open the interactive shell",
     "",
     "weir shell -i tables.sql",
     kAnyFiles,
     {kOfScripts, kCommon, {}}},
    {VerbId::kServer,
     "server",
     "server [OPTION…]",
     "Serve a data directory around the clock",
     "Starts the jobs again that ran when the process before it ended, and has statements of every "
     "other weir executed that is given the same directory. Stays in the foreground; SIGTERM or "
     "Ctrl-C stops all jobs with a last checkpoint. What happens is written to standard error.",
     "weir server --data-dir /var/lib/weir --conf /etc/weir/weir.yaml",
     {},
     {kCommon, {}, {}}},
    {VerbId::kUser,
     "user",
     "user add NAME [--role ROLE]\nuser list\nuser password NAME\nuser remove NAME",
     "Say who may log in over the network",
     "Users are in a file of the data directory ('server.users-file'), which a server reads again "
     "by "
     "itself. A password is typed at the terminal, or is the first line of standard input.",
     "weir user add ada --role operator",
     kActionAndName,
     {kOfUser, kCommon, {}}},
    {VerbId::kSecret,
     "secret",
     "secret set NAME\nsecret list\nsecret drop NAME",
     "Keep passwords that options of tables refer to",
     "'${secret:NAME}' in the options of a table stands for the value, which is in a file of the "
     "data directory for its owner alone, and in no definition, savepoint or message. A value is "
     "typed at the terminal, or is all of standard input.",
     "weir secret set db < password.txt",
     kSecretAndName,
     {kCommon, {}, {}}},
    {VerbId::kOpen,
     "open",
     "open [OPTION…]",
     "Open the web page of a server",
     "Prints its address, with the token of the data directory that lets in, and opens it in a "
     "browser where there is a display.",
     "weir open --data-dir /var/lib/weir",
     {},
     {kCommon, {}, {}}},
    {VerbId::kCheck,
     "check",
     "check [--json] FILE…",
     "Say what is wrong with query files, and run nothing",
     "Every statement is parsed, bound and planned; all errors are said, each with its place. "
     "Files "
     "that a statement takes its columns from are read. Exit 3 when there is an error.",
     "weir check --json sales.sql",
     kFiles,
     {kOfCheck, kCommon, {}}},
    {VerbId::kExplain,
     "explain",
     "explain [--detail WHAT] FILE…",
     "Show how the queries of files would run",
     "As EXPLAIN before each INSERT and SELECT.",
     "weir explain --detail state sales.sql",
     kFiles,
     {kOfExplain, kCommon, {}}},
    {VerbId::kInfo,
     "info",
     "info FILE…",
     "Show the graphs of query files as JSON, as Flink's info",
     "A graph for each INSERT and SELECT, as EXPLAIN JSON_EXECUTION_PLAN has it.",
     "weir info sales.sql",
     kFiles,
     {kOfInfo, kCommon, {}}},
    {VerbId::kFlink,
     "flink",
     "flink translate|plan|run|advise FILE\nflink explain-restore --of JOB|-s PATH FILE\n"
     "flink restore -s PATH FILE\nflink list\n"
     "flink savepoint|stop JOB [DIR]\nflink cancel JOB",
     "Take a query file to a cluster of Apache Flink, with its uids",
     "translate prints the file in plain Flink SQL: what our language has beyond Flink's is "
     "written "
     "out, statements that Flink takes stay as they are, and what is left out is a comment that "
     "begins with \"-- note:\". Where something cannot be said in Flink SQL nothing is printed, "
     "and "
     "each such place is an error. The others go through Flink's SQL Gateway: run starts the jobs "
     "of "
     "the file there, with the operators of Flink's plans numbered by our uids, so that restore "
     "finds their state again after the file was edited; explain-restore says what an edit does to "
     "it, plan shows the numbers, and the rest is about jobs there, by their names or ids. advise "
     "runs the jobs of the file here for a while, writes nothing, and says what they would need "
     "there and whether this machine is enough.",
     "weir flink run sales.sql --gateway http://flink.example:8083",
     kOfFlinkActions,
     {kOfFlink, kCommon, {}}},
    {VerbId::kList,
     "list",
     "list [-a|-r]",
     "List the jobs that run or can go on",
     "",
     "weir list -a --format csv",
     {},
     {kOfList, kCommon, {}}},
    {VerbId::kDescribe,
     "describe",
     "describe JOB|PATH",
     "Show a job, or what is in a savepoint or checkpoint",
     "A word with a '/' in it, or the name of a directory with a _metadata, is a path.",
     "weir describe /backup/savepoint-4f2a91-7c01d2e4",
     kJob,
     {kCommon, {}, {}}},
    {VerbId::kCheckpoint,
     "checkpoint",
     "checkpoint JOB",
     "Take a checkpoint of a running job now",
     "Waits until it is complete.",
     "weir checkpoint sales",
     kJob,
     {kCommon, {}, {}}},
    {VerbId::kCheckpoints,
     "checkpoints",
     "checkpoints JOB",
     "List the checkpoints of a job",
     "",
     "weir checkpoints sales",
     kJob,
     {kCommon, {}, {}}},
    {VerbId::kSavepoint,
     "savepoint",
     "savepoint [--type FORMAT] JOB [DIR]\nsavepoint -d PATH",
     "Take a savepoint of a running job, or delete one",
     kPathAlone,
     "weir savepoint sales /backup",
     kJobAndDirectory,
     {kOfSavepoint, kCommon, {}}},
    {VerbId::kConvertSavepoint,
     "convert-savepoint",
     "convert-savepoint [--max-parallelism N] PATH DIR",
     "Write an old or native savepoint anew in canonical format",
     "Into a directory of its own in DIR, in the newest version and verified; the one at PATH "
     "stays "
     "as it is. No process needs to have a data directory open. The path of the new one is all "
     "that "
     "is printed on standard output. Exit 5 where RESTORE would refuse it, too.",
     "weir convert-savepoint /backup/savepoint-4f2a91-7 /backup/converted",
     kPathAndDirectory,
     {kOfConvert, kCommon, {}}},
    {VerbId::kStop,
     "stop",
     "stop [--drain] [-p DIR] JOB",
     "Stop a job with a savepoint",
     kPathAlone,
     "weir stop -p /backup sales",
     kPerhapsJob,
     {kOfStop, kCommon, {}}},
    {VerbId::kCancel,
     "cancel",
     "cancel JOB\ncancel -s [DIR] JOB",
     "Cancel a job, with -s after a savepoint",
     kPathAlone,
     "weir cancel -s /backup sales",
     kPerhapsJob,
     {kOfCancel, kCommon, {}}},
    {VerbId::kOptions,
     "options",
     "options [--yaml]",
     "List every option",
     "",
     "weir options --format csv",
     {},
     {kOfOptions, kCommon, {}}},
    {VerbId::kCompletion,
     "completion",
     "completion SHELL",
     "Print the file with which a shell completes these words",
     "",
     "weir completion bash > ~/.local/share/bash-completion/completions/weir",
     kShells,
     {kCommon, {}, {}}},
    {VerbId::kMan,
     "man",
     "man",
     "Print the manual page",
     "",
     "weir man | man -l -",
     {},
     {kCommon, {}, {}}},
    {VerbId::kHelp,
     "help",
     "help [VERB]",
     "Explain a verb, or list them",
     "",
     "weir help savepoint",
     kAnyVerb,
     {kCommon, {}, {}}},
    {VerbId::kReadThrough,
     "read-through",
     "read-through PATH SCRATCH",
     "Read a savepoint of others, for weir itself",
     "",
     "",
     kReadThroughPaths,
     {kCommon, {}, {}},
     true},
};

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

}  // namespace

std::span<const Verb> Verbs() {
  return kVerbs;
}

const Verb* FindVerb(std::string_view name) {
  const auto* found = std::ranges::find(kVerbs, name, &Verb::name);
  return found == std::end(kVerbs) ? nullptr : found;
}

std::span<const OptionRow> CommonOptions() {
  return kCommon;
}

std::vector<std::string> NamesOf(const OptionRow& option) {
  return Split(option.names, ' ');
}

std::vector<std::string> ChoicesOf(std::string_view choices) {
  return Split(choices, '|');
}

const OptionRow* FindOption(const Verb& verb, std::string_view name) {
  for (const std::span<const OptionRow> group : verb.options) {
    for (const OptionRow& option : group) {
      if (std::ranges::count(NamesOf(option), name) > 0) return &option;
    }
  }
  return nullptr;
}

bool Takes(const Verb& verb, OptionId id) {
  return std::ranges::any_of(verb.options, [id](std::span<const OptionRow> group) {
    return std::ranges::count(group, id, &OptionRow::id) > 0;
  });
}

}  // namespace weir::shell
