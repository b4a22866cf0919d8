#include "planner/ast/sql_writer.h"
#include "runtime/base/check.h"

namespace weir::ast {
namespace {

std::string_view WordsOf(TablePart value) {
  switch (value) {
    case TablePart::kPrimaryKey:
      return "PRIMARY KEY";
    case TablePart::kConstraint:
      return "CONSTRAINT ";
    case TablePart::kWatermark:
      return "WATERMARK";
    case TablePart::kDistribution:
      return "DISTRIBUTION";
  }
  WEIR_UNREACHABLE();
}

}  // namespace

std::string_view ObjectKindName(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kCatalog:
      return "CATALOG";
    case ObjectKind::kDatabase:
      return "DATABASE";
    case ObjectKind::kTable:
      return "TABLE";
    case ObjectKind::kMaterializedTable:
      return "MATERIALIZED TABLE";
    case ObjectKind::kView:
      return "VIEW";
    case ObjectKind::kFunction:
      return "FUNCTION";
    case ObjectKind::kModel:
      return "MODEL";
    case ObjectKind::kConnection:
      return "CONNECTION";
  }
  WEIR_UNREACHABLE();
}

void SqlWriter::Put(const PartitionValue& node) {
  Put(node.key);
  if (node.value) Put(" = ").PutOperand(node.value);
}

void SqlWriter::Put(const PartitionSpec& node) {
  Put("PARTITION ").PutParenthesised(node);
}

void SqlWriter::Put(const AddPartition& node) {
  Put(" ");
  Put(node.spec);
  PutWith(node.options);
}

void SqlWriter::PutAction(const RenameObject& node) {
  Put("RENAME TO ").Put(node.to);
}
void SqlWriter::PutAction(const RenameColumn& node) {
  Put("RENAME ").Put(node.from).Put(" TO ").Put(node.to);
}
void SqlWriter::PutAction(const SetOptions& node) {
  Put("SET ").PutParenthesised(node.options);
}
void SqlWriter::PutAction(const ResetOptions& node) {
  Put("RESET ").PutParenthesised(node.keys);
}
void SqlWriter::PutAction(const SetComment& node) {
  Put("COMMENT ").Put(node.comment);
}

void SqlWriter::PutAction(const ChangeElements& node) {
  Put(node.modify ? "MODIFY " : "ADD ").PutIf(node.if_not_exists, "IF NOT EXISTS ");
  PutParenthesised(node.elements);
}

void SqlWriter::PutAction(const ChangeDistribution& node) {
  Put(node.modify ? "MODIFY DISTRIBUTION" : "ADD DISTRIBUTION");
  Put(node.distribution);
}

void SqlWriter::PutAction(const DropColumns& node) {
  Put("DROP ").PutIf(node.if_exists, "IF EXISTS ").PutParenthesised(node.columns);
}

void SqlWriter::PutAction(const DropPart& node) {
  Put("DROP ").Put(WordsOf(node.part));
  if (node.part == TablePart::kConstraint) Put(node.constraint);
}

void SqlWriter::PutAction(const AddPartitions& node) {
  Put("ADD").PutIf(node.if_not_exists, " IF NOT EXISTS").PutList(node.partitions, "");
}

void SqlWriter::PutAction(const DropPartitions& node) {
  Put("DROP ").PutIf(node.if_exists, "IF EXISTS ").PutList(node.partitions);
}

void SqlWriter::PutAction(const Suspend&) {
  Put("SUSPEND");
}
void SqlWriter::PutAction(const Resume& node) {
  Put("RESUME").PutWith(node.options);
}
void SqlWriter::PutAction(const Refresh& node) {
  Put("REFRESH");
  if (node.partition.empty()) return;
  Put(" ");
  Put(node.partition);
}

void SqlWriter::PutAction(const SetRefresh& node) {
  if (node.freshness) {
    Put("SET FRESHNESS = ").Put(node.freshness);
  } else {
    Put(node.mode == RefreshMode::kFull ? "SET REFRESH_MODE = FULL"
                                        : "SET REFRESH_MODE = CONTINUOUS");
  }
}

void SqlWriter::PutAction(const RedefineQuery& node) {
  if (node.start_mode) Put(*node.start_mode);
  Put(" AS ").Put(node.query);
}

void SqlWriter::PutAction(const RedefineFunction& node) {
  Put(node.body);
}

void SqlWriter::Put(const Alter& node) {
  const auto* function = std::get_if<RedefineFunction>(&node.action);
  Put("ALTER ").PutIf(function && function->temporary, "TEMPORARY ");
  PutIf(function && function->system, "SYSTEM ").Put(ObjectKindName(node.kind)).Put(" ");
  PutIf(node.if_exists, "IF EXISTS ").Put(node.name);
  if (!node.partition.empty()) {
    Put(" ");
    Put(node.partition);
  }
  // START_MODE and AS bring their own blank.
  PutIf(function == nullptr && !std::holds_alternative<RedefineQuery>(node.action), " ");
  std::visit([this](const auto& action) { PutAction(action); }, node.action);
}

void SqlWriter::Put(const Drop& node) {
  Put("DROP ").PutIf(node.temporary, "TEMPORARY ").PutIf(node.system, "SYSTEM ");
  Put(ObjectKindName(node.kind)).Put(" ").PutIf(node.if_exists, "IF EXISTS ").Put(node.name);
  PutIf(node.behaviour == DropBehaviour::kRestrict, " RESTRICT");
  PutIf(node.behaviour == DropBehaviour::kCascade, " CASCADE");
}

}  // namespace weir::ast
