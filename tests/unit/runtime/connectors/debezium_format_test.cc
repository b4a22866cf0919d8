// Debezium's events: every kind of change, in payloads and without, bad events, metadata, the way
// back, and tables over files. What Flink 2.3 reads and writes was seen by running it.
#include <fmt/format.h>

#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Schema kIdAndValue{{{"id", Type::Int()}, {"v", Type::String()}}};

constexpr std::string_view kEvents =
    "{\"before\":null,\"after\":{\"id\":1,\"v\":\"a\"},\"op\":\"c\",\"ts_ms\":5}\n"
    "{\"before\":null,\"after\":{\"id\":2,\"v\":\"b\"},\"op\":\"r\"}\n"
    "{\"before\":{\"id\":1,\"v\":\"a\"},\"after\":{\"id\":1,\"v\":\"x\"},\"op\":\"u\"}\n"
    "\n"
    "{\"op\":\"d\",\"before\":{\"id\":2},\"after\":null,\"other\":[{}]}\n";

FormatUnderTest Debezium(Schema schema = kIdAndValue, graph::TableOptions options = {}) {
  return FormatUnderTest("debezium-json", std::move(schema), std::move(options));
}

std::string Reason(std::string_view event) {
  const Decoded decoded = Debezium().Decode(event);
  EXPECT_FALSE(decoded.status.ok());
  EXPECT_THAT(decoded.rows, IsEmpty());
  return decoded.bad.column.empty() ? decoded.bad.reason
                                    : decoded.bad.column + ": " + decoded.bad.reason;
}

TEST(DebeziumFormat, EveryKindOfChange) {
  const Decoded decoded = Debezium().Decode(kEvents);
  ASSERT_TRUE(decoded.status.ok()) << decoded.status.ToString();
  EXPECT_THAT(decoded.rows,
              ElementsAre("+I[1, a]", "+I[2, b]", "-U[1, a]", "+U[1, x]", "-D[2, NULL]"));
}

TEST(DebeziumFormat, InsertsAloneHaveNoKinds) {
  const Decoded decoded = Debezium().Decode(
      "{\"after\":{\"id\":1,\"v\":\"a\"},\"op\":\"c\"}\n"
      "{\"after\":{\"v\":\"b\",\"id\":2},\"op\":\"r\",\"before\":{\"id\":9,\"v\":\"old\"}}\n");
  EXPECT_THAT(decoded.rows, ElementsAre("+I[1, a]", "+I[2, b]"));
}

TEST(DebeziumFormat, SmallBatchesNeverPartAnUpdate) {
  for (const uint32_t rows : {1U, 2U, 3U, 5U}) {
    SCOPED_TRACE(rows);
    const Decoded decoded = Debezium().Decode(kEvents, rows);
    EXPECT_THAT(decoded.rows,
                ElementsAre("+I[1, a]", "+I[2, b]", "-U[1, a]", "+U[1, x]", "-D[2, NULL]"));
  }
  for (size_t cut = 0; cut <= kEvents.size(); cut += 7) {
    EXPECT_EQ(Debezium().DecodeCut(kEvents, cut).rows.size(), 5U) << cut;
  }
}

TEST(DebeziumFormat, ReadsOnlyWantedColumns) {
  FormatUnderTest one = Debezium();
  one.columns = {1};
  EXPECT_THAT(one.Decode(kEvents).rows,
              ElementsAre("+I[a]", "+I[b]", "-U[a]", "+U[x]", "-D[NULL]"));
  FormatUnderTest none = Debezium();
  none.columns = {};
  EXPECT_EQ(none.Decode(kEvents).rows.size(), 5U);
}

TEST(DebeziumFormat, EventsInAPayload) {
  const graph::TableOptions options = {{"debezium-json.schema-include", "true"}};
  const std::string text =
      "{\"schema\":{\"type\":\"struct\"},\"payload\":{\"before\":null,\"after\":{\"id\":1,\"v\":"
      "\"a\"},\"op\":\"c\",\"ts_ms\":5}}\n"
      "{\"payload\":{\"before\":{\"id\":1,\"v\":\"a\"},\"op\":\"d\"}}\n";
  FormatUnderTest format = Debezium(kIdAndValue, options);
  EXPECT_THAT(format.Decode(text).rows, ElementsAre("+I[1, a]", "-D[1, a]"));
  format.metadata = {"schema", "ingestion-timestamp"};
  EXPECT_THAT(format.Decode(text).rows,
              ElementsAre("+I[1, a, {\"type\":\"struct\"}, 1970-01-01 00:00:00.005]",
                          "-D[1, a, NULL, NULL]"));
  const Decoded bare = format.Decode("{\"after\":{\"id\":1},\"op\":\"c\"}\n");
  EXPECT_THAT(bare.bad.reason, HasSubstr("no \"payload\""));
}

