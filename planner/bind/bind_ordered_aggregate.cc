// Aggregates over values in an order: ARRAY_AGG(v ORDER BY k) and LISTAGG(v) WITHIN GROUP (ORDER BY
// k) of SQL:2016, 10.9. What is kept is a list of rows, as for any ARRAY_AGG, and a call over the
// aggregate puts them in order:
//
//   ARRAY_AGG(v ORDER BY k DESC)  =>  ORDERED VALUES(ARRAY_AGG(ROW(k, v)), 'DESC NULLS LAST')
//   LISTAGG(v, '; ') WITHIN GROUP (ORDER BY k)
//     =>  ARRAY_JOIN(ORDERED VALUES(ARRAY_AGG(ROW(k, v)) FILTER (v IS NOT NULL), …), '; ')
#include <fmt/format.h>

#include <algorithm>

#include "planner/bind/expression_binder.h"
#include "planner/bind/query_binder.h"
#include "runtime/expr/aggregate_function.h"
#include "runtime/expr/binding.h"
#include "runtime/types/key_encoding.h"

namespace weir::bind {

using expr::AggregateFunction;
using expr::ExprPtr;

namespace {

const std::vector<ast::OrderItem>& OrderOf(const ast::Call& call) {
  return call.within_group.empty() ? call.order_by : call.within_group;
}

ExprPtr Text(std::string text) {
  return expr::MakeLiteral(Value(Type::String().WithNullable(false), std::move(text)));
}

// As ORDERED VALUES reads it: "DESC NULLS LAST, ASC NULLS FIRST".
std::string OrderText(const std::vector<ast::OrderItem>& order) {
  std::string text;
  for (const ast::OrderItem& item : order) {
    const graph::SortKey key = SortKeyOf(item, 0);
    text += fmt::format("{}{} NULLS {}", text.empty() ? "" : ", ", key.descending ? "DESC" : "ASC",
                        key.nulls_first ? "FIRST" : "LAST");
  }
  return text;
}

bool HasOrder(AggregateFunction function) {
  return function == AggregateFunction::kArrayAgg || function == AggregateFunction::kListAgg;
}

// Whether the result is the same in any order of the values.
bool AnyOrder(AggregateFunction function) {
  switch (function) {
    case AggregateFunction::kFirstValue:
    case AggregateFunction::kLastValue:
    case AggregateFunction::kArrayAgg:
    case AggregateFunction::kListAgg:
    case AggregateFunction::kJsonArrayAgg:
    case AggregateFunction::kJsonObjectAgg:
      return false;
    default:
      return true;
  }
}

}  // namespace

Status ExpressionBinder::CheckOrder(AggregateFunction function, const ast::Call& call) const {
  const SourceSpan place = At(OrderOf(call)[0].span);
  const std::string_view name = expr::AggregateName(function);
  if (!call.order_by.empty() && !call.within_group.empty())
    return NotAllowed(fmt::format("{} has two orders", name), OrderOf(call)[0].span);
  if (!call.within_group.empty() && !HasOrder(function)) {
    return NotAllowed(fmt::format("WITHIN GROUP is for LISTAGG and ARRAY_AGG, not for {}", name),
                      OrderOf(call)[0].span);
  }
  if (HasOrder(function) || AnyOrder(function)) return {};
  return Status::Unsupported(fmt::format("{} with ORDER BY is not supported yet", name))
      .WithSpan(place)
      .WithHint("ARRAY_AGG with ORDER BY gives the values in order, and [1] the first of them");
}

Result<ExpressionBinder::Args> ExpressionBinder::BindOrder(const ast::Call& call) {
  Args keys;
  for (const ast::OrderItem& item : OrderOf(call)) {
    ExprPtr key = TRY(expr::FoldConstants(TRY(BindNode(*item.expr))));
    if (key->kind == expr::ExprKind::kLiteral) {
      return NotAllowed("a constant orders nothing", item.span,
                        "ORDER BY in an aggregate names no items of SELECT by their numbers");
    }
    RETURN_IF_ERROR(CheckHasOrder(key->type).WithSpan(At(item.span)));
    keys.push_back(std::move(key));
  }
  return keys;
}

Result<ExprPtr> ExpressionBinder::BindOrdered(AggregateFunction function, const ast::Call& call,
                                              const ast::Expr& at) {
  RETURN_IF_ERROR(CheckOrder(function, call));
  inside_aggregate_ = true;
  Result<Args> keys = BindOrder(call);
  // What the call is without its order, which also checks it.
  Result<AggregateDraft> plain = DraftOf(function, call, at);
  inside_aggregate_ = false;
  if (!keys.ok()) return std::move(keys).status();
  if (!plain.ok()) return std::move(plain).status();
  if (AnyOrder(function)) return surroundings_.aggregates->Add(std::move(*plain));
  const ExprPtr value = plain->arguments[0];
  const auto is_value = [&](const ExprPtr& key) { return expr::Equal(*key, *value); };
  if (plain->distinct && !std::ranges::all_of(*keys, is_value)) {
    return NotAllowed(fmt::format("{} of DISTINCT values is in the order of these values only",
                                  expr::AggregateName(function)),
                      OrderOf(call)[0].span);
  }
  const bool list = function == AggregateFunction::kListAgg;
  AggregateDraft rows;
  rows.function = AggregateFunction::kArrayAgg;
  rows.distinct = plain->distinct;
  rows.running = plain->running;
  rows.span = plain->span;
  rows.filter = plain->filter;
  if (list || call.nulls == ast::NullTreatment::kIgnore) {
    ExprPtr present = TRY(expr::BindCall("IS NOT NULL", {value}, plain->span));
    rows.filter = rows.filter ? TRY(expr::BindCall("AND", {rows.filter, present}, plain->span))
                              : std::move(present);
  }
  Args fields = std::move(*keys);
  fields.push_back(value);
  rows.arguments = {TRY(expr::BindCall("ROW", std::move(fields), plain->span))};
  AggregateDraft kept = TRY(Finished(std::move(rows), nullptr, at));
  ExprPtr values = TRY(expr::BindCall(
      "ORDERED VALUES",
      {surroundings_.aggregates->Add(std::move(kept)), Text(OrderText(OrderOf(call)))},
      plain->span));
  if (!list) return values;
  return expr::BindCall("ARRAY_JOIN", {std::move(values), Text(plain->parameter)}, plain->span);
}

}  // namespace weir::bind
