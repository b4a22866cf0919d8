// Sessions that grow, merge and are late, against sessions made from scratch of all their rows.
#include "runtime/operators/session/open_sessions.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <string>

#include "runtime/base/random.h"
#include "tests/seed.h"

namespace weir::operators {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kNever = INT64_MIN;  // nothing has passed

std::string OpenSessionText(const OpenSession& session) {
  return "[" + std::to_string(session.start) + ", " + std::to_string(session.end) + ") row " +
         std::to_string(session.first_row) + (session.noted ? " noted" : "");
}

std::vector<std::string> Used(const OpenSessions& sessions) {
  std::vector<std::string> texts;
  for (const OpenSession& session : sessions.used()) texts.push_back(OpenSessionText(session));
  return texts;
}

class OpenSessionsTest : public ::testing::Test {
 protected:
  void Begin(int64_t gap, uint32_t groups, uint32_t rows) {
    sessions_.Open(gap);
    sessions_.Begin(groups, rows);
  }
  OpenSessions sessions_;
};

TEST_F(OpenSessionsTest, ARowAloneIsASession) {
  Begin(10, 1, 1);
  EXPECT_TRUE(sessions_.Add(0, 0, 100, kNever));
  sessions_.Finish();
  EXPECT_THAT(Used(sessions_), ElementsAre("[100, 110) row 0"));
  EXPECT_EQ(sessions_.UsedBy(0), 0U);
  EXPECT_THAT(sessions_.merged(), IsEmpty());
}

TEST_F(OpenSessionsTest, SessionsThatTouchAreOne) {
  Begin(10, 1, 3);
  EXPECT_TRUE(sessions_.Add(0, 0, 100, kNever));
  EXPECT_TRUE(sessions_.Add(0, 1, 110, kNever));  // just where the first one ends
  EXPECT_TRUE(sessions_.Add(0, 2, 121, kNever));  // a millisecond behind the end
  sessions_.Finish();
  EXPECT_THAT(Used(sessions_), ElementsAre("[100, 120) row 0", "[121, 131) row 2"));
  EXPECT_EQ(sessions_.UsedBy(0), sessions_.UsedBy(1));
  EXPECT_NE(sessions_.UsedBy(0), sessions_.UsedBy(2));
}

TEST_F(OpenSessionsTest, ARowInTheMiddleMakesOneOfTwo) {
  Begin(10, 1, 3);
  EXPECT_TRUE(sessions_.Add(0, 0, 100, kNever));
  EXPECT_TRUE(sessions_.Add(0, 1, 115, kNever));
  EXPECT_TRUE(sessions_.Add(0, 2, 107, kNever));
  sessions_.Finish();
  EXPECT_THAT(Used(sessions_), ElementsAre("[100, 125) row 0"));
  for (uint32_t row = 0; row < 3; ++row) EXPECT_EQ(sessions_.UsedBy(row), 0U);
}

TEST_F(OpenSessionsTest, GroupsAreApart) {
  Begin(10, 2, 2);
  EXPECT_TRUE(sessions_.Add(0, 0, 100, kNever));
  EXPECT_TRUE(sessions_.Add(1, 1, 101, kNever));
  sessions_.Finish();
  EXPECT_THAT(Used(sessions_), ElementsAre("[100, 110) row 0", "[101, 111) row 1"));
}

TEST_F(OpenSessionsTest, StoredSessionsGoOnAndMergeIntoTheEarliest) {
  Begin(10, 1, 1);
  sessions_.AddStored(0, 7, 100, 110);
  sessions_.AddStored(0, 8, 115, 125);
  sessions_.AddStored(0, 9, 300, 310);  // no row of the batch belongs to it
  EXPECT_TRUE(sessions_.Add(0, 0, 109, kNever));
  sessions_.Finish();
  EXPECT_THAT(Used(sessions_), ElementsAre("[100, 125) row 0 noted"));
  EXPECT_EQ(sessions_.used()[0].stored, 7U);
  ASSERT_EQ(sessions_.merged().size(), 1U);
  EXPECT_EQ(sessions_.merged()[0].stored, 8U);
  EXPECT_EQ(sessions_.merged()[0].into, 0U);
}

TEST_F(OpenSessionsTest, AStoredSessionThatGetsAnEarlierStartLosesItsRow) {
  Begin(10, 1, 1);
  sessions_.AddStored(0, 0, 100, 110);
  EXPECT_TRUE(sessions_.Add(0, 0, 95, kNever));
  sessions_.Finish();
  EXPECT_THAT(Used(sessions_), ElementsAre("[95, 110) row 0 noted"));
  EXPECT_EQ(sessions_.used()[0].stored, OpenSessions::kNone);
  ASSERT_EQ(sessions_.merged().size(), 1U);
  EXPECT_EQ(sessions_.merged()[0].stored, 0U);
}

TEST_F(OpenSessionsTest, AStoredSessionThatMovesKeepsItsRow) {
  Begin(10, 1, 1);
  sessions_.AddStored(0, 7, 100, 110, true);
  sessions_.AddStored(0, 8, 88, 98);
  EXPECT_TRUE(sessions_.Add(0, 0, 95, kNever));
  sessions_.Finish();
  EXPECT_THAT(Used(sessions_), ElementsAre("[88, 110) row 0 noted"));
  EXPECT_EQ(sessions_.used()[0].stored, 7U);
  ASSERT_EQ(sessions_.merged().size(), 1U);
  EXPECT_EQ(sessions_.merged()[0].stored, 8U);
}

TEST_F(OpenSessionsTest, ARowIsLateOnceItsSessionIsComplete) {
  Begin(10, 1, 3);
  // [100, 110) is complete when its last millisecond, 109, has passed.
  EXPECT_FALSE(sessions_.Add(0, 0, 100, 109));
  EXPECT_TRUE(sessions_.Add(0, 1, 100, 108));
  // An open session keeps a row that alone would be late.
  EXPECT_TRUE(sessions_.Add(0, 2, 95, 106));
  sessions_.Finish();
  EXPECT_EQ(sessions_.UsedBy(0), OpenSessions::kNone);
  EXPECT_THAT(Used(sessions_), ElementsAre("[95, 110) row 1"));
}

TEST_F(OpenSessionsTest, WhatHasPassedIsNotJoined) {
  Begin(10, 1, 1);
  sessions_.AddStored(0, 0, 100, 110);
  EXPECT_TRUE(sessions_.Add(0, 0, 105, 109));  // the stored one is complete, its own is not
  sessions_.Finish();
  EXPECT_THAT(Used(sessions_), ElementsAre("[105, 115) row 0"));
  EXPECT_THAT(sessions_.merged(), IsEmpty());
}

TEST_F(OpenSessionsTest, EndsSaturate) {
  Begin(10, 1, 2);
  EXPECT_TRUE(sessions_.Add(0, 0, INT64_MAX - 3, kNever));
  EXPECT_TRUE(sessions_.Add(0, 1, INT64_MIN, kNever));
  sessions_.Finish();
  ASSERT_EQ(sessions_.used().size(), 2U);
  EXPECT_EQ(sessions_.used()[0].end, INT64_MAX);
  EXPECT_EQ(sessions_.used()[1].start, INT64_MIN);
}

TEST_F(OpenSessionsTest, ABatchLeavesNothingForTheNext) {
  Begin(10, 3, 2);
  sessions_.AddStored(2, 0, 0, 10);
  EXPECT_TRUE(sessions_.Add(2, 0, 5, kNever));
  EXPECT_FALSE(sessions_.Add(2, 1, 0, 1000));
  sessions_.Finish();
  Begin(10, 1, 1);
  EXPECT_TRUE(sessions_.Add(0, 0, 5, kNever));
  sessions_.Finish();
  EXPECT_THAT(Used(sessions_), ElementsAre("[5, 15) row 0"));
  EXPECT_EQ(sessions_.UsedBy(0), 0U);
}

// Batches of random rows over a few keys, sessions carried from batch to batch as an operator does:
// in the end each key has the sessions that all its rows make when they are sorted by time.
TEST(OpenSessionsModelTest, EqualsSessionsOfSortedRows) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Random random(SeedOf(seed));
    const auto gap = static_cast<int64_t>(1 + random.Below(20));
    constexpr uint32_t kGroups = 3;
    std::map<int64_t, int64_t> state[kGroups];  // start -> end
    std::vector<int64_t> times[kGroups];
    OpenSessions sessions;
    sessions.Open(gap);
    for (int batch = 0; batch < 8; ++batch) {
      const auto rows = static_cast<uint32_t>(random.Below(12));
      sessions.Begin(kGroups, rows);
      std::vector<std::pair<uint32_t, int64_t>> stored;
      for (uint32_t group = 0; group < kGroups; ++group) {
        for (const auto& [start, end] : state[group]) {
          sessions.AddStored(group, static_cast<uint32_t>(stored.size()), start, end);
          stored.emplace_back(group, start);
        }
      }
      std::vector<std::pair<uint32_t, int64_t>> fed;
      for (uint32_t row = 0; row < rows; ++row) {
        const auto group = static_cast<uint32_t>(random.Below(kGroups));
        const auto time = static_cast<int64_t>(random.Below(300));
        ASSERT_TRUE(sessions.Add(group, row, time, kNever));
        fed.emplace_back(group, time);
        times[group].push_back(time);
      }
      sessions.Finish();
      for (const OpenSessions::Merged& gone : sessions.merged()) {
        state[stored[gone.stored].first].erase(stored[gone.stored].second);
      }
      for (uint32_t row = 0; row < rows; ++row) {
        const OpenSession& session = sessions.used()[sessions.UsedBy(row)];
        EXPECT_LE(session.start, fed[row].second);
        EXPECT_GE(session.end, fed[row].second + gap);
        EXPECT_LE(session.first_row, row);
        const auto kept = std::ranges::find(stored, std::pair(fed[row].first, session.start));
        EXPECT_EQ(session.stored, kept == stored.end()
                                      ? OpenSessions::kNone
                                      : static_cast<uint32_t>(kept - stored.begin()));
        state[fed[row].first][session.start] = session.end;
      }
    }
    for (uint32_t group = 0; group < kGroups; ++group) {
      std::sort(times[group].begin(), times[group].end());
      std::map<int64_t, int64_t> expected;
      for (const int64_t time : times[group]) {
        if (!expected.empty() && time <= expected.rbegin()->second) {
          expected.rbegin()->second = time + gap;
        } else {
          expected[time] = time + gap;
        }
      }
      EXPECT_EQ(state[group], expected) << "key " << group;
    }
  }
}

}  // namespace
}  // namespace weir::operators