TEST(DebeziumFormat, Metadata) {
  FormatUnderTest format = Debezium();
  format.metadata = {"source.table",    "source.timestamp", "ingestion-timestamp",
                     "source.database", "source.schema",    "source.properties"};
  const Decoded decoded = format.Decode(
      "{\"after\":{\"id\":1,\"v\":\"a\"},\"op\":\"c\",\"ts_ms\":1500,\"source\":{\"db\":\"shop\","
      "\"table\":\"t\",\"schema\":null,\"ts_ms\":1000,\"server_id\":0}}\n"
      "{\"before\":{\"id\":1,\"v\":\"a\"},\"after\":{\"id\":1,\"v\":\"b\"},\"op\":\"u\"}\n");
  ASSERT_TRUE(decoded.status.ok()) << decoded.status.ToString();
  EXPECT_THAT(
      decoded.rows,
      ElementsAre("+I[1, a, t, 1970-01-01 00:00:01.000, 1970-01-01 00:00:01.500, shop, NULL, "
                  "{db=shop, table=t, schema=NULL, ts_ms=1000, server_id=0}]",
                  "-U[1, a, NULL, NULL, NULL, NULL, NULL, NULL]",
                  "+U[1, b, NULL, NULL, NULL, NULL, NULL, NULL]"));
  const Decoded bad =
      format.Decode("{\"after\":{\"id\":1},\"op\":\"c\",\"source\":{\"ts_ms\":\"soon\"}}\n");
  EXPECT_THAT(bad.bad.reason, HasSubstr("ts_ms of its \"source\""));
}

TEST(DebeziumFormat, BadEvents) {
  EXPECT_THAT(Reason("{\"after\":{\"id\":1,\"v\":\"a\"}}"), HasSubstr("no \"op\""));
  EXPECT_THAT(Reason("{\"after\":{\"id\":1},\"op\":\"x\"}"), HasSubstr("none of c, r, u and d"));
  EXPECT_THAT(Reason("{\"after\":null,\"op\":\"c\"}"), HasSubstr("no row \"after\""));
  EXPECT_THAT(Reason("{\"before\":{\"id\":1},\"op\":\"u\"}"), HasSubstr("no row \"after\""));
  EXPECT_THAT(Reason("{\"after\":{\"id\":1},\"op\":\"u\"}"), HasSubstr("REPLICA IDENTITY FULL"));
  EXPECT_THAT(Reason("{\"after\":{\"id\":1},\"op\":\"d\"}"), HasSubstr("delete has no row"));
  EXPECT_THAT(Reason("{\"after\":{\"id\":\"one\"},\"op\":\"c\"}"), HasSubstr("after.id"));
  EXPECT_THAT(Reason("nonsense"), HasSubstr("not a JSON object"));
  EXPECT_THAT(Reason("{\"after\":[1],\"op\":\"c\"}"), HasSubstr("an object is expected"));
}

TEST(DebeziumFormat, SaysWhereABadEventIs) {
  const std::string good = "{\"after\":{\"id\":1,\"v\":\"a\"},\"op\":\"c\"}\n";
  const Decoded decoded = Debezium().Decode(good + "\n  " + good + "{\"after\":null,\"op\":\"c\"}");
  EXPECT_FALSE(decoded.status.ok());
  EXPECT_EQ(decoded.bad.offset, 2 * good.size() + 3);
  EXPECT_EQ(Debezium().Decode("\n {\"op\":\"c\"}\n").bad.offset, 2U);
}

// Also where the one is no event and the other no record.
TEST(DebeziumFormat, SaysWhereTheFirstBadEventIs) {
  const std::string good = "{\"op\":\"c\",\"after\":{\"id\":1,\"v\":\"a\"}}\n";
  const std::string no_row = "{\"op\":\"u\",\"after\":{\"id\":1,\"v\":\"a\"}}\n";
  const std::string no_int = "{\"op\":\"c\",\"after\":{\"id\":\"x\"}}\n";
  for (const std::string& later : {std::string("nonsense\n"), no_int}) {
    for (const uint32_t rows : {1U, 3U, 100U}) {
      SCOPED_TRACE(later);
      Decoded decoded = Debezium().Decode(good + no_row + later, rows);
      EXPECT_EQ(decoded.bad.offset, good.size());
      EXPECT_THAT(decoded.bad.reason, HasSubstr("no row \"before\""));
      decoded = Debezium().Decode(good + later + no_row, rows);
      EXPECT_EQ(decoded.bad.offset, good.size());
      EXPECT_THAT(decoded.bad.reason, Not(HasSubstr("before")));
      EXPECT_EQ(decoded.status.id(), "E3005");
    }
  }
}

