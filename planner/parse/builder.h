// Turns the generated parser's contexts into our nodes, with a build_*.cc file for each clause.
#pragma once

#include <string>
#include <vector>

#include "grammar/WeirParser.h"
#include "planner/ast/statement.h"
#include "runtime/base/status.h"

namespace weir::parse {

using P = grammar::WeirParser;
using Rule = antlr4::ParserRuleContext;
using antlr4::tree::TerminalNode;

// Walks one tree. If something parses but is wrong (a bad unit, LIMIT 5, 10), the first error is
// kept and building goes on with a harmless substitute: ask error() before using the result.
// Contexts are never null and come from a tree without syntax errors. Errors made here are E1001
// (wrong though it parses), E1002 (understood, not supported), E1003 (a literal or number out of
// range) and E1004 (too deep), each with the span of the clause. Not thread-safe; one tree a
// builder.
class Builder {
 public:
  // `text` has to outlive the builder; token positions point into it.
  explicit Builder(std::string_view text) : text_(text) {}
  const Status& error() const { return error_; }
  void Fail(Status error);
  void Fail(SourceSpan span, std::string message, std::string hint = "");
  // build_name.cc
  ast::Span SpanOf(const Rule* context) const;
  ast::Span SpanOf(TerminalNode* token) const;
  std::string_view TextOf(SourceSpan span) const;
  ast::Identifier Build(P::IdentifierContext* context);
  ast::Identifier Build(P::BareAliasContext* context);
  ast::Identifier BuildIdentifier(ast::Span span) const;
  ast::Name Build(P::NameContext* context);
  // A string that names files (Name::is_file).
  ast::Name BuildFileName(TerminalNode* string);
  std::vector<ast::Identifier> Build(P::IdentifiersContext* context);
  std::vector<ast::Name> Build(P::NamesContext* context);
  std::vector<ast::Text> Build(P::TextsContext* context);
  ast::Reference Build(P::ReferenceContext* context);
  ast::Properties Build(P::PropertiesContext* context);
  ast::Text BuildText(TerminalNode* string);
  ast::Text Build(P::TextContext* context);                    // build_literal.cc
  std::optional<ast::Text> Build(P::CommentContext* context);  // context may be null
  uint32_t BuildNumber(TerminalNode* integer);
  ast::TimeUnit BuildUnit(ast::Span span);
  ast::TimeUnit Build(P::TimeUnitContext* context);
  ast::TimeUnit Build(P::DifferenceUnitContext* context);
  ast::IntervalQualifier Build(P::IntervalQualifierContext* context);
  ast::IntervalQualifier Build(P::DifferenceSpanContext* context);
  // build_type.cc: suffixes apply from the inside out (INT ARRAY NOT NULL).
  ast::DataType Build(P::DataTypeContext* context);
  ast::DataType Build(P::SimpleTypeContext* context);
  ast::DataType Build(P::TimeTypeContext* context);
  ast::DataType Build(P::IntervalTypeContext* context);
  ast::DataType Build(P::CollectionTypeContext* context);
  ast::DataType Build(P::RowTypeContext* context);
  ast::DataType Build(P::StructuredTypeContext* context);
  ast::DataType Build(P::RawTypeContext* context);
  ast::DataType Build(P::NamedTypeContext* context);
  ast::FieldType Build(P::FieldTypeContext* context);
  // build_expr.cc: each call of the next two is a level of the tree, with E1004 beyond
  // kMaxTreeDepth.
  ast::ExprPtr Build(P::ExpressionContext* context);
  ast::ExprPtr Build(P::OperandContext* context);
  ast::ExprPtr Build(P::PrimaryContext* context);
  std::vector<ast::ExprPtr> BuildAll(const std::vector<P::ExpressionContext*>& contexts);
  ast::ExprPtr Build(P::OperandOnlyContext* context);
  ast::ExprPtr Build(P::BetweenContext* context);
  ast::ExprPtr Build(P::InListContext* context);
  ast::ExprPtr Build(P::LikeContext* context);
  ast::ExprPtr Build(P::QuantifiedContext* context);
  ast::ExprPtr Build(P::CompareContext* context);
  ast::ExprPtr Build(P::IsDistinctContext* context);
  ast::ExprPtr Build(P::IsTestContext* context);
  ast::ExprPtr Build(P::NegationContext* context);
  ast::ExprPtr Build(P::ConjunctionContext* context);
  ast::ExprPtr Build(P::DisjunctionContext* context);
  ast::ExprPtr Build(P::PrimaryOnlyContext* context);
  ast::ExprPtr Build(P::ElementContext* context);
  ast::ExprPtr Build(P::FieldContext* context);
  ast::ExprPtr Build(P::AtTimeZoneContext* context);
  ast::ExprPtr Build(P::SignContext* context);
  ast::ExprPtr Build(P::ProductContext* context);
  ast::ExprPtr Build(P::SumContext* context);
  // build_primary.cc
  ast::ExprPtr Build(P::LiteralOnlyContext* context);
  ast::ExprPtr Build(P::CaseOfContext* context);
  ast::When Build(P::WhenContext* context);
  ast::ExprPtr Build(P::CastContext* context);
  ast::ExprPtr Build(P::ExistsContext* context);
  ast::ExprPtr Build(P::CollectionQueryContext* context);
  ast::ExprPtr Build(P::CollectionContext* context);
  ast::ExprPtr Build(P::RowContext* context);
  ast::ExprPtr Build(P::ScalarQueryContext* context);
  ast::ExprPtr Build(P::RowInParenthesesContext* context);
  ast::ExprPtr Build(P::ParenthesisedContext* context);
  ast::ExprPtr Build(P::ColumnRefContext* context);
  // build_literal.cc: E1003 for bad escapes; strings on consecutive lines are one (SQL:2016, 5.3).
  ast::ExprPtr Build(P::LiteralContext* context);
  ast::ExprPtr Build(P::IntervalLiteralContext* context);
  // build_call.cc: SUBSTRING and OVERLAY become a Call; others have their own nodes.
  ast::ExprPtr Build(P::ExtractContext* context);
  ast::ExprPtr Build(P::TimestampArithmeticContext* context);
  ast::ExprPtr Build(P::RoundToContext* context);
  ast::ExprPtr Build(P::SubstringContext* context);
  ast::ExprPtr Build(P::OverlayContext* context);
  ast::ExprPtr Build(P::PositionContext* context);
  ast::ExprPtr Build(P::TrimContext* context);
  ast::ExprPtr Build(P::FunctionContext* context);
  ast::ExprPtr Build(P::BareCallContext* context);
  ast::Call Build(P::FunctionCallContext* context);
  ast::Argument Build(P::ArgumentContext* context);
  ast::ExprPtr Build(P::TableArgumentContext* context);
  ast::ExprPtr Build(P::QueryArgumentContext* context);
  ast::ExprPtr Build(P::ModelArgumentContext* context);
  ast::ExprPtr Build(P::DescriptorContext* context);
  ast::ExprPtr Build(P::DefaultArgumentContext* context);
  ast::ExprPtr Build(P::PlainArgumentContext* context);
  ast::OrderItem Build(P::OrderItemContext* context);
  std::vector<ast::OrderItem> BuildAll(const std::vector<P::OrderItemContext*>& contexts);
  ast::WindowSpec Build(P::WindowSpecContext* context);
  ast::WindowSpec Build(P::OverContext* context);
  ast::FrameBound Build(P::FrameBoundContext* context);
  // build_json.cc: E1001 for FILTER or OVER behind what is no aggregate.
  ast::ExprPtr Build(P::JsonContext* context);
  // build_query.cc: E1004 for a chain of set operations that would be too deep.
  ast::QueryPtr Build(P::QueryContext* context);
  ast::QueryPtr Build(P::QueryBodyContext* context);
  ast::QueryPtr Build(P::QueryBodyTermContext* context);
  ast::QueryPtr Build(P::QueryBodyIntersectContext* context);
  ast::QueryPtr Build(P::QueryBodyUnionContext* context);
  ast::Values Build(P::ValuesContext* context);
  void AddLimit(P::LimitClauseContext* context, ast::Query* query);
  // build_select.cc
  ast::Select Build(P::SelectContext* context);
  ast::ExprPtr Build(P::SelectStarContext* context);
  ast::ExprPtr Build(P::SelectTableStarContext* context);
  ast::ExprPtr Build(P::SelectRowStarContext* context);
  ast::ExprPtr Build(P::SelectExpressionContext* context);
  ast::SelectItem Build(P::SelectItemContext* context);
  ast::GroupBy Build(P::GroupByContext* context);
  ast::GroupingElement Build(P::GroupingElementContext* context);
  std::vector<ast::Hint> Build(P::HintsContext* context);
  // build_table_ref.cc: E1004 for too many joins, E1001 for ON behind NATURAL or CROSS JOIN.
  ast::TableRefPtr Build(P::TableRefContext* context);
  ast::TableRefPtr Build(P::TablePrimaryContext* context);
  ast::TableRef Build(P::NamedTableContext* context);
  ast::TableRef Build(P::FileTableContext* context);
  ast::StateSource Build(P::StateSourceContext* context);
  ast::StateTableName Build(P::StateTableContext* context);
  ast::TableRef Build(P::StateOfContext* context);
  ast::TableRef Build(P::DerivedTableContext* context);
  ast::TableRef Build(P::WrappedFunctionTableContext* context);
  ast::TableRef Build(P::FunctionTableContext* context);
  ast::TableRef Build(P::UnnestContext* context);
  ast::TableRef Build(P::NestedTableContext* context);
  ast::Alias Build(P::AliasContext* context);
  // build_match.cc: quantifiers become {min, max}; {} without a number is E1001.
  ast::MatchRecognize Build(P::MatchRecognizeContext* context, ast::TableRefPtr input);
  ast::Pattern Build(P::PatternContext* context);
  ast::Pattern Build(P::PatternFactorContext* context);
  ast::Pattern Build(P::PatternPrimaryContext* context);
  // build_statement.cc, and each statement in the file of its topic. CANCEL JOB … WITH DRAIN is
  // E1001: only a job that stops is drained.
#define WEIR_STATEMENT(rule) ast::StatementNode Build(P::rule##Context* context);
#include "planner/parse/statements.def"
#undef WEIR_STATEMENT
  ast::StatementPtr Build(P::StatementContext* context);
  ast::StatementPtr BuildStatement(Rule* context);
  // build_change.cc: MERGE without a WHEN is E1001.
  std::vector<ast::Assignment> BuildAll(const std::vector<P::AssignmentContext*>& contexts);
  ast::Reference Build(P::CopyWordContext* context);
  ast::CopyOption Build(P::CopyOptionContext* context);
  ast::StatementPtr Build(P::JobContext* context);
  // build_table.cc: REPLACE TABLE without AS is E1001.
  std::vector<ast::TableElement> Build(P::TableElementsContext* context);
  ast::TableElement Build(P::TableElementContext* context);
  ast::TableElement Build(P::WatermarkElementContext* context);
  ast::TableElement Build(P::KeyElementContext* context);
  ast::TableElement Build(P::ComputedColumnContext* context);
  ast::TableElement Build(P::TypedColumnContext* context);
  ast::TableElement Build(P::NameOnlyColumnContext* context);
  ast::Distribution Build(P::DistributionContext* context);
  ast::LikeTable Build(P::LikeTableContext* context);
  ast::StartMode Build(P::StartModeContext* context);
  // build_definition.cc: TEMPORARY before CATALOG or DATABASE is E1001, and so is a query that a
  // scalar function returns without parentheses, or an expression that a table function does.
  ast::FunctionTrait Build(P::FunctionTraitContext* context);
  ast::FunctionBody Build(P::FunctionBodyContext* context);
  std::vector<ast::FunctionParameter> Build(P::ParametersContext* context);
  ast::FunctionSignature Build(P::FunctionSignatureContext* context);
  void AddReturn(P::FunctionReturnContext* context, ast::FunctionSignature* signature);
  ast::ObjectKind Build(P::ObjectKindContext* context);
  // build_alteration.cc: TEMPORARY before anything but a FUNCTION is E1001.
  ast::PartitionSpec Build(P::PartitionSpecContext* context);  // context may be null
  ast::AlterAction Build(P::RenameObjectContext* context);
  ast::AlterAction Build(P::RenameColumnContext* context);
  ast::AlterAction Build(P::SetOptionsContext* context);
  ast::AlterAction Build(P::ResetOptionsContext* context);
  ast::AlterAction Build(P::SetCommentContext* context);
  ast::AlterAction Build(P::AddPartitionsContext* context);
  ast::AlterAction Build(P::ChangeDistributionContext* context);
  ast::AlterAction Build(P::ChangeElementsContext* context);
  ast::AlterAction Build(P::DropPartitionsContext* context);
  ast::AlterAction Build(P::DropPartContext* context);
  ast::AlterAction Build(P::DropColumnsContext* context);
  ast::AlterAction Build(P::SuspendContext* context);
  ast::AlterAction Build(P::ResumeContext* context);
  ast::AlterAction Build(P::RefreshContext* context);
  ast::AlterAction Build(P::SetFreshnessContext* context);
  ast::AlterAction Build(P::SetRefreshModeContext* context);
  ast::AlterAction Build(P::RedefineQueryContext* context);
  ast::AlterAction Build(P::RedefineFunctionContext* context);
  // build_session.cc: E1001 for FROM or IN behind a SHOW that has no scope.
  ast::Show Build(P::ShowCreateContext* context);
  ast::Show Build(P::ShowCreateJobContext* context);
  ast::Show Build(P::ShowPartitionsContext* context);
  ast::Show Build(P::ShowJobPartsContext* context);
  ast::Show Build(P::ShowStateContext* context);
  ast::Show Build(P::ShowStateDifferenceContext* context);
  ast::Show Build(P::ShowListContext* context);

 private:
  std::string_view text_;
  Status error_;
  int depth_ = 0;
};

}  // namespace weir::parse
