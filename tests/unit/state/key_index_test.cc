// The index from keys to rows, compared with a map: growing, removing, and hashes that collide in
// their places, in their tags, or altogether.
#include "state/key_index.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <unordered_map>

namespace weir::state {
namespace {

// A hash with the given place and tag; the rest is the key's.
uint64_t HashOf(uint64_t place, uint64_t tag, uint64_t key) {
  return place << 40 | (tag & 0xFFFF) << 7 | (key & 0x7F);
}

// Rows of BIGINT keys in an index, and what should be in it.
class Model {
 public:
  explicit Model(std::vector<Type> types) : codec_(std::move(types)), index_(codec_) {}

  KeyWord WordOf(uint64_t key) {
    if (codec_.packed()) return {key, 0};
    std::string& bytes = bytes_[key];
    bytes = "key " + std::to_string(key);
    return {reinterpret_cast<uint64_t>(bytes.data()), bytes.size()};
  }
  void Insert(uint64_t key, uint64_t hash) {
    if (key % 2 == 0) return index_.Insert(NewRow(key, hash));
    const KeyIndex::Spot spot = index_.Seek(hash, WordOf(key));
    ASSERT_EQ(spot.row, nullptr);
    index_.InsertAt(spot, NewRow(key, hash));
  }
  void Remove(uint64_t key) {
    index_.Remove(rows_[key]);
    rows_.erase(key);
  }
  bool Has(uint64_t key) const { return rows_.contains(key); }
  size_t size() const { return rows_.size(); }
  KeyIndex& index() { return index_; }

  // Looks all these keys up in every way.
  void Check(const std::vector<std::pair<uint64_t, uint64_t>>& keys) {
    KeyBatch batch;
    for (const auto& [key, hash] : keys) {
      batch.words.push_back(WordOf(key));
      batch.hashes.push_back(hash);
    }
    std::vector<RowHeader*> found(keys.size());
    index_.FindBatch(batch, found.data());
    EXPECT_EQ(index_.size(), rows_.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      const auto known = rows_.find(keys[i].first);
      RowHeader* const expected = known == rows_.end() ? nullptr : known->second;
      ASSERT_EQ(found[i], expected) << i;
      ASSERT_EQ(index_.Find(keys[i].second, batch.words[i]), expected) << i;
      ASSERT_EQ(index_.Seek(keys[i].second, batch.words[i]).row, expected) << i;
    }
  }

 private:
  RowHeader* NewRow(uint64_t key, uint64_t hash) {
    const KeyWord word = WordOf(key);
    blocks_.push_back({hash, {word.low, word.high}, 0, 0});
    return rows_[key] = &blocks_.back();
  }

