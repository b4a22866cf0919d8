// What the connector to PostgreSQL's log decides without a server: messages, positions, who sees
// whom. With one: tests/postgres/cdc_test.py.
#include "runtime/connectors/postgres/change_position.h"
#include "runtime/connectors/postgres/log_message.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// --- messages ------------------------------------------------------------------------------------

std::string Text(std::string_view text) {
  return std::string(text) + '\0';
}

template <typename T>
std::string Number(T value) {
  std::string bytes;
  for (size_t i = sizeof(T); i-- > 0;)
    bytes.push_back(static_cast<char>(static_cast<uint64_t>(value) >> (8 * i)));
  return bytes;
}

// A row of the log: "n" is NULL, "u" unchanged, any other text itself.
std::string Row(const std::vector<std::string>& cells) {
  std::string bytes = Number(static_cast<uint16_t>(cells.size()));
  for (const std::string& cell : cells) {
    if (cell == "n" || cell == "u") {
      bytes += cell;
    } else {
      bytes += "t" + Number(static_cast<uint32_t>(cell.size())) + cell;
    }
  }
  return bytes;
}

std::string Cells(const std::vector<LogCell>& cells) {
  std::string text;
  for (const LogCell& cell : cells) {
    text += cell.kind == LogCell::Kind::kNull        ? "NULL"
            : cell.kind == LogCell::Kind::kUnchanged ? "same"
                                                     : std::string(cell.text);
    text += '|';
  }
  return text;
}

LogMessage Parsed(const std::string& bytes) {
  LogMessage message;
  const Status status = ParseLogMessage(bytes, message);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return message;
}

// As the documentation of the protocol describes them.
const std::string kBegin =
    "B" + Number(uint64_t{0x1600000028}) + Number(int64_t{1'000'000}) + Number(uint32_t{777});
const std::string kCommit = "C" + Number(uint8_t{0}) + Number(uint64_t{0x1600000028}) +
                            Number(uint64_t{0x1600000058}) + Number(int64_t{1'000'000});
const std::string kRelation =
    "R" + Number(uint32_t{16384}) + Text("public") + Text("t") + "f" + Number(uint16_t{2}) +
    Number(uint8_t{1}) + Text("id") + Number(uint32_t{23}) + Number(uint32_t{0xFFFFFFFF}) +
    Number(uint8_t{0}) + Text("body") + Number(uint32_t{25}) + Number(uint32_t{0xFFFFFFFF});
const std::string kInsert = "I" + Number(uint32_t{16384}) + "N" + Row({"1", "n"});
const std::string kUpdate =
    "U" + Number(uint32_t{16384}) + "O" + Row({"1", "long"}) + "N" + Row({"2", "u"});
const std::string kPlainUpdate = "U" + Number(uint32_t{16384}) + "N" + Row({"2", ""});
const std::string kDelete = "D" + Number(uint32_t{16384}) + "K" + Row({"2", "n"});
const std::string kTruncate =
    "T" + Number(uint32_t{2}) + Number(uint8_t{1}) + Number(uint32_t{5}) + Number(uint32_t{6});

TEST(LogMessageTest, TellsOfTransactions) {
  const LogMessage begin = Parsed(kBegin);
  EXPECT_EQ(begin.kind, LogMessageKind::kBegin);
  EXPECT_EQ(begin.place, 0x1600000028U);
  EXPECT_EQ(begin.transaction, 777U);
  EXPECT_EQ(begin.commit_micros, 946'684'801'000'000) << "a second of the year 2000";
  const LogMessage commit = Parsed(kCommit);
  EXPECT_EQ(commit.kind, LogMessageKind::kCommit);
  EXPECT_EQ(commit.place, 0x1600000058U) << "behind the commit";
}

TEST(LogMessageTest, TellsOfTables) {
  const LogMessage relation = Parsed(kRelation);
  EXPECT_EQ(relation.kind, LogMessageKind::kRelation);
  EXPECT_THAT(relation.tables, ElementsAre(16384));
  ASSERT_EQ(relation.columns.size(), 2U);
  EXPECT_EQ(relation.columns[0].name, "id");
  EXPECT_TRUE(relation.columns[0].in_identity);
  EXPECT_EQ(relation.columns[1].name, "body");
  EXPECT_FALSE(relation.columns[1].in_identity);
  EXPECT_THAT(Parsed(kTruncate).tables, ElementsAre(5, 6));
}

