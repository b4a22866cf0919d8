#include "runtime/graph/lookup_options.h"

#include <gtest/gtest.h>

namespace weir::graph {
namespace {

constexpr int64_t kHour = 3'600'000;

TEST(LookupOptions, ReadsTimesOfDayAsJavaDoes) {
  EXPECT_EQ(ParseTimeOfDay("10:15")->millis, 10 * kHour + 900'000);
  EXPECT_EQ(ParseTimeOfDay("10:15:30")->millis, 10 * kHour + 930'000);
  EXPECT_EQ(ParseTimeOfDay("10:15:30.5")->millis, 10 * kHour + 930'500);
  EXPECT_EQ(ParseTimeOfDay("10:15:30.123456789")->millis, 10 * kHour + 930'123);
  EXPECT_EQ(ParseTimeOfDay("10:15")->offset_seconds, std::nullopt);
  EXPECT_EQ(ParseTimeOfDay("00:00Z")->offset_seconds, 0);
  EXPECT_EQ(ParseTimeOfDay("23:59:59+01:00")->offset_seconds, 3600);
  EXPECT_EQ(ParseTimeOfDay("23:59-03:30")->offset_seconds, -12600);
  EXPECT_EQ(ParseTimeOfDay("23:59+18:00")->offset_seconds, 18 * 3600);
}

TEST(LookupOptions, RefusesWhatIsNoTimeOfDay) {
  for (const std::string_view text :
       {"", "10", "10:", "1:15", "24:00", "10:60", "10:15:60", "10:15:30.", "10:15.5", "10:15 ",
        "10:15z", "10:15+1", "10:15+01", "10:15+18:01", "10:15+19:00", "2026-01-01T10:15",
        "10:15:30.1234567890", "10:15Z+01:00"}) {
    EXPECT_EQ(ParseTimeOfDay(text), std::nullopt) << text;
  }
}

TEST(LookupOptions, TheRuleIsWhatTheOptionsSay) {
  EXPECT_EQ(ReloadRuleOf({})->schedule, ReloadSchedule::kNever);
  EXPECT_EQ(ReloadRuleOf({{"lookup.cache", "full"}})->schedule, ReloadSchedule::kNever);
  const auto periodic = ReloadRuleOf({{"lookup.full-cache.periodic-reload.interval", "2 min"}});
  EXPECT_EQ(periodic->schedule, ReloadSchedule::kFixedDelay);
  EXPECT_EQ(periodic->interval_millis, 120'000);
  EXPECT_EQ(periodic->max_retries, 3);
  const TableOptions rate = {{"lookup.full-cache.periodic-reload.interval", "5 s"},
                             {"lookup.full-cache.periodic-reload.schedule-mode", "fixed_rate"},
                             {"lookup.max-retries", "0"}};
  EXPECT_EQ(ReloadRuleOf(rate)->schedule, ReloadSchedule::kFixedRate);
  EXPECT_EQ(ReloadRuleOf(rate)->max_retries, 0);
  EXPECT_EQ(ReloadText(rate), "5000 ms FIXED_RATE");
  const TableOptions timed = {{"lookup.full-cache.reload-strategy", "timed"},
                              {"lookup.full-cache.timed-reload.iso-time", "02:00Z"},
                              {"lookup.full-cache.timed-reload.interval-in-days", "7"}};
  EXPECT_EQ(ReloadRuleOf(timed)->schedule, ReloadSchedule::kTimeOfDay);
  EXPECT_EQ(ReloadRuleOf(timed)->time.millis, 2 * kHour);
  EXPECT_EQ(ReloadRuleOf(timed)->days, 7);
  EXPECT_EQ(ReloadText(timed), "02:00Z every 7 days");
  EXPECT_EQ(ReloadText({}), "");
}

TEST(LookupOptions, TablesMayBeAskedKeyByKey) {
  const auto none = ReloadRuleOf({{"lookup.cache", "none"}, {"lookup.max-retries", "7"}});
  EXPECT_EQ(none->schedule, ReloadSchedule::kByKey);
  EXPECT_EQ(none->max_retries, 7);
  EXPECT_FALSE(none->cache.keeps);
  EXPECT_EQ(ReloadText({{"lookup.cache", "NONE"}}), "by key");
  const auto all = ReloadRuleOf({{"lookup.cache", "PARTIAL"}});
  EXPECT_TRUE(all->cache.keeps);
  EXPECT_TRUE(all->cache.keeps_missing);
  EXPECT_EQ(all->cache.max_keys, std::nullopt);
  EXPECT_EQ(all->cache.expire_after_write_millis, std::nullopt);
  EXPECT_EQ(all->cache.expire_after_access_millis, std::nullopt);
  const TableOptions some = {{"lookup.cache", "PARTIAL"},
                             {"lookup.partial-cache.max-rows", "5"},
                             {"lookup.partial-cache.expire-after-write", "2 s"},
                             {"lookup.partial-cache.expire-after-access", "1 s"},
                             {"lookup.partial-cache.cache-missing-key", "false"}};
  EXPECT_EQ(ReloadText(some), "by key, cached");
  const CacheRule rule = ReloadRuleOf(some)->cache;
  EXPECT_EQ(rule.max_keys, 5);
  EXPECT_EQ(rule.expire_after_write_millis, 2000);
  EXPECT_EQ(rule.expire_after_access_millis, 1000);
  EXPECT_FALSE(rule.keeps_missing);
}

}  // namespace
}  // namespace weir::graph
