// Events of Canal, Maxwell and Oracle GoldenGate: every kind of change, columns that an update was
// not given, several rows in one event, tables that are left out, metadata, and the way back. What
// Flink 2.3 reads and writes was seen by running it.
#include <fmt/format.h>

#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Schema kProducts{
    {{"id", Type::Int()}, {"name", Type::String()}, {"weight", Type::Decimal(10, 2)}}};

FormatUnderTest Canal(graph::TableOptions options = {}) {
  return FormatUnderTest("canal-json", kProducts, std::move(options));
}

FormatUnderTest Maxwell(graph::TableOptions options = {}) {
  return FormatUnderTest("maxwell-json", kProducts, std::move(options));
}

FormatUnderTest Ogg() {
  return FormatUnderTest("ogg-json", kProducts);
}

std::string Reason(const FormatUnderTest& format, std::string_view event) {
  const Decoded decoded = format.Decode(event);
  EXPECT_FALSE(decoded.status.ok());
  EXPECT_THAT(decoded.rows, IsEmpty());
  return decoded.bad.reason;
}

constexpr std::string_view kCanal =
    R"({"data":[{"id":"101","name":"scooter","weight":"3.14"},{"id":"102","name":"car","weight":)"
    R"("8.1"}],"database":"shop","old":null,"pkNames":["id"],"table":"p","type":"INSERT"})"
    "\n"
    R"({"data":null,"isDdl":true,"old":null,"table":"p2","database":"shop","type":"CREATE"})"
    "\n"
    R"({"data":[{"id":"101","name":"bike","weight":"5.17"},{"id":"102","name":null,"weight":)"
    R"("5.18"}],"old":[{"weight":"3.14"},{"name":"car","weight":null}],"type":"UPDATE",)"
    R"("database":"shop","table":"p"})"
    "\n"
    R"({"data":[{"id":"102","name":null,"weight":"5.18"}],"old":null,"type":"DELETE","table":"p",)"
    R"("database":"shop"})"
    "\n";

TEST(CanalFormat, EveryKindOfChange) {
  const Decoded decoded = Canal().Decode(kCanal);
  ASSERT_TRUE(decoded.status.ok()) << decoded.status.ToString();
  // Flink gives the first -U no name, since another row of the event was given one.
  EXPECT_THAT(decoded.rows,
              ElementsAre("+I[101, scooter, 3.14]", "+I[102, car, 8.10]", "-U[101, bike, 3.14]",
                          "+U[101, bike, 5.17]", "-U[102, car, NULL]", "+U[102, NULL, 5.18]",
                          "-D[102, NULL, 5.18]"));
}

TEST(CanalFormat, AnEventIsNeverParted) {
  const std::vector<std::string> all = Canal().Decode(kCanal).rows;
  for (const uint32_t rows : {1U, 2U, 3U, 4U, 6U, 8U}) {
    SCOPED_TRACE(rows);
    EXPECT_EQ(Canal().Decode(kCanal, rows).rows, all);
  }
  for (size_t cut = 0; cut <= kCanal.size(); cut += 13)
    EXPECT_EQ(Canal().DecodeCut(kCanal, cut).rows, all) << cut;
}

TEST(CanalFormat, ReadsOnlyWantedColumns) {
  FormatUnderTest one = Canal();
  one.columns = {2};
  EXPECT_THAT(one.Decode(kCanal).rows, ElementsAre("+I[3.14]", "+I[8.10]", "-U[3.14]", "+U[5.17]",
                                                   "-U[NULL]", "+U[5.18]", "-D[5.18]"));
  FormatUnderTest none = Canal();
  none.columns = {};
  EXPECT_EQ(none.Decode(kCanal).rows.size(), 7U);
}

