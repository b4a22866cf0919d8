// Rows that an earlier version of the job wrote: fields are found by name.
#include "runtime/types/string_ref.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

StateSchema WithValue(std::vector<Field> value) {
  StateSchema schema = TestSchema(StateLayout::kValue, Type::BigInt());
  schema.value = std::move(value);
  return schema;
}

class SchemaTest : public testing::TestWithParam<bool> {
 protected:
  SchemaTest() : job_({.memory_backend = GetParam()}) {}

  void Restart() {
    job_.Checkpoint();
    CheckpointMetadata latest = job_.LoadLatest();
    job_.Stop();
    job_.Start(std::move(latest));
  }
  Result<ValueTable*> Open(const std::vector<Field>& value) {
    return job_.task().OpenValue("op", WithValue(value));
  }
  std::byte* RowOf(ValueTable& table, int64_t key) {
    const Keys keys = MakeKeys({{Type::BigInt(), {IntValue(key)}}});
    std::byte* row = nullptr;
    EXPECT_TRUE(table.Find(keys.view(), &row).ok());
    return row;
  }
  std::byte* Create(ValueTable& table, int64_t key) {
    const Keys keys = MakeKeys({{Type::BigInt(), {IntValue(key)}}});
    std::byte* row = nullptr;
    uint8_t created = 0;
    EXPECT_TRUE(table.FindOrCreate(keys.view(), &row, &created).ok());
    EXPECT_EQ(created, 1);
    return row;
  }

  const std::vector<Field> abc_{
      {"a", Type::BigInt()}, {"b", Type::String()}, {"c", Type::Double()}};
  Job job_;
};

TEST_P(SchemaTest, ReorderedAndRemovedFieldsAreReadByName) {
  ValueTable* table = Expect(Open(abc_));
  std::byte* row = Create(*table, 1);
  table->layout().Store<int64_t>(row, 0, 10);
  table->SetString(row, 1, "a text that does not lie inside the row");
  table->layout().Store<double>(row, 2, 2.5);
  row = Create(*table, 2);
  table->layout().SetNull(row, 0);
  table->layout().SetNull(row, 1);
  table->layout().Store<double>(row, 2, -1);
  Restart();

  table = Expect(Open({{"c", Type::Double()}, {"b", Type::String()}, {"a", Type::BigInt()}}));
  row = RowOf(*table, 1);
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(table->layout().Load<double>(row, 0), 2.5);
  EXPECT_EQ(table->layout().Load<StringRef>(row, 1).view(),
            "a text that does not lie inside the row");
  EXPECT_EQ(table->layout().Load<int64_t>(row, 2), 10);
  row = RowOf(*table, 2);
  ASSERT_NE(row, nullptr);
  EXPECT_TRUE(table->layout().IsNull(row, 1));
  EXPECT_TRUE(table->layout().IsNull(row, 2));
  EXPECT_FALSE(table->layout().IsNull(row, 0));
  // Rows of both versions side by side, then read as a third one that lacks a field.
  row = Create(*table, 3);
  table->layout().Store<double>(row, 0, 7);
  table->layout().Store<int64_t>(row, 2, 30);
  Restart();
  table = Expect(Open({{"a", Type::BigInt()}}));
  EXPECT_EQ(table->row_count(), 3U);
  EXPECT_EQ(table->layout().Load<int64_t>(RowOf(*table, 1), 0), 10);
  EXPECT_TRUE(table->layout().IsNull(RowOf(*table, 2), 0));
  EXPECT_EQ(table->layout().Load<int64_t>(RowOf(*table, 3), 0), 30);
}

TEST_P(SchemaTest, AddedFieldsStartWithoutInput) {
  ValueTable* table = Expect(Open({{"a", Type::BigInt()}}));
  table->layout().Store<int64_t>(Create(*table, 1), 0, 10);
  Restart();
  const Field count{"count", Type::BigInt().WithNullable(false)};
  table = Expect(Open({count, {"sum", Type::Double()}, {"a", Type::BigInt()}}));
  std::byte* row = RowOf(*table, 1);
  EXPECT_EQ(table->layout().Load<int64_t>(row, 0), 0);
  EXPECT_FALSE(table->layout().IsNull(row, 0));
  EXPECT_TRUE(table->layout().IsNull(row, 1));
  EXPECT_EQ(table->layout().Load<int64_t>(row, 2), 10);
}

