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

  const std::vector<Field> abc_{{"a", Type::BigInt()}, {"b", Type::String()}, {"c", Type::Double()}};
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
  EXPECT_EQ(table->layout().Load<StringRef>(row, 1).view(), "a text that does not lie inside the row");
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

TEST_P(SchemaTest, AddedOrRetypedFieldIsRefusedByName) {
  Create(*Expect(Open(abc_)), 1);
  Restart();
  for (const Field& added : {Field{"d", Type::BigInt()}, Field{"a", Type::String()}}) {
    std::vector<Field> fields = abc_;
    if (added.name == "a") fields.erase(fields.begin());
    fields.push_back(added);
    const auto opened = Open(fields);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.status().code(), StatusCode::kRestoreRefused);
    EXPECT_NE(opened.status().ToString().find(added.name), std::string::npos);
    EXPECT_NE(opened.status().ToString().find("op/table"), std::string::npos)
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

INSTANTIATE_TEST_SUITE_P(Backends, SchemaTest, testing::Bool(),
                         [](const auto& p) { return p.param ? "memory" : "rocksdb"; });

}  // namespace
}  // namespace weir::state
