#include "planner/ast/sql_writer.h"
#include "runtime/base/check.h"

namespace weir::ast {
namespace {

std::string_view WordsOf(LikeMerge value) {
  switch (value) {
    case LikeMerge::kIncluding:
      return "INCLUDING ";
    case LikeMerge::kExcluding:
      return "EXCLUDING ";
    case LikeMerge::kOverwriting:
      return "OVERWRITING ";
  }
  WEIR_UNREACHABLE();
}

constexpr std::string_view kIfNotExists = "IF NOT EXISTS ";

}  // namespace

std::string_view ToSql(LikePart value) {
  switch (value) {
    case LikePart::kAll:
      return "ALL";
    case LikePart::kConstraints:
      return "CONSTRAINTS";
    case LikePart::kDistribution:
      return "DISTRIBUTION";
    case LikePart::kGenerated:
      return "GENERATED";
    case LikePart::kMetadata:
      return "METADATA";
    case LikePart::kOptions:
      return "OPTIONS";
    case LikePart::kPartitions:
      return "PARTITIONS";
    case LikePart::kWatermarks:
      return "WATERMARKS";
  }
  WEIR_UNREACHABLE();
}

SqlWriter& SqlWriter::Put(const TableElement& node) {
  std::visit([this](const auto& element) { Put(element); }, node);
  return *this;
}

void SqlWriter::Put(const ColumnDefinition& node) {
  Put(node.name);
  if (node.type) Put(" ").Put(*node.type);
  if (node.expression) Put(" AS ").Put(node.expression);
  if (node.kind == ColumnKind::kMetadata) {
    Put(" METADATA");
    if (node.metadata_key) Put(" FROM ").Put(*node.metadata_key);
    PutIf(node.is_virtual, " VIRTUAL");
  }
  PutIf(node.primary_key, " PRIMARY KEY").PutIf(node.unique, " UNIQUE");
  if (node.enforced) Put(*node.enforced ? " ENFORCED" : " NOT ENFORCED");
  PutComment(node.comment).PutIf(node.place.kind == PlaceKind::kFirst, " FIRST");
  if (node.place.kind == PlaceKind::kAfter) Put(" AFTER ").Put(node.place.after);
}

void SqlWriter::Put(const KeyDefinition& node) {
  if (node.name) Put("CONSTRAINT ").Put(*node.name).Put(" ");
  Put(node.primary ? "PRIMARY KEY " : "UNIQUE ").PutParenthesised(node.columns);
  if (node.enforced) Put(*node.enforced ? " ENFORCED" : " NOT ENFORCED");
}

void SqlWriter::Put(const WatermarkDefinition& node) {
  Put("WATERMARK FOR ").Put(node.column).Put(" AS ").Put(node.expression);
}

void SqlWriter::Put(const Distribution& node) {
  if (!node.columns.empty()) {
    Put(" BY ").PutIf(node.kind == DistributionKind::kHash, "HASH ");
    PutIf(node.kind == DistributionKind::kRange, "RANGE ").PutParenthesised(node.columns);
  }
  if (node.buckets) Put(" INTO ").PutNumber(*node.buckets).Put(" BUCKETS");
}

void SqlWriter::Put(const LikeOption& node) {
  Put(WordsOf(node.merge)).Put(ToSql(node.part));
}

void SqlWriter::Put(const LikeTable& node) {
  Put(" LIKE ").Put(node.source);
  if (!node.options.empty()) Put(" (").PutList(node.options, " ").Put(")");
}

void SqlWriter::Put(const CreateTable& node) {
  PutIf(node.create, "CREATE ")
      .PutIf(node.create && node.replace, "OR ")
      .PutIf(node.replace, "REPLACE ");
  PutIf(node.temporary, "TEMPORARY ")
      .Put("TABLE ")
      .PutIf(node.if_not_exists, kIfNotExists)
      .Put(node.name);
  if (!node.elements.empty()) Put(" ").PutParenthesised(node.elements);
  PutComment(node.comment);
  if (node.distribution) {
    Put(" DISTRIBUTED");
    Put(*node.distribution);
  }
  if (!node.partitioned_by.empty()) Put(" PARTITIONED BY ").PutParenthesised(node.partitioned_by);
  PutWith(node.options);
  if (node.like) Put(*node.like);
  if (node.query) Put(" AS ").Put(node.query);
}

void SqlWriter::Put(const StartMode& node) {
  Put(" START_MODE = ").Put(node.mode);
  if (node.argument) Put("(").Put(node.argument).Put(")");
}

void SqlWriter::Put(const CreateMaterializedTable& node) {
  Put(node.or_alter ? "CREATE OR ALTER MATERIALIZED TABLE " : "CREATE MATERIALIZED TABLE ");
  PutIf(node.if_not_exists, kIfNotExists).Put(node.name);
  if (!node.elements.empty()) Put(" ").PutParenthesised(node.elements);
  PutComment(node.comment);
  if (node.distribution) {
    Put(" DISTRIBUTED");
    Put(*node.distribution);
  }
  if (!node.partitioned_by.empty()) Put(" PARTITIONED BY ").PutParenthesised(node.partitioned_by);
  PutWith(node.options);
  if (node.start_mode) Put(*node.start_mode);
  if (node.freshness) Put(" FRESHNESS = ").Put(node.freshness);
  PutIf(node.refresh_mode == RefreshMode::kFull, " REFRESH_MODE = FULL");
  PutIf(node.refresh_mode == RefreshMode::kContinuous, " REFRESH_MODE = CONTINUOUS");
  Put(" AS ").Put(node.query);
}

void SqlWriter::Put(const ViewColumn& node) {
  Put(node.name).PutComment(node.comment);
}

void SqlWriter::Put(const CreateView& node) {
  Put("CREATE ")
      .PutIf(node.replace, "OR REPLACE ")
      .PutIf(node.temporary, "TEMPORARY ")
      .Put("VIEW ");
  PutIf(node.if_not_exists, kIfNotExists).Put(node.name);
  if (!node.columns.empty()) Put(" ").PutParenthesised(node.columns);
  PutComment(node.comment).Put(" AS ").Put(node.query);
}

void SqlWriter::Put(const Resource& node) {
  PutIf(node.kind == ResourceKind::kArtifact, "ARTIFACT ");
  PutIf(node.kind == ResourceKind::kJar, "JAR ").Put(node.path);
}

void SqlWriter::Put(const FunctionTrait& node) {
  switch (node.kind) {
    case FunctionTraitKind::kVersion:
      Put(" VERSION ").Put(node.version);
      return;
    case FunctionTraitKind::kDeterministic:
      Put(" DETERMINISTIC");
      return;
    case FunctionTraitKind::kNotDeterministic:
      Put(" NOT DETERMINISTIC");
      return;
    case FunctionTraitKind::kCalledOnNull:
      Put(" CALLED ON NULL INPUT");
      return;
    case FunctionTraitKind::kNullOnNull:
      Put(" RETURNS NULL ON NULL INPUT");
      return;
  }
}

void SqlWriter::Put(const FunctionBody& node) {
  if (node.implementation) Put(" AS ").Put(*node.implementation);
  if (node.language) Put(" LANGUAGE ").Put(*node.language);
  for (const FunctionTrait& trait : node.traits) Put(trait);
  if (!node.resources.empty()) Put(" USING ").PutList(node.resources);
  PutWith(node.options);
}

void SqlWriter::Put(const FunctionParameter& node) {
  Put(node.name).Put(" ").Put(node.type).PutComment(node.comment);
}

void SqlWriter::Put(const FunctionSignature& node) {
  Put(" ").PutParenthesised(node.parameters).Put(" RETURNS ");
  if (node.returns) {
    Put(*node.returns);
  } else {
    Put("TABLE ").PutParenthesised(node.columns);
  }
  if (node.language) Put(" LANGUAGE ").Put(*node.language);
  PutComment(node.comment);
  if (node.expression) Put(" RETURN ").Put(node.expression);
  if (node.query) Put(" RETURN ").Put(node.query);
}

void SqlWriter::Put(const CreateFunction& node) {
  Put("CREATE ").PutIf(node.replace, "OR REPLACE ").PutIf(node.temporary, "TEMPORARY ");
  PutIf(node.system, "SYSTEM ").Put("FUNCTION ");
  PutIf(node.if_not_exists, kIfNotExists).Put(node.name);
  if (node.signature) Put(*node.signature);
  if (node.body) Put(*node.body);
}

void SqlWriter::Put(const CreateObject& node) {
  Put("CREATE ").PutIf(node.temporary, "TEMPORARY ").PutIf(node.system, "SYSTEM ");
  Put(ObjectKindName(node.kind)).Put(" ").PutIf(node.if_not_exists, kIfNotExists).Put(node.name);
  PutComment(node.comment).PutWith(node.options);
}

void SqlWriter::Put(const CreateModel& node) {
  Put("CREATE ")
      .PutIf(node.replace, "OR REPLACE ")
      .PutIf(node.temporary, "TEMPORARY ")
      .Put("MODEL ");
  PutIf(node.if_not_exists, kIfNotExists).Put(node.name);
  if (!node.input.empty()) Put(" INPUT ").PutParenthesised(node.input);
  if (!node.output.empty()) Put(" OUTPUT ").PutParenthesised(node.output);
  PutComment(node.comment).PutWith(node.options);
  if (node.query) Put(" AS ").Put(node.query);
}

}  // namespace weir::ast
