#include "runtime/base/names.h"

#include <gtest/gtest.h>

#include <vector>

namespace weir {
namespace {

TEST(NearestName, OfLongNamesThereIsNone) {
  const std::vector<std::string> names = {"sku", std::string(200, 'x')};
  EXPECT_EQ(NearestName("skuu", names), "sku");
  EXPECT_EQ(NearestName("s", names), "");
  EXPECT_EQ(NearestName(std::string(199, 'x'), names), names[1]);
  EXPECT_EQ(NearestName(std::string(201, 'x'), names), "");
  // Without a bound this is 10^13 steps.
  const std::vector<std::string> many(10, std::string(1'000'000, 'x'));
  EXPECT_EQ(NearestName(std::string(1'000'000, 'y'), many), "");
  EXPECT_EQ(NearestName("x", many), "");
}

}  // namespace
}  // namespace weir
