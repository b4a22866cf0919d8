#include "shell/terminal/what_follows.h"

#include <algorithm>

namespace weir::shell {
namespace {

// `after`: words, where "*" is any one but "(" and JOB; `words`: what may follow them, divided by
// '|'. What names stand there, in angle brackets: <table>, <job>, <savepoint>, <database>,
// <catalog>, <function>, <option>, <topic>.
struct Row {
  std::string_view after;
  std::string_view words;
};

constexpr Row kRows[] = {
    {"",
     "BEGIN STATEMENT SET|CANCEL JOB|CHECKPOINT JOB|CLEAR|COPY|CREATE|DESCRIBE|DROP|END|"
     "EXECUTE STATEMENT SET BEGIN|EXPLAIN|HELP|INSERT|QUIT|RESET|RESTORE JOB|SAVEPOINT JOB|SELECT|"
     "SET|SHOW|SOURCE|STOP JOB|USE|VALUES|WAIT FOR JOB|WITH"},
    {"SHOW",
     "CATALOGS|CHECKPOINTS FOR JOB|COLUMNS FROM|CREATE|CURRENT|DATABASES|FUNCTIONS|JOBS|SAVEPOINTS|"
     "STATE DIFFERENCE OF|STATE OF|TABLES|USER FUNCTIONS|VIEWS"},
    {"SHOW STATE", "DIFFERENCE OF|OF"},
    {"SHOW STATE OF", "<savepoint>|JOB"},
    {"SHOW STATE DIFFERENCE", "OF"},
    {"SHOW STATE DIFFERENCE OF", "<savepoint>|JOB"},
    {"SHOW STATE DIFFERENCE OF *", "AND"},
    {"SHOW STATE DIFFERENCE OF JOB *", "AND"},
    {"SHOW STATE DIFFERENCE OF * AND", "<savepoint>|JOB"},
    {"SHOW STATE DIFFERENCE OF JOB * AND", "<savepoint>|JOB"},
    {"SHOW STATE DIFFERENCE OF * AND *", "UID"},
    {"SHOW STATE DIFFERENCE OF * AND JOB *", "UID"},
    {"SHOW STATE DIFFERENCE OF JOB * AND *", "UID"},
    {"SHOW STATE DIFFERENCE OF JOB * AND JOB *", "UID"},
    {"SHOW CREATE", "FUNCTION|JOB|TABLE|VIEW"},
    {"SHOW CREATE FUNCTION", "<user function>"},
    {"SHOW CREATE TABLE", "<table>"},
    {"SHOW CREATE VIEW", "<table>"},
    {"SHOW CURRENT", "CATALOG|DATABASE"},
    {"SHOW CHECKPOINTS", "FOR JOB"},
    {"SHOW SAVEPOINTS", "FOR JOB"},
    {"SHOW COLUMNS", "FROM"},
    {"DESCRIBE", "<table>|FUNCTION|JOB|RECOVERY OF JOB|SAVEPOINT"},
    {"DESC", "<table>|FUNCTION|JOB|RECOVERY OF JOB|SAVEPOINT"},
    {"DESCRIBE FUNCTION", "<function>"},
    {"DESCRIBE RECOVERY", "OF JOB"},
    {"DESCRIBE SAVEPOINT", "<savepoint>"},
    {"COPY", "<table>"},
    {"COPY (", "SELECT|TABLE|VALUES|WITH"},
    {"COPY *", "TO"},
    {"COPY * TO * (", "COMPRESSION|DELIMITER|ESCAPE|FORMAT|HEADER|NULL|QUOTE"},
    {"COPY * TO * ( COMPRESSION", "gzip|none"},
    {"COPY * TO * ( FORMAT", "csv|json"},
    {"EXPLAIN",
     "ANALYZE JOB|CHANGELOG_MODE|COPY|ESTIMATED_COST|EXECUTE STATEMENT SET BEGIN|INSERT|"
     "JSON_EXECUTION_PLAN|PLAN_ADVICE|RESTORE JOB|SELECT|STATE|STATEMENT SET BEGIN|WITH"},
    {"EXPLAIN STATE", "EXECUTE STATEMENT SET BEGIN|INSERT|SELECT|STATEMENT SET BEGIN|WITH"},
    {"EXPLAIN ANALYZE", "JOB"},
    {"ALTER", "FUNCTION|TABLE|VIEW"},
    {"ALTER TABLE", "<table>|IF EXISTS"},
    {"ALTER TABLE IF EXISTS", "<table>"},
    {"ALTER TABLE *", "ADD|COMMENT|DROP|MODIFY|RENAME|RESET (|SET ("},
    {"ALTER TABLE * ADD", "PRIMARY KEY (|WATERMARK FOR"},
    {"ALTER TABLE * MODIFY", "PRIMARY KEY (|WATERMARK FOR"},
    {"ALTER TABLE * DROP", "CONSTRAINT|IF EXISTS|PRIMARY KEY|WATERMARK"},
    {"ALTER VIEW", "<table>|IF EXISTS"},
    {"ALTER VIEW *", "AS|RENAME TO"},
    {"ALTER FUNCTION", "<user function>|IF EXISTS"},
    {"ALTER FUNCTION *", "AS"},
    {"DROP", "CATALOG|DATABASE|FUNCTION|JOB|SAVEPOINT|TABLE|TEMPORARY|VIEW"},
    {"DROP TEMPORARY", "FUNCTION|SYSTEM FUNCTION|TABLE|VIEW"},
    {"DROP TABLE", "<table>|IF EXISTS"},
    {"DROP VIEW", "<table>|IF EXISTS"},
    {"DROP FUNCTION", "<user function>|IF EXISTS"},
    {"DROP TEMPORARY FUNCTION", "<user function>|IF EXISTS"},
    {"DROP TEMPORARY SYSTEM FUNCTION", "<user function>|IF EXISTS"},
    {"DROP FUNCTION IF EXISTS", "<user function>"},
    {"DROP DATABASE", "<database>|IF EXISTS"},
    {"DROP CATALOG", "<catalog>|IF EXISTS"},
    {"DROP SAVEPOINT", "<savepoint>|IF EXISTS"},
    {"DROP JOB", "<job>|IF EXISTS"},
    {"DROP TABLE IF EXISTS", "<table>"},
    {"DROP VIEW IF EXISTS", "<table>"},
    {"DROP JOB IF EXISTS", "<job>"},
    {"DROP SAVEPOINT IF EXISTS", "<savepoint>"},
    {"CREATE", "CATALOG|DATABASE|FUNCTION|JOB|OR REPLACE|TABLE|TEMPORARY|VIEW"},
    {"CREATE TEMPORARY", "FUNCTION|SYSTEM FUNCTION|TABLE|VIEW"},
    {"CREATE OR REPLACE", "FUNCTION|TABLE|TEMPORARY|VIEW"},
    {"CREATE JOB", ""},
    {"CREATE JOB *", "AS|WITH ("},
    {"CREATE JOB * AS", "EXECUTE STATEMENT SET BEGIN|INSERT|STATEMENT SET BEGIN"},
    {"STOP", "JOB"},
    {"STOP JOB *", "WITH DRAIN|WITH SAVEPOINT"},
    {"CANCEL", "JOB"},
    {"CANCEL JOB *", "WITH SAVEPOINT"},
    {"CHECKPOINT", "JOB"},
    {"SAVEPOINT", "JOB"},
    {"SAVEPOINT JOB *", "AS|FORMAT CANONICAL|FORMAT NATIVE|TO"},
    {"WAIT", "FOR JOB"},
    {"WAIT FOR", "JOB"},
    {"WAIT FOR JOB *", "UNTIL CHECKPOINT|UNTIL FINISHED|UNTIL IDLE"},
    {"WAIT FOR JOB * UNTIL", "CHECKPOINT|FINISHED|IDLE"},
    {"RESTORE", "JOB"},
    {"RESTORE JOB *", "FROM"},
    {"RESTORE JOB * FROM", "LATEST CHECKPOINT|SAVEPOINT"},
    {"RESTORE JOB * FROM SAVEPOINT", "<savepoint>"},
    {"INSERT", "INTO|OVERWRITE"},
    {"SET", "<option>"},
    {"RESET", "<option>"},
    {"HELP", "<topic>"},
    {"USE", "<database>|CATALOG"},
    {"USE CATALOG", "<catalog>"},
    {"EXECUTE", "STATEMENT SET BEGIN"},
};

std::vector<std::string_view> Parts(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = text.find(by);
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return parts;
}

// What follows behind EXPLAIN RESTORE is what follows behind RESTORE.
std::vector<std::string> WithoutExplain(std::vector<std::string> words) {
  if (words.size() > 1 && words[0] == "EXPLAIN" && words[1] == "RESTORE")
    words.erase(words.begin());
  return words;
}

}  // namespace

Following WhatFollows(const std::vector<std::string>& statement) {
  const std::vector<std::string> words = WithoutExplain(statement);
  Following found;
  const auto fits = [&](const Row& row) {
    return std::ranges::equal(Parts(row.after, ' '), words, [](std::string_view a, const auto& b) {
      return a == b || (a == "*" && b != "(" && b != "JOB");
    });
  };
  for (const Row& row : kRows) {
    if (!fits(row)) continue;
    found.is_known = true;
    for (const std::string_view word : Parts(row.words, '|')) {
      if (!word.starts_with("<")) found.words.push_back(word);
      found.relations |= word == "<table>";
      found.jobs |= word == "<job>";
      found.savepoints |= word == "<savepoint>";
      found.databases |= word == "<database>";
      found.catalogs |= word == "<catalog>";
      found.functions |= word == "<function>";
      found.user_functions |= word == "<user function>";
      found.options |= word == "<option>";
      found.topics |= word == "<topic>";
    }
  }
  if (!found.is_known && !words.empty() && words.back() == "JOB")
    found.jobs = found.is_known = true;
  return found;
}

}  // namespace weir::shell
