// What is secret in options and statements, and the same as it is shown.
#include "runtime/graph/secret_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::graph {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SecretText, KeysThatNameSecrets) {
  // Flink's GlobalConfiguration, in any case, and what clients have.
  for (const std::string_view key : {"password",
                                     "PassWord",
                                     "my.secret",
                                     "fs.azure.account.key.x",
                                     "apikey",
                                     "api-key",
                                     "auth-params",
                                     "service-key",
                                     "token",
                                     "basic-auth",
                                     "x.jaas.config",
                                     "http-headers",
                                     "properties.ssl.keystore.key",
                                     "properties.ssl.key.pem",
                                     "properties.ssl.key.password",
                                     "properties.sasl.oauthbearer.config",
                                     "avro-confluent.basic-auth.user-info",
                                     "avro-confluent.properties.basic.auth.user.info",
                                     "avro-confluent.bearer-auth.token",
                                     "debezium-avro-confluent.basic-auth.user-info",
                                     "s3.secret-key",
                                     "credentials",
                                     "fs.s3a.access.key",
                                     "private-key"}) {
    EXPECT_TRUE(NamesASecret(key)) << key;
  }
  for (const std::string_view key :
       {"connector", "path", "topic", "key.fields", "key.format", "properties.bootstrap.servers",
        "properties.sasl.username", "properties.ssl.keystore.location", "properties.ssl.ca.pem",
        "properties.sasl.oauthbearer.token.endpoint.url", "avro-confluent.url",
        "avro-confluent.basic-auth.credentials-source", "properties.ssl.keystore.type"}) {
    EXPECT_FALSE(NamesASecret(key)) << key;
  }
}

TEST(SecretText, ValuesAreHidden) {
  EXPECT_EQ(ShownValue("password", "abc"), "******");
  EXPECT_EQ(ShownValue("password", ""), "");
  EXPECT_EQ(ShownValue("user", "abc"), "abc");
  EXPECT_EQ(ShownValue("sasl.jaas.config", "x required username=\"u\" password=\"p\";"), "******");
}

TEST(SecretText, ReferencesAreShown) {
  EXPECT_EQ(ShownValue("password", "${secret:db}"), "${secret:db}");
  const std::string jaas = "x required username=\"u\" password=\"${secret:db}\";";
  EXPECT_EQ(ShownValue("sasl.jaas.config", jaas), jaas);
  EXPECT_EQ(ShownValue("user-info", "ada:${secret:db}"), "ada:${secret:db}");
  EXPECT_EQ(ShownValue("sasl.jaas.config", "x username=\"${secret:u}\" password=\"p q\";"),
            "x username=\"${secret:u}\" password=\"******\";");
}

// A reference takes the place of a secret, and what is written beside it is a part of one.
TEST(SecretText, ClearTextBesideAReferenceIsHidden) {
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
           {"basic-auth.user-info", "${secret:u}:clear"},
           {"basic-auth.user-info", "ada:${secret:p}clear"},
           {"basic-auth.user-info", "clear${secret:p}"},
           {"password", "clear${secret:p}"},
           {"password", "${secret:p}=clear"},
           {"password", "ada:${secret:p}"},
           {"bearer-auth.token", "${secret:"}}) {
    EXPECT_EQ(ShownValue(key, value), "******") << value;
  }
  EXPECT_EQ(ShownValue("password", "${secret:a}${secret:b}"), "${secret:a}${secret:b}");
  EXPECT_EQ(ShownValue("user-info", "${secret:u}:${secret:p}"), "${secret:u}:${secret:p}");
  EXPECT_EQ(ShownValue("sasl.jaas.config", "x username=\"u\" password=\"clear${secret:p}\";"),
            "x username=\"u\" password=\"******\";");
  EXPECT_EQ(ShownValue("url", "http://ada:clear${secret:p}@h"), "http://ada:******@h");
  EXPECT_THAT(SecretTexts("basic-auth.user-info", "${secret:u}:clear"),
              ElementsAre("${secret:u}:clear", "clear"));
}

