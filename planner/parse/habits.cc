#include "planner/parse/habits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "grammar/WeirParser.h"
#include "runtime/base/names.h"

namespace weir::parse {
namespace {

using P = grammar::WeirParser;

// Words, separated by blanks, before and from the place where a statement fails. A dot is any
// token, S a string, 9 a whole number, ^ the statement's beginning, $ its end, * behind words from
// the beginning any tokens. {0} and {1} in the hint are the tokens for which these stand: those of
// `from`, then those of `before` from its end.
struct Habit {
  std::string_view before;
  std::string_view from;
  std::string_view hint;
};

constexpr std::string_view kTables =
    "sources and sinks are tables: CREATE TABLE … WITH ('connector' = '…')";
constexpr std::string_view kPickColumns = "name the columns; DESCRIBE lists them";
constexpr std::string_view kTransactions =
    "statements take effect one by one; INSERTs that belong together stand in BEGIN STATEMENT SET; "
    "… END;";
constexpr std::string_view kSample = "some of the rows: WHERE RAND() < 0.1";
constexpr std::string_view kUsers = "users and their roles stand in the server's file of users";
constexpr std::string_view kJsonPath = "a field of JSON is JSON_VALUE(json, '$.field')";
constexpr std::string_view kDefault = "columns have no defaults: give the value in the INSERT";
constexpr std::string_view kWith = "where a table's rows are stands in WITH ('connector' = '…', …)";
constexpr std::string_view kPivot =
    "write an aggregate for each column: SUM(v) FILTER (WHERE k = 'x') AS x … GROUP BY";
constexpr std::string_view kNoIndexes =
    "there are no indexes: every query keeps the state that it needs by key";
constexpr std::string_view kUnpivot = "write UNION ALL of a SELECT for each column";
constexpr std::string_view kNoParameters =
    "there are no parameters here; values of scripts are ${name}, set by --var";
constexpr std::string_view kLimit = "LIMIT takes a number of rows";
constexpr std::string_view kBeforeAs =
    "the clauses of RESTORE stand before AS: RESTORE JOB id FROM '…' ALLOW PARTIAL AS …";
constexpr std::string_view kUpdateAlone = "UPDATE is no job, and stands alone: UPDATE t SET …";
constexpr std::string_view kDeleteAlone = "DELETE is no job, and stands alone: DELETE FROM t …";
constexpr std::string_view kTruncateAlone =
    "TRUNCATE TABLE is no job, and stands alone: TRUNCATE TABLE t";
constexpr std::string_view kReturning = "no rows are given back: SELECT them before";
constexpr std::string_view kOnlyInserts =
    "a statement set is of INSERTs, which are one job; UPDATE, DELETE and TRUNCATE TABLE stand "
    "alone";
constexpr std::string_view kFirstOfKey =
    "one row of each key is SELECT … FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY key ORDER BY "
    "…) AS n FROM t) WHERE n = 1";

constexpr auto kHabits = std::to_array<Habit>({
    // The first word.
    {"^", "ATTACH", "the tables of a file are there at once: FROM 'x.csv'"},
    {"^", "COMMIT", kTransactions},
    {"^", "EXPORT", "rows go into a file by COPY (SELECT …) TO 'x.csv'"},
    {"^", "FROM", "SELECT stands first: SELECT * FROM t"},
    {"^", "GRANT", kUsers},
    {"^", "KILL", "a job ends by STOP JOB; SHOW JOBS lists them"},
    {"^", "LIST", "write SHOW: SHOW TABLES, SHOW JOBS"},
    {"^", "PRAGMA", "options are set by SET 'key' = 'value'; SET lists them"},
    {"^", "PRINT", "rows are shown by SELECT * FROM t"},
    {"^", "REPLACE", "INSERT INTO a table with a PRIMARY KEY replaces rows"},
    {"^", "REVOKE", kUsers},
    {"^", "ROLLBACK", kTransactions},
    {"^", "START", kTransactions},
    {"^", "SUMMARIZE", "DESCRIBE t shows the columns, SELECT COUNT(*), MIN(c), MAX(c) FROM t more"},
    {"^", "UNPIVOT", kUnpivot},
    {"^", "VACUUM", "files that nobody needs are removed by themselves"},
    {"^ BEGIN", "$", kTransactions},
    {"^ BEGIN", ".", kTransactions},
    {"^ EXPLAIN", "ANALYZE", "what a running job does shows EXPLAIN ANALYZE JOB id"},
    {"^ EXPLAIN ANALYZE", ".",
     "it is for running jobs: EXPLAIN ANALYZE JOB id; SHOW JOBS lists them"},
    {"^ EXPLAIN", ". $", "EXPLAIN takes a query or an INSERT: EXPLAIN SELECT * FROM {0}"},
    {"^ DESCRIBE", "SELECT", "CREATE VIEW v AS SELECT …; DESCRIBE v; EXPLAIN shows the plan"},
    {"^ DESC", "SELECT", "CREATE VIEW v AS SELECT …; DESCRIBE v; EXPLAIN shows the plan"},
    {"^ INSERT", ".", "write INSERT INTO {0}"},
    {"^ INSERT INTO .", "SET", "write INSERT INTO {0} (columns) VALUES (values)"},
    {"^ SHOW", "SCHEMAS", "write SHOW DATABASES"},
    {"^ SHOW", "DATABASE", "write SHOW DATABASES, or SHOW CURRENT DATABASE"},
    {"^ SHOW", "STREAMS", "write SHOW TABLES, or SHOW JOBS for what runs"},
    {"^ SHOW", "QUERIES", "write SHOW JOBS"},
    {"^ SHOW", "INDEXES", kNoIndexes},
    {"^ STOP", ".", "write STOP JOB {0}"},
    {"^ TRUNCATE", ".", "write TRUNCATE TABLE {0}"},
    {"^ UPDATE *", "FROM",
     "other tables are read by subqueries: UPDATE t SET c = (SELECT MAX(d) FROM u WHERE u.k = t.k) "
     "WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.k)"},
    {"^ UPDATE . SET", "(", "each column is assigned by itself: SET a = 1, b = 2"},
    {"^ UPDATE *", "RETURNING", kReturning},
    {"^ DELETE", ".", "write DELETE FROM {0}"},
    {"^ DELETE FROM *", "USING",
     "other tables are read by subqueries: DELETE FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = "
     "t.k)"},
    {"^ DELETE FROM *", "RETURNING", kReturning},
    {"^ DELETE FROM . RETURNING", ".", kReturning},
    {"^ EXPLAIN", "TRUNCATE", "TRUNCATE TABLE has no plan: it removes all rows at once"},
    {"^ EXECUTE", "UPDATE", kUpdateAlone},
    {"^ EXECUTE", "DELETE", kDeleteAlone},
    {"^ EXECUTE", "TRUNCATE", kTruncateAlone},
    {"^ CREATE JOB . AS", "UPDATE", kUpdateAlone},
    {"^ CREATE JOB . AS", "DELETE", kDeleteAlone},
    {"^ CREATE JOB . AS", "TRUNCATE", kTruncateAlone},
    {"SET BEGIN", "UPDATE", kOnlyInserts},
    {"SET BEGIN", "DELETE", kOnlyInserts},
    {"SET BEGIN", "TRUNCATE", kOnlyInserts},
    // Definitions.
    {"CREATE", "STREAM", kTables},
    {"CREATE", "SOURCE", kTables},
    {"CREATE", "SINK", kTables},
    {"CREATE", "EXTERNAL", kTables},
    {"CREATE", "SCHEMA", "write CREATE DATABASE"},
    {"CREATE", "INDEX", kNoIndexes},
    {"CREATE", "UNIQUE", kNoIndexes},
    {"CREATE", "USER", kUsers},
    {"CREATE", "ROLE", kUsers},
    {"CREATE", "MACRO", "a name for a query is CREATE VIEW v AS SELECT …"},
    {"CREATE", "SEQUENCE",
     "numbers in a row give tables of 'connector' = 'datagen', 'fields.id.kind' = 'sequence'"},
    {"CREATE MATERIALIZED", "VIEW",
     "a result that is kept up to date is a job that writes a table: INSERT INTO t SELECT …"},
    {"CREATE VIEW .", "(", "write CREATE VIEW {0} AS SELECT …"},
    {"CREATE VIEW .", "SELECT", "write CREATE VIEW {0} AS SELECT …"},
    {"CREATE VIEW . (", "SELECT", "write CREATE VIEW {0} AS SELECT …"},
    {"DROP TABLE .", ",", "DROP takes one name"},
    {"DROP VIEW .", ",", "DROP takes one name"},
    {"", "DEFAULT", kDefault},
    {"", "AUTO_INCREMENT", kDefault},
    {"", "REFERENCES", "keys of other tables are not checked; join them"},
    {"", "CHECK", "rows are left out by WHERE, in the query that reads them"},
    {". )", "ENGINE", kWith},
    {". )", "STORED", kWith},
    {". )", "LOCATION", kWith},
    {"ADD COLUMN .", ".", "write ADD {1} {0}"},
    {"AS", "MATERIALIZED", "what a query of WITH computes is shared without a word for it"},
    // Restores.
    {"", "ALLOW PARTIAL", kBeforeAs},
    {"", "ALLOW NON RESTORED", kBeforeAs},
    {"", "ALLOW DROP", kBeforeAs},
    {"", "ACCEPT CHANGES", kBeforeAs},
    {"ALLOW", "PARTIAL", kBeforeAs},
    {"ALLOW", "NON RESTORED", kBeforeAs},
    {"ALLOW", "DROP", kBeforeAs},
    {"ACCEPT", "CHANGES", kBeforeAs},
    {"FROM SAVEPOINT", "S", "a path stands alone: FROM {0}"},
    // Queries.
    {"*", "EXCLUDE", kPickColumns},
    {"* EXCEPT (", ".", kPickColumns},
    {"*", "REPLACE", kPickColumns},
    {"SELECT TOP", "9", "the first rows are LIMIT {0} at the query's end"},
    {"DISTINCT", "ON", kFirstOfKey},
    {"COUNT ( DISTINCT", ".", "write COUNT(DISTINCT a, b), or count the rows of SELECT DISTINCT"},
    {"PIVOT ( .", "(", kPivot},
    {"PIVOT", "(", kPivot},
    {"UNPIVOT", "(", kUnpivot},
    {"UNPIVOT ( .", ".", kUnpivot},
    {"TABLE", "S", "a file stands in the place of a table: FROM {0}"},
    {"INTO", "S", "into a file goes COPY (SELECT …) TO {0}; INSERT takes the name of a table"},
    {"EMIT", "CHANGES", "results come as they change; a window's when it ends"},
    {"FOR", "UPDATE", "rows are not locked: leave it out"},
    {"TABLESAMPLE", ".", kSample},
    {"", "USING SAMPLE", kSample},
    {"", "SAMPLE", kSample},
    {"AS OF", "SYSTEM", "write FOR SYSTEM_TIME AS OF time"},
    {"SETTINGS", ".", "options are set by SET 'key' = 'value'"},
    {"WINDOW TUMBLING", "(",
     "write FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '5' SECOND) and "
     "GROUP BY window_start, window_end"},
    {"WINDOW HOPPING", "(",
     "write FROM HOP(TABLE t, DESCRIPTOR(ts), slide, size) and GROUP BY "
     "window_start, window_end"},
    {"WINDOW SESSION", "(",
     "write FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), gap) and "
     "GROUP BY window_start, window_end"},
    {"LIMIT .", "%", kLimit},
    {"LIMIT . %", "$", kLimit},
    {"LIMIT 9 %", ".", kLimit},
    // Expressions.
    {"", "?", kNoParameters},
    {"", ":", kNoParameters},
    {"-", ">", kJsonPath},
    {".", "->", kJsonPath},
    {"", "[", "an array is ARRAY[1, 2], a map MAP['k', 1]"},
    {"", "{", "a row is ROW(1, 2), a map MAP['k', 1]"},
    {"", "RLIKE", "write REGEXP(string, regex)"},
    {"", "REGEXP", "write REGEXP(string, regex)"},
});

class Matcher {
 public:
  Matcher(std::string_view text, const std::vector<Token>& tokens, size_t at)
      : text_(text), tokens_(tokens), at_(at) {}

