#include "runtime/connectors/generators/random_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>

#include "runtime/base/names.h"
#include "runtime/connectors/generators/map_entries.h"
#include "runtime/types/datetime.h"
#include "runtime/types/decimal.h"

namespace weir::connectors {
namespace {

constexpr uint32_t kDefaultTextLength = 100;
constexpr uint32_t kDefaultListLength = 3;
constexpr int64_t kLongest = 16 << 20;

// The options of a table, and which of them were understood.
class FieldOptions {
 public:
  explicit FieldOptions(const graph::TableOptions& options) : options_(options) {}

  // The value of `path`.`name`; empty when absent.
  std::string_view Take(const std::string& path, std::string_view name) {
    const std::string key = fmt::format("{}.{}", path, name);
    taken_.insert(key);
    return graph::OptionValue(options_, key);
  }
  Status CheckAllTaken() const {
    for (const graph::TableOption& option : options_) {
      if (!option.key.starts_with("fields.") || taken_.contains(option.key)) continue;
      return Status::InvalidSql(
                 fmt::format("option '{}' does not suit the column's type", option.key))
          .WithId("E2008");
    }
    return {};
  }

 private:
  const graph::TableOptions& options_;
  std::set<std::string> taken_;
};

// `may`: what the option may be.
Status BadOption(const std::string& path, std::string_view name, std::string_view text,
                 std::string_view may) {
  return Status::InvalidSql(
             fmt::format("option '{}.{}' cannot be '{}': it is {}", path, name, text, may))
      .WithId("E2008");
}

Status TooGreat(const std::string& path, std::string_view low, std::string_view high) {
  return Status::InvalidSql(fmt::format("option '{0}.{1}' is more than '{0}.{2}'", path, low, high))
      .WithId("E2008");
}

bool IsExact(const Type& type) {
  return type.is_integer() || type.kind() == TypeKind::kDecimal || type.is_interval();
}
bool IsReal(const Type& type) {
  return type.kind() == TypeKind::kFloat || type.kind() == TypeKind::kDouble;
}
bool IsText(const Type& type) {
  return type.physical() == PhysicalType::kString;
}
// Sets the limits of an integer with this many bits.
void SetLimits(FieldRecipe& recipe, int bits) {
  recipe.high = (Int128{1} << (bits - 1)) - 1;
  recipe.low = -recipe.high - 1;
}

void SetDefaults(FieldRecipe& recipe) {
  const Type& type = recipe.type;
  switch (type.kind()) {
    case TypeKind::kTinyInt:
      SetLimits(recipe, 8);
      break;
    case TypeKind::kSmallInt:
      SetLimits(recipe, 16);
      break;
    case TypeKind::kInt:
      SetLimits(recipe, 32);
      break;
    case TypeKind::kBigInt:
      SetLimits(recipe, 64);
      break;
    case TypeKind::kDecimal:
      recipe.high = PowerOfTen(type.precision()) - 1;
      recipe.low = -recipe.high;
      break;
    case TypeKind::kIntervalYearMonth:
      recipe.high = 120'000;
      break;  // as Flink's datagen
    case TypeKind::kIntervalDayTime:
      recipe.high = std::numeric_limits<int64_t>::max();
      break;
    case TypeKind::kFloat:
      recipe.real_high = static_cast<double>(std::numeric_limits<float>::max());
      recipe.real_low = -recipe.real_high;
      break;
    case TypeKind::kDouble:
      recipe.real_high = std::numeric_limits<double>::max();
      recipe.real_low = -recipe.real_high;
      break;
    default:
      break;
  }
  if (IsText(type)) {
    recipe.length = type.length() == Type::kMaxLength ? kDefaultTextLength
                                                      : static_cast<uint32_t>(type.length());
  } else if (type.physical() == PhysicalType::kList) {
    recipe.length = kDefaultListLength;
  }
}

Status TakeExact(FieldOptions& options, const std::string& path, std::string_view name,
                 const Type& type, Int128& value) {
  const std::string_view text = options.Take(path, name);
  if (text.empty()) return {};
  const bool decimal = type.kind() == TypeKind::kDecimal;
  const std::optional<Int128> parsed =
      decimal ? ParseDecimal(text, type.precision(), type.scale()) : ParseDecimal(text, 19, 0);
  const std::string number = "a number of the type " + type.ToString();
  if (!parsed) return BadOption(path, name, text, number);
  FieldRecipe limits{.type = type};
  SetDefaults(limits);
  const bool bounded = type.is_integer() || decimal;
  if (bounded && (*parsed < limits.low || *parsed > limits.high))
    return BadOption(path, name, text, number);
  value = *parsed;
  return {};
}

Status TakeReal(FieldOptions& options, const std::string& path, std::string_view name,
                double& value) {
  const std::string_view text = options.Take(path, name);
  if (text.empty()) return {};
  const Result<double> parsed = graph::ParseDouble(text);
  if (!parsed.ok()) return BadOption(path, name, text, "a number");
  value = *parsed;
  return {};
}

Status TakeRange(FieldOptions& options, const std::string& path, FieldRecipe& recipe) {
  if (IsExact(recipe.type)) {
    RETURN_IF_ERROR(TakeExact(options, path, "min", recipe.type, recipe.low));
    RETURN_IF_ERROR(TakeExact(options, path, "max", recipe.type, recipe.high));
    if (recipe.low > recipe.high) return TooGreat(path, "min", "max");
  } else if (IsReal(recipe.type)) {
    RETURN_IF_ERROR(TakeReal(options, path, "min", recipe.real_low));
    RETURN_IF_ERROR(TakeReal(options, path, "max", recipe.real_high));
    if (recipe.real_low > recipe.real_high) return TooGreat(path, "min", "max");
  }
  return {};
}

Status TakeSequence(FieldOptions& options, const std::string& path, FieldRecipe& recipe) {
  if (!recipe.type.is_numeric() && !recipe.type.is_character()) {
    return BadOption(path, "kind", "sequence",
                     "for numbers and texts, and this column is " + recipe.type.ToString());
  }
  const Type counted = recipe.type.is_integer() ? recipe.type : Type::BigInt();
  for (const std::string_view name : {"start", "end"}) {
    if (options.Take(path, name).empty()) {
      return Status::InvalidSql(fmt::format("a sequence needs the option '{}.{}'", path, name))
          .WithId("E2008");
    }
  }
  RETURN_IF_ERROR(TakeExact(options, path, "start", counted, recipe.low));
  RETURN_IF_ERROR(TakeExact(options, path, "end", counted, recipe.high));
  recipe.sequence = true;
  return recipe.low <= recipe.high ? Status() : TooGreat(path, "start", "end");
}

Status TakeLength(FieldOptions& options, const std::string& path, FieldRecipe& recipe) {
  const std::string_view text = options.Take(path, "length");
  if (!text.empty()) {
    const Result<int64_t> length = graph::ParseInteger(text);
    const int64_t most =
        IsText(recipe.type) ? std::min<int64_t>(kLongest, recipe.type.length()) : kLongest;
    if (!length.ok() || *length < 0 || *length > most)
      return BadOption(path, "length", text, fmt::format("a number from 0 to {}", most));
    recipe.length = static_cast<uint32_t>(*length);
  }
  const std::string_view shorter = options.Take(path, "var-len");
  if (shorter.empty()) return {};
  const Result<bool> flag = graph::ParseBoolean(shorter);
  if (!flag.ok()) return BadOption(path, "var-len", shorter, "true or false");
  recipe.shorter = *flag;
  return {};
}

Status TakeMaxPast(FieldOptions& options, const std::string& path, FieldRecipe& recipe) {
  const std::string_view text = options.Take(path, "max-past");
  if (text.empty()) return {};
  const Result<int64_t> nanos = graph::ParseDurationNanos(text);
  if (!nanos.ok()) return BadOption(path, "max-past", text, "a duration such as 10 min");
  recipe.max_past_millis = *nanos / kNanosPerMilli;
  return {};
}

Result<FieldRecipe> MakeRecipe(FieldOptions& options, const std::string& path, const Type& type);

// How often a MULTISET has an element. Where no minimum is said it is that of INT.
Status CheckCount(const std::string& path, FieldRecipe& count) {
  if (count.sequence && count.low < 1)
    return BadOption(path, "start", fmt::to_string(static_cast<int64_t>(count.low)), "at least 1");
  if (count.high < 1)
    return BadOption(path, "max", fmt::to_string(static_cast<int64_t>(count.high)), "at least 1");
  count.low = std::max<Int128>(count.low, 1);
  return {};
}

Status TakeChildren(FieldOptions& options, const std::string& path, FieldRecipe& recipe) {
  const Type& type = recipe.type;
  const std::vector<TypeField>& fields = type.fields();
  for (size_t i = 0; i < fields.size(); ++i) {
    std::string name = fields[i].name;
    if (type.kind() == TypeKind::kMap) name = i == 0 ? "key" : "value";
    if (type.kind() == TypeKind::kArray || type.kind() == TypeKind::kMultiset)
      name = i == 0 ? "element" : "count";
    recipe.children.push_back(TRY(MakeRecipe(options, path + "." + name, fields[i].type)));
  }
  return type.kind() == TypeKind::kMultiset ? CheckCount(path + ".count", recipe.children[1])
                                            : Status();
}

Result<FieldRecipe> MakeRecipe(FieldOptions& options, const std::string& path, const Type& type) {
  FieldRecipe recipe{.type = type};
  SetDefaults(recipe);
  const std::string_view kind = options.Take(path, "kind");
  if (EqualsIgnoreCase(kind, "sequence")) {
    RETURN_IF_ERROR(TakeSequence(options, path, recipe));
    return recipe;
  }
  if (!kind.empty() && !EqualsIgnoreCase(kind, "random"))
    return BadOption(path, "kind", kind, "random or sequence");
  RETURN_IF_ERROR(TakeRange(options, path, recipe));
  if (recipe.length > 0 || IsText(type)) RETURN_IF_ERROR(TakeLength(options, path, recipe));
  if (IsTime(type)) RETURN_IF_ERROR(TakeMaxPast(options, path, recipe));
  RETURN_IF_ERROR(TakeReal(options, path, "null-rate", recipe.null_rate));
  if (recipe.null_rate < 0 || recipe.null_rate > 1)
    return BadOption(path, "null-rate", fmt::to_string(recipe.null_rate), "from 0 to 1");
  if (recipe.null_rate > 0 && !type.nullable())
    return BadOption(path, "null-rate", fmt::to_string(recipe.null_rate),
                     "0, as the value is NOT NULL");
  RETURN_IF_ERROR(TakeChildren(options, path, recipe));
  return recipe;
}

// Uniform in [low, high].
Int128 Between(Random& random, Int128 low, Int128 high) {
  const auto range = static_cast<UInt128>(high) - static_cast<UInt128>(low) + 1;
  if (range <= std::numeric_limits<uint64_t>::max()) {
    return low + static_cast<Int128>(random.Below(static_cast<uint64_t>(range)));
  }
  const UInt128 drawn = static_cast<UInt128>(random.Next64()) << 64 | random.Next64();
  return static_cast<Int128>(static_cast<UInt128>(low) + drawn % range);
}

void AppendExact(const Type& type, Int128 value, ColumnBuilder& out) {
  switch (type.physical()) {
    case PhysicalType::kInt8:
      out.Append(static_cast<int8_t>(value));
      return;
    case PhysicalType::kInt16:
      out.Append(static_cast<int16_t>(value));
      return;
    case PhysicalType::kInt32:
      out.Append(static_cast<int32_t>(value));
      return;
    case PhysicalType::kInt64:
      out.Append(static_cast<int64_t>(value));
      return;
    default:
      out.Append(value);
  }
}

void AppendReal(const Type& type, double value, ColumnBuilder& out) {
  if (type.kind() == TypeKind::kFloat) {
    out.Append(static_cast<float>(value));
  } else {
    out.Append(value);
  }
}

void AppendSequence(const FieldRecipe& recipe, int64_t number, ColumnBuilder& out) {
  const Int128 value = recipe.low + number;
  if (IsReal(recipe.type)) {
    AppendReal(recipe.type, static_cast<double>(value), out);
  } else if (recipe.type.is_character()) {
    char text[24];
    const auto [end, error] = std::to_chars(text, text + sizeof text, static_cast<int64_t>(value));
    (void)error;  // 24 characters hold every 64-bit integer
    out.AppendString({text, static_cast<size_t>(end - text)});
  } else if (recipe.type.kind() == TypeKind::kDecimal) {
    const auto unscaled = RescaleDecimal(value, 0, recipe.type.scale(), recipe.type.precision());
    unscaled ? AppendExact(recipe.type, *unscaled, out) : out.AppendNull();
  } else {
    AppendExact(recipe.type, value, out);
  }
}

uint32_t LengthOf(const FieldRecipe& recipe, Random& random) {
  if (!recipe.shorter || recipe.length <= 1) return recipe.length;
  return 1 + static_cast<uint32_t>(random.Below(recipe.length));
}

// Hexadecimal digits, as Flink's RandomDataGenerator; bytes are any.
void AppendText(const FieldRecipe& recipe, Random& random, ColumnBuilder& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const bool bytes = recipe.type.is_binary();
  thread_local std::string text;  // scratch that keeps its memory
  text.resize(LengthOf(recipe, random));
  uint64_t bits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i % 8 == 0) bits = random.Next64();
    text[i] = bytes ? static_cast<char>(bits) : kDigits[bits & 15];
    bits >>= 8;
  }
  out.AppendString(text);
}

