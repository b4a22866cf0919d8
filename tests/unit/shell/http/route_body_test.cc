// What the body of a request may hold.
#include "shell/http/route_body.h"

#include <gtest/gtest.h>

namespace weir::shell {
namespace {

Status Check(std::string_view method, std::string_view path, std::string_view body) {
  return CheckBody(*FindRoute(method, path).route, body);
}

TEST(RouteBodyTest, TakesTheMembersOfItsPath) {
  EXPECT_TRUE(Check("POST", "/sql", R"({"statement": "s", "settings": {"a": 1}})").ok());
  EXPECT_TRUE(Check("POST", "/sql", R"({"statement": "s", "settings": null})").ok());
  EXPECT_TRUE(Check("POST", "/jobs/x/stop", R"({"drain": false, "triggerId": "a"})").ok());
}

TEST(RouteBodyTest, RefusesMembersThatThePathDoesNotTake) {
  const Status misspelt = Check("POST", "/sql", R"({"statement": "s", "seting": {}})");
  EXPECT_EQ(misspelt.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(misspelt.message(), "the body has a member 'seting'");
  const Status other = Check("POST", "/validate", R"({"statement": "s"})");
  EXPECT_EQ(other.hint(), "/validate takes script");
}

TEST(RouteBodyTest, RefusesMembersOfAnotherKind) {
  EXPECT_FALSE(Check("POST", "/sql", R"({"statement": ["s"]})").ok());
  EXPECT_FALSE(Check("POST", "/sql", R"({"settings": "a"})").ok());
  EXPECT_FALSE(Check("POST", "/sql", R"({"settings": {"a": {}}})").ok());
  EXPECT_FALSE(Check("POST", "/sql", R"({"settings": {"a": null}})").ok());
}

TEST(RouteBodyTest, LeavesTheRestToWhoReadsIt) {
  EXPECT_TRUE(Check("POST", "/sql", "").ok());
  EXPECT_TRUE(Check("POST", "/sql", "no JSON").ok());
  EXPECT_TRUE(Check("POST", "/sql", "[]").ok());
  EXPECT_TRUE(Check("PATCH", "/jobs/x", R"({"odd": 1})").ok());
}

}  // namespace
}  // namespace weir::shell