  // The hint of the habit with its blanks filled in; nothing when the tokens at `at` are not those
  // of the habit.
  std::optional<std::string> Match(const Habit& habit) {
    found_.clear();
    size_t place = at_;
    for (std::string_view rest = habit.from; !rest.empty(); ++place) {
      if (!Fits(TakeFirst(rest), place)) return std::nullopt;
    }
    place = at_;
    for (std::string_view rest = habit.before; !rest.empty();) {
      const std::string_view word = TakeLast(rest);
      if (word == "*")
        return BeginsWith(rest, place) ? std::optional(std::string(habit.hint)) : std::nullopt;
      if (word == "^" ? place != 0 : place == 0 || !Fits(word, --place)) return std::nullopt;
    }
    std::string hint(habit.hint);
    for (size_t i = 0; i < found_.size(); ++i) {
      const std::string name = fmt::format("{{{}}}", i);
      if (const size_t at = hint.find(name); at != std::string::npos) {
        hint.replace(at, name.size(), found_[i]);
      }
    }
    return hint;
  }

 private:
  static std::string_view TakeFirst(std::string_view& words) {
    const std::string_view word = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(words.size(), word.size() + 1));
    return word;
  }
  static std::string_view TakeLast(std::string_view& words) {
    const size_t blank = words.rfind(' ');
    const std::string_view word = words.substr(blank + 1);  // npos + 1 is 0
    words = blank == std::string_view::npos ? "" : words.substr(0, blank);
    return word;
  }

