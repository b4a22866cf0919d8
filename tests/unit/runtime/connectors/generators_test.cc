// datagen and nexmark: equal seeds give equal rows, at any position, rate and number of partitions.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class DatagenTest : public ConnectorTest {
 protected:
  static graph::ScanSpec Scan(Schema schema, graph::TableOptions options) {
    options.push_back({"connector", "datagen"});
    options.push_back({"rows-per-second", "0"});
    return ScanOf(std::move(schema), options);
  }
  std::string ErrorOf(const Type& type, const graph::TableOptions& options) {
    return MakeSource(Scan(Schema{{{"x", type}}}, options), context_).status().ToString();
  }
};

const Schema& EveryType() {
  static const Schema schema{
      {{"bo", Type::Boolean()},
       {"ti", Type::TinyInt()},
       {"bi", Type::BigInt()},
       {"f", Type::Float()},
       {"d", Type::Double()},
       {"de", Type::Decimal(20, 3)},
       {"s", Type::String()},
       {"c", Type::Char(5)},
       {"by", Type::VarBinary(4)},
       {"da", Type::Date()},
       {"t", Type::Time(3)},
       {"ts", Type::Timestamp(3)},
       {"ltz", Type::TimestampLtz(9)},
       {"y", Type::IntervalYearMonth()},
       {"l", Type::Array(Type::Int())},
       {"m", Type::Map(Type::Int(), Type::String())},
       {"mu", Type::Multiset(Type::Int())},
       {"r", Type::Row({{"x", Type::Int()}, {"z", Type::Row({{"w", Type::Int()}})}})}}};
  return schema;
}

TEST_F(DatagenTest, CountsItsRows) {
  const Schema schema{{{"x", Type::Int()}}};
  for (const char* partitions : {"1", "3", "80"}) {
    SCOPED_TRACE(partitions);
    EXPECT_EQ(CountedRows(Scan(schema, {{"number-of-rows", "50"}, {"partitions", partitions}})),
              50U);
  }
  const graph::TableOptions sequence = {
      {"fields.x.kind", "sequence"}, {"fields.x.start", "1"}, {"fields.x.end", "9"}};
  EXPECT_EQ(CountedRows(Scan(schema, sequence)), 9U);
  EXPECT_EQ(MakeSource(Scan(schema, {}), context_).value()->RowCount({"0", "", false}), 0U);
}

TEST_F(DatagenTest, MakesEveryTypeAndContinuesAnywhere) {
  const graph::ScanSpec spec = Scan(EveryType(), {{"number-of-rows", "50"},
                                                  {"partitions", "3"},
                                                  {"fields.ts.max-past", "1 h"},
                                                  {"fields.s.var-len", "true"},
                                                  {"fields.bi.null-rate", "0.5"}});
  const auto rows = ReadTable(spec);
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  EXPECT_THAT(*rows, SizeIs(50));
  EXPECT_EQ(std::set<std::string>(rows->begin(), rows->end()).size(), 50U);
  EXPECT_EQ(*ReadTable(spec, 7), *rows);
  const std::string position = "v1 rows=5 base=" + std::to_string(clock_.millis);
  ExpectRestorable(spec, 4);
  // The base time is in the position: time that has passed since does not change the rows.
  auto source = MakeSource(spec, context_).value();
  clock_.millis += 86'400'000;
  const auto rest = ReadSplit(*source, {"0", position, false}, 100).value();
  EXPECT_EQ(rest, std::vector<std::string>(rows->begin() + 5, rows->begin() + 17));
  graph::ScanSpec other = spec;
  other.options.push_back({"seed", "1"});
  EXPECT_NE(*ReadTable(other), *rows);
}

TEST_F(DatagenTest, PartitionsShareTheRows) {
  const Schema schema{{{"a", Type::BigInt()}, {"b", Type::Int()}}};
  std::vector<std::string> one = ReadTable(Scan(schema, {{"number-of-rows", "20"}})).value();
  std::vector<std::string> four =
      ReadTable(Scan(schema, {{"number-of-rows", "20"}, {"partitions", "4"}})).value();
  std::sort(one.begin(), one.end());
  std::sort(four.begin(), four.end());
  EXPECT_EQ(one, four);
  EXPECT_THAT(*ReadTable(Scan(schema, {{"number-of-rows", "2"}, {"partitions", "4"}})), SizeIs(2));
  EXPECT_THAT(*ReadTable(Scan(schema, {{"number-of-rows", "0"}})), SizeIs(0));
}

