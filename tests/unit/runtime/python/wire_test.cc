// Frames between the engine and a process that runs functions in Python. What that sends may be
// anything: no bytes may crash the reader, or give a value that its type does not have.
#include "runtime/python/wire.h"

#include <gmock/gmock.h>

#include <cstring>
#include <random>

#include "runtime/types/column_builder.h"
#include "runtime/types/value.h"

namespace weir::python {
namespace {

using testing::HasSubstr;

const expr::ForeignFunction& Function(const Type& parameter, const Type& returns) {
  expr::ForeignFunction function;
  function.full_name = "c.d.f";
  function.shown_name = "f";
  function.implementation = "m.f";
  function.parameters = {parameter};
  function.returns = returns;
  return *expr::InternForeign(function);
}

template <typename T>
std::string Bytes(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// A column that no row of has a value yet.
MutableColumnPtr Empty(const Type& type, uint32_t rows) {
  MutableColumnPtr column = Column::Make(type, rows);
  std::memset(column->MutableValidity(), 0, BitmapWords(rows) * sizeof(uint64_t));
  return column;
}

struct Answer {
  Status status;
  std::vector<std::string> values;
};

Answer Read(const Type& type, const std::string& bytes, const std::vector<uint32_t>& rows) {
  const expr::ForeignFunction& function = Function(Type::Int(), type);
  MutableColumnPtr out = Empty(type, 8);
  const expr::ForeignCall call{&function, {}, {rows.data(), static_cast<uint32_t>(rows.size()), 0}};
  Answer answer{ReadResult(bytes, call, *out), {}};
  if (!answer.status.ok()) return answer;
  for (const uint32_t row : rows) {
    const Value value = GetValue(*out, row);
    answer.values.push_back(value.is_null() ? "NULL" : value.ToString());
  }
  return answer;
}

TEST(WireTest, AnswersAreWrittenToTheirRows) {
  using testing::ElementsAre;
  const std::string no_nulls(1, '\0');
  EXPECT_THAT(Read(Type::Int(), no_nulls + Bytes<int32_t>({5, -6}), {1, 7}).values,
              ElementsAre("5", "-6"));
  EXPECT_THAT(Read(Type::Int(), std::string("\1\1\0", 3) + Bytes<int32_t>({5, -6}), {1, 7}).values,
              ElementsAre("NULL", "-6"));
  EXPECT_THAT(Read(Type::Date(), no_nulls + Bytes<int64_t>({-1}), {0}).values,
              ElementsAre("1969-12-31"));
  EXPECT_THAT(Read(Type::Timestamp(9), no_nulls + Bytes<int64_t>({-1}), {0}).values,
              ElementsAre("1969-12-31 23:59:59.999999999"));
  EXPECT_THAT(Read(Type::Decimal(5, 2), no_nulls + Bytes<int64_t>({-123, -1}), {3}).values,
              ElementsAre("-1.23"));
  EXPECT_THAT(Read(Type::String(), no_nulls + Bytes<uint32_t>({0, 1, 1}) + "x", {2, 3}).values,
              ElementsAre("x", ""));
}

TEST(WireTest, ValuesThatATypeDoesNotHaveAreRefused) {
  const std::string no_nulls(1, '\0');
  const std::vector<std::pair<Type, std::string>> wrong = {
      {Type::Boolean(), Bytes<uint8_t>({2})},
      {Type::Date(), Bytes<int64_t>({int64_t{1} << 40})},
      {Type::Time(3), Bytes<int64_t>({-1})},
      {Type::Time(3), Bytes<int64_t>({86'400'000'000'000})},
      {Type::Decimal(5, 2), Bytes<int64_t>({100'000, 0})},
      {Type::Decimal(38, 2), Bytes<int64_t>({0, int64_t{0x7fffffffffffffff}})},
      {Type::String(), Bytes<uint32_t>({0, 2}) + "x"},
      {Type::String(), Bytes<uint32_t>({1, 1}) + "x"},
      {Type::Int(), Bytes<int32_t>({1, 2})},
      {Type::Int(), "abc"},
  };
  for (const auto& [type, bytes] : wrong) {
    const Status status = Read(type, no_nulls + bytes, {0}).status;
    EXPECT_EQ(status.code(), StatusCode::kDataError) << type.ToString();
    EXPECT_THAT(status.message(), HasSubstr("no answer"));
  }
  EXPECT_EQ(Read(Type::String(), no_nulls + Bytes<uint32_t>({0, 2, 1}) + "x", {0, 1}).status.code(),
            StatusCode::kDataError);
  const Status null =
      Read(Type::Int().WithNullable(false), "\1\1" + Bytes<int32_t>({1}), {0}).status;
  EXPECT_THAT(null.message(), HasSubstr("returned NULL, and RETURNS says INT NOT NULL"));
}

TEST(WireTest, HeadersAreLimited) {
  const auto header = [](char kind, uint64_t bytes) {
    return ReadHeader(std::string(1, kind) + Bytes<uint64_t>({bytes}));
  };
  EXPECT_EQ(header('R', 77)->bytes, 77U);
  EXPECT_FALSE(header('R', uint64_t{1} << 40).ok());
  EXPECT_FALSE(header('R', ~uint64_t{0}).ok());
  EXPECT_FALSE(header('C', 1).ok());
  EXPECT_FALSE(header('\0', 1).ok());
}

TEST(WireTest, AnyBytesAreAnAnswerOrAnError) {
  std::mt19937 random(7);
  const std::vector<Type> types = {Type::Boolean(),    Type::TinyInt(),     Type::SmallInt(),
                                   Type::Int(),        Type::BigInt(),      Type::Float(),
                                   Type::Double(),     Type::String(),      Type::Bytes(),
                                   Type::Date(),       Type::Time(0),       Type::Timestamp(3),
                                   Type::Timestamp(9), Type::Decimal(7, 3), Type::Decimal(38, 3)};
  size_t good = 0;
  for (int round = 0; round < 60'000; ++round) {
    const Type& type = types[random() % types.size()];
    std::string bytes(random() % 70, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() % 3 == 0 ? random() : random() % 4);
    good += Read(type, bytes, {0, 2, 5}).status.ok();
  }
  EXPECT_GT(good, 20U);  // also by chance
}

// The frame of a column, without its header, number and rows.
std::string Sent(const Type& type, const ColumnPtr& column, const expr::Rows& rows) {
  const std::vector<ColumnPtr> columns = {column};
  const expr::ForeignCall call{&Function(type, Type::Int()), columns, rows};
  const Result<std::string> frame = CallFrame(3, call);
  EXPECT_TRUE(frame.ok()) << frame.status().ToString();
  constexpr size_t kNumberAndRows = 8;
  uint64_t bytes = 0;
  std::memcpy(&bytes, frame->data() + 1, sizeof(bytes));
  EXPECT_EQ(bytes + kHeaderBytes, frame->size());
  return frame->substr(kHeaderBytes + kNumberAndRows);
}

TEST(WireTest, ColumnsAreSentByTheirRows) {
  ColumnBuilder numbers(Type::Int(), 4);
  for (const int32_t value : {1, 2, 3}) numbers.Append<int32_t>(value);
  numbers.AppendNull();
  const ColumnPtr column = numbers.Finish();
  const uint32_t ids[] = {1, 3};
  const std::string padded("\1\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0", 16);
  EXPECT_EQ(Sent(Type::Int(), column, {ids, 2, 0}), padded + Bytes<int32_t>({2, 0}));

  ColumnBuilder texts(Type::String(), 2);
  texts.AppendString("ab");
  texts.AppendString("a text of more than twelve bytes");
  const std::string sent = Sent(Type::String(), texts.Finish(), {nullptr, 2, 0});
  EXPECT_EQ(sent, std::string(8, '\0') + Bytes<uint32_t>({0, 2, 34}) + std::string(4, '\0') +
                      "aba text of more than twelve bytes");
}

TEST(WireTest, TimesOutsideOfNumpysAreRefused) {
  MutableColumnPtr column = Column::Make(Type::Timestamp(9), 1);
  column->mutable_data<TimestampNanos>()[0] = {253'402'300'799'000, 0, 0};
  const std::vector<ColumnPtr> columns = {column};
  const expr::ForeignCall call{
      &Function(Type::Timestamp(9), Type::Int()), columns, {nullptr, 1, 0}};
  const Result<std::string> frame = CallFrame(0, call);
  ASSERT_FALSE(frame.ok());
  EXPECT_THAT(frame.status().message(), HasSubstr("1677 to 2262"));
}

}  // namespace
}  // namespace weir::python
