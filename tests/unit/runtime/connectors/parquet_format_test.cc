// The format parquet without Arrow: how columns become arrays of its C data interface and back,
// which columns of a file are read, and what is refused. tests/parquet has files, and pyarrow.
#include "runtime/arrow/arrow_type.h"
#include "runtime/arrow/column_reader.h"
#include "runtime/arrow/column_writer.h"
#include "runtime/arrow/owned_arrow.h"
#include "runtime/connectors/formats/parquet/read_plan.h"
#include "runtime/connectors/formats/parquet/writable.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using arrow::ArrayLayout;
using arrow::ColumnReader;
using arrow::OwnedArrow;
using parquet::ReadPlan;
using ::testing::HasSubstr;

// A batch as arrays, with the schema that describes them.
class Arrays {
 public:
  Arrays(const Schema& schema, const ArrayLayout& layout, const Batch& batch) {
    arrow::MakeArrowSchema(schema, layout, schema_.Fill());
    status = arrow::MakeArrowBatch(schema, layout, batch, arrays_.Fill());
  }

  Result<ReadPlan> Plan(const Schema& wanted, bool int96 = false) const {
    return parquet::PlanRead(*schema_, std::vector<bool>(kMostLeaves, int96), wanted.fields);
  }

  // The rows as columns of another schema, as text, or what is wrong.
  std::string Read(const Schema& wanted, bool int96 = false, TimeZone zone = TimeZone()) {
    const Result<ReadPlan> plan = Plan(wanted, int96);
    if (!plan.ok()) return plan.status().message();
    Batch batch;
    batch.row_count = static_cast<uint32_t>(arrays_->length);
    for (const arrow::ReadNode& node : plan->columns) {
      if (node.child < 0) {
        batch.columns.push_back(Column::MakeNull(node.type, batch.row_count));
        continue;
      }
      Result<ColumnPtr> column =
          ColumnReader(zone).Read(node, *arrays_->children[node.child], nullptr);
      if (!column.ok()) return column.status().message();
      batch.columns.push_back(std::move(*column));
    }
    return FormatBatch(batch);
  }

  Status status;

 private:
  static constexpr size_t kMostLeaves = 32;
  OwnedArrow<ArrowSchema> schema_;
  OwnedArrow<ArrowArray> arrays_;
};

Batch Parsed(const Schema& schema, std::string_view text) {
  return ParseBatch(text, schema).value();
}

const ArrayLayout kInt64Times{false, 6, TimeZone()};

const Schema kEverything{{
    {"b", Type::Boolean()},
    {"i", Type::TinyInt()},
    {"j", Type::SmallInt()},
    {"k", Type::Int()},
    {"l", Type::BigInt()},
    {"f", Type::Float()},
    {"g", Type::Double()},
    {"d", Type::Decimal(5, 2)},
    {"e", Type::Decimal(38, 1)},
    {"s", Type::String()},
    {"y", Type::Bytes()},
    {"t", Type::Date()},
    {"u", Type::Time(3)},
    {"v", Type::Time(9)},
    {"w", Type::Timestamp(3)},
    {"x", Type::TimestampLtz(6)},
    {"a", Type::Array(Type::Int())},
    {"m", Type::Map(Type::String(), Type::Array(Type::String()))},
    {"n", Type::Multiset(Type::String())},
    {"r", Type::Row({{"p", Type::Int()}, {"q", Type::Row({{"z", Type::String()}})}})},
}};

TEST(ParquetFormatTest, EveryTypeComesBack) {
  const std::string text =
      "+I[TRUE, -128, 32767, -2147483648, 9223372036854775807, 1.5, -2.25, 999.99, -0.1, "
      "more than twelve bytes, x'00ff', 9999-12-31, 23:59:59.999, 12:00:00.000000001, "
      "1969-12-31 23:59:59.999, 2026-01-01 00:00:00.000001, [1, NULL], {a=[x, NULL], b=NULL}, "
      "{x=2}, (1, (z))]\n"
      "+I[NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
      "NULL, "
      "NULL, NULL, NULL, NULL, NULL]\n"
      "+I[FALSE, 0, 0, 0, 0, 0.0, 0.0, 0.00, 0.0, , x'', 0001-01-01, 00:00:00.000, "
      "00:00:00.000000000, 0001-01-01 00:00:00.000, 1970-01-01 00:00:00.000000, [], {}, {}, "
      "(NULL, NULL)]\n";
  const Batch batch = Parsed(kEverything, text);
  Arrays arrays(kEverything, kInt64Times, batch);
  ASSERT_TRUE(arrays.status.ok()) << arrays.status.ToString();
  EXPECT_EQ(arrays.Read(kEverything), FormatBatch(batch));
}