TEST_F(DatagenTest, PruningDoesNotChangeValues) {
  const Schema schema{{{"a", Type::BigInt()}, {"b", Type::Int()}}};
  graph::ScanSpec spec = Scan(schema, {{"number-of-rows", "5"}});
  const auto both = ReadTable(spec).value();
  spec.columns = {1};
  const auto second = ReadTable(spec).value();
  for (size_t i = 0; i < 5; ++i) EXPECT_THAT(both[i], HasSubstr(", " + second[i].substr(3)));
}

TEST_F(DatagenTest, CountsSequences) {
  const Schema schema{{{"a", Type::Int()},
                       {"s", Type::String()},
                       {"d", Type::Decimal(5, 1)},
                       {"f", Type::Double()}}};
  const graph::ScanSpec spec = Scan(schema, {{"fields.a.kind", "sequence"},
                                             {"fields.a.start", "-1"},
                                             {"fields.a.end", "1"},
                                             {"fields.s.kind", "sequence"},
                                             {"fields.s.start", "7"},
                                             {"fields.s.end", "99"},
                                             {"fields.d.kind", "sequence"},
                                             {"fields.d.start", "1"},
                                             {"fields.d.end", "9"},
                                             {"fields.f.kind", "sequence"},
                                             {"fields.f.start", "1"},
                                             {"fields.f.end", "9"}});
  EXPECT_THAT(*ReadTable(spec),
              ElementsAre("+I[-1, 7, 1.0, 1.0]", "+I[0, 8, 2.0, 2.0]", "+I[1, 9, 3.0, 3.0]"));
  EXPECT_TRUE(MakeSource(spec, context_).value()->bounded());
  EXPECT_FALSE(MakeSource(Scan(schema, {}), context_).value()->bounded());
}

TEST_F(DatagenTest, KeepsToBounds) {
  const Schema schema{{{"i", Type::Int()},
                       {"d", Type::Double()},
                       {"l", Type::Array(Type::Int())},
                       {"s", Type::String()}}};
  auto source = MakeSource(Scan(schema, {{"number-of-rows", "1000"},
                                         {"fields.i.min", "3"},
                                         {"fields.i.max", "5"},
                                         {"fields.d.min", "-1"},
                                         {"fields.d.max", "1"},
                                         {"fields.l.length", "2"},
                                         {"fields.l.element.max", "0"},
                                         {"fields.l.element.min", "0"},
                                         {"fields.s.length", "8"}}),
                           context_)
                    .value();
  auto reader = source->Open({"0", "", false}).value();
  Batch batch;
  ASSERT_TRUE(reader->Read(1000, batch).ok());
  std::set<int32_t> seen;
  for (uint32_t i = 0; i < 1000; ++i) {
    seen.insert(batch.columns[0]->ValueAt<int32_t>(i));
    EXPECT_LE(std::abs(batch.columns[1]->ValueAt<double>(i)), 1.0);
    EXPECT_EQ(batch.columns[3]->ValueAt<StringRef>(i).size(), 8U);
  }
  EXPECT_EQ(seen, (std::set<int32_t>{3, 4, 5}));
  EXPECT_EQ(GetValue(*batch.columns[2], 0).ToString(), "[0, 0]");
}

TEST_F(DatagenTest, RefusesWrongOptions) {
  EXPECT_THAT(ErrorOf(Type::Int(), {{"fields.x.kind", "sequence"}}),
              HasSubstr("a sequence needs the option 'fields.x.start'"));
  EXPECT_THAT(ErrorOf(Type::Int(), {{"fields.x.kind", "odd"}}), HasSubstr("cannot be 'odd'"));
  EXPECT_THAT(ErrorOf(Type::Int(), {{"fields.x.min", "5"}, {"fields.x.max", "4"}}),
              HasSubstr("is more than 'fields.x.max'"));
  EXPECT_THAT(ErrorOf(Type::TinyInt(), {{"fields.x.max", "300"}}), HasSubstr("cannot be '300'"));
  EXPECT_THAT(ErrorOf(Type::Int(), {{"fields.x.length", "3"}}), HasSubstr("does not suit"));
  EXPECT_THAT(ErrorOf(Type::Boolean(), {{"fields.x.kind", "sequence"}}),
              HasSubstr("cannot be 'sequence'"));
  EXPECT_THAT(ErrorOf(Type::Int(), {{"fields.x.null-rate", "2"}}), HasSubstr("null-rate"));
  EXPECT_THAT(ErrorOf(Type::Int(), {{"partitions", "0"}}), HasSubstr("partitions"));
  const Type counted = Type::Multiset(Type::Int());
  for (const std::string most : {"0", "-5"}) {
    EXPECT_THAT(ErrorOf(counted, {{"fields.x.count.max", most}}),
                HasSubstr("'fields.x.count.max' cannot be '" + most + "': it is at least 1"));
  }
  EXPECT_THAT(ErrorOf(counted, {{"fields.x.count.kind", "sequence"},
                                {"fields.x.count.start", "-3"},
                                {"fields.x.count.end", "3"}}),
              HasSubstr("'fields.x.count.start' cannot be '-3': it is at least 1"));
}

