#include "runtime/types/datetime.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "runtime/base/random.h"
#include "runtime/types/datetime_pattern.h"
#include "runtime/types/day_period.h"
#include "runtime/types/interval.h"
#include "runtime/types/time_zone.h"
#include "tests/seed.h"

namespace weir {
namespace {

std::string DateText(std::optional<int32_t> days) {
  char text[kMaxDateTimeText];
  return days ? std::string(text, FormatDate(*days, text)) : "none";
}
std::string TimestampText(std::optional<int64_t> micros, int precision = 3) {
  char text[kMaxDateTimeText];
  return micros ? std::string(text, FormatTimestamp(*micros, precision, text)) : "none";
}
std::string TimestampText(std::optional<TimestampNanos> t, int precision = 9) {
  char text[kMaxDateTimeText];
  return t ? std::string(text, FormatTimestampNanos(*t, precision, text)) : "none";
}
int64_t Micros(std::string_view text) {
  return *ParseTimestamp(text, 6);
}
TimeZone Zone(std::string_view name) {
  return *TimeZone::Find(name);
}

TEST(Calendar, CountsEveryDayOnce) {
  int64_t days = DaysFromCivil(-5, 1, 1);
  for (int64_t year = -5; year < 2110; ++year) {
    for (int month = 1; month <= 12; ++month) {
      for (int day = 1; day <= DaysInMonth(year, month); ++day, ++days) {
        ASSERT_EQ(DaysFromCivil(year, month, day), days);
        ASSERT_EQ(CivilFromDays(days), (CivilDate{year, month, day}));
      }
    }
  }
}

TEST(ParseDate, TakesWhatCastTakes) {
  const std::pair<std::string_view, std::string_view> cases[] = {{"2024", "2024-01-01"},
                                                                 {"2024-3", "2024-03-01"},
                                                                 {"2024-02-29", "2024-02-29"},
                                                                 {"2024-01-02 xyz", "2024-01-02"},
                                                                 {"2023-02-29", "none"},
                                                                 {"2024-13-01", "none"},
                                                                 {"24-1", "0024-01-01"},
                                                                 {"", "none"},
                                                                 {"2024-", "none"},
                                                                 {"abc", "none"},
                                                                 {"10000", "none"}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(DateText(ParseDate(text)), expected) << text;
}

TEST(ParseTimestamp, TakesWhatCastTakes) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"2024-01-02 03:04:05.678", "2024-01-02 03:04:05.678"},
      {"2024-1-2 3:4:5", "2024-01-02 03:04:05.000"},
      {"2024-01-02", "2024-01-02 00:00:00.000"},
      {"2024-01-02 24:00:00", "2024-01-03 00:00:00.000"},
      {"2024-01-02 24:00:01", "none"},
      {"2023-02-29 00:00:00", "2023-02-28 00:00:00.000"},
      {"2023-02-29", "2023-02-28 00:00:00.000"},
      {"2024-01-02T03:04:05", "none"},
      {"2024-01-02 03:04", "none"},
      {"2024-01-02 03:04:05.1234567891", "none"},
      {"2024-01-02 03:04:05x", "none"},
      {"2024-01-32 03:04:05", "none"},
      {"2024-01-02 03:60:05", "none"},
      {"2024-01-02 03:04:0 ", "none"},
      {"1969-12-31 23:59:59.9999", "1969-12-31 23:59:59.999"},
      {"", "none"}};
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(TimestampText(ParseTimestamp(text, 3)), expected) << text;
  EXPECT_EQ(TimestampText(ParseTimestampNanos("1969-12-31 23:59:59.123456789", 9)),
            "1969-12-31 23:59:59.123456789");
  EXPECT_EQ(TimestampText(ParseTimestampNanos("1969-12-31 23:59:59.123456789", 7)),
            "1969-12-31 23:59:59.123456700");
}

