// Subqueries whose values a clause computes with: a left join makes each some columns of the
// relation.
#pragma once

#include <optional>
#include <vector>

#include "planner/bind/aggregate_drafts.h"
#include "planner/bind/query_binder.h"

namespace weir::bind {

struct Subquery;  // bind_subquery.h

// A subquery that rows are compared with.
struct ValuesCompared {
  const ast::Query* query = nullptr;
  // The expressions over the relation that its columns are compared with; none for EXISTS.
  std::vector<expr::ExprPtr> operands;
  // Whether NULL may stand for FALSE and FALSE for NULL, as in a condition that is not negated.
  bool only_truth = false;
  SourceSpan span;
};

// Collects the subqueries while a clause is bound, in order. Borrows its arguments.
//
//   SELECT k, (SELECT MAX(w) FROM o WHERE o.k = t.k) FROM t
//     =>  t LEFT JOIN (SELECT MAX(w), k FROM o GROUP BY k) ON t.k = o.k
//   SELECT k, k IN (SELECT k FROM o) FROM t
//     =>  t LEFT JOIN (SELECT COUNT(*), k FROM o GROUP BY k) ON t.k = o.k, and two counts of all o
//
// A subquery without rows gives NULL, or 0 for a correlated COUNT. One that is not correlated gives
// NULL even then, since a global aggregate over no rows emits none, as in Flink.
class ScalarDrafts {
 public:
  // In bound expressions column i of the subqueries is represented by kFirst + i, far behind the
  // columns of every relation and those of OVER clauses.
  static constexpr int kFirst = 1 << 26;

  ScalarDrafts(QueryBinder& binder, const QueryScope& scope) : binder_(binder), scope_(scope) {}

  // The value of the subquery, nullable. `relation` is the same in all calls; the subquery may read
  // it. E2006 unless the subquery has one column. Where it is not known to give one row at most the
  // value is E3011 for those rows of the relation that several are found for.
  Result<expr::ExprPtr> Add(const ast::Query& query, const Relation& relation, SourceSpan span);
  // EXISTS (query): TRUE or FALSE, never NULL.
  Result<expr::ExprPtr> AddExists(const ValuesCompared& compared, const Relation& relation);
  // operand IN (query), in three-valued logic unless only the truth matters.
  Result<expr::ExprPtr> AddIn(const ValuesCompared& compared, const Relation& relation);
  // operand < ANY (query), operand >= ALL (query) and so on.
  Result<expr::ExprPtr> AddQuantified(std::string_view comparison, bool all,
                                      const ValuesCompared& compared, const Relation& relation);

  bool empty() const { return drafts_.empty(); }
  // The expressions over the relation that the subqueries are found by, to be changed with it.
  std::vector<expr::ExprPtr*> operands();
  // `relation` followed by the columns of all subqueries, which cannot be named. Leaves no drafts.
  logical::NodePtr Join(const Relation& relation);

 private:
  struct Draft {
    logical::NodePtr node;                // its values, then what it is found by
    std::vector<expr::ExprPtr> operands;  // over the relation, equal to the columns behind `values`
    std::vector<bool> null_safe;          // of each operand: whether NULL is looked for as well
    SourceSpan span;
    size_t values = 1;
    bool counted = false;       // how many rows the value is of stands behind it
    bool of_one_group = false;  // the value is that of an aggregate without GROUP BY
  };
  // The rows of a subquery, grouped by the columns by which a row of the relation finds them.
  struct Rows {
    Relation relation;
    std::vector<expr::ExprPtr> items;     // its columns, over `relation`
    std::vector<expr::ExprPtr> keys;      // over `relation`
    std::vector<expr::ExprPtr> operands;  // equal to the keys
    std::vector<bool> null_safe;          // of each operand, as of a Draft

    void Add(expr::ExprPtr operand, expr::ExprPtr key, bool with_null);
  };

  Result<Draft> Bind(const ast::Query& query, const Relation& relation, SourceSpan span);
  Result<Draft> BindOneForEach(const ast::Query& query, const Relation& relation, SourceSpan span);
  Result<Draft> BindCorrelated(const ast::Query& query, const Relation& relation, SourceSpan span);
  // bind_compared.cc
  // Null where a condition is no equality of the query around the subquery, which has `width`
  // columns, and the subquery.
  static std::optional<Rows> ByEquality(const Subquery& subquery, size_t width);
  // `reads_items`: the subquery's columns matter.
  Result<Rows> BindRows(const ast::Query& query, bool reads_items, const Relation& relation,
                        SourceSpan span) const;
  // The value of the rows of each key, and their number.
  Result<Draft> Counted(const Rows& rows, SourceSpan span) const;
  Draft Grouped(const Rows& rows, std::vector<AggregateDraft> aggregates, SourceSpan span) const;
  // The aggregates of the rows of each key, one by one; NULL where there are none.
  std::vector<expr::ExprPtr> Group(const Rows& rows, std::vector<AggregateDraft> aggregates,
                                   SourceSpan span);
  // Looks for an equal value: the result is what `=` ANY gives when only TRUE matters, and FALSE
  // where it would be NULL.
  Result<expr::ExprPtr> Found(Rows rows, const ValuesCompared& compared);

  // The column that represents column `index` of the draft that is added next.
  expr::ExprPtr Column(size_t index, const Type& type, SourceSpan span) const;

  QueryBinder& binder_;
  const QueryScope& scope_;
  std::vector<Draft> drafts_;
  size_t added_ = 0;  // columns
};

// The expression with the columns of subqueries behind the first `width` ones, where Join put them.
expr::ExprPtr WithScalars(const expr::ExprPtr& expression, size_t width);

}  // namespace weir::bind
