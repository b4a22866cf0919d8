#include "shell/engine/statements/help_text.h"

#include <fmt/format.h>

#include "conf/flink_options.h"
#include "conf/options.h"
#include "runtime/base/names.h"
#include "runtime/connectors/registry.h"
#include "runtime/expr/function.h"
#include "runtime/graph/any_table_options.h"
#include "runtime/graph/lookup_options.h"

namespace weir::shell {
namespace {

struct Topic {
  std::string_view words;
  std::string_view syntax;
  std::string_view doc;
};

constexpr Topic kTopics[] = {
    {"CREATE TABLE",
     "CREATE [TEMPORARY] TABLE [IF NOT EXISTS] t (columns, WATERMARK FOR c AS expr, PRIMARY KEY "
     "(k) NOT ENFORCED) WITH ('connector' = '…', …)",
     "A table over files, generated rows or another outside."},
    {"CREATE VIEW", "CREATE [TEMPORARY] VIEW [IF NOT EXISTS] v [(names)] AS SELECT …",
     "A named query; its name is part of the uids inside."},
    {"DROP", "DROP {TABLE | VIEW | DATABASE | CATALOG} [IF EXISTS] name",
     "Forgets a definition; data stays."},
    {"USE", "USE [catalog.]database; USE CATALOG c", "Where unqualified names are looked up."},
    {"SHOW",
     "SHOW {TABLES | VIEWS | DATABASES | CATALOGS | FUNCTIONS | JOBS | CREATE TABLE t | "
     "SAVEPOINTS [FOR JOB j] | CHECKPOINTS FOR JOB j} [LIKE 'pattern']",
     "Lists things."},
    {"DESCRIBE",
     "DESCRIBE {table | FUNCTION f | JOB j | RECOVERY OF JOB j | SAVEPOINT {name | 'path'}}",
     "Columns of a table, a function, a job operator by operator, what a start of a job would go "
     "on "
     "from, what a savepoint or checkpoint holds."},
    {"SELECT", "[WITH name AS (…)] SELECT … FROM … [WHERE] [GROUP BY] [HAVING] [ORDER BY] [LIMIT]",
     "Shows a result; over unbounded input until Ctrl-C."},
    {"INSERT", "INSERT {INTO | OVERWRITE} t [(columns)] SELECT …",
     "Starts a job that writes into a table."},
    {"EXECUTE STATEMENT SET", "EXECUTE STATEMENT SET BEGIN INSERT …; INSERT …; END",
     "Several INSERTs as one job."},
    {"CREATE JOB",
     "CREATE JOB name [WITH ('option' = 'value')] AS {INSERT … | STATEMENT SET BEGIN … END}",
     "A job with a name and options of its own."},
    {"STOP JOB", "STOP JOB name [WITH SAVEPOINT ['directory']] [WITH DRAIN]",
     "Ends a job with a last checkpoint, from which it can be resumed; DRAIN fires every window."},
    {"CANCEL JOB", "CANCEL JOB name [WITH SAVEPOINT ['directory']]",
     "Ends a job at once; nothing is emitted after the savepoint."},
    {"DROP JOB", "DROP JOB [IF EXISTS] name", "Forgets a job that has ended, and its checkpoints."},
    {"CHECKPOINT JOB", "CHECKPOINT JOB name", "Takes a checkpoint now."},
    {"SAVEPOINT JOB",
     "SAVEPOINT JOB name [AS savepoint] [TO 'directory'] [FORMAT {CANONICAL | NATIVE}]",
     "Saves a job's state in a directory of its own; the job goes on."},
    {"DROP SAVEPOINT", "DROP SAVEPOINT [IF EXISTS] {name | 'path'}", "Removes a savepoint."},
    {"WAIT FOR JOB",
     "WAIT FOR JOB name UNTIL {FINISHED | IDLE | CHECKPOINT} [TIMEOUT INTERVAL '30' SECOND]",
     "Waits, in scripts."},
    {"RESTORE JOB",
     "[EXPLAIN] RESTORE JOB name FROM {'path' | SAVEPOINT savepoint | LATEST CHECKPOINT} "
     "[ALLOW NON RESTORED STATE | ALLOW DROP ('uid', …)] [ALLOW PARTIAL] "
     "[ACCEPT CHANGES ('uid', …)] [WITH STATE MAPPING ('old uid' TO 'new uid', …)] "
     "[WITH ('option' = 'value', …)] [AS {INSERT … | STATEMENT SET …}]",
     "Resumes a job, with other SQL if you like; EXPLAIN says what becomes of its state."},
    {"EXPLAIN",
     "EXPLAIN [CHANGELOG_MODE, ESTIMATED_COST, PLAN_ADVICE, JSON_EXECUTION_PLAN | STATE] "
     "{SELECT … | INSERT … | STATEMENT SET …}",
     "How a query runs; which state it keeps under which uids."},
    {"EXPLAIN ANALYZE", "EXPLAIN ANALYZE JOB j",
     "Where a running job spends its time: rows, busy time, state and bytes of each operator."},
    {"SET", "SET 'key' = 'value'; SET; RESET 'key'",
     "Options of the session and of jobs that it starts."},
    {"SOURCE", "SOURCE 'file.sql'", "Runs a script."},
    {"QUIT", "QUIT", "Stops running jobs with a last checkpoint and leaves."},
};

struct ErrorRow {
  std::string_view id;
  std::string_view sqlstate;
  std::string_view about;
};
constexpr ErrorRow kErrors[] = {
#define WEIR_ERROR(id, sqlstate, about) {#id, #sqlstate, about},
#include "runtime/base/error_ids.def"
#undef WEIR_ERROR
};

void AppendOptions(std::span<const graph::OptionDescriptor> options, std::string_view prefix,
                   std::string& text) {
  for (const graph::OptionDescriptor& option : options) {
    text += fmt::format(
        "    '{}{}'{}{}: {}\n", prefix, option.key, option.required ? ", required" : "",
        option.default_value.empty() ? "" : fmt::format(" (default {})", option.default_value),
        option.doc);
  }
}

// A connector or format by name with its options; all of them for CONNECTORS and FORMATS;
// the options of tables that are looked up for LOOKUP.
std::string ConnectorHelp(std::string_view topic) {
  std::string text;
  const graph::ConnectorCatalog& catalog = connectors::BuiltinConnectors();
  for (const graph::ConnectorDescriptor* connector : catalog.connectors) {
    if (!EqualsIgnoreCase(topic, "CONNECTORS") && !EqualsIgnoreCase(topic, connector->name))
      continue;
    text += fmt::format("'connector' = '{}'{}{}: {}\n", connector->name,
                        connector->source ? ", source" : "", connector->sink ? ", sink" : "",
                        connector->doc);
    AppendOptions(connector->options, "", text);
    if (!connector->field_option_prefix.empty()) {
      text += fmt::format("    '{}<column>.…': options of each column\n",
                          connector->field_option_prefix);
    }
  }
  for (const graph::FormatDescriptor* format : catalog.formats) {
    if (!EqualsIgnoreCase(topic, "FORMATS") && !EqualsIgnoreCase(topic, format->name)) continue;
    text += fmt::format("'format' = '{}'{}{}: {}\n", format->name, format->decodes ? ", reads" : "",
                        format->encodes ? ", writes" : "", format->doc);
    AppendOptions(format->options, fmt::format("{}.", format->name), text);
  }
  if (EqualsIgnoreCase(topic, "FORMATS")) {
    text += "Tables that are read by a format with 'ignore-parse-errors':\n";
    AppendOptions(graph::AnyDecodedOptions(), "", text);
  }
  if (EqualsIgnoreCase(topic, "CONNECTORS") || EqualsIgnoreCase(topic, "LOOKUP")) {
    text += "Tables of any connector that are read or written:\n";
    AppendOptions(graph::AnySourceOptions(), "", text);
    AppendOptions(graph::AnySinkOptions(), "", text);
    text += "Tables that end and are looked up (JOIN t FOR SYSTEM_TIME AS OF …):\n";
    AppendOptions(graph::LookupOptions(), "", text);
  }
  return text;
}

std::string Overview() {
  std::string text = "Statements (HELP <first words> says more):\n";
  for (const Topic& topic : kTopics) text += fmt::format("  {:<22} {}\n", topic.words, topic.doc);
  text +=
      "In the shell: \\? lists shortcuts. Ctrl-C ends a SELECT, TAB completes, Ctrl-R searches the "
      "history.\n"
      "HELP also knows CONNECTORS, FORMATS, each of them by name, LOOKUP, options "
      "('parallelism.default'),\n"
      "functions and error ids (HELP E2003).\n";
  return text;
}

}  // namespace

std::optional<std::string> HelpText(std::string_view topic) {
  if (topic.size() >= 2 && (topic.front() == '\'' || topic.front() == '"') &&
      topic.back() == topic.front()) {
    topic = topic.substr(1, topic.size() - 2);
  }
  if (topic.empty()) return Overview();
  std::string found;
  for (const Topic& row : kTopics) {
    const bool matches = EqualsIgnoreCase(row.words, topic) ||
                         (row.words.size() > topic.size() &&
                          EqualsIgnoreCase(row.words.substr(0, topic.size()), topic) &&
                          row.words[topic.size()] == ' ');
    if (matches) found += fmt::format("{}\n  {}\n", row.syntax, row.doc);
  }
  for (const ErrorRow& row : kErrors) {
    if (EqualsIgnoreCase(row.id, topic))
      found += fmt::format("{} (SQLSTATE {}): {}.\n", row.id, row.sqlstate, row.about);
  }
  if (const conf::FlinkOption* option = conf::FindFlinkOption(topic);
      option != nullptr && conf::FindOption(topic) == nullptr)
    found += conf::FlinkOptionText(*option, topic) + "\n";
  if (const conf::Option* option = conf::FindOption(topic); option != nullptr) {
    found +=
        fmt::format("{} ({}, of the {}, default {}): {}\n", option->key,
                    conf::OptionTypeName(option->type), conf::OptionScopeName(option->scope),
                    option->default_value.empty() ? "none" : option->default_value, option->doc);
  }
  if (const expr::ScalarFunction* function = expr::FindFunction(topic); function != nullptr) {
    found += fmt::format("{}\n  {}\n", function->signature, function->doc);
  }
  found += ConnectorHelp(topic);
  if (found.empty()) return std::nullopt;
  return found;
}

}  // namespace weir::shell