TEST(ParseTime, TakesWhatCastTakes) {
  EXPECT_EQ(ParseTime("01:02:03.5"), 3'723'500'000'000);
  EXPECT_EQ(ParseTime("1"), 3'600 * kNanosPerSecond);
  EXPECT_EQ(ParseTime("1:2"), 3'720 * kNanosPerSecond);
  EXPECT_EQ(ParseTime("00:30:00+01:00"), (23 * 3600 + 1800) * kNanosPerSecond);
  for (const char* bad : {"", "24:00:00", "1:60", "x", "1:2:3.x"})
    EXPECT_FALSE(ParseTime(bad)) << bad;
  char text[kMaxDateTimeText];
  EXPECT_EQ(std::string(text, FormatTime(3'723'500'000'000, 3, text)), "01:02:03.500");
}

TEST(ParseIsoTimestamp, AppliesOffsets) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"2024-01-02T03:04:05Z", "2024-01-02 03:04:05.000000000"},
      {"2024-01-02 03:04:05.1Z", "2024-01-02 03:04:05.100000000"},
      {"2024-01-02T03:04:05+02:00", "2024-01-02 01:04:05.000000000"},
      {"2024-01-02T03:04-0130", "2024-01-02 04:34:00.000000000"},
      {"2024-01-02", "2024-01-02 00:00:00.000000000"}};
  for (const auto& [text, expected] : cases) {
    const auto parsed = ParseIsoTimestamp(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(TimestampText(parsed->utc()), expected);
  }
  EXPECT_FALSE(ParseIsoTimestamp("2024-01-02T03:04:05")->offset_seconds);
  for (const char* bad :
       {"2024-01-02T", "2024-01-02T03", "2024-01-02T03:04:05+", "x", "2024-01-02T03:04:05ZZ"}) {
    EXPECT_FALSE(ParseIsoTimestamp(bad)) << bad;
  }
}

