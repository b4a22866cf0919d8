#include "shell/engine/statements/help_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "conf/flink_options.h"
#include "conf/options.h"
#include "runtime/base/names.h"
#include "runtime/connectors/registry.h"
#include "runtime/graph/any_table_options.h"
#include "runtime/graph/lookup_options.h"
#include "shell/engine/statements/function_help.h"

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
     "(k) NOT ENFORCED) WITH ('connector' = '…', …) [LIKE {u | 'path'} [({INCLUDING | EXCLUDING | "
     "OVERWRITING} part …)] | AS SELECT …]",
     "A table over files, generated rows or another outside."},
    {"CREATE VIEW", "CREATE [TEMPORARY] VIEW [IF NOT EXISTS] v [(names)] AS SELECT …",
     "A named query; its name is part of the uids inside."},
    {"CREATE MATERIALIZED TABLE",
     "CREATE [OR ALTER] MATERIALIZED TABLE [IF NOT EXISTS] t [(columns, PRIMARY KEY (…) NOT "
     "ENFORCED, WATERMARK FOR c AS …)] [COMMENT '…'] [PARTITIONED BY (…)] WITH ('connector' = …) "
     "[FRESHNESS = INTERVAL '30' SECOND] [REFRESH_MODE = {CONTINUOUS | FULL}] [START_MODE = "
     "[RESUME_OR_]FROM_BEGINNING] AS SELECT …",
     "A table and the job that keeps it so fresh: one that runs on and on, or one that replaces "
     "all rows each time."},
    {"ALTER MATERIALIZED TABLE",
     "ALTER MATERIALIZED TABLE [IF EXISTS] t {SUSPEND | RESUME [WITH ('key' = 'value')] | REFRESH "
     "[PARTITION (c = value)] | [START_MODE = …] AS SELECT … | SET FRESHNESS = INTERVAL '1' MINUTE "
     "| SET ('key' = 'value') | RESET ('key')}",
     "Stops the refresh, goes on with it, does it now; another query goes on with the state of the "
     "one before."},
    {"CREATE FUNCTION",
     "CREATE [OR REPLACE] [TEMPORARY [SYSTEM]] FUNCTION [IF NOT EXISTS] f (parameter type, …) "
     "RETURNS {type | TABLE (column type, …)} [COMMENT '…'] {RETURN {expression | SELECT …} | "
     "AS 'module.function' LANGUAGE PYTHON [VERSION '…'] [NOT DETERMINISTIC] [CALLED ON NULL "
     "INPUT] | [AS 'name'] LANGUAGE NATIVE [VERSION …] … USING 'library.so'}",
     "A name for an expression or a query with parameters, where a call is as fast as the text "
     "itself, for a function in Python over arrays of numpy, or for one of a shared library over "
     "arrays of Arrow."},
    {"ALTER",
     "ALTER TABLE [IF EXISTS] t {ADD [IF NOT EXISTS] {column | (columns)} | MODIFY {column | "
     "(columns)} | RENAME c TO d | DROP {c | (c, …) | PRIMARY KEY | WATERMARK} | SET ('key' = "
     "'value') | RESET ('key') | COMMENT '…' | RENAME TO u}; ALTER VIEW v {AS SELECT … | RENAME TO "
     "w}; ALTER FUNCTION f {AS 'module.function' LANGUAGE PYTHON | LANGUAGE NATIVE USING "
     "'library.so'}",
     "Changes a definition; data, and jobs that have begun with it, stay as they are."},
    {"DROP",
     "DROP {[MATERIALIZED] TABLE | VIEW | FUNCTION | DATABASE | CATALOG} [IF EXISTS] name; "
     "DROP TEMPORARY [SYSTEM] FUNCTION f",
     "Forgets a definition; data stays."},
    {"USE", "USE [catalog.]database; USE CATALOG c", "Where unqualified names are looked up."},
    {"SHOW",
     "SHOW {TABLES | MATERIALIZED TABLES | VIEWS | DATABASES | CATALOGS | [USER] FUNCTIONS | JOBS "
     "| "
     "CREATE {[MATERIALIZED] TABLE | VIEW | FUNCTION} name | "
     "SAVEPOINTS [FOR JOB j] | CHECKPOINTS FOR JOB j | STATE OF {savepoint | 'path' | JOB j}} "
     "[LIKE 'pattern']; SHOW STATE DIFFERENCE OF {savepoint | 'path' | JOB j} AND … [UID 'uid' "
     "[TABLE 'table']]",
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
    {"COPY",
     "COPY {t [(columns)] | (SELECT …)} TO 'file.csv' [(FORMAT {csv | json}, HEADER {true | "
     "false}, "
     "DELIMITER ';', QUOTE '\"', ESCAPE '\\', NULL 'text', COMPRESSION {gzip | none}, "
     "'csv.option' = 'value')]",
     "Writes a result into one file, complete or not at all; its name says the format."},
    {"UPDATE", "UPDATE t [AS x] SET c = expression, … [WHERE …]",
     "Changes rows of a table with a PRIMARY KEY, all of them or none: of jdbc and postgres."},
    {"DELETE", "DELETE FROM t [AS x] [WHERE …]",
     "Deletes rows of such a table, all of them or none."},
    {"TRUNCATE TABLE", "TRUNCATE TABLE t",
     "Removes all rows: the files of a table, or those of a table of jdbc and postgres."},
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
    {"DROP SAVEPOINT", "DROP SAVEPOINT [IF EXISTS] {name | 'path'}",
     "Removes a savepoint, or a checkpoint that no job needs."},
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
     "{SELECT … | INSERT … | COPY … | UPDATE … | DELETE … | STATEMENT SET …}",
     "How a query runs; which state it keeps under which uids."},
    {"EXPLAIN ANALYZE", "EXPLAIN ANALYZE JOB j",
     "Where a running job spends its time: rows, busy time, state and bytes of each operator."},
    {"SET", "SET 'key' = 'value'; SET; RESET 'key'",
     "Options of the session and of jobs that it starts."},
    {"SOURCE", "SOURCE 'file.sql'", "Runs a script."},
    {"QUIT", "QUIT", "Stops running jobs with a last checkpoint and leaves."},
};

