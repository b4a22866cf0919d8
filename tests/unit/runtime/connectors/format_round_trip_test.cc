// What a format writes it reads back, whatever the rows hold; and whatever happens to the bytes in
// between, it yields rows or says which record is bad, and never anything else.
#include "runtime/base/random.h"
#include "runtime/types/column_builder.h"
#include "runtime/types/datetime.h"
#include "tests/seed.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

constexpr uint64_t kRoundTripSeed = 20261122;

std::vector<Type> ScalarTypes() {
  return {Type::Boolean(),       Type::TinyInt(),      Type::SmallInt(),      Type::Int(),
          Type::BigInt(),        Type::Float(),        Type::Double(),        Type::Decimal(5, 5),
          Type::Decimal(18, 2),  Type::Decimal(38, 0), Type::Decimal(38, 38), Type::String(),
          Type::Date(),          Type::Time(0),        Type::Time(3),         Type::Timestamp(0),
          Type::Timestamp(3),    Type::Timestamp(6),   Type::Timestamp(9),    Type::TimestampLtz(0),
          Type::TimestampLtz(3), Type::Bytes()};
}

std::vector<Type> NestedTypes() {
  const Type inner = Type::Row({{"x", Type::Double()}, {"y z", Type::Array(Type::String())}});
  return {Type::Array(Type::Int()), Type::Map(Type::String(), Type::Decimal(10, 3)), inner,
          Type::Array(inner), Type::Map(Type::String(), Type::Array(Type::Timestamp(3)))};
}

Schema SchemaOf(const std::vector<Type>& types) {
  std::vector<Field> fields;
  for (size_t i = 0; i < types.size(); ++i) fields.push_back({"c" + std::to_string(i), types[i]});
  return {std::move(fields)};
}

// Text of everything that formats treat in a way of their own.
std::string RandomText(Random& random) {
  constexpr std::string_view kPieces[] = {"a",           "0",        "-1",
                                          "NULL",        "null",     "true",
                                          ",",           ";",        "\t",
                                          "\"",          "\"\"",     "'",
                                          "\\",          "\\\"",     "\n",
                                          "\r\n",        "\r",       " ",
                                          "#",           "{",        "}",
                                          "[",           "]",        ":",
                                          "/",           "\xC3\xBC", "\xE2\x82\xAC",
                                          "\x01",        "\x1F",     "+I",
                                          "n/a",         "\x7F",     "\xF0\x9F\x98\x80",
                                          "\xEF\xBB\xBF"};
  std::string text;
  for (uint64_t n = random.Below(9); n > 0; --n) {
    text += kPieces[random.Below(std::size(kPieces))];
  }
  return text;
}

int64_t Between(Random& random, int64_t least, int64_t most) {
  return least + static_cast<int64_t>(random.Below(static_cast<uint64_t>(most - least) + 1));
}

