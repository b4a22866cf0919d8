// Writes trees as SQL text; the implementation of to_sql.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/ast/reserved_words.h"
#include "planner/ast/statement.h"
#include "planner/ast/to_sql.h"

namespace weir::ast {

// How tightly an expression binds, from loose to tight. An operand that binds more loosely than its
// position requires is put in parentheses, so that the text parses to the same tree; no other
// parentheses are written.
enum class Binding : uint8_t { kOr, kAnd, kNot, kPredicate, kSum, kProduct, kSign, kPrimary };

// Collects text. Put appends one node with the blanks inside it; its caller writes those between
// nodes. The Put functions of one kind of node are in one file: to_sql_expr.cc, to_sql_query.cc, ….
class SqlWriter {
 public:
  // `is_reserved`: the words that need back-ticks as names, here or in another dialect.
  explicit SqlWriter(ReservedWords is_reserved = IsReservedWord) : is_reserved_(is_reserved) {}
  // Returns what was written and leaves the writer empty.
  std::string Take() { return std::move(text_); }

  SqlWriter& Put(std::string_view text);
  SqlWriter& Put(const char* text) { return Put(std::string_view(text)); }
  SqlWriter& PutIf(bool condition, std::string_view text);
  // 'text', with quotes doubled.
  SqlWriter& PutString(std::string_view content);
  SqlWriter& PutNumber(uint64_t number);

  // Names and types (to_sql_type.cc). A name that was quoted or is reserved gets back-ticks.
  SqlWriter& Put(const Identifier& node);
  SqlWriter& Put(const Name& node);
  SqlWriter& Put(const Text& node);
  SqlWriter& Put(const Reference& node);
  SqlWriter& Put(const Property& node);
  SqlWriter& Put(const IntervalQualifier& node);
  SqlWriter& Put(const DataType& node);
  SqlWriter& Put(const FieldType& node);
  // WITH (…) with a blank before it, or nothing if there are none.
  SqlWriter& PutWith(const Properties& options);
  // ` COMMENT 'text'`, or nothing.
  SqlWriter& PutComment(const std::optional<Text>& comment);

  // Expressions (to_sql_expr.cc, to_sql_call.cc): dispatches on the node.
  SqlWriter& Put(const Expr& node);
  SqlWriter& Put(const ExprPtr& node) { return Put(*node); }
  // In parentheses if `node` binds more loosely than `least`.
  SqlWriter& PutBound(const ExprPtr& node, Binding least);
  // In parentheses unless it binds at least as a sum: operands of predicates.
  SqlWriter& PutOperand(const ExprPtr& node) { return PutBound(node, Binding::kSum); }
  // One overload for each node of expr.h and call.h.
  void Put(const Literal& node);
  void Put(const ColumnRef& node);
  void Put(const Star& node);
  // A sign within a sign gets parentheses, as -- would begin a comment.
  void Put(const Unary& node);
  // Predicates do not chain: a comparison within a comparison gets parentheses.
  void Put(const Binary& node);
  void Put(const Is& node);
  void Put(const IsDistinct& node);
  void Put(const Between& node);
  void Put(const Like& node);
  void Put(const In& node);
  void Put(const Quantified& node);
  void Put(const Subquery& node);
  void Put(const Case& node);
  void Put(const Cast& node);
  void Put(const Row& node);
  void Put(const Collection& node);
  void Put(const Element& node);
  void Put(const FieldAccess& node);
  // Arguments are separated by commas, also where words did so in the original.
  void Put(const Call& node);
  void Put(const UnitCall& node);
  void Put(const Difference& node);
  void Put(const Position& node);
  void Put(const Trim& node);
  void Put(const JsonCall& node);
  void Put(const Descriptor& node);
  void Put(const TableArgument& node);
  void Put(const ModelArgument& node);
  void Put(const DefaultValue& node);
  void Put(const Argument& node);
  void Put(const JsonOn& node);
  void Put(const OrderItem& node);
  void Put(const WindowSpec& node);
  void Put(const FrameBound& node);
  void Put(const Frame& node);
  // "PARTITION BY … ORDER BY …", with `separator` before it unless it is empty.
  void PutPartitionOrder(const std::vector<ExprPtr>& partition, const std::vector<OrderItem>& order,
                         std::string_view separator);

