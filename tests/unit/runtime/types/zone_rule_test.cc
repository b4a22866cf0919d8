#include "runtime/types/zone_rule.h"

#include <gtest/gtest.h>

#include "runtime/types/time_zone.h"

namespace weir {
namespace {

TEST(ZoneRuleTest, TransitionsOfAYear) {
  const auto rule = ParseZoneRule("CET-1CEST,M3.5.0,M10.5.0/3");
  ASSERT_TRUE(rule);
  const auto both = rule->In(2038);
  EXPECT_EQ(both[0].at, 2'153'350'800);  // 2038-03-28 01:00 UTC
  EXPECT_EQ(both[0].to->seconds, 7'200);
  EXPECT_EQ(both[0].to->abbreviation, "CEST");
  EXPECT_EQ(both[1].at, 2'172'099'600);  // 2038-10-31 01:00 UTC
  EXPECT_EQ(both[1].to->seconds, 3'600);
}

TEST(ZoneRuleTest, AllForms) {
  // Half an hour, south of the equator: the year begins with daylight saving.
  const auto south = ParseZoneRule("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0");
  ASSERT_TRUE(south);
  EXPECT_EQ(south->daylight.seconds, 39'600);
  EXPECT_EQ(south->In(2040)[0].to->abbreviation, "+1030");
  // Ireland's standard time is that of summer; Julian days; days from zero; times before midnight.
  EXPECT_EQ(ParseZoneRule("IST-1GMT0,M10.5.0,M3.5.0/1")->daylight.seconds, 0);
  EXPECT_EQ(ParseZoneRule("A3B,J60/0,J300/0")->In(2024)[0].at, 1'709'262'000);  // March 1
  EXPECT_EQ(ParseZoneRule("A3B,59/0,300/0")->In(2024)[0].at, 1'709'175'600);    // February 29
  EXPECT_EQ(ParseZoneRule("<-02>2<-01>,M3.5.0/-1,M10.5.0/0")->In(2040)[0].at, 2'216'250'000);
}

TEST(ZoneRuleTest, NoRule) {
  for (const char* text :
       {"", "UTC0", "CET-1", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M1.1.0",
        "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0/3x", "<CET-1CEST,M3.5.0,M10.5.0",
        "CET-1CEST,J0,J1", "CET-1CEST,M3.5.0/168,M10.5.0", "CET-99999999999CEST,1,2"})
    EXPECT_FALSE(ParseZoneRule(text)) << text;
}

// The offsets that Python's zoneinfo gives.
TEST(ZoneRuleTest, ZonesGoOnForEver) {
  struct Case {
    const char* zone;
    int64_t at;
    int32_t offset;
  };
  for (const Case& one : {Case{"Europe/Berlin", 2'146'003'200, 3'600},           // 2038-01-02
                          Case{"Europe/Berlin", 2'161'641'600, 7'200},           // 2038-07-02
                          Case{"America/New_York", 16'709'328'000, -14'400},     // 2499-07-01
                          Case{"America/New_York", 16'740'864'000, -14'400},     // 2500-07-01
                          Case{"America/New_York", 16'754'083'200, -18'000},     // 2500-12-01
                          Case{"Australia/Lord_Howe", 29'348'006'400, 39'600},   // 2900-01-01
                          Case{"Australia/Lord_Howe", 253'386'403'200, 37'800},  // 9999-07-01
                          Case{"Europe/Dublin", 95'633'222'400, 3'600},          // 5000-07-01
                          Case{"America/St_Johns", 253'386'403'200, -9'000},     // 9999-07-01
                          Case{"Asia/Tokyo", 253'386'403'200, 32'400}}) {        // 9999-07-01
    EXPECT_EQ(TimeZone::Find(one.zone)->OffsetAt(one.at), one.offset) << one.zone << one.at;
  }
}

// 2500-03-28 02:30 is skipped in Berlin, and 2500-10-31 02:30 comes twice.
TEST(ZoneRuleTest, FarGapsAndFolds) {
  const TimeZone zone = *TimeZone::Find("Europe/Berlin");
  const int64_t gap = 16'732'665'000'000;
  EXPECT_EQ(zone.ToUtcMillis(gap), 16'732'661'400'000);
  EXPECT_EQ(zone.ToUtcMillisForTimer(gap), 16'732'659'600'000);
  const int64_t twice = 16'751'413'800'000;
  EXPECT_EQ(zone.ToUtcMillis(twice), 16'751'406'600'000);
  EXPECT_EQ(zone.ToUtcMillisForTimer(twice), 16'751'410'200'000);
  EXPECT_EQ(zone.PassedLocalMillis(16'751'406'600'000), 16'751'408'400'000 + 3'600'000 - 1);
}

}  // namespace
}  // namespace weir
