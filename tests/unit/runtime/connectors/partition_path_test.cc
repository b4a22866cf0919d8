// Names of the directories of partitions, and which rows go to which.
#include "runtime/connectors/filesystem/partition_path.h"

#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::Pair;

TEST(PartitionPathTest, EscapesAsFlinkDoes) {
  EXPECT_EQ(EscapePathName("2026-01-01"), "2026-01-01");
  EXPECT_EQ(EscapePathName("12:00"), "12%3A00");
  EXPECT_EQ(EscapePathName("a b_c.d"), "a b_c.d");
  EXPECT_EQ(EscapePathName("\"#%'*/:=?\\{[]^"), "%22%23%25%27%2A%2F%3A%3D%3F%5C%7B%5B%5D%5E");
  EXPECT_EQ(EscapePathName(std::string("\n\t\x7f\x01", 4)), "%0A%09%7F%01");
  EXPECT_EQ(EscapePathName("ä€😀"), "ä€😀");
}

TEST(PartitionPathTest, UnescapesWhatItEscaped) {
  for (const std::string text :
       {"", "a", "12:00", "%", "100%", "%zz", "a/b=c", "ä€😀", "\"#%'*/:=?\\{[]^"}) {
    EXPECT_EQ(UnescapePathName(EscapePathName(text)), text);
  }
  EXPECT_EQ(UnescapePathName("a%2"), "a%2");
  EXPECT_EQ(UnescapePathName("a%2g%2f"), "a%2g/");
}

TEST(PartitionPathTest, FindsTheValuesInAPath) {
  const std::vector<std::string> keys = {"dt", "hm"};
  EXPECT_THAT(PartitionValuesOf("/t/dt=2026-01-01/hm=12%3A00/part-1.csv", "/t", keys),
              Optional(ElementsAre("2026-01-01", "12:00")));
  EXPECT_THAT(PartitionValuesOf("/t/dt=/hm=a/more/part", "/t", keys),
              Optional(ElementsAre("", "a")));
  for (const char* path : {"/t/part-1.csv", "/t/dt=1/part-1.csv", "/t/hm=1/dt=2/part",
                           "/u/dt=1/hm=2/x", "/t/dt=1/hm=2", "/t/dtx=1/hm=2/x"}) {
    EXPECT_EQ(PartitionValuesOf(path, "/t", keys), std::nullopt) << path;
  }
  EXPECT_THAT(PartitionValuesOf("/t/x", "/t", {}), Optional(IsEmpty()));
}

TEST(PartitionPathTest, KnowsOtherSpellingsOfAPartition) {
  const std::vector<Field> keys = {
      {"i", Type::Int()}, {"d", Type::Date()}, {"b", Type::Boolean()}, {"s", Type::String()}};
  const auto written = [&](std::string_view directory) {
    return WrittenDirectory(directory, keys, "none").value_or("no partition");
  };
  const std::string usual = "i=-7/d=2026-01-05/b=true/s=a%3Ab";
  EXPECT_EQ(written(usual), usual);
  for (const char* other : {"i=-07/d=2026-01-05/b=true/s=a%3Ab", "i=-7/d=2026-1-5/b=true/s=a%3Ab",
                            "i=-7/d=2026-01-05/b=TRUE/s=a%3Ab", "i=%2D7/d=2026-01-05/b=true/s=a:b",
                            "i=-7/d=2026-01-05/b=true/s=a%3ab"}) {
    EXPECT_EQ(written(other), usual) << other;
  }
  EXPECT_EQ(written("i=none/d=none/b=none/s=none"), "i=none/d=none/b=none/s=none");
  const std::string namesake = "i=none/d=none/b=none/s=%6Eone";
  for (const char* other : {"i=none/d=none/b=none/s=%6Eone", "i=none/d=none/b=none/s=no%6ee",
                            "i=none/d=none/b=none/s=%6e%6F%6e%65"}) {
    EXPECT_EQ(written(other), namesake) << other;
  }
  for (const char* other : {"i=x/d=none/b=none/s=a", "i=1/d=none/b=none/s=", "i=1/d=none/b=none",
                            "d=none/i=1/b=none/s=a"}) {
    EXPECT_EQ(written(other), "no partition") << other;
  }
}

TEST(PartitionPathTest, ReadsValuesOfEveryType) {
  EXPECT_EQ(PartitionValue("x", Type::String(), "none")->ToString(), "x");
  EXPECT_EQ(PartitionValue("-7", Type::SmallInt(), "none")->ToString(), "-7");
  EXPECT_EQ(PartitionValue("9223372036854775807", Type::BigInt(), "none")->ToString(),
            "9223372036854775807");
  EXPECT_EQ(PartitionValue("true", Type::Boolean(), "none")->ToString(), "TRUE");
  EXPECT_EQ(PartitionValue("2026-02-28", Type::Date(), "none")->ToString(), "2026-02-28");
  for (const Type& type : {Type::String(), Type::Int(), Type::Date()}) {
    EXPECT_TRUE(PartitionValue("none", type, "none")->is_null());
  }
  EXPECT_EQ(PartitionValue("%6Eone", Type::String(), "none")->ToString(), "none");
  EXPECT_EQ(PartitionValue("%37", Type::Int(), "7")->ToString(), "7");
  EXPECT_TRUE(PartitionValue("7", Type::Int(), "7")->is_null());
  // However an escape is spelled that the name needs.
  for (const char* name : {"a:b", "a%3Ab", "a%3ab"}) {
    EXPECT_TRUE(PartitionValue(name, Type::String(), "a:b")->is_null()) << name;
  }
  EXPECT_EQ(PartitionValue("%61%3Ab", Type::String(), "a:b")->ToString(), "a:b");
  for (const auto& [text, type] : {std::pair("x", Type::Int()), std::pair("300", Type::TinyInt()),
                                   std::pair("2026-13-01", Type::Date())}) {
    EXPECT_EQ(PartitionValue(text, type, "none").status().id(), "E3005") << text;
  }
}

