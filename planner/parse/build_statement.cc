#include "planner/parse/builder.h"
#include "planner/parse/dispatch.h"

namespace weir::parse {

ast::StatementPtr Builder::Build(P::StatementContext* context) {
  return BuildStatement(static_cast<Rule*>(context->children[0]));
}

ast::StatementPtr Builder::BuildStatement(Rule* context) {
  ast::Statement statement;
  statement.node =
      Dispatch<ast::StatementNode, P::QueryStatementContext, P::InsertContext,
               P::StatementSetContext, P::BeginStatementSetContext, P::EndStatementSetContext,
               P::ExecuteContext, P::ExecutePlanContext, P::CompilePlanContext, P::UpdateContext,
               P::DeleteRowsContext, P::MergeContext, P::TruncateContext, P::CallProcedureContext,
               P::ExplainContext, P::AnalyzeContext, P::CreateTableContext,
               P::CreateMaterializedTableContext, P::CreateViewContext, P::CreateFunctionContext,
               P::CreateObjectContext, P::CreateModelContext, P::AlterContext, P::DropContext,
               P::CreateJobContext, P::StopJobContext, P::DropJobContext, P::SavepointJobContext,
               P::DropSavepointContext, P::CheckpointJobContext, P::RestoreJobContext,
               P::WaitForJobContext, P::ShowContext, P::DescribeContext, P::UseContext,
               P::UseModulesContext, P::LoadModuleContext, P::UnloadModuleContext, P::JarContext,
               P::SetContext, P::ResetSettingContext, P::HelpContext, P::QuitContext,
               P::ClearContext, P::SourceContext>(this, context);
  statement.span = SpanOf(context);
  return statement;
}

}  // namespace weir::parse
