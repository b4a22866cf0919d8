// Laws that functions of time keep for every instant of the years 1 to 9999: fields put together
// give the time again, FLOOR and CEIL are the boundaries around it, steps forth and back cancel,
// texts are read back. The calendar behind them is checked day by day in datetime_test.cc.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "runtime/base/random.h"
#include "runtime/types/datetime.h"
#include "tests/seed.h"
#include "tests/unit/runtime/expr/expressions.h"

namespace weir::expr::testing {
namespace {

constexpr uint64_t kTimeSeed = 20261129;
constexpr int kTimes = 60;
constexpr int64_t kMicrosPerDay = 86'400'000'000;
constexpr int64_t kFirstDay = -719'162;  // 0001-01-01
constexpr int64_t kDays = 3'652'059;     // up to 9999-12-31

// Milliseconds of any day, often the first or last one of a day, month or year.
int64_t RandomMicros(Random& random) {
  constexpr int64_t kEdges[] = {0, 1000, kMicrosPerDay - 1000, kMicrosPerDay / 2};
  int64_t day = kFirstDay + 800 + static_cast<int64_t>(random.Below(kDays - 1600));
  if (random.Below(4) == 0)
    day = 19'722 + 365 * static_cast<int64_t>(random.Below(5));  // near 2024
  const int64_t within = random.Below(3) == 0
                             ? kEdges[random.Below(4)]
                             : static_cast<int64_t>(random.Below(86'400'000)) * 1000;
  return day * kMicrosPerDay + within;
}

Value Time(int64_t micros) {
  return {Type::Timestamp(3).WithNullable(false), micros};
}

int64_t Micros(const Result<Value>& value) {
  EXPECT_TRUE(value.ok() && !value->is_null());
  return value->get<int64_t>();
}

Result<Value> Evaluate(std::string_view function, const std::vector<Value>& values,
                       const EvaluationContext& context = Context()) {
  return EvaluateConstant(TRY(BindCall(function, Literals(values), {})), context);
}

int64_t Floor(int64_t micros, const std::string& unit) {
  return Micros(Evaluate("FLOOR", {Time(micros), S(unit)}));
}
int64_t Ceil(int64_t micros, const std::string& unit) {
  return Micros(Evaluate("CEIL", {Time(micros), S(unit)}));
}
int64_t Field(const std::string& unit, int64_t micros) {
  return Micros(Evaluate("EXTRACT", {S(unit), Time(micros)}));
}
int64_t DayOf(int64_t micros) {
  return micros / kMicrosPerDay - (micros % kMicrosPerDay < 0 ? 1 : 0);
}

// The time of a type that lies at or just before `micros`.
Value TimeOf(const Type& type, int64_t micros) {
  if (type.kind() == TypeKind::kDate) return {type, static_cast<int32_t>(DayOf(micros))};
  if (type.physical() == PhysicalType::kTimestampNanos) return {type, NanosFromMicros(micros)};
  return {type, micros};
}

Selection EverySecond(uint32_t rows) {
  const BufferPtr ids = MakeBuffer<uint32_t>(rows);
  for (uint32_t i = 0; i < rows / 2; ++i) ids->as<uint32_t>()[i] = 2 * i;
  return {ids, rows / 2};
}

class TimeLawsTest : public ::testing::Test {
 protected:
  TimeLawsTest() : random_(SeedOf(kTimeSeed)) {}

  template <typename F>
  void ForTimes(F check) {
    for (int i = 0; i < kTimes && !HasFailure(); ++i) {
      const int64_t micros = RandomMicros(random_);
      SCOPED_TRACE(Time(micros).ToString());
      check(micros);
    }
  }

