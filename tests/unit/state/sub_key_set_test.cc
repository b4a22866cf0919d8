// A SubKeySet against std::map: the same rows in the same order after any changes, whether it holds
// none, one or many.
#include "state/row/sub_key_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/hash.h"
#include "tests/seed.h"

namespace weir::state {
namespace {

class SubKeySetTest : public testing::Test {
 protected:
  ~SubKeySetTest() override { set_.Clear(bytes_); }

  static uint64_t HashFor(std::string_view sub_key) {
    return Hash64(sub_key.data(), sub_key.size());
  }
  MapRow Find(std::string_view sub_key) const { return set_.Find(sub_key, HashFor(sub_key)); }
  void Insert(const std::string& sub_key) {
    MapRow row = rows_.Allocate(nullptr, sub_key);
    set_.Insert(row, HashFor(sub_key), in_order_, bytes_);
    model_[sub_key] = row;
  }
  void Erase(const std::string& sub_key) {
    set_.Erase(model_.at(sub_key), bytes_);
    model_.erase(sub_key);
  }
  void ExpectSame() {
    std::vector<MapRow> expected;
    for (const auto& [sub_key, row] : model_) expected.push_back(row);
    EXPECT_EQ(set_.size(), expected.size());
    EXPECT_EQ(set_.empty(), expected.empty());
    EXPECT_EQ(All(false), expected);
    std::vector<MapRow> walked;
    for (SubKeySet::Cursor at(set_, true); at.row() != nullptr; at.Advance())
      walked.push_back(at.row());
    EXPECT_EQ(walked, expected);
    for (size_t most = 0; most <= expected.size() + 1; ++most) {
      const auto skipped = expected.size() - std::min(most, expected.size());
      walked.clear();
      for (auto at = SubKeySet::Cursor::OfGreatest(set_, most); at.row() != nullptr; at.Advance())
        walked.push_back(at.row());
      EXPECT_EQ(walked, std::vector(expected.begin() + static_cast<std::ptrdiff_t>(skipped),
                                    expected.end()));
    }
    EXPECT_EQ(All(true), std::vector<MapRow>(expected.rbegin(), expected.rend()));
    for (const auto& [sub_key, row] : model_) EXPECT_EQ(Find(sub_key), row);
  }
  std::vector<MapRow> All(bool from_greatest) const {
    std::vector<MapRow> rows;
    set_.ForEach(from_greatest, [&](MapRow row) {
      rows.push_back(row);
      return true;
    });
    return rows;
  }

  SubKeySet set_{};
  bool in_order_ = false;                // what Insert is told
  std::map<std::string, MapRow> model_;  // std::string compares bytes unsigned
  ByteArena bytes_;
  MapRows rows_{8, bytes_};
};

TEST_F(SubKeySetTest, NoneOneTwoOneNone) {
  ExpectSame();
  EXPECT_EQ(Find("a"), nullptr);
  EXPECT_EQ(SubKeySet::Cursor(set_, true).row(), nullptr);
  Insert("b");
  ExpectSame();
  EXPECT_EQ(Find("a"), nullptr);
  EXPECT_EQ(Find(""), nullptr);
  Insert("a");
  ExpectSame();
  Erase("b");
  ExpectSame();
  Erase("a");
  ExpectSame();
  Insert("c");
  ExpectSame();
}

TEST_F(SubKeySetTest, EmptyKeyIsAKey) {
  Insert("");
  ExpectSame();
  Insert(std::string(1, '\0'));
  Insert(std::string(17, '\0'));
  ExpectSame();
  EXPECT_EQ(Find(std::string(2, '\0')), nullptr);
  Erase("");
  ExpectSame();
}

TEST_F(SubKeySetTest, OrderIsThatOfUnsignedBytesBehindTheHead) {
  const std::string head(16, 'x');
  for (const char* tail : {"", "\x01", "\x7f", "\x80", "\xff", "a", "ab", "b"}) Insert(head + tail);
  Insert("\xff");
  Insert("\x7f");
  ExpectSame();
  EXPECT_EQ(Find(head + "abc"), nullptr);
}

TEST_F(SubKeySetTest, VisitsStopWhenTheyAreTold) {
  for (const char* sub_key : {"a", "b", "c"}) Insert(sub_key);
  std::string seen;
  set_.ForEach(true, [&](MapRow row) {
    seen += row.sub_key();
    return seen.size() < 2;
  });
  EXPECT_EQ(seen, "cb");
  seen.clear();
  set_.ForEach(false, [&](MapRow row) {
    seen += row.sub_key();
    return false;
  });
  EXPECT_EQ(seen, "a");
}

TEST_F(SubKeySetTest, RandomChangesAreThoseOfTheModel) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(SeedOf(seed));
    in_order_ = seed % 2 == 1;
    const size_t most = 1 + seed * 3;
    for (int step = 0; step < 400; ++step) {
      std::string sub_key(random() % 20, 'k');
      if (!sub_key.empty()) sub_key.back() = static_cast<char>(random() % 5);
      if (model_.contains(sub_key)) {
        Erase(sub_key);
      } else if (model_.size() < most) {
        Insert(sub_key);
      } else {
        EXPECT_EQ(Find(sub_key), nullptr);
      }
      if (step % 20 == 0) ExpectSame();
    }
    while (!model_.empty()) Erase(model_.begin()->first);
    ExpectSame();
  }
}

