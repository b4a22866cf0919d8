// When a table is read again, what becomes of the one before, and of a reading that fails or that
// nobody wants any more; on a clock that the test moves.
#include "runtime/task/lookup_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "runtime/base/interruption.h"

namespace weir::task {
namespace {

using graph::ReloadSchedule;
using ::testing::ElementsAre;

constexpr int64_t kSecond = 1000;  // in milliseconds
constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;

class MovedClock final : public Clock {
 public:
  Timestamp Now() const override { return {millis.load()}; }
  int64_t MonotonicNanos() const override {
    ++looks;
    return millis.load() * 1'000'000;
  }
  void Sleep(std::chrono::nanoseconds) override {}
  std::atomic<int64_t> millis{0};
  mutable std::atomic<int> looks{0};
};

// The `number`-th that was read.
class Numbered final : public operators::LookupRows {
 public:
  Numbered(uint64_t number, std::atomic<int>& alive) : number_(number), alive_(alive) { ++alive_; }
  ~Numbered() override { --alive_; }
  Status Find(const operators::JoinBatch&, const std::vector<int>&,
              operators::LookupMatches&) const override {
    return {};
  }
  uint64_t row_count() const override { return number_; }

 private:
  const uint64_t number_;
  std::atomic<int>& alive_;
};

class LookupReaderTest : public ::testing::Test {
 protected:
  ~LookupReaderTest() override {
    if (reader_) reader_->Stop();
  }

  void Begin(graph::ReloadRule rule, int64_t now = 0, TimeZone zone = TimeZone::Utc()) {
    clock_.millis = now;
    LookupReaderSetup setup{.rule = rule,
                            .table = "names",
                            .zone = std::move(zone),
                            .clock = &clock_,
                            .notices = &notices_};
    setup.read = [this] { return ReadOnce(); };
    setup.fail = [](const Status& failure) { FAIL() << failure.ToString(); };
    reader_ = std::make_unique<LookupReader>(std::move(setup));
    ASSERT_TRUE(reader_->Read().ok());
    ASSERT_TRUE(reader_->Start().ok());
  }

  Result<std::shared_ptr<const operators::LookupRows>> ReadOnce() {
    int number = 0;
    {
      const std::lock_guard lock(mutex_);
      number = static_cast<int>(times_.size());
      times_.push_back(clock_.millis);
      read_.notify_all();
    }
    clock_.millis += takes_;
    while (hangs_) {
      CheckInterrupted();
      std::this_thread::yield();
    }
    if (failures_ > 0) {
      --failures_;
      return Status::External("the file is away");
    }
    return std::shared_ptr<const operators::LookupRows>(std::make_shared<Numbered>(number, alive_));
  }

