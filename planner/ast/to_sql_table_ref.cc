#include "planner/ast/sql_writer.h"
#include "runtime/base/check.h"

namespace weir::ast {
namespace {

std::string_view WordsOf(JoinKind value) {
  switch (value) {
    case JoinKind::kInner:
      return "JOIN ";
    case JoinKind::kLeft:
      return "LEFT JOIN ";
    case JoinKind::kRight:
      return "RIGHT JOIN ";
    case JoinKind::kFull:
      return "FULL JOIN ";
    case JoinKind::kCross:
      return "CROSS JOIN ";
  }
  WEIR_UNREACHABLE();
}

std::string_view WordsOf(AfterMatch value) {
  switch (value) {
    case AfterMatch::kUnsaid:
      return "";
    case AfterMatch::kNextRow:
      return "TO NEXT ROW";
    case AfterMatch::kPastLastRow:
      return "PAST LAST ROW";
    case AfterMatch::kToFirst:
      return "TO FIRST ";
    case AfterMatch::kToLast:
      return "TO LAST ";
    case AfterMatch::kToVariable:
      return "TO ";
  }
  WEIR_UNREACHABLE();
}

std::string_view WordsOf(RowsPerMatch value) {
  switch (value) {
    case RowsPerMatch::kUnsaid:
      return "";
    case RowsPerMatch::kOne:
      return " ONE ROW PER MATCH";
    case RowsPerMatch::kAll:
      return " ALL ROWS PER MATCH";
    case RowsPerMatch::kAllAndEmpty:
      return " ALL ROWS PER MATCH SHOW EMPTY MATCHES";
    case RowsPerMatch::kAllButEmpty:
      return " ALL ROWS PER MATCH OMIT EMPTY MATCHES";
    case RowsPerMatch::kAllAndUnmatched:
      return " ALL ROWS PER MATCH WITH UNMATCHED ROWS";
  }
  WEIR_UNREACHABLE();
}

}  // namespace

void SqlWriter::PutHintText(const Reference& node) {
  // Hints allow a number or a dotted name as a single word, which Put would quote.
  if (node.is_string || node.quoted) {
    Put(node);
  } else {
    Put(std::string_view(node.text));
  }
}

void SqlWriter::Put(const HintArgument& node) {
  if (node.key) PutHintText(*node.key);
  PutIf(node.key.has_value(), " = ");
  PutHintText(node.value);
}

void SqlWriter::Put(const Hint& node) {
  Put(node.name);
  if (!node.arguments.empty()) PutParenthesised(node.arguments);
}

SqlWriter& SqlWriter::PutHints(const std::vector<Hint>& hints) {
  return hints.empty() ? *this : Put(" /*+ ").PutList(hints).Put(" */");
}

void SqlWriter::Put(const Alias& node) {
  Put(" AS ").Put(node.name);
  if (!node.columns.empty()) Put(" ").PutParenthesised(node.columns);
}

SqlWriter& SqlWriter::Put(const TableRef& node) {
  // The grammar has no place for a hint directly after MATCH_RECOGNIZE (…).
  const bool hinted_match = node.As<MatchRecognize>() && !node.hints.empty();
  PutIf(hinted_match, "(");
  std::visit([this](const auto& table) { Put(table); }, node.node);
  PutIf(hinted_match, ")").PutHints(node.hints);
  if (node.alias) Put(*node.alias);
  return *this;
}

SqlWriter& SqlWriter::PutPrimary(const TableRefPtr& node, bool matched) {
  const bool nested = node->As<Join>() || (matched && node->As<MatchRecognize>());
  return PutIf(nested, "(").Put(node).PutIf(nested, ")");
}

void SqlWriter::Put(const NamedTable& node) {
  Put(node.name);
  if (node.system_time) Put(" FOR SYSTEM_TIME AS OF ").PutOperand(node.system_time);
}

void SqlWriter::Put(const DerivedTable& node) {
  PutIf(node.lateral, "LATERAL ").Put("(").Put(node.query).Put(")");
}

void SqlWriter::Put(const FunctionTable& node) {
  PutIf(node.lateral, "LATERAL ").PutIf(node.wrapped, "TABLE(");
  Put(node.call);
  PutIf(node.wrapped, ")");
}

void SqlWriter::Put(const Unnest& node) {
  Put("UNNEST").PutParenthesised(node.operands).PutIf(node.ordinality, " WITH ORDINALITY");
}

void SqlWriter::Put(const StateSource& node) {
  PutIf(node.of_job, "JOB ").Put(node.reference);
}

void SqlWriter::Put(const StateTableName& node) {
  Put("UID ").Put(node.uid);
  if (node.table) Put(" TABLE ").Put(*node.table);
}

void SqlWriter::Put(const StateOf& node) {
  Put("STATE OF ");
  Put(node.source);
  Put(" ");
  Put(node.table);
}

void SqlWriter::Put(const Join& node) {
  Put(node.left).Put(node.natural ? " NATURAL " : " ").PutIf(node.asof, "ASOF ");
  Put(WordsOf(node.kind)).PutPrimary(node.right, false);
  if (node.match) Put(" MATCH_CONDITION (").Put(node.match).Put(")");
  if (node.on) Put(" ON ").Put(node.on);
  if (!node.using_columns.empty()) Put(" USING ").PutParenthesised(node.using_columns);
}

void SqlWriter::Put(const Subset& node) {
  Put(node.name).Put(" = ").PutParenthesised(node.variables);
}

void SqlWriter::Put(const Pattern& node) {
  const bool simple = node.kind == PatternKind::kVariable || node.kind == PatternKind::kPermute ||
                      node.kind == PatternKind::kExclude;
  PutIf(!simple, "(");
  switch (node.kind) {
    case PatternKind::kVariable:
      Put(node.variable);
      break;
    case PatternKind::kSequence:
      PutList(node.parts, " ");
      break;
    case PatternKind::kAlternation:
      PutList(node.parts, " | ");
      break;
    case PatternKind::kPermute:
      Put("PERMUTE").PutParenthesised(node.parts);
      break;
    case PatternKind::kExclude:
      Put("{- ").PutList(node.parts, " ").Put(" -}");
      break;
  }
  PutIf(!simple, ")");
  if (!node.quantified) return;
  Put("{").PutNumber(node.min);
  if (!node.max) {
    Put(",");
  } else if (*node.max != node.min) {
    Put(", ").PutNumber(*node.max);
  }
  Put("}").PutIf(node.reluctant, "?");
}

void SqlWriter::Put(const MatchRecognize& node) {
  PutPrimary(node.input, true).Put(" MATCH_RECOGNIZE (");
  PutPartitionOrder(node.partition_by, node.order_by, "");
  for (size_t i = 0; i < node.measures.size(); ++i) {
    Put(i == 0 ? " MEASURES " : ", ")
        .Put(node.measures[i].expr)
        .Put(" AS ")
        .Put(node.measures[i].name);
  }
  Put(WordsOf(node.rows));
  if (node.after != AfterMatch::kUnsaid) {
    Put(" AFTER MATCH SKIP ").Put(WordsOf(node.after));
    if (node.after_variable) Put(*node.after_variable);
  }
  Put(" PATTERN (").PutIf(node.anchored_start, "^ ");
  Put(node.pattern);
  PutIf(node.anchored_end, " $").Put(")");
  if (node.within) Put(" WITHIN ").Put(node.within);
  if (!node.subsets.empty()) Put(" SUBSET ").PutList(node.subsets);
  for (size_t i = 0; i < node.define.size(); ++i) {
    Put(i == 0 ? " DEFINE " : ", ").Put(node.define[i].name).Put(" AS ").Put(node.define[i].expr);
  }
  Put(")");
}

}  // namespace weir::ast
