#include "runtime/notices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "runtime/base/random.h"
#include "tests/seed.h"

namespace weir {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

class VirtualClock final : public Clock {
 public:
  Timestamp Now() const override { return Timestamp{now_ / 1'000'000}; }
  int64_t MonotonicNanos() const override { return now_; }
  void Sleep(std::chrono::nanoseconds) override {}
  void Advance(int64_t nanos) { now_ += nanos; }

 private:
  int64_t now_ = 5 * kSecond;
};

struct Said {
  VirtualClock clock;
  std::vector<std::string> texts;
  std::map<NoticeKind, uint64_t> counts;
  Notices notices{clock, [this](const Notice& notice) {
                    texts.push_back(NoticeText(notice));
                    counts[notice.kind] += notice.count;
                  }};
};

TEST(Notices, TheFirstIsSaidAtOnceAndTheRestOnceAMinute) {
  Said said;
  said.notices.Report(NoticeKind::kFailedCheckpoint, 1, "no space");
  EXPECT_THAT(said.texts, testing::ElementsAre("1 failed checkpoint: no space"));
  for (int i = 0; i < 59; ++i) {
    said.clock.Advance(kSecond);
    said.notices.Report(NoticeKind::kFailedCheckpoint, 1, "no space " + std::to_string(i));
    said.notices.Tick();
  }
  EXPECT_EQ(said.texts.size(), 1U);
  said.clock.Advance(kSecond);
  said.notices.Tick();
  EXPECT_THAT(said.texts, testing::ElementsAre("1 failed checkpoint: no space",
                                               "59 failed checkpoints (60 in all): no space 58"));
}

TEST(Notices, KindsDoNotWaitForEachOther) {
  Said said;
  said.notices.Report(NoticeKind::kRestart, 1, "");
  said.notices.Report(NoticeKind::kLateRow, 3, "");
  EXPECT_THAT(said.texts, testing::ElementsAre("1 restart", "3 late rows"));
}

// So that the lines of a log are in order, whatever their kinds.
TEST(Notices, AnnouncementsHaveTheTimeWhenTheyAreMade) {
  VirtualClock clock;
  std::vector<int64_t> said;
  Notices notices(clock, [&said](const Notice& notice) { said.push_back(notice.millis); });
  notices.Report(NoticeKind::kLateRow, 1, "");
  clock.Advance(10 * kSecond);
  notices.Report(NoticeKind::kLateRow, 2, "");
  clock.Advance(10 * kSecond);
  notices.Report(NoticeKind::kRestart, 1, "");
  EXPECT_EQ(notices.Totals().front().kind, NoticeKind::kRestart);
  EXPECT_EQ(notices.Totals().back().millis, 15'000);
  clock.Advance(40 * kSecond);
  notices.Tick();
  EXPECT_THAT(said, testing::ElementsAre(5'000, 25'000, 65'000));
}

TEST(Notices, NothingIsNoNotice) {
  Said said;
  said.notices.Report(NoticeKind::kLateRow, 0, "x");
  said.notices.Flush();
  EXPECT_TRUE(said.texts.empty());
  EXPECT_TRUE(said.notices.Totals().empty());
}

TEST(Notices, TheEndSaysWhatWaits) {
  Said said;
  said.notices.Report(NoticeKind::kSkippedFile, 1, "a");
  said.notices.Report(NoticeKind::kSkippedFile, 1, "b");
  said.notices.Flush();
  said.notices.Flush();
  EXPECT_THAT(said.texts,
              testing::ElementsAre("1 skipped file: a", "1 skipped file (2 in all): b"));
}

// Whatever comes when: no two of a kind within a minute but for the end, and what was said adds up.
TEST(Notices, CountsAddUp) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    Random random(SeedOf(seed));
    Said said;
    std::map<NoticeKind, uint64_t> reported;
    int64_t minutes = 1;
    for (int step = 0; step < 300; ++step) {
      said.clock.Advance(static_cast<int64_t>(random.Below(5)) * kSecond);
      const auto kind = static_cast<NoticeKind>(random.Below(kNoticeKinds));
      const uint64_t count = random.Below(4);
      reported[kind] += count;
      said.notices.Report(kind, count, "");
      if (random.Below(3) == 0) said.notices.Tick();
    }
    minutes += (said.clock.MonotonicNanos() - 5 * kSecond) / (60 * kSecond);
    EXPECT_LE(said.texts.size(), static_cast<size_t>(minutes) * kNoticeKinds);
    said.notices.Flush();
    for (const Notice& notice : said.notices.Totals()) {
      EXPECT_EQ(notice.total, reported[notice.kind]);
      EXPECT_EQ(said.counts[notice.kind], reported[notice.kind]);
      EXPECT_EQ(notice.count, 0U);
    }
  }
}

TEST(Notices, ManyThreads) {
  Said said;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 1000; ++k) said.notices.Report(NoticeKind::kLateRow, 1, "x");
    });
  }
  for (std::thread& thread : threads) thread.join();
  said.notices.Flush();
  EXPECT_EQ(said.counts[NoticeKind::kLateRow], 4000U);
}

}  // namespace
}  // namespace weir
