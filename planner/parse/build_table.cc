#include "planner/parse/builder.h"
#include "planner/parse/dispatch.h"

namespace weir::parse {

using ast::ColumnKind;
using ast::TableElement;

namespace {

ast::LikePart PartOf(P::LikeOptionContext* context) {
  if (context->K_CONSTRAINTS()) return ast::LikePart::kConstraints;
  if (context->K_DISTRIBUTION()) return ast::LikePart::kDistribution;
  if (context->K_GENERATED()) return ast::LikePart::kGenerated;
  if (context->K_METADATA()) return ast::LikePart::kMetadata;
  if (context->K_OPTIONS()) return ast::LikePart::kOptions;
  if (context->K_PARTITIONS()) return ast::LikePart::kPartitions;
  return context->K_WATERMARKS() ? ast::LikePart::kWatermarks : ast::LikePart::kAll;
}

ast::ColumnPlace PlaceOf(Builder* builder, P::PlaceContext* context) {
  ast::ColumnPlace place;
  if (context == nullptr) return place;
  place.kind = context->K_FIRST() ? ast::PlaceKind::kFirst : ast::PlaceKind::kAfter;
  if (context->identifier()) place.after = builder->Build(context->identifier());
  return place;
}

void AddRefreshOption(Builder* builder, P::RefreshOptionContext* option,
                      ast::CreateMaterializedTable* table) {
  const bool twice = (option->startMode() && table->start_mode) ||
                     (option->intervalLiteral() && table->freshness) ||
                     (option->refreshMode() && table->refresh_mode != ast::RefreshMode::kUnsaid);
  if (twice) builder->Fail(builder->SpanOf(option), "the clause is given twice");
  if (option->startMode()) table->start_mode = builder->Build(option->startMode());
  if (option->intervalLiteral()) table->freshness = builder->Build(option->intervalLiteral());
  if (auto* mode = option->refreshMode()) {
    table->refresh_mode = mode->K_FULL() ? ast::RefreshMode::kFull : ast::RefreshMode::kContinuous;
  }
}

}  // namespace

ast::StatementNode Builder::Build(P::CreateTableContext* context) {
  ast::CreateTable table;
  table.temporary = context->K_TEMPORARY() != nullptr;
  table.create = context->K_CREATE() != nullptr;
  table.replace = context->K_REPLACE() != nullptr;
  table.if_not_exists = context->ifNotExists() != nullptr;
  table.name = Build(context->name());
  if (context->tableElements()) table.elements = Build(context->tableElements());
  table.comment = Build(context->comment());
  if (context->distribution()) table.distribution = Build(context->distribution());
  if (context->partitionedBy())
    table.partitioned_by = Build(context->partitionedBy()->identifiers());
  if (context->properties()) table.options = Build(context->properties());
  if (context->likeTable()) table.like = Build(context->likeTable());
  if (context->query()) table.query = Build(context->query());
  return table;
}

ast::StatementNode Builder::Build(P::CreateMaterializedTableContext* context) {
  ast::CreateMaterializedTable table;
  table.or_alter = context->K_ALTER() != nullptr;
  table.if_not_exists = context->ifNotExists() != nullptr;
  table.name = Build(context->name());
  if (context->tableElements()) table.elements = Build(context->tableElements());
  table.comment = Build(context->comment());
  if (context->distribution()) table.distribution = Build(context->distribution());
  if (context->partitionedBy())
    table.partitioned_by = Build(context->partitionedBy()->identifiers());
  if (context->properties()) table.options = Build(context->properties());
  for (auto* option : context->refreshOption()) AddRefreshOption(this, option, &table);
  table.query = Build(context->query());
  return table;
}

std::vector<TableElement> Builder::Build(P::TableElementsContext* context) {
  std::vector<TableElement> elements;
  for (auto* element : context->tableElement()) elements.push_back(Build(element));
  return elements;
}

TableElement Builder::Build(P::TableElementContext* context) {
  return Dispatch<TableElement, P::WatermarkElementContext, P::KeyElementContext,
                  P::ComputedColumnContext, P::TypedColumnContext, P::NameOnlyColumnContext>(
      this, context);
}

TableElement Builder::Build(P::WatermarkElementContext* context) {
  return ast::WatermarkDefinition{Build(context->name()), Build(context->expression()),
                                  SpanOf(context)};
}

TableElement Builder::Build(P::KeyElementContext* context) {
  ast::KeyDefinition key;
  if (context->identifier()) key.name = Build(context->identifier());
  key.primary = context->keyKind()->K_PRIMARY() != nullptr;
  key.columns = Build(context->identifiers());
  if (context->enforced()) key.enforced = context->enforced()->K_NOT() == nullptr;
  key.span = SpanOf(context);
  return key;
}

TableElement Builder::Build(P::ComputedColumnContext* context) {
  ast::ColumnDefinition column;
  column.kind = ColumnKind::kComputed;
  column.name = Build(context->name());
  column.expression = Build(context->expression());
  column.comment = Build(context->comment());
  column.place = PlaceOf(this, context->place());
  column.span = SpanOf(context);
  return column;
}

TableElement Builder::Build(P::TypedColumnContext* context) {
  ast::ColumnDefinition column;
  column.name = Build(context->name());
  column.type = Build(context->dataType());
  for (auto* key : context->inlineKey()) {
    if (column.primary_key || column.unique) Fail(SpanOf(key), "the column has a key already");
    (key->keyKind()->K_PRIMARY() ? column.primary_key : column.unique) = true;
    if (key->enforced()) column.enforced = key->enforced()->K_NOT() == nullptr;
  }
  if (auto* metadata = context->metadata()) {
    column.kind = ColumnKind::kMetadata;
    if (metadata->text()) column.metadata_key = Build(metadata->text());
    column.is_virtual = metadata->K_VIRTUAL() != nullptr;
  }
  column.comment = Build(context->comment());
  column.place = PlaceOf(this, context->place());
  column.span = SpanOf(context);
  return column;
}

TableElement Builder::Build(P::NameOnlyColumnContext* context) {
  ast::ColumnDefinition column;
  column.kind = ColumnKind::kNameOnly;
  column.name = Build(context->name());
  column.place = PlaceOf(this, context->place());
  column.span = SpanOf(context);
  return column;
}

ast::Distribution Builder::Build(P::DistributionContext* context) {
  ast::Distribution distribution;
  if (context->K_HASH()) distribution.kind = ast::DistributionKind::kHash;
  if (context->K_RANGE()) distribution.kind = ast::DistributionKind::kRange;
  if (context->identifiers()) distribution.columns = Build(context->identifiers());
  if (context->INTEGER()) distribution.buckets = BuildNumber(context->INTEGER());
  return distribution;
}

ast::LikeTable Builder::Build(P::LikeTableContext* context) {
  ast::LikeTable like;
  like.source = context->name() ? Build(context->name()) : BuildFileName(context->STRING());
  for (auto* option : context->likeOption()) {
    ast::LikeOption built;
    if (option->K_EXCLUDING()) built.merge = ast::LikeMerge::kExcluding;
    if (option->K_OVERWRITING()) built.merge = ast::LikeMerge::kOverwriting;
    built.part = PartOf(option);
    like.options.push_back(built);
  }
  return like;
}

ast::StartMode Builder::Build(P::StartModeContext* context) {
  ast::StartMode mode;
  mode.mode = Build(context->identifier());
  if (context->expression()) mode.argument = Build(context->expression());
  return mode;
}

}  // namespace weir::parse