TEST(CanalFormat, BadEvents) {
  EXPECT_THAT(Reason(Canal(), R"({"data":[{"id":1}]})"), HasSubstr("no \"type\""));
  EXPECT_THAT(Reason(Canal(), R"({"data":[{"id":1}],"type":"ALTER"})"),
              HasSubstr("none of INSERT, UPDATE, DELETE and CREATE"));
  EXPECT_THAT(Reason(Canal(), R"({"data":null,"type":"INSERT"})"), HasSubstr("no row \"data\""));
  EXPECT_THAT(Reason(Canal(), R"({"data":[null],"type":"INSERT"})"), HasSubstr("no row \"data\""));
  EXPECT_THAT(Reason(Canal(), R"({"data":[{"id":1}],"old":null,"type":"UPDATE"})"),
              HasSubstr("the update has no row \"old\""));
  EXPECT_THAT(Reason(Canal(), R"({"data":[{"id":1},{"id":2}],"old":[{}],"type":"UPDATE"})"),
              HasSubstr("1 rows \"old\" for 2 rows \"data\""));
}

TEST(CanalFormat, LeavesBadEventsOut) {
  const Decoded decoded =
      Canal({{"canal-json.ignore-parse-errors", "true"}})
          .Decode(R"({"data":[{"id":1}],"type":"UPDATE","old":[{"id":"x"}]})"
                  "\n"
                  R"({"data":[{"id":1}],"type":"ALTER"})"
                  "\n"
                  R"({"data":[{"id":2,"name":"a"}],"type":"UPDATE","old":[{"name":"b"}]})"
                  "\n");
  ASSERT_TRUE(decoded.status.ok()) << decoded.status.ToString();
  EXPECT_THAT(decoded.rows, ElementsAre("-U[2, b, NULL]", "+U[2, a, NULL]"));
  EXPECT_EQ(decoded.skipped, 2U);
}

TEST(CanalFormat, LeavesOtherTablesOut) {
  const std::string other =
      R"({"data":[{"id":"none of ours"}],"type":"INSERT","table":"other","database":"shop"})"
      "\n";
  std::string text;
  for (const std::string& line : Lines(std::string(kCanal))) text += other + line + "\n" + other;
  const FormatUnderTest format =
      Canal({{"canal-json.table.include", "p\\d?"}, {"canal-json.database.include", "shop"}});
  const std::vector<std::string> all = Canal().Decode(kCanal).rows;
  for (const uint32_t rows : {1U, 2U, 3U, 5U, 8U, 100U}) {
    SCOPED_TRACE(rows);
    const Decoded decoded = format.Decode(text, rows);
    ASSERT_TRUE(decoded.status.ok()) << decoded.status.ToString();
    EXPECT_EQ(decoded.rows, all);
  }
  EXPECT_THAT(Canal({{"canal-json.database.include", "sho"}}).Decode(kCanal).rows, IsEmpty());
  EXPECT_THAT(Canal({{"canal-json.table.include", "("}}).Decode(kCanal).status.ToString(),
              HasSubstr("'canal-json.table.include' is wrong"));
}

// Whichever of the two decoders meets it, the first fault is named, by its place in the text.
TEST(CanalFormat, SaysWhereTheFirstFaultIsBesideOtherTables) {
  const std::string other = R"({"type":"INSERT","table":"other"})"
                            "\n";
  const std::string no_table = R"({"data":[{"id":1}],"type":"INSERT"})"
                               "\n";
  const std::string no_rows = R"({"data":null,"type":"INSERT","table":"p"})"
                              "\n";
  const FormatUnderTest format = Canal({{"canal-json.table.include", "p"}});
  for (const uint32_t rows : {1U, 3U, 100U}) {
    SCOPED_TRACE(rows);
    Decoded decoded = format.Decode(other + no_rows + no_table, rows);
    EXPECT_EQ(decoded.bad.offset, other.size());
    EXPECT_THAT(decoded.bad.reason, HasSubstr("no row \"data\""));
    decoded = format.Decode(other + no_table + no_rows, rows);
    EXPECT_EQ(decoded.bad.offset, other.size());
    EXPECT_THAT(decoded.bad.reason, HasSubstr("no \"table\", by which"));
    decoded = format.Decode(other + "nonsense\n" + no_rows, rows);
    EXPECT_EQ(decoded.bad.offset, other.size());
    EXPECT_THAT(decoded.bad.reason, HasSubstr("not a JSON object"));
  }
  const Decoded decoded =
      Canal({{"canal-json.table.include", "p"}, {"canal-json.ignore-parse-errors", "true"}})
          .Decode(other + no_table + "nonsense\n" + no_rows + other + no_table, 1);
  EXPECT_TRUE(decoded.status.ok());
  EXPECT_EQ(decoded.skipped, 4U);
}

