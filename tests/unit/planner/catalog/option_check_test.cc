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

TEST(OptionCheck, EveryTableHasAnIdleTimeout) {
  EXPECT_TRUE(Check({{"connector", "print"}, {"scan.watermark.idle-timeout", "5 s"}}).ok());
}

}  // namespace
}  // namespace weir::catalog
