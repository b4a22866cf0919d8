#include "planner/ast/show_kind.h"
#include "planner/ast/sql_writer.h"
#include "runtime/base/check.h"

namespace weir::ast {
namespace {

std::string_view WordsOf(RestoreSource value) {
  switch (value) {
    case RestoreSource::kPath:
      return "";
    case RestoreSource::kSavepoint:
      return "SAVEPOINT ";
    case RestoreSource::kLatestCheckpoint:
      return "LATEST CHECKPOINT";
  }
  WEIR_UNREACHABLE();
}

std::string_view WordsOf(WaitCondition value) {
  switch (value) {
    case WaitCondition::kFinished:
      return "FINISHED";
    case WaitCondition::kIdle:
      return "IDLE";
    case WaitCondition::kCheckpoint:
      return "CHECKPOINT";
  }
  WEIR_UNREACHABLE();
}

std::string_view WordsOf(ShowKind value) {
  switch (value) {
    case ShowKind::kCatalogs:
      return "CATALOGS";
    case ShowKind::kCurrentCatalog:
      return "CURRENT CATALOG";
    case ShowKind::kDatabases:
      return "DATABASES";
    case ShowKind::kCurrentDatabase:
      return "CURRENT DATABASE";
    case ShowKind::kTables:
      return "TABLES";
    case ShowKind::kViews:
      return "VIEWS";
    case ShowKind::kMaterializedTables:
      return "MATERIALIZED TABLES";
    case ShowKind::kColumns:
      return "COLUMNS";
    case ShowKind::kPartitions:
      return "PARTITIONS";
    case ShowKind::kFunctions:
      return "FUNCTIONS";
    case ShowKind::kUserFunctions:
      return "USER FUNCTIONS";
    case ShowKind::kProcedures:
      return "PROCEDURES";
    case ShowKind::kModules:
      return "MODULES";
    case ShowKind::kFullModules:
      return "FULL MODULES";
    case ShowKind::kJars:
      return "JARS";
    case ShowKind::kJobs:
      return "JOBS";
    case ShowKind::kModels:
      return "MODELS";
    case ShowKind::kConnections:
      return "CONNECTIONS";
    case ShowKind::kSavepoints:
      return "SAVEPOINTS";
    case ShowKind::kCheckpoints:
      return "CHECKPOINTS";
    case ShowKind::kState:
      return "STATE OF ";
    case ShowKind::kStateDifference:
      return "STATE DIFFERENCE OF ";
    case ShowKind::kCreateTable:
      return "CREATE TABLE";
    case ShowKind::kCreateView:
      return "CREATE VIEW";
    case ShowKind::kCreateCatalog:
      return "CREATE CATALOG";
    case ShowKind::kCreateDatabase:
      return "CREATE DATABASE";
    case ShowKind::kCreateMaterializedTable:
      return "CREATE MATERIALIZED TABLE";
    case ShowKind::kCreateOrAlterMaterializedTable:
      return "CREATE OR ALTER MATERIALIZED TABLE";
    case ShowKind::kCreateModel:
      return "CREATE MODEL";
    case ShowKind::kCreateConnection:
      return "CREATE CONNECTION";
    case ShowKind::kCreateFunction:
      return "CREATE FUNCTION";
    case ShowKind::kCreateJob:
      return "CREATE JOB";
  }
  WEIR_UNREACHABLE();
}

std::string_view WordsOf(DescribeKind value) {
  switch (value) {
    case DescribeKind::kRelation:
      return "";
    case DescribeKind::kCatalog:
      return "CATALOG ";
    case DescribeKind::kDatabase:
      return "DATABASE ";
    case DescribeKind::kFunction:
      return "FUNCTION ";
    case DescribeKind::kModel:
      return "MODEL ";
    case DescribeKind::kConnection:
      return "CONNECTION ";
    case DescribeKind::kJob:
      return "JOB ";
    case DescribeKind::kSavepoint:
      return "SAVEPOINT ";
    case DescribeKind::kRecovery:
      return "RECOVERY OF JOB ";
    case DescribeKind::kJobCosts:
      break;  // begins with another word
  }
  WEIR_UNREACHABLE();
}

}  // namespace

void SqlWriter::Put(const CreateJob& node) {
  Put("CREATE JOB ")
      .PutIf(node.if_not_exists, "IF NOT EXISTS ")
      .Put(node.job)
      .PutWith(node.options);
  Put(" AS ").Put(node.statement);
}

void SqlWriter::Put(const StopJob& node) {
  Put(node.cancel ? "CANCEL JOB " : "STOP JOB ")
      .Put(node.job)
      .PutIf(node.savepoint, " WITH SAVEPOINT");
  if (node.directory) Put(" ").Put(*node.directory);
  PutIf(node.drain, " WITH DRAIN");
}

void SqlWriter::Put(const DropJob& node) {
  Put("DROP JOB ").PutIf(node.if_exists, "IF EXISTS ").Put(node.job);
}

void SqlWriter::Put(const SavepointJob& node) {
  Put("SAVEPOINT JOB ").Put(node.job);
  if (node.name) Put(" AS ").Put(*node.name);
  if (node.directory) Put(" TO ").Put(*node.directory);
  PutIf(node.format == SavepointFormat::kCanonical, " FORMAT CANONICAL");
  PutIf(node.format == SavepointFormat::kNative, " FORMAT NATIVE");
}

void SqlWriter::Put(const DropSavepoint& node) {
  Put("DROP SAVEPOINT ").PutIf(node.if_exists, "IF EXISTS ").Put(node.savepoint);
}

void SqlWriter::Put(const CheckpointJob& node) {
  Put("CHECKPOINT JOB ").Put(node.job);
}
void SqlWriter::Put(const StateMapping& node) {
  Put(node.from).Put(" TO ").Put(node.to);
}

void SqlWriter::Put(const RestoreJob& node) {
  Put("RESTORE JOB ").Put(node.job).Put(" FROM ").Put(WordsOf(node.source));
  if (node.source != RestoreSource::kLatestCheckpoint) Put(node.savepoint);
  PutIf(node.allow_non_restored, " ALLOW NON RESTORED STATE");
  if (!node.allow_drop.empty()) Put(" ALLOW DROP ").PutParenthesised(node.allow_drop);
  PutIf(node.allow_partial, " ALLOW PARTIAL");
  if (!node.accept_changes.empty()) Put(" ACCEPT CHANGES ").PutParenthesised(node.accept_changes);
  if (!node.mappings.empty()) Put(" WITH STATE MAPPING ").PutParenthesised(node.mappings);
  PutWith(node.options);
  if (node.statement) Put(" AS ").Put(node.statement);
}

void SqlWriter::Put(const WaitForJob& node) {
  Put("WAIT FOR JOB ").Put(node.job).Put(" UNTIL ").Put(WordsOf(node.until));
  if (node.timeout) Put(" TIMEOUT ").Put(node.timeout);
}

void SqlWriter::Put(const Show& node) {
  Put("SHOW ").Put(WordsOf(node.kind));
  // SHOW CREATE … and SHOW PARTITIONS name an object, without FROM.
  const bool object = node.kind >= ShowKind::kCreateTable || node.kind == ShowKind::kPartitions;
  if (node.job) Put(node.kind == ShowKind::kCreateJob ? " " : " FOR JOB ").Put(*node.job);
  if (!node.name.empty()) Put(object ? " " : node.in ? " IN " : " FROM ").Put(node.name);
  if (!node.partition.empty()) {
    Put(" ");
    Put(node.partition);
  }
  PutList(node.states, " AND ");
  if (node.state_table) {
    Put(" ");
    Put(*node.state_table);
  }
  if (!node.filter) return;
  PutIf(node.filter->negated, " NOT").Put(node.filter->ignore_case ? " ILIKE " : " LIKE ");
  Put(node.filter->pattern);
}

void SqlWriter::Put(const Describe& node) {
  if (node.kind == DescribeKind::kJobCosts) {
    Put("EXPLAIN ANALYZE JOB ").Put(node.reference);
    return;
  }
  Put("DESCRIBE ").Put(WordsOf(node.kind)).PutIf(node.extended, "EXTENDED ");
  if (node.kind == DescribeKind::kJob || node.kind == DescribeKind::kRecovery ||
      node.kind == DescribeKind::kSavepoint) {
    Put(node.reference);
  } else {
    Put(node.name);
  }
}

void SqlWriter::Put(const Use& node) {
  Put(node.catalog ? "USE CATALOG " : "USE ").Put(node.name);
}
void SqlWriter::Put(const UseModules& node) {
  Put("USE MODULES ").PutList(node.modules);
}
void SqlWriter::Put(const LoadModule& node) {
  Put("LOAD MODULE ").Put(node.module).PutWith(node.options);
}
void SqlWriter::Put(const UnloadModule& node) {
  Put("UNLOAD MODULE ").Put(node.module);
}
void SqlWriter::Put(const Jar& node) {
  Put(node.remove ? "REMOVE JAR " : "ADD JAR ").Put(node.path);
}

void SqlWriter::Put(const Set& node) {
  Put("SET");
  if (node.key) Put(" ").Put(*node.key);
  if (node.value) Put(" = ").Put(*node.value);
}
void SqlWriter::Put(const Reset& node) {
  Put("RESET");
  if (node.key) Put(" ").Put(*node.key);
}
void SqlWriter::Put(const Help& node) {
  Put("HELP").PutIf(!node.topic.empty(), " ").Put(std::string_view(node.topic));
}
void SqlWriter::Put(const Quit&) {
  Put("QUIT");
}
void SqlWriter::Put(const Clear&) {
  Put("CLEAR");
}
void SqlWriter::Put(const Source& node) {
  Put("SOURCE ").Put(node.file);
}

}  // namespace weir::ast
