// The OpenAPI description and the table of routes say the same.
#include "shell/http/openapi.h"

#include <gmock/gmock.h>
#include <simdjson.h>

#include <set>

namespace weir::shell {
namespace {

namespace dom = simdjson::dom;

// "/jobs/:job" as "/jobs/{job}".
std::string TemplateOf(std::string_view pattern) {
  std::string made;
  bool open = false;
  for (const char c : pattern) {
    if (open && c == '/') made += '}';
    open = open && c != '/';
    made += c == ':' ? '{' : c;
    open |= c == ':';
  }
  return open ? made + '}' : made;
}

class OpenApiTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(parser_.parse(OpenApiDocument("1.2")).get(root_), simdjson::SUCCESS);
  }
  std::string Text(dom::element at, std::string_view key) {
    std::string_view text;
    EXPECT_EQ(at[key].get(text), simdjson::SUCCESS) << key;
    return std::string(text);
  }

  dom::parser parser_;
  dom::element root_;
};

TEST_F(OpenApiTest, EveryRouteIsInItAsItIs) {
  for (const Route& route : Routes()) {
    SCOPED_TRACE(std::string(route.method) + " " + std::string(route.pattern));
    std::string method(route.method);
    for (char& c : method) c = static_cast<char>(c | 0x20);
    dom::element operation;
    ASSERT_EQ(root_["paths"][TemplateOf(route.pattern)][method].get(operation), simdjson::SUCCESS);
    EXPECT_EQ(Text(operation, "x-weir-role"), RoleName(route.role));
    EXPECT_EQ(Text(operation, "summary"), route.doc);
    dom::array security;
    ASSERT_EQ(operation["security"].get(security), simdjson::SUCCESS);
    EXPECT_EQ(security.size() == 0, route.role == HttpRole::kAnybody);
    for (const RouteField& field : route.takes) {
      if (field.in_query) continue;
      dom::element member;
      EXPECT_EQ(operation["requestBody"]["content"]["application/json"]["schema"]["properties"]
                         [field.name]
                             .get(member),
                simdjson::SUCCESS)
          << field.name;
      // What is told of the route in words names what it takes, but for what Flink's clients send.
      const bool is_told = route.doc.find("\"" + std::string(field.name)) != std::string_view::npos;
      EXPECT_TRUE(is_told || field.name == "triggerId") << field.name;
    }
  }
}

TEST_F(OpenApiTest, NothingElseIsInIt) {
  size_t count = 0;
  std::set<std::string> ids;
  dom::object paths;
  ASSERT_EQ(root_["paths"].get(paths), simdjson::SUCCESS);
  for (const auto& [path, methods] : paths) {
    dom::object of_path;
    ASSERT_EQ(methods.get(of_path), simdjson::SUCCESS);
    for (const auto& [method, operation] : of_path) {
      SCOPED_TRACE(std::string(method) + " " + std::string(path));
      ++count;
      EXPECT_TRUE(ids.insert(Text(operation, "operationId")).second);
      std::string upper(method);
      for (char& c : upper) c = static_cast<char>(c & ~0x20);
      const RouteMatch match = FindRoute(upper, path);
      ASSERT_NE(match.route, nullptr);
      EXPECT_EQ(TemplateOf(match.route->pattern), path);
      std::vector<std::string> named;
      dom::array parameters;
      ASSERT_EQ(operation["parameters"].get(parameters), simdjson::SUCCESS);
      for (const dom::element parameter : parameters) {
        if (Text(parameter, "in") == "path") named.push_back("{" + Text(parameter, "name") + "}");
      }
      EXPECT_EQ(named, match.parameters);
    }
  }
  EXPECT_EQ(count, Routes().size());
}

TEST_F(OpenApiTest, ItIsOfTheRightForm) {
  EXPECT_EQ(Text(root_, "openapi"), "3.0.3");
  EXPECT_EQ(Text(root_["info"], "version"), "1.2");
  EXPECT_FALSE(Text(root_["info"], "title").empty());
  dom::element error;
  EXPECT_EQ(root_["components"]["schemas"]["Error"].get(error), simdjson::SUCCESS);
}

}  // namespace
}  // namespace weir::shell
