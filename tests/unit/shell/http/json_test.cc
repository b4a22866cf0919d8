// JSON that is read and written: bodies of requests, responses, and Java's serialized failures.
#include <gmock/gmock.h>

#include <limits>

#include "shell/http/java_throwable.h"
#include "shell/http/json_body.h"
#include "shell/http/json_writer.h"

namespace weir::shell {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::Pair;
using testing::StartsWith;

TEST(JsonWriterTest, PutsCommasWhereTheyBelong) {
  JsonWriter json;
  json.BeginObject().Member("a", 1).Key("b").BeginArray().EndArray();
  json.Key("c").BeginArray().Value("x").Value(true).Null().BeginObject().EndObject();
  json.BeginObject().Member("d", std::string("\"\n")).EndObject().EndArray();
  json.Member("e", 0.5).Member("f", uint64_t{18446744073709551615U}).Member("g", int64_t{-1});
  json.Key("h").Json("[1]").Member("i", std::numeric_limits<double>::quiet_NaN()).EndObject();
  EXPECT_EQ(json.Take(), R"({"a":1,"b":[],"c":["x",true,null,{},{"d":"\"\n"}],"e":0.5,)"
                         R"("f":18446744073709551615,"g":-1,"h":[1],"i":"NaN"})");
}

// A text may end with what a bracket does.
TEST(JsonWriterTest, TextsAreNoBrackets) {
  JsonWriter json;
  json.BeginArray().Value("a[").Value("b{").Value("c:").EndArray();
  EXPECT_EQ(json.Take(), R"(["a[","b{","c:"])");
}

TEST(JsonBodyTest, MembersAsTexts) {
  const JsonBody body =
      JsonBody::Parse(R"({"s": "a\u00e9", "t": true, "f": false, "n": 12, "d": 1.5, "z": null,
                         "o": {"k": "v", "n": 1, "x": [1]}, "l": [1, 2], "oo": {"k": "w"}})")
          .value();
  EXPECT_THAT(body.Text("s"), Optional(std::string("a\xc3\xa9")));
  EXPECT_THAT(body.Text("n"), Optional(std::string("12")));
  EXPECT_THAT(body.Text("d"), Optional(std::string("1.5")));
  EXPECT_TRUE(body.IsTrue("t"));
  for (const std::string name : {"f", "s", "z", "none"}) EXPECT_FALSE(body.IsTrue(name)) << name;
  for (const std::string name : {"z", "o", "l", "none", "k"})
    EXPECT_EQ(body.Text(name), std::nullopt) << name;
  EXPECT_THAT(body.Object("o"), ElementsAre(Pair("k", "v"), Pair("n", "1")));
  EXPECT_THAT(body.Object("none"), IsEmpty());
  EXPECT_EQ(JsonBody::Parse("").value().Text("s"), std::nullopt);
}

TEST(JsonBodyTest, OnlyObjects) {
  for (const std::string& text :
       {std::string("[]"), std::string("1"), std::string("{"), std::string("{} {}"),
        std::string("{\"a\":1,}"), std::string("x"), std::string(" "),
        std::string(2000, '[') + std::string(2000, ']'), std::string("{\"a\":\"\xff\"}")}) {
    SCOPED_TRACE(text.substr(0, 20));
    const Result<JsonBody> body = JsonBody::Parse(text);
    EXPECT_EQ(body.status().code(), StatusCode::kInvalidArgument);
  }
}

// tests/shell/rest_test.py has Flink's command line read one.
TEST(JavaThrowableTest, IsAStreamOfJavas) {
  // As Flink 2.3.0 wrote one, up to the values of the fields.
  EXPECT_THAT(
      SerializedThrowable("why"),
      StartsWith("rO0ABXNyAClvcmcuYXBhY2hlLmZsaW5rLnV0aWwuU2VyaWFsaXplZFRocm93YWJsZWUWnfUfpxPz"
                 "AgADTAAZZnVsbFN0cmluZ2lmaWVkU3RhY2tUcmFjZXQAEkxqYXZhL2xhbmcvU3RyaW5nO0wAFm9y"
                 "aWdpbmFsRXJyb3JDbGFzc05hbWVxAH4AAVsAE3NlcmlhbGl6ZWRFeGNlcHRpb250AAJbQnhyABNq"
                 "YXZhLmxhbmcuRXhjZXB0aW9u0P0fPho7HMQCAAB4cgATamF2YS5sYW5nLlRocm93YWJsZdXGNSc5"
                 "d7jLAwAETAAFY2F1c2V0ABVMamF2YS9sYW5nL1Rocm93YWJsZTtMAA1kZXRhaWxNZXNzYWdlcQB+"
                 "AAFbAApzdGFja1RyYWNldAAeW0xqYXZhL2xhbmcvU3RhY2tUcmFjZUVsZW1lbnQ7TAAUc3VwcHJl"
                 "c3NlZEV4Y2VwdGlvbnN0ABBMamF2YS91dGlsL0xpc3Q7"));
  // Its texts have two bytes for their length.
  EXPECT_LT(SerializedThrowable(std::string(1 << 20, 'x')).size(), 100'000U);
}

}  // namespace
}  // namespace weir::shell