TEST(ParquetFormatTest, OnlySelectedRowsAreWritten) {
  const Schema schema{{{"a", Type::Array(Type::String())}, {"r", Type::Row({{"p", Type::Int()}})}}};
  Batch batch = Parsed(schema, "+I[[a, b], (1)]\n+I[[c], (2)]\n+I[NULL, NULL]\n+I[[d], (4)]\n");
  const BufferPtr ids = MakeBuffer<uint32_t>(3);
  ids->as<uint32_t>()[0] = 1;
  ids->as<uint32_t>()[1] = 2;
  ids->as<uint32_t>()[2] = 3;
  batch.selection = Selection(ids, 3);
  EXPECT_EQ(Arrays(schema, kInt64Times, batch).Read(schema), FormatBatch(batch));
}

TEST(ParquetFormatTest, ConstantColumnsAreWritten) {
  const Schema schema{{{"s", Type::String()}, {"a", Type::Array(Type::Int())}}};
  const Batch one = Parsed(schema, "+I[x, [1, 2]]\n");
  Batch batch;
  batch.row_count = 3;
  for (const ColumnPtr& column : one.columns) batch.columns.push_back(RepeatRow(*column, 0, 3));
  EXPECT_EQ(Arrays(schema, kInt64Times, batch).Read(schema),
            "+I[x, [1, 2]]\n+I[x, [1, 2]]\n+I[x, [1, 2]]\n");
}

TEST(ParquetFormatTest, ColumnsAreFoundByNameAndOnlyThoseAreRead) {
  const Schema file{{{"a", Type::Int()},
                     {"r", Type::Row({{"p", Type::Int()}, {"q", Type::String()}})},
                     {"s", Type::String()}}};
  Arrays arrays(file, kInt64Times, Parsed(file, "+I[1, (2, x), y]\n+I[3, NULL, NULL]\n"));
  const Schema wanted{{{"s", Type::String()},
                       {"A", Type::Int()},
                       {"r", Type::Row({{"q", Type::String()}, {"none", Type::Date()}})}}};
  EXPECT_EQ(arrays.Read(wanted), "+I[y, NULL, (x, NULL)]\n+I[NULL, NULL, NULL]\n");
  EXPECT_EQ(arrays.Plan(wanted)->leaves, (std::vector<int>{2, 3}));
  const Schema rows{{{"r", Type::Row({{"none", Type::Int()}})}}};
  EXPECT_EQ(arrays.Plan(rows)->leaves, (std::vector<int>{1}));
  EXPECT_THAT(arrays.Read({{{"none", Type::Int().WithNullable(false)}}}),
              HasSubstr("column \"none\" is NOT NULL, and the file does not have it"));
}

TEST(ParquetFormatTest, TypesThatDifferAreNamed) {
  const Schema file{{{"a", Type::Array(Type::BigInt())},
                     {"s", Type::String()},
                     {"d", Type::Decimal(10, 2)},
                     {"i", Type::BigInt()}}};
  Arrays arrays(file, kInt64Times, Parsed(file, "+I[[1], x, 1.50, 300]\n"));
  EXPECT_EQ(arrays.Read({{{"a", Type::Array(Type::Date())}}}),
            "column \"a.element\" is DATE, and the file has it as INT64");
  EXPECT_EQ(arrays.Read({{{"s", Type::Double()}}}),
            "column \"s\" is DOUBLE, and the file has it as UTF8");
  EXPECT_EQ(arrays.Read({{{"d", Type::Decimal(10, 1)}}}),
            "column \"d\" is DECIMAL(10, 1), and the file has it as DECIMAL(10, 2)");
  EXPECT_EQ(arrays.Read({{{"d", Type::Decimal(38, 5)}}}), "+I[1.50000]\n");
  EXPECT_EQ(arrays.Read({{{"d", Type::Decimal(4, 4)}}}),
            "column \"d\": a value of the file is not a DECIMAL(4, 4)");
  EXPECT_EQ(arrays.Read({{{"i", Type::TinyInt()}}}), "column \"i\": '300' is not a TINYINT");
  EXPECT_EQ(arrays.Read({{{"i", Type::Decimal(3, 0)}}}), "+I[300]\n");
  EXPECT_EQ(arrays.Read({{{"s", Type::Bytes()}}}), "+I[x'78']\n");
}