// "directory: rows" of every group.
std::vector<std::string> Divided(PartitionRows& rows, const Batch& batch) {
  std::vector<std::string> out;
  for (const PartitionRows::Group& group : rows.Divide(batch)) {
    std::string line = group.directory + ":";
    for (const uint32_t row : group.rows) line += " " + std::to_string(row);
    out.push_back(line);
  }
  return out;
}

const Schema kRowsByDay{{{"v", Type::Int()}, {"k", Type::String()}, {"d", Type::Date()}}};

TEST(PartitionRowsTest, DividesABatchInOrder) {
  PartitionRows rows(kRowsByDay, {1, 2}, "none");
  const Batch batch =
      ParseBatch(
          "1, a, 2026-01-01 / 2, a, 2026-01-01 / 3, b, 2026-01-01 / 4, a, 2026-01-01 "
          "/ 5, a, NULL / 6, NULL, 2026-01-02 / 7, '', 2026-01-02 / 8, b/c, NULL",
          kRowsByDay)
          .value();
  EXPECT_THAT(Divided(rows, batch),
              ElementsAre("k=a/d=2026-01-01: 0 1 3", "k=b/d=2026-01-01: 2", "k=a/d=none: 4",
                          "k=none/d=2026-01-02: 5 6", "k=b%2Fc/d=none: 7"));
  // Nothing of a batch is left in the next one.
  EXPECT_THAT(Divided(rows, ParseBatch("1, z, NULL", kRowsByDay).value()),
              ElementsAre("k=z/d=none: 0"));
  EXPECT_THAT(Divided(rows, ParseBatch("", kRowsByDay).value()), IsEmpty());
}

TEST(PartitionRowsTest, KeepsValuesOfTheNameOfNull) {
  const Schema schema{{{"k", Type::String()}, {"i", Type::Int()}}};
  for (const auto& [name, value] :
       {std::pair("none", "none"), std::pair("a:b", "'a:b'"), std::pair(":b", "':b'")}) {
    PartitionRows rows(schema, {0}, name);
    const Batch batch = ParseBatch(std::string(value) + ", 1 / NULL, 2", schema).value();
    std::vector<std::string> back;
    for (const PartitionRows::Group& group : rows.Divide(batch)) {
      const std::string at = group.directory.substr(2);
      back.push_back(PartitionValue(at, Type::String(), name)->ToString());
    }
    EXPECT_THAT(back, ElementsAre(name, "NULL"));
  }
  PartitionRows numbers(schema, {1}, "7");
  EXPECT_THAT(Divided(numbers, ParseBatch("a, 7 / b, NULL / c, 77", schema).value()),
              ElementsAre("i=%37: 0", "i=7: 1", "i=77: 2"));
  EXPECT_FALSE(IsDefaultName("*"));
  EXPECT_TRUE(IsDefaultName("*a"));
}

TEST(PartitionRowsTest, RespectsTheSelection) {
  PartitionRows rows(kRowsByDay, {1}, "none");
  Batch batch = ParseBatch("1, a, NULL / 2, b, NULL / 3, a, NULL / 4, b, NULL", kRowsByDay).value();
  const BufferPtr ids = MakeBuffer<uint32_t>(3);
  for (uint32_t i = 0; i < 3; ++i) ids->as<uint32_t>()[i] = i + 1;
  batch.selection = Selection(ids, 3);
  EXPECT_THAT(Divided(rows, batch), ElementsAre("k=b: 1 3", "k=a: 2"));
}

TEST(PartitionRowsTest, TakesEveryType) {
  const Schema schema{{{"b", Type::Boolean()},
                       {"t", Type::TinyInt()},
                       {"s", Type::SmallInt()},
                       {"i", Type::Int()},
                       {"l", Type::BigInt()}}};
  PartitionRows rows(schema, {0, 1, 2, 3, 4}, "none");
  EXPECT_THAT(Divided(rows, ParseBatch("TRUE, 1, 2, 3, 4 / FALSE, 1, 2, 3, 4 / TRUE, -1, 2, 3, 4 / "
                                       "TRUE, 1, 2, 3, 5 / TRUE, 1, 2, 3, 4",
                                       schema)
                                .value()),
              ElementsAre("b=true/t=1/s=2/i=3/l=4: 0 4", "b=false/t=1/s=2/i=3/l=4: 1",
                          "b=true/t=-1/s=2/i=3/l=4: 2", "b=true/t=1/s=2/i=3/l=5: 3"));
}

}  // namespace
}  // namespace weir::connectors::testing
