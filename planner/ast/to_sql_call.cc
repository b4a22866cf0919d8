#include "planner/ast/sql_writer.h"
#include "runtime/base/check.h"

namespace weir::ast {
namespace {

std::string_view WordsOf(UnitCallKind value) {
  switch (value) {
    case UnitCallKind::kExtract:
      return "EXTRACT(";
    case UnitCallKind::kFloor:
      return "FLOOR(";
    case UnitCallKind::kCeil:
      return "CEIL(";
    case UnitCallKind::kTimestampAdd:
      return "TIMESTAMPADD(";
    case UnitCallKind::kTimestampDiff:
      return "TIMESTAMPDIFF(";
  }
  WEIR_UNREACHABLE();
}

std::string_view WordsOf(TrimSide value) {
  switch (value) {
    case TrimSide::kBoth:
      return "BOTH ";
    case TrimSide::kLeading:
      return "LEADING ";
    case TrimSide::kTrailing:
      return "TRAILING ";
  }
  WEIR_UNREACHABLE();
}

std::string_view WordsOf(JsonBehaviour value) {
  switch (value) {
    case JsonBehaviour::kError:
      return " ERROR";
    case JsonBehaviour::kNull:
      return " NULL";
    case JsonBehaviour::kEmptyArray:
      return " EMPTY ARRAY";
    case JsonBehaviour::kEmptyObject:
      return " EMPTY OBJECT";
    case JsonBehaviour::kTrue:
      return " TRUE";
    case JsonBehaviour::kFalse:
      return " FALSE";
    case JsonBehaviour::kUnknown:
      return " UNKNOWN";
    case JsonBehaviour::kDefault:
      return " DEFAULT ";
  }
  WEIR_UNREACHABLE();
}

std::string_view WordsOf(JsonFunction value) {
  switch (value) {
    case JsonFunction::kExists:
      return "JSON_EXISTS(";
    case JsonFunction::kValue:
      return "JSON_VALUE(";
    case JsonFunction::kQuery:
      return "JSON_QUERY(";
    case JsonFunction::kObject:
      return "JSON_OBJECT(";
    case JsonFunction::kArray:
      return "JSON_ARRAY(";
    case JsonFunction::kObjectAgg:
      return "JSON_OBJECTAGG(";
    case JsonFunction::kArrayAgg:
      return "JSON_ARRAYAGG(";
  }
  WEIR_UNREACHABLE();
}

std::string_view WordsOf(JsonWrapper value) {
  switch (value) {
    case JsonWrapper::kUnsaid:
      return "";
    case JsonWrapper::kWithout:
      return " WITHOUT ARRAY WRAPPER";
    case JsonWrapper::kConditional:
      return " WITH CONDITIONAL ARRAY WRAPPER";
    case JsonWrapper::kUnconditional:
      return " WITH UNCONDITIONAL ARRAY WRAPPER";
  }
  WEIR_UNREACHABLE();
}

}  // namespace

void SqlWriter::Put(const OrderItem& node) {
  Put(node.expr).PutIf(node.direction == Direction::kAscending, " ASC");
  PutIf(node.direction == Direction::kDescending, " DESC");
  PutIf(node.nulls == NullOrder::kFirst, " NULLS FIRST")
      .PutIf(node.nulls == NullOrder::kLast, " NULLS LAST");
}

void SqlWriter::PutPartitionOrder(const std::vector<ExprPtr>& partition,
                                  const std::vector<OrderItem>& order, std::string_view separator) {
  if (!partition.empty()) {
    Put(separator).Put("PARTITION BY ").PutList(partition);
    separator = " ";
  }
  if (!order.empty()) Put(separator).Put("ORDER BY ").PutList(order);
}

void SqlWriter::Put(const FrameBound& node) {
  switch (node.kind) {
    case BoundKind::kUnboundedPreceding:
      Put("UNBOUNDED PRECEDING");
      return;
    case BoundKind::kUnboundedFollowing:
      Put("UNBOUNDED FOLLOWING");
      return;
    case BoundKind::kCurrentRow:
      Put("CURRENT ROW");
      return;
    case BoundKind::kPreceding:
      PutOperand(node.offset).Put(" PRECEDING");
      return;
    case BoundKind::kFollowing:
      PutOperand(node.offset).Put(" FOLLOWING");
      return;
  }
}

void SqlWriter::Put(const Frame& node) {
  Put(node.rows ? "ROWS " : "RANGE ").PutIf(node.end.has_value(), "BETWEEN ");
  Put(node.start);
  if (!node.end) return;
  Put(" AND ");
  Put(*node.end);
}

void SqlWriter::Put(const WindowSpec& node) {
  if (node.bare && node.base) {
    Put(*node.base);
    return;
  }
  Put("(");
  if (node.base) Put(*node.base);
  PutPartitionOrder(node.partition_by, node.order_by, node.base ? " " : "");
  const bool first = !node.base && node.partition_by.empty() && node.order_by.empty();
  if (node.frame) {
    PutIf(!first, " ");
    Put(*node.frame);
  }
  Put(")");
}

void SqlWriter::Put(const Argument& node) {
  if (node.name) Put(*node.name).Put(" => ");
  Put(node.value);
}

void SqlWriter::Put(const Call& node) {
  PutIf(node.semantics == MatchSemantics::kRunning, "RUNNING ");
  PutIf(node.semantics == MatchSemantics::kFinal, "FINAL ");
  // Words like LEFT are reserved as names of columns, not of functions.
  if (node.name.parts.size() == 1 && !node.name.parts[0].quoted) {
    Put(std::string_view(node.name.parts[0].text));
  } else {
    Put(node.name);
  }
  if (!node.bare || !node.arguments.empty()) {
    Put("(").PutIf(node.star, "*").PutIf(node.quantifier == Quantifier::kDistinct, "DISTINCT ");
    PutIf(node.quantifier == Quantifier::kAll, "ALL ").PutList(node.arguments);
    PutPartitionOrder({}, node.order_by, " ");
    Put(")");
  }
  PutIf(node.nulls == NullTreatment::kIgnore, " IGNORE NULLS");
  PutIf(node.nulls == NullTreatment::kRespect, " RESPECT NULLS");
  if (!node.within_group.empty())
    Put(" WITHIN GROUP (ORDER BY ").PutList(node.within_group).Put(")");
  if (node.filter) Put(" FILTER (WHERE ").Put(node.filter).Put(")");
  if (!node.over) return;
  Put(" OVER ");
  Put(*node.over);
}

void SqlWriter::Put(const UnitCall& node) {
  Put(WordsOf(node.kind));
  if (node.kind == UnitCallKind::kExtract) {
    Put(TimeUnitName(node.unit)).Put(" FROM ").Put(node.first);
  } else if (node.second) {
    Put(TimeUnitName(node.unit)).Put(", ").Put(node.first).Put(", ").Put(node.second);
  } else {
    Put(node.first).Put(" TO ").Put(TimeUnitName(node.unit));
  }
  Put(")");
}

void SqlWriter::Put(const Difference& node) {
  Put("(").PutBound(node.later, Binding::kSum).Put(" - ");
  PutBound(node.earlier, Binding::kProduct).Put(") ").Put(node.unit);
}

void SqlWriter::Put(const Position& node) {
  Put("POSITION(").PutOperand(node.needle).Put(" IN ").Put(node.haystack);
  if (node.start) Put(" FROM ").Put(node.start);
  Put(")");
}

void SqlWriter::Put(const Trim& node) {
  Put("TRIM(");
  if (node.characters || node.side != TrimSide::kBoth) {
    Put(WordsOf(node.side));
    if (node.characters) Put(node.characters).Put(" ");
    Put("FROM ");
  }
  Put(node.operand).Put(")");
}

void SqlWriter::Put(const JsonOn& node) {
  Put(WordsOf(node.behaviour));
  if (node.value) Put(node.value);
  Put(node.on_empty ? " ON EMPTY" : " ON ERROR");
}

void SqlWriter::Put(const JsonCall& node) {
  Put(WordsOf(node.function));
  for (size_t i = 0; i < node.values.size(); ++i) {
    PutIf(i > 0, ", ");
    if (!node.keys.empty()) Put("KEY ").PutOperand(node.keys[i]).Put(" VALUE ");
    Put(node.values[i]);
  }
  if (node.returning) Put(" RETURNING ").Put(*node.returning);
  Put(WordsOf(node.wrapper)).PutList(node.on, "");
  const std::string_view blank = node.values.empty() ? "" : " ";
  if (node.nulls == JsonNulls::kNull) Put(blank).Put("NULL ON NULL");
  if (node.nulls == JsonNulls::kAbsent) Put(blank).Put("ABSENT ON NULL");
  Put(")");
  if (node.filter) Put(" FILTER (WHERE ").Put(node.filter).Put(")");
  if (!node.over) return;
  Put(" OVER ");
  Put(*node.over);
}

void SqlWriter::Put(const Descriptor& node) {
  Put("DESCRIPTOR").PutParenthesised(node.columns);
}

void SqlWriter::Put(const TableArgument& node) {
  if (node.query->As<TableQuery>() && node.query->IsPlain()) {
    Put(node.query);
  } else {
    Put("TABLE (").Put(node.query).Put(")");
  }
  // Without parentheses, a comma would begin the next argument.
  const bool several = node.partition_by.size() > 1;
  if (!node.partition_by.empty()) {
    Put(several ? " PARTITION BY (" : " PARTITION BY ").PutList(node.partition_by);
    if (several) Put(")");
  }
  PutPartitionOrder({}, node.order_by, " ");
}

void SqlWriter::Put(const ModelArgument& node) {
  Put("MODEL ").Put(node.name);
}
void SqlWriter::Put(const DefaultValue&) {
  Put("DEFAULT");
}

}  // namespace weir::ast