TEST(CanalFormat, Metadata) {
  FormatUnderTest format = Canal();
  format.columns = {0};
  format.metadata = {"table",    "database",        "pk-names",
                     "sql-type", "event-timestamp", "ingestion-timestamp"};
  const Decoded decoded = format.Decode(
      R"({"data":[{"id":1},{"id":2}],"type":"INSERT","table":"p","database":"d","pkNames":["id"],)"
      R"("sqlType":{"id":4},"es":1000,"ts":1500})"
      "\n"
      R"({"data":[{"id":1}],"type":"DELETE"})"
      "\n");
  ASSERT_TRUE(decoded.status.ok()) << decoded.status.ToString();
  EXPECT_THAT(decoded.rows,
              ElementsAre("+I[1, p, d, [id], {id=4}, 1970-01-01 00:00:01.000, 1970-01-01 "
                          "00:00:01.500]",
                          "+I[2, p, d, [id], {id=4}, 1970-01-01 00:00:01.000, 1970-01-01 "
                          "00:00:01.500]",
                          "-D[1, NULL, NULL, NULL, NULL, NULL, NULL]"));
}

TEST(CanalFormat, WritesInsertsAndDeletes) {
  const auto text = Canal().Encode("+I[1, a, 1.5]\n-U[1, a, 1.5]\n+U[1, NULL, NULL]\n");
  ASSERT_TRUE(text.ok());
  EXPECT_THAT(Lines(*text),
              ElementsAre(R"({"data":[{"id":1,"name":"a","weight":1.50}],"type":"INSERT"})",
                          R"({"data":[{"id":1,"name":"a","weight":1.50}],"type":"DELETE"})",
                          R"({"data":[{"id":1,"name":null,"weight":null}],"type":"INSERT"})"));
  EXPECT_THAT(Canal().Decode(*text).rows,
              ElementsAre("+I[1, a, 1.50]", "-D[1, a, 1.50]", "+I[1, NULL, NULL]"));
}

constexpr std::string_view kMaxwell =
    R"({"database":"test","table":"p","type":"insert","ts":1596684883,"data":{"id":111,"name":)"
    R"("scooter","weight":5.15},"primary_key_columns":["id"]})"
    "\n"
    R"({"type":"update","data":{"id":111,"name":"scooter","weight":5.17},"old":{"weight":5.15}})"
    "\n"
    R"({"type":"update","data":{"id":111,"name":"x","weight":5.17},"old":{"name":null,"z":[{}]}})"
    "\n"
    R"({"type":"delete","data":{"id":111,"name":"x","weight":5.17}})"
    "\n";

TEST(MaxwellFormat, EveryKindOfChange) {
  for (const uint32_t rows : {1U, 2U, 3U, 100U}) {
    const Decoded decoded = Maxwell().Decode(kMaxwell, rows);
    ASSERT_TRUE(decoded.status.ok()) << decoded.status.ToString();
    EXPECT_THAT(decoded.rows, ElementsAre("+I[111, scooter, 5.15]", "-U[111, scooter, 5.15]",
                                          "+U[111, scooter, 5.17]", "-U[111, NULL, 5.17]",
                                          "+U[111, x, 5.17]", "-D[111, x, 5.17]"));
  }
}

// The events that are left out stand between those whose columns are read a second time.
TEST(MaxwellFormat, ColumnsAreThoseOfTheirEvent) {
  std::string text;
  for (const std::string& line : Lines(std::string(kMaxwell)))
    text += line + "\nnonsense\n{\"type\":\"update\",\"data\":{\"id\":\"x\"},\"old\":{}}\n\n";
  const Decoded decoded = Maxwell({{"maxwell-json.ignore-parse-errors", "true"}}).Decode(text);
  ASSERT_TRUE(decoded.status.ok()) << decoded.status.ToString();
  EXPECT_EQ(decoded.rows, Maxwell().Decode(kMaxwell).rows);
  EXPECT_EQ(decoded.skipped, 8U);
}

