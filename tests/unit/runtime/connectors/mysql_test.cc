// What the connector to MySQL decides without a server: URLs, names, texts. With one: tests/mysql.
#include <cmath>

#include "runtime/connectors/jdbc/jdbc_options.h"
#include "runtime/connectors/jdbc/key_order.h"
#include "runtime/connectors/mysql/mysql_options.h"
#include "runtime/connectors/mysql/server_table.h"
#include "runtime/connectors/mysql/value_text.h"
#include "runtime/types/batch_text.h"
#include "runtime/types/column_builder.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::mysql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<Access> Reach(const std::string& url, graph::TableOptions more = {}) {
  more.push_back({"url", url});
  return AccessOf(graph::TypedOptions(*BuiltinConnectors().FindConnector("mysql"), more));
}

TEST(MySqlUrlTest, SaysTheServersAndTheDatabase) {
  const Access access =
      Reach("jdbc:mysql://ada:p%40ss@a,b:1,[::1]:2/x%20y?connectTimeout=3000&socketTimeout=4000")
          .value();
  ASSERT_EQ(access.hosts.size(), 3U);
  EXPECT_EQ(access.hosts[0].host + access.hosts[0].port, "a3306");
  EXPECT_EQ(access.hosts[1].host + access.hosts[1].port, "b1");
  EXPECT_EQ(access.hosts[2].host + access.hosts[2].port, "::12");
  EXPECT_EQ(access.user, "ada");
  EXPECT_EQ(access.password, "p@ss");
  EXPECT_EQ(access.database, "x y");
  EXPECT_EQ(access.place, "a,b:1,[::1]:2/x y") << "nothing secret";
  EXPECT_EQ(access.connect_millis, 3000);
  EXPECT_EQ(access.answer_millis, 4000);
  EXPECT_EQ(access.tls, Tls::kPreferred);
  EXPECT_EQ(Reach("jdbc:mariadb:///d", {{"username", "u"}}).value().hosts[0].host, "localhost");
}

TEST(MySqlUrlTest, HasTheParametersOfTheDrivers) {
  const auto tls = [](const std::string& more) {
    return Reach("jdbc:mysql://h/d?" + more).value().tls;
  };
  EXPECT_EQ(tls("useSSL=false&rewriteBatchedStatements=true&serverTimezone=UTC"), Tls::kNever);
  EXPECT_EQ(tls("useSSL=true"), Tls::kRequired);
  EXPECT_EQ(tls("sslMode=VERIFY_IDENTITY"), Tls::kVerified);
  EXPECT_EQ(tls("sslMode=trust"), Tls::kRequired);
  EXPECT_EQ(tls("serverSslCert=file:/x.pem"), Tls::kVerified);
  EXPECT_THAT(PathsIn("url", "jdbc:mysql://h/d?a=b&serverSslCert=file:/x.pem"),
              ElementsAre("/x.pem"));
  EXPECT_TRUE(
      Reach("jdbc:mysql://h/d?zeroDateTimeBehavior=convertToNull").value().zero_dates_are_null);
  for (const std::string more :
       {"serverTimezone=Europe/Berlin", "characterEncoding=latin1", "sessionVariables=a=1",
        "trustCertificateKeyStoreUrl=file:x", "zeroDateTimeBehavior=ROUND"}) {
    EXPECT_EQ(Reach("jdbc:mysql://h/d?" + more).status().code(), StatusCode::kUnsupported) << more;
  }
  EXPECT_EQ(Reach("jdbc:mysql:replication://h/d").status().code(), StatusCode::kUnsupported);
  for (const std::string url :
       {"jdbc:mysql://h:x/d", "jdbc:mysql://h/", "jdbc:mysql://h/d%2",
        "jdbc:mysql://h/d?socketTimeout=soon", "jdbc:mysql://h/d?sslMode=x"}) {
    EXPECT_EQ(Reach(url).status().id(), "E2008") << url;
  }
}

TEST(MySqlNamesTest, AreQuoted) {
  EXPECT_EQ(NameInSql("orders").value(), "`orders`");
  EXPECT_EQ(NameInSql("sales.orders").value(), "`sales`.`orders`");
  EXPECT_EQ(NameInSql("`a.b``c`.`d`").value(), "`a.b``c`.`d`");
  for (const std::string name : {"", "a.", ".a", "a..b", "`a", "a.b.c", "`a`b"})
    EXPECT_FALSE(NameInSql(name).ok()) << name;
}

