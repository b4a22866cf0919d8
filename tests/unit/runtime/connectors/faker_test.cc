// faker: expressions, what they make, and that equal seeds make equal rows at any position.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <regex>
#include <set>

#include "runtime/connectors/faker/expression.h"
#include "runtime/connectors/faker/regexify.h"
#include "runtime/connectors/faker/words.h"
#include "tests/seed.h"
#include "tests/unit/runtime/connectors/connector_harness.h"

namespace weir::connectors::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr int64_t kNow = 1'700'000'000'000;  // 2023-11-14 22:13:20 UTC

std::vector<std::string> Texts(std::string_view expression, int count = 200) {
  const auto compiled = FakerExpression::Compile(expression);
  EXPECT_TRUE(compiled.ok()) << expression << ": " << compiled.status().ToString();
  std::vector<std::string> texts;
  if (!compiled.ok()) return texts;
  Random random(SeedOf(1));
  for (int i = 0; i < count; ++i) {
    texts.emplace_back();
    compiled->Append(kNow, random, texts.back());
  }
  return texts;
}

void ExpectAll(std::string_view expression, const std::string& pattern) {
  const std::regex regex(pattern);
  for (const std::string& text : Texts(expression))
    EXPECT_TRUE(std::regex_match(text, regex)) << expression << " made " << text;
}

std::string ErrorOf(std::string_view expression) {
  const Status status = FakerExpression::Compile(expression).status();
  return status.message() + " | " + status.hint();
}

