#include "planner/catalog/option_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/planner/catalog/fake_connectors.h"

namespace weir::catalog {
namespace {

using testing::HasSubstr;

const Schema kColumns{{{"a", Type::Int()}, {"name", Type::String()}}};

// Options with spans that tell them apart: key i at [10i, 10i+5), its value at [10i+5, 10i+9).
std::vector<PlacedOption> Options(const std::vector<std::pair<std::string, std::string>>& texts) {
  std::vector<PlacedOption> options;
  for (const auto& [key, value] : texts) {
    const uint32_t at = static_cast<uint32_t>(10 * (options.size() + 1));
    options.push_back({key, value, {at, at + 5}, {at + 5, at + 9}});
  }
  return options;
}

Result<CheckedOptions> Check(const std::vector<std::pair<std::string, std::string>>& texts,
                             const Schema& columns = kColumns) {
  return CheckOptions(FakeConnectors(), Options(texts), columns, SourceSpan{1, 2});
}

TEST(OptionCheck, ResolvesConnectorAndFormat) {
  const auto checked =
      Check({{"connector", "files"}, {"path", "/x"}, {"format", "csv"}, {"csv.header", "true"}});
  ASSERT_TRUE(checked.ok()) << checked.status().ToString();
  EXPECT_EQ(checked->connector->name, "files");
  EXPECT_EQ(checked->format->name, "csv");
  EXPECT_EQ(checked->options.size(), 4u);
}

TEST(OptionCheck, AConnectorWithoutFormatHasNone) {
  const auto checked = Check({{"connector", "print"}});
  ASSERT_TRUE(checked.ok());
  EXPECT_EQ(checked->format, nullptr);
}

struct Wrong {
  std::vector<std::pair<std::string, std::string>> options;
  std::string message;
  std::string hint;
  SourceSpan span;
};

TEST(OptionCheck, SaysWhatIsWrongAndWhere) {
  const std::vector<Wrong> cases = {
      {{}, "no option 'connector'", "fake, files, generator, print", {1, 2}},
      {{{"connector", "fakes"}}, "no connector 'fakes'", "did you mean \"fake\"?", {15, 19}},
      {{{"connector", "fake"}}, "needs the option 'path'", "where it is", {1, 2}},
      {{{"connector", "fake"}, {"path", "x"}, {"shap", "round"}},
       "no option 'shap'",
       "\"shape\"",
       {30, 35}},
      {{{"connector", "fake"}, {"path", "x"}, {"path", "y"}},
       "'path' is given twice",
       "",
       {30, 35}},
      {{{"connector", "fake"}, {"path", "x"}, {"shape", "squar"}},
       "one of round, square",
       "\"square\"",
       {35, 39}},
      {{{"connector", "fake"}, {"path", "x"}, {"changes", "maybe"}},
       "'changes' is wrong",
       "",
       {35, 39}},
      {{{"connector", "fake"}, {"path", "x"}, {"interval", "soon"}},
       "'interval' is wrong",
       "",
       {35, 39}},
      {{{"connector", "fake"}, {"path", "x"}, {"count", "few"}}, "'count' is wrong", "", {35, 39}},
      {{{"connector", "files"}, {"path", "x"}},
       "needs the option 'format'",
       "csv, changes",
       {1, 2}},
      {{{"connector", "files"}, {"path", "x"}, {"format", "csvs"}},
       "no format 'csvs'",
       "\"csv\"",
       {35, 39}},
      {{{"connector", "print"}, {"format", "csv"}}, "no option 'format'", "", {20, 25}},
      {{{"connector", "generator"}, {"fields.nam.kind", "x"}},
       "names no column",
       "\"name\"",
       {20, 25}},
  };
  for (const Wrong& wrong : cases) {
    SCOPED_TRACE(wrong.message);
    const Status status = Check(wrong.options).status();
    EXPECT_EQ(status.id(), "E2008");
    EXPECT_THAT(status.message(), HasSubstr(wrong.message));
    EXPECT_THAT(status.hint(), HasSubstr(wrong.hint));
    EXPECT_EQ(status.span(), wrong.span);
  }
}

TEST(OptionCheck, TakesFieldOptionsOfKnownColumns) {
  EXPECT_TRUE(Check({{"connector", "generator"}, {"fields.name.kind", "random"}}).ok());
}

TEST(OptionCheck, AsksTheConnectorLast) {
  const std::vector<std::pair<std::string, std::string>> square = {
      {"connector", "fake"}, {"path", "x"}, {"shape", "square"}};
  EXPECT_TRUE(Check(square).ok());
  const Status status = Check(square, Schema{{{"a", Type::Int()}}}).status();
  EXPECT_EQ(status.message(), "a square table has two columns");
  EXPECT_EQ(status.span(), (SourceSpan{1, 2}));
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

// "fake" with these; the first of them is at 30.
Status OfLookup(const Pairs& given) {
  Pairs options = {{"connector", "fake"}, {"path", "x"}};
  options.insert(options.end(), given.begin(), given.end());
  return Check(options).status();
}

TEST(OptionCheck, TakesLookupsOptionsThatGoTogether) {
  EXPECT_TRUE(OfLookup({{"lookup.cache", "full"}}).ok());
  EXPECT_TRUE(OfLookup({{"lookup.full-cache.periodic-reload.interval", "1 min"},
                        {"lookup.full-cache.periodic-reload.schedule-mode", "FIXED_RATE"},
                        {"lookup.full-cache.reload-strategy", "PERIODIC"},
                        {"lookup.max-retries", "0"}})
                  .ok());
  EXPECT_TRUE(OfLookup({{"lookup.full-cache.timed-reload.iso-time", "10:15+01:00"},
                        {"lookup.full-cache.timed-reload.interval-in-days", "2"},
                        {"lookup.full-cache.reload-strategy", "TIMED"},
                        {"lookup.max-retries", "5"}})
                  .ok());
}

TEST(OptionCheck, SaysWhichOfLookupsOptionsDoNotGoTogether) {
  const std::string interval = "lookup.full-cache.periodic-reload.interval";
  const std::string mode = "lookup.full-cache.periodic-reload.schedule-mode";
  const std::string strategy = "lookup.full-cache.reload-strategy";
  const std::string time = "lookup.full-cache.timed-reload.iso-time";
  const std::string days = "lookup.full-cache.timed-reload.interval-in-days";
  const SourceSpan key{30, 35};
  const SourceSpan value{35, 39};
  const std::vector<Wrong> cases = {
      {{{"lookup.cahce", "FULL"}}, "no option 'lookup.cahce'", "\"lookup.cache\"", key},
      {{{"lookup.cache", "FUL"}}, "one of NONE, PARTIAL, FULL", "\"FULL\"", value},
      {{{"lookup.partial-cache.max-rows", "5"}}, "needs 'lookup.cache' = 'PARTIAL'", "", key},
      {{{mode, "FIXED_RATE"}}, "needs '" + interval + "'", "", key},
      {{{"lookup.max-retries", "1"}}, "needs '" + interval + "'", "", key},
      {{{strategy, "PERIODIC"}}, "needs the option '" + interval + "'", "10 min", value},
      {{{strategy, "TIMED"}}, "needs the option '" + time + "'", "02:30", value},
      {{{time, "10:15"}}, "needs '" + strategy + "' = 'TIMED'", "", key},
      {{{days, "1"}}, "needs '" + strategy + "' = 'TIMED'", "", key},
      {{{interval, "1 s"}, {strategy, "TIMED"}, {time, "10:15"}},
       "needs '" + strategy + "' = 'PERIODIC'",
       "",
       key},
      {{{time, "25:15"}, {strategy, "TIMED"}}, "no time of day", "02:30Z", value},
      {{{days, "0"}, {strategy, "TIMED"}, {time, "10:15"}}, "at least 1", "", value},
      {{{interval, "0 s"}}, "at least 1 ms", "", value},
      {{{"lookup.max-retries", "-1"}, {interval, "1 s"}}, "at least 0", "", value},
  };
  for (const Wrong& wrong : cases) {
    SCOPED_TRACE(wrong.message);
    const Status status = OfLookup(wrong.options);
    EXPECT_EQ(status.id(), "E2008");
    EXPECT_THAT(status.message(), HasSubstr(wrong.message));
    EXPECT_THAT(status.hint(), HasSubstr(wrong.hint));
    EXPECT_EQ(status.span(), wrong.span);
  }
  for (const Pairs& asked :
       {Pairs{{"lookup.cache", "NONE"}},
        Pairs{{"lookup.cache", "partial"}, {"lookup.partial-cache.max-rows", "5"}}}) {
    const Status status = OfLookup(asked);
    EXPECT_EQ(status.id(), "E1002");
    EXPECT_EQ(status.span(), value);
  }
  EXPECT_THAT(Check({{"connector", "print"}, {"lookup.cache", "FULL"}}).status().message(),
              HasSubstr("no option 'lookup.cache'"));
}

TEST(OptionCheck, EveryTableHasAnIdleTimeout) {
  EXPECT_TRUE(Check({{"connector", "print"}, {"scan.watermark.idle-timeout", "5 s"}}).ok());
}

}  // namespace
}  // namespace weir::catalog