TEST(DebeziumFormat, LeavesBadEventsOut) {
  const graph::TableOptions options = {{"debezium-json.ignore-parse-errors", "true"}};
  const Decoded decoded = Debezium(kIdAndValue, options)
                              .Decode(
                                  "{\"after\":{\"id\":1,\"v\":\"a\"},\"op\":\"c\"}\nnonsense\n"
                                  "{\"after\":{\"id\":2},\"op\":\"u\"}\n{\"op\":\"z\"}\n"
                                  "{\"after\":{\"id\":\"x\"},\"op\":\"c\"}\n"
                                  "{\"before\":{\"id\":1,\"v\":\"a\"},\"op\":\"d\"}\n");
  ASSERT_TRUE(decoded.status.ok());
  EXPECT_THAT(decoded.rows, ElementsAre("+I[1, a]", "-D[1, a]"));
  EXPECT_EQ(decoded.skipped, 4U);
}

TEST(DebeziumFormat, WritesInsertsAndDeletes) {
  const auto text = Debezium().Encode("+I[1, a]\n-U[1, a]\n+U[1, NULL]\n-D[1, NULL]\n");
  ASSERT_TRUE(text.ok());
  EXPECT_THAT(Lines(*text),
              ElementsAre("{\"before\":null,\"after\":{\"id\":1,\"v\":\"a\"},\"op\":\"c\"}",
                          "{\"before\":{\"id\":1,\"v\":\"a\"},\"after\":null,\"op\":\"d\"}",
                          "{\"before\":null,\"after\":{\"id\":1,\"v\":null},\"op\":\"c\"}",
                          "{\"before\":{\"id\":1,\"v\":null},\"after\":null,\"op\":\"d\"}"));
  EXPECT_THAT(Debezium().Decode(*text).rows,
              ElementsAre("+I[1, a]", "-D[1, a]", "+I[1, NULL]", "-D[1, NULL]"));
}

TEST(DebeziumFormat, WritesAsTheOptionsSay) {
  const Schema schema{{{"t", Type::Timestamp(3)},
                       {"m", Type::Map(Type::String(), Type::Int())},
                       {"d", Type::Decimal(10, 9)}}};
  const graph::TableOptions options = {
      {"debezium-json.timestamp-format.standard", "ISO-8601"},
      {"debezium-json.encode.ignore-null-fields", "true"},
      {"debezium-json.encode.decimal-as-plain-number", "true"},
  };
  const auto text =
      Debezium(schema, options).Encode("+I[2024-01-01 00:00:01, {a=1}, 0.000000027]\n");
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text,
            "{\"after\":{\"t\":\"2024-01-01T00:00:01\",\"m\":{\"a\":1},\"d\":0.000000027},"
            "\"op\":\"c\"}\n");
  const auto refused = Debezium(schema).Encode("+I[NULL, {NULL=1}, NULL]\n");
  EXPECT_THAT(refused.status().hint(), HasSubstr("debezium-json.map-null-key.mode"));
}

TEST(DebeziumFormat, RefusesWhatItCannotHold) {
  const Schema map{{{"m", Type::Map(Type::Int(), Type::Int())}}};
  EXPECT_THAT(Debezium(map).NewDecoder().status().ToString(), HasSubstr("column \"m\""));
  EXPECT_THAT(Debezium(map).Encode("").status().ToString(), HasSubstr("debezium-json format"));
  const graph::TableOptions payload = {{"debezium-json.schema-include", "true"}};
  EXPECT_THAT(Debezium(kIdAndValue, payload).Encode("").status().ToString(),
              HasSubstr("cannot be written"));
}

class DebeziumTable : public ConnectorTest {
 protected:
  graph::ScanSpec Scan(Schema schema, std::vector<std::string> keys) {
    graph::ScanSpec spec =
        ScanOf(std::move(schema),
               {{"connector", "filesystem"}, {"path", Path("in")}, {"format", "debezium-json"}});
    spec.metadata_keys = std::move(keys);
    return spec;
  }
};

TEST_F(DebeziumTable, ColumnsOfTheRecordTheFormatAndTheFile) {
  Write("in/a.json", kEvents);
  const Schema schema{{{"made", Type::TimestampLtz(3)},
                       {"v", Type::String()},
                       {"file", Type::String()},
                       {"id", Type::Int()}}};
  graph::ScanSpec spec = Scan(schema, {"value.ingestion-timestamp", "", "file.name", ""});
  const std::vector<std::string> rows = ReadTable(spec).value();
  EXPECT_THAT(rows, ElementsAre("+I[1970-01-01 00:00:00.005, a, a.json, 1]",
                                "+I[NULL, b, a.json, 2]", "-U[NULL, a, a.json, 1]",
                                "+U[NULL, x, a.json, 1]", "-D[NULL, NULL, a.json, 2]"));
  spec.columns = {3, 0};
  EXPECT_EQ(ReadTable(spec).value()[0], "+I[1, 1970-01-01 00:00:00.005]");
  spec.columns = {0};
  EXPECT_EQ(ReadTable(spec).value().size(), 5U);
}

TEST_F(DebeziumTable, IsContinuedAtAnyEvent) {
  Write("in/a.json", kEvents);
  Write("in/b.json", kEvents);
  ExpectRestorable(Scan(kIdAndValue, {"", ""}), 2);
}

}  // namespace
}  // namespace weir::connectors::testing
