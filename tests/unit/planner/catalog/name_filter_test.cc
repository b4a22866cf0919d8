// LIKE in SHOW.
#include <gmock/gmock.h>

#include "planner/catalog/catalog.h"

namespace weir::catalog {
namespace {

bool Matches(const std::string& name, const std::string& pattern) {
  NameFilter filter;
  filter.present = true;
  filter.pattern = pattern;
  return filter.Keeps(name);
}

TEST(NameFilterTest, PercentIsAnyTextAndUnderscoreOneCharacter) {
  EXPECT_TRUE(Matches("orders", "ord%"));
  EXPECT_TRUE(Matches("orders", "%d%r%"));
  EXPECT_TRUE(Matches("orders", "%%"));
  EXPECT_FALSE(Matches("orders", "order"));
  EXPECT_FALSE(Matches("order", "order_"));
  EXPECT_TRUE(Matches("größe", "gr_ße")) << "of several bytes";
  EXPECT_TRUE(Matches("", "%"));
  EXPECT_FALSE(Matches("", "_"));
}

TEST(NameFilterTest, ABackslashMakesTheNextCharacterPlain) {
  EXPECT_TRUE(Matches("a_b", "a\\_b"));
  EXPECT_FALSE(Matches("axb", "a\\_b"));
  EXPECT_TRUE(Matches("50%", "%\\%"));
  EXPECT_FALSE(Matches("50", "%\\%"));
  EXPECT_TRUE(Matches("a\\", "a\\")) << "the last one stands for itself";
}

TEST(NameFilterTest, ManyPercentsEndInTime) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "%a";
  EXPECT_FALSE(Matches(std::string(5000, 'a'), pattern + "b"));
  EXPECT_TRUE(Matches(std::string(5000, 'a'), pattern));
}

}  // namespace
}  // namespace weir::catalog
