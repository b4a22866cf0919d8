#include "planner/catalog/name_text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weir::catalog {
namespace {

using Parts = std::vector<std::string>;

TEST(NameTextTest, OneToThreeParts) {
  EXPECT_EQ(PartsOfName("orders").value(), Parts({"orders"}));
  EXPECT_EQ(PartsOfName("db.bad_orders$2").value(), Parts({"db", "bad_orders$2"}));
  EXPECT_EQ(PartsOfName("`a b`.`c.d`.`e``f`").value(), Parts({"a b", "c.d", "e`f"}));
  EXPECT_EQ(PartsOfName("größe").value(), Parts({"größe"}));
}

TEST(NameTextTest, WhatIsNoName) {
  for (const char* text : {"", ".", "a.", ".a", "a..b", "a b", "1a", "`a", "``", "a.b.c.d", "`a`b",
                           "a-b", "a;b", " a"}) {
    EXPECT_EQ(PartsOfName(text).status().id(), "E2008") << text;
  }
}

}  // namespace
}  // namespace weir::catalog