TEST(FakerExpression, MakesWhatItsDirectivesSay) {
  ExpectAll("#{number.numberBetween '-5','5'}", "-?[0-5]");
  ExpectAll("#{Number.number_between '7','7'}", "7");
  ExpectAll("#{number.randomDouble '2','10','20'}", R"(1[0-9]\.[0-9]{2}|20\.00)");
  ExpectAll("#{Number.digits '3'}", "[0-9]{3}");
  ExpectAll("#{numerify 'user_##'}", "user_[0-9]{2}");
  ExpectAll("#{letterify '?-?\?','true'}", "[A-Z]-[A-Z]{2}");
  ExpectAll("#{bothify '?#'}", "[a-z][0-9]");
  ExpectAll("#{Internet.uuid}",
            "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  ExpectAll("#{Internet.ipV6Address}", "([0-9a-f]{4}:){7}[0-9a-f]{4}");
  ExpectAll("#{Internet.macAddress}", "([0-9a-f]{2}:){5}[0-9a-f]{2}");
  ExpectAll("#{internet.privateIpV4Address}",
            R"((10|172\.(1[6-9]|2[0-9]|3[01])|192\.168)(\.[0-9]+){2,3})");
  ExpectAll("#{Options.option 'chrome', 'firefox', 'safari')}", "chrome|firefox|safari");
  ExpectAll("#{bool.bool}", "true|false");
  ExpectAll("/#{GreekPhilosopher.name}.html", R"(/.+\.html)");
  ExpectAll("#{Name.firstName} #{Name.lastName}", "[A-Z][A-Za-z]+ [A-Z][A-Za-z]+");
  ExpectAll("-", "-");
  ExpectAll("#{date.past '1','HOURS','yyyy-MM-dd'}", "2023-11-14");
}

TEST(FakerExpression, PublicAddressesArePublic) {
  for (const std::string& text : Texts("#{Internet.publicIpV4Address}", 2000)) {
    EXPECT_FALSE(text.starts_with("10.") || text.starts_with("127.") || text.starts_with("0.") ||
                 text.starts_with("192.168.") || text.starts_with("169.254."))
        << text;
    EXPECT_LT(std::stoi(text), 224) << text;
  }
}

TEST(FakerExpression, TimesLieWhereTheyShould) {
  for (const auto& [expression, low, high] :
       {std::tuple{"#{date.past '15','5','SECONDS'}", "2023-11-14 22:13:05.000",
                   "2023-11-14 22:13:15.000"},
        std::tuple{"#{date.past '15','SECONDS'}", "2023-11-14 22:13:05.000",
                   "2023-11-14 22:13:20.000"},
        std::tuple{"#{date.future '2','1','DAYS'}", "2023-11-15 22:13:20.000",
                   "2023-11-16 22:13:20.000"}}) {
    const std::vector<std::string> texts = Texts(expression);
    EXPECT_GE(*std::ranges::min_element(texts), low);
    EXPECT_LE(*std::ranges::max_element(texts), high);
    EXPECT_GT(std::set<std::string>(texts.begin(), texts.end()).size(), 150U);
  }
}

// Every list compiles, and what it makes differs: a family of names has at least fifty, but for
// those of which the world has fewer.
TEST(FakerExpression, EveryFamilyHasItsValues) {
  size_t families = 0;
  for (const auto& list : {WordsOfPeople(), WordsOfPlaces(), WordsOfTrade(), WordsOfFiction(),
                           WordsOfNature(), WordsOfComputers()}) {
    for (const FakerWords& words : list) {
      const std::vector<std::string> texts = Texts(fmt::format("#{{{}}}", words.name), 3000);
      const std::set<std::string> distinct(texts.begin(), texts.end());
      EXPECT_GE(distinct.size(), 2U) << words.name;
      EXPECT_FALSE(distinct.contains("")) << words.name;
      for (const std::string& text : distinct)
        EXPECT_EQ(text.find("#{"), std::string::npos) << text;
      ++families;
    }
  }
  EXPECT_GT(families, 150U);
  for (const char* name : {"name.fullName",
                           "name.first_name",
                           "name.last_name",
                           "address.city",
                           "address.country",
                           "address.fullAddress",
                           "company.name",
                           "commerce.productName",
                           "superhero.name",
                           "superhero.power",
                           "harry_potter.character",
                           "harry_potter.spell",
                           "harry_potter.location",
                           "RickAndMorty.character",
                           "HitchhikersGuideToTheGalaxy.character",
                           "GameOfThrones.character",
                           "internet.emailAddress",
                           "internet.userAgentAny",
                           "dog.name",
                           "animal.name",
                           "food.vegetables",
                           "pokemon.name",
                           "lorem.sentence",
                           "country.capital",
                           "currency.code",
                           "job.title",
                           "phoneNumber.phoneNumber"}) {
    const std::vector<std::string> texts = Texts(fmt::format("#{{{}}}", name), 5000);
    EXPECT_GE(std::set<std::string>(texts.begin(), texts.end()).size(), 50U) << name;
  }
}

TEST(FakerExpression, ErrorsNameWhatThereIs) {
  EXPECT_THAT(
      ErrorOf("#{number.numberBetwen '1','2'}"),
      HasSubstr("there is no #{number.numberBetwen} | did you mean \"number.numberbetween\"?"));
  EXPECT_THAT(ErrorOf("#{space.whatever}"), HasSubstr("there is space.agency, "));
  EXPECT_THAT(ErrorOf("#{nothing.ofthekind}"), HasSubstr("there are the heads address, ancient, "));
  EXPECT_THAT(ErrorOf("#{number.numberBetween '1'}"), HasSubstr("takes two whole numbers"));
  EXPECT_THAT(ErrorOf("#{number.numberBetween '2','1'}"), HasSubstr("takes two whole numbers"));
  EXPECT_THAT(ErrorOf("#{date.past '5','FORTNIGHTS'}"), HasSubstr("UNIT"));
  EXPECT_THAT(ErrorOf("#{name.firstName 'x'}"), HasSubstr("takes no argument"));
  EXPECT_THAT(ErrorOf("#{name.firstName"), HasSubstr("has no end"));
  EXPECT_THAT(ErrorOf("#{regexify '(a'}"), HasSubstr("a group has no end"));
  EXPECT_THAT(ErrorOf("#{numerify 'a}"), HasSubstr("has no end"));
  EXPECT_THAT(ErrorOf("#{}"), HasSubstr("begins with no name"));
}

// A pattern of the grammar that Regexify and RE2 share.
std::string RandomPattern(Random& random, int depth) {
  static const std::vector<std::string> kAtoms = {"a",     "B",     "7",      R"(\d)",  R"(\w)",
                                                  R"(\.)", "[a-f]", "[^xyz]", "[0-9_]", R"([\d.-])",
                                                  " ",     R"(\\)", R"(\&)",  "."};
  std::string pattern;
  for (uint64_t atoms = 1 + random.Below(4); atoms > 0; --atoms) {
    if (depth > 0 && random.Below(3) == 0) {
      pattern += random.Below(2) == 0 ? "(" : "(?:";
      pattern += RandomPattern(random, depth - 1);
      if (random.Below(2) == 0) pattern += "|" + RandomPattern(random, depth - 1);
      pattern += ")";
    } else {
      pattern += kAtoms[random.Below(kAtoms.size())];
    }
    static const std::vector<std::string> kQuantifiers = {"",  "",    "",      "?",   "*",
                                                          "+", "{2}", "{1,3}", "{2,}"};
    pattern += kQuantifiers[random.Below(kQuantifiers.size())];
  }
  return pattern;
}

TEST(Regexify, WhatItMakesMatches) {
  Random random(SeedOf(2));
  for (int i = 0; i < 300; ++i) {
    const std::string pattern = RandomPattern(random, 2);
    SCOPED_TRACE(pattern);
    const auto made = Regexify::Compile(pattern);
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    const RE2 regex(pattern);
    ASSERT_TRUE(regex.ok()) << regex.error();
    for (int j = 0; j < 5; ++j) {
      std::string text;
      made->Append(random, text);
      ASSERT_TRUE(RE2::FullMatch(text, regex)) << text;
    }
  }
}

TEST(Regexify, PublicPatterns) {
  for (const auto& [pattern, wanted] :
       {std::pair{R"((Deja\ Brew|Jurassic\ Pork|Lawn\ \&\ Order){1})",
                  "Deja Brew|Jurassic Pork|Lawn & Order"},
        std::pair{R"((bahn\.de|station|app){1})", R"(bahn\.de|station|app)"},
        std::pair{"(SZ|SH|BJ|HK)-[0-9]{6}", "(SZ|SH|BJ|HK)-[0-9]{6}"},
        std::pair{"(über|ß)é?", "(über|ß)(é)?"}}) {
    ExpectAll(fmt::format("#{{regexify '{}'}}", pattern), wanted);
  }
}

TEST(Regexify, Refuses) {
  for (const auto& [pattern, message] :
       {std::pair{"(a", "a group has no end"}, std::pair{"a)", "unexpected ')'"},
        std::pair{"[a", "a class has no end"}, std::pair{"*a", "nothing to repeat"},
        std::pair{"a{2", "'}' was expected"}, std::pair{"a{3,2}", "wrong way round"},
        std::pair{"(?=a)", "only groups"}, std::pair{R"(\1)", R"(\1 has no meaning)"},
        std::pair{R"(a\)", "within an escape"}, std::pair{"[z-a]", "no range"},
        std::pair{"(a{1000}){2000}", "longer than a megabyte"},
        std::pair{"((((){100000}){100000}){100000})", "longer than a megabyte"},
        std::pair{"a{99999999999}", "repetitions"}}) {
    const Status status = Regexify::Compile(pattern).status();
    EXPECT_THAT(status.message(), HasSubstr(message)) << pattern;
  }
  EXPECT_FALSE(Regexify::Compile(std::string(1000, '(')).ok());
}

class FakerTest : public ConnectorTest {
 protected:
  static graph::ScanSpec Scan(Schema schema, graph::TableOptions options) {
    options.push_back({"connector", "faker"});
    options.push_back({"rows-per-second", "0"});
    return ScanOf(std::move(schema), options);
  }
  static std::string ErrorOf(const Type& type, graph::TableOptions options) {
    options.push_back({"connector", "faker"});
    const Schema schema{{{"x", type}}};
    return BuiltinConnectors().FindConnector("faker")->check(schema, options).ToString();
  }
};

TEST_F(FakerTest, EveryTypeContinuesAnywhere) {
  const Schema schema{{{"s", Type::String()},
                       {"v", Type::VarChar(3)},
                       {"c", Type::Char(20)},
                       {"i", Type::Int()},
                       {"b", Type::BigInt()},
                       {"bo", Type::Boolean()},
                       {"d", Type::Double()},
                       {"de", Type::Decimal(10, 2)},
                       {"ts", Type::Timestamp(3)},
                       {"ltz", Type::TimestampLtz(3)},
                       {"da", Type::Date()},
                       {"a", Type::Array(Type::String())},
                       {"m", Type::Map(Type::String(), Type::Int())},
                       {"mu", Type::Multiset(Type::Int())},
                       {"r", Type::Row({{"n", Type::String()}, {"k", Type::Int()}})}}};
  const graph::ScanSpec spec =
      Scan(schema, {{"number-of-rows", "60"},
                    {"partitions", "3"},
                    {"fields.s.expression", "#{Name.fullName}"},
                    {"fields.s.null-rate", "0.3"},
                    {"fields.v.expression", "#{Address.city}"},
                    {"fields.c.expression", "#{regexify '(a|bc)'}"},
                    {"fields.i.expression", "#{number.numberBetween '0','100'}"},
                    {"fields.b.expression", "#{number.numberBetween '0','10000000000'}"},
                    {"fields.bo.expression", "#{bool.bool}"},
                    {"fields.d.expression", "#{number.randomDouble '3','-1','1'}"},
                    {"fields.de.expression", "#{commerce.price}"},
                    {"fields.ts.expression", "#{date.past '15','5','SECONDS'}"},
                    {"fields.ltz.expression", "#{date.future '365','DAYS'}"},
                    {"fields.da.expression", "#{date.birthday}"},
                    {"fields.a.expression", "#{harry_potter.spell}"},
                    {"fields.a.length", "3"},
                    {"fields.m.key.expression", "#{color.name}"},
                    {"fields.m.value.expression", "#{number.randomDigit}"},
                    {"fields.m.length", "2"},
                    {"fields.mu.expression", "#{number.randomDigit}"},
                    {"fields.r.n.expression", "#{dog.name}"},
                    {"fields.r.k.expression", "#{number.randomDigitNotZero}"}});
  const auto rows = ReadTable(spec);
  ASSERT_TRUE(rows.ok()) << rows.status().ToString();
  EXPECT_THAT(*rows, SizeIs(60));
  EXPECT_EQ(std::set<std::string>(rows->begin(), rows->end()).size(), 60U);
  EXPECT_EQ(*ReadTable(spec, 7), *rows);
  ExpectRestorable(spec, 4);
  const auto nulls = std::ranges::count_if(
      *rows, [](const std::string& row) { return row.starts_with("+I[NULL, "); });
  EXPECT_GT(nulls, 3);
  EXPECT_LT(nulls, 40);
  graph::ScanSpec other = spec;
  other.options.push_back({"seed", "1"});
  EXPECT_NE(*ReadTable(other), *rows);
}

// Elements are counted, and of equal keys the last value is taken.
TEST_F(FakerTest, MapsHaveAKeyOnce) {
  const Schema schema{
      {{"s", Type::Multiset(Type::Int())}, {"m", Type::Map(Type::String(), Type::String())}}};
  EXPECT_THAT(ReadTable(Scan(schema, {{"number-of-rows", "1"},
                                      {"fields.s.expression", "7"},
                                      {"fields.s.length", "3"},
                                      {"fields.m.key.expression", "k"},
                                      {"fields.m.value.expression", "v"},
                                      {"fields.m.length", "2"}}))
                  .value(),
              ElementsAre("+I[{7=3}, {k=v}]"));
}

TEST_F(FakerTest, RefusesWhatCannotBe) {
  EXPECT_THAT(ErrorOf(Type::Int(), {}),
              HasSubstr("every column needs an expression: 'fields.x.expression'"));
  EXPECT_THAT(ErrorOf(Type::Int(), {{"fields.x.expression", "#{Name.firstName}"}}),
              HasSubstr("which is no INT"));
  EXPECT_THAT(ErrorOf(Type::Int(), {{"fields.x.expression", "1"}, {"fields.x.null-rate", "2"}}),
              HasSubstr("from 0 to 1"));
  EXPECT_THAT(ErrorOf(Type::Int(), {{"fields.x.expression", "1"}, {"fields.x.length", "2"}}),
              HasSubstr("does not suit"));
  EXPECT_THAT(
      ErrorOf(Type::Array(Type::Int()), {{"fields.x.expression", "1"}, {"fields.x.length", "0"}}),
      HasSubstr("not from 1"));
  EXPECT_THAT(ErrorOf(Type::Row({{"a", Type::Int()}}), {{"fields.x.expression", "1"}}),
              HasSubstr("'fields.x.a.expression'"));
  EXPECT_THAT(ErrorOf(Type::String(), {{"fields.x.expression", "#{Name.frstName}"}}),
              HasSubstr("did you mean \"name.firstname\"?"));
}

}  // namespace
}  // namespace weir::connectors::testing
