// Functions of users in the texts that one QueryBinder binds. A call becomes the body of its
// function, with the arguments in the place of the parameters:
//
//   CREATE FUNCTION net(gross DECIMAL(10, 2), rate DOUBLE) RETURNS DECIMAL(10, 2)
//     RETURN gross / (1 + rate)
//   SELECT net(price, 0.2) FROM t
//     =>  SELECT CAST(CAST(price AS DECIMAL(10, 2)) / (1 + CAST(0.2 AS DOUBLE)) AS DECIMAL(10, 2))
//
//   CREATE FUNCTION sold(k INT) RETURNS TABLE (n BIGINT)
//     RETURN SELECT COUNT(*) FROM sale WHERE sale.k = sold.k
//   SELECT … FROM t, LATERAL TABLE(sold(t.id)) AS s
//     =>  SELECT … FROM t, LATERAL (SELECT COUNT(*) FROM sale WHERE sale.k = t.id) AS s (n)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "planner/ast/call.h"
#include "planner/bind/query_scope.h"
#include "planner/bind/relation.h"
#include "planner/bind/text_scope.h"
#include "runtime/base/result.h"
#include "runtime/expr/expr.h"

namespace weir::bind {

class QueryBinder;

// Finds functions, and keeps those whose bodies are being bound, so that one that calls itself is
// found. Owned by the binder, which it borrows.
class UserFunctions {
 public:
  explicit UserFunctions(QueryBinder& binder) : binder_(binder) {}

  // What a name means, in Flink's order: a system function of a user's, a built-in function (null),
  // a function of the catalog. Null if there is none. E2005 for a qualified name without a
  // function.
  Result<catalog::FunctionPtr> Find(const ast::Name& name, const TextScope& text,
                                    SourceSpan span) const;
  // The same in FROM, where the built-in ones are other ones. E2015 for a scalar function.
  Result<catalog::FunctionPtr> FindTable(const ast::Name& name, const TextScope& text,
                                         SourceSpan span) const;
  // The functions that a misspelt name may mean.
  std::vector<std::string> Names(const TextScope& text) const;

  // The body of a scalar function over `arguments`, which have the types of its parameters; of one
  // in another language a call. Errors
  // point at `place` and name the function and the part of its body that they are about.
  Result<expr::ExprPtr> Inline(const catalog::FunctionPtr& function,
                               const std::vector<expr::ExprPtr>& arguments, SourceSpan place);
  // The body as it is in its definition, for CREATE FUNCTION: over columns with the types of the
  // parameters. Errors point into its own text.
  Result<expr::ExprPtr> BindOwnText(const catalog::FunctionPtr& function);

  // The rows that the query of a table function gives, under the types and names of its columns.
  // `inner`: where it stands. Without a `place` errors point into its own text.
  Result<logical::NodePtr> BindRows(const FunctionArguments& call, const QueryScope& inner,
                                    std::optional<SourceSpan> place);
  // Adds the types and names of the function's columns to the first columns of `rows`.
  Result<logical::NodePtr> Returned(const catalog::FunctionDefinition& function,
                                    const logical::NodePtr& rows, size_t count,
                                    const std::optional<SourceSpan>& place) const;
  // The scope of a table function's body, which stands in `inner`.
  QueryScope BodyScope(const FunctionArguments& call, const QueryScope& inner,
                       std::optional<SourceSpan> place);

  // Marks a function as being bound, for its life. E2009 for one that is already, E2015 where they
  // call each other too deep.
  class Open {
   public:
    Open(UserFunctions& functions, const catalog::FunctionPtr& function, SourceSpan place);
    ~Open();
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;
    const Status& status() const { return status_; }

   private:
    UserFunctions& functions_;
    Status status_;
  };

  // Notes that a body, or the text of an argument, is bound for a call. E2015 once there were too
  // many in a statement: functions that call each other twice double what is bound at each step.
  Status Spend(const catalog::FunctionDefinition& function, SourceSpan place);
  // Notes that a statement uses the function.
  void Use(const catalog::FunctionPtr& function);
  // The error of a body, at the call: with the function's name, and the text that it is about,
  // which is not the statement's.
  static Status InBody(const catalog::FunctionDefinition& function, const Status& failure,
                       const Status& in_own_text, SourceSpan place);

 private:
  Result<expr::ExprPtr> BindBody(const catalog::FunctionDefinition& function,
                                 const std::vector<Type>& types, std::optional<SourceSpan> place);

  QueryBinder& binder_;
  std::vector<catalog::FunctionPtr> open_;
  size_t spent_ = 0;
};

// The arguments of a call by parameter. E2005 for too few, too many, unknown or repeated ones.
Result<std::vector<const ast::Expr*>> MatchArguments(const catalog::FunctionDefinition& function,
                                                     const ast::Call& call, const TextScope& text,
                                                     SourceSpan span);

// The argument, cast to the type of its parameter. E2006 where there is no such cast, or it may be
// NULL and must not.
Result<expr::ExprPtr> AsParameter(const catalog::FunctionDefinition& function, size_t parameter,
                                  expr::ExprPtr argument, SourceSpan span);

// Whether two evaluations for one row may differ: RAND(), UUID().
bool DiffersByRow(const expr::Expr& expression);

// bind_function_table.cc: the arguments of a table function over the rows before it. E2015 for one
// that differs by row.
Status CheckTableArguments(const FunctionArguments& call, const Relation& relation);

}  // namespace weir::bind