TEST_P(SchemaTest, WhatWasDroppedAndComesAgainStartsAnew) {
  ValueTable* table = Expect(Open({{"a", Type::BigInt()}, {"b", Type::BigInt()}}));
  std::byte* row = Create(*table, 1);
  table->layout().Store<int64_t>(row, 0, 10);
  table->layout().Store<int64_t>(row, 1, 20);
  Restart();
  ASSERT_TRUE(Open({{"a", Type::BigInt()}}).ok());
  Restart();
  table = Expect(Open({{"b", Type::BigInt()}, {"a", Type::BigInt()}}));
  row = RowOf(*table, 1);
  EXPECT_TRUE(table->layout().IsNull(row, 0)) << "what it was before nobody counted on";
  EXPECT_EQ(table->layout().Load<int64_t>(row, 1), 10);
}

TEST_P(SchemaTest, WiderTypesTakeWhatWasSaved) {
  const std::vector<Field> narrow{{"t", Type::TinyInt()},     {"s", Type::SmallInt()},
                                  {"i", Type::Int()},         {"f", Type::Float()},
                                  {"d", Type::Decimal(9, 2)}, {"v", Type::VarChar(5)}};
  ValueTable* table = Expect(Open(narrow));
  std::byte* row = Create(*table, 1);
  table->layout().Store<int8_t>(row, 0, -7);
  table->layout().Store<int16_t>(row, 1, -700);
  table->layout().Store<int32_t>(row, 2, -70000);
  table->layout().Store<float>(row, 3, 1.5F);
  table->layout().Store<int64_t>(row, 4, -1234);
  table->SetString(row, 5, "abcde");
  Restart();
  const std::vector<Field> wide{{"t", Type::SmallInt()},     {"s", Type::BigInt()},
                                {"i", Type::BigInt()},       {"f", Type::Double()},
                                {"d", Type::Decimal(30, 2)}, {"v", Type::String()}};
  table = Expect(Open(wide));
  row = RowOf(*table, 1);
  EXPECT_EQ(table->layout().Load<int16_t>(row, 0), -7);
  EXPECT_EQ(table->layout().Load<int64_t>(row, 1), -700);
  EXPECT_EQ(table->layout().Load<int64_t>(row, 2), -70000);
  EXPECT_EQ(table->layout().Load<double>(row, 3), 1.5);
  EXPECT_TRUE(table->layout().Load<Int128>(row, 4) == Int128{-1234});
  EXPECT_EQ(table->layout().Load<StringRef>(row, 5).view(), "abcde");
}

// The bytes of a text do not depend on its length. Whether a shorter type may follow is for
// runtime/checkpoint/compare_state.h to say, which knows the clauses.
TEST_P(SchemaTest, TextsAreReadInAnyLength) {
  const std::vector<Field> saved{{"v", Type::VarChar(5)}};
  ValueTable* table = Expect(Open(saved));
  table->SetString(Create(*table, 1), 0, "abcde");
  Restart();
  const std::vector<Field> shorter{{"v", Type::Char(3)}};
  table = Expect(Open(shorter));
  EXPECT_EQ(table->layout().Load<StringRef>(RowOf(*table, 1), 0).view(), "abcde");
}

TEST_P(SchemaTest, NarrowerAndOtherTypesAreRefusedByName) {
  Create(*Expect(Open(abc_)), 1);
  Restart();
  for (const Field& field : {Field{"a", Type::Int()}, Field{"c", Type::BigInt()},
                             Field{"b", Type::Bytes()}, Field{"c", Type::Decimal(20, 2)}}) {
    const auto opened = Open({field});
    EXPECT_EQ(opened.status().code(), StatusCode::kRestoreRefused);
    EXPECT_NE(opened.status().message().find(field.name + " is "), std::string::npos)
        << opened.status().ToString();
  }
}

TEST_P(SchemaTest, OtherKeyOrLayoutIsRefused) {
  Create(*Expect(Open(abc_)), 1);
  Restart();
  StateSchema text_key = WithValue(abc_);
  text_key.key = {{"k", Type::String()}};
  EXPECT_EQ(job_.task().OpenValue("op", text_key).status().code(), StatusCode::kRestoreRefused);
  StateSchema list = WithValue(abc_);
  list.layout = StateLayout::kList;
  EXPECT_EQ(job_.task().OpenList("op", list).status().code(), StatusCode::kRestoreRefused);
  StateSchema sliced = WithValue(abc_);
  sliced.sliced = true;
  EXPECT_EQ(job_.task().OpenSliced("op", sliced).status().code(), StatusCode::kRestoreRefused);
}

TEST_P(SchemaTest, IntegerKeysMayWiden) {
  StateSchema narrow = WithValue(abc_);
  narrow.key = {{"k", Type::Int()}};
  ValueTable* table = Expect(job_.task().OpenValue("op", narrow));
  const Keys keys = MakeKeys({{Type::Int(), {Value(Type::Int(), int32_t{-5})}}});
  std::byte* row = nullptr;
  uint8_t created = 0;
  ASSERT_OK(table->FindOrCreate(keys.view(), &row, &created));
  table->layout().Store<int64_t>(row, 0, 99);
  Restart();
  table = Expect(Open(abc_));
  row = RowOf(*table, -5);
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(table->layout().Load<int64_t>(row, 0), 99);
}