  // Whether the statement begins with these words, the first of which is ^, before `end`.
  bool BeginsWith(std::string_view words, size_t end) {
    TakeFirst(words);
    size_t place = 0;
    for (; !words.empty(); ++place) {
      if (!Fits(TakeFirst(words), place)) return false;
    }
    return place <= end;
  }

  bool Fits(std::string_view word, size_t place) {
    if (place >= tokens_.size()) return word == "$";
    const Token& token = tokens_[place];
    const std::string_view written =
        text_.substr(token.span.begin, token.span.end - token.span.begin);
    const bool any = word == "." || (word == "S" && token.type == P::STRING) ||
                     (word == "9" && token.type == P::INTEGER);
    if (any) found_.emplace_back(written);
    return any || EqualsIgnoreCase(word, written);
  }

  std::string_view text_;
  const std::vector<Token>& tokens_;
  size_t at_;
  std::vector<std::string> found_;
};

// INTERVAL '1 day': the unit stands behind the quotes. `amount`: with its quotes.
std::string HintOfInterval(std::string_view amount) {
  const size_t blank = amount.find(' ');
  if (blank == std::string_view::npos) return "a unit follows the amount: INTERVAL '1' DAY";
  const std::string_view unit = amount.substr(blank + 1, amount.size() - blank - 2);
  return fmt::format("the unit stands behind the quotes: INTERVAL {}' {}", amount.substr(0, blank),
                     ToUpper(unit));
}

}  // namespace

std::string HintOfHabit(std::string_view text, const std::vector<Token>& tokens, size_t at) {
  const auto word = [&](size_t i) {
    return text.substr(tokens[i].span.begin, tokens[i].span.end - tokens[i].span.begin);
  };
  if (at < tokens.size()) {
    const std::string_view rest = text.substr(tokens[at].span.begin);
    if (rest.starts_with("${")) {
      return fmt::format("variables have values by --var: weir run --var {}=… FILE",
                         rest.substr(2, rest.find('}') - 2));
    }
  }
  if (at > 1 && tokens[at - 1].type == P::STRING && tokens[at - 2].type == P::K_INTERVAL)
    return HintOfInterval(word(at - 1));
  if (at > 1 && at < tokens.size() && tokens[at - 2].type == P::K_AS &&
      tokens[at - 1].type == P::IDENTIFIER && tokens[at].type == P::IDENTIFIER) {
    return fmt::format("a name with blanks stands in back-ticks: `{} {}`", word(at - 1), word(at));
  }
  Matcher matcher(text, tokens, at);
  for (const Habit& habit : kHabits) {
    if (std::optional<std::string> hint = matcher.Match(habit)) return *std::move(hint);
  }
  return "";
}

}  // namespace weir::parse
