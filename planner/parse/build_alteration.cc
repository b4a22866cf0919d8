#include "planner/parse/builder.h"
#include "planner/parse/dispatch.h"

namespace weir::parse {

using ast::AlterAction;

ast::StatementNode Builder::Build(P::AlterContext* context) {
  ast::Alter alter;
  alter.kind = Build(context->objectKind());
  alter.if_exists = context->ifExists() != nullptr;
  alter.name = Build(context->name());
  alter.partition = Build(context->partitionSpec());
  alter.action =
      Dispatch<AlterAction, P::RenameObjectContext, P::RenameColumnContext, P::SetOptionsContext,
               P::ResetOptionsContext, P::SetCommentContext, P::AddPartitionsContext,
               P::ChangeDistributionContext, P::ChangeElementsContext, P::DropPartitionsContext,
               P::DropPartContext, P::DropColumnsContext, P::SuspendContext, P::ResumeContext,
               P::RefreshContext, P::SetFreshnessContext, P::SetRefreshModeContext,
               P::RedefineQueryContext, P::RedefineFunctionContext>(this, context->alterAction());
  if (auto* temporary = context->temporary()) {
    auto* function = std::get_if<ast::RedefineFunction>(&alter.action);
    if (function == nullptr) {
      Fail(SpanOf(temporary), "only ALTER FUNCTION takes TEMPORARY");
    } else {
      function->temporary = true;
      function->system = temporary->K_SYSTEM() != nullptr;
    }
  }
  return alter;
}

ast::PartitionSpec Builder::Build(P::PartitionSpecContext* context) {
  ast::PartitionSpec spec;
  if (context == nullptr) return spec;
  for (auto* value : context->partitionValue()) {
    ast::PartitionValue built{Build(value->identifier()), nullptr};
    if (value->operand()) built.value = Build(value->operand());
    spec.push_back(std::move(built));
  }
  return spec;
}

AlterAction Builder::Build(P::RenameObjectContext* context) {
  return ast::RenameObject{Build(context->name())};
}

AlterAction Builder::Build(P::RenameColumnContext* context) {
  return ast::RenameColumn{Build(context->name()), Build(context->identifier())};
}

AlterAction Builder::Build(P::SetOptionsContext* context) {
  return ast::SetOptions{Build(context->properties())};
}

AlterAction Builder::Build(P::ResetOptionsContext* context) {
  return ast::ResetOptions{Build(context->texts())};
}

AlterAction Builder::Build(P::SetCommentContext* context) {
  return ast::SetComment{*Build(context->comment())};
}

AlterAction Builder::Build(P::AddPartitionsContext* context) {
  ast::AddPartitions add;
  add.if_not_exists = context->ifNotExists() != nullptr;
  for (auto* partition : context->addPartition()) {
    ast::AddPartition built{Build(partition->partitionSpec()), {}};
    if (partition->properties()) built.options = Build(partition->properties());
    add.partitions.push_back(std::move(built));
  }
  return add;
}

AlterAction Builder::Build(P::ChangeDistributionContext* context) {
  return ast::ChangeDistribution{context->K_MODIFY() != nullptr, Build(context->distribution())};
}

AlterAction Builder::Build(P::ChangeElementsContext* context) {
  ast::ChangeElements change;
  change.modify = context->K_MODIFY() != nullptr;
  change.if_not_exists = context->ifNotExists() != nullptr;
  if (context->tableElements()) {
    change.elements = Build(context->tableElements());
  } else {
    change.elements.push_back(Build(context->tableElement()));
  }
  return change;
}

AlterAction Builder::Build(P::DropPartitionsContext* context) {
  ast::DropPartitions drop;
  drop.if_exists = context->ifExists() != nullptr;
  for (auto* partition : context->partitionSpec()) drop.partitions.push_back(Build(partition));
  return drop;
}

AlterAction Builder::Build(P::DropPartContext* context) {
  ast::DropPart drop;
  if (context->K_WATERMARK()) drop.part = ast::TablePart::kWatermark;
  if (context->K_DISTRIBUTION()) drop.part = ast::TablePart::kDistribution;
  if (context->K_CONSTRAINT()) {
    drop.part = ast::TablePart::kConstraint;
    drop.constraint = Build(context->identifier());
  }
  return drop;
}

AlterAction Builder::Build(P::DropColumnsContext* context) {
  ast::DropColumns drop;
  drop.if_exists = context->ifExists() != nullptr;
  if (context->names()) {
    drop.columns = Build(context->names());
  } else {
    drop.columns.push_back(Build(context->name()));
  }
  return drop;
}

AlterAction Builder::Build(P::SuspendContext*) {
  return ast::Suspend{};
}

AlterAction Builder::Build(P::ResumeContext* context) {
  ast::Resume resume;
  if (context->properties()) resume.options = Build(context->properties());
  return resume;
}

AlterAction Builder::Build(P::RefreshContext* context) {
  return ast::Refresh{Build(context->partitionSpec())};
}

AlterAction Builder::Build(P::SetFreshnessContext* context) {
  return ast::SetRefresh{Build(context->intervalLiteral()), ast::RefreshMode::kUnsaid};
}

AlterAction Builder::Build(P::SetRefreshModeContext* context) {
  const bool full = context->refreshMode()->K_FULL() != nullptr;
  return ast::SetRefresh{nullptr, full ? ast::RefreshMode::kFull : ast::RefreshMode::kContinuous};
}

AlterAction Builder::Build(P::RedefineQueryContext* context) {
  ast::RedefineQuery redefine;
  if (context->startMode()) redefine.start_mode = Build(context->startMode());
  redefine.query = Build(context->query());
  return redefine;
}

AlterAction Builder::Build(P::RedefineFunctionContext* context) {
  return ast::RedefineFunction{false, false, Build(context->functionBody())};
}

}  // namespace weir::parse