// NULLs of before a column was NOT NULL stay what they are, however often the job is restored.
TEST_P(SchemaTest, WhatWasNullableMayStillBeNull) {
  const Type number = Type::BigInt();
  StateSchema schema = WithValue({{"a", number}});
  const Keys keys = MakeKeys(
      {{number, {Value::Null(number), IntValue(0)}}, {number, {IntValue(7), IntValue(7)}}});
  schema.key = {{"k", number}, {"l", number}};
  std::byte* rows[2] = {};
  uint8_t created[2] = {};
  ValueTable* table = Expect(job_.task().OpenValue("op", schema));
  ASSERT_OK(table->FindOrCreate(keys.view(), rows, created));
  table->layout().SetNull(rows[0], 0);
  table->layout().Store<int64_t>(rows[1], 0, 5);
  for (Field* field : {&schema.key[0], &schema.key[1], &schema.value[0]}) {
    field->type = number.WithNullable(false);
  }
  for (int restart = 0; restart < 3; ++restart) {
    SCOPED_TRACE(restart);
    Restart();
    table = Expect(job_.task().OpenValue("op", schema));
    ASSERT_OK(table->Find(keys.view(), rows));
    ASSERT_NE(rows[0], nullptr);
    ASSERT_NE(rows[1], nullptr);
    EXPECT_TRUE(table->layout().IsNull(rows[0], 0));
    EXPECT_EQ(table->layout().Load<int64_t>(rows[1], 0), 5);
    table->MarkChanged(rows);
  }
}

TEST_P(SchemaTest, ASubKeyThatWasNullableMayStillBeNull) {
  const Type number = Type::BigInt();
  StateSchema schema = WithValue({{"a", number}});
  schema.layout = StateLayout::kMap;
  schema.sub_key = {{"t", Type::String().WithNullable(false)}, {"s", number}};
  const std::vector<Value> sub_keys{Value::Null(number), IntValue(3)};
  const Keys keys = MakeKeys({{number, {IntValue(1), IntValue(1)}},
                              {schema.sub_key[0].type, {TextValue("x"), TextValue("x")}},
                              {number, sub_keys}});
  const std::vector<int> sub_columns{1, 2};
  std::byte* rows[2] = {};
  uint8_t created[2] = {};
  MapTable* table = Expect(job_.task().OpenMap("op", schema));
  ASSERT_OK(table->FindOrCreate(keys.view(), sub_columns, rows, created));
  table->layout().Store<int64_t>(rows[0], 0, 5);
  schema.sub_key[1].type = number.WithNullable(false);
  for (int restart = 0; restart < 3; ++restart) {
    SCOPED_TRACE(restart);
    Restart();
    table = Expect(job_.task().OpenMap("op", schema));
    ASSERT_OK(table->Find(keys.view(), sub_columns, rows));
    ASSERT_NE(rows[0], nullptr);
    ASSERT_NE(rows[1], nullptr);
    EXPECT_EQ(table->layout().Load<int64_t>(rows[0], 0), 5);
    table->MarkChanged(rows);
  }
}

// Where all fields are NOT NULL a row has no NULL bits in memory, and those on disk say so.
TEST_P(SchemaTest, FieldsThatAreNotNullTakeNoBits) {
  const Type number = Type::BigInt().WithNullable(false);
  ValueTable* table = Expect(Open({{"a", number}, {"b", number}}));
  EXPECT_EQ(table->layout().row_bytes(), 16U);
  std::byte* row = Create(*table, 1);
  table->layout().Store<int64_t>(row, 0, -1);
  table->layout().Store<int64_t>(row, 1, 10);
  EXPECT_FALSE(table->layout().IsNull(row, 0));
  Restart();
  table = Expect(Open({{"b", number}, {"c", Type::BigInt()}, {"a", number}}));
  EXPECT_EQ(table->layout().row_bytes(), 32U);
  row = RowOf(*table, 1);
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(table->layout().Load<int64_t>(row, 0), 10);
  EXPECT_TRUE(table->layout().IsNull(row, 1));
  EXPECT_EQ(table->layout().Load<int64_t>(row, 2), -1);
}

INSTANTIATE_TEST_SUITE_P(Backends, SchemaTest, testing::Bool(),
                         [](const auto& p) { return p.param ? "memory" : "rocksdb"; });

}  // namespace
}  // namespace weir::state