TEST(SecretText, PasswordsInUrls) {
  const auto shown = [](std::string_view value) { return ShownValue("url", value); };
  EXPECT_EQ(shown("http://ada:pw@h:1/x"), "http://ada:******@h:1/x");
  EXPECT_EQ(shown("http://h:1/x@y"), "http://h:1/x@y");
  EXPECT_EQ(shown("http://ada@h:1"), "http://ada@h:1");
  EXPECT_EQ(shown("http://ada:p/w@h"), "http://ada:******@h");
  EXPECT_EQ(shown("http://ada:p@w@h/x"), "http://ada:******@h/x");
  EXPECT_EQ(shown("http://a, https://b:c@d , http://e:f@g"),
            "http://a, https://b:******@d , http://e:******@g");
  EXPECT_EQ(shown("jdbc:postgresql://h/d?user=u&password=pw&ssl=1"),
            "jdbc:postgresql://h/d?user=u&password=******&ssl=1");
  for (const std::string_view kept :
       {"http://ada:${secret:p}@h", "http://${secret:u}:${secret:p}@h", "http://${secret:u}@h",
        "http://h/?token=${secret:t}", "a=b", "password=x"}) {
    EXPECT_EQ(shown(kept), kept);
  }
  EXPECT_EQ(shown("http://${secret:u}:pw@h"), "http://${secret:u}:******@h");
}

// What was shown shows as itself, and is known not to be a secret.
TEST(SecretText, WhatWasShownIsKnown) {
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
           {"password", "p"},
           {"url", "http://a:b@c,http://d:e@f"},
           {"url", "jdbc:x://h/?password=p"},
           {"jaas", "username=\"${secret:u}\" password=\"p\""}}) {
    EXPECT_FALSE(IsHidden(key, value)) << value;
    const std::string shown = ShownValue(key, value);
    EXPECT_NE(shown, value);
    EXPECT_TRUE(IsHidden(key, shown)) << shown;
    EXPECT_EQ(ShownValue(key, shown), shown);
  }
  EXPECT_FALSE(IsHidden("path", "******"));
  EXPECT_FALSE(IsHidden("password", "******a"));
  EXPECT_FALSE(IsHidden("password", ""));
}

TEST(SecretText, WhatAClientMaySayApart) {
  EXPECT_THAT(SecretTexts("password", "pw"), ElementsAre("pw"));
  EXPECT_THAT(SecretTexts("basic-auth.user-info", "ada:pw"), ElementsAre("ada:pw", "pw"));
  EXPECT_THAT(SecretTexts("jaas", "password=\"pw\";"), ElementsAre("password=\"pw\";", "pw"));
  EXPECT_THAT(SecretTexts("url", "http://a:b@c"), ElementsAre("b"));
  EXPECT_THAT(SecretTexts("topic", "a"), IsEmpty());
}

TEST(SecretText, StatementsAreHidden) {
  EXPECT_EQ(ShownSql("CREATE TABLE t (a INT) WITH ('a' = 'b', 'password' = 'it''s', 'c'='d')"),
            "CREATE TABLE t (a INT) WITH ('a' = 'b', 'password' = '******', 'c'='d')");
  EXPECT_EQ(ShownSql("WITH ('token' -- x = 'y'\n = /* 'z' */\n'pw')"),
            "WITH ('token' -- x = 'y'\n = /* 'z' */\n'******')");
  EXPECT_EQ(ShownSql("WITH ('url' = 'http://a:b@c', 'jaas' = 'x password=\"p\" = ''q''')"),
            "WITH ('url' = 'http://a:******@c', 'jaas' = '******')");
  EXPECT_EQ(ShownSql("SELECT a FROM t /*+ OPTIONS('password' = 'p') */"),
            "SELECT a FROM t /*+ OPTIONS('password' = '******') */");
  EXPECT_EQ(ShownSql("FROM t /*+ OPTIONS(x.password = p1, `token` = `q`, 'secret' = 42) */"),
            "FROM t /*+ OPTIONS(x.password = ******, `token` = `******`, 'secret' = ******) */");
}

TEST(SecretText, WhatIsNoOptionStays) {
  for (const std::string_view sql :
       {"SELECT password FROM t WHERE password = 'a'", "SELECT m['token'] = 'x' FROM t",
        "SELECT 'password', 'a' = 'b'", "/* 'password' = 'x' */ SELECT 1",
        "SELECT 1 -- 'password' = 'x'", "SELECT a FROM `password` WHERE 'a' = 'b'",
        "WITH ('password' = '${secret:x}')", "", "'", "'password' ="}) {
    EXPECT_EQ(ShownSql(sql), sql);
  }
}

// Places in the text stay, also where a quote is missing.
TEST(SecretText, StarsAreAsLong) {
  EXPECT_EQ(StarredSql("'password' = 'abc'"), "'password' = '***'");
  EXPECT_EQ(StarredSql("WITH ('a' = 'b, 'password' = 'abc')"),
            "WITH ('a' = 'b, 'password' = '***')");
  EXPECT_EQ(StarredSql("'password' = 'ab\ncd"), "'password' = '**\n**");
  EXPECT_EQ(StarredSql("'url' = 'http://a:bc@d'"), "'url' = 'http://a:**@d'");
}

}  // namespace
}  // namespace weir::graph