  Random random_;
};

TEST_F(TimeLawsTest, FloorAndCeilAreTheBoundariesAround) {
  ForTimes([](int64_t at) {
    for (const std::string unit : {"SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER",
                                   "YEAR", "DECADE", "CENTURY", "MILLENNIUM"}) {
      SCOPED_TRACE(unit);
      const int64_t floor = Floor(at, unit);
      ASSERT_LE(floor, at);
      ASSERT_EQ(Floor(floor, unit), floor);
      ASSERT_EQ(Ceil(floor, unit), floor);
      if (DayOf(at) > kFirstDay + kDays - 400'000) continue;  // the next one is beyond 9999
      const int64_t ceil = Ceil(at, unit);
      ASSERT_GE(ceil, at);
      ASSERT_EQ(ceil == at, floor == at);
      // No boundary lies between them.
      ASSERT_EQ(ceil > at ? Floor(ceil - 1000, unit) : floor, floor);
      ASSERT_EQ(Floor(ceil, unit), ceil);
    }
  });
}

TEST_F(TimeLawsTest, CoarserBoundariesAreBoundariesOfFinerUnits) {
  ForTimes([](int64_t at) {
    const std::vector<std::string> units = {"SECOND", "MINUTE",  "HOUR", "DAY",
                                            "MONTH",  "QUARTER", "YEAR"};
    for (size_t coarse = 1; coarse < units.size(); ++coarse) {
      const int64_t floor = Floor(at, units[coarse]);
      for (size_t fine = 0; fine < coarse; ++fine) {
        ASSERT_EQ(Floor(floor, units[fine]), floor) << units[coarse] << " " << units[fine];
        ASSERT_EQ(Floor(Floor(at, units[fine]), units[coarse]), floor);
      }
    }
  });
}

TEST_F(TimeLawsTest, FieldsPutTogetherAreTheTime) {
  ForTimes([](int64_t at) {
    const std::string text =
        fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}", Field("YEAR", at),
                    Field("MONTH", at), Field("DAY", at), Field("HOUR", at), Field("MINUTE", at),
                    Field("SECOND", at), Field("MILLISECOND", at) % 1000);
    EXPECT_EQ(text, Time(at).ToString());
  });
}

TEST_F(TimeLawsTest, FieldsFollowFromEachOther) {
  ForTimes([](int64_t at) {
    const int64_t day = DayOf(at);
    const int64_t first = DayOf(Floor(at, "YEAR"));
    EXPECT_EQ(Field("DOY", at), day - first + 1);
    EXPECT_EQ(Field("QUARTER", at), (Field("MONTH", at) + 2) / 3);
    EXPECT_EQ(Field("DAY", at), day - DayOf(Floor(at, "MONTH")) + 1);
    // 1970-01-01 was a Thursday; Sunday is 1.
    const int64_t weekday = ((day + 4) % 7 + 7) % 7;
    EXPECT_EQ(Field("DOW", at), weekday + 1);
    // ISO 8601: a week belongs to the year of its Thursday.
    const int64_t thursday = day + 3 - (weekday + 6) % 7;
    const int64_t thursday_at = thursday * kMicrosPerDay;
    EXPECT_EQ(Field("WEEK", at), (Field("DOY", thursday_at) - 1) / 7 + 1);
    EXPECT_EQ(Field("ISOYEAR", at), Field("YEAR", thursday_at));
    EXPECT_EQ(Field("ISODOW", at), (weekday + 6) % 7 + 1);
    EXPECT_EQ(Field("CENTURY", at), (Field("YEAR", at) + 99) / 100);
    EXPECT_EQ(Field("DECADE", at), Field("YEAR", at) / 10);
  });
}

TEST_F(TimeLawsTest, StepsForthAndBackCancel) {
  ForTimes([this](int64_t at) {
    const auto steps = static_cast<int32_t>(random_.Below(400)) - 200;
    for (const std::string unit : {"SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "YEAR"}) {
      SCOPED_TRACE(unit + " " + std::to_string(steps));
      const bool clips = (unit == "MONTH" || unit == "YEAR") && Field("DAY", at) > 28;
      if (clips) continue;
      const Result<Value> there = Evaluate("TIMESTAMPADD", {S(unit), I(steps), Time(at)});
      ASSERT_TRUE(there.ok());
      const Result<Value> back =
          Evaluate("TIMESTAMPADD", {S(unit), I(-steps), Time(Micros(there))});
      EXPECT_EQ(Micros(back), at);
      EXPECT_EQ(Show(Evaluate("TIMESTAMPDIFF", {S(unit), Time(at), Time(Micros(there))})),
                std::to_string(steps));
      EXPECT_EQ(Show(Evaluate("TIMESTAMPDIFF", {S(unit), Time(Micros(there)), Time(at)})),
                std::to_string(-steps));
    }
  });
}

TEST_F(TimeLawsTest, AStepOfMonthsEndsInTheRightMonth) {
  ForTimes([this](int64_t at) {
    const auto months = static_cast<int32_t>(random_.Below(200)) - 100;
    const int64_t there = Micros(Evaluate("+", {Time(at), Months(months)}));
    const auto month_of = [](int64_t t) { return Field("YEAR", t) * 12 + Field("MONTH", t); };
    EXPECT_EQ(month_of(there), month_of(at) + months);
    const int64_t last = Field("DAY", Ceil(Floor(there, "MONTH") + 1000, "MONTH") - 1000);
    EXPECT_EQ(Field("DAY", there), std::min(Field("DAY", at), last)) << months;
    EXPECT_EQ(there - DayOf(there) * kMicrosPerDay, at - DayOf(at) * kMicrosPerDay);
  });
}

TEST_F(TimeLawsTest, TextsAreReadBack) {
  ForTimes([](int64_t at) {
    const Value time = Time(at);
    const std::string text = Cast(time, Type::String());
    EXPECT_EQ(Cast(S(text), Type::Timestamp(3)), time.ToString());
    for (const std::string pattern : {"yyyy-MM-dd HH:mm:ss.SSS", "dd.MM.yyyy HH-mm-ss,SSS",
                                      "yyyyMMddHHmmssSSS", "yyyy'T'DDD HH:mm:ss.SSS"}) {
      const std::string formatted = Call("DATE_FORMAT", {time, S(pattern)});
      EXPECT_EQ(Call("TO_TIMESTAMP", {S(formatted), S(pattern)}), time.ToString()) << formatted;
    }
    EXPECT_EQ(Cast(S(Cast(time, Type::Date())), Type::Date()), Cast(time, Type::Date()));
  });
}

// A batch whose times all have one text is formatted once: short ones, and some that cross a
// minute, a day or a change of the zone's offset.
TEST_F(TimeLawsTest, ABatchIsFormattedAsItsRowsAre) {
  constexpr int64_t kChange = 1'729'990'800'000'000;  // Berlin's clock is set back, 2024-10-27
  constexpr uint32_t kRows = 40;
  EvaluationContext context;
  context.time_zone = "Europe/Berlin";
  uint32_t constants = 0;
  const Type types[] = {Type::Timestamp(3), Type::TimestampLtz(3), Type::Date(),
                        Type::Timestamp(9)};
  for (int round = 0; round < 600; ++round) {
    const Type& type = types[random_.Below(4)];
    const int64_t first = random_.Below(2) == 0 ? kChange - 10'000'000 : RandomMicros(random_);
    constexpr int64_t kSpans[] = {1, 1000, 60'000, 3'600'000, 3 * 86'400'000};
    const auto span = static_cast<uint64_t>(kSpans[random_.Below(5)]);
    std::vector<Value> times;
    const bool nulls = random_.Below(4) == 0;
    for (uint32_t row = 0; row < kRows; ++row) {
      const bool null = nulls && random_.Below(3) == 0;
      const int64_t micros = first + static_cast<int64_t>(random_.Below(span)) * 1000;
      times.push_back(null ? Value::Null(type) : TimeOf(type, micros));
    }
    // The last one is for what has a zone.
    constexpr const char* kPatterns[] = {"yyyy-MM-dd", "HH:mm", "HH:mm:ss.SSS", "MMMM", "yyyy z"};
    const bool zoned = type.kind() == TypeKind::kTimestampLtz;
    const Value pattern = S(kPatterns[random_.Below(zoned ? 5 : 4)]);
    Batch batch;
    batch.row_count = kRows;
    batch.columns.push_back(MakeColumn(type, times));
    if (random_.Below(3) == 0) batch.selection = EverySecond(kRows);
    const auto call = BindCall("DATE_FORMAT", {MakeColumnRef(0, type), MakeLiteral(pattern)}, {});
    const auto evaluator = MakeEvaluator({*call}, context);
    PoolVector<ColumnPtr> out;
    ASSERT_TRUE((*evaluator)->Evaluate(batch, out).ok());
    constants += out[0]->is_constant() ? 1 : 0;
    for (uint32_t i = 0; i < batch.size(); ++i) {
      const uint32_t row = batch.RowAt(i);
      ASSERT_EQ(GetValue(*out[0], row).ToString(),
                Call("DATE_FORMAT", {times[row], pattern}, 0, context))
          << times[row].ToString() << " " << pattern.ToString() << " row " << row;
    }
  }
  EXPECT_GT(constants, 100U);
  EXPECT_LT(constants, 500U);
}

// Instants in the clock of a zone, and back. Where the clock is set back an hour occurs twice: the
// earlier one is meant.
TEST_F(TimeLawsTest, InstantsAreFoundAgainInEveryZone) {
  for (const std::string zone : {"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata",
                                 "Australia/Lord_Howe", "Pacific/Apia", "+05:45"}) {
    SCOPED_TRACE(zone);
    EvaluationContext context;
    context.time_zone = zone;
    for (int64_t hour = 0; hour < 366 * 24; hour += 1 + static_cast<int64_t>(random_.Below(5))) {
      const int64_t seconds = 1'704'067'200 + hour * 3600;  // from 2024-01-01
      const Value instant = {Type::TimestampLtz(3).WithNullable(false), seconds * 1'000'000};
      const std::string clock = Show(Evaluate("FROM_UNIXTIME", {L(seconds)}, context));
      const Result<Value> back = Evaluate("UNIX_TIMESTAMP", {S(clock)}, context);
      ASSERT_TRUE(back.ok()) << clock;
      const int64_t off = seconds - back->get<int64_t>();
      // The same instant, or the later one of the same clock (java.util.GregorianCalendar).
      ASSERT_TRUE(off == 0 || off == -3600 || off == -1800) << clock;
      if (off != 0) {
        ASSERT_EQ(Show(Evaluate("FROM_UNIXTIME", {L(seconds - off)}, context)), clock);
      }
      ASSERT_EQ(Cast(instant, Type::Timestamp(0), false, context), clock);
      ASSERT_EQ(Show(Evaluate("CONVERT_TZ", {S(clock), S(zone), S("UTC")})),
                Show(Evaluate("FROM_UNIXTIME", {L(seconds - off)})));
    }
  }
}

}  // namespace
}  // namespace weir::expr::testing
