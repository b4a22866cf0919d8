// What the connector to PostgreSQL decides without a server: URLs, positions, changes, texts. With
// one: tests/postgres.
#include <fmt/format.h>

#include <map>

#include "runtime/connectors/jdbc/key_order.h"
#include "runtime/connectors/jdbc/row_changes.h"
#include "runtime/connectors/jdbc/scan_position.h"
#include "runtime/connectors/postgres/postgres_options.h"
#include "runtime/connectors/postgres/server_table.h"
#include "runtime/connectors/postgres/value_text.h"
#include "runtime/types/batch_text.h"
#include "runtime/types/column_builder.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::postgres {
namespace {

using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

using jdbc::ChangeEncoder;
using jdbc::ParsePosition;
using jdbc::RowChange;
using jdbc::RowChanges;
using jdbc::ScanPosition;

const graph::ConnectorDescriptor& Jdbc() {
  return *BuiltinConnectors().FindConnector("jdbc");
}

Result<Access> Reach(const std::string& url, graph::TableOptions more = {}) {
  more.push_back({"url", url});
  return AccessOf(graph::TypedOptions(Jdbc(), more));
}

// The last of equal keywords counts, as in libpq.
std::map<std::string, std::string> Keywords(const std::string& url, graph::TableOptions more = {}) {
  std::map<std::string, std::string> last;
  const Access access = Reach(url, std::move(more)).value();
  for (const auto& [key, value] : access.keywords) last[key] = value;
  return last;
}

TEST(PostgresUrlTest, SaysTheServerAndTheDatabase) {
  auto said = Keywords("jdbc:postgresql://db.example:6543/shop");
  EXPECT_EQ(said["host"], "db.example");
  EXPECT_EQ(said["port"], "6543");
  EXPECT_EQ(said["dbname"], "shop");
  EXPECT_EQ(said["application_name"], "weir");
  said = Keywords("postgresql://ada:p%40ss@a,b:1,[::1]:2/x%20y");
  EXPECT_EQ(said["host"], "a,b,::1");
  EXPECT_EQ(said["port"], "5432,1,2");
  EXPECT_EQ(said["dbname"], "x y");
  EXPECT_EQ(said["user"], "ada");
  EXPECT_EQ(said["password"], "p@ss");
  EXPECT_EQ(Keywords("jdbc:postgresql:shop")["dbname"], "shop");
  EXPECT_EQ(Keywords("jdbc:postgresql:shop")["host"], "localhost");
  said = Keywords("jdbc:postgresql://,b:5433/db");
  EXPECT_EQ(said["host"], "localhost,b");
  EXPECT_EQ(said["port"], "5432,5433");
}

TEST(PostgresUrlTest, HasTheParametersOfTheDriverAndOfTheLibrary) {
  auto said = Keywords(
      "jdbc:postgresql://h/d?user=u&ssl=true&currentSchema=a b&options=-c%20geqo%3Doff&"
      "tcpKeepAlive=true&targetServerType=preferSecondary&reWriteBatchedInserts=true&"
      "keepalives_idle=7&ApplicationName=me",
      {{"username", "ada"}});
  EXPECT_EQ(said["user"], "ada") << "the option of the table";
  EXPECT_EQ(said["sslmode"], "verify-full");
  EXPECT_EQ(said["options"], "-c search_path=a\\ b -c geqo=off");
  EXPECT_EQ(said["keepalives"], "1");
  EXPECT_EQ(said["target_session_attrs"], "prefer-standby");
  EXPECT_EQ(said["keepalives_idle"], "7");
  EXPECT_EQ(said["application_name"], "me");
  EXPECT_FALSE(said.contains("reWriteBatchedInserts"));
  const Access access = Reach("jdbc:postgresql://h/d?connectTimeout=3&socketTimeout=4").value();
  EXPECT_EQ(access.connect_millis, 3000);
  EXPECT_EQ(access.answer_millis, 4000);
}

TEST(PostgresUrlTest, IsRefusedByWhatIsWrong) {
  EXPECT_EQ(Reach("jdbc:mysql://h/d").status().id(), "E2008");
  EXPECT_EQ(Reach("http://h/d").status().id(), "E2008");
  EXPECT_EQ(Reach("jdbc:postgresql://h:x/d").status().id(), "E2008");
  EXPECT_EQ(Reach("jdbc:postgresql://h/d%2").status().id(), "E2008");
  EXPECT_EQ(Reach("jdbc:postgresql://h/d?connectTimeout=soon").status().id(), "E2008");
  EXPECT_THAT(Reach("jdbc:postgresql://h/d?sslfactory=X").status().message(),
              HasSubstr("'sslfactory'"));
  EXPECT_EQ(Reach("jdbc:postgresql://a:secret@h/d").value().place, "h/d") << "what is said";
}

TEST(PostgresPositionTest, IsReadAsItWasWritten) {
  ScanPosition position;
  EXPECT_EQ(ParsePosition("").value().rows, 0U);
  position.rows = 12;
  EXPECT_EQ(position.Text(), "v1 rows=12");
  position.equal = 3;
  position.by = {"id", "odd name,"};
  ScanPosition begun;  // of a composite key, before its first row
  begun.by = position.by;
  EXPECT_EQ(ParsePosition(begun.Text()).value().rows, 0U);
  position.at = {"", "a b,%\n\xc3\xa4"};
  const ScanPosition read = ParsePosition(position.Text()).value();
  EXPECT_EQ(read.rows, 12U);
  EXPECT_EQ(read.equal, 3U);
  EXPECT_EQ(read.by, position.by);
  EXPECT_EQ(read.at, position.at);
  EXPECT_EQ(position.Text().find('\n'), std::string::npos);
  EXPECT_TRUE(read.sorted.empty()) << "as earlier builds have written it";
  position.sorted = {"pg_catalog.integer_ops", "ext.citext_ops pg_catalog.\"default\""};
  EXPECT_EQ(ParsePosition(position.Text()).value().sorted, position.sorted);
  EXPECT_EQ(ParsePosition(position.Text()).value().at, position.at);
  for (const char* const wrong :
       {"v2 rows=1", "v1 rows=-1", "v1 rows=1 equal=1", "v1 rows=1 equal=1 by=a,b at=c",
        "v1 rows=1 equal=1 by=a at=b sorted=c,d", "v1 rows=1 equal=1 by=a at=b more=c",
        "v1 rows=1 equal=1 by=a at=%g0", "v1 rows=1 equal=1 by=a at=b c"})
    EXPECT_EQ(ParsePosition(wrong).status().id(), "E7001") << wrong;
}

// By one comparison of rows, or where the columns have operators of their own, one by one.
TEST(PostgresKeyOrderTest, ComparesAsTheTypesSay) {
  const KeyOperators plain = ServerColumn().operators;
  const KeyOperators own = {"OPERATOR(x.=)", "OPERATOR(x.>)", "OPERATOR(x.>=)"};
  std::vector<KeyTerm> key = {{"a", plain, "'1'"}};
  EXPECT_EQ(BehindKey(key), "(a) OPERATOR(pg_catalog.>) ('1')");
  key.push_back({"b", plain, "'2'"});
  EXPECT_EQ(BehindKey(key), "(a, b) OPERATOR(pg_catalog.>) ('1', '2')");
  key.push_back({"c", own, "'3'"});
  EXPECT_EQ(BehindKey(key),
            "(a OPERATOR(pg_catalog.>=) '1' AND (a OPERATOR(pg_catalog.>) '1' OR "
            "(a OPERATOR(pg_catalog.=) '1' AND (b OPERATOR(pg_catalog.>) '2' OR "
            "(b OPERATOR(pg_catalog.=) '2' AND c OPERATOR(x.>) '3')))))");
  EXPECT_EQ(
      EqualKey(key),
      "a OPERATOR(pg_catalog.=) '1' AND b OPERATOR(pg_catalog.=) '2' AND c OPERATOR(x.=) '3'");
}

TEST(PostgresChangesTest, KeepTheLastOneOfAKey) {
  const std::vector<Type> types = {Type::Int(), Type::String()};
  const Batch batch =
      ParseBatch("+I[1, a]\n-D[1, a]\n+U[1, 'b\tc']\n+I[2, x]\n-D[2, x]\n+I[3, NULL]", types)
          .value();
  RowChanges changes;
  ChangeEncoder encoder(kCopyText, {0});
  ASSERT_TRUE(encoder
                  .ForEach(batch,
                           [&](const RowChange& change) {
                             changes.Add(change);
                             return Status();
                           })
                  .ok());
  EXPECT_EQ(changes.size(), 3U);
  std::map<std::string, std::string> held;
  for (const auto& [key, one] : changes.keyed())
    held[key] = fmt::format("{} {}", one.row.value_or("deleted"), one.place);
  EXPECT_THAT(held, UnorderedElementsAre(Pair("1", "1\tb\\tc 3"), Pair("2", "deleted 5"),
                                         Pair("3", "3\t\\N 6")));
  changes.Clear();
  EXPECT_TRUE(changes.empty());
}

// What is promised must be taken by then.
TEST(PostgresChangesTest, AreTexts) {
  ChangeEncoder encoder(kCopyText, {0});
  for (const std::string text : {"\xff", "a\xc3", "\xed\xa0\x80"}) {
    ColumnBuilder builder(Type::String(), 1);
    builder.AppendString(text);
    Batch batch;
    batch.row_count = 1;
    batch.columns = {builder.Finish()};
    const Status taken = encoder.ForEach(batch, [](const RowChange&) { return Status(); });
    EXPECT_EQ(taken.id(), "E3001") << text;
    EXPECT_THAT(taken.message(), HasSubstr("no UTF-8"));
  }
}

TEST(PostgresTextTest, IsWhatCopyReads) {
  const std::vector<Type> types = {Type::Array(Type::String()), Type::Boolean(),
                                   Type::TimestampLtz(3), Type::VarBinary(9)};
  const Batch batch =
      ParseBatch("+I[['a\"b', NULL, 'c\\d'], TRUE, 2026-01-01 10:00:00.5, x'0a5c']", types).value();
  std::string text;
  for (const ColumnPtr& column : batch.columns) {
    ASSERT_TRUE(AppendCopyField(*column, 0, text).ok());
    text += '|';
  }
  EXPECT_EQ(text, R"({"a\\"b",NULL,"c\\\\d"}|TRUE|2026-01-01 10:00:00.500+00|\\x0a5c|)");
}

// The server has no year 0, which is 1 BC.
TEST(PostgresTextTest, SaysTheEraOfYears) {
  const std::map<int32_t, std::string> texts = {
      {-719'162, "0001-01-01"},    {-719'163, "0001-12-31 BC"}, {-719'528, "0001-01-01 BC"},
      {-719'529, "0002-12-31 BC"}, {0, "1970-01-01"},           {-735'160, "0044-03-15 BC"}};
  for (const auto& [days, expected] : texts) {
    const MutableColumnPtr column = Column::Make(Type::Date(), 1);
    column->mutable_data<int32_t>()[0] = days;
    std::string text;
    ASSERT_TRUE(AppendCopyField(*column, 0, text).ok());
    EXPECT_EQ(text, expected);
  }
}

}  // namespace
}  // namespace weir::connectors::postgres
