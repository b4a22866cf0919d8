// Literals of Hive's clients in our language.
#include "shell/hive/hive_text.h"

#include <gtest/gtest.h>

namespace weir::shell {
namespace {

TEST(HiveTextTest, ReadsEscapesAsHiveDoes) {
  EXPECT_EQ(FromHiveText(R"(SELECT 'it\'s', "it's", 'a\nb', '\\', 'x''y', '')"),
            "SELECT 'it''s', 'it''s', 'a\nb', '\\', 'x''y', ''");
  EXPECT_EQ(FromHiveText(R"('\u00e4\u20ac\ud800' '\101\t\q\%')"), "'ä€\xef\xbf\xbd' 'A\tq\\%'");
  EXPECT_EQ(FromHiveText(R"('\u12' "say ""hi""")"), "'u12' 'say \"hi\"'");
}

// What PyHive makes of a text that would like to be SQL.
TEST(HiveTextTest, KeepsParametersInsideTheirQuotes) {
  EXPECT_EQ(FromHiveText(R"(SELECT * FROM t WHERE a = '\' OR 1 = 1 --' AND b = '\\')"),
            R"(SELECT * FROM t WHERE a = ''' OR 1 = 1 --' AND b = '\')");
}

TEST(HiveTextTest, LeavesWhatIsNoLiteral) {
  for (const std::string text :
       {"SELECT `it's` FROM t -- don't\nWHERE a = 1", "SELECT /* don't */ 1", "SELECT U&'\\00e4' ",
        "SELECT u&'a''\\00e4'", "SELECT 'open", "SELECT \"open\\", "/* open", "`open", "",
        "a.default"}) {
    EXPECT_EQ(FromHiveText(text), text);
  }
}

TEST(HiveTextTest, KnowsTheDatabaseThatHiveAlwaysHas) {
  EXPECT_EQ(FromHiveText("SELECT * FROM default.t, `default`.`t`, a.`default`.c"),
            "SELECT * FROM `default_database`.t, `default_database`.`t`, a.`default`.c");
}

}  // namespace
}  // namespace weir::shell
