#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "runtime/base/names.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/aggregate_function.h"
#include "runtime/expr/aggregates/accumulators.h"
#include "runtime/types/decimal.h"
#include "runtime/types/moments_fields.h"

namespace weir::expr {
namespace {

constexpr AggregateDoc kDocs[] = {
#define WEIR_AGGREGATE(value, name, signature, doc) {name, signature, doc},
#include "runtime/expr/aggregates.def"
#undef WEIR_AGGREGATE
};

const AggregateDoc& DocOf(AggregateFunction function) {
  return kDocs[static_cast<size_t>(function)];
}

struct Alias {
  std::string_view alias;
  std::string_view name;
  std::string_view words;
};
constexpr Alias kAliases[] = {{"STDDEV", "STDDEV_SAMP", "as STDDEV_SAMP"},
                              {"VARIANCE", "VAR_SAMP", "as VAR_SAMP"}};

// Aggregates of Flink that are not built.
constexpr std::string_view kMissing[] = {"APPROX_COUNT_DISTINCT",
                                         "SINGLE_VALUE",
                                         "BITMAP_BUILD_AGG",
                                         "BITMAP_AND_AGG",
                                         "BITMAP_OR_AGG",
                                         "BITMAP_XOR_AGG",
                                         "BITMAP_BUILD_CARDINALITY_AGG",
                                         "BITMAP_AND_CARDINALITY_AGG",
                                         "BITMAP_OR_CARDINALITY_AGG",
                                         "BITMAP_XOR_CARDINALITY_AGG"};

std::optional<AggregateFunction> Find(std::string_view name) {
  for (const Alias& known : kAliases) {
    if (EqualsIgnoreCase(known.alias, name)) name = known.name;
  }
  for (const AggregateDoc& doc : kDocs) {
    if (EqualsIgnoreCase(doc.name, name)) return static_cast<AggregateFunction>(&doc - kDocs);
  }
  return std::nullopt;
}

bool IsMissing(std::string_view name) {
  return std::ranges::any_of(
      kMissing, [&](std::string_view missing) { return EqualsIgnoreCase(missing, name); });
}

bool TakesType(AggregateFunction function, const Type& type) {
  switch (function) {
    case AggregateFunction::kCount:
      return true;
    case AggregateFunction::kMin:
    case AggregateFunction::kMax:
      return type.value_bytes() > 0;
    case AggregateFunction::kFirstValue:
    case AggregateFunction::kLastValue:
      return type.value_bytes() > 0 || type.is_nested();
    case AggregateFunction::kArrayAgg:
    case AggregateFunction::kCollect:
      return type.kind() != TypeKind::kNull;
    case AggregateFunction::kListAgg:
    case AggregateFunction::kJsonArrayAgg:
    case AggregateFunction::kJsonObjectAgg:
      return type.is_character();
    case AggregateFunction::kSum:
    case AggregateFunction::kAvg:
    case AggregateFunction::kStddevPop:
    case AggregateFunction::kStddevSamp:
    case AggregateFunction::kVarPop:
    case AggregateFunction::kVarSamp:
    case AggregateFunction::kPercentile:
      return type.is_numeric();
  }
  WEIR_UNREACHABLE();
}

bool TakesArguments(AggregateFunction function, std::span<const Type> types) {
  if (function == AggregateFunction::kCount && types.empty()) return true;
  const bool weighted = function == AggregateFunction::kPercentile && types.size() == 2;
  if (weighted && !types[1].is_integer()) return false;
  return (types.size() == 1 || weighted) && TakesType(function, types[0]);
}

// The result type for a group that has values. `types` are those of the arguments after coercion.
Type ResultType(AggregateFunction function, std::span<const Type> types) {
  switch (function) {
    case AggregateFunction::kCount:
      return Type::BigInt().WithNullable(false);
    case AggregateFunction::kSum:
      return types[0].kind() == TypeKind::kDecimal ? DecimalSumType(types[0]) : types[0];
    case AggregateFunction::kAvg:
    case AggregateFunction::kStddevPop:
    case AggregateFunction::kStddevSamp:
    case AggregateFunction::kVarPop:
    case AggregateFunction::kVarSamp:
      return types[0].kind() == TypeKind::kDecimal ? DecimalAverageType(types[0]) : types[0];
    case AggregateFunction::kArrayAgg:
      return Type::Array(types[0]);
    case AggregateFunction::kCollect:
      return Type::Multiset(types[0].WithNullable(false)).WithNullable(false);
    case AggregateFunction::kListAgg:
      return Type::String();
    case AggregateFunction::kJsonArrayAgg:
    case AggregateFunction::kJsonObjectAgg:
      return Type::String().WithNullable(false);
    case AggregateFunction::kPercentile:
      return Type::Double();
    case AggregateFunction::kMin:
    case AggregateFunction::kMax:
    case AggregateFunction::kFirstValue:
    case AggregateFunction::kLastValue:
      return types[0];
  }
  WEIR_UNREACHABLE();
}

std::vector<Field> ScalarFields(const AggregateCall& call, bool retracts) {
  const Type count = Type::BigInt().WithNullable(false);
  const Field values = {call.state_name + ".count", count};
  switch (call.function) {
    case AggregateFunction::kCount:
      return {{call.state_name, count}};
    case AggregateFunction::kSum: {
      const Type type = ResultType(call.function, call.argument_types);
      const Field sum = {call.state_name, type.WithNullable(true)};
      if (retracts) return {sum, values};
      return {sum};
    }
    case AggregateFunction::kAvg:
      return {{call.state_name, AverageSumType(call.argument_types[0])}, values};
    case AggregateFunction::kStddevPop:
    case AggregateFunction::kStddevSamp:
    case AggregateFunction::kVarPop:
    case AggregateFunction::kVarSamp:
      return MomentsFields(call.state_name, call.argument_types[0]);
    default:
      return {{call.state_name, call.argument_types[0].WithNullable(true)}};
  }
}

Status WrongArguments(AggregateFunction function, std::span<const Type> types) {
  std::string text;
  for (const Type& type : types) {
    if (!text.empty()) text += ", ";
    text += type.ToStringIgnoringNullability();
  }
  return Status::InvalidSql(
             fmt::format("{} does not take these arguments: ({})", AggregateName(function), text))
      .WithId("E2005")
      .WithHint(AggregateHint(function));
}

}  // namespace

bool KeepsList(const AggregateCall& call, bool retracts) {
  switch (call.function) {
    case AggregateFunction::kArrayAgg:
    case AggregateFunction::kCollect:
    case AggregateFunction::kJsonArrayAgg:
    case AggregateFunction::kJsonObjectAgg:
    case AggregateFunction::kListAgg:
    case AggregateFunction::kPercentile:
      return true;
    case AggregateFunction::kFirstValue:
    case AggregateFunction::kLastValue:
      return retracts || call.distinct;
    default:
      return false;
  }
}

std::vector<Field> StateFields(const AggregateCall& call, bool retracts) {
  if (!KeepsList(call, retracts)) return ScalarFields(call, retracts);
  return {{call.state_name, Type::Array(call.argument_types[0].WithNullable(true))}};
}

bool LeavesResidue(const AggregateCall& call) {
  const bool sums =
      call.function == AggregateFunction::kSum || call.function == AggregateFunction::kAvg;
  return sums && !call.argument_types[0].is_integer();
}

// The extremes of distinct values are those of all, so DISTINCT costs MIN and MAX nothing; lists
// find what is distinct in themselves.
bool NeedsValueMap(const AggregateCall& call, bool retracts) {
  if (KeepsList(call, retracts)) return false;
  const bool extreme =
      call.function == AggregateFunction::kMin || call.function == AggregateFunction::kMax;
  return extreme ? retracts : call.distinct;
}

std::unique_ptr<Accumulator> MakeAccumulator(const AggregateCall& call, bool retracts,
                                             const RowLayout& layout, size_t first_field) {
  const StateSlot slot{&layout, first_field};
  if (KeepsList(call, retracts)) return MakeList(call, slot);
  switch (call.function) {
    case AggregateFunction::kCount:
      return MakeCount(slot);
    case AggregateFunction::kSum:
      return MakeSum(call, retracts, slot);
    case AggregateFunction::kAvg:
      return MakeAverage(call, slot);
    case AggregateFunction::kMin:
    case AggregateFunction::kMax:
      return MakeExtreme(call, call.function == AggregateFunction::kMax, slot);
    case AggregateFunction::kStddevPop:
    case AggregateFunction::kStddevSamp:
    case AggregateFunction::kVarPop:
    case AggregateFunction::kVarSamp:
      return MakeVariance(call, slot);
    case AggregateFunction::kFirstValue:
    case AggregateFunction::kLastValue:
      return MakeEdge(call, call.function == AggregateFunction::kLastValue, slot);
    case AggregateFunction::kArrayAgg:
    case AggregateFunction::kCollect:
    case AggregateFunction::kJsonArrayAgg:
    case AggregateFunction::kJsonObjectAgg:
    case AggregateFunction::kListAgg:
    case AggregateFunction::kPercentile:
      break;
  }
  WEIR_UNREACHABLE();
}

std::string_view AggregateName(AggregateFunction function) {
  return DocOf(function).name;
}

std::string AggregateHint(AggregateFunction function) {
  return fmt::format("it is {}", DocOf(function).signature);
}

bool GivesNull(AggregateFunction function) {
  switch (function) {
    case AggregateFunction::kCount:
    case AggregateFunction::kCollect:
    case AggregateFunction::kJsonArrayAgg:
    case AggregateFunction::kJsonObjectAgg:
      return false;
    default:
      return true;
  }
}

bool IsAggregateFunction(std::string_view name) {
  return Find(name) || IsMissing(name);
}

Result<AggregateFunction> FindAggregate(std::string_view name, SourceSpan span) {
  if (const std::optional<AggregateFunction> known = Find(name)) return *known;
  if (IsMissing(name)) {
    return Status::Unsupported(fmt::format("{} is not supported yet", ToUpper(name)))
        .WithId("E1002")
        .WithSpan(span);
  }
  std::vector<std::string> names;
  for (const AggregateDoc& doc : kDocs) names.emplace_back(doc.name);
  return Status::InvalidSql(fmt::format("no such aggregate function: {}", name))
      .WithId("E2005")
      .WithHint(DidYouMean(name, names))
      .WithSpan(span);
}

Result<Type> AggregateResultType(AggregateFunction function, std::span<const Type> argument_types,
                                 const AggregatePlace& place) {
  if (!TakesArguments(function, argument_types)) {
    return WrongArguments(function, argument_types).WithSpan(place.argument);
  }
  const Type type = ResultType(function, argument_types);
  // NULL, whatever the argument is, for an aggregation without GROUP BY over no rows.
  return GivesNull(function) ? type.WithNullable(true) : type;
}

std::span<const AggregateDoc> AggregateFunctions() {
  static const std::vector<AggregateDoc> docs = [] {
    std::vector<AggregateDoc> all(std::begin(kDocs), std::end(kDocs));
    for (const Alias& known : kAliases) all.push_back({known.alias, known.words, ""});
    return all;
  }();
  return docs;
}

}  // namespace weir::expr