void AppendTime(const FieldRecipe& recipe, int64_t now_millis, Random& random, ColumnBuilder& out) {
  int64_t millis = now_millis;
  if (recipe.max_past_millis > 0) {
    millis -= static_cast<int64_t>(random.Below(static_cast<uint64_t>(recipe.max_past_millis) + 1));
  }
  AppendInstant(millis, out);
}

}  // namespace

Result<std::vector<FieldRecipe>> MakeRecipes(const Schema& schema,
                                             const graph::TableOptions& options) {
  FieldOptions taken(options);
  std::vector<FieldRecipe> recipes;
  for (const Field& field : schema.fields) {
    recipes.push_back(TRY(MakeRecipe(taken, "fields." + field.name, field.type)));
  }
  RETURN_IF_ERROR(taken.CheckAllTaken());
  return recipes;
}

int64_t RowsOfSequences(const std::vector<FieldRecipe>& recipes) {
  Int128 rows = std::numeric_limits<int64_t>::max();
  for (const FieldRecipe& recipe : recipes) {
    if (recipe.sequence) rows = std::min(rows, recipe.high - recipe.low + 1);
    rows = std::min<Int128>(rows, RowsOfSequences(recipe.children));
  }
  return static_cast<int64_t>(rows);
}

void AppendGenerated(const FieldRecipe& recipe, const GeneratedRow& row, Random& random,
                     ColumnBuilder& out) {
  const Type& type = recipe.type;
  if (recipe.sequence) {
    AppendSequence(recipe, row.number, out);
  } else if (recipe.null_rate > 0 && random.NextDouble() < recipe.null_rate) {
    out.AppendNull();
  } else if (type.kind() == TypeKind::kBoolean) {
    out.Append(static_cast<uint8_t>(random.Next64() & 1));
  } else if (IsExact(type)) {
    AppendExact(type, Between(random, recipe.low, recipe.high), out);
  } else if (IsReal(type)) {
    // With halves, since the difference of the two limits may exceed the greatest DOUBLE.
    const double half = recipe.real_high / 2 - recipe.real_low / 2;
    AppendReal(type, recipe.real_low + random.NextDouble() * half * 2, out);
  } else if (IsText(type)) {
    AppendText(recipe, random, out);
  } else if (IsTime(type)) {
    AppendTime(recipe, row.millis, random, out);
  } else if (type.kind() == TypeKind::kRow) {
    for (size_t i = 0; i < recipe.children.size(); ++i) {
      AppendGenerated(recipe.children[i], row, random, out.child(i));
    }
    out.AppendRow();
  } else if (type.kind() == TypeKind::kArray) {
    for (uint32_t left = LengthOf(recipe, random); left > 0; --left)
      AppendGenerated(recipe.children[0], row, random, out.child(0));
    out.AppendList();
  } else {
    MapEntries entries(type);
    for (uint32_t left = LengthOf(recipe, random); left > 0; --left) {
      AppendGenerated(recipe.children[0], row, random, entries.key());
      AppendGenerated(recipe.children[1], row, random, entries.value());
      entries.Take();
    }
    entries.AppendTo(out);
  }
}

}  // namespace weir::connectors
