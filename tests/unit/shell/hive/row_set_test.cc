// Rows as clients read them: the bytes are read back by what Thrift made of the protocol's file.
#include "shell/hive/row_set.h"

#include <gmock/gmock.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>

#include <chrono>

#include "runtime/types/batch_text.h"
#include "runtime/types/column_builder.h"
#include "shell/hive/hive_types.h"

namespace weir::shell {
namespace {

using apache::thrift::protocol::TBinaryProtocol;
using apache::thrift::transport::TMemoryBuffer;
using testing::ElementsAre;

rpc::hive::TRowSet Read(const std::string& bytes) {
  auto memory = std::make_shared<TMemoryBuffer>();
  memory->write(reinterpret_cast<const uint8_t*>(bytes.data()),
                static_cast<uint32_t>(bytes.size()));
  TBinaryProtocol protocol(memory);
  rpc::hive::TRowSet rows;
  EXPECT_EQ(rows.read(&protocol), bytes.size());
  return rows;
}

rpc::hive::TRowSet RoundTrip(std::span<const RowRange> ranges, const RowSetForm& form) {
  std::string bytes;
  AppendRowSet(ranges, form, bytes);
  return Read(bytes);
}

TEST(RowSetTest, HasEveryTypeWithItsNulls) {
  const std::vector<Type> types = {
      Type::Boolean(),      Type::TinyInt(),       Type::SmallInt(),        Type::Int(),
      Type::BigInt(),       Type::Float(),         Type::Double(),          Type::String(),
      Type::Decimal(10, 2), Type::Date(),          Type::Time(0),           Type::Timestamp(3),
      Type::Timestamp(9),   Type::TimestampLtz(3), Type::Array(Type::Int())};
  const Batch batch = ParseBatch(
                          "true, 1, -2, 3, -4, 0.5, -0.25, 'it''s', 1.50, 2026-01-02, 10:11:12, "
                          "2026-01-02 10:11:12.345, 2026-01-02 10:11:12.345678901, 2026-01-02 "
                          "10:11:12.345, [1, 2]\n"
                          "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
                          "NULL, NULL, NULL\n",
                          types)
                          .value();
  const std::vector<RowRange> ranges = {{&batch, 0, 2}};
  const TimeZone zone = TimeZone::Utc();
  const rpc::hive::TRowSet rows =
      RoundTrip(ranges, {.types = types, .zone = zone, .start_offset = 7});
  EXPECT_EQ(rows.startRowOffset, 7);
  EXPECT_TRUE(rows.rows.empty());
  ASSERT_EQ(rows.columns.size(), types.size());
  const std::string nulls = "\2";
  EXPECT_THAT(rows.columns[0].boolVal.values, ElementsAre(true, false));
  EXPECT_EQ(rows.columns[0].boolVal.nulls, nulls);
  EXPECT_THAT(rows.columns[1].byteVal.values, ElementsAre(1, 0));
  EXPECT_THAT(rows.columns[2].i16Val.values, ElementsAre(-2, 0));
  EXPECT_THAT(rows.columns[3].i32Val.values, ElementsAre(3, 0));
  EXPECT_THAT(rows.columns[4].i64Val.values, ElementsAre(-4, 0));
  EXPECT_EQ(rows.columns[4].i64Val.nulls, nulls);
  EXPECT_THAT(rows.columns[5].doubleVal.values, ElementsAre(0.5, 0));
  EXPECT_THAT(rows.columns[6].doubleVal.values, ElementsAre(-0.25, 0));
  const std::vector<std::string> texts = {"it's",
                                          "1.50",
                                          "2026-01-02",
                                          "10:11:12",
                                          "2026-01-02 10:11:12.345",
                                          "2026-01-02 10:11:12.345678901",
                                          "2026-01-02 10:11:12.345",
                                          "[1, 2]"};
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_THAT(rows.columns[7 + i].stringVal.values, ElementsAre(texts[i], ""));
    EXPECT_EQ(rows.columns[7 + i].stringVal.nulls, nulls);
  }
}

TEST(RowSetTest, HasInstantsInTheZoneOfTheSession) {
  const std::vector<Type> types = {Type::TimestampLtz(0)};
  const Batch batch = ParseBatch("2026-07-01 10:00:00\n", types).value();
  const std::vector<RowRange> ranges = {{&batch, 0, 1}};
  const TimeZone zone = TimeZone::Find("Europe/Berlin").value();
  const rpc::hive::TRowSet rows = RoundTrip(ranges, {.types = types, .zone = zone});
  EXPECT_THAT(rows.columns[0].stringVal.values, ElementsAre("2026-07-01 12:00:00"));
}

TEST(RowSetTest, HasPartsOfBatchesWithHolesAndConstants) {
  const std::vector<Type> types = {Type::Int(), Type::String(), Type::Bytes()};
  Batch holes = ParseBatch("1, a, x'00'\n2, b, x'01ff'\n3, c, NULL\n4, d, x''\n", types).value();
  const uint32_t kept[] = {0, 2, 3};
  BufferPtr ids = MakeBuffer<uint32_t>(3);
  std::copy(std::begin(kept), std::end(kept), ids->as<uint32_t>());
  holes.selection = Selection(ids, 3);
  Batch constant = holes;
  constant.columns[0] = Column::MakeNull(Type::Int(), 4);
  const std::vector<RowRange> ranges = {{&holes, 1, 3}, {&constant, 0, 1}};
  const TimeZone zone = TimeZone::Utc();
  const rpc::hive::TRowSet rows = RoundTrip(ranges, {.types = types, .zone = zone});
  EXPECT_THAT(rows.columns[0].i32Val.values, ElementsAre(3, 4, 0));
  EXPECT_EQ(rows.columns[0].i32Val.nulls, "\4");
  EXPECT_THAT(rows.columns[1].stringVal.values, ElementsAre("c", "d", "a"));
  EXPECT_THAT(rows.columns[2].binaryVal.values, ElementsAre("", "", std::string(1, '\0')));
  EXPECT_EQ(rows.columns[2].binaryVal.nulls, "\1");
}

TEST(RowSetTest, HasTheKindOfEachChangeWhereItIsAskedFor) {
  const std::vector<Type> types = {Type::Int()};
  const Batch batch = ParseBatch("+I[1]\n-U[1]\n+U[2]\n-D[2]\n", types).value();
  const std::vector<RowRange> ranges = {{&batch, 0, 4}};
  const TimeZone zone = TimeZone::Utc();
  const rpc::hive::TRowSet rows =
      RoundTrip(ranges, {.types = types, .zone = zone, .with_op = true});
  ASSERT_EQ(rows.columns.size(), 2U);
  EXPECT_THAT(rows.columns[0].stringVal.values, ElementsAre("+I", "-U", "+U", "-D"));
  EXPECT_THAT(rows.columns[1].i32Val.values, ElementsAre(1, 1, 2, 2));
}

TEST(RowSetTest, HasNoRowsButColumns) {
  const std::vector<Type> types = {Type::Int(), Type::String()};
  const TimeZone zone = TimeZone::Utc();
  const rpc::hive::TRowSet rows = RoundTrip({}, {.types = types, .zone = zone});
  ASSERT_EQ(rows.columns.size(), 2U);
  EXPECT_TRUE(rows.columns[1].__isset.stringVal);
}

Batch FiveColumns(uint32_t rows) {
  std::vector<ColumnBuilder> builders;
  for (const Type& type :
       {Type::BigInt(), Type::Double(), Type::VarChar(12), Type::Timestamp(3), Type::Int()})
    builders.emplace_back(type, rows);
  for (uint32_t row = 0; row < rows; ++row) {
    builders[0].Append<int64_t>(row * 7919LL);
    builders[1].Append<double>(row * 0.25);
    builders[2].AppendString("text-" + std::to_string(1'000'000 + row % 1'000'000));
    builders[3].Append<int64_t>(1'767'225'600'000'000 + row * 1'000LL);
    if (row % 2 == 0) {
      builders[4].AppendNull();
    } else {
      builders[4].Append<int32_t>(static_cast<int32_t>(row));
    }
  }
  Batch batch;
  batch.row_count = rows;
  for (ColumnBuilder& builder : builders) batch.columns.push_back(builder.Finish());
  return batch;
}

// A row of (BIGINT, DOUBLE, STRING(12), TIMESTAMP(3), INT half NULL) may cost 300 ns of a core; the
// test leaves room for builds with sanitizers and busy machines, and prints what it was.
TEST(RowSetTest, TakesMillionsOfRowsASecond) {
  constexpr uint32_t kRows = 4096;
  constexpr int kTimes = 500;
  const Batch batch = FiveColumns(kRows);
  const std::vector<Type> types = {Type::BigInt(), Type::Double(), Type::VarChar(12),
                                   Type::Timestamp(3), Type::Int()};
  const std::vector<RowRange> ranges = {{&batch, 0, kRows}};
  const TimeZone zone = TimeZone::Utc();
  std::string bytes;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kTimes; ++i) {
    bytes.clear();
    AppendRowSet(ranges, {.types = types, .zone = zone}, bytes);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  const double rows_a_second = kRows * double{kTimes} / took.count();
  RecordProperty("rows_a_second", static_cast<int>(rows_a_second));
  printf("%.1f million rows a second\n", rows_a_second / 1e6);
  EXPECT_GT(rows_a_second, 100'000);
}

}  // namespace
}  // namespace weir::shell
