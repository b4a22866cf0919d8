#include "planner/bind/grouping_sets.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/bind/node_shapes.h"
#include "planner/logical/rewrite.h"

namespace weir::bind {
namespace {

using expr::ExprPtr;
using logical::Column;
using logical::NodePtr;
using Sets = std::vector<std::vector<int>>;

constexpr size_t kMostOfCube = 6;  // elements, of which every subset is a set

std::vector<int> United(std::vector<int> a, const std::vector<int>& b) {
  a.insert(a.end(), b.begin(), b.end());
  std::sort(a.begin(), a.end());
  a.erase(std::unique(a.begin(), a.end()), a.end());
  return a;
}

// Every set of the one with every set of the other.
Sets Product(const Sets& a, const Sets& b) {
  Sets product;
  for (const std::vector<int>& first : a) {
    for (const std::vector<int>& second : b) product.push_back(United(first, second));
  }
  return product;
}

class Expansion {
 public:
  Expansion(const QueryScope& scope, const BindKeys& bind_keys)
      : scope_(scope), bind_keys_(bind_keys) {}

  Result<Sets> Of(const ast::GroupingElement& element) const {
    switch (element.kind) {
      case ast::GroupingKind::kExpressions:
        return Sets{TRY(KeysOf(element))};
      case ast::GroupingKind::kRollup:
        return Rollup(element);
      case ast::GroupingKind::kCube:
        return Cube(element);
      case ast::GroupingKind::kGroupingSets:
        break;
    }
    Sets sets;
    for (const ast::GroupingElement& part : element.parts) {
      for (std::vector<int>& set : TRY(Of(part))) sets.push_back(std::move(set));
    }
    return sets;
  }

 private:
  Result<std::vector<int>> KeysOf(const ast::GroupingElement& element) const {
    std::vector<int> keys;
    for (const ast::ExprPtr& expression : element.expressions) {
      keys = United(std::move(keys), TRY(bind_keys_(*expression)));
    }
    return keys;
  }

  Result<Sets> PartsOf(const ast::GroupingElement& element) const {
    Sets parts;
    for (const ast::GroupingElement& part : element.parts) parts.push_back(TRY(KeysOf(part)));
    return parts;
  }

  // ROLLUP(a, b) is the sets (a, b), (a), ().
  Result<Sets> Rollup(const ast::GroupingElement& element) const {
    const Sets parts = TRY(PartsOf(element));
    Sets sets{{}};
    for (const std::vector<int>& part : parts) sets.push_back(United(sets.back(), part));
    std::reverse(sets.begin(), sets.end());
    return sets;
  }

  Result<Sets> Cube(const ast::GroupingElement& element) const {
    const Sets parts = TRY(PartsOf(element));
    if (parts.size() > kMostOfCube) {
      return Status::InvalidSql(
                 fmt::format("CUBE of {} elements; it takes {}", parts.size(), kMostOfCube))
          .WithId("E2015")
          .WithSpan(scope_.At(element.span));
    }
    Sets sets;
    for (size_t bits = size_t{1} << parts.size(); bits-- > 0;) {
      std::vector<int> set;
      for (size_t i = 0; i < parts.size(); ++i) {
        if ((bits >> (parts.size() - 1 - i) & 1) != 0) set = United(std::move(set), parts[i]);
      }
      sets.push_back(std::move(set));
    }
    return sets;
  }

