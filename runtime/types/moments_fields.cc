#include "runtime/types/moments_fields.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "runtime/types/moments.h"

namespace weir {
namespace {

constexpr std::string_view kSquares = ".squares";
constexpr std::string_view kInfinite = ".infinite";
constexpr std::string_view kCount = ".count";

std::optional<size_t> IndexOf(const std::vector<Field>& fields, const std::string& name) {
  const auto found = std::ranges::find(fields, name, &Field::name);
  if (found == fields.end()) return std::nullopt;
  return static_cast<size_t>(found - fields.begin());
}

bool IsDouble(const Field& field) {
  return field.type.kind() == TypeKind::kDouble;
}

// Writes words into fields of 8 or 16 bytes, one after another.
void StoreFields(const LaidOutRow& to, size_t field, std::span<const uint64_t> words) {
  for (size_t i = 0; i < words.size(); ++field) {
    const auto bytes = static_cast<size_t>(to.layout.type(field).value_bytes());
    std::memcpy(to.row + to.layout.offset(field), &words[i], bytes);
    i += bytes / sizeof(uint64_t);
  }
}

void StoreBinary(const FormerMoments& former, const LaidOutRow& to, size_t field,
                 StringOwner& owner) {
  BinarySum sum;
  BinarySum squares;
  CarryBinary(former, sum, squares);
  std::string bytes;
  sum.Append(bytes);
  squares.Append(bytes);
  owner.SetString(to.row, field, bytes);
  to.layout.Store<int64_t>(to.row, field + 1, former.finite() ? 0 : 1);
}

}  // namespace

std::vector<Field> MomentsFields(const std::string& name, const Type& argument) {
  const Type number = Type::BigInt().WithNullable(false);
  const auto wide = [](int scale) {
    return Type::Decimal(Type::kMaxDecimalPrecision, scale).WithNullable(false);
  };
  const std::string squares = name + std::string(kSquares);
  const Field count = {name + std::string(kCount), number};
  if (argument.kind() == TypeKind::kDecimal) {
    return {{name, wide(argument.scale())}, {name + ".high", number},       {squares, wide(0)},
            {squares + ".high", wide(0)},   {squares + ".highest", number}, count};
  }
  if (argument.is_integer()) {
    return {{name, wide(0)}, {squares, wide(0)}, {squares + ".high", number}, count};
  }
  return {
      {name, Type::Bytes().WithNullable(false)}, {name + std::string(kInfinite), number}, count};
}

std::string AccumulatorOf(std::string_view field) {
  // The longest suffix first. A call's own name ends with a parenthesis, so none of these is part
  // of it.
  for (const std::string_view part :
       {".squares.highest", ".squares.high", ".squares", ".infinite", ".high", ".count"}) {
    if (field.ends_with(part)) return std::string(field.substr(0, field.size() - part.size()));
  }
  return std::string(field);
}

std::vector<std::string> RoundedMoments(const std::vector<Field>& fields) {
  std::vector<std::string> names;
  for (const Field& field : fields) {
    if (field.name.ends_with(kSquares) && IsDouble(field))
      names.push_back(AccumulatorOf(field.name));
  }
  return names;
}

bool IsOfMoments(std::string_view field) {
  return field.ends_with(kSquares) || field.ends_with(kInfinite);
}

std::vector<CarriedMoments> CarriedBetween(const std::vector<Field>& older,
                                           const std::vector<Field>& newer) {
  std::vector<CarriedMoments> carried;
  for (size_t mean = 0; mean < older.size(); ++mean) {
    const std::string& name = older[mean].name;
    const auto squares = IndexOf(older, name + std::string(kSquares));
    const auto count = IndexOf(older, name + std::string(kCount));
    const auto to = IndexOf(newer, name);
    if (!IsDouble(older[mean]) || !squares || !IsDouble(older[*squares]) || !count || !to) continue;
    if (IsDouble(newer[*to])) continue;
    const auto last = IndexOf(newer, older[*count].name);
    if (!last || *last < *to) continue;
    carried.push_back({name, {mean, *squares, *count}, *to, *last - *to + 1});
  }
  return carried;
}

void Carry(const CarriedMoments& moments, const LaidOutRow& older, const LaidOutRow& newer,
           StringOwner& owner) {
  const FormerMoments former = {older.layout.Load<int64_t>(older.row, moments.from[2]),
                                older.layout.Load<double>(older.row, moments.from[0]),
                                older.layout.Load<double>(older.row, moments.from[1])};
  newer.layout.Store<int64_t>(newer.row, moments.to + moments.fields - 1, former.count);
  const Type& type = newer.layout.type(moments.to);
  if (type.kind() != TypeKind::kDecimal) return StoreBinary(former, newer, moments.to, owner);
  constexpr size_t kFieldsOfDecimals = 6;
  const bool decimal = moments.fields == kFieldsOfDecimals;
  uint64_t sum[kMostSumWords] = {};
  uint64_t squares[kMostSquareWords] = {};
  const std::span sum_words(sum, decimal ? kMostSumWords : 2);
  const std::span square_words(squares, decimal ? kMostSquareWords : 3);
  CarryWhole(former, type.scale(), sum_words, square_words);
  StoreFields(newer, moments.to, sum_words);
  StoreFields(newer, moments.to + (decimal ? 2 : 1), square_words);
}

}  // namespace weir