TEST(MaxwellFormat, BadEvents) {
  EXPECT_THAT(Reason(Maxwell(), R"({"type":"bootstrap-insert","data":{"id":1}})"),
              HasSubstr("none of insert, update and delete"));
  EXPECT_THAT(Reason(Maxwell(), R"({"type":"update","data":{"id":1}})"),
              HasSubstr("the update has no row \"old\""));
  EXPECT_THAT(Reason(Maxwell(), R"({"type":"delete","data":null})"), HasSubstr("no row \"data\""));
}

TEST(MaxwellFormat, MetadataAndTheWayBack) {
  FormatUnderTest format = Maxwell();
  format.columns = {0};
  format.metadata = {"primary-key-columns", "ingestion-timestamp", "table", "database"};
  EXPECT_EQ(format.Decode(kMaxwell).rows[0], "+I[111, [id], 1970-01-19 11:31:24.883, p, test]");
  EXPECT_THAT(Lines(Maxwell().Encode("+I[1, a, 1.5]\n-D[1, a, 1.5]\n").value()),
              ElementsAre(R"({"data":{"id":1,"name":"a","weight":1.50},"type":"insert"})",
                          R"({"data":{"id":1,"name":"a","weight":1.50},"type":"delete"})"));
}

constexpr std::string_view kOgg =
    R"({"before":null,"after":{"id":1,"name":"a","weight":5.15},"op_type":"I","table":"S.P",)"
    R"("op_ts":"2020-05-13 15:40:06.000000","current_ts":"2020-05-13 15:40:07.123456",)"
    R"("primary_keys":["id"]})"
    "\n"
    R"({"before":{"id":1,"name":"a","weight":5.15},"after":{"id":1,"name":null,"weight":5.18},)"
    R"("op_type":"U"})"
    "\n"
    R"({"before":{"id":1,"name":null,"weight":5.18},"op_type":"D"})"
    "\n";

TEST(OggFormat, EveryKindOfChange) {
  EXPECT_THAT(Ogg().Decode(kOgg).rows, ElementsAre("+I[1, a, 5.15]", "-U[1, a, 5.15]",
                                                   "+U[1, NULL, 5.18]", "-D[1, NULL, 5.18]"));
  EXPECT_THAT(Reason(Ogg(), R"({"op_type":"T"})"), HasSubstr("none of I, U and D"));
  EXPECT_THAT(Reason(Ogg(), R"({"op_type":"U","after":{"id":1}})"), HasSubstr("ADD TRANDATA"));
}

TEST(OggFormat, MetadataAndTheWayBack) {
  FormatUnderTest format = Ogg();
  format.columns = {};
  format.metadata = {"table", "primary-keys", "event-timestamp", "ingestion-timestamp"};
  EXPECT_EQ(format.Decode(kOgg).rows[0],
            "+I[S.P, [id], 2020-05-13 15:40:06.000000, 2020-05-13 15:40:07.123456]");
  EXPECT_EQ(format.Decode(kOgg).rows[3], "-D[NULL, NULL, NULL, NULL]");
  EXPECT_THAT(format.Decode(R"({"op_type":"D","before":{},"op_ts":"soon"})").bad.reason,
              HasSubstr("its op_ts is no time like"));
  EXPECT_THAT(
      Lines(Ogg().Encode("+I[1, a, 1.5]\n-D[1, a, 1.5]\n").value()),
      ElementsAre(R"({"before":null,"after":{"id":1,"name":"a","weight":1.50},"op_type":"I"})",
                  R"({"before":{"id":1,"name":"a","weight":1.50},"after":null,"op_type":"D"})"));
}

}  // namespace
}  // namespace weir::connectors::testing
