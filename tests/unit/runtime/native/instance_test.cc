// Functions as a library has them, of every type, and arrays that are none.
#include "runtime/native/instance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "runtime/types/value.h"

namespace weir::native {
namespace {

using expr::ForeignFunction;
using expr::InternForeign;
using ::testing::HasSubstr;

std::string g_format;                         // of the argument, of the last bind
const void* g_values = nullptr;               // of the last call
int64_t g_nulls = 0;                          // likewise
void (*g_spoil)(ArrowArray*) = nullptr;       // what is wrong with the next result
int (*g_fails)(weir_error* error) = nullptr;  // what the next call says

int BindEcho(const ArrowSchema* arguments, ArrowSchema* result, void**, weir_error*) {
  g_format = arguments->children[0]->format;
  weir_set_type(result, g_format.c_str());
  return 0;
}

// Gives its argument back, which is moved out of the arguments.
int Echo(void*, ArrowArray* arguments, ArrowArray* result, weir_error* error) {
  if (g_fails != nullptr) return g_fails(error);
  *result = *arguments->children[0];
  arguments->children[0]->release = nullptr;
  g_values = result->buffers[1];
  g_nulls = result->null_count;
  if (g_spoil != nullptr) g_spoil(result);
  return 0;
}

const weir_function kEcho{"echo", WEIR_SCALAR, 0, BindEcho, Echo, nullptr};

const ForeignFunction* Function(const Type& type, const Type& returns) {
  ForeignFunction function;
  function.language = expr::ForeignLanguage::kNative;
  function.full_name = "c.d.echo";
  function.shown_name = "echo";
  function.implementation = "echo";
  function.library = "/lib.so";
  function.names = {"x"};
  function.parameters = {type};
  function.returns = returns;
  return InternForeign(function);
}

class InstanceTest : public ::testing::Test {
 protected:
  InstanceTest() {
    g_spoil = nullptr;
    g_fails = nullptr;
  }
};

MutableColumnPtr Nothing(const Type& type, uint32_t length, bool constant = false) {
  MutableColumnPtr out = Column::Make(type, length, constant);
  std::memset(out->MutableValidity(), 0, BitmapWords(out->stored()) * sizeof(uint64_t));
  return out;
}

// The rows that count, of what the function gives.
std::string Called(const Type& type, const ColumnPtr& argument, std::vector<uint32_t> rows = {}) {
  const ForeignFunction* const function = Function(type, type);
  Result<std::unique_ptr<Instance>> instance = Instance::Bind(kEcho, *function);
  if (!instance.ok()) return instance.status().message();
  const bool all = rows.empty();
  if (all) {
    rows.resize(argument->stored());
    for (uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
  }
  const MutableColumnPtr out = Nothing(type, argument->length(), argument->is_constant() && all);
  const std::vector<ColumnPtr> arguments = {argument};
  const expr::ForeignCall call{
      function, arguments, {all ? nullptr : rows.data(), static_cast<uint32_t>(rows.size()), 0}};
  const Status called = (*instance)->Call(call, *out);
  if (!called.ok()) return called.message();
  std::string text;
  for (const uint32_t row : rows) text += GetValue(*out, row).ToString() + "|";
  return text;
}

ColumnPtr Texts(const std::vector<std::string>& texts) {
  std::vector<Value> values;
  for (const std::string& text : texts) {
    values.push_back(text == "NULL" ? Value::Null(Type::String()) : Value(Type::String(), text));
  }
  return MakeColumn(Type::String(), values);
}

template <typename T>
ColumnPtr Numbers(const Type& type, const std::vector<T>& numbers) {
  std::vector<Value> values;
  for (const T number : numbers) values.push_back(Value(type, number));
  values.push_back(Value::Null(type));
  return MakeColumn(type, values);
}

TEST_F(InstanceTest, EveryTypeGoesThereAndBack) {
  EXPECT_EQ(Called(Type::Boolean(), Numbers<uint8_t>(Type::Boolean(), {1, 0})), "TRUE|FALSE|NULL|");
  EXPECT_EQ(g_format, "b");
  EXPECT_EQ(Called(Type::TinyInt(), Numbers<int8_t>(Type::TinyInt(), {-128, 7})), "-128|7|NULL|");
  EXPECT_EQ(Called(Type::SmallInt(), Numbers<int16_t>(Type::SmallInt(), {-9})), "-9|NULL|");
  EXPECT_EQ(Called(Type::Int(), Numbers<int32_t>(Type::Int(), {-9})), "-9|NULL|");
  EXPECT_EQ(Called(Type::BigInt(), Numbers<int64_t>(Type::BigInt(), {-9, 8})), "-9|8|NULL|");
  EXPECT_EQ(Called(Type::Float(), Numbers<float>(Type::Float(), {1.5F})), "1.5|NULL|");
  EXPECT_EQ(Called(Type::Double(), Numbers<double>(Type::Double(), {-2.5})), "-2.5|NULL|");
  const Type small = Type::Decimal(5, 2);
  EXPECT_EQ(Called(small, Numbers<int64_t>(small, {-99999, 5})), "-999.99|0.05|NULL|");
  EXPECT_EQ(g_format, "d:5,2");
  const Type large = Type::Decimal(30, 1);
  EXPECT_EQ(Called(large, Numbers<Int128>(large, {Int128{-5}})), "-0.5|NULL|");
  EXPECT_EQ(Called(Type::Date(), Numbers<int32_t>(Type::Date(), {-1})), "1969-12-31|NULL|");
  EXPECT_EQ(Called(Type::Time(3), Numbers<int64_t>(Type::Time(3), {3'723'004'000'000})),
            "01:02:03.004|NULL|");
  const Type micros = Type::Timestamp(6);
  EXPECT_EQ(Called(micros, Numbers<int64_t>(micros, {-1})), "1969-12-31 23:59:59.999999|NULL|");
  EXPECT_EQ(g_format, "tsu:");
  const Type nanos = Type::TimestampLtz(9);
  EXPECT_EQ(Called(nanos, Numbers<TimestampNanos>(nanos, {{-1, 999'999, 0}})),
            "1969-12-31 23:59:59.999999999|NULL|");
  EXPECT_EQ(g_format, "tsn:UTC");
  EXPECT_EQ(Called(Type::String(), Texts({"", "ä", "a longer text than 12 bytes", "NULL"})),
            "|ä|a longer text than 12 bytes|NULL|");
}

TEST_F(InstanceTest, RowsThatCountAreMovedTogetherAndBack) {
  const ColumnPtr numbers = Numbers<int64_t>(Type::BigInt(), {10, 11, 12, 13});
  EXPECT_EQ(Called(Type::BigInt(), numbers, {1, 3, 4}), "11|13|NULL|");
  EXPECT_EQ(Called(Type::String(), Texts({"a", "NULL", "a longer text than 12 bytes"}), {0, 2}),
            "a|a longer text than 12 bytes|");
  const ColumnPtr constant = MakeConstantColumn(Value(Type::BigInt(), int64_t{7}), 5);
  EXPECT_EQ(Called(Type::BigInt(), constant, {0, 4}), "7|7|");
  EXPECT_EQ(Called(Type::BigInt(), constant), "7|");
}

TEST_F(InstanceTest, WhatLiesAsInArrowIsNotCopied) {
  const ColumnPtr numbers = Numbers<int64_t>(Type::BigInt(), {1, 2, 3});
  Called(Type::BigInt(), numbers);
  EXPECT_EQ(g_values, numbers->data<int64_t>());
  const Type decimal = Type::Decimal(30, 1);
  const ColumnPtr large = Numbers<Int128>(decimal, {Int128{1}});
  Called(decimal, large);
  EXPECT_EQ(g_values, large->data<Int128>());
}

TEST_F(InstanceTest, ArraysThatAreNoneAreRefused) {
  const ColumnPtr numbers = Numbers<int64_t>(Type::BigInt(), {1, 2, 3});
  const auto spoilt = [&](void (*spoil)(ArrowArray*)) {
    g_spoil = spoil;
    return Called(Type::BigInt(), numbers);
  };
  EXPECT_THAT(spoilt([](ArrowArray* array) { array->length = 5; }), HasSubstr("5 values for 4"));
  EXPECT_THAT(spoilt([](ArrowArray* array) { array->offset = -1; }), HasSubstr("offset is -1"));
  EXPECT_THAT(spoilt([](ArrowArray* array) { array->null_count = 9; }), HasSubstr("are NULL"));
  EXPECT_THAT(spoilt([](ArrowArray* array) { array->n_buffers = 3; }), HasSubstr("3 buffers"));
  EXPECT_THAT(spoilt([](ArrowArray* array) { array->n_children = 1; }), HasSubstr("within it"));
  EXPECT_THAT(spoilt([](ArrowArray* array) { array->buffers[0] = nullptr; }),
              HasSubstr("nothing says which"));
  EXPECT_THAT(spoilt([](ArrowArray* array) {
                array->buffers[1] = static_cast<const char*>(array->buffers[1]) + 1;
              }),
              HasSubstr("not aligned to 8"));
  const auto text = [&](void (*spoil)(ArrowArray*)) {
    g_spoil = spoil;
    return Called(Type::String(), Texts({"abc", "def"}));
  };
  const auto offsets = [](ArrowArray* array) {
    return static_cast<int32_t*>(const_cast<void*>(array->buffers[1]));
  };
  static const auto kOffsets = offsets;
  EXPECT_THAT(text([](ArrowArray* array) { kOffsets(array)[1] = -1; }), HasSubstr("not ascend"));
  EXPECT_THAT(text([](ArrowArray* array) { kOffsets(array)[2] = 1 << 30 | 1; }),
              HasSubstr("of 1073741824 at most"));
  EXPECT_THAT(text([](ArrowArray* array) { array->buffers[2] = "\xff\xff\xff\xff\xff\xff"; }),
              HasSubstr("not UTF-8"));
}

TEST_F(InstanceTest, ValuesThatTheTypeLacksAreRefused) {
  const auto first = [](const Type& type, Int128 value) {
    static Int128 given;
    given = value;
    g_spoil = [](ArrowArray* array) {
      std::memcpy(const_cast<void*>(array->buffers[1]), &given, 8);
    };
    return Called(type, Numbers<int64_t>(type, {1}));
  };
  EXPECT_THAT(first(Type::Time(3), 86'400'000'000'000), HasSubstr("is not a TIME(3)"));
  EXPECT_THAT(first(Type::Time(3), -1), HasSubstr("'-1' is not a TIME(3)"));
  EXPECT_THAT(first(Type::Decimal(3, 0), 1000), HasSubstr("is not a DECIMAL(3, 0)"));
  EXPECT_EQ(first(Type::Decimal(3, 0), 999), "999|NULL|");
}

TEST_F(InstanceTest, ExceptionsAndMessagesAreErrors) {
  const ColumnPtr numbers = Numbers<int64_t>(Type::BigInt(), {1, 2, 3});
  g_fails = [](weir_error*) -> int { throw std::runtime_error("thrown"); };
  EXPECT_THAT(Called(Type::BigInt(), numbers), HasSubstr("it has thrown an exception: thrown"));
  g_fails = [](weir_error* error) {
    error->row = 1;
    std::memset(error->text, 'x', error->text_bytes);
    return 1;
  };
  EXPECT_THAT(Called(Type::BigInt(), numbers), HasSubstr("xxx, in row 2 of a batch: x = 2"));
}

TEST_F(InstanceTest, TypesAreThoseOfTheDeclaration) {
  const auto bound = [](const Type& type, const Type& returns) {
    return Instance::Bind(kEcho, *Function(type, returns)).status().message();
  };
  EXPECT_EQ(bound(Type::Char(3), Type::String()), "");
  EXPECT_EQ(bound(Type::Timestamp(3), Type::Timestamp(6)), "");
  EXPECT_THAT(bound(Type::Timestamp(3), Type::TimestampLtz(3)), HasSubstr("'tsu:' of Arrow"));
  EXPECT_THAT(bound(Type::Timestamp(3), Type::Timestamp(9)), HasSubstr("'tsn:' of its RETURNS"));
  EXPECT_THAT(bound(Type::Decimal(5, 2), Type::Decimal(5, 3)), HasSubstr("'d:5,3' of its RETURNS"));
  EXPECT_THAT(bound(Type::Int(), Type::Date()), HasSubstr("it gives 'i' of Arrow"));
}

}  // namespace
}  // namespace weir::native