TEST(LogMessageTest, TellsOfRows) {
  EXPECT_EQ(Cells(Parsed(kInsert).after), "1|NULL|");
  const LogMessage update = Parsed(kUpdate);
  EXPECT_EQ(Cells(update.before), "1|long|");
  EXPECT_TRUE(update.before_is_whole);
  EXPECT_EQ(Cells(update.after), "2|same|");
  EXPECT_EQ(Cells(Parsed(kPlainUpdate).before), "");
  EXPECT_EQ(Cells(Parsed(kPlainUpdate).after), "2||");
  const LogMessage deleted = Parsed(kDelete);
  EXPECT_EQ(Cells(deleted.before), "2|NULL|");
  EXPECT_FALSE(deleted.before_is_whole);
}

TEST(LogMessageTest, TakesNothingThatIsCutOrLonger) {
  LogMessage message;
  for (const std::string& whole :
       {kBegin, kCommit, kRelation, kInsert, kUpdate, kPlainUpdate, kDelete, kTruncate}) {
    for (size_t size = 0; size < whole.size(); ++size) {
      EXPECT_EQ(ParseLogMessage(whole.substr(0, size), message).id(), "E3001")
          << whole[0] << " of " << size << " bytes";
    }
    EXPECT_FALSE(ParseLogMessage(whole + "x", message).ok()) << whole[0];
  }
  EXPECT_FALSE(ParseLogMessage("I" + Number(uint32_t{1}) + "X" + Row({"1"}), message).ok());
  EXPECT_EQ(Parsed("Yanything").kind, LogMessageKind::kOther);
}

// --- who sees whom -------------------------------------------------------------------------------

TEST(VisibilityTest, IsOfWhatHadCommitted) {
  const Visibility seen = ParseVisibility("10:20:10,14,15").value();
  EXPECT_TRUE(seen.Sees(9));
  EXPECT_FALSE(seen.Sees(10));
  EXPECT_TRUE(seen.Sees(11));
  EXPECT_FALSE(seen.Sees(15));
  EXPECT_TRUE(seen.Sees(19));
  EXPECT_FALSE(seen.Sees(20)) << "it had not begun";
  EXPECT_EQ(seen.Text(), "10:20:10,14,15");
  EXPECT_TRUE(ParseVisibility("7:7:").value().Sees(6));
  for (const char* wrong : {"", "1", "1:2", "2:1:", "a:b:c", "1:2:3;4", "1:2:3:4", "-1:2:"})
    EXPECT_EQ(ParseVisibility(wrong).status().id(), "E7001") << wrong;
}

TEST(VisibilityTest, NumbersGoOnBehind32Bits) {
  constexpr uint64_t kTurn = uint64_t{1} << 32;
  EXPECT_EQ(WholeNumber(5, 7), 5U);
  EXPECT_EQ(WholeNumber(9, 7), 9U);
  EXPECT_EQ(WholeNumber(5, kTurn + 7), kTurn + 5);
  EXPECT_EQ(WholeNumber(0xFFFFFFF0U, kTurn + 7), kTurn - 16) << "before the turn";
  EXPECT_EQ(WholeNumber(3, kTurn - 2), kTurn + 3) << "behind it";
}

// --- positions -----------------------------------------------------------------------------------