TEST(MySqlTextTest, IsWhatStatementsSay) {
  const std::vector<Type> types = {Type::String(),     Type::Boolean(),     Type::TimestampLtz(3),
                                   Type::VarBinary(9), Type::Decimal(5, 2), Type::Date()};
  const Batch batch = ParseBatch(
                          "+I['it''s \\, a,b', TRUE, 2026-01-01 10:00:00.5, x'0a5c', 1.50, "
                          "2026-02-03]\n+I[NULL, FALSE, NULL, NULL, NULL, NULL]",
                          types)
                          .value();
  std::vector<std::string> rows;
  jdbc::ChangeEncoder encoder(kLiterals, {});
  ASSERT_TRUE(encoder
                  .ForEach(batch,
                           [&](const jdbc::RowChange& change) {
                             rows.emplace_back(*change.row);
                             return Status();
                           })
                  .ok());
  EXPECT_THAT(rows, ElementsAre("'it''s \\\\, a,b',1,'2026-01-01 10:00:00.500',x'0a5c',1.50,"
                                "'2026-02-03'",
                                "NULL,0,NULL,NULL,NULL,NULL"));
  EXPECT_THAT(CutLiterals(rows[0]),
              ElementsAre("'it''s \\\\, a,b'", "1", "'2026-01-01 10:00:00.500'", "x'0a5c'", "1.50",
                          "'2026-02-03'"));
  EXPECT_THAT(CutLiterals("'\\'',',''',2"), ElementsAre("'\\''", "','''", "2"));
}

TEST(MySqlTextTest, RefusesWhatNoColumnHolds) {
  std::string out;
  for (const double value : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    const MutableColumnPtr column = Column::Make(Type::Double(), 1);
    column->mutable_data<double>()[0] = value;
    EXPECT_EQ(AppendLiteral(*column, 0, out).id(), "E3001") << value;
  }
  constexpr int32_t kIdesOfMarch = -735'160;  // of the year 44 BC
  constexpr int32_t kYear10000 = 2'932'897;
  for (const int32_t days : {kIdesOfMarch, kYear10000}) {
    const MutableColumnPtr column = Column::Make(Type::Date(), 1);
    column->mutable_data<int32_t>()[0] = days;
    EXPECT_EQ(AppendLiteral(*column, 0, out).id(), "E3001") << days;
  }
  EXPECT_EQ(out, "");
}

// What a column rounds is looked for as it is there.
TEST(MySqlTextTest, HoldsValuesAsColumnsDo) {
  const ServerColumn decimal{
      .name = "d", .type = "decimal", .whole = "decimal(5,1)", .scale = 1, .digits = 5};
  EXPECT_EQ(HeldLiteral(decimal, Type::Decimal(5, 2), "1.01"), "CAST(1.01 AS DECIMAL(5, 1))");
  EXPECT_EQ(HeldLiteral(decimal, Type::Decimal(5, 1), "1.0"), "1.0");
  const ServerColumn time{.name = "t", .type = "datetime", .whole = "datetime", .scale = 0};
  EXPECT_EQ(HeldLiteral(time, Type::Timestamp(3), "'x'"), "CAST('x' AS DATETIME(0))");
  EXPECT_TRUE(HoldsApart(time, Type::Timestamp(0)));
  const ServerColumn text{.name = "s", .type = "varchar", .collation = "utf8mb4_bin"};
  EXPECT_FALSE(HoldsApart(text, Type::String())) << "blanks at the end";
}

TEST(MySqlKeysTest, AreComparedColumnByColumn) {
  const std::vector<jdbc::KeyTerm> key = {{"a", {}, "1"}, {"b", {}, "'x'"}};
  EXPECT_EQ(jdbc::BehindKey(key, false), "(a >= 1 AND (a > 1 OR (a = 1 AND b > 'x')))");
  EXPECT_EQ(jdbc::BehindKey(std::span(key).first(1), false), "a > 1");
}

}  // namespace
}  // namespace weir::connectors::mysql
