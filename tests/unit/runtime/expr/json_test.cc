// JSON documents, paths and text. Expected results of paths: Jayway's JsonPath as Flink 2.3 uses
// it.
#include <gmock/gmock.h>

#include "runtime/expr/json/json_options.h"
#include "runtime/expr/json/json_path.h"
#include "runtime/expr/json/json_text.h"

namespace weir::expr {
namespace {

std::string Normal(std::string_view text) {
  JsonDocument document;
  const JsonNode* root = document.Parse(text);
  if (root == nullptr) return "malformed";
  TextBuilder out;
  AppendJson(*root, out);
  return std::string(out.view()) + (document.whole() ? "" : " and more");
}

TEST(JsonDocumentTest, KeepsDigitsAndSortsMembers) {
  EXPECT_EQ(Normal("12345678901234567890123"), "12345678901234567890123");
  EXPECT_EQ(Normal("[2.50, 1e2, 0.1e-10, -0, -0.0, 1.0e3]"), "[2.50,1E+2,1E-11,0,0.0,1.0E+3]");
  EXPECT_EQ(Normal(R"({"b": 1, "a": {"d": null, "c": [true, false]}})"),
            R"({"a":{"c":[true,false],"d":null},"b":1})");
  EXPECT_EQ(Normal(R"("te\"xt \u00e9 \n")"), R"("te\"xt é \n")");
}

TEST(JsonDocumentTest, TheLastOfEqualMembersCounts) {
  EXPECT_EQ(Normal(R"({"a": 1, "b": 2, "a": 3})"), R"({"a":3,"b":2})");
  EXPECT_EQ(Normal(R"({"a": 1, "a": 2, "a": {"a": 3, "a": 4}})"), R"({"a":{"a":4}})");
}

TEST(JsonDocumentTest, RefusesWhatIsMalformed) {
  for (const std::string_view text :
       {"",    " ",   "{",       "[1",   "[1,]",      "{\"a\":1,}", "{a:1}", "'a'",
        "01",  "-",   "1.",      ".5",   "+1",        "nul",        "truex", "12x",
        "NaN", "\"a", "\"\\x\"", "// c", "{\"a\" 1}", "[1 2]",      "]"}) {
    EXPECT_EQ(Normal(text), "malformed") << text;
  }
  std::string deep(3000, '[');
  deep += std::string(3000, ']');
  EXPECT_EQ(Normal(deep), "malformed");
}

TEST(JsonDocumentTest, ToleratesWhatFollowsAValue) {
  EXPECT_EQ(Normal(" {\"a\" : 1} x"), "{\"a\":1} and more");
  EXPECT_EQ(Normal("{\"a\":1}{"), "{\"a\":1} and more");
  EXPECT_EQ(Normal("\"a\" \"b\""), "\"a\" and more");
  EXPECT_EQ(Normal("1 x"), "1 and more");
  EXPECT_EQ(Normal("[\"]\", {}] tail"), "[\"]\",{}] and more");
  EXPECT_EQ(FirstJsonValue("  [1, \"]\"] 2"), 10U);
}

TEST(JsonDocumentTest, IsReusedFromTextToText) {
  JsonDocument document;
  for (int i = 0; i < 3; ++i) {
    ASSERT_NE(document.Parse("{\"a\": [1, 2, 3]}"), nullptr);
    EXPECT_EQ(document.Parse("{"), nullptr);
    const JsonNode* root = document.Parse("[\"x\", \"a string that is long enough\"]");
    ASSERT_NE(root, nullptr);
    EXPECT_EQ(root->first->next->text, "a string that is long enough");
    EXPECT_EQ(root->first->next->next, nullptr);
  }
}

// What a path finds, "error", "nothing", "malformed" or "unsupported".
std::string Find(std::string_view path, std::string_view text) {
  const auto compiled = JsonPath::Compile(path);
  if (!compiled.ok()) return "unsupported";
  if (!*compiled) return "malformed";
  JsonDocument document;
  JsonMatch match;
  (*compiled)->Find(document.Parse(text), match);
  if (match.kind == JsonMatch::Kind::kError) return "error";
  if (match.kind == JsonMatch::Kind::kNothing) return "nothing";
  if (match.kind == JsonMatch::Kind::kNumber) return std::to_string(match.number);
  std::string found = match.kind == JsonMatch::Kind::kValue ? "" : "list:";
  for (const JsonNode* node : match.values) {
    TextBuilder out;
    AppendJson(*node, out);
    found += (found.empty() || found.back() == ':' ? "" : " ") + std::string(out.view());
  }
  return found;
}

TEST(JsonPathTest, FindsMembersAndElements) {
  const std::string_view text =
      R"({"a": 1, "b": [1, 2.50, "x"], "c": {"d": "e"}, "a b": 2, "ü": 3})";
  EXPECT_EQ(Find("$.a", text), "1");
  EXPECT_EQ(Find("$['a']", text), "1");
  EXPECT_EQ(Find("$[\"a b\"]", text), "2");
  EXPECT_EQ(Find("$.ü", text), "3");
  EXPECT_EQ(Find("a", text), "1") << "a missing $ is taken for granted";
  EXPECT_EQ(Find("$.b[1]", text), "2.50");
  EXPECT_EQ(Find("$.b[-1]", text), "\"x\"");
  EXPECT_EQ(Find("$.c.d", text), "\"e\"");
  EXPECT_EQ(Find("$['a', 'c']", text), "list:1 {\"d\":\"e\"}");
  EXPECT_EQ(Find("$", "5"), "5");
}

TEST(JsonPathTest, StrictPathsFailWhereLaxOnesFindNothing) {
  const std::string_view text = R"({"a": 1, "n": null, "b": [1]})";
  for (const std::string_view path : {"$.x", "$.a.b", "$.b[5]", "$.b[-2]", "$.a[0]", "$.b.x"}) {
    EXPECT_EQ(Find(path, text), "error") << path;
    EXPECT_EQ(Find("strict " + std::string(path), text), "error") << path;
    EXPECT_EQ(Find("lax " + std::string(path), text), "nothing") << path;
  }
  EXPECT_EQ(Find("$.n", text), "nothing");
  EXPECT_EQ(Find("LAX  $.a", text), "1");
  EXPECT_EQ(Find("lax $.a", "not json"), "nothing");
  EXPECT_EQ(Find("strict $.a", "not json"), "error");
  EXPECT_EQ(Find("lax $.a", "null"), "error") << "Jayway refuses null documents in both modes";
}

TEST(JsonPathTest, WildcardsSlicesAndDescentFindLists) {
  const std::string_view text = R"({"a": [{"b": 1}, {"b": 2}, {"c": 3}], "s": [1, 2, 3]})";
  EXPECT_EQ(Find("$.a[*].b", text), "list:1 2");
  EXPECT_EQ(Find("$..b", text), "list:1 2");
  EXPECT_EQ(Find("$.s[0, 2]", text), "list:1 3");
  EXPECT_EQ(Find("$.s[1:]", text), "list:2 3");
  EXPECT_EQ(Find("$.s[:2]", text), "list:1 2");
  EXPECT_EQ(Find("$.s[-2:]", text), "list:2 3");
  EXPECT_EQ(Find("$.s[:-1]", text), "list:1 2");
  EXPECT_EQ(Find("$.s[1:9]", text), "list:2 3");
  EXPECT_EQ(Find("$.s.*", text), "list:1 2 3");
  EXPECT_EQ(Find("$..[0]", "[[1, [2]], 3]"), "list:[1,[2]] 1 2");
  EXPECT_EQ(Find("$..*", R"({"a": [1, 2]})"), "list:[1,2] 1 2");
  EXPECT_EQ(Find("$..b", "5"), "list:");
  EXPECT_EQ(Find("$.x[*].b", text), "error");
  EXPECT_EQ(Find("lax $.x[*].b", text), "list:");
}

TEST(JsonPathTest, FiltersTakeComparisonsAndExistence) {
  const std::string_view text =
      R"([{"b": 1, "c": "x"}, {"b": 2, "c": "y"}, {"c": "z", "n": null}])";
  EXPECT_EQ(Find("$[?(@.b)].c", text), "list:\"x\" \"y\"");
  EXPECT_EQ(Find("$[?(@.b > 1)].b", text), "list:2");
  EXPECT_EQ(Find("$[?(@.c == 'y')].b", text), "list:2");
  EXPECT_EQ(Find("$[?(@.b >= 1 && @.c != \"y\")].b", text), "list:1");
  EXPECT_EQ(Find("$[?(@.b == 1 || @.c == 'z')].c", text), "list:\"x\" \"z\"");
  EXPECT_EQ(Find("$[?(!(@.b == 1))].c", text), "list:\"y\" \"z\"");
  EXPECT_EQ(Find("$[?(@.n == null)].c", text), "list:\"z\"");
  EXPECT_EQ(Find("$[?(@ < 3)]", "[1, 2, 3, \"2\"]"), "list:1 2");
  EXPECT_EQ(Find("$[?(@.b in [1])]", text), "unsupported");
  EXPECT_EQ(Find("$[?(@.b == $.x)]", text), "unsupported");
  EXPECT_EQ(Find("$[?(@.b ==)]", text), "malformed");
}

TEST(JsonPathTest, FunctionsEndAPath) {
  const std::string_view text = R"({"a": [1, 2, 6]})";
  EXPECT_EQ(Find("$.a.length()", text), "3.000000");
  EXPECT_EQ(Find("$.a.size()", text), "3.000000");
  EXPECT_EQ(Find("$.a.sum()", text), "9.000000");
  EXPECT_EQ(Find("$.a.min()", text), "1.000000");
  EXPECT_EQ(Find("$.a.max()", text), "6.000000");
  EXPECT_EQ(Find("$.a.avg()", text), "3.000000");
  EXPECT_EQ(Find("$.a.stddev()", text), "unsupported");
}

TEST(JsonPathTest, RefusesMalformedPaths) {
  for (const std::string_view path : {"",           "  ",        "$.",         "$.a[x]",
                                      "$['a]",      "$[]",       "$x y]",      "$.a b",
                                      " $.a",       "$ .a",      "$. a",       "$a",
                                      "$..",        "$.a..",     "$.a...b",    "$[",
                                      "$['a'",      "$['a',]",   "$[,]",       "$[0,]",
                                      "$.a[+1]",    "$.a[*",     "$.a[1.5]",   "$.a[- 1]",
                                      "$.a[0 1]",   "$.a[1: 2]", "$.a[:]",     "$.a[4294967296]",
                                      "$['a' 'b']", "$.length(", "$.a.size()b"}) {
    EXPECT_EQ(Find(path, R"({"a": [1]})"), "malformed") << path;
  }
}

// Oddities of Jayway's parser, which Flink 2.3 shows.
TEST(JsonPathTest, ASingleCharacterBehindAStepIsNotLookedAt) {
  const std::string_view text = R"({"a": [7, {"bc": 8}], "x": {"y": 1}, "b*": 3})";
  EXPECT_EQ(Find("@.a[0]", text), "7");
  EXPECT_EQ(Find("lax @.a[0]", text), "7");
  EXPECT_EQ(Find("@", "5"), "5");
  EXPECT_EQ(Find("$.a[", "{\"a\": 1}"), "1");
  EXPECT_EQ(Find("$.a[0]]", text), "7");
  EXPECT_EQ(Find("$.a[0]b", text), "7");
  EXPECT_EQ(Find("$.a[1]bc", text), "8");
  EXPECT_EQ(Find("$.x.*a", text), "list:1");
  EXPECT_EQ(Find("$.b*", text), "3");
  EXPECT_EQ(Find("$.a[0:1:9]", text), "list:7");
  EXPECT_EQ(Find("$.a[ 0 ]  ", text), "7");
}

TEST(JsonPathTest, NamesInBracketsAreUnescaped) {
  EXPECT_EQ(Find(R"($['a\'b'])", R"({"a'b": 1})"), "1");
  EXPECT_EQ(Find(R"($['a\nb'])", R"({"a\nb": 1})"), "1");
  EXPECT_EQ(Find(R"($['\u00e9'])", R"({"é": 1})"), "1");
  EXPECT_EQ(Find(R"($['a]b', "x" 'c'])", R"({"a]b": 1, "c": 2})"), "list:1 2");
}

TEST(JsonTextTest, OrdersKeysAsJavaDoes) {
  EXPECT_TRUE(JavaLess("a", "b"));
  EXPECT_TRUE(JavaLess("a", "ab"));
  EXPECT_TRUE(JavaLess("😀", "\uFF5E")) << "a surrogate pair comes before U+FF5E";
  EXPECT_FALSE(JavaLess("\uFF5E", "😀"));
  EXPECT_TRUE(JavaLess("ü", "😀"));
  EXPECT_FALSE(JavaLess("a", "a"));
}

TEST(JsonTextTest, WritesBigDecimals) {
  const auto text = [](std::string_view number) {
    TextBuilder out;
    AppendBigDecimal(number, out);
    return std::string(out.view());
  };
  EXPECT_EQ(text("0.00"), "0.00");
  EXPECT_EQ(text("-1.10"), "-1.10");
  EXPECT_EQ(text("1.0E20"), "1.0E+20");
  EXPECT_EQ(text("1.23456789E8"), "123456789");
  EXPECT_EQ(text("1.0E-5"), "0.000010");
  EXPECT_EQ(text("1.0E-7"), "1.0E-7");
  EXPECT_EQ(text("000.5"), "0.5");
  EXPECT_EQ(text("1e0"), "1");
  EXPECT_EQ(text("0e5"), "0E+5");
}

TEST(JsonTextTest, EscapesWhatJsonDemands) {
  TextBuilder out;
  AppendJsonString("a\"\\/\b\f\n\r\t\x01\x1Fü😀", out);
  EXPECT_EQ(out.view(), "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001Fü😀\"");
}

TEST(JsonOptionsTest, AreTextAndBack) {
  for (const JsonReturns returns :
       {JsonReturns::kString, JsonReturns::kReal, JsonReturns::kArray}) {
    for (const JsonAnswer answer :
         {JsonAnswer::kNull, JsonAnswer::kEmptyObject, JsonAnswer::kError}) {
      JsonOptions options;
      options.returns = returns;
      options.on_empty = answer;
      options.on_error = JsonAnswer::kEmptyArray;
      options.wrapping = JsonWrapping::kUnconditional;
      const JsonOptions read = JsonOptions::FromText(options.ToText());
      EXPECT_EQ(read.returns, returns) << options.ToText();
      EXPECT_EQ(read.on_empty, answer) << options.ToText();
      EXPECT_EQ(read.on_error, JsonAnswer::kEmptyArray);
      EXPECT_EQ(read.wrapping, JsonWrapping::kUnconditional);
    }
  }
}

}  // namespace
}  // namespace weir::expr