// Ends of a type's range often; times in the years 1 to 9999, which all texts can spell.
int64_t RandomNumber(Random& random, const Type& type) {
  constexpr int64_t kFirstDay = -719'162;  // 0001-01-01
  constexpr int64_t kLastDay = 2'932'896;  // 9999-12-31
  const int64_t day = Between(random, kFirstDay, kLastDay);
  int64_t step = 1;
  for (int i = type.precision(); i < 6; ++i) step *= 10;
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return static_cast<int64_t>(random.Below(2));
    case TypeKind::kDate:
      return day;
    case TypeKind::kTime:
      return Between(random, 0, 86'399'999'999 / step) * step * 1000;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return day * 86'400'000'000 + Between(random, 0, 86'399'999'999 / step) * step;
    default:
      break;
  }
  const auto any = static_cast<int64_t>(random.Next64());
  if (type.kind() == TypeKind::kDecimal) {
    return random.Below(2) == 0 ? any % 1000 : any % 99999 / (type.precision() < 6 ? 10 : 1);
  }
  return any >> random.Below(64);
}

void AppendNumber(Random& random, ColumnBuilder& builder) {
  const int64_t number = RandomNumber(random, builder.type());
  DispatchPhysical(builder.type().physical(), [&]<typename T>() {
    if constexpr (std::is_same_v<T, TimestampNanos>) {
      const int64_t millis = number / 1000 - (number % 1000 < 0 ? 1 : 0);
      builder.Append(T{millis, static_cast<int32_t>(random.Below(1'000'000)), 0});
    } else if constexpr (std::is_same_v<T, Int128>) {
      builder.Append(T{number} * (random.Below(2) == 0 ? T{1} : T{1'000'000'007} * 1'000'000'007));
    } else if constexpr (std::is_floating_point_v<T>) {
      builder.Append(static_cast<T>(static_cast<double>(number) / 1024));
    } else if constexpr (!std::is_same_v<T, StringRef>) {
      builder.Append(static_cast<T>(number));
    }
  });
}

void AppendCell(Random& random, ColumnBuilder& builder, bool key = false) {
  if (!key && random.Below(6) == 0) return builder.AppendNull();
  const Type& type = builder.type();
  switch (type.physical()) {
    case PhysicalType::kString:
      return builder.AppendString(RandomText(random));
    case PhysicalType::kStruct:
      for (size_t i = 0; i < builder.child_count(); ++i) AppendCell(random, builder.child(i));
      return builder.AppendRow();
    case PhysicalType::kList:
      // One entry of a map only: texts have no order of entries, and equal keys are one.
      for (uint64_t n = random.Below(type.kind() == TypeKind::kMap ? 2 : 4); n > 0; --n) {
        for (size_t i = 0; i < builder.child_count(); ++i) {
          AppendCell(random, builder.child(i), type.kind() == TypeKind::kMap && i == 0);
        }
      }
      return builder.AppendList();
    default:
      return AppendNumber(random, builder);
  }
}

Batch RandomRows(Random& random, const Schema& schema, uint32_t rows) {
  Batch batch;
  batch.row_count = rows;
  for (size_t i = 0; i < schema.size(); ++i) {
    ColumnBuilder builder(schema.fields[i].type);
    for (uint32_t row = 0; row < rows; ++row) AppendCell(random, builder);
    batch.columns.push_back(builder.Finish());
  }
  return batch;
}

struct Dialect {
  std::string name;
  std::string format;
  bool nested;
  graph::TableOptions options;
};

void PrintTo(const Dialect& dialect, std::ostream* out) {
  *out << dialect.name;
}

class RoundTripTest : public ::testing::TestWithParam<Dialect> {
 protected:
  RoundTripTest() : random_(SeedOf(kRoundTripSeed)), types_(ScalarTypes()) {
    if (GetParam().nested) {
      for (const Type& type : NestedTypes()) types_.push_back(type);
    }
  }

  FormatUnderTest Format(const Schema& schema) const {
    return {GetParam().format, schema, GetParam().options};
  }

  void ReadsWhatItWrites(const Schema& schema) {
    const Batch batch = RandomRows(random_, schema, 200);
    const auto text = Format(schema).EncodeBatch(batch);
    ASSERT_TRUE(text.ok()) << text.status().ToString();
    const Decoded decoded = Format(schema).Decode(*text);
    ASSERT_TRUE(decoded.status.ok()) << decoded.status.ToString() << decoded.bad.reason;
    // As one text: the cells hold line ends.
    std::string rows;
    for (const std::string& row : decoded.rows) rows += row + "\n";
    ASSERT_EQ(rows, FormatBatch(batch));
  }

  Random random_;
  std::vector<Type> types_;
};

TEST_P(RoundTripTest, EveryTypeByItself) {
  for (const Type& type : types_) {
    SCOPED_TRACE(type.ToString());
    ReadsWhatItWrites(SchemaOf({type}));
    ReadsWhatItWrites(SchemaOf({type, Type::Int()}));
  }
}

TEST_P(RoundTripTest, WideRowsInBlocksOfAnySize) {
  const Schema schema = SchemaOf(types_);
  const Batch batch = RandomRows(random_, schema, 30);
  const std::string text = Format(schema).EncodeBatch(batch).value();
  const std::vector<std::string> rows = Lines(FormatBatch(batch));
  for (const uint32_t most : {1U, 7U, 30U, 4096U}) {
    EXPECT_EQ(Format(schema).Decode(text, most).rows, rows) << most;
  }
  for (size_t cut = 0; cut < text.size(); cut += 1 + random_.Below(200)) {
    ASSERT_EQ(Format(schema).DecodeCut(text, cut).rows, rows) << cut;
  }
}

TEST_P(RoundTripTest, SelectedRowsAreWrittenAndNoOthers) {
  const Schema schema = SchemaOf(types_);
  Batch batch = RandomRows(random_, schema, 9);
  BufferPtr ids = MakeBuffer<uint32_t>(3);
  for (uint32_t i = 0; i < 3; ++i) ids->as<uint32_t>()[i] = i * 4;
  batch.selection = Selection(ids, 3);
  const std::string some = Format(schema).EncodeBatch(batch).value();
  EXPECT_EQ(some, Format(schema).EncodeBatch(Compact(batch)).value());
}

// A file that was cut off: all whole records but the last are as they were; the last one is whole,
// shorter or bad, and then named by its place.
TEST_P(RoundTripTest, TextsThatEndTooEarly) {
  const Schema schema = SchemaOf({Type::Int(), Type::String(), Type::Timestamp(3)});
  const Batch batch = RandomRows(random_, schema, 6);
  const std::string text = Format(schema).EncodeBatch(batch).value();
  const std::string all = FormatBatch(batch);
  const size_t header = Format(schema).EncodeBatch(RandomRows(random_, schema, 0))->size();
  for (size_t size = header; size <= text.size(); ++size) {
    SCOPED_TRACE(size);
    const Decoded decoded = Format(schema).Decode(std::string_view(text).substr(0, size));
    std::string sure;
    for (size_t i = 0; i + 1 < decoded.rows.size(); ++i) sure += decoded.rows[i] + "\n";
    // A last cell that holds a line end is printed as two lines, of which the first may be sure.
    EXPECT_TRUE(all.starts_with(sure.substr(0, sure.rfind("+I[") + 1))) << sure;
    if (decoded.status.ok()) continue;
    EXPECT_EQ(decoded.status.id(), "E3005");
    EXPECT_LT(decoded.bad.offset, size);
    EXPECT_FALSE(decoded.bad.reason.empty());
  }
}

// One byte is another one: rows, or the place of a record and a reason; in lenient mode no error.
TEST_P(RoundTripTest, TextsWithAnyByteChanged) {
  const Schema schema = SchemaOf({Type::Int(), Type::String(), Type::Boolean(), Type::Date()});
  const Batch batch = RandomRows(random_, schema, 3);
  const std::string text = Format(schema).EncodeBatch(batch).value();
  graph::TableOptions lenient = GetParam().options;
  if (GetParam().format != "changelog") {
    lenient.push_back({GetParam().format + ".ignore-parse-errors", "true"});
  }
  const FormatUnderTest forgiving(GetParam().format, schema, lenient);
  for (size_t at = 0; at < text.size(); ++at) {
    for (const char byte : std::string_view("\"'\\,;\n\r\t{}[]:0x #\xFF\xC3\0+", 21)) {
      std::string changed = text;
      changed[at] = byte;
      SCOPED_TRACE(::testing::PrintToString(changed) + " at " + std::to_string(at));
      const Decoded strict = Format(schema).Decode(changed);
      if (!strict.status.ok()) {
        ASSERT_EQ(strict.status.id(), "E3005");
        ASSERT_LT(strict.bad.offset, changed.size());
        // A header moves offsets: they are those of the block behind it.
        const bool record = strict.bad.offset == 0 || changed[strict.bad.offset - 1] == '\n';
        ASSERT_TRUE(record || GetParam().name == "csv_header") << strict.bad.offset;
      }
      const Decoded some = forgiving.Decode(changed);
      const bool all_bad = !some.status.ok() && some.status.id() == "E3005";
      ASSERT_TRUE(some.status.ok() || all_bad) << some.status.ToString();
      if (strict.status.ok()) {
        ASSERT_EQ(some.rows, strict.rows);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, RoundTripTest,
    ::testing::Values(
        Dialect{"csv", "csv", false, {}},
        Dialect{"csv_header", "csv", false, {{"csv.header", "true"}}},
        Dialect{"csv_semicolon", "csv", false, {{"csv.field-delimiter", ";"}}},
        Dialect{"csv_tab", "csv", false, {{"csv.field-delimiter", "\\t"}}},
        Dialect{"csv_apostrophe", "csv", false, {{"csv.quote-character", "'"}}},
        Dialect{"csv_escape", "csv", false, {{"csv.escape-character", "\\"}}},
        Dialect{"csv_comments", "csv", false, {{"csv.allow-comments", "true"}}},
        Dialect{"csv_null", "csv", false, {{"csv.null-literal", "n/a"}}},
        Dialect{"csv_null_zero", "csv", false, {{"csv.null-literal", "0"}}},
        Dialect{"csv_null_true", "csv", false, {{"csv.null-literal", "true"}}},
        Dialect{"json", "json", true, {}},
        Dialect{"json_iso", "json", true, {{"json.timestamp-format.standard", "ISO-8601"}}},
        Dialect{"json_plain", "json", true, {{"json.encode.decimal-as-plain-number", "true"}}},
        Dialect{"json_sparse", "json", true, {{"json.encode.ignore-null-fields", "true"}}},
        Dialect{"changelog", "changelog", true, {}}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace weir::connectors::testing
