// What is said of keys of Flink's that are no options of ours. That every key is known, and what
// is said of each, is tests/flink_options' business.
#include "conf/flink_options.h"

#include <gmock/gmock.h>

#include "conf/options.h"
#include "conf/settings.h"

namespace weir::conf {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(FlinkOptions, EveryKeyIsOursOrHasARow) {
  for (const std::string_view key : FlinkKeys()) {
    const std::string one = key.ends_with('*') ? std::string(key) + "x" : std::string(key);
    EXPECT_TRUE(FindOption(one) != nullptr || FindFlinkOption(one) != nullptr) << key;
  }
}

TEST(FlinkOptions, TheLongestRowCounts) {
  EXPECT_EQ(FindFlinkOption("table.exec.mini-batch.size")->key, "table.exec.mini-batch.*");
  EXPECT_EQ(FindFlinkOption("table.optimizer.join-reorder-enabled")->key, "table.optimizer.*");
  EXPECT_EQ(FindFlinkOption("table.optimizer.non-deterministic-update.strategy")->key,
            "table.optimizer.non-deterministic-update.strategy");
  EXPECT_EQ(FindFlinkOption("taskmanager.NUMBEROFTASKSLOTS")->key, "taskmanager.*");
}

// A row that many keys share makes none of what Flink does not know.
TEST(FlinkOptions, WhatFlinkLacksIsUnknown) {
  for (const char* key : {"table.exec.mini-batch.sise", "rest.ports", "metrics.reporter.",
                          "hive.exec.dynamic.partition", "taskmanager"}) {
    EXPECT_EQ(FindFlinkOption(key), nullptr) << key;
    EXPECT_EQ(CheckOption(key, "1").status().id(), "E6001") << key;
  }
  EXPECT_NE(FindFlinkOption("metrics.reporter.mine.factory.class"), nullptr);
  EXPECT_EQ(CheckOption("table.exec.mini-batch.sise", "1").status().hint(),
            "did you mean \"table.exec.mini-batch.size\"?");
}

struct RefusedValue {
  const char* key;
  const char* accepted;
  const char* refused;
};

TEST(FlinkOptions, WhatWouldChangeSomethingIsRefused) {
  const RefusedValue kCases[] = {
      {"table.exec.legacy-cast-behaviour", "disabled", "ENABLED"},
      {"table.sql-dialect", "DEFAULT", "hive"},
      {"pipeline.auto-watermark-interval", "200 ms", "0 ms"},
      {"security.ssl.rest.enabled", "False", "true"},
      {"table.exec.sort.default-limit", "-1", "10"},
  };
  for (const RefusedValue& row : kCases) {
    EXPECT_EQ(CheckOption(row.key, row.accepted).value(), row.accepted) << row.key;
    const Status refused = CheckOption(row.key, row.refused).status();
    EXPECT_EQ(refused.code(), StatusCode::kUnsupported) << row.key;
    EXPECT_THAT(refused.message(), HasSubstr(row.key));
  }
}

TEST(FlinkOptions, WhatHasNoEffectIsSaidOnceAndNotKept) {
  Settings settings;
  ASSERT_TRUE(settings
                  .LoadYaml("rest:\n  port: 8081\npipeline.object-reuse: true\n"
                            "table.sql-dialect: default\npipeline.batch-size: 7\n",
                            "f")
                  .ok());
  EXPECT_EQ(settings.given_values().size(), 1U);
  const std::string notice = settings.TakeWithoutEffect("f: ");
  EXPECT_THAT(notice,
              StartsWith("NOTICE: f: options of Flink's without effect here: "
                         "rest.port ('server.http.address' says where the page and REST are), "
                         "pipeline.object-reuse ("));
  EXPECT_EQ(settings.TakeWithoutEffect(), "") << "said once";
  EXPECT_THAT(settings.LoadYaml("\ntable.sql-dialect: hive\n", "f").message(), HasSubstr("f:2"));
  EXPECT_TRUE(settings.Reset("rest.port").ok());
}

TEST(FlinkOptions, HelpSaysWhich) {
  const auto text = [](const char* key) { return FlinkOptionText(*FindFlinkOption(key), key); };
  EXPECT_EQ(
      text("rest.port"),
      "rest.port, of Flink's, has no effect here: 'server.http.address' says where the page and "
      "REST are.");
  EXPECT_THAT(text("table.sql-dialect"), HasSubstr("is refused here save as 'default': "));
  EXPECT_THAT(text("pipeline.auto-watermark-interval"), HasSubstr("is refused here as '0|"));
  EXPECT_THAT(text("table.exec.emit.early-fire.delay"), HasSubstr("is refused here: "));
}

}  // namespace
}  // namespace weir::conf
