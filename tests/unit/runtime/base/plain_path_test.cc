#include "runtime/base/plain_path.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(PlainPath, IsOneOfAllWaysToWriteIt) {
  for (const char* path :
       {"in", "./in", "in/", "x/../in", ".//in/.", "/w/in", "/w//in/", "/w/./in"})
    EXPECT_EQ(PlainPath(path, "/w"), "/w/in") << path;
  for (const char* path : {"in/a", "./in/a", "in//a", "x/../in/a"})
    EXPECT_EQ(PlainPath(path, ""), "in/a") << path;
}

TEST(PlainPath, KeepsWhatMatters) {
  EXPECT_EQ(PlainPath("/in/.hidden", "/w"), "/in/.hidden");
  EXPECT_EQ(PlainPath("in/..a", "/w"), "/w/in/..a");
  EXPECT_EQ(PlainPath("../in", "/w/x"), "/w/in");
  EXPECT_EQ(PlainPath("in", "/"), "/in");
  EXPECT_EQ(PlainPath("/", "/w"), "/");
}

}  // namespace
}  // namespace weir
