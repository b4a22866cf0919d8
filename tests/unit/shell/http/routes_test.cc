// The table of paths.
#include "shell/http/routes.h"

#include <gmock/gmock.h>

#include <set>

namespace weir::shell {
namespace {

TEST(RoutesTest, EveryRowIsFoundByItsOwnPattern) {
  std::set<std::string> seen;
  for (const Route& route : Routes()) {
    SCOPED_TRACE(std::string(route.method) + " " + std::string(route.pattern));
    EXPECT_TRUE(seen.insert(std::string(route.method) + std::string(route.pattern)).second);
    const RouteMatch match = FindRoute(route.method, route.pattern);
    EXPECT_EQ(match.route, &route);
    EXPECT_EQ(FindRoute(route.method, "/v1" + std::string(route.pattern)).route, &route);
    EXPECT_FALSE(route.doc.empty());
    EXPECT_NE(route.answer == nullptr, route.begin == nullptr);
  }
}

TEST(RoutesTest, OnlyThePageAndWhoLooksForLifeNeedNoToken) {
  for (const Route& route : Routes()) {
    const bool page = route.pattern == "/" || route.pattern == "/page/:file";
    const bool open = page || route.pattern == "/healthz" || route.pattern == "/readyz";
    EXPECT_EQ(route.role == HttpRole::kAnybody, open) << route.pattern;
    // What a statement needs is judged when it is executed, and what is only to be checked is
    // planned in a session that keeps nothing.
    const bool judged = route.pattern == "/sql" || route.pattern == "/validate";
    if (route.role != HttpRole::kReader || judged) continue;
    EXPECT_EQ(route.method, "GET") << route.pattern;
  }
}

TEST(RoutesTest, WhatIsNotThere) {
  for (const std::string path : {"", "/v1", "/page", "/healthz/", "//healthz", "/healthz/x",
                                 "/v1/v1/healthz", "/HEALTHZ", "/v2/healthz"})
    EXPECT_EQ(FindRoute("GET", path).route, nullptr) << path;
  const RouteMatch match = FindRoute("POST", "/healthz");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_TRUE(match.other_method);
  EXPECT_NE(FindRoute("HEAD", "/healthz").route, nullptr);
}

}  // namespace
}  // namespace weir::shell