TEST(ParquetFormatTest, TextsAreUtf8) {
  const Schema bytes{{{"s", Type::Bytes()}}};
  const Schema text{{{"s", Type::String()}}};
  EXPECT_EQ(Arrays(bytes, kInt64Times, Parsed(bytes, "+I[x'c3bc']\n+I[NULL]\n")).Read(text),
            "+I[\xC3\xBC]\n+I[NULL]\n");
  // Valid together, and neither by itself.
  EXPECT_EQ(Arrays(bytes, kInt64Times, Parsed(bytes, "+I[x'c3']\n+I[x'bc']\n")).Read(text),
            "column \"s\": what is not UTF-8 is not a STRING");
}

TEST(ParquetFormatTest, Int96IsAnInstantInAZone) {
  const TimeZone berlin = TimeZone::Find("Europe/Berlin").value();
  const Schema schema{{{"t", Type::Timestamp(6)}, {"z", Type::TimestampLtz(6)}}};
  const Batch batch = Parsed(
      schema, "+I[2026-07-01 12:00:00.000001, 2026-07-01 12:00:00.000001]\n+I[NULL, NULL]\n");
  Arrays arrays(schema, {true, 6, berlin}, batch);
  EXPECT_EQ(arrays.Read(schema, true, berlin), FormatBatch(batch));
  EXPECT_EQ(arrays.Read(schema, true),
            "+I[2026-07-01 10:00:00.000001, 2026-07-01 12:00:00.000001]\n+I[NULL, NULL]\n");
}

TEST(ParquetFormatTest, TimesAreCutToTheDigitsOfTheColumn) {
  const Schema nanos{{{"t", Type::Timestamp(9)}, {"u", Type::Time(9)}}};
  const Batch batch = Parsed(nanos, "+I[1969-12-31 23:59:59.123456789, 01:02:03.987654321]\n");
  Arrays arrays(nanos, {false, 9, TimeZone()}, batch);
  EXPECT_EQ(arrays.Read(nanos), FormatBatch(batch));
  EXPECT_EQ(arrays.Read({{{"t", Type::Timestamp(0)}, {"u", Type::Time(0)}}}),
            "+I[1969-12-31 23:59:59, 01:02:03]\n");
  EXPECT_EQ(arrays.Read({{{"t", Type::Timestamp(7)}, {"u", Type::Time(6)}}}),
            "+I[1969-12-31 23:59:59.1234567, 01:02:03.987654]\n");
}

TEST(ParquetFormatTest, WhatCannotBeWritten) {
  const Schema far{{{"t", Type::Timestamp(9)}}};
  EXPECT_THAT(Arrays(far, {true, 6, TimeZone()}, Parsed(far, "+I[9999-12-31 00:00:00.0]\n"))
                  .status.message(),
              HasSubstr("column \"t\": nanoseconds of 64 bits"));
  const Schema map{{{"m", Type::Map(Type::String(), Type::Int())}}};
  EXPECT_THAT(Arrays(map, kInt64Times, Parsed(map, "+I[{NULL=1}]\n")).status.message(),
              HasSubstr("a key of a map is NULL"));
  const Schema interval{{{"a", Type::Array(Type::IntervalDayTime())}}};
  EXPECT_EQ(parquet::CheckWritable(interval).code(), StatusCode::kUnsupported);
}

TEST(ParquetFormatTest, ASchemaSaysItsColumns) {
  OwnedArrow<ArrowSchema> schema;
  arrow::MakeArrowSchema(kEverything, kInt64Times, schema.Fill());
  for (int64_t i = 0; i < schema->n_children; ++i) {
    const Field& field = kEverything.fields[static_cast<size_t>(i)];
    const Type wanted = field.name == "n"   ? Type::Map(Type::String(), Type::Int())
                        : field.name == "w" ? Type::Timestamp(6)
                                            : field.type;
    EXPECT_EQ(arrow::SqlTypeOf(*schema->children[i]), wanted) << field.name;
  }
}

}  // namespace
}  // namespace weir::connectors::testing
