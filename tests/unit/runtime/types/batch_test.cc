#include "runtime/types/batch.h"

#include <gmock/gmock.h>

#include "runtime/types/batch_text.h"
#include "runtime/types/value.h"
#include "runtime/types/value_codec.h"
#include "tests/seed.h"
#include "tests/unit/runtime/types/random_batches.h"

namespace weir {
namespace {

std::string CellText(const Column& column, uint32_t row) {
  std::string text;
  FormatCell(column, row, text);
  return text;
}

Batch RandomBatch(Random& random, uint32_t rows) {
  Batch batch;
  batch.row_count = rows;
  for (const Type& type : AllTypes()) batch.columns.push_back(RandomColumn(random, type, rows, 15));
  batch.columns.push_back(
      MakeConstantColumn(Value(Type::String(), std::string("constant and long")), rows));
  batch.row_kinds = MakeBuffer<uint8_t>(rows);
  batch.key_hashes = MakeBuffer<uint64_t>(rows);
  for (uint32_t row = 0; row < rows; ++row) {
    batch.row_kinds->as<uint8_t>()[row] = static_cast<uint8_t>(random.Below(4));
    batch.key_hashes->as<uint64_t>()[row] = random.Next64();
  }
  return batch;
}

TEST(Batch, CompactKeepsTheSelectedRows) {
  Random random(SeedOf(5));
  Batch batch = RandomBatch(random, 150);
  batch.selection = RandomSelection(random, 150);
  const Batch compact = Compact(batch);
  ASSERT_EQ(compact.row_count, batch.size());
  EXPECT_TRUE(compact.selection.all());
  EXPECT_EQ(FormatBatch(compact), FormatBatch(batch));
  for (uint32_t i = 0; i < batch.size(); ++i) {
    EXPECT_EQ(compact.key_hashes->as<uint64_t>()[i],
              batch.key_hashes->as<uint64_t>()[batch.RowAt(i)]);
  }
  EXPECT_TRUE(compact.columns.back()->is_constant());
}

TEST(Batch, ConcatenateKeepsOrderAndNulls) {
  Random random(SeedOf(6));
  Batch a = RandomBatch(random, 70);
  const Batch b = RandomBatch(random, 3);
  a.selection = RandomSelection(random, 70);
  const Batch joined = Concatenate(a, b);
  EXPECT_EQ(FormatBatch(joined), FormatBatch(a) + FormatBatch(b));
  const Batch twice = Concatenate(joined, joined);
  EXPECT_EQ(FormatBatch(twice), FormatBatch(joined) + FormatBatch(joined));
}

// With constants beside columns of values, selections, and parts without rows.
TEST(Batch, ConcatenateAllKeepsTheOrderOfMany) {
  Random random(SeedOf(8));
  std::vector<Batch> parts;
  std::string expected;
  for (uint32_t i = 0; i < 9; ++i) {
    Batch part = RandomBatch(random, i == 4 ? 0 : 1 + static_cast<uint32_t>(random.Below(40)));
    if (i % 3 == 1) part.selection = RandomSelection(random, part.row_count);
    if (i % 3 == 2) {
      for (ColumnPtr& column : part.columns) column = RepeatRow(*column, 0, part.row_count);
    }
    expected += FormatBatch(part);
    parts.push_back(std::move(part));
  }
  EXPECT_EQ(FormatBatch(ConcatenateAll(parts)), expected);
  EXPECT_TRUE(ConcatenateAll(parts).columns.back()->is_constant());
  EXPECT_EQ(FormatBatch(ConcatenateAll({parts[0]})), FormatBatch(parts[0]));
}

TEST(Batch, ConcatenateKeepsWhatIsTheSameInBoth) {
  const auto constant = [](const Value& value, uint32_t rows) {
    Batch batch;
    batch.row_count = rows;
    batch.columns.push_back(MakeConstantColumn(value, rows));
    return batch;
  };
  const auto join = [&](const Value& a, const Value& b) {
    const Batch joined = Concatenate(constant(a, 2), constant(b, 3));
    EXPECT_EQ(FormatBatch(joined), FormatBatch(constant(a, 2)) + FormatBatch(constant(b, 3)));
    return joined.columns[0]->is_constant();
  };
  const Value text(Type::String(), std::string("longer than a reference"));
  const Value zero(Type::Double(), 0.0);
  EXPECT_TRUE(join(text, text));
  EXPECT_TRUE(join(Value::Null(Type::String()), Value::Null(Type::String())));
  EXPECT_FALSE(join(text, Value::Null(Type::String())));
  EXPECT_FALSE(join(text, Value(Type::String(), std::string("longer than a referenco"))));
  EXPECT_TRUE(join(zero, zero));
  EXPECT_FALSE(join(zero, Value(Type::Double(), -0.0)));
}

TEST(Batch, ConcatenateFillsAbsentParts) {
  Batch a = *ParseBatch("1\n2", std::vector<Type>{Type::Int()});
  Batch b = *ParseBatch("-D[3]", std::vector<Type>{Type::Int()});
  b.late_marks = MakeBuffer<int64_t>(1);
  b.late_marks->as<int64_t>()[0] = 99;
  const Batch joined = Concatenate(a, b);
  EXPECT_EQ(FormatBatch(joined), "+I[1]\n+I[2]\n-D[3]\n");
  EXPECT_EQ(joined.late_mark(0), Timestamp::Min());
  EXPECT_EQ(joined.late_mark(2).millis, 99);
  EXPECT_EQ(joined.key_hashes, nullptr);
}

TEST(Batch, FlattenAndRepeatAreInverse) {
  Random random(SeedOf(7));
  for (const Type& type : AllTypes()) {
    SCOPED_TRACE(type.ToString());
    const ColumnPtr column = RandomColumn(random, type, 9, 30);
    const ColumnPtr repeated = RepeatRow(*column, 4, 5);
    const ColumnPtr flat = Flatten(repeated);
    EXPECT_TRUE(repeated->is_constant());
    EXPECT_FALSE(flat->is_constant());
    EXPECT_EQ(flat->length(), 5U);
    for (uint32_t row = 0; row < 5; ++row) {
      EXPECT_EQ(CellText(*repeated, row), CellText(*column, 4));
      EXPECT_EQ(CellText(*flat, row), CellText(*column, 4));
    }
    EXPECT_EQ(Flatten(column), column);
  }
}

TEST(ColumnBuilder, CanBeUsedAgainAfterFinish) {
  ColumnBuilder builder(Type::String());
  builder.AppendString("a string that is not inline");
  const ColumnPtr first = builder.Finish();
  builder.AppendNull();
  builder.AppendString("b");
  const ColumnPtr second = builder.Finish();
  EXPECT_EQ(CellText(*first, 0), "a string that is not inline");
  EXPECT_FALSE(first->has_validity());
  EXPECT_EQ(CellText(*second, 0), "NULL");
  EXPECT_EQ(CellText(*second, 1), "b");
  EXPECT_EQ(builder.Finish()->length(), 0U);
}

TEST(ColumnBuilder, CopiesRowsOfColumns) {
  Random random(SeedOf(8));
  for (const Type& type : AllTypes()) {
    const ColumnPtr column = RandomColumn(random, type, 40, 20);
    ColumnBuilder builder(type);
    for (uint32_t row = 0; row < 40; ++row) builder.AppendFrom(*column, 39 - row);
    const ColumnPtr copy = builder.Finish();
    for (uint32_t row = 0; row < 40; ++row) {
      EXPECT_EQ(CellText(*copy, row), CellText(*column, 39 - row)) << type.ToString();
    }
  }
}

TEST(ValueCodec, GivesBackEveryValue) {
  const uint64_t seed = 99;
  SCOPED_TRACE(seed);
  Random random(SeedOf(seed));
  std::vector<Type> types = AllTypes();
  types.push_back(Type::Map(Type::String(), Type::Int()));
  types.push_back(Type::Multiset(Type::Int()));
  for (const Type& type : types) {
    SCOPED_TRACE(type.ToString());
    const ColumnPtr column = RandomColumn(random, type, 64, 10);
    std::string bytes;
    for (uint32_t row = 0; row < 64; ++row) AppendValue(*column, row, bytes);
    ColumnBuilder builder(type);
    ByteReader in(bytes);
    for (uint32_t row = 0; row < 64; ++row) ASSERT_TRUE(DecodeValueInto(in, builder).ok());
    EXPECT_TRUE(in.at_end());
    const ColumnPtr decoded = builder.Finish();
    for (uint32_t row = 0; row < 64; ++row) {
      EXPECT_EQ(CellText(*decoded, row), CellText(*column, row));
    }
  }
}

TEST(ValueCodec, RefusesEveryPrefix) {
  Random random(SeedOf(3));
  for (const Type& type : AllTypes()) {
    const ColumnPtr column = RandomColumn(random, type, 1, 0);
    std::string bytes;
    AppendValue(*column, 0, bytes);
    for (size_t length = 0; length < bytes.size(); ++length) {
      ColumnBuilder builder(type);
      ByteReader in(std::string_view(bytes).substr(0, length));
      EXPECT_EQ(DecodeValueInto(in, builder).code(), StatusCode::kCorruption) << type.ToString();
    }
  }
}

TEST(Value, RoundTripsThroughColumns) {
  Random random(SeedOf(4));
  for (const Type& type : AllTypes()) {
    const ColumnPtr column = RandomColumn(random, type, 20, 20);
    std::vector<Value> values;
    for (uint32_t row = 0; row < 20; ++row) values.push_back(GetValue(*column, row));
    const ColumnPtr copy = MakeColumn(type, values);
    for (uint32_t row = 0; row < 20; ++row) {
      EXPECT_EQ(CellText(*copy, row), CellText(*column, row)) << type.ToString();
      EXPECT_EQ(values[row].ToString(), CellText(*column, row));
    }
  }
}

TEST(Value, PrintsSqlThatEvaluatesToIt) {
  const auto sql = [](const Type& type, std::string_view text) {
    ColumnBuilder builder(type);
    EXPECT_TRUE(ParseCell(text, builder).ok());
    return GetValue(*builder.Finish(), 0).ToSql();
  };
  EXPECT_EQ(sql(Type::Int(), "5"), "5");
  EXPECT_EQ(sql(Type::BigInt(), "5"), "CAST(5 AS BIGINT)");
  EXPECT_EQ(sql(Type::String(), "it's"), "'it''s'");
  EXPECT_EQ(sql(Type::Int(), "NULL"), "CAST(NULL AS INT)");
  EXPECT_EQ(sql(Type::Double(), "1.5"), "1.5E0");
  EXPECT_EQ(sql(Type::Decimal(5, 2), "1.5"), "1.50");
  EXPECT_EQ(sql(Type::Date(), "2024-01-02"), "DATE '2024-01-02'");
  EXPECT_EQ(sql(Type::Timestamp(3), "2024-01-02"), "TIMESTAMP '2024-01-02 00:00:00.000'");
  EXPECT_EQ(sql(Type::TimestampLtz(3), "1970-01-01 00:00:01"), "TO_TIMESTAMP_LTZ(1000, 3)");
  EXPECT_EQ(sql(Type::Array(Type::Int()), "[1, NULL]"), "ARRAY[1, CAST(NULL AS INT)]");
  EXPECT_EQ(sql(Type::IntervalDayTime(), "+0 00:00:01.000"),
            "INTERVAL '+0 00:00:01.000' DAY TO SECOND(3)");
}

}  // namespace
}  // namespace weir
