// Binds expressions of the text to the columns of a relation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/ast/call.h"
#include "planner/bind/aggregate_drafts.h"
#include "planner/bind/group_window.h"
#include "planner/bind/item_names.h"
#include "planner/bind/over_drafts.h"
#include "planner/bind/relation.h"
#include "planner/bind/text_scope.h"
#include "runtime/base/result.h"
#include "runtime/expr/expr.h"

namespace weir::bind {

class MatchDrafts;
struct MatchDraft;
class ScalarDrafts;

// The name of the function that the operator calls: "AND", "<=".
std::string_view OperatorName(ast::BinaryOperator op);

// Binds the expressions of one clause. Names are resolved by relation.h, calls and types by
// runtime/expr/binding.h; this class walks the tree. Cheap to create; borrows all its arguments.
class ExpressionBinder {
 public:
  // The clause around the expressions, as far as it affects their meaning. The defaults are those
  // of a plain row expression.
  struct Surroundings {
    // Collects aggregate calls; null where they are not allowed.
    AggregateDrafts* aggregates = nullptr;
    // The clause in messages: "WHERE", "GROUP BY", "a computed column".
    std::string_view clause = "this clause";
    TextScope text;
    // Collects OVER clauses; null where they are not allowed.
    OverDrafts* overs = nullptr;
    // The window of GROUP BY, for the functions of its bounds; may be null.
    const GroupWindow* group_window = nullptr;
    // Items of the SELECT list, which names may refer to. May be null.
    const ItemNames* items = nullptr;
    // Other conditions are checked before this one, so that it is not evaluated for every row: a
    // constant that fails must then be left to run time.
    bool guarded = false;
    // The result of CURRENT_DATABASE(); null if there is none.
    const std::string* database = nullptr;
    // Collects subqueries; null where they are not allowed.
    ScalarDrafts* scalars = nullptr;
    // Collects those in arguments and filters of aggregates.
    ScalarDrafts* argument_scalars = nullptr;
    // Collects FIRST and LAST of MATCH_RECOGNIZE; null outside of its clauses.
    MatchDrafts* match = nullptr;
  };

  ExpressionBinder(const Relation& relation, Surroundings surroundings)
      : relation_(relation), surroundings_(surroundings) {}

  // Binds, coerces and folds constants. Errors have the span of the text they are about: E2003 for
  // unknown columns, E2005 for functions, E2006 for types, E2015 for what the clause does not allow
  // (an aggregate in WHERE, * outside of a SELECT list), E1002 for what is not supported.
  Result<expr::ExprPtr> Bind(const ast::Expr& expression);
  // The same for a condition; E2006 if it is not BOOLEAN.
  Result<expr::ExprPtr> BindCondition(const ast::Expr& expression);

 private:
  using Args = std::vector<expr::ExprPtr>;

  // Calls the Visit overload for the node (planner/ast/expr.h and call.h), which binds its children
  // first. The result has the node's span.
  Result<expr::ExprPtr> BindNode(const ast::Expr& expression);
  Result<expr::ExprPtr> Visit(const ast::Literal& literal, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::ColumnRef& column, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::Star& star, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::Unary& unary, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::Binary& binary, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::Is& is, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::IsDistinct& is, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::Between& between, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::Like& like, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::In& in, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::Quantified& quantified, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::Subquery& subquery, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::Case& switched, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::Cast& cast, const ast::Expr& at);
  Result<expr::ExprPtr> UnitsOf(expr::ExprPtr number, ast::TimeUnit unit, SourceSpan place);
  Result<expr::ExprPtr> Visit(const ast::Row& row, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::Collection& collection, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::Element& element, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::FieldAccess& access, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::Call& call, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::UnitCall& call, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::Difference& difference, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::Position& position, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::Trim& trim, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::JsonCall& call, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::Descriptor& descriptor, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::TableArgument& argument, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::ModelArgument& argument, const ast::Expr& at);
  Result<expr::ExprPtr> Visit(const ast::DefaultValue& value, const ast::Expr& at);