// Parts of queries; `words` are topics, separated by '|'.
struct QueryTopic {
  std::string_view words;
  std::string_view syntax;
  std::string_view doc;
  std::string_view example;
};

constexpr QueryTopic kQueryTopics[] = {
    {"STATE OF|STATE", "STATE OF {savepoint | 'path' | JOB j} UID 'uid' [TABLE 'table']",
     "What an operator keeps, as a table: of a savepoint or checkpoint, or of a running job at "
     "one instant. SHOW STATE OF lists uids and tables, SHOW STATE DIFFERENCE OF … AND … what has "
     "changed.",
     "SELECT sku, `count(*)` FROM STATE OF nightly UID 'sink:per_sku/agg' WHERE sku = 'A-1';"},
    {"WINDOWS|TUMBLE", "TABLE(TUMBLE(TABLE t, DESCRIPTOR(time), size [, offset]))",
     "Windows of one size, side by side. Each row gets the columns window_start, window_end and "
     "window_time; grouped by the first two, a window's rows come when the watermark passes its "
     "end.",
     "SELECT window_start, window_end, sku, SUM(qty) AS qty\n"
     "FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE))\n"
     "GROUP BY window_start, window_end, sku;"},
    {"WINDOWS|HOP", "TABLE(HOP(TABLE t, DESCRIPTOR(time), slide, size [, offset]))",
     "Windows of one size that begin every `slide`: a row is in several of them.",
     "SELECT window_start, window_end, COUNT(*) AS n\n"
     "FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE))\n"
     "GROUP BY window_start, window_end;"},
    {"WINDOWS|CUMULATE", "TABLE(CUMULATE(TABLE t, DESCRIPTOR(time), step, size [, offset]))",
     "Windows that begin together and grow by `step` up to `size`.",
     "SELECT window_start, window_end, SUM(qty) AS so_far\n"
     "FROM TABLE(CUMULATE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' HOUR, INTERVAL '1' DAY))\n"
     "GROUP BY window_start, window_end;"},
    {"WINDOWS|SESSION",
     "TABLE(SESSION(TABLE t [PARTITION BY k | PARTITION BY (k, l)], DESCRIPTOR(time), gap))",
     "Windows that end when no row has come for `gap`, of each key for itself.",
     "SELECT sku, window_start, window_end, COUNT(*) AS n\n"
     "FROM TABLE(SESSION(TABLE orders PARTITION BY sku, DESCRIPTOR(ts), INTERVAL '10' MINUTE))\n"
     "GROUP BY sku, window_start, window_end;"},
    {"CHANGELOG|TO_CHANGELOG",
     "TO_CHANGELOG(input => TABLE t [, op => DESCRIPTOR(op)] [, op_mapping => MAP['INSERT', 'I', "
     "…]])",
     "The changes of a table as rows, with the kind of each in front: INSERT, UPDATE_BEFORE, "
     "UPDATE_AFTER or DELETE, or what op_mapping says; kinds that it lacks are left out.",
     "SELECT * FROM TO_CHANGELOG(input => (SELECT sku, SUM(qty) AS qty FROM orders GROUP BY sku),\n"
     "  op_mapping => MAP['INSERT, UPDATE_AFTER', 'U', 'DELETE', 'D']);"},
    {"CHANGELOG|FROM_CHANGELOG",
     "FROM_CHANGELOG(input => TABLE t [, op => DESCRIPTOR(op)] [, op_mapping => MAP['c, r', "
     "'INSERT', …]])",
     "Rows that say which changes they are, as the table of which these are the changes. A code "
     "that is not in op_mapping ends the job.",
     "SELECT sku, COUNT(*) AS n FROM FROM_CHANGELOG(input => TABLE events, op => DESCRIPTOR(op),\n"
     "  op_mapping => MAP['c, r', 'INSERT', 'ub', 'UPDATE_BEFORE', 'ua', 'UPDATE_AFTER', 'd', "
     "'DELETE'])\nGROUP BY sku;"},
    {"JOIN", "a [INNER | LEFT | RIGHT | FULL] JOIN b ON condition",
     "Keeps both inputs, and gives changes where rows of one find others later. STATE_TTL and "
     "table.exec.state.ttl bound what is kept.",
     "SELECT o.id, n.name FROM orders AS o LEFT JOIN names AS n ON o.sku = n.sku;"},
    {"JOIN|INTERVAL JOIN",
     "a JOIN b ON … AND a.time BETWEEN b.time - INTERVAL … AND b.time + INTERVAL …",
     "An interval join: inserts only, and keeps what can still have a match.",
     "SELECT o.id, p.paid FROM orders AS o JOIN payments AS p\n"
     "ON o.id = p.id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '1' HOUR;"},
    {"JOIN|WINDOW JOIN",
     "… JOIN … ON l.window_start = r.window_start AND l.window_end = r.window_end AND …",
     "A window join: each window once, when it ends.",
     "SELECT l.sku, l.window_start\n"
     "FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '1' HOUR)) AS l\n"
     "JOIN TABLE(TUMBLE(TABLE returns, DESCRIPTOR(ts), INTERVAL '1' HOUR)) AS r\n"
     "ON l.sku = r.sku AND l.window_start = r.window_start AND l.window_end = r.window_end;"},
    {"JOIN|LOOKUP JOIN", "a [LEFT] JOIN t FOR SYSTEM_TIME AS OF a.processing_time ON a.k = t.k",
     "A lookup of each row of `a` in a table that ends; keeps nothing.",
     "SELECT o.id, n.name FROM (SELECT *, PROCTIME() AS p FROM orders) AS o\n"
     "LEFT JOIN names FOR SYSTEM_TIME AS OF o.p AS n ON o.sku = n.sku;"},
    {"JOIN|TEMPORAL JOIN", "a [LEFT] JOIN v FOR SYSTEM_TIME AS OF a.event_time ON a.k = v.k",
     "Each row of `a` with the version of `v` at its time, when the watermark has passed that. `v` "
     "has a PRIMARY KEY and a WATERMARK, or is a view that keeps the last row of a key.",
     "SELECT o.id, o.qty * p.price FROM orders AS o\n"
     "JOIN prices FOR SYSTEM_TIME AS OF o.ts AS p ON o.sku = p.sku;"},
    {"OVER|LAG|LEAD|NTH_VALUE|NTILE|PERCENT_RANK|CUME_DIST",
     "f(…) OVER ([PARTITION BY k] [ORDER BY v] [ROWS | RANGE BETWEEN n PRECEDING AND m FOLLOWING])",
     "For every row an aggregate of the rows around it, its place, or LAG(v, n), the value n rows "
     "back. In the order of an event time each row comes out once; in others, and over updates, "
     "results are put right as rows come.",
     "SELECT sku, SUM(qty) OVER (PARTITION BY sku ORDER BY ts\n"
     "  RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW) AS last_hour FROM orders;"},
    {"MATCH_RECOGNIZE|PATTERNS",
     "t MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES … PATTERN (a b+ c) DEFINE a AS …)",
     "One row for each match of a pattern of rows, in the order of their time. LAST(a.x), "
     "FIRST(a.x, "
     "1) and aggregates read the rows of a variable.",
     "SELECT * FROM orders MATCH_RECOGNIZE (PARTITION BY sku ORDER BY ts\n"
     "  MEASURES a.qty AS qty, LAST(b.qty) AS least, MATCH_ROWTIME() AS since\n"
     "  AFTER MATCH SKIP PAST LAST ROW PATTERN (a b+ c) WITHIN INTERVAL '1' HOUR\n"
     "  DEFINE b AS b.qty < a.qty, c AS c.qty >= a.qty) AS m;"},
    {"WATERMARK", "WATERMARK FOR time AS time [- INTERVAL '5' SECOND], in CREATE TABLE",
     "Makes a TIMESTAMP(3) or TIMESTAMP_LTZ(3) column a time attribute: rows may be as late as "
     "the interval, and windows end when the watermark has passed their end. "
     "'scan.watermark.idle-timeout' is for inputs that fall silent.",
     "CREATE TABLE orders (sku STRING, qty INT, ts TIMESTAMP(3),\n"
     "  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)\n"
     "WITH ('connector' = 'filesystem', 'path' = 'orders', 'format' = 'csv');"},
    {"LIMIT|OFFSET|ORDER BY", "… [ORDER BY v [DESC] [NULLS FIRST | LAST], …] [LIMIT n] [OFFSET m]",
     "LIMIT alone ends a SELECT at n rows. With ORDER BY the n first are kept up to date, and a "
     "SELECT shows them as they are. ORDER BY a time attribute alone needs no LIMIT.",
     "SELECT sku, qty FROM orders ORDER BY qty DESC LIMIT 10;"},
    {"HINTS|STATE_ID", "SELECT /*+ STATE_ID('name') */ …; … JOIN t /*+ STATE_ID('name') */ …",
     "Names the state of a clause, so that it is found again when the clause moves or its text "
     "changes; else its name follows from the tables and clauses around it (EXPLAIN STATE).",
     "INSERT INTO totals SELECT /*+ STATE_ID('per_sku') */ sku, SUM(qty) FROM orders GROUP BY "
     "sku;"},
    {"HINTS|STATE_TTL", "SELECT /*+ STATE_TTL('t' = '1 d', …) */ …",
     "How long the state of a join's input, or of a grouped SELECT, is kept after its last "
     "change; 'table.exec.state.ttl' is for all that have no hint.",
     "SELECT /*+ STATE_TTL('o' = '1 d', 'p' = '12 h') */ o.id, p.paid\n"
     "FROM orders AS o JOIN payments AS p ON o.id = p.id;"},
    {"HINTS|OPTIONS", "FROM t /*+ OPTIONS('key' = 'value', …) */",
     "Options of a table for one query.",
     "SELECT * FROM orders /*+ OPTIONS('rows-per-second' = '5') */;"},
    {"WITH|WITH RECURSIVE", "WITH name [(columns)] AS (SELECT …), …; WITH RECURSIVE …",
     "Names queries for the SELECT that follows; their names are part of the uids inside. A "
     "recursive one is UNION [ALL] of a start and of what reads the name itself.",
     "WITH RECURSIVE reached (node) AS (\n"
     "  SELECT 1 UNION SELECT e.b FROM reached AS r JOIN edges AS e ON r.node = e.a)\n"
     "SELECT node FROM reached;"},
    {"JOIN|UNNEST", "a [CROSS | LEFT] JOIN UNNEST(collection) [WITH ORDINALITY] AS u(value, …)",
     "Each row of `a` once for each value of an ARRAY, MAP or MULTISET of its own; keeps nothing.",
     "SELECT o.id, u.part FROM orders AS o CROSS JOIN UNNEST(SPLIT(o.sku, '-')) AS u(part);"},
    {"JOIN|LATERAL", "a [CROSS | LEFT] JOIN LATERAL (SELECT …) AS t [ON condition]",
     "A query for each row of `a`, whose columns it may read: joined by these.",
     "SELECT o.id, t.paid FROM orders AS o, LATERAL (\n"
     "  SELECT p.paid FROM payments AS p WHERE p.id = o.id ORDER BY p.paid DESC LIMIT 3) AS "
     "t;"},
    {"JOIN|ASOF", "a ASOF [LEFT] JOIN b MATCH_CONDITION (a.t >= b.t) ON a.k = b.k",
     "Each row of `a` with the nearest row of `b`. By two event times it comes out once; by other "
     "columns, or by >, <= and <, it is kept up to date.",
     "SELECT o.id, p.paid FROM orders AS o ASOF LEFT JOIN payments AS p\n"
     "MATCH_CONDITION (o.ts >= p.ts) ON o.id = p.id;"},
    {"RANKS|ROW_NUMBER|RANK|DENSE_RANK",
     "ROW_NUMBER() OVER ([PARTITION BY k] ORDER BY v [DESC]) AS rn … WHERE rn <= n",
     "The first n rows of each key, kept up to date; with n = 1 over a time attribute, the first "
     "or the last row of each key.",
     "SELECT sku, qty FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY sku ORDER BY qty DESC) AS "
     "rn\n"
     "                      FROM orders) WHERE rn <= 3;"},
};