TEST(ChangePositionTest, IsReadBack) {
  ChangePosition position;
  position.system = "7301";
  position.slot = "weir_1";
  position.log = 0x1600000028;
  position.rows = 12;
  EXPECT_EQ(position.Text(), "v1 system=7301 slot=weir_1 log=16/28 rows=12");
  EXPECT_EQ(ParseChangePosition(position.Text()).value(), position);
  position.commit = 0xFF;
  position.of_it = 3;
  EXPECT_EQ(ParseChangePosition(position.Text()).value(), position);
  TablePosition& table = position.table.emplace();
  table.by = {"id", "a b"};
  EXPECT_EQ(ParseChangePosition(position.Text()).value(), position) << "nothing is read";
  table.done = {"1", ""};
  table.passed = {7, 9};
  EXPECT_EQ(ParseChangePosition(position.Text()).value(), position);
  table.portion = Portion{{"2", "x,y%=\n"}, false, {1, 9, {3}}, 0x100};
  EXPECT_EQ(ParseChangePosition(position.Text()).value(), position);
  EXPECT_EQ(position.Text(),
            "v1 system=7301 slot=weir_1 log=16/28 rows=12 commit=0/FF of-it=3 by=id,a%20b "
            "done=1, passed=7,9 to=2,x%2cy%25%3d%0a seen=1:9:3 until=0/100");
  table.sorted = {"pg_catalog.integer_ops", "pg_catalog.text_ops pg_catalog.\"C\""};
  EXPECT_EQ(ParseChangePosition(position.Text()).value(), position);
  table.portion = Portion{{}, true, {1, 9, {}}, 0x100};
  EXPECT_EQ(ParseChangePosition(position.Text()).value(), position) << "of an empty table";
  position.form = {16384, 16390, {{"id", {"1", "ab"}}, {"a b", {"3", "cd"}}}, {16400, 16402}};
  EXPECT_EQ(ParseChangePosition(position.Text()).value(), position);
  EXPECT_TRUE(position.Text().starts_with(
      "v1 system=7301 slot=weir_1 log=16/28 rows=12 table=16384 file=16390 "
      "columns=a%20b,3,cd,id,1,ab leaves=16400,16402 commit="))
      << position.Text();
}

TEST(ChangePositionTest, TakesNothingElse) {
  for (const char* wrong :
       {"", "v2 system=1 slot=s log=0/0 rows=0", "v1 system=1 slot=s log=0/0 rows=0 table=1",
        "v1 system=1 slot=s log=0/0 rows=0 table=1 file=1 columns=a,1",
        "v1 system=1 slot=s log=0 rows=0", "v1 system=1 slot=s log=0/G rows=0",
        "v1 slot=s log=0/0 rows=0", "v1 system=1 slot=s log=0/0",
        "v1 system=1 slot=s log=0/0 rows=0 commit=0/1", "v1 system=1 slot=s log=0/0 rows=0 more=1",
        "v1 system=1 slot=s log=0/0 rows=0 rows=0", "v1 system=1 slot=s log=0/0 rows=-1",
        "v1 system=1 slot=s log=0/0 rows=0 by=a,b done=1",
        "v1 system=1 slot=s log=0/0 rows=0 by=a,b sorted=1",
        "v1 system=1 slot=s log=0/0 rows=0 by=a seen=1:1: until=0/1",
        "v1 system=1 slot=s log=0/0 rows=0 by=a to=1 seen=1:1:",
        "v1 system=1 slot=s log=0/0 rows=0 by=a passed=1,"})
    EXPECT_EQ(ParseChangePosition(wrong).status().id(), "E7001") << wrong;
}

TEST(PostgresCdcTest, IsRefusedWithoutAPlace) {
  const graph::ConnectorDescriptor& cdc = *BuiltinConnectors().FindConnector("postgres-cdc");
  const Schema schema{{{"id", Type::Int()}}};
  const auto said = [&](const graph::TableOptions& options) {
    return cdc.check(schema, options).ToString();
  };
  EXPECT_THAT(said({{"table-name", "t"}}), HasSubstr("'hostname', or 'url'"));
  EXPECT_THAT(said({{"hostname", "h"}, {"table-name", "t"}}), HasSubstr("'database-name'"));
  const graph::TableOptions good = {
      {"hostname", "::1"}, {"database-name", "a b"}, {"table-name", "t"}};
  EXPECT_TRUE(cdc.check(schema, good).ok()) << said(good);
  const graph::TableOptions by_url = {{"url", "jdbc:postgresql://h/d"}, {"table-name", "t"}};
  EXPECT_TRUE(cdc.check(schema, by_url).ok()) << said(by_url);
  EXPECT_THAT(said({{"url", "jdbc:postgresql://h/d"}, {"hostname", "h"}, {"table-name", "t"}}),
              HasSubstr("cannot both"));
}

}  // namespace
}  // namespace weir::connectors::postgres