  // The item of the SELECT list that the name means, null if it means none. `behind_columns`: it is
  // known to be no column.
  Result<expr::ExprPtr> FindItem(const ast::ColumnRef& column, bool behind_columns) const;
  Result<Args> BindAll(const std::vector<ast::ExprPtr>& expressions);
  // Binds the call `name`(args…), within a NOT if `negated`.
  Result<expr::ExprPtr> Call(std::string_view name, Args args, SourceSpan span,
                             bool negated = false);
  // The same for functions that may be missing in the registry: E1002 naming `construct` then.
  Result<expr::ExprPtr> CallIfKnown(std::string_view name, Args args, const ast::Expr& at,
                                    std::string_view construct);
  Result<expr::ExprPtr> BindInList(const ast::In& in, const ast::Expr& at);
  // Binds a condition of which only the truth matters: NULL has the effect of FALSE.
  Result<expr::ExprPtr> BindForTruth(const ast::Expr& condition);
  // bind_quantified.cc
  Result<expr::ExprPtr> BindAnyOrAll(const ast::Quantified& quantified, const ast::Expr& at);
  // The drafts for a subquery that stands here; null where none may.
  ScalarDrafts* Subqueries() const;
  // bind_over.cc
  Result<expr::ExprPtr> BindOver(const ast::Call& call, const ast::Expr& at);
  Result<expr::ExprPtr> BindRank(graph::RankFunction function, const ast::Call& call,
                                 const ast::Expr& at);
  Result<expr::ExprPtr> BindPick(graph::OverFunction function, const ast::Call& call,
                                 const ast::Expr& at);
  Result<expr::ExprPtr> BindCounted(graph::OverFunction function, const ast::Call& call,
                                    const ast::Expr& at);
  Result<expr::ExprPtr> BindFramed(const ast::Call& call, const ast::Expr& at);
  // Adds the window of the call, which is that of `name`; the frame is left to the caller.
  Result<std::optional<ast::Frame>> BindWindow(std::string_view name, const ast::Call& call,
                                               const ast::Expr& at, OverDraft& draft);
  Status AddWindow(const ast::WindowSpec& window, OverDraft& draft,
                   std::optional<ast::Frame>& frame, int depth);
  Result<graph::OverFrame> FrameOf(const ast::Frame& frame, const OverDraft& draft);
  Result<std::optional<int64_t>> BoundOf(const ast::FrameBound& bound, const ast::Frame& frame,
                                         const OverDraft& draft);
  Result<Type> RangeType(const OverDraft& draft, SourceSpan span) const;
  // bind_navigation.cc; BindNavigation REQUIRES IsNavigation.
  bool IsNavigation(std::string_view name) const;
  Result<expr::ExprPtr> BindNavigation(std::string_view name, const ast::Call& call,
                                       const ast::Expr& at);
  Result<expr::ExprPtr> BindMatchTime(const ast::Call& call, const ast::Expr& at);
  Result<expr::ExprPtr> BindMatchNumber(const ast::Call& call, const ast::Expr& at);
  // CLASSIFIER, FIRST, LAST, PREV or NEXT.
  Result<MatchDraft> MatchDraftOf(std::string_view name, const ast::Call& call,
                                  const ast::Expr& at);
  Result<MatchDraft> ClassifierDraft(const ast::Call& call, const ast::Expr& at);
  // What FIRST, LAST, PREV and NEXT are of.
  Result<MatchDraft> NavigatedDraft(std::string_view name, const ast::Expr& of);
  Result<int> RowsPassed(std::string_view name, const ast::Call& call, int otherwise);
  // Whether the call is about the match as far as the row that is given.
  bool IsRunning(const ast::Call& call) const;
  Result<expr::ExprPtr> BindAggregate(const ast::Call& call, const ast::Expr& at);
  Result<expr::ExprPtr> BindField(expr::ExprPtr row, const ast::Identifier& field, SourceSpan span);
  Result<Args> BindArguments(const ast::Call& call);
  // E2005 for an argument that is no rowtime attribute.
  Result<expr::ExprPtr> BindCurrentWatermark(const ast::Call& call, const ast::Expr& at);
  // bind_function_call.cc: the function of a user's that the call means; null for a built-in one.
  Result<catalog::FunctionPtr> UserFunctionOf(const ast::Call& call, SourceSpan span) const;
  Result<expr::ExprPtr> BindUserCall(const catalog::FunctionPtr& function, const ast::Call& call,
                                     const ast::Expr& at);
  Status CheckUserCall(const ast::Call& call, const ast::Expr& at) const;
  // The argument that `column` names in the body of a table function; null if it names none.
  Result<expr::ExprPtr> BindParameter(const ast::ColumnRef& column);
  // bind_aggregate.cc: each function adds the call to the drafts and returns a reference to its
  // future column. GROUPING and GROUPING_ID mean the same.
  Result<expr::ExprPtr> BindGrouping(const ast::Call& call, const ast::Expr& at);
  Result<expr::ExprPtr> BindJsonAggregate(const ast::JsonCall& call, const ast::Expr& at);
  // The call as a draft; Finished adds what follows the arguments.
  Result<AggregateDraft> DraftOf(expr::AggregateFunction function, const ast::Call& call,
                                 const ast::Expr& at);
  // Adds the filter and the type of the result.
  Result<AggregateDraft> Finished(AggregateDraft draft, const ast::Expr* filter,
                                  const ast::Expr& at);
  // Takes the literal argument of LISTAGG and PERCENTILE out of the arguments.
  Status TakeParameter(const ast::Call& call, AggregateDraft& draft) const;
  Status CountTogether(AggregateDraft& draft) const;
  Status CountByFrequency(AggregateDraft& draft) const;
  Status CheckAggregatePlace(std::string_view name, const ast::Expr& at) const;
  // bind_ordered_aggregate.cc: a call with ORDER BY or WITHIN GROUP; E1002 for functions whose
  // result depends on an order that is not kept.
  Result<expr::ExprPtr> BindOrdered(expr::AggregateFunction function, const ast::Call& call,
                                    const ast::Expr& at);
  Result<Args> BindOrder(const ast::Call& call);
  Status CheckOrder(expr::AggregateFunction function, const ast::Call& call) const;
  // bind_json.cc: calls whose clauses become literals of the bound call, and OVERLAPS.
  Result<expr::ExprPtr> BindJsonPath(const ast::JsonCall& call, const ast::Expr& at);
  Result<expr::ExprPtr> BindJsonText(const ast::JsonCall& call, const ast::Expr& at);
  Result<expr::ExprPtr> BindJsonElement(const ast::Expr& value, bool keeps_null, SourceSpan span);
  Result<expr::ExprPtr> BindOverlaps(const ast::Binary& overlaps, const ast::Expr& at);
  // The first and the last instant of (start, end) or (start, interval).
  Result<std::pair<expr::ExprPtr, expr::ExprPtr>> BindPeriod(const ast::Expr& period);
  // E1002 or E2005 for clauses (DISTINCT, FILTER, OVER, …) that such a call cannot have.
  Status CheckScalarCall(const ast::Call& call, const ast::Expr& at) const;
  // The function of a call that is allowed here and has only clauses that it takes.
  Result<expr::AggregateFunction> AggregateOf(const ast::Call& call, const ast::Expr& at) const;

  SourceSpan At(SourceSpan span) const { return surroundings_.text.At(span); }
  Status NotSupported(std::string_view construct, SourceSpan span) const;
  Status NotAllowed(std::string message, SourceSpan span, std::string hint = "") const;

  const Relation& relation_;
  Surroundings surroundings_;
  bool inside_aggregate_ = false;
  bool inside_json_ = false;  // directly in JSON_OBJECT or JSON_ARRAY, where JSON(…) is allowed
  bool inside_over_ = false;
  bool only_truth_ = false;  // of the node that is bound next
};

// `failure` at `place` instead of its own span, for text that is not part of the statement.
Status Relocated(const Status& failure, SourceSpan place);

// bind_call.cc: functions of the language that are known but neither scalar nor aggregate.
bool IsOverOnlyFunction(std::string_view name);

}  // namespace weir::bind