// Keys are drawn again and again, and are in a map once.
TEST_F(DatagenTest, MapsHaveAKeyOnce) {
  const Type counts = Type::Map(Type::Int(), Type::Int());
  const graph::ScanSpec spec = Scan(Schema{{{"m", counts}, {"s", Type::Multiset(Type::Int())}}},
                                    {{"number-of-rows", "50"},
                                     {"fields.m.length", "20"},
                                     {"fields.m.key.min", "7"},
                                     {"fields.m.key.max", "8"},
                                     {"fields.s.length", "20"},
                                     {"fields.s.element.min", "7"},
                                     {"fields.s.element.max", "8"}});
  const auto rows = ReadTable(spec);
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  ASSERT_THAT(*rows, SizeIs(50));
  for (const std::string& row : *rows) {
    EXPECT_EQ(std::ranges::count(row, '='), 4) << row;
    EXPECT_THAT(row, ::testing::ContainsRegex("(7=.*8=|8=.*7=).*(7=.*8=|8=.*7=)"));
  }
}

// A job that goes on with another rate goes on with the times of its rows where they are.
TEST_F(DatagenTest, AnotherRateMovesNoTimes) {
  const graph::ScanSpec spec =
      Scan(Schema{{{"ts", Type::Timestamp(3)}}}, {{"number-of-rows", "52"}});  // at rate 0
  auto source = MakeSource(spec, context_).value();
  const auto rest = [&](const char* position) {
    return ReadSplit(*source, {"0", position, false}, 100).value();
  };
  const std::string later = "+I[1970-01-01 00:00:05.000]";
  EXPECT_THAT(rest("v1 rows=50 base=0 rate=10"), ElementsAre(later, later));
  EXPECT_THAT(rest("v1 rows=51 base=5000 rate=0"), ElementsAre(later));
  // Positions of older versions do not say by which rate they came about.
  EXPECT_THAT(rest("v1 rows=51 base=5000"), ElementsAre(later));
  EXPECT_EQ(source->Open({"0", "v1 rows=51 base=0 rate=-1", false}).status().id(), "E7001");
}

TEST_F(DatagenTest, KeepsToItsRate) {
  graph::ScanSpec spec =
      ScanOf(Schema{{{"a", Type::Int()}}}, {{"connector", "datagen"}, {"rows-per-second", "100"}});
  auto source = MakeSource(spec, context_).value();
  auto reader = source->Open({"0", "", false}).value();
  Batch batch;
  ASSERT_EQ(*reader->Read(1000, batch), ReadOutcome::kRows);
  EXPECT_EQ(batch.size(), 1U);
  EXPECT_EQ(*reader->Read(1000, batch), ReadOutcome::kNothing);
  clock_.millis += 100;
  ASSERT_EQ(*reader->Read(1000, batch), ReadOutcome::kRows);
  EXPECT_EQ(batch.size(), 10U);
  clock_.millis += 10'000;
  ASSERT_EQ(*reader->Read(100, batch), ReadOutcome::kRows);
  EXPECT_EQ(batch.size(), 100U);
}

class NexmarkTest : public ConnectorTest {
 protected:
  static Schema Events() {
    const Type n = Type::BigInt();
    const Type s = Type::String();
    const Type t = Type::Timestamp(3);
    return Schema{{{"event_type", Type::Int()},
                   {"person", Type::Row({{"id", n},
                                         {"name", s},
                                         {"emailAddress", s},
                                         {"creditCard", s},
                                         {"city", s},
                                         {"state", s},
                                         {"dateTime", t},
                                         {"extra", s}})},
                   {"auction", Type::Row({{"id", n},
                                          {"itemName", s},
                                          {"description", s},
                                          {"initialBid", n},
                                          {"reserve", n},
                                          {"dateTime", t},
                                          {"expires", t},
                                          {"seller", n},
                                          {"category", n},
                                          {"extra", s}})},
                   {"bid", Type::Row({{"auction", n},
                                      {"bidder", n},
                                      {"price", n},
                                      {"channel", s},
                                      {"url", s},
                                      {"dateTime", t},
                                      {"extra", s}})}}};
  }
  static graph::ScanSpec Scan(graph::TableOptions options) {
    options.push_back({"connector", "nexmark"});
    options.push_back({"next-event.rate", "100000"});
    return ScanOf(Events(), options);
  }
};

