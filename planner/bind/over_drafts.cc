#include "planner/bind/over_drafts.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/bind/node_shapes.h"
#include "runtime/base/names.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/function.h"
#include "runtime/fault_point.h"

namespace weir::bind {

using expr::ExprPtr;
using logical::Column;

namespace {

bool SameOrder(const OverDraft::Order& a, const OverDraft::Order& b) {
  return a.key.descending == b.key.descending && a.key.nulls_first == b.key.nulls_first &&
         expr::Equal(*a.expression, *b.expression);
}

bool SameKey(const ExprPtr& a, const ExprPtr& b) {
  return expr::Equal(*a, *b);
}

bool SameRowsInOrder(const OverDraft& a, const OverDraft& b) {
  return std::ranges::equal(a.partition, b.partition, SameKey) &&
         std::ranges::equal(a.order, b.order, SameOrder);
}

bool SameCall(const AggregateDraft& a, const AggregateDraft& b) {
  const bool same_filter =
      a.filter && b.filter ? SameKey(a.filter, b.filter) : a.filter == b.filter;
  return a.function == b.function && a.distinct == b.distinct && a.parameter == b.parameter &&
         same_filter && std::ranges::equal(a.arguments, b.arguments, SameKey);
}

bool Same(const OverDraft& a, const OverDraft& b) {
  return a.rank == b.rank && a.function == b.function && a.window == b.window &&
         a.offset == b.offset && a.ignore_nulls == b.ignore_nulls && a.frame == b.frame &&
         SameRowsInOrder(a, b) && SameCall(a.call, b.call);
}

expr::AggregateCall SingleCall(const AggregateDraft& draft) {
  expr::AggregateCall call;
  call.function = *draft.function;
  call.distinct = draft.distinct;
  call.parameter = draft.parameter;
  for (const ExprPtr& argument : draft.arguments) call.argument_types.push_back(argument->type);
  return call;
}

// Whether the result of a row depends on nothing but it and rows before it, which, in the order of
// time, are all there when it is computed; and whether that can be done with what is kept of them.
bool OnlyReadsPast(const OverDraft& draft) {
  if (draft.function == graph::OverFunction::kLag) return !draft.ignore_nulls;
  if (draft.function != graph::OverFunction::kAggregate) return false;
  const graph::OverFrame& frame = draft.frame;
  if (frame.following != 0 || frame.preceding.value_or(0) < 0) return false;
  if (!frame.preceding) return true;
  const expr::AggregateCall call = SingleCall(draft.call);
  return !expr::KeepsList(call, false) && !expr::NeedsValueMap(call, false);
}

// Whether one OverAggregate can compute both. Ranks always get a node of their own, in which
// find-ranks can look for conditions.
bool InOneNode(const OverDraft& a, const OverDraft& b) {
  if (a.rank || b.rank || a.window != b.window) return false;
  if (OnlyReadsPast(a) != OnlyReadsPast(b)) return false;
  const bool of_one_kind =
      (a.function == graph::OverFunction::kLag) == (b.function == graph::OverFunction::kLag);
  return (of_one_kind || !OnlyReadsPast(a)) && a.frame == b.frame && SameRowsInOrder(a, b);
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

  logical::TimeAttribute TimeOfColumn(int column) const {
    return columns_[static_cast<size_t>(column)].time;
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

// Collects the drafts that one node can compute, and puts a node for each such group on the
// relation.
class OverNodes {
 public:
  OverNodes(const std::vector<OverDraft>& drafts, const OverPlace& place, Relation& relation)
      : drafts_(drafts),
        place_(place),
        relation_(relation),
        names_(NamesOf(relation.columns())),
        keys_(relation),
        columns_(drafts.size(), -1) {}

  Result<std::vector<int>> Add() {
    std::vector<std::pair<std::vector<size_t>, logical::OverAggregate>> frames;
    for (size_t i = 0; i < drafts_.size(); ++i) {
      if (drafts_[i].rank) continue;
      const auto same = std::ranges::find_if(
          frames, [&](const auto& one) { return InOneNode(drafts_[one.first[0]], drafts_[i]); });
      if (same != frames.end()) {
        AddCall(drafts_[i], same->second);
        same->first.push_back(i);
        continue;
      }
      frames.emplace_back(std::vector{i}, TRY(Begin(drafts_[i])));
      AddCall(drafts_[i], frames.back().second);
    }
    std::vector<std::pair<size_t, logical::Over>> ranks;
    for (size_t i = 0; i < drafts_.size(); ++i) {
      if (drafts_[i].rank) ranks.emplace_back(i, RankOf(drafts_[i]));
    }
    keys_.Apply(place_.origin);
    for (auto& [drafts, over] : frames) Put(std::move(over), drafts);
    // Topmost, where a condition on them makes a Top-N of them.
    for (auto& [draft, over] : ranks) Put(std::move(over), {draft});
    return std::move(columns_);
  }

 private:
  Result<logical::OverAggregate> Begin(const OverDraft& draft) {
    logical::OverAggregate over;
    over.ttl_millis = place_.ttl_millis;
    over.ttl_hint = place_.ttl_hint;
    over.frame = draft.frame;
    for (const ExprPtr& key : draft.partition) over.partition.push_back(keys_.Find(key));
    size_t times = 0;
    for (const OverDraft::Order& item : draft.order) {
      graph::SortKey key = item.key;
      key.column = keys_.Find(item.expression);
      over.order.push_back(key);
      const logical::TimeAttribute time = keys_.TimeOfColumn(key.column);
      if (time != logical::TimeAttribute::kNone) ++times;
      over.by_clock = over.by_clock || time == logical::TimeAttribute::kProcessing;
    }
    const bool by_time = times == 1 && over.order.size() == 1 && !over.order[0].descending;
    over.recomputed = !by_time || !OnlyReadsPast(draft);
    if (!over.recomputed || !over.by_clock) return over;
    return Status::Unsupported(by_time
                                   ? "OVER in the order of a processing time cannot read rows that "
                                     "come after the row"
                                   : "OVER in the order of a processing time is supported if it is "
                                     "the only order, ascending")
        .WithId("E1002")
        .WithHint("ORDER BY a column of the rows")
        .WithSpan(draft.call.span);
  }

  void AddCall(const OverDraft& draft, logical::OverAggregate& over) {
    graph::OverCall call;
    call.function = draft.function;
    call.offset = draft.offset;
    call.ignore_nulls = draft.ignore_nulls;
    call.call.result_type = draft.call.result_type;
    call.call.span = draft.call.span;
    if (draft.function == graph::OverFunction::kAggregate) {
      AddAggregate(draft, call.call);
    } else if (const std::vector<ExprPtr>& arguments = draft.call.arguments; !arguments.empty()) {
      call.call.arguments = {keys_.Find(arguments[0])};
      call.call.argument_types = {arguments[0]->type};
      call.call.state_name =
          fmt::format("{}({})", PickName(draft.function), expr::ToString(*arguments[0], names_));
      if (arguments.size() > 1) call.default_column = keys_.Find(arguments[1]);
    }
    if (draft.function == graph::OverFunction::kLag && !over.recomputed)
      over.frame.preceding = std::max(over.frame.preceding.value_or(0), call.offset);
    over.calls.push_back(std::move(call));
  }

  void AddAggregate(const OverDraft& draft, expr::AggregateCall& call) {
    call.function = *draft.call.function;
    for (const ExprPtr& argument : draft.call.arguments) {
      call.arguments.push_back(keys_.Find(argument));
      call.argument_types.push_back(argument->type);
    }
    call.distinct = draft.call.distinct;
    if (draft.call.filter) call.filter = keys_.Find(draft.call.filter);
    call.parameter = draft.call.parameter;
    call.state_name = StateName(draft.call, names_);
  }

  static std::string_view PickName(graph::OverFunction function) {
    if (function == graph::OverFunction::kLead) return "lead";
    return function == graph::OverFunction::kNthValue ? "nth_value" : "lag";
  }

  logical::Over RankOf(const OverDraft& draft) {
    logical::Over over;
    over.function = *draft.rank;
    over.ttl_millis = place_.ttl_millis;
    over.ttl_hint = place_.ttl_hint;
    for (const ExprPtr& key : draft.partition) over.partition.push_back(keys_.Find(key));
    for (const OverDraft::Order& item : draft.order) {
      graph::SortKey key = item.key;
      key.column = keys_.Find(item.expression);
      over.order.push_back(key);
    }
    return over;
  }

  // Puts the node of these drafts, which gives one column each, on top.
  void Put(logical::Operation operation, const std::vector<size_t>& drafts) {
    const OverDraft& first = drafts_[drafts[0]];
    logical::Origin origin = place_.origin;
    origin.span = first.call.span;
    if (!first.window.empty()) origin.discriminator = first.window;
    std::vector<Column> columns = relation_.columns();
    for (const size_t draft : drafts) {
      columns_[draft] = static_cast<int>(columns.size());
      const bool rank = drafts_[draft].rank.has_value();
      columns.push_back(
          {fmt::format("{}${}", rank ? "rank" : "over", draft), drafts_[draft].call.result_type});
    }
    relation_.node = logical::MakeNode(std::move(operation), {relation_.node}, std::move(columns),
                                       std::move(origin));
  }

  const std::vector<OverDraft>& drafts_;
  const OverPlace& place_;
  Relation& relation_;
  const std::vector<std::string> names_;
  KeyColumns keys_;
  std::vector<int> columns_;  // the column of each draft
};

}  // namespace

ExprPtr OverDrafts::Add(OverDraft draft) {
  size_t index = 0;
  while (index < drafts_.size() && !Same(drafts_[index], draft)) ++index;
  const SourceSpan span = draft.call.span;
  const Type type = draft.call.result_type;
  if (index == drafts_.size()) drafts_.push_back(std::move(draft));
  return expr::MakeColumnRef(kFirst + static_cast<int>(index), type, span);
}

Result<std::vector<int>> AddOvers(const std::vector<OverDraft>& drafts, const OverPlace& place,
                                  Relation& relation) {
  return OverNodes(drafts, place, relation).Add();
}

ExprPtr WithOvers(const ExprPtr& expression, const std::vector<int>& columns) {
  if (expression->kind == expr::ExprKind::kColumn) {
    if (expression->column < OverDrafts::kFirst) return expression;
    const auto index = static_cast<size_t>(expression->column - OverDrafts::kFirst);
    return expr::MakeColumnRef(columns.at(index), expression->type, expression->span);
  }
  auto rebuilt = std::make_shared<expr::Expr>(*expression);
  for (ExprPtr& argument : rebuilt->args) argument = WithOvers(argument, columns);
  return ExprPtr(rebuilt);
}

}  // namespace weir::bind
