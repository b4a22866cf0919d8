#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "runtime/base/names.h"
#include "runtime/expr/aggregate.h"
#include "runtime/expr/aggregates/accumulators.h"
#include "runtime/types/decimal.h"

namespace weir::expr {
namespace {

enum class Kind : uint8_t {
  kCount,
  kSum,
  kAverage,
  kMinimum,
  kMaximum,
  kVariance,  // STDDEV_POP, STDDEV_SAMP, VAR_POP, VAR_SAMP
  kFirst,
  kLast,
  kList,  // LISTAGG, ARRAY_AGG, COLLECT, PERCENTILE, JSON_ARRAYAGG, JSON_OBJECTAGG
};

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
    {Kind::kVariance,
     {"STDDEV_POP", "STDDEV_POP([DISTINCT] numeric) → its type",
      "The standard deviation of a population."}},
    {Kind::kVariance,
     {"STDDEV_SAMP", "STDDEV_SAMP([DISTINCT] numeric) → its type",
      "The standard deviation of a sample; also STDDEV."}},
    {Kind::kVariance,
     {"VAR_POP", "VAR_POP([DISTINCT] numeric) → its type", "The variance of a population."}},
    {Kind::kVariance,
     {"VAR_SAMP", "VAR_SAMP([DISTINCT] numeric) → its type",
      "The variance of a sample; also VARIANCE."}},
    {Kind::kFirst,
     {"FIRST_VALUE", "FIRST_VALUE(value) → its type", "The first value to come, NULLs aside."}},
    {Kind::kLast,
     {"LAST_VALUE", "LAST_VALUE([DISTINCT] value) → its type",
      "The last value to come, NULLs aside."}},
    {Kind::kList,
     {"LISTAGG", "LISTAGG([DISTINCT] string[, 'separator']) → STRING",
      "The strings in order of arrival, joined by the separator, a comma unless said otherwise."}},
    {Kind::kList,
     {"ARRAY_AGG", "ARRAY_AGG([DISTINCT] value) [IGNORE NULLS] → ARRAY",
      "The values in order of arrival."}},
    {Kind::kList,
     {"COLLECT", "COLLECT([DISTINCT] value) → MULTISET",
      "The values with how often each is there."}},
    {Kind::kList,
     {"PERCENTILE", "PERCENTILE(numeric, fraction | ARRAY[fraction, …]) → DOUBLE | ARRAY<DOUBLE>",
      "The value at a fraction from 0 to 1 of the sorted values, between two of them if need be."}},
    {Kind::kList,
     {"JSON_ARRAYAGG", "JSON_ARRAYAGG(value [{NULL | ABSENT} ON NULL]) → STRING",
      "A JSON array of the values."}},
    {Kind::kList,
     {"JSON_OBJECTAGG", "JSON_OBJECTAGG([KEY] key VALUE value [{NULL | ABSENT} ON NULL]) → STRING",
      "A JSON object of the members."}},
};

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

const AggregateRow* FindRow(std::string_view name) {
  for (const Alias& known : kAliases) {
    if (EqualsIgnoreCase(known.alias, name)) name = known.name;
  }
  for (const AggregateRow& row : kAggregates) {
    if (EqualsIgnoreCase(row.doc.name, name)) return &row;
  }
  return nullptr;
}

bool IsMissing(std::string_view name) {
  return std::ranges::any_of(
      kMissing, [&](std::string_view missing) { return EqualsIgnoreCase(missing, name); });
}

Kind KindOf(const AggregateCall& call) {
  const AggregateRow* row = FindRow(call.function);
  WEIR_CHECK(row != nullptr);
  return row->kind;
}

bool IsExtreme(Kind kind) {
  return kind == Kind::kMinimum || kind == Kind::kMaximum;
}

bool ListTakes(std::string_view function, const Type& type) {
  if (function == "PERCENTILE") return type.is_numeric();
  if (function == "ARRAY_AGG" || function == "COLLECT") return type.kind() != TypeKind::kNull;
  return type.is_character();
}

bool TakesArguments(const AggregateRow& row, std::span<const Type> types) {
  if (row.kind == Kind::kCount) return types.size() <= 1;
  if (types.size() != 1) return false;
  switch (row.kind) {
    case Kind::kMinimum:
    case Kind::kMaximum:
    case Kind::kFirst:
    case Kind::kLast:
      return types[0].value_bytes() > 0;
    case Kind::kList:
      return ListTakes(row.doc.name, types[0]);
    default:
      return types[0].is_numeric();
  }
}

Type ListType(std::string_view function, const Type& type) {
  if (function == "ARRAY_AGG") return Type::Array(type);
  if (function == "COLLECT") return Type::Multiset(type.WithNullable(false)).WithNullable(false);
  if (function == "PERCENTILE") return Type::Double();
  return Type::String().WithNullable(function == "LISTAGG");
}

Type ResultType(const AggregateRow& row, std::span<const Type> types) {
  switch (row.kind) {
    case Kind::kCount:
      return Type::BigInt().WithNullable(false);
    case Kind::kSum:
      if (types[0].kind() == TypeKind::kDecimal) return DecimalSumType(types[0]);
      return types[0];
    case Kind::kAverage:
    case Kind::kVariance:
      if (types[0].kind() == TypeKind::kDecimal) return DecimalAverageType(types[0]);
      return types[0];
    case Kind::kList:
      return ListType(row.doc.name, types[0]);
    case Kind::kMinimum:
    case Kind::kMaximum:
    case Kind::kFirst:
    case Kind::kLast:
      return types[0];
  }
  WEIR_UNREACHABLE();
}

std::vector<Field> ScalarFields(const AggregateCall& call, bool retracts) {
  const Type count = Type::BigInt().WithNullable(false);
  const Field values = {call.state_name + ".count", count};
  const Kind kind = KindOf(call);
  switch (kind) {
    case Kind::kCount:
      return {{call.state_name, count}};
    case Kind::kSum: {
      const Type type = ResultType(*FindRow(call.function), call.argument_types);
      const Field sum = {call.state_name, type.WithNullable(true)};
      if (retracts) return {sum, values};
      return {sum};
    }
    case Kind::kAverage:
      return {{call.state_name, AverageSumType(call.argument_types[0])}, values};
    case Kind::kVariance:
      return VarianceFields(call);
    default:
      return {{call.state_name, call.argument_types[0].WithNullable(true)}};
  }
}

Status WrongArguments(const AggregateRow& row, std::span<const Type> types) {
  std::string text;
  for (const Type& type : types) {
    if (!text.empty()) text += ", ";
    text += type.ToStringIgnoringNullability();
  }
  return Status::InvalidSql(
             fmt::format("{} does not take these arguments: ({})", row.doc.name, text))
      .WithId("E2005")
      .WithHint(AggregateHint(row.doc.name));
}

}  // namespace

