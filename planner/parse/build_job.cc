#include "planner/parse/builder.h"

namespace weir::parse {

using ast::StatementNode;

namespace {

void AddRestoreClause(Builder* builder, Rule* any, ast::RestoreJob* restore) {
  if (dynamic_cast<P::AllowNonRestoredContext*>(any)) restore->allow_non_restored = true;
  if (dynamic_cast<P::AllowPartialContext*>(any)) restore->allow_partial = true;
  const auto append = [builder](P::TextsContext* texts, std::vector<ast::Text>* target) {
    for (ast::Text& text : builder->Build(texts)) target->push_back(std::move(text));
  };
  if (auto* drop = dynamic_cast<P::AllowDropContext*>(any))
    append(drop->texts(), &restore->allow_drop);
  if (auto* accept = dynamic_cast<P::AcceptChangesContext*>(any)) {
    append(accept->texts(), &restore->accept_changes);
  }
  if (auto* mapping = dynamic_cast<P::WithStateMappingContext*>(any)) {
    for (auto* pair : mapping->stateMapping()) {
      restore->mappings.push_back(
          {builder->BuildText(pair->STRING(0)), builder->BuildText(pair->STRING(1))});
    }
  }
  if (auto* options = dynamic_cast<P::RestoreOptionsContext*>(any)) {
    for (ast::Property& option : builder->Build(options->properties())) {
      restore->options.push_back(std::move(option));
    }
  }
}

}  // namespace

StatementNode Builder::Build(P::CreateJobContext* context) {
  ast::CreateJob create;
  create.job = Build(context->reference());
  create.if_not_exists = context->ifNotExists() != nullptr;
  if (context->properties()) create.options = Build(context->properties());
  create.statement = Build(context->job());
  return create;
}

StatementNode Builder::Build(P::StopJobContext* context) {
  ast::StopJob stop;
  stop.cancel = context->K_CANCEL() != nullptr;
  stop.job = Build(context->reference());
  stop.savepoint = context->K_SAVEPOINT() != nullptr;
  if (context->STRING()) stop.directory = BuildText(context->STRING());
  stop.drain = context->K_DRAIN() != nullptr;
  if (stop.cancel && stop.drain) {
    Fail(SpanOf(context->K_DRAIN()), "a cancelled job is not drained", "use STOP JOB … WITH DRAIN");
  }
  return stop;
}

StatementNode Builder::Build(P::DropJobContext* context) {
  return ast::DropJob{context->ifExists() != nullptr, Build(context->reference())};
}

StatementNode Builder::Build(P::SavepointJobContext* context) {
  ast::SavepointJob savepoint;
  savepoint.job = Build(context->reference());
  if (context->identifier()) savepoint.name = Build(context->identifier());
  if (context->STRING()) savepoint.directory = BuildText(context->STRING());
  if (context->K_CANONICAL()) savepoint.format = ast::SavepointFormat::kCanonical;
  if (context->K_NATIVE()) savepoint.format = ast::SavepointFormat::kNative;
  return savepoint;
}

StatementNode Builder::Build(P::DropSavepointContext* context) {
  return ast::DropSavepoint{context->ifExists() != nullptr, Build(context->reference())};
}

StatementNode Builder::Build(P::CheckpointJobContext* context) {
  return ast::CheckpointJob{Build(context->reference())};
}

StatementNode Builder::Build(P::RestoreJobContext* context) {
  ast::RestoreJob restore;
  restore.job = Build(context->reference());
  if (context->STRING()) {
    const ast::Text path = BuildText(context->STRING());
    restore.savepoint = {path.text, true, false, path.span};
  } else if (context->identifier()) {
    const ast::Identifier name = Build(context->identifier());
    restore.source = ast::RestoreSource::kSavepoint;
    restore.savepoint = {name.text, false, name.quoted, name.span};
  } else {
    restore.source = ast::RestoreSource::kLatestCheckpoint;
  }
  for (auto* clause : context->restoreClause()) AddRestoreClause(this, clause, &restore);
  if (context->job()) restore.statement = Build(context->job());
  return restore;
}

StatementNode Builder::Build(P::WaitForJobContext* context) {
  ast::WaitForJob wait;
  wait.job = Build(context->reference());
  if (context->K_IDLE()) wait.until = ast::WaitCondition::kIdle;
  if (context->K_CHECKPOINT()) wait.until = ast::WaitCondition::kCheckpoint;
  if (context->intervalLiteral()) wait.timeout = Build(context->intervalLiteral());
  return wait;
}

}  // namespace weir::parse