// Options of a column, 'fields.<column>.<key>'.
struct FieldOption {
  std::string_view connector;
  std::string_view key;
  std::string_view doc;
};

constexpr FieldOption kFieldOptions[] = {
    {"datagen", "kind", "random or sequence (default random)"},
    {"datagen", "min", "the least random value"},
    {"datagen", "max", "the greatest random value"},
    {"datagen", "start", "the first value of a sequence, which needs an end"},
    {"datagen", "end", "the last value of a sequence; the table ends with it"},
    {"datagen", "length", "how many characters or bytes a random text has (default 100)"},
    {"datagen", "var-len", "whether lengths are random, up to `length`"},
    {"datagen", "max-past", "how far before the clock a random time lies at most"},
    {"datagen", "null-rate", "the fraction of NULLs, 0 to 1"},
    {"faker", "expression",
     "what the value is made of, '#{Name.fullName}'; every column needs one"},
    {"faker", "null-rate", "the fraction of NULLs, 0 to 1"},
    {"faker", "length", "how many elements a collection has (default 1)"},
    {"savepoint", "state-name", "which column of the state it has; else that of its own name"},
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
    if (!connector->open_prefix.empty())
      text += fmt::format("    '{}*': what the client library is told\n", connector->open_prefix);
    if (!connector->field_option_prefix.empty()) {
      for (const FieldOption& option : kFieldOptions) {
        if (option.connector != connector->name) continue;
        text += fmt::format("    '{}<column>.{}': {}\n", connector->field_option_prefix, option.key,
                            option.doc);
      }
    }
  }
  for (const graph::FormatDescriptor* format : catalog.formats) {
    if (!EqualsIgnoreCase(topic, "FORMATS") && !EqualsIgnoreCase(topic, format->name)) continue;
    text += fmt::format("'format' = '{}'{}{}: {}\n", format->name, format->decodes ? ", reads" : "",
                        format->encodes ? ", writes" : "", format->doc);
    AppendOptions(format->options, fmt::format("{}.", format->name), text);
    if (!format->open_prefix.empty())
      text += fmt::format("    '{}.{}*': what the client library is told\n", format->name,
                          format->open_prefix);
  }
  if (EqualsIgnoreCase(topic, "FORMATS")) {
    text += "Tables that are read by a format with 'ignore-parse-errors':\n";
    AppendOptions(graph::AnyDecodedOptions(), "", text);
    text += "Tables that are read by a format from files or topics:\n";
    AppendOptions(graph::AnyReportedOptions(), "", text);
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

std::vector<std::string_view> Parts(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(by), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::string QueryHelp(std::string_view topic) {
  std::string text;
  for (const QueryTopic& row : kQueryTopics) {
    const std::vector<std::string_view> words = Parts(row.words, '|');
    if (std::ranges::none_of(words, [&](auto word) { return EqualsIgnoreCase(word, topic); }))
      continue;
    text += fmt::format("{}{}\n  {}\n", text.empty() ? "" : "\n", row.syntax, row.doc);
    for (const std::string_view line : Parts(row.example, '\n'))
      text += fmt::format("    {}\n", line);
  }
  return text;
}

std::string Overview() {
  std::string text = "Statements (HELP <first words> says more):\n";
  for (const Topic& topic : kTopics) text += fmt::format("  {:<22} {}\n", topic.words, topic.doc);
  text +=
      "In the shell: \\? lists shortcuts. Ctrl-C ends a SELECT, TAB completes, Ctrl-R searches the "
      "history.\n"
      "HELP also knows WINDOWS, JOIN, RANKS and STATE OF with examples, functions, CONNECTORS, "
      "FORMATS,\neach of them "
      "by name, LOOKUP, options ('parallelism.default') and error ids (HELP E2003).\n";
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
  found += QueryHelp(topic) + FunctionHelp(topic) + ConnectorHelp(topic);
  if (found.empty()) return std::nullopt;
  return found;
}

std::vector<std::string> HelpTopics() {
  std::vector<std::string> topics = {"CONNECTORS", "FORMATS", "LOOKUP"};
  for (const Topic& row : kTopics) topics.emplace_back(row.words);
  for (const QueryTopic& row : kQueryTopics) {
    for (const std::string_view word : Parts(row.words, '|')) topics.emplace_back(word);
  }
  for (const std::string& name : FunctionsWithHelp()) topics.push_back(name);
  const graph::ConnectorCatalog& catalog = connectors::BuiltinConnectors();
  for (const graph::ConnectorDescriptor* connector : catalog.connectors)
    topics.emplace_back(connector->name);
  for (const graph::FormatDescriptor* format : catalog.formats) topics.emplace_back(format->name);
  for (const conf::Option& option : conf::AllOptions()) topics.emplace_back(option.key);
  return topics;
}

}  // namespace weir::shell
