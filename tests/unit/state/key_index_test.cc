// The index from keys to rows, compared with a map: growing, removing, and hashes that collide in
// their places, in their tags, or altogether.
#include "state/row/key_index.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/base/hash.h"
#include "state/row/row_arena.h"
#include "tests/seed.h"

namespace weir::state {
namespace {

// A hash with the given place and tag; the rest is the key's.
uint64_t HashOf(uint64_t place, uint64_t tag, uint64_t key) {
  return place << 40 | (tag & 0xFFFF) << 7 | (key & 0x7F);
}

// What keys are, and the rows that the index points to. Rows of value tables keep the hashes that
// the test gives, unless their keys are alone; else those are used that follow from the keys.
struct Shape {
  Type type;
  enum { kValues, kLists } rows = kValues;
  bool compact = false;
};

// Rows of BIGINT keys in an index, and what should be in it.
class IndexModel {
 public:
  virtual ~IndexModel() = default;
  virtual KeyWord WordOf(uint64_t key) = 0;
  virtual void Insert(uint64_t key, uint64_t given_hash) = 0;
  virtual void Replace(uint64_t key) = 0;
  virtual void Remove(uint64_t key) = 0;
  virtual bool Has(uint64_t key) const = 0;
  // Looks all these keys, which come with the hashes to give, up in every way.
  virtual void Check(const std::vector<std::pair<uint64_t, uint64_t>>& keys) = 0;
  virtual void Reserve(uint64_t rows) = 0;
  virtual uint64_t size() const = 0;
  virtual uint64_t memory_bytes() const = 0;
};

template <typename Entry>
class ModelOf final : public IndexModel {
 public:
  explicit ModelOf(const Shape& shape)
      : codec_({shape.type}, shape.compact), index_(codec_), blocks_(0, codec_.header_bytes()) {}

  KeyWord WordOf(uint64_t key) override {
    if (codec_.packed()) return {key, 0};
    std::string& bytes = bytes_[key];
    bytes = "key " + std::to_string(key);
    return {reinterpret_cast<uint64_t>(bytes.data()), bytes.size()};
  }
  void Insert(uint64_t key, uint64_t given_hash) override {
    const uint64_t hash = hashes_[key] = HashFor(key, given_hash);
    if (key % 2 == 0) return index_.Insert(hash, NewRow(key));
    const typename KeyIndex<Entry>::Spot spot = index_.Seek(hash, WordOf(key));
    ASSERT_EQ(spot.row, nullptr);
    index_.InsertAt(spot, NewRow(key));
  }
  void Replace(uint64_t key) override {
    const Entry old = rows_[key];
    index_.Replace(hashes_[key], old, NewRow(key));
    codec_.Place({~key, 0}, hashes_[key], old);  // who finds it now finds no such key
  }
  void Remove(uint64_t key) override {
    index_.Remove(hashes_[key], rows_[key]);
    rows_.erase(key);
  }
  bool Has(uint64_t key) const override { return rows_.contains(key); }
  void Reserve(uint64_t rows) override { index_.Reserve(rows); }
  uint64_t size() const override { return index_.size(); }
  uint64_t memory_bytes() const override { return index_.memory_bytes(); }
  void Check(const std::vector<std::pair<uint64_t, uint64_t>>& keys) override {
    KeyBatch batch;
    for (const auto& [key, hash] : keys) {
      batch.words.push_back(WordOf(key));
      batch.hashes.push_back(HashFor(key, hash));
    }
    std::vector<Entry> found(keys.size());
    index_.FindBatch(batch, found.data());
    EXPECT_EQ(index_.size(), rows_.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      const auto known = rows_.find(keys[i].first);
      const Entry expected = known == rows_.end() ? nullptr : known->second;
      ASSERT_EQ(found[i], expected) << i;
      ASSERT_EQ(index_.Find(batch.hashes[i], batch.words[i]), expected) << i;
      ASSERT_EQ(index_.Seek(batch.hashes[i], batch.words[i]).row, expected) << i;
    }
  }