  // Moves the clock on to each of these times, where the table must be read, and nowhere between.
  void ExpectReadAt(const std::vector<int64_t>& times) {
    for (const int64_t time : times) {
      const size_t before = Times().size();
      clock_.millis = time - 1;
      AwaitLooks();
      ASSERT_EQ(Times().size(), before) << "before " << time;
      clock_.millis = time;
      AwaitTimes(before + 1);
      ASSERT_EQ(Times().back(), time);
      AwaitRest();
    }
  }
  // Until the reader's thread has asked for the time so often that it has looked at what is due.
  void AwaitLooks() {
    const int enough = clock_.looks + 10;
    while (clock_.looks < enough) std::this_thread::yield();
  }
  void AwaitTimes(size_t count) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(
        read_.wait_for(lock, std::chrono::seconds(20), [&] { return times_.size() >= count; }));
  }
  // Until what was read, or why not, is known.
  void AwaitRest() {
    for (int look = 0; look < 2000; ++look) {
      const LookupFigures figures = reader_->figures();
      if (figures.reloads + figures.failed_reloads + retried_ == Times().size() - 1)
        return AwaitLooks();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    FAIL() << "the reading does not end";
  }
  std::vector<int64_t> Times() {
    const std::lock_guard lock(mutex_);
    return times_;
  }

  MovedClock clock_;
  std::vector<std::string> said_;
  Notices notices_{clock_, [this](const Notice& notice) { said_.push_back(NoticeText(notice)); }};
  std::mutex mutex_;
  std::condition_variable read_;
  std::vector<int64_t> times_;
  std::atomic<int64_t> takes_{0};  // each reading, by the clock
  std::atomic<bool> hangs_{false};
  std::atomic<int> failures_{0};
  std::atomic<int> alive_{0};
  uint64_t retried_ = 0;  // readings that failed and were tried again
  std::unique_ptr<LookupReader> reader_;
};

TEST_F(LookupReaderTest, WithoutARuleItIsReadOnce) {
  Begin({});
  clock_.millis = 100 * kDay;
  reader_->Stop();
  EXPECT_THAT(Times(), ElementsAre(0));
}

TEST_F(LookupReaderTest, AFixedDelayCountsFromTheEnd) {
  takes_ = 300;
  Begin({.schedule = ReloadSchedule::kFixedDelay, .interval_millis = kSecond});
  ExpectReadAt({1300, 2600, 3900});
}

TEST_F(LookupReaderTest, ADelayOfCenturiesDoesNotOverflow) {
  Begin({.schedule = ReloadSchedule::kFixedDelay, .interval_millis = 106'800 * kDay});
  clock_.millis = 100 * kDay;
  AwaitLooks();
  reader_->Stop();
  EXPECT_THAT(Times(), ElementsAre(0));
}

// The beginning of the job's run, which is after the first reading, is the origin.
TEST_F(LookupReaderTest, AFixedRateCountsFromTheBeginningAndLeavesOutWhatItMisses) {
  Begin({.schedule = ReloadSchedule::kFixedRate, .interval_millis = kSecond});
  takes_ = 300;
  ExpectReadAt({1000, 2000});
  takes_ = 2500;
  ExpectReadAt({3000, 6000});
}

TEST_F(LookupReaderTest, ATimeOfDayIsThatOfItsOffset) {
  Begin({.schedule = ReloadSchedule::kTimeOfDay, .time = {2 * kHour, 3600}}, 10 * kDay);
  ExpectReadAt({10 * kDay + kHour, 11 * kDay + kHour});
}

TEST_F(LookupReaderTest, ATimeOfDayThatHasPassedIsTomorrows) {
  Begin({.schedule = ReloadSchedule::kTimeOfDay, .time = {2 * kHour, 0}, .days = 3},
        10 * kDay + 2 * kHour);
  ExpectReadAt({11 * kDay + 2 * kHour, 14 * kDay + 2 * kHour});
}

// Clocks were moved on in the night to 2026-03-29; a day of the zone has 23 hours then.
TEST_F(LookupReaderTest, ATimeOfDayOfTheSessionsZoneStaysThereInSummer) {
  const int64_t march_28 = 20'540 * kDay;
  Begin({.schedule = ReloadSchedule::kTimeOfDay, .time = {12 * kHour, std::nullopt}}, march_28,
        TimeZone::Find("Europe/Berlin").value());
  ExpectReadAt(
      {march_28 + 11 * kHour, march_28 + kDay + 10 * kHour, march_28 + 2 * kDay + 10 * kHour});
}

TEST_F(LookupReaderTest, TheTableBeforeGoesWithWhoeverLooksAtItLast) {
  Begin({.schedule = ReloadSchedule::kFixedRate, .interval_millis = kSecond});
  std::shared_ptr<const operators::LookupRows> held = reader_->table()->Get();
  ExpectReadAt({1000});
  EXPECT_EQ(held->row_count(), 0U);
  EXPECT_EQ(reader_->table()->Get()->row_count(), 1U);
  EXPECT_EQ(alive_, 2);
  ExpectReadAt({2000});
  EXPECT_EQ(reader_->table()->Get()->row_count(), 2U);
  held = nullptr;
  for (int look = 0; look < 1000 && alive_ > 1; ++look)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(alive_, 1);
  EXPECT_EQ(reader_->figures().rows, 2U);
  EXPECT_EQ(reader_->figures().reloads, 2U);
  EXPECT_EQ(reader_->figures().read_millis, 2000);
}

TEST_F(LookupReaderTest, AReloadThatFailsIsTriedAgainAndThenSaid) {
  Begin({.schedule = ReloadSchedule::kFixedDelay, .interval_millis = kMinute, .max_retries = 2});
  failures_ = 3;
  retried_ = 1;
  ExpectReadAt({kMinute});
  retried_ = 2;
  ExpectReadAt({kMinute + kSecond});
  EXPECT_EQ(reader_->figures().failed_reloads, 0U);
  ExpectReadAt({kMinute + 3 * kSecond});
  EXPECT_EQ(reader_->figures().failed_reloads, 1U);
  EXPECT_EQ(reader_->table()->Get()->row_count(), 0U) << "the table stays";
  ExpectReadAt({2 * kMinute + 3 * kSecond});
  EXPECT_EQ(reader_->figures().reloads, 1U);
  EXPECT_EQ(reader_->table()->Get()->row_count(), 4U);
  reader_->Stop();
  EXPECT_THAT(said_, ElementsAre("1 failed reload: table names: the file is away"));
}

TEST_F(LookupReaderTest, ATryThatSucceedsIsNoFailure) {
  Begin({.schedule = ReloadSchedule::kFixedDelay, .interval_millis = kMinute, .max_retries = 1});
  failures_ = 1;
  retried_ = 1;
  ExpectReadAt({kMinute, kMinute + kSecond, 2 * kMinute + kSecond});
  EXPECT_EQ(reader_->figures().reloads, 2U);
  EXPECT_EQ(reader_->figures().failed_reloads, 0U);
}

TEST_F(LookupReaderTest, StoppingGivesUpTheReadingThatGoesOn) {
  Begin({.schedule = ReloadSchedule::kFixedDelay, .interval_millis = kSecond});
  hangs_ = true;
  clock_.millis = kSecond;
  AwaitTimes(2);
  reader_->Stop();
  EXPECT_EQ(reader_->figures().reloads, 0U);
  EXPECT_EQ(reader_->figures().failed_reloads, 0U);
  EXPECT_EQ(reader_->table()->Get()->row_count(), 0U);
}

}  // namespace
}  // namespace weir::task
