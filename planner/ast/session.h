// Statements that only read (SHOW, DESCRIBE) and statements about the session itself. The words are
// Flink SQL's ("SHOW Statements", "SET Statements", …), and our own for jobs. They change no table
// and start no job.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/ast/job.h"

namespace weir::ast {

// Only declared, so that a new kind rebuilds what builds, prints and executes SHOW (show_kind.h),
// and nothing else.
enum class ShowKind : uint8_t;
// [NOT] {LIKE | ILIKE} 'pattern', with SQL's % and _, which a \ before them makes plain.
struct ShowFilter {
  bool negated = false;
  bool ignore_case = false;
  Text pattern;
  friend bool operator==(const ShowFilter&, const ShowFilter&) = default;
};
// SHOW kind [{FROM | IN} scope | object | FOR JOB job | OF state [AND state] [table]] [filter].
struct Show {
  ShowKind kind{};
  bool in = false;                            // IN rather than FROM before `name`
  Name name;                                  // scope or object; may be empty
  PartitionSpec partition;                    // kPartitions
  std::optional<Reference> job;               // kSavepoints, kCheckpoints, kCreateJob
  std::vector<StateSource> states;            // kState: one; kStateDifference: two
  std::optional<StateTableName> state_table;  // kStateDifference
  std::optional<ShowFilter> filter;
  friend bool operator==(const Show&, const Show&) = default;
};

// {DESCRIBE | DESC} [kind] [EXTENDED] name. kRelation: a table or view, no word before the name.
enum class DescribeKind : uint8_t {
  kRelation,
  kCatalog,
  kDatabase,
  kFunction,
  kModel,
  kConnection,
  kJob,
  kSavepoint,
  kJobCosts,  // EXPLAIN ANALYZE JOB j
  kRecovery,  // DESCRIBE RECOVERY OF JOB j
};
struct Describe {
  DescribeKind kind = DescribeKind::kRelation;
  // DESCRIBE EXTENDED, which is accepted and changes nothing so far.
  bool extended = false;
  Name name;            // all but those below
  Reference reference;  // kJob, kSavepoint, kJobCosts, kRecovery
  friend bool operator==(const Describe&, const Describe&) = default;
};

// USE CATALOG c, USE [c.]db.
struct Use {
  bool catalog = false;
  Name name;
  friend bool operator==(const Use&, const Use&) = default;
};
// USE MODULES a, b.
struct UseModules {
  // In the order in which functions are looked up.
  std::vector<Identifier> modules;
  friend bool operator==(const UseModules&, const UseModules&) = default;
};
// LOAD MODULE m [WITH (…)]. The module "state" is built in; loading, using and unloading others is
// E1002.
struct LoadModule {
  Identifier module;
  Properties options;
  friend bool operator==(const LoadModule&, const LoadModule&) = default;
};
// UNLOAD MODULE m.
struct UnloadModule {
  Identifier module;
  friend bool operator==(const UnloadModule&, const UnloadModule&) = default;
};
// {ADD | REMOVE} JAR 'path'. Has no effect: there is no JVM here.
struct Jar {
  bool remove = false;
  Text path;
  friend bool operator==(const Jar&, const Jar&) = default;
};

// SET; SET 'key'; SET 'key' = 'value'. Flink's form without quotes (SET key = value) becomes this
// one.
struct Set {
  // Absent: list all settings.
  std::optional<Text> key;
  // Absent: show this one.
  std::optional<Text> value;
  friend bool operator==(const Set&, const Set&) = default;
};
// RESET; RESET 'key'.
struct Reset {
  // Absent: all of them.
  std::optional<Text> key;
  friend bool operator==(const Reset&, const Reset&) = default;
};
// HELP [topic]: `topic` is the rest of the statement, with one blank between words.
struct Help {
  std::string topic;
  friend bool operator==(const Help&, const Help&) = default;
};
// QUIT, EXIT.
struct Quit {
  friend bool operator==(const Quit&, const Quit&) = default;
};
// CLEAR: the shell's screen.
struct Clear {
  friend bool operator==(const Clear&, const Clear&) = default;
};
// SOURCE 'file.sql': runs the file's statements in this session.
struct Source {
  Text file;
  friend bool operator==(const Source&, const Source&) = default;
};

}  // namespace weir::ast
