#include "runtime/expr/aggregate.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "runtime/base/names.h"
#include "runtime/expr/aggregates/accumulators.h"
#include "runtime/types/decimal.h"

namespace weir::expr {
namespace {

enum class Kind : uint8_t { kCount, kSum, kAverage, kMinimum, kMaximum };

struct AggregateRow {
  Kind kind;
  AggregateDoc doc;
};

constexpr AggregateRow kAggregates[] = {
    {Kind::kCount,
     {"COUNT", "COUNT(* | [DISTINCT] value) → BIGINT",
      "The number of rows, or of values that are not NULL."}},
    {Kind::kSum,
     {"SUM", "SUM([DISTINCT] numeric) → its type", "The sum of the values that are not NULL."}},
    {Kind::kAverage,
     {"AVG", "AVG([DISTINCT] numeric) → its type", "The mean of the values that are not NULL."}},
    {Kind::kMinimum, {"MIN", "MIN(value) → its type", "The least value."}},
    {Kind::kMaximum, {"MAX", "MAX(value) → its type", "The greatest value."}},
};

std::optional<Kind> FindKind(std::string_view name) {
  for (const AggregateRow& row : kAggregates) {
    if (EqualsIgnoreCase(row.doc.name, name)) return row.kind;
  }
  return std::nullopt;
}

Kind KindOf(const AggregateCall& call) {
  const std::optional<Kind> kind = FindKind(call.function);
  WEIR_CHECK(kind.has_value());
  return *kind;
}

bool IsExtreme(Kind kind) {
  return kind == Kind::kMinimum || kind == Kind::kMaximum;
}

bool TakesArguments(Kind kind, std::span<const Type> types) {
  if (kind == Kind::kCount) return types.size() <= 1;
  if (types.size() != 1) return false;
  if (IsExtreme(kind)) return types[0].value_bytes() > 0;
  return types[0].is_numeric();
}

Type ResultType(Kind kind, std::span<const Type> types) {
  switch (kind) {
    case Kind::kCount:
      return Type::BigInt().WithNullable(false);
    case Kind::kSum:
      if (types[0].kind() == TypeKind::kDecimal) return DecimalSumType(types[0]);
      return types[0];
    case Kind::kAverage:
      if (types[0].kind() == TypeKind::kDecimal) return DecimalAverageType(types[0]);
      return types[0];
    case Kind::kMinimum:
    case Kind::kMaximum:
      return types[0];
  }
  WEIR_UNREACHABLE();
}

}  // namespace

std::vector<Field> StateFields(const AggregateCall& call, bool retracts) {
  const Type count = Type::BigInt().WithNullable(false);
  const Field values = {call.state_name + ".count", count};
  switch (KindOf(call)) {
    case Kind::kCount:
      return {{call.state_name, count}};
    case Kind::kSum: {
      const Field sum = {call.state_name,
                         ResultType(Kind::kSum, call.argument_types).WithNullable(true)};
      if (retracts) return {sum, values};
      return {sum};
    }
    case Kind::kAverage:
      return {{call.state_name, AverageSumType(call.argument_types[0])}, values};
    case Kind::kMinimum:
    case Kind::kMaximum:
      return {{call.state_name, call.argument_types[0].WithNullable(true)}};
  }
  WEIR_UNREACHABLE();
}

// The extremes of distinct values are those of all, so DISTINCT costs MIN and MAX nothing.
bool NeedsValueMap(const AggregateCall& call, bool retracts) {
  return IsExtreme(KindOf(call)) ? retracts : call.distinct;
}

Result<std::unique_ptr<Accumulator>> MakeAccumulator(const AggregateCall& call, bool retracts,
                                                     const RowLayout& layout, size_t first_field) {
  const std::optional<Kind> kind = FindKind(call.function);
  if (!kind) return Status::Internal("no such aggregate function: " + call.function);
  const StateSlot slot{&layout, first_field};
  switch (*kind) {
    case Kind::kCount:
      return MakeCount(slot);
    case Kind::kSum:
      return MakeSum(call, retracts, slot);
    case Kind::kAverage:
      return MakeAverage(call, slot);
    case Kind::kMinimum:
    case Kind::kMaximum:
      return MakeExtreme(call, *kind == Kind::kMaximum, slot);
  }
  WEIR_UNREACHABLE();
}

Result<Type> AggregateResultType(std::string_view function, std::span<const Type> argument_types,
                                 SourceSpan span) {
  const std::optional<Kind> kind = FindKind(function);
  if (!kind) {
    std::vector<std::string> names;
    for (const AggregateRow& row : kAggregates) names.emplace_back(row.doc.name);
    return Status::InvalidSql(fmt::format("no such aggregate function: {}", function))
        .WithId("E2005")
        .WithHint(DidYouMean(function, names))
        .WithSpan(span);
  }
  if (TakesArguments(*kind, argument_types)) {
    const Type type = ResultType(*kind, argument_types);
    // Without a group that has rows there is nothing to add up.
    return *kind == Kind::kCount ? type : type.WithNullable(true);
  }
  std::string types;
  for (const Type& type : argument_types) {
    if (!types.empty()) types += ", ";
    types += type.ToStringIgnoringNullability();
  }
  return Status::InvalidSql(
             fmt::format("{} does not take these arguments: ({})", ToUpper(function), types))
      .WithId("E2005")
      .WithSpan(span);
}

bool IsAggregateFunction(std::string_view name) {
  return FindKind(name).has_value();
}

std::span<const AggregateDoc> AggregateFunctions() {
  static const std::vector<AggregateDoc> docs = [] {
    std::vector<AggregateDoc> all;
    for (const AggregateRow& row : kAggregates) all.push_back(row.doc);
    return all;
  }();
  return docs;
}

}  // namespace weir::expr