  const QueryScope& scope_;
  const BindKeys& bind_keys_;
};

bool IsGrouping(const AggregateDraft& draft) {
  return !draft.function;
}

// A bit an argument, the first one's the highest: 1 where it is not grouped by.
int64_t GroupingBits(const AggregateDraft& draft, const Grouping& grouping,
                     const std::vector<int>& set) {
  int64_t bits = 0;
  for (const ExprPtr& argument : draft.arguments) {
    const bool grouped = std::any_of(set.begin(), set.end(), [&](int key) {
      return expr::Equal(*grouping.keys[static_cast<size_t>(key)], *argument);
    });
    bits = bits * 2 + (grouped ? 0 : 1);
  }
  return bits;
}

ExprPtr BigInt(int64_t value) {
  return expr::MakeLiteral(Value(Type::BigInt().WithNullable(false), value));
}

// The aggregation of one set, and its columns as those of all sets.
NodePtr MakeSet(const Relation& relation, const Grouping& grouping, const std::vector<int>& set,
                const logical::Origin& origin) {
  AggregateDrafts drafts(grouping.drafts->width());
  for (const AggregateDraft& draft : grouping.drafts->drafts()) {
    if (!IsGrouping(draft)) drafts.Add(draft);
  }
  Grouping own{{}, &drafts, grouping.ttl_millis, {}};
  for (const int key : set) own.keys.push_back(grouping.keys[static_cast<size_t>(key)]);
  // Among other sets, () must give no row for an empty input, as they do not. A global aggregate
  // would give one; grouped by a constant it does not.
  if (set.empty() && grouping.sets.size() > 1) own.keys.push_back(BigInt(0));
  const NodePtr aggregate = MakeAggregate(relation, own, origin);
  logical::Project project;
  std::vector<Column> columns;
  const auto pass = [&](size_t column) {
    project.expressions.push_back(logical::ColumnRef(*aggregate, static_cast<int>(column)));
    columns.push_back(aggregate->columns[column]);
  };
  for (size_t key = 0; key < grouping.keys.size(); ++key) {
    const auto place = std::find(set.begin(), set.end(), static_cast<int>(key));
    if (place != set.end()) {
      pass(static_cast<size_t>(place - set.begin()));
      continue;
    }
    const Type type = grouping.keys[key]->type.WithNullable(true);
    project.expressions.push_back(expr::MakeLiteral(Value::Null(type)));
    columns.push_back({fmt::format("key{}", key), type});
  }
  size_t call = own.keys.size();
  for (const AggregateDraft& draft : grouping.drafts->drafts()) {
    if (!IsGrouping(draft)) {
      pass(call++);
      continue;
    }
    project.expressions.push_back(BigInt(GroupingBits(draft, grouping, set)));
    columns.push_back({"grouping", project.expressions.back()->type});
  }
  return logical::MakeNode(std::move(project), {aggregate}, std::move(columns), origin);
}

// The columns that all sets share: nullable where those of any set are, and a time attribute only
// where all sets have it.
std::vector<Column> ColumnsOf(const std::vector<NodePtr>& sets) {
  std::vector<Column> columns = sets[0]->columns;
  for (const NodePtr& set : sets) {
    for (size_t i = 0; i < columns.size(); ++i) {
      const Column& other = set->columns[i];
      if (other.type.nullable()) columns[i].type = columns[i].type.WithNullable(true);
      if (other.time != columns[i].time) columns[i].time = logical::TimeAttribute::kNone;
    }
  }
  return columns;
}

std::string NamesOfKeys(const Relation& relation, const Grouping& grouping,
                        const std::vector<int>& set) {
  const std::vector<std::string> names = NamesOf(relation.columns());
  std::string text;
  for (const int key : set) {
    text +=
        (text.empty() ? "" : ",") + expr::ToString(*grouping.keys[static_cast<size_t>(key)], names);
  }
  return text;
}

}  // namespace

bool HasGroupingSets(const ast::GroupBy& group_by) {
  return std::ranges::any_of(group_by.elements, [](const ast::GroupingElement& element) {
    return element.kind != ast::GroupingKind::kExpressions;
  });
}

Result<Sets> GroupingSetsOf(const ast::GroupBy& group_by, const QueryScope& scope,
                            const BindKeys& bind_keys) {
  Sets sets{{}};
  const Expansion expansion(scope, bind_keys);
  for (const ast::GroupingElement& element : group_by.elements) {
    sets = Product(sets, TRY(expansion.Of(element)));
    if (sets.size() <= kMostGroupingSets) continue;
    return Status::InvalidSql(
               fmt::format("GROUP BY means more than {} grouping sets", kMostGroupingSets))
        .WithId("E2015")
        .WithSpan(scope.At(element.span));
  }
  if (group_by.quantifier != ast::Quantifier::kDistinct) return sets;
  Sets different;
  for (std::vector<int>& set : sets) {
    if (std::ranges::find(different, set) == different.end()) different.push_back(std::move(set));
  }
  return different;
}

bool HasGroupingCalls(const Grouping& grouping) {
  return std::ranges::any_of(grouping.drafts->drafts(), IsGrouping);
}

Status CheckGroupingCalls(const Grouping& grouping) {
  for (const AggregateDraft& draft : grouping.drafts->drafts()) {
    if (!IsGrouping(draft)) continue;
    for (const ExprPtr& argument : draft.arguments) {
      const bool key = std::ranges::any_of(
          grouping.keys, [&](const ExprPtr& known) { return expr::Equal(*known, *argument); });
      if (key) continue;
      return Status::InvalidSql("GROUPING takes expressions of GROUP BY")
          .WithId("E2015")
          .WithSpan(draft.span);
    }
  }
  return {};
}

Relation WithNullableColumns(Relation relation, const logical::Origin& origin) {
  std::vector<Column> columns = relation.columns();
  bool changed = false;
  for (Column& column : columns) {
    changed = changed || !column.type.nullable();
    column.type = column.type.WithNullable(true);
  }
  if (!changed) return relation;
  logical::Project project{References(columns)};
  relation.node =
      logical::MakeNode(std::move(project), {relation.node}, std::move(columns), origin);
  return relation;
}

NodePtr MakeGroupingSets(const Relation& relation, const Grouping& grouping,
                         const logical::Origin& origin) {
  std::vector<NodePtr> sets;
  for (const std::vector<int>& set : grouping.sets) {
    logical::Origin own = origin;
    if (!own.explicit_id.empty() && grouping.sets.size() > 1) {
      own.explicit_id += fmt::format(":k({})", NamesOfKeys(relation, grouping, set));
    }
    sets.push_back(MakeSet(relation, grouping, set, own));
  }
  if (sets.size() == 1) return sets[0];
  std::vector<Column> columns = ColumnsOf(sets);
  return logical::MakeNode(logical::Union{}, std::move(sets), std::move(columns), origin);
}

}  // namespace weir::bind
