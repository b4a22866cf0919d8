// NULL where a type says NOT NULL: a fault of the record, with its place, or left out with all its
// rows.
#include "runtime/connectors/formats/not_null_decoder.h"

#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;

const Schema kNamed{{{"id", Type::Int().WithNullable(false)},
                     {"name", Type::String().WithNullable(false)},
                     {"tags", Type::Array(Type::Int().WithNullable(false))}}};

constexpr std::string_view kObjects = R"({"id": 1, "name": "a", "tags": [1, 2]})"
                                      "\n"
                                      R"({"id": 2, "name": null, "tags": []})"
                                      "\n"
                                      R"({"id": 3, "name": "c", "tags": [1, null]})"
                                      "\n"
                                      R"({"id": 4, "name": "d"})"
                                      "\n";

constexpr std::string_view kEvents =
    R"({"before": null, "after": {"id": 1, "name": "a"}, "op": "c"})"
    "\n"
    R"({"before": {"id": 1, "name": "a"}, "after": {"id": 1}, "op": "u"})"
    "\n"
    R"({"before": {"id": 1}, "after": {"id": 1, "name": "b"}, "op": "u"})"
    "\n"
    R"({"before": {"id": 1, "name": "a"}, "after": {"id": 1, "name": "c"}, "op": "u"})"
    "\n";

TEST(NotNullDecoder, SaysWhichRecordAndColumn) {
  const FormatUnderTest json("json", kNamed);
  for (const uint32_t rows : {1000U, 1U, 2U}) {
    const Decoded decoded = json.Decode(kObjects, rows);
    EXPECT_EQ(decoded.status.id(), "E3005");
    EXPECT_EQ(decoded.bad.offset, kObjects.find('\n') + 1);
    EXPECT_EQ(decoded.bad.column, "name");
    EXPECT_EQ(decoded.bad.reason, "it is NULL, and the column is NOT NULL");
  }
  FormatUnderTest within("json", kNamed);
  within.columns = {0, 2};
  const Decoded decoded = within.Decode(kObjects);
  EXPECT_EQ(decoded.bad.offset, kObjects.find(R"({"id": 3)"));
  EXPECT_EQ(decoded.bad.column, "tags");
  EXPECT_EQ(decoded.bad.reason, "tags[1] is NULL where the type says NOT NULL");
}

TEST(NotNullDecoder, LooksAtWhatIsReadAlone) {
  FormatUnderTest ids("json", kNamed);
  ids.columns = {0};
  EXPECT_THAT(ids.Decode(kObjects).rows, ElementsAre("+I[1]", "+I[2]", "+I[3]", "+I[4]"));
}

TEST(NotNullDecoder, LeavesBadRecordsOut) {
  const FormatUnderTest json("json", kNamed, {{"json.ignore-parse-errors", "true"}});
  for (const uint32_t rows : {1000U, 1U, 2U, 3U}) {
    const Decoded decoded = json.Decode(kObjects, rows);
    ASSERT_TRUE(decoded.status.ok()) << decoded.status.ToString();
    EXPECT_THAT(decoded.rows, ElementsAre("+I[1, a, [1, 2]]", "+I[4, d, NULL]"));
    EXPECT_EQ(decoded.skipped, 2U);
  }
}

// Half an update would be a row that nothing takes back.
TEST(NotNullDecoder, LeavesWholeEventsOut) {
  const Schema two{{kNamed.fields[0], kNamed.fields[1]}};
  const FormatUnderTest events("debezium-json", two,
                               {{"debezium-json.ignore-parse-errors", "true"}});
  for (const uint32_t rows : {1000U, 1U, 2U, 3U, 4U, 5U}) {
    const Decoded decoded = events.Decode(kEvents, rows);
    ASSERT_TRUE(decoded.status.ok()) << decoded.status.ToString();
    EXPECT_THAT(decoded.rows, ElementsAre("+I[1, a]", "-U[1, a]", "+U[1, c]"));
    EXPECT_EQ(decoded.skipped, 2U);
  }
  const Decoded refused = FormatUnderTest("debezium-json", two).Decode(kEvents);
  EXPECT_EQ(refused.bad.offset, kEvents.find('\n') + 1);
}

}  // namespace
}  // namespace weir::connectors::testing