bool KeepsList(const AggregateCall& call, bool retracts) {
  const Kind kind = KindOf(call);
  const bool edge = kind == Kind::kFirst || kind == Kind::kLast;
  return kind == Kind::kList || (edge && (retracts || call.distinct));
}

std::vector<Field> StateFields(const AggregateCall& call, bool retracts) {
  if (!KeepsList(call, retracts)) return ScalarFields(call, retracts);
  return {{call.state_name, Type::Array(call.argument_types[0].WithNullable(true))}};
}

// The extremes of distinct values are those of all, so DISTINCT costs MIN and MAX nothing; lists
// find what is distinct in themselves.
bool NeedsValueMap(const AggregateCall& call, bool retracts) {
  if (KeepsList(call, retracts)) return false;
  return IsExtreme(KindOf(call)) ? retracts : call.distinct;
}

Result<std::unique_ptr<Accumulator>> MakeAccumulator(const AggregateCall& call, bool retracts,
                                                     const RowLayout& layout, size_t first_field) {
  const AggregateRow* row = FindRow(call.function);
  if (row == nullptr) return Status::Internal("no such aggregate function: " + call.function);
  const StateSlot slot{&layout, first_field};
  if (KeepsList(call, retracts)) return MakeList(call, slot);
  switch (row->kind) {
    case Kind::kCount:
      return MakeCount(slot);
    case Kind::kSum:
      return MakeSum(call, retracts, slot);
    case Kind::kAverage:
      return MakeAverage(call, slot);
    case Kind::kMinimum:
    case Kind::kMaximum:
      return MakeExtreme(call, row->kind == Kind::kMaximum, slot);
    case Kind::kVariance:
      return MakeVariance(call, slot);
    case Kind::kFirst:
    case Kind::kLast:
      return MakeEdge(call, row->kind == Kind::kLast, slot);
    case Kind::kList:
      break;
  }
  WEIR_UNREACHABLE();
}

Result<Type> AggregateResultType(std::string_view function, std::span<const Type> argument_types,
                                 const AggregatePlace& place) {
  const AggregateRow* row = FindRow(function);
  if (row == nullptr && IsMissing(function)) {
    return Status::Unsupported(fmt::format("{} is not supported yet", ToUpper(function)))
        .WithId("E1002")
        .WithSpan(place.call);
  }
  if (row == nullptr) {
    std::vector<std::string> names;
    for (const AggregateRow& known : kAggregates) names.emplace_back(known.doc.name);
    return Status::InvalidSql(fmt::format("no such aggregate function: {}", function))
        .WithId("E2005")
        .WithHint(DidYouMean(function, names))
        .WithSpan(place.call);
  }
  if (!TakesArguments(*row, argument_types)) {
    return WrongArguments(*row, argument_types).WithSpan(place.argument);
  }
  const Type type = ResultType(*row, argument_types);
  // Without a group that has rows there is nothing to add up.
  const bool never_null =
      row->kind == Kind::kCount || (row->kind == Kind::kList && !type.nullable());
  return never_null ? type : type.WithNullable(true);
}

std::string AggregateHint(std::string_view function) {
  const AggregateRow* row = FindRow(function);
  return row == nullptr ? "" : fmt::format("it is {}", row->doc.signature);
}

bool IsAggregateFunction(std::string_view name) {
  return FindRow(name) != nullptr || IsMissing(name);
}

std::string AggregateName(std::string_view name) {
  const AggregateRow* row = FindRow(name);
  return row == nullptr ? ToUpper(name) : std::string(row->doc.name);
}

std::span<const AggregateDoc> AggregateFunctions() {
  static const std::vector<AggregateDoc> docs = [] {
    std::vector<AggregateDoc> all;
    for (const AggregateRow& row : kAggregates) all.push_back(row.doc);
    for (const Alias& known : kAliases) all.push_back({known.alias, known.words, ""});
    return all;
  }();
  return docs;
}

}  // namespace weir::expr
