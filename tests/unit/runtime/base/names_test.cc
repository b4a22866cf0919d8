#include "runtime/base/names.h"

#include <gtest/gtest.h>

#include <vector>

namespace weir {
namespace {

TEST(NearestName, LeavesFewestEditsThenMostInCommon) {
  const std::vector<std::string> names = {"COT", "COS", "COUNT", "ROUND", "MIN", "MAX", "MAP"};
  EXPECT_EQ(NearestName("cout", names), "COUNT") << "one edit from COT, too";
  EXPECT_EQ(NearestName("ocunt", names), "COUNT") << "a swap is one edit";
  EXPECT_EQ(NearestName("conut", names), "COUNT");
  EXPECT_EQ(NearestName("cot", names), "COT");
  EXPECT_EQ(NearestName("ma", names), "MAX") << "of equally long ones the first";
  EXPECT_EQ(NearestName("rn", names), "");
  const std::vector<std::string> keys = {"path", "format", "sink.rolling-policy.file-size"};
  EXPECT_EQ(NearestName("foramt", keys), "format");
  EXPECT_EQ(NearestName("sink.rolling-policy.flie-size", keys), keys[2]);
}

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
