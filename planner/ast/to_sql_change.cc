#include "planner/ast/sql_writer.h"
#include "runtime/base/check.h"

namespace weir::ast {
namespace {

std::string_view WordsOf(ExplainDetail value) {
  switch (value) {
    case ExplainDetail::kEstimatedCost:
      return "ESTIMATED_COST";
    case ExplainDetail::kChangelogMode:
      return "CHANGELOG_MODE";
    case ExplainDetail::kJsonExecutionPlan:
      return "JSON_EXECUTION_PLAN";
    case ExplainDetail::kPlanAdvice:
      return "PLAN_ADVICE";
    case ExplainDetail::kState:
      return "STATE";
  }
  WEIR_UNREACHABLE();
}

}  // namespace

SqlWriter& SqlWriter::Put(const Statement& node) {
  std::visit([this](const auto& statement) { Put(statement); }, node.node);
  return *this;
}

void SqlWriter::Put(const QueryStatement& node) {
  Put(node.query);
}

void SqlWriter::Put(const Insert& node) {
  Put(node.upsert ? "UPSERT " : "INSERT ")
      .Put(node.overwrite ? "OVERWRITE " : "INTO ")
      .Put(node.target);
  PutHints(node.hints);
  if (!node.partition.empty()) {
    Put(" ");
    Put(node.partition);
  }
  if (!node.columns.empty()) Put(" ").PutParenthesised(node.columns);
  Put(" ").Put(node.query);
  PutIf(node.conflict == ConflictAction::kError, " ON CONFLICT DO ERROR");
  PutIf(node.conflict == ConflictAction::kNothing, " ON CONFLICT DO NOTHING");
  PutIf(node.conflict == ConflictAction::kDeduplicate, " ON CONFLICT DO DEDUPLICATE");
}

void SqlWriter::Put(const Copy& node) {
  Put("COPY ");
  if (node.query) {
    Put("(").Put(node.query).Put(")");
  } else {
    Put(node.table);
  }
  if (!node.columns.empty()) Put(" ").PutParenthesised(node.columns);
  Put(node.from ? " FROM " : " TO ").Put(node.file);
  for (const CopyOption& option : node.options) {
    Put(&option == node.options.data() ? " WITH (" : ", ").PutHintText(option.key);
    if (option.value) Put(option.key.is_string ? " = " : " ").PutHintText(*option.value);
  }
  PutIf(!node.options.empty(), ")");
}

void SqlWriter::Put(const StatementSet& node) {
  Put("EXECUTE STATEMENT SET BEGIN ").PutList(node.statements, "; ").Put("; END");
}

void SqlWriter::Put(const BeginStatementSet&) {
  Put("BEGIN STATEMENT SET");
}
void SqlWriter::Put(const EndStatementSet&) {
  Put("END");
}
void SqlWriter::Put(const Execute& node) {
  Put("EXECUTE ").Put(node.statement);
}

void SqlWriter::Put(const Assignment& node) {
  Put(node.column).Put(" = ").Put(node.value);
}

void SqlWriter::Put(const Update& node) {
  Put("UPDATE ").Put(node.target);
  if (node.alias) Put(" AS ").Put(*node.alias);
  Put(" SET ").PutList(node.assignments);
  if (node.where) Put(" WHERE ").Put(node.where);
}

void SqlWriter::Put(const Delete& node) {
  Put("DELETE FROM ").Put(node.target);
  if (node.alias) Put(" AS ").Put(*node.alias);
  if (node.where) Put(" WHERE ").Put(node.where);
}

void SqlWriter::Put(const Merge& node) {
  Put("MERGE INTO ").Put(node.target);
  if (node.alias) Put(" AS ").Put(*node.alias);
  Put(" USING ").PutPrimary(node.source, false).Put(" ON ").Put(node.condition);
  if (!node.update.empty()) Put(" WHEN MATCHED THEN UPDATE SET ").PutList(node.update);
  if (!node.insert) return;
  Put(" WHEN NOT MATCHED THEN INSERT ");
  if (!node.insert->columns.empty()) PutParenthesised(node.insert->columns).Put(" ");
  Put("VALUES ").PutParenthesised(node.insert->values);
}

void SqlWriter::Put(const Truncate& node) {
  Put("TRUNCATE TABLE ").Put(node.target);
}
void SqlWriter::Put(const CallProcedure& node) {
  Put("CALL ");
  Put(node.call);
}

void SqlWriter::Put(const CompilePlan& node) {
  Put(node.execute ? "COMPILE AND EXECUTE PLAN " : "COMPILE PLAN ").Put(node.file);
  PutIf(node.if_not_exists, " IF NOT EXISTS").Put(" FOR ").Put(node.statement);
}

void SqlWriter::Put(const ExecutePlan& node) {
  Put("EXECUTE PLAN ").Put(node.file);
}

void SqlWriter::Put(const Explain& node) {
  Put("EXPLAIN ");
  for (size_t i = 0; i < node.details.size(); ++i) {
    PutIf(i > 0, ", ").Put(WordsOf(node.details[i]));
  }
  PutIf(!node.details.empty(), " ").Put(node.statement);
}

void SqlWriter::Put(const Analyze& node) {
  Put("ANALYZE TABLE ").Put(node.table);
  if (!node.partition.empty()) {
    Put(" ");
    Put(node.partition);
  }
  Put(" COMPUTE STATISTICS").PutIf(node.all_columns, " FOR ALL COLUMNS");
  if (!node.columns.empty()) Put(" FOR COLUMNS ").PutList(node.columns);
}

}  // namespace weir::ast
