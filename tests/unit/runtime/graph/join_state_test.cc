// How the sides of joins are kept, what of a row is left out because the key gives it back, and the
// identifiers of slices and windows.
#include "runtime/graph/join_state.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "runtime/graph/aggregate_state.h"
#include "runtime/graph/state_fields.h"
#include "runtime/types/key_encoding.h"

namespace weir::graph {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Schema kLeft{{{"k", Type::Int()}, {"d", Type::Double()}, {"s", Type::String()}}};
const Schema kRight{
    {{"r", Type::Int().WithNullable(false)}, {"x", Type::Double()}, {"s", Type::BigInt()}}};

JoinSpec Spec(JoinType type) {
  JoinSpec spec;
  spec.shape.type = type;
  spec.shape.left.schema = kLeft;
  spec.shape.left.keys = {0, 1};
  spec.shape.right.schema = kRight;
  spec.shape.right.keys = {0, 1};
  spec.shape.null_safe = {0, 0};
  return spec;
}

std::vector<std::string> Texts(const std::vector<Field>& fields) {
  std::vector<std::string> texts;
  for (const Field& field : fields) texts.push_back(field.name + " " + field.type.ToString());
  return texts;
}

TEST(JoinStateTest, AppendOnlyInputIsAList) {
  const JoinSideState state = StateOfSide(Spec(JoinType::kInner), 0);
  EXPECT_EQ(state.rows, JoinRows::kList);
  EXPECT_EQ(state.schema.layout, StateLayout::kList);
  EXPECT_EQ(state.schema.name, "left");
  EXPECT_THAT(Texts(state.schema.key), ElementsAre("k INT", "d DOUBLE"));
  // k comes back from the key; d does not, as 0.0 and -0.0 are one key.
  EXPECT_THAT(state.columns, ElementsAre(1, 2));
  EXPECT_THAT(Texts(state.schema.value), ElementsAre("d DOUBLE", "s STRING"));
  EXPECT_EQ(state.copies_field, -1);
  EXPECT_EQ(state.matches_field, -1);
  EXPECT_THAT(state.schema.sub_key, IsEmpty());
}

TEST(JoinStateTest, KeysAreCalledAsTheLeftSideCallsThem) {
  const JoinSideState state = StateOfSide(Spec(JoinType::kInner), 1);
  EXPECT_EQ(state.schema.name, "right");
  EXPECT_THAT(Texts(state.schema.key), ElementsAre("k INT NOT NULL", "d DOUBLE"));
  EXPECT_THAT(Texts(state.schema.value), ElementsAre("x DOUBLE", "s BIGINT"));
}

TEST(JoinStateTest, TheWayOfKeepingRowsFollowsTheirKeys) {
  struct Row {
    std::vector<int> unique_key;
    bool retracts;
    JoinRows rows;
    std::vector<int> sub_key;
  };
  const std::vector<Row> table = {
      {{0}, false, JoinRows::kOne, {}},       // within the join's keys
      {{0, 1}, true, JoinRows::kOne, {}},     // just those
      {{}, false, JoinRows::kList, {}},       //
      {{2}, false, JoinRows::kList, {}},      // rows never go: no need to find one
      {{2}, true, JoinRows::kUnique, {2}},    //
      {{0, 2}, true, JoinRows::kUnique, {2}}  // what the join's keys have is left out
  };
  for (const Row& row : table) {
    JoinSpec spec = Spec(JoinType::kInner);
    spec.shape.left.unique_key = row.unique_key;
    spec.shape.left.retracts = row.retracts;
    const JoinSideState state = StateOfSide(spec, 0);
    EXPECT_EQ(state.rows, row.rows);
    EXPECT_EQ(state.sub_key, row.sub_key);
    EXPECT_EQ(state.schema.sub_key.size(), row.sub_key.size());
  }
}

TEST(JoinStateTest, AMultisetCountsCopies) {
  JoinSpec spec = Spec(JoinType::kInner);
  spec.shape.left.retracts = true;
  const JoinSideState state = StateOfSide(spec, 0);
  EXPECT_EQ(state.rows, JoinRows::kMultiset);
  EXPECT_EQ(state.schema.layout, StateLayout::kMap);
  EXPECT_THAT(Texts(state.schema.sub_key),
              ElementsAre("row() BIGINT NOT NULL", "number() BIGINT NOT NULL"));
  ASSERT_GE(state.copies_field, 0);
  EXPECT_EQ(state.schema.value[static_cast<size_t>(state.copies_field)].name, "copies()");
}

TEST(JoinStateTest, MatchesAreCountedWhereARowMayBeLonely) {
  struct Row {
    JoinType type;
    bool left;
    bool right;
  };
  for (const Row& row : std::vector<Row>{{JoinType::kInner, false, false},
                                         {JoinType::kLeft, true, false},
                                         {JoinType::kRight, false, true},
                                         {JoinType::kFull, true, true},
                                         {JoinType::kSemi, true, false},
                                         {JoinType::kAnti, true, false}}) {
    const JoinSpec spec = Spec(row.type);
    EXPECT_EQ(StateOfSide(spec, 0).matches_field >= 0, row.left) << JoinTypeName(row.type);
    EXPECT_EQ(StateOfSide(spec, 1).matches_field >= 0, row.right) << JoinTypeName(row.type);
    EXPECT_EQ(KeepsLeft(row.type) || GivesLeftOnly(row.type), row.left);
    EXPECT_EQ(KeepsRight(row.type), row.right);
  }
}

TEST(JoinStateTest, SidesOfIntervalJoinsAreSlicedLists) {
  const JoinShape shape = Spec(JoinType::kLeft).shape;
  const JoinSideState left = IntervalStateOfSide(shape, 0);
  EXPECT_EQ(left.schema.layout, StateLayout::kList);
  EXPECT_TRUE(left.schema.sliced);
  EXPECT_EQ(left.time_field, static_cast<int>(left.columns.size()));
  EXPECT_EQ(left.mark_field, left.time_field + 1);
  EXPECT_EQ(left.matches_field, left.time_field + 2);
  EXPECT_TRUE(left.schema.value[static_cast<size_t>(left.mark_field)].type.nullable());
  EXPECT_EQ(IntervalStateOfSide(shape, 1).matches_field, -1);
}

TEST(JoinStateTest, SidesOfWindowJoinsKeepOnlyTheirColumns) {
  const JoinSideState left = SlicedStateOfSide(Spec(JoinType::kFull).shape, 0);
  EXPECT_EQ(left.schema.layout, StateLayout::kList);
  EXPECT_TRUE(left.schema.sliced);
  EXPECT_EQ(left.schema.value.size(), left.columns.size());
}

TEST(JoinStateTest, KeysMayBeNullWhereTheOtherSideLooksForNull) {
  JoinSpec spec = Spec(JoinType::kInner);
  for (JoinInput* input : {&spec.shape.left, &spec.shape.right}) {
    for (Field& field : input->schema.fields) field.type = field.type.WithNullable(false);
  }
  JoinShape& shape = spec.shape;
  Field& key = shape.left.schema.fields[static_cast<size_t>(shape.left.keys[0])];
  key.type = key.type.WithNullable(true);
  EXPECT_FALSE(StateOfSide(spec, 1).schema.key[0].type.nullable());
  shape.null_safe[0] = 1;
  EXPECT_TRUE(StateOfSide(spec, 1).schema.key[0].type.nullable());
  EXPECT_TRUE(SlicedStateOfSide(shape, 1).schema.key[0].type.nullable());
}

TEST(JoinStateTest, OnlyValuesWithOneSpellingComeBackFromKeys) {
  for (const Type& type : {Type::Int(), Type::BigInt(), Type::String(), Type::Decimal(10, 2),
                           Type::Timestamp(3), Type::Boolean(), Type::Date(), Type::Bytes()}) {
    EXPECT_TRUE(KeyGivesValue(type)) << type.ToString();
  }
  for (const Type& type : {Type::Float(), Type::Double(), Type::Array(Type::Int()),
                           Type::Row({{"a", Type::Int()}}), Type::Map(Type::Int(), Type::Int())}) {
    EXPECT_FALSE(KeyGivesValue(type)) << type.ToString();
  }
}

TEST(StateFieldsTest, RepeatedNamesAreNumbered) {
  std::vector<Field> fields;
  for (const char* name : {"a", "b", "a", "a"}) AddField(fields, name, Type::Int());
  EXPECT_THAT(Texts(fields), ElementsAre("a INT", "b INT", "a#2 INT", "a#3 INT"));
  AddField(fields, "a#2", Type::Int());
  std::vector<std::string> names = Texts(fields);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end()) << "names are unique";
}