TEST(Extract, KnowsEveryUnit) {
  const int64_t t = Micros("2024-12-30 13:14:15.678901");
  const std::pair<std::string_view, int64_t> cases[] = {
      {"year", 2024},       {"QUARTER", 4},
      {"month", 12},        {"week", 1},
      {"isoyear", 2025},    {"day", 30},
      {"dow", 2},           {"isodow", 1},
      {"doy", 365},         {"hour", 13},
      {"minutes", 14},      {"second", 15},
      {"millisecond", 678}, {"microsecond", 678'901},
      {"century", 21},      {"decade", 202},
      {"millennium", 3},    {"epoch", 1'735'564'455}};
  for (const auto& [unit, expected] : cases) {
    EXPECT_EQ(ExtractFromTimestamp(*FindTimeUnit(unit), t), expected) << unit;
  }
  EXPECT_EQ(ExtractFromTimestamp(TimeUnit::kMillisecond, -1), 999);
  EXPECT_EQ(ExtractFromDate(TimeUnit::kHour, 5), 0);
  EXPECT_FALSE(FindTimeUnit("fortnight"));
}

TEST(Rounding, FloorsAndCeils) {
  using enum TimeUnit;
  const int64_t t = Micros("2024-05-15 13:14:15.678");
  const std::tuple<TimeUnit, std::string_view, std::string_view> cases[] = {
      {kYear, "2024-01-01 00:00:00.000", "2025-01-01 00:00:00.000"},
      {kQuarter, "2024-04-01 00:00:00.000", "2024-07-01 00:00:00.000"},
      {kMonth, "2024-05-01 00:00:00.000", "2024-06-01 00:00:00.000"},
      {kWeek, "2024-05-12 00:00:00.000", "2024-05-19 00:00:00.000"},
      {kDay, "2024-05-15 00:00:00.000", "2024-05-16 00:00:00.000"},
      {kHour, "2024-05-15 13:00:00.000", "2024-05-15 14:00:00.000"},
      {kSecond, "2024-05-15 13:14:15.000", "2024-05-15 13:14:16.000"},
      {kCentury, "2001-01-01 00:00:00.000", "2101-01-01 00:00:00.000"},
      {kDecade, "2020-01-01 00:00:00.000", "2030-01-01 00:00:00.000"}};
  for (const auto& [unit, floor, ceil] : cases) {
    EXPECT_EQ(TimestampText(FloorTimestamp(unit, t)), floor);
    EXPECT_EQ(TimestampText(CeilTimestamp(unit, t)), ceil);
    EXPECT_EQ(TimestampText(FloorTimestampNanos(unit, NanosFromMicros(t)), 3), floor);
    EXPECT_EQ(TimestampText(CeilTimestampNanos(unit, NanosFromMicros(t)), 3), ceil);
    EXPECT_EQ(CeilTimestamp(unit, Micros(floor)), Micros(floor));
  }
  EXPECT_EQ(TimestampText(FloorTimestamp(kHour, -1)), "1969-12-31 23:00:00.000");
  EXPECT_EQ(FloorTime(kMinute, 61 * kNanosPerSecond), 60 * kNanosPerSecond);
}

TEST(Micros, KnowTheirRange) {
  using enum TimeUnit;
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  for (const int64_t micros : {kMin, kMin + 1, int64_t{-1}, int64_t{0}, kMax - 1, kMax}) {
    EXPECT_EQ(CheckedMicros(NanosFromMicros(micros)), micros);
  }
  const TimestampNanos first = NanosFromMicros(kMin);
  const TimestampNanos last = NanosFromMicros(kMax);
  EXPECT_EQ(CheckedMicros({first.millis, first.nanos - 1'000}), std::nullopt);
  EXPECT_EQ(CheckedMicros({last.millis, last.nanos + 1'000}), std::nullopt);
  EXPECT_EQ(CheckedMicros({first.millis - 1, 999'999}), std::nullopt);
  EXPECT_EQ(CheckedMicros({last.millis + 1, 0}), std::nullopt);
  EXPECT_EQ(CheckedMicros({kMin, 0}), std::nullopt);
  EXPECT_EQ(CheckedMicros({kMax, 999'999}), std::nullopt);
  // A boundary that lies beyond the range shows by its side of the value.
  EXPECT_GT(FloorTimestamp(kYear, kMin), kMin);
  EXPECT_LT(CeilTimestamp(kYear, kMax), kMax);
  EXPECT_LT(CeilTimestamp(kHour, kMax), kMax);
}

TEST(Months, ClipToTheMonthsEnd) {
  EXPECT_EQ(DateText(AddMonthsToDate(*ParseDate("2024-01-31"), 1)), "2024-02-29");
  EXPECT_EQ(DateText(AddMonthsToDate(*ParseDate("2024-01-31"), -2)), "2023-11-30");
  EXPECT_EQ(TimestampText(
                AddMonthsToTimestampNanos(NanosFromMicros(Micros("1969-01-31 01:02:03")), 1), 3),
            "1969-02-28 01:02:03.000");
  EXPECT_EQ(MonthsBetweenDates(*ParseDate("2024-01-31"), *ParseDate("2024-02-29")), 1);
  EXPECT_EQ(MonthsBetweenDates(*ParseDate("2024-02-28"), *ParseDate("2024-01-29")), 0);
  EXPECT_EQ(MonthsBetweenMillis(Micros("2024-01-15 12:00:00") / 1000,
                                Micros("2024-02-15 11:00:00") / 1000),
            0);
}

TEST(TimestampText, RoundTrips) {
  const uint64_t seed = 12;
  SCOPED_TRACE(seed);
  Random random(SeedOf(seed));
  for (int i = 0; i < 20'000; ++i) {
    const int64_t micros =
        static_cast<int64_t>(random.Below(300'000'000'000'000'000)) - 62'000'000'000'000'000;
    ASSERT_EQ(ParseTimestamp(TimestampText(micros, 6), 6), micros) << TimestampText(micros, 6);
    const int64_t months = static_cast<int64_t>(random.Below(2'000)) - 1'000;
    const auto days = static_cast<int32_t>(FloorDivide(micros, kMicrosPerDay));
    const int32_t later = AddMonthsToDate(days, months);
    ASSERT_EQ(MonthsBetweenDates(days, later), months) << DateText(days) << ' ' << months;
  }
}

TEST(Interval, ParsesAndPrints) {
  using enum TimeUnit;
  EXPECT_EQ(ParseIntervalYearMonth("1-2", kYear, kMonth), 14);
  EXPECT_EQ(ParseIntervalYearMonth("-3", kYear, kYear), -36);
  EXPECT_FALSE(ParseIntervalYearMonth("1-12", kYear, kMonth));
  EXPECT_EQ(ParseIntervalDayTime("1 02:03:04.5", kDay, kSecond), 93'784'500);
  EXPECT_EQ(ParseIntervalDayTime("-90", kMinute, kMinute), -5'400'000);
  EXPECT_EQ(ParseIntervalDayTime("100:30", kMinute, kSecond), 6'030'000);
  EXPECT_EQ(ParseIntervalDayTime("0.25", kSecond, kSecond), 250);
  for (const char* bad : {"", "1", "1 25:00:00", "1 02:03", "x", "99999999999999999999 00:00:00"}) {
    EXPECT_FALSE(ParseIntervalDayTime(bad, kDay, kSecond)) << bad;
  }
  char text[kMaxIntervalText];
  EXPECT_EQ(std::string(text, FormatIntervalYearMonth(-14, text)), "-1-02");
  EXPECT_EQ(std::string(text, FormatIntervalDayTime(93'784'000, text)), "+1 02:03:04.000");
}

TEST(TimeZone, FollowsDaylightSaving) {
  const TimeZone berlin = Zone("Europe/Berlin");
  const auto utc = [&](std::string_view local) {
    return TimestampText(berlin.ToUtcMicros(Micros(local)));
  };
  EXPECT_EQ(utc("2024-01-01 12:00:00"), "2024-01-01 11:00:00.000");
  EXPECT_EQ(utc("2024-07-01 12:00:00"), "2024-07-01 10:00:00.000");
  EXPECT_EQ(utc("2024-03-31 02:30:00"), "2024-03-31 01:30:00.000");  // skipped: becomes 03:30
  EXPECT_EQ(utc("2024-10-27 02:30:00"), "2024-10-27 00:30:00.000");  // twice: the first
  EXPECT_EQ(utc("2024-10-27 03:00:00"), "2024-10-27 02:00:00.000");
  const auto timer = [&](std::string_view local) {
    return TimestampText(berlin.ToUtcMillisForTimer(Micros(local) / 1000) * 1000);
  };
  EXPECT_EQ(timer("2024-03-31 02:30:00"), "2024-03-31 01:00:00.000");
  EXPECT_EQ(timer("2024-10-27 02:30:00"), "2024-10-27 01:30:00.000");
  EXPECT_EQ(berlin.AbbreviationAt(Micros("2024-07-01") / 1'000'000), "CEST");
}

TEST(TimeZone, FindsNamesAndOffsets) {
  EXPECT_TRUE(Zone("UTC").is_utc());
  EXPECT_EQ(Zone("GMT+08:00").OffsetAt(0), 28'800);
  EXPECT_EQ(Zone("-03:30").OffsetAt(0), -12'600);
  EXPECT_EQ(Zone("Asia/Shanghai").OffsetAt(1'700'000'000), 28'800);
  for (const char* bad : {"Mars/Olympus", "", "+", "+25:00"}) {
    EXPECT_EQ(TimeZone::Find(bad).status().code(), StatusCode::kInvalidArgument) << bad;
  }
}

TEST(TimeZone, ConversionsAreInverse) {
  const uint64_t seed = 13;
  SCOPED_TRACE(seed);
  Random random(SeedOf(seed));
  for (const char* name :
       {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"}) {
    const TimeZone zone = Zone(name);
    for (int i = 0; i < 5'000; ++i) {
      const int64_t utc = static_cast<int64_t>(random.Below(4'000'000'000'000)) - 1'000'000'000'000;
      const int64_t local = zone.ToLocalMillis(utc);
      ASSERT_EQ(zone.ToLocalMillis(zone.ToUtcMillis(local)), local) << name << ' ' << utc;
      ASSERT_GE(zone.ToUtcMillisForTimer(local), utc);
      // Exactly the local times whose timer has come have passed.
      const int64_t passed = zone.PassedLocalMillis(utc);
      ASSERT_LE(zone.ToUtcMillisForTimer(passed), utc);
      ASSERT_GT(zone.ToUtcMillisForTimer(passed + 1), utc);
    }
  }
}

std::string Formatted(std::string_view pattern, std::string_view time, const char* zone = "UTC",
                      PatternDialect dialect = PatternDialect::kDateTimeFormatter) {
  std::string out;
  const auto compiled = DateTimePattern::Compile(pattern, dialect);
  EXPECT_TRUE(compiled.ok()) << compiled.status().ToString();
  if (!compiled->Format(*ParseTimestampNanos(time, 9), Zone(zone), out)) return "too wide";
  return out;
}

std::string Parsed(std::string_view pattern, std::string_view text) {
  const auto compiled = DateTimePattern::Compile(pattern);
  EXPECT_TRUE(compiled.ok()) << compiled.status().ToString();
  return TimestampText(compiled->Parse(text), 3);
}

TEST(DateTimePattern, Formats) {
  const std::string_view time = "2024-02-03 15:06:07.089";
  EXPECT_EQ(Formatted("yyyy-MM-dd HH:mm:ss.SSS", time), "2024-02-03 15:06:07.089");
  EXPECT_EQ(Formatted("yy/M/d h:m a", time), "24/2/3 3:6 PM");
  EXPECT_EQ(Formatted("EEEE, d MMMM yyyy", time), "Saturday, 3 February 2024");
  EXPECT_EQ(Formatted("EEE MMM D 'o''clock' '' Q", time), "Sat Feb 34 o'clock ' 1");
  EXPECT_EQ(Formatted("HH:mm XXX z VV", time, "Europe/Berlin"), "15:06 +01:00 CET Europe/Berlin");
}

TEST(DateTimePattern, FormatsByTheLettersOfItsDialect) {
  const std::string_view time = "2023-11-14 22:13:20";
  EXPECT_EQ(Formatted("A N g F W u GGGG GGGGG", time),
            "80000000 80000000000000 60262 7 3 2023 Anno Domini A");
  const auto simple = [&](std::string_view pattern, const char* zone = "UTC") {
    return Formatted(pattern, time, zone, PatternDialect::kSimpleDateFormat);
  };
  EXPECT_EQ(simple("u uu F W GGGG aaa"), "2 02 2 3 AD PM");
  EXPECT_EQ(simple("EEEEE E MMMMM MMM HHH [H] {#}"), "Tuesday Tue November Nov 022 [22] {#}");
  EXPECT_EQ(simple("Z X XX XXX", "Asia/Kathmandu"), "+0545 +05 +0545 +05:45");
  for (const std::string_view bad : {"Q", "e", "n", "x", "VV", "B", "XXXX", "zzzz"}) {
    EXPECT_FALSE(DateTimePattern::Compile(bad, PatternDialect::kSimpleDateFormat).ok()) << bad;
  }
}

TEST(DateTimePattern, FormatsBeyondTheDaysOfADate) {
  std::string out;
  EXPECT_TRUE(DateTimePattern::Compile("yyyy-MM-dd HH:mm:ss D")
                  ->Format({9'223'372'036'854'775'000, 0}, TimeZone(), out));
  EXPECT_EQ(out, "+292278994-08-17 07:12:55 229");
}

TEST(DateTimePattern, Parses) {
  EXPECT_EQ(Parsed("yyyy-MM-dd HH:mm:ss", "2024-02-03 04:05:06"), "2024-02-03 04:05:06.000");
  EXPECT_EQ(Parsed("yyyyMMddHHmmss", "20240203040506"), "2024-02-03 04:05:06.000");
  EXPECT_EQ(Parsed("dd MMM yyyy h a", "03 Feb 2024 12 AM"), "2024-02-03 00:00:00.000");
  EXPECT_EQ(Parsed("yyyy-MM-dd[ HH:mm]", "2024-02-03"), "2024-02-03 00:00:00.000");
  EXPECT_EQ(Parsed("yyyy-MM-dd[ HH:mm]", "2024-02-03 04:05"), "2024-02-03 04:05:00.000");
  EXPECT_EQ(Parsed("yyyy-MM-dd'T'HH:mm:ssXXX", "2024-02-03T04:05:06+01:00"),
            "2024-02-03 04:05:06.000")
      << "Flink takes the local fields";
  EXPECT_EQ(Parsed("yyyy-MM-dd", "2024-02-30"), "2024-02-29 00:00:00.000");
  for (const char* bad : {"2024-02", "2024-02-03x", "2024-13-01", "x"}) {
    EXPECT_EQ(Parsed("yyyy-MM-dd", bad), "none") << bad;
  }
}

// What callers may keep a text for: all times of a stretch format alike.
TEST(DateTimePattern, IsSteadyForAsLongAsItSays) {
  const std::pair<const char*, int64_t> patterns[] = {
      {"yyyy-MM-dd", kMillisPerDay},
      {"EEEE, d MMMM u Y Q q D e G L", kMillisPerDay},
      {"'S' yy", kMillisPerDay},
      {"yyyyMMddHH", 3'600'000},
      {"K", 3'600'000},
      {"k a", 3'600'000},
      {"h", 3'600'000},
      {"HH:mm", 60'000},
      {"yyyy-MM-dd HH:mm:ss", 1'000},
      {"ss", 1'000},
      {"HH:mm:ss.SSS", 0},
      {"n", 0},
      {"A", 0},
      {"N", 0},
      {"W F g", kMillisPerDay},
      {"yyyy XXX", 0},
      {"x", 0},
      {"yyyy VV", 0},
      {"z", 0}};
  const TimeZone zone = Zone("Europe/Berlin");
  for (const auto& [pattern, steady] : patterns) {
    SCOPED_TRACE(pattern);
    const auto compiled = DateTimePattern::Compile(pattern);
    ASSERT_TRUE(compiled.ok()) << compiled.status().ToString();
    EXPECT_EQ(compiled->steady_millis(), steady);
    if (steady == 0) continue;
    for (const int64_t millis : {int64_t{0}, int64_t{-1}, int64_t{1'706'972'767'089},
                                 int64_t{-62'135'596'800'001}, int64_t{951'782'399'999}}) {
      const int64_t begin = millis - FloorModulo(millis, steady);
      std::string first;
      ASSERT_TRUE(compiled->Format({begin, 0}, zone, first));
      for (const int64_t other : {millis, begin + steady / 2, begin + steady - 1}) {
        std::string text;
        ASSERT_TRUE(compiled->Format({other, 999'999}, zone, text));
        EXPECT_EQ(text, first) << other;
      }
    }
  }
}

// What java.time makes of them, as Flink 2.3's TO_TIMESTAMP shows.
TEST(DateTimePattern, ParsesAsJavaTime) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"yMMdd", "20240105", "2024-01-05 00:00:00.000"},  // y leaves MM and dd their digits
      {"Hmm", "905", "1970-01-01 09:05:00.000"},
      {"H:mm", "007:05", "1970-01-01 07:05:00.000"},
      {"yyyyMMddHHmmssSSS", "20240105010203004", "2024-01-05 01:02:03.004"},
      {"yMd", "20240105", "none"},
      {"yyyy-M-d", "12024-1-5", "none"},
      {"yyyy-M-d", "+12024-1-5", "12024-01-05 00:00:00.000"},
      {"yyyy-M-d", "-2024-1-5", "none"},
      {"uuuu-M-d", "-2024-1-5", "-2024-01-05 00:00:00.000"},
      {"G yyyy-MM-dd", "BC 0044-03-15", "-0043-03-15 00:00:00.000"},
      {"yyyy-DDD", "2024-366", "2024-12-31 00:00:00.000"},
      {"yyyy-DDD", "2023-366", "none"},
      {"YYYY-ww-e", "2024-01-3", "2024-01-02 00:00:00.000"},
      {"YYYY-MM-dd", "2024-01-05", "1970-01-05 00:00:00.000"},  // a year of weeks is none of days
      {"EEE yyyy-MM-dd", "Fri 2024-01-05", "2024-01-05 00:00:00.000"},
      {"EEE yyyy-MM-dd", "fri 2024-01-05", "none"},
      {"EEE yyyy-MM-dd", "Mon 2024-01-05", "none"},
      {"EEE yyyy-MM", "Tue 2024-01", "2024-01-01 00:00:00.000"},
      {"Q yyyy-MM-dd", "2 2024-01-05", "none"},
      {"QQQQ yyyy-MM-dd", "1st quarter 2024-01-05", "2024-01-05 00:00:00.000"},
      {"yyyy-MM-dd yyyy", "2024-01-05 2023", "none"},
      {"hh:mm a", "13:30 PM", "none"},
      {"hh:mm a", "07:30 pm", "none"},
      {"hh:mm", "07:30", "1970-01-01 00:30:00.000"},  // of an hour of which half?
      {"HH a", "13 AM", "none"},
      {"a", "PM", "1970-01-01 18:00:00.000"},
      {"k:mm", "24:30", "1970-01-01 00:30:00.000"},
      {"HH:mm", "24:00", "1970-01-01 00:00:00.000"},
      {"HH:mm", "24:01", "none"},
      {"yyyy-MM-dd HH:mm", "2023-02-28 24:00", "2023-03-01 00:00:00.000"},
      {"A", "3600000", "1970-01-01 01:00:00.000"},
      {"MM-dd", "02-30", "none"},
      {"yyyy-MM-dd yyyy-DDD", "2024-02-31 2024-060", "2024-02-29 00:00:00.000"},
      {"[yyyy", "2024", "2024-01-01 00:00:00.000"}};
  for (const auto& [pattern, text, expected] : cases)
    EXPECT_EQ(Parsed(pattern, text), expected) << pattern << " of " << text;
}

TEST(DateTimePattern, PartsOfTheDayCoverIt) {
  for (int64_t minute = 0; minute < 1440; ++minute) {
    const DayPeriod& period = DayPeriodAt(minute);
    ASSERT_TRUE(period.Includes(minute));
    ASSERT_TRUE(period.Includes(period.Middle())) << period.name;
  }
  EXPECT_EQ(Parsed("B", "at night"), "1970-01-01 01:30:00.000");
  EXPECT_EQ(Parsed("H:mm B", "9:00 in the morning"), "1970-01-01 09:00:00.000");
  EXPECT_EQ(Parsed("H:mm B", "9:00 at night"), "none");
}

TEST(DateTimePattern, PadsTheNextField) {
  const std::string_view time = "2024-02-03 15:06:07.089";
  EXPECT_EQ(Formatted("ppppH'h'ppM", time), "  15h 2");
  EXPECT_EQ(Formatted("pH", time), "too wide");
  EXPECT_EQ(Formatted("ppHppm", time), "15 6");
  EXPECT_EQ(Parsed("ppHppm", "15 6"), "1970-01-01 15:06:00.000");
  EXPECT_EQ(Parsed("pppH", "  7"), "1970-01-01 07:00:00.000");
  EXPECT_EQ(Parsed("pppH", " 7"), "none");
  EXPECT_EQ(Parsed("pppH", "   "), "none");
  EXPECT_EQ(Parsed("pppH", "7  "), "none");
  for (const char* bad : {"p", "ppp", "p[H]", "p'x'", "p3H", "Hp", "pb"})
    EXPECT_FALSE(DateTimePattern::Compile(bad).ok()) << bad;
}

TEST(DateTimePattern, RefusesNonsense) {
  for (const char* bad : {"yyyy-bb", "'open", "yyyy]", "{", "#", "ddd", "HHH", "V", "aa", "zzzz",
                          "BB", "BBB", "cc"}) {
    EXPECT_EQ(DateTimePattern::Compile(bad).status().code(), StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace weir
