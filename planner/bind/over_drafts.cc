#include "planner/bind/over_drafts.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/bind/node_shapes.h"
#include "runtime/base/names.h"
#include "runtime/expr/function.h"
#include "runtime/fault_point.h"

namespace weir::bind {

using expr::ExprPtr;
using logical::Column;

namespace {

Type RankType() {
  return Type::BigInt().WithNullable(false);
}

bool SameOrder(const OverDraft::Order& a, const OverDraft::Order& b) {
  return a.key.descending == b.key.descending && a.key.nulls_first == b.key.nulls_first &&
         expr::Equal(*a.expression, *b.expression);
}

bool Same(const OverDraft& a, const OverDraft& b) {
  const auto same_key = [](const ExprPtr& x, const ExprPtr& y) { return expr::Equal(*x, *y); };
  return a.function == b.function && a.window == b.window &&
         std::equal(a.partition.begin(), a.partition.end(), b.partition.begin(), b.partition.end(),
                    same_key) &&
         std::equal(a.order.begin(), a.order.end(), b.order.begin(), b.order.end(), SameOrder);
}

// PROCTIME() is the time attribute itself, wherever it stands: rows arrive in its order.
logical::TimeAttribute TimeOf(const expr::Expr& expression) {
  const bool arrival = expression.kind == expr::ExprKind::kCall && expression.args.empty() &&
                       EqualsIgnoreCase(expression.function->name, "PROCTIME") &&
                       !DefectPlanted("arrival-is-a-value");
  return arrival ? logical::TimeAttribute::kProcessing : logical::TimeAttribute::kNone;
}

// Finds the columns that hold expressions. An expression that is no column yet gets one in a
// projection.
class KeyColumns {
 public:
  explicit KeyColumns(Relation& relation)
      : relation_(relation),
        project_{References(relation.columns())},
        columns_(relation.columns()) {}

  int Find(const ExprPtr& expression) {
    for (size_t i = 0; i < project_.expressions.size(); ++i) {
      if (expr::Equal(*project_.expressions[i], *expression)) return static_cast<int>(i);
    }
    const std::string text = expr::ToString(*expression, NamesOf(relation_.columns()));
    project_.expressions.push_back(expression);
    columns_.push_back({text, expression->type, TimeOf(*expression)});
    return static_cast<int>(columns_.size()) - 1;
  }

  void Apply(const logical::Origin& origin) {
    if (columns_.size() == relation_.columns().size()) return;
    relation_.node =
        logical::MakeNode(std::move(project_), {relation_.node}, std::move(columns_), origin);
  }

 private:
  Relation& relation_;
  logical::Project project_;
  std::vector<Column> columns_;
};

}  // namespace

ExprPtr OverDrafts::Add(OverDraft draft) {
  size_t index = 0;
  while (index < drafts_.size() && !Same(drafts_[index], draft)) ++index;
  const SourceSpan span = draft.span;
  if (index == drafts_.size()) drafts_.push_back(std::move(draft));
  return expr::MakeColumnRef(kFirst + static_cast<int>(index), RankType(), span);
}

std::vector<int> AddRanks(const std::vector<OverDraft>& drafts, const OverPlace& place,
                          Relation& relation) {
  std::vector<logical::Over> overs;
  KeyColumns keys(relation);
  for (const OverDraft& draft : drafts) {
    logical::Over over;
    over.function = draft.function;
    over.ttl_millis = place.ttl_millis;
    over.ttl_hint = place.ttl_hint;
    for (const ExprPtr& key : draft.partition) over.partition.push_back(keys.Find(key));
    for (const OverDraft::Order& item : draft.order) {
      graph::SortKey key = item.key;
      key.column = keys.Find(item.expression);
      over.order.push_back(key);
    }
    overs.push_back(std::move(over));
  }
  keys.Apply(place.origin);
  std::vector<int> ranks;
  for (size_t i = 0; i < drafts.size(); ++i) {
    logical::Origin origin = place.origin;
    origin.span = drafts[i].span;
    if (!drafts[i].window.empty()) origin.discriminator = drafts[i].window;
    std::vector<Column> columns = relation.columns();
    ranks.push_back(static_cast<int>(columns.size()));
    columns.push_back({fmt::format("rank${}", i), RankType()});
    relation.node = logical::MakeNode(std::move(overs[i]), {relation.node}, std::move(columns),
                                      std::move(origin));
  }
  return ranks;
}

ExprPtr WithRanks(const ExprPtr& expression, const std::vector<int>& ranks) {
  if (expression->kind == expr::ExprKind::kColumn) {
    if (expression->column < OverDrafts::kFirst) return expression;
    const auto index = static_cast<size_t>(expression->column - OverDrafts::kFirst);
    return expr::MakeColumnRef(ranks.at(index), expression->type, expression->span);
  }
  auto rebuilt = std::make_shared<expr::Expr>(*expression);
  for (ExprPtr& argument : rebuilt->args) argument = WithRanks(argument, ranks);
  return ExprPtr(rebuilt);
}

}  // namespace weir::bind