// Nobody asks for the order before the end: large sets are hash tables until then.
TEST_F(SubKeySetTest, UnorderedSetsFindWhatTheyHold) {
  for (const size_t most : {2, 3, 30, 47, 48, 49, 100, 5000, 5001}) {
    SCOPED_TRACE(most);
    in_order_ = most % 2 == 1;
    std::mt19937 random(SeedOf(most));
    for (size_t step = 0; step < most * 6; ++step) {
      const std::string sub_key = std::to_string(random() % (2 * most));
      if (model_.contains(sub_key)) {
        if (random() % 4 == 0) Erase(sub_key);
      } else if (model_.size() < most) {
        Insert(sub_key);
      } else {
        EXPECT_EQ(Find(sub_key), nullptr);
      }
      EXPECT_EQ(set_.size(), model_.size());
    }
    for (const auto& [sub_key, row] : model_) EXPECT_EQ(Find(sub_key), row);
    std::map<void*, int> seen;
    set_.ForEachUnordered([&](MapRow row) { return ++seen[row.address()], true; });
    EXPECT_EQ(seen.size(), model_.size());
    for (const auto& [sub_key, row] : model_) EXPECT_EQ(seen[row.address()], 1) << sub_key;
    ExpectSame();
    // In order now, and so for good.
    for (int i = 0; i < 100; ++i) Insert("later " + std::to_string(i));
    ExpectSame();
    while (!model_.empty()) Erase(model_.begin()->first);
    ExpectSame();
  }
}

TEST_F(SubKeySetTest, UnorderedSetsShrinkToOneAndNone) {
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 200; ++i) Insert("value " + std::to_string(i));
    std::vector<std::string> sub_keys;
    for (const auto& [sub_key, row] : model_) sub_keys.push_back(sub_key);
    for (size_t i = 0; i + 1 < sub_keys.size(); ++i) {
      Erase(sub_keys[i]);
      EXPECT_EQ(Find(sub_keys[i]), nullptr);
      EXPECT_EQ(Find(sub_keys.back()), model_.at(sub_keys.back()));
    }
    EXPECT_EQ(set_.size(), 1U);
    Erase(sub_keys.back());
    EXPECT_TRUE(set_.empty());
  }
}

TEST_F(SubKeySetTest, UnorderedVisitsStopWhenTheyAreTold) {
  for (const int rows : {1, 5, 100}) {
    for (int i = 0; i < rows; ++i) Insert(std::to_string(i));
    int visits = 0;
    set_.ForEachUnordered([&](MapRow) { return ++visits < 1; });
    EXPECT_EQ(visits, 1) << rows;
    set_.Clear(bytes_);
    model_.clear();
  }
}

}  // namespace
}  // namespace weir::state