  // Queries (to_sql_query.cc, to_sql_table_ref.cc), without parentheses around them.
  SqlWriter& Put(const Query& node);
  SqlWriter& Put(const QueryPtr& node) { return Put(*node); }
  // One overload for each node of query.h.
  void Put(const Select& node);
  void Put(const SetOperation& node);
  void Put(const Values& node);
  void Put(const TableQuery& node);
  void Put(const Nested& node);
  void Put(const CommonTable& node);
  void Put(const SelectItem& node);
  void Put(const GroupingElement& node);
  void Put(const NamedWindow& node);
  void Put(const Hint& node);
  void Put(const HintArgument& node);
  // `/*+ … */` with a blank before it, or nothing.
  SqlWriter& PutHints(const std::vector<Hint>& hints);
  // A string, number, name or dotted name in a hint.
  void PutHintText(const Reference& node);
  SqlWriter& Put(const TableRef& node);
  SqlWriter& Put(const TableRefPtr& node) { return Put(*node); }
  // In parentheses where the grammar takes only one table: if it is a join, or, with `matched`
  // (before MATCH_RECOGNIZE), another MATCH_RECOGNIZE.
  SqlWriter& PutPrimary(const TableRefPtr& node, bool matched);
  // One overload for each node of table_ref.h.
  void Put(const NamedTable& node);
  void Put(const DerivedTable& node);
  void Put(const FunctionTable& node);
  void Put(const Unnest& node);
  void Put(const StateSource& node);
  void Put(const StateTableName& node);
  void Put(const StateOf& node);
  void Put(const Join& node);
  void Put(const MatchRecognize& node);
  void Put(const Alias& node);
  void Put(const Pattern& node);
  void Put(const Subset& node);

  // Statements, without a semicolon (to_sql_<topic>.cc).
  SqlWriter& Put(const Statement& node);
  SqlWriter& Put(const StatementPtr& node) { return Put(*node); }
  SqlWriter& Put(const TableElement& node);
  // One overload for each node of definition.h.
  void Put(const ColumnDefinition& node);
  void Put(const KeyDefinition& node);
  void Put(const WatermarkDefinition& node);
  void Put(const Distribution& node);
  void Put(const LikeTable& node);
  void Put(const LikeOption& node);
  void Put(const StartMode& node);
  void Put(const ViewColumn& node);
  void Put(const Resource& node);
  void Put(const FunctionTrait& node);
  void Put(const FunctionBody& node);
  void Put(const CreateTable& node);
  void Put(const CreateMaterializedTable& node);
  void Put(const CreateView& node);
  void Put(const FunctionParameter& node);
  void Put(const FunctionSignature& node);
  void Put(const CreateFunction& node);
  void Put(const CreateObject& node);
  void Put(const CreateModel& node);
  // The part of ALTER after the name: one overload for each action of alteration.h.
  void PutAction(const RenameObject& node);
  void PutAction(const RenameColumn& node);
  void PutAction(const SetOptions& node);
  void PutAction(const ResetOptions& node);
  void PutAction(const SetComment& node);
  void PutAction(const ChangeElements& node);
  void PutAction(const ChangeDistribution& node);
  void PutAction(const DropColumns& node);
  void PutAction(const DropPart& node);
  void PutAction(const AddPartitions& node);
  void PutAction(const DropPartitions& node);
  void PutAction(const Suspend& node);
  void PutAction(const Resume& node);
  void PutAction(const Refresh& node);
  void PutAction(const SetRefresh& node);
  void PutAction(const RedefineQuery& node);
  void PutAction(const RedefineFunction& node);
  void Put(const AddPartition& node);
  void Put(const PartitionSpec& node);
  void Put(const PartitionValue& node);
  void Put(const Alter& node);
  void Put(const Drop& node);
  // One overload for each node of change.h.
  void Put(const QueryStatement& node);
  void Put(const Insert& node);
  void Put(const Copy& node);
  void Put(const StatementSet& node);
  void Put(const BeginStatementSet& node);
  void Put(const EndStatementSet& node);
  void Put(const Execute& node);
  void Put(const Assignment& node);
  void Put(const Update& node);
  void Put(const Delete& node);
  void Put(const Merge& node);
  void Put(const Truncate& node);
  void Put(const CallProcedure& node);
  void Put(const CompilePlan& node);
  void Put(const ExecutePlan& node);
  void Put(const Explain& node);
  void Put(const Analyze& node);
  // One overload for each node of job.h.
  void Put(const CreateJob& node);
  void Put(const StopJob& node);
  void Put(const DropJob& node);
  void Put(const SavepointJob& node);
  void Put(const DropSavepoint& node);
  void Put(const CheckpointJob& node);
  void Put(const StateMapping& node);
  void Put(const RestoreJob& node);
  void Put(const WaitForJob& node);
  // One overload for each node of session.h.
  void Put(const Show& node);
  void Put(const Describe& node);
  void Put(const Use& node);
  void Put(const UseModules& node);
  void Put(const LoadModule& node);
  void Put(const UnloadModule& node);
  void Put(const Jar& node);
  void Put(const Set& node);
  void Put(const Reset& node);
  void Put(const Help& node);
  void Put(const Quit& node);
  void Put(const Clear& node);
  void Put(const Source& node);

  // The nodes with `separator` between them.
  template <typename T>
  SqlWriter& PutList(const std::vector<T>& nodes, std::string_view separator = ", ") {
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (i > 0) Put(separator);
      Put(nodes[i]);
    }
    return *this;
  }
  // The same in parentheses.
  template <typename T>
  SqlWriter& PutParenthesised(const std::vector<T>& nodes) {
    Put("(");
    PutList(nodes);
    return Put(")");
  }

 private:
  std::string text_;
  ReservedWords is_reserved_;
};

}  // namespace weir::ast