// The golden file was written by a generator of its own: see data/README.md.
TEST_F(NexmarkTest, MakesTheGoldenEvents) {
  const graph::ScanSpec golden =
      ScanOf(Events(), {{"connector", "filesystem"},
                        {"format", "json"},
                        {"path", "tests/unit/runtime/connectors/data/nexmark_200.json"}});
  const std::vector<std::string> expected = ReadTable(golden).value();
  ASSERT_THAT(expected, SizeIs(200));
  EXPECT_EQ(*ReadTable(Scan({{"events.num", "200"}})), expected);
  EXPECT_EQ(*ReadTable(Scan({{"events.num", "200"}}), 3), expected);
  std::vector<std::string> shared =
      ReadTable(Scan({{"events.num", "200"}, {"partitions", "3"}})).value();
  std::vector<std::string> sorted = expected;
  std::sort(shared.begin(), shared.end());
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(shared, sorted);
  EXPECT_NE(*ReadTable(Scan({{"events.num", "200"}, {"seed", "2"}})), expected);
}

TEST_F(NexmarkTest, CountsItsRows) {
  for (const char* partitions : {"1", "2", "7"}) {
    SCOPED_TRACE(partitions);
    for (const char* events : {"1", "49", "50", "333"}) {
      EXPECT_EQ(CountedRows(Scan({{"events.num", events}, {"partitions", partitions}})),
                std::stoul(events));
    }
  }
  EXPECT_EQ(MakeSource(Scan({}), context_).value()->RowCount({"0", "", false}), 0U);
}

TEST_F(NexmarkTest, ContinuesAtEveryPosition) {
  ExpectRestorable(Scan({{"events.num", "300"}, {"partitions", "2"}}), 17);
  auto source = MakeSource(Scan({}), context_).value();
  EXPECT_FALSE(source->bounded());
  EXPECT_EQ(source->Open({"0", "v9", false}).status().code(), StatusCode::kCorruption);
  EXPECT_EQ(source->Open({"5", "", false}).status().code(), StatusCode::kRestoreRefused);
}

TEST_F(NexmarkTest, MakesOnlyWhatIsRead) {
  graph::ScanSpec spec = Scan({{"events.num", "100"}});
  const auto all = ReadTable(spec).value();
  spec.columns = {0};
  const auto kinds = ReadTable(spec).value();
  int counts[3] = {};
  for (size_t i = 0; i < kinds.size(); ++i) {
    EXPECT_EQ(all[i].substr(0, 4), kinds[i].substr(0, 4));
    ++counts[kinds[i][3] - '0'];
  }
  EXPECT_THAT(counts, ElementsAre(2, 6, 92));
}

TEST_F(NexmarkTest, ChecksTheTable) {
  graph::ScanSpec spec = Scan({});
  spec.table_schema.fields[0].name = "kind";
  EXPECT_THAT(MakeSource(spec, context_).status().ToString(), HasSubstr("no column \"kind\""));
  spec = Scan({});
  spec.table_schema.fields[0].type = Type::BigInt();
  EXPECT_THAT(MakeSource(spec, context_).status().ToString(), HasSubstr("has another type"));
  EXPECT_THAT(MakeSource(Scan({{"first-event.rate", "5"}}), context_).status().ToString(),
              HasSubstr("must be equal"));
  EXPECT_THAT(MakeSource(Scan({{"bid.proportion", "0"}}), context_).status().ToString(),
              HasSubstr("bid.proportion"));
  EXPECT_THAT(MakeSource(Scan({{"base-time", "noon"}}), context_).status().ToString(),
              HasSubstr("base-time"));
}

TEST_F(NexmarkTest, KeepsToItsRateWhenAsked) {
  auto source = MakeSource(Scan({{"max-emit-speed", "false"}}), context_).value();
  auto reader = source->Open({"0", "", false}).value();
  Batch batch;
  ASSERT_EQ(*reader->Read(1000, batch), ReadOutcome::kRows);
  EXPECT_EQ(*reader->Read(1000, batch), ReadOutcome::kNothing);
  clock_.millis += 5;
  ASSERT_EQ(*reader->Read(1000, batch), ReadOutcome::kRows);
  EXPECT_EQ(batch.size(), 500U);
}

}  // namespace
}  // namespace weir::connectors::testing