TEST(StateFieldsTest, FieldsFollowTheColumns) {
  const std::vector<int> columns = {2, 0, 2};
  EXPECT_THAT(Texts(FieldsOf(columns, kLeft)), ElementsAre("s STRING", "k INT", "s#2 STRING"));
  EXPECT_THAT(FieldsOf({}, kLeft), IsEmpty());
}

TEST(SliceIdTest, SaysWhatItNamesAndWhere) {
  for (const int64_t end : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{1'700'000'000'000},
                            int64_t{-62'135'596'800'000}}) {
    SCOPED_TRACE(end);
    EXPECT_EQ(EndOfId(SliceId(end)), end);
    EXPECT_EQ(EndOfId(WindowId(end)), end);
    EXPECT_EQ(EndOfId(EarlierWindowId(end)), end);
    EXPECT_FALSE(IsWindowId(SliceId(end)));
    EXPECT_TRUE(IsWindowId(WindowId(end)));
    EXPECT_TRUE(IsWindowId(EarlierWindowId(end)));
    EXPECT_TRUE(IsEarlierWindowId(EarlierWindowId(end)));
    EXPECT_FALSE(IsEarlierWindowId(WindowId(end)));
    EXPECT_FALSE(IsEarlierWindowId(SliceId(end)));
    EXPECT_LT(SliceId(end), SliceId(end + 1)) << "ids sort by ends";
    EXPECT_LT(EarlierWindowId(end), SliceId(end + 1));
  }
}

}  // namespace
}  // namespace weir::graph
