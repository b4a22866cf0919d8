#include "planner/parse/builder.h"

namespace weir::parse {

using ast::StatementNode;

StatementNode Builder::Build(P::QueryStatementContext* context) {
  return ast::QueryStatement{Build(context->query())};
}

StatementNode Builder::Build(P::InsertContext* context) {
  ast::Insert insert;
  insert.upsert = context->K_UPSERT() != nullptr;
  insert.overwrite = context->K_OVERWRITE() != nullptr;
  insert.target = Build(context->name());
  if (context->hints()) insert.hints = Build(context->hints());
  insert.partition = Build(context->partitionSpec());
  if (context->names()) insert.columns = Build(context->names());
  insert.query = Build(context->query());
  if (context->K_ERROR()) insert.conflict = ast::ConflictAction::kError;
  if (context->K_NOTHING()) insert.conflict = ast::ConflictAction::kNothing;
  if (context->K_DEDUPLICATE()) insert.conflict = ast::ConflictAction::kDeduplicate;
  return insert;
}

ast::Reference Builder::Build(P::CopyWordContext* context) {
  const ast::Span span = SpanOf(context);
  if (!context->identifier()) return {std::string(TextOf(span)), false, false, span};
  const ast::Identifier word = Build(context->identifier());
  return {word.text, false, word.quoted, span};
}

ast::CopyOption Builder::Build(P::CopyOptionContext* context) {
  const auto text = [this](TerminalNode* string) -> ast::Reference {
    const ast::Text built = BuildText(string);
    return {built.text, true, false, built.span};
  };
  ast::CopyOption option;
  option.span = SpanOf(context);
  const std::vector<P::CopyWordContext*> words = context->copyWord();
  const std::vector<TerminalNode*> strings = context->STRING();
  if (words.empty()) {
    option.key = text(strings[0]);
    option.value = text(strings[1]);
    return option;
  }
  option.key = Build(words[0]);
  if (words.size() > 1) option.value = Build(words[1]);
  if (!strings.empty()) option.value = text(strings[0]);
  return option;
}

StatementNode Builder::Build(P::CopyContext* context) {
  ast::Copy copy;
  if (context->query()) copy.query = Build(context->query());
  if (context->name()) copy.table = Build(context->name());
  if (context->copiedFile) copy.table = BuildFileName(context->STRING().front());
  if (context->identifiers()) copy.columns = Build(context->identifiers());
  copy.from = context->K_FROM() != nullptr;
  copy.file = BuildText(context->STRING().back());
  for (auto* option : context->copyOption()) copy.options.push_back(Build(option));
  return copy;
}

StatementNode Builder::Build(P::StatementSetContext* context) {
  ast::StatementSet set;
  for (auto* insert : context->insert()) set.statements.push_back(BuildStatement(insert));
  return set;
}

StatementNode Builder::Build(P::BeginStatementSetContext*) {
  return ast::BeginStatementSet{};
}
StatementNode Builder::Build(P::EndStatementSetContext*) {
  return ast::EndStatementSet{};
}

StatementNode Builder::Build(P::ExecuteContext* context) {
  if (context->insert()) return ast::Execute{BuildStatement(context->insert())};
  ast::Statement statement;
  statement.node = ast::QueryStatement{Build(context->query())};
  statement.span = SpanOf(context->query());
  return ast::Execute{std::move(statement)};
}

StatementNode Builder::Build(P::ExecutePlanContext* context) {
  return ast::ExecutePlan{Build(context->text())};
}

ast::StatementPtr Builder::Build(P::JobContext* context) {
  return BuildStatement(static_cast<Rule*>(context->children[0]));
}

StatementNode Builder::Build(P::CompilePlanContext* context) {
  ast::CompilePlan plan;
  plan.file = BuildText(context->STRING());
  plan.if_not_exists = context->ifNotExists() != nullptr;
  plan.execute = context->K_EXECUTE() != nullptr;
  plan.statement = Build(context->job());
  return plan;
}

std::vector<ast::Assignment> Builder::BuildAll(const std::vector<P::AssignmentContext*>& contexts) {
  std::vector<ast::Assignment> assignments;
  for (auto* context : contexts) {
    assignments.push_back({Build(context->name()), Build(context->expression())});
  }
  return assignments;
}

StatementNode Builder::Build(P::UpdateContext* context) {
  ast::Update update;
  update.target = Build(context->name());
  if (context->identifier()) update.alias = Build(context->identifier());
  update.assignments = BuildAll(context->assignment());
  if (context->expression()) update.where = Build(context->expression());
  return update;
}

StatementNode Builder::Build(P::DeleteRowsContext* context) {
  ast::Delete rows;
  rows.target = Build(context->name());
  if (context->identifier()) rows.alias = Build(context->identifier());
  if (context->expression()) rows.where = Build(context->expression());
  return rows;
}

StatementNode Builder::Build(P::MergeContext* context) {
  ast::Merge merge;
  merge.target = Build(context->name());
  if (context->identifier()) merge.alias = Build(context->identifier());
  merge.source = Build(context->tablePrimary());
  merge.condition = Build(context->expression());
  merge.update = BuildAll(context->assignment());
  if (auto* values = context->mergeValues()) {
    ast::MergeInsert insert;
    if (context->names()) insert.columns = Build(context->names());
    insert.values = BuildAll(values->expression());
    merge.insert = std::move(insert);
  }
  if (merge.update.empty() && !merge.insert) {
    Fail(SpanOf(context), "MERGE needs WHEN MATCHED or WHEN NOT MATCHED");
  }
  return merge;
}

StatementNode Builder::Build(P::TruncateContext* context) {
  return ast::Truncate{Build(context->name())};
}

StatementNode Builder::Build(P::CallProcedureContext* context) {
  return ast::CallProcedure{Build(context->functionCall())};
}

StatementNode Builder::Build(P::ExplainContext* context) {
  ast::Explain explain;
  for (auto* detail : context->explainDetail()) {
    if (detail->K_ESTIMATED_COST()) explain.details.push_back(ast::ExplainDetail::kEstimatedCost);
    if (detail->K_CHANGELOG_MODE()) explain.details.push_back(ast::ExplainDetail::kChangelogMode);
    if (detail->K_JSON_EXECUTION_PLAN())
      explain.details.push_back(ast::ExplainDetail::kJsonExecutionPlan);
    if (detail->K_PLAN_ADVICE()) explain.details.push_back(ast::ExplainDetail::kPlanAdvice);
    if (detail->K_STATE()) explain.details.push_back(ast::ExplainDetail::kState);
  }
  explain.statement = BuildStatement(static_cast<Rule*>(context->explained()->children[0]));
  return explain;
}

StatementNode Builder::Build(P::AnalyzeContext* context) {
  ast::Analyze analyze;
  analyze.table = Build(context->name());
  analyze.partition = Build(context->partitionSpec());
  analyze.all_columns = context->K_ALL() != nullptr;
  for (auto* column : context->identifier()) analyze.columns.push_back(Build(column));
  return analyze;
}

}  // namespace weir::parse