  KeyCodec codec_;
  KeyIndex index_;
  std::deque<RowHeader> blocks_;
  std::unordered_map<uint64_t, RowHeader*> rows_;
  std::unordered_map<uint64_t, std::string> bytes_;
};

std::vector<std::pair<uint64_t, uint64_t>> Keys(uint64_t count, uint64_t places, uint64_t tags) {
  std::vector<std::pair<uint64_t, uint64_t>> keys;
  for (uint64_t key = 0; key < count; ++key) {
    const uint64_t mixed = key * 0x9E3779B97F4A7C15ULL;
    keys.emplace_back(key, HashOf((mixed >> 40) % places, (mixed >> 20) % tags, key));
  }
  return keys;
}

// With keys that are packed into words, and with keys that are bytes.
class KeyIndexTest : public ::testing::TestWithParam<bool> {
 protected:
  static std::vector<Type> Types() {
    return {GetParam() ? Type::BigInt().WithNullable(false) : Type::String()};
  }
};

TEST_P(KeyIndexTest, EmptyFindsNothing) {
  Model model(Types());
  KeyBatch batch;
  batch.words = {model.WordOf(1), model.WordOf(2)};
  batch.hashes = {1, ~uint64_t{0}};
  RowHeader* rows[2] = {reinterpret_cast<RowHeader*>(8), reinterpret_cast<RowHeader*>(8)};
  model.index().FindBatch(batch, rows);
  EXPECT_EQ(rows[0], nullptr);
  EXPECT_EQ(rows[1], nullptr);
  EXPECT_EQ(model.index().Find(1, batch.words[0]), nullptr);
}

TEST_P(KeyIndexTest, GrowsWithItsRows) {
  Model model(Types());
  const auto keys = Keys(5000, uint64_t{1} << 24, 1 << 16);
  for (size_t i = 0; i < keys.size(); ++i) {
    model.Insert(keys[i].first, keys[i].second);
    if (i % 501 == 0) model.Check(keys);
  }
  model.Check(keys);
}

TEST_P(KeyIndexTest, KeepsKeysApartThatCollide) {
  // One place and one tag for all; few places; few tags.
  for (const auto& [places, tags] : {std::pair(1, 1), std::pair(3, 70'000), std::pair(50'000, 1)}) {
    Model model(Types());
    const auto keys = Keys(600, static_cast<uint64_t>(places), static_cast<uint64_t>(tags));
    for (size_t i = 0; i < keys.size(); i += 2) model.Insert(keys[i].first, keys[i].second);
    model.Check(keys);
    for (size_t i = 1; i < keys.size(); i += 2) model.Insert(keys[i].first, keys[i].second);
    model.Check(keys);
    for (size_t i = 0; i < keys.size(); i += 3) model.Remove(keys[i].first);
    model.Check(keys);
  }
}

TEST_P(KeyIndexTest, AgreesWithAMapInAnyOrder) {
  std::mt19937_64 random(29);
  for (const uint64_t places : {uint64_t{2}, uint64_t{40}, uint64_t{1} << 24}) {
    Model model(Types());
    const auto keys = Keys(400, places, 1 << 16);
    for (int step = 0; step < 20'000; ++step) {
      const auto& [key, hash] = keys[random() % keys.size()];
      // Waves of growth and decline, so that removed places are passed and used again.
      const bool insert = random() % 100 < (step / 2000 % 2 == 0 ? 70U : 30U);
      if (insert && !model.Has(key)) model.Insert(key, hash);
      if (!insert && model.Has(key)) model.Remove(key);
      if (step % 997 == 0) model.Check(keys);
    }
    model.Check(keys);
  }
}

TEST_P(KeyIndexTest, ReservedRoomDoesNotGrow) {
  Model model(Types());
  const auto keys = Keys(3000, uint64_t{1} << 24, 1 << 16);
  model.Insert(keys[0].first, keys[0].second);
  model.index().Reserve(keys.size());
  const uint64_t bytes = model.index().memory_bytes();
  model.Check(keys);
  for (size_t i = 1; i < keys.size(); ++i) model.Insert(keys[i].first, keys[i].second);
  EXPECT_EQ(model.index().memory_bytes(), bytes);
  model.Check(keys);
  model.index().Reserve(1);
  EXPECT_EQ(model.index().memory_bytes(), bytes);
}

TEST_P(KeyIndexTest, MemoryFollowsTheRowsThatLive) {
  // Keys that come and go must not fill the index with what was removed.
  Model model(Types());
  for (uint64_t key = 0; key < 50'000; ++key) {
    const uint64_t mixed = key * 0x9E3779B97F4A7C15ULL;
    model.Insert(key, mixed);
    if (key >= 20) model.Remove(key - 20);
  }
  EXPECT_EQ(model.index().size(), 20U);
  EXPECT_LE(model.index().memory_bytes(), 1024U);
}

INSTANTIATE_TEST_SUITE_P(Keys, KeyIndexTest, ::testing::Bool(), [](const auto& choice) {
  return choice.param ? std::string("Packed") : std::string("Bytes");
});

}  // namespace
}  // namespace weir::state