 private:
  uint64_t HashFor(uint64_t key, uint64_t given) {
    return KeepsHash<Entry> && !codec_.alone() ? given : codec_.HashOf(WordOf(key));
  }
  // What is neither the key's nor a hash is the row's own.
  Entry NewRow(uint64_t key) {
    Entry row = blocks_.Allocate();
    codec_.Place(WordOf(key), hashes_[key], row);
    if (codec_.narrow() && !codec_.alone()) KeyedRow(row).set_upper_key(0xABCDEF);
    return rows_[key] = row;
  }

  KeyCodec codec_;
  KeyIndex<Entry> index_;
  RowArena<Entry> blocks_;
  std::unordered_map<uint64_t, uint64_t> hashes_;
  std::unordered_map<uint64_t, Entry> rows_;
  std::unordered_map<uint64_t, std::string> bytes_;
};

std::vector<std::pair<uint64_t, uint64_t>> HashedKeys(uint64_t count, uint64_t places,
                                                      uint64_t tags) {
  std::vector<std::pair<uint64_t, uint64_t>> keys;
  for (uint64_t key = 0; key < count; ++key) {
    const uint64_t mixed = key * 0x9E3779B97F4A7C15ULL;
    keys.emplace_back(key, HashOf((mixed >> 40) % places, (mixed >> 20) % tags, key));
  }
  return keys;
}

class KeyIndexTest : public ::testing::TestWithParam<Shape> {
 protected:
  static std::unique_ptr<IndexModel> NewModel() {
    if (GetParam().rows == Shape::kLists) return std::make_unique<ModelOf<ListRow>>(GetParam());
    return std::make_unique<ModelOf<ValueRow>>(GetParam());
  }
};

TEST_P(KeyIndexTest, EmptyFindsNothing) {
  NewModel()->Check({{1, 1}, {2, ~uint64_t{0}}});
}

TEST_P(KeyIndexTest, GrowsWithItsRows) {
  const std::unique_ptr<IndexModel> model = NewModel();
  const auto keys = HashedKeys(5000, uint64_t{1} << 24, 1 << 16);
  for (size_t i = 0; i < keys.size(); ++i) {
    model->Insert(keys[i].first, keys[i].second);
    if (i % 501 == 0) model->Check(keys);
  }
  model->Check(keys);
}

TEST_P(KeyIndexTest, KeepsKeysApartThatCollide) {
  // One place and one tag for all; few places; few tags.
  for (const auto& [places, tags] : {std::pair(1, 1), std::pair(3, 70'000), std::pair(50'000, 1)}) {
    const std::unique_ptr<IndexModel> model = NewModel();
    const auto keys = HashedKeys(600, static_cast<uint64_t>(places), static_cast<uint64_t>(tags));
    for (size_t i = 0; i < keys.size(); i += 2) model->Insert(keys[i].first, keys[i].second);
    model->Check(keys);
    for (size_t i = 1; i < keys.size(); i += 2) model->Insert(keys[i].first, keys[i].second);
    model->Check(keys);
    for (size_t i = 0; i < keys.size(); i += 3) model->Remove(keys[i].first);
    model->Check(keys);
  }
}

TEST_P(KeyIndexTest, AgreesWithAMapInAnyOrder) {
  std::mt19937_64 random(SeedOf(29));
  for (const uint64_t places : {uint64_t{2}, uint64_t{40}, uint64_t{1} << 24}) {
    const std::unique_ptr<IndexModel> model = NewModel();
    const auto keys = HashedKeys(400, places, 1 << 16);
    for (int step = 0; step < 20'000; ++step) {
      const auto& [key, hash] = keys[random() % keys.size()];
      // Waves of growth and decline, so that removed places are passed and used again.
      const bool insert = random() % 100 < (step / 2000 % 2 == 0 ? 70U : 30U);
      if (insert && !model->Has(key)) model->Insert(key, hash);
      if (!insert && model->Has(key)) model->Remove(key);
      if (step % 7 == 0 && model->Has(key)) model->Replace(key);
      if (step % 997 == 0) model->Check(keys);
    }
    model->Check(keys);
  }
}

TEST_P(KeyIndexTest, ReservedRoomDoesNotGrow) {
  const std::unique_ptr<IndexModel> model = NewModel();
  const auto keys = HashedKeys(3000, uint64_t{1} << 24, 1 << 16);
  model->Insert(keys[0].first, keys[0].second);
  model->Reserve(keys.size());
  const uint64_t bytes = model->memory_bytes();
  model->Check(keys);
  for (size_t i = 1; i < keys.size(); ++i) model->Insert(keys[i].first, keys[i].second);
  EXPECT_EQ(model->memory_bytes(), bytes);
  model->Check(keys);
  model->Reserve(1);
  EXPECT_EQ(model->memory_bytes(), bytes);
}

TEST_P(KeyIndexTest, MemoryFollowsTheRowsThatLive) {
  // Keys that come and go must not fill the index with what was removed.
  const std::unique_ptr<IndexModel> model = NewModel();
  for (uint64_t key = 0; key < 50'000; ++key) {
    const uint64_t mixed = key * 0x9E3779B97F4A7C15ULL;
    model->Insert(key, mixed);
    if (key >= 20) model->Remove(key - 20);
  }
  EXPECT_EQ(model->size(), 20U);
  EXPECT_LE(model->memory_bytes(), 1024U);
}

INSTANTIATE_TEST_SUITE_P(Keys, KeyIndexTest,
                         ::testing::Values(Shape{Type::BigInt()}, Shape{Type::String()},
                                           Shape{Type::BigInt(), Shape::kLists},
                                           Shape{Type::BigInt().WithNullable(false), Shape::kValues,
                                                 true},
                                           Shape{Type::String(), Shape::kLists}),
                         [](const auto& shape) {
                           return shape.param.type.ToStringIgnoringNullability() +
                                  (shape.param.rows == Shape::kLists ? "OfLists" : "") +
                                  (shape.param.compact ? "Alone" : "");
                         });

// The hash of a packed key is that of its canonical bytes, whatever the types.
TEST(KeyHashTest, PackedKeysHashAsTheirBytes) {
  const Type required = Type::BigInt().WithNullable(false);
  const std::vector<std::vector<Type>> shapes{{Type::Boolean()},
                                              {Type::TinyInt()},
                                              {Type::SmallInt(), Type::Int()},
                                              {Type::Date()},
                                              {Type::Timestamp(3)},
                                              {Type::TimestampLtz(6)},
                                              {Type::Decimal(9, 2)},
                                              {Type::BigInt(), Type::Int(), Type::Boolean()},
                                              {required, required}};
  std::mt19937_64 random(SeedOf(5));
  for (const std::vector<Type>& types : shapes) {
    const KeyCodec codec(types);
    ASSERT_TRUE(codec.packed());
    KeyBatch batch;
    for (int i = 0; i < 20; ++i) {
      KeyWord word;
      size_t at = 0;
      for (size_t f = 0; f < types.size(); ++f) {
        const auto bytes = static_cast<size_t>(types[f].value_bytes());
        uint64_t value = random() % 2;
        if (types[f].physical() != PhysicalType::kBool) value = random() >> (i % 60);
        if (i % 5 == 4 && types[f].nullable()) {
          word.high |= uint64_t{1} << (56 + f);
        } else {
          std::memcpy(reinterpret_cast<char*>(&word) + at, &value, bytes);
        }
        at += bytes;
      }
      std::string canonical;
      std::vector<size_t> ends;
      codec.ToCanonical({&word, 1}, canonical, ends);
      EXPECT_EQ(codec.HashOf(word), Hash64(canonical.data(), canonical.size()))
          << types[0].ToString() << " " << i;
    }
  }
}

TEST(KeyHashTest, ANullBitTakesItsRoomFromTheValues) {
  const Type required = Type::BigInt().WithNullable(false);
  EXPECT_TRUE(KeyCodec({required, required}).packed());
  EXPECT_FALSE(KeyCodec({required, Type::BigInt()}).packed());
  EXPECT_TRUE(KeyCodec({required, Type::Int()}).packed());
  EXPECT_FALSE(KeyCodec({required, required, Type::Boolean().WithNullable(false)}).packed());
}

}  // namespace
}  // namespace weir::state
