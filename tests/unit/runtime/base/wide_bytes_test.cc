// Every tier that this machine has, against the one that goes byte by byte.
#include "runtime/base/wide_bytes.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <string>

#include "tests/seed.h"
#include "tests/tiers.h"

namespace weir::wide::testing {
namespace {

template <typename Tier>
class WideBytesTest : public TierTest<Tier> {};

TYPED_TEST_SUITE(WideBytesTest, AllTiers::As<::testing::Types>);

// Few characters, so that there are many of each; some with the uppermost bit.
std::string RandomText(std::mt19937& random, size_t size) {
  std::string text(size, ' ');
  for (char& c : text) c = "\"\\a\xE2"[random() % 4];
  return text;
}

TYPED_TEST(WideBytesTest, PlacesOfABytePerSize) {
  std::mt19937 random(SeedOf(1));
  for (size_t size = 0; size <= 130; ++size) {
    for (int round = 0; round < 40; ++round) {
      // On the heap and no longer than that: the address sanitizer sees who reads behind the end.
      const auto bytes = std::make_unique<char[]>(size);
      std::memcpy(bytes.get(), RandomText(random, size).data(), size);
      const char wanted = "\"\\a\xE2"[random() % 4];
      ASSERT_EQ(TypeParam::PlacesOf(wanted, bytes.get(), size),
                Scalar::PlacesOf(wanted, bytes.get(), size))
          << std::string(bytes.get(), size) << " size " << size;
    }
  }
}

TYPED_TEST(WideBytesTest, PlacesIn64) {
  std::mt19937 random(SeedOf(4));
  for (int round = 0; round < 1000; ++round) {
    const std::string text = RandomText(random, 64);
    const char wanted = "\"\\a\xE2"[random() % 4];
    ASSERT_EQ(TypeParam::PlacesIn64(wanted, text.data()), Scalar::PlacesOf(wanted, text.data(), 64))
        << text;
  }
}

TYPED_TEST(WideBytesTest, SameUpToASize) {
  std::mt19937 random(SeedOf(2));
  for (uint32_t size = 1; size <= 48; ++size) {
    const std::string text = RandomText(random, 48);
    EXPECT_TRUE(TypeParam::Same(text.data(), std::string(text).data(), size));
    for (size_t place = 0; place < 48; ++place) {
      std::string other = text;
      other[place] = static_cast<char>(other[place] ^ 0x40);
      ASSERT_EQ(TypeParam::Same(text.data(), other.data(), size), place >= size)
          << size << " bytes, another one at " << place;
    }
  }
}

TYPED_TEST(WideBytesTest, QuotesAndEscapes) {
  std::mt19937 random(SeedOf(3));
  for (int round = 0; round < 2000; ++round) {
    const std::string text = RandomText(random, 64);
    uint64_t expected = 0;
    for (size_t i = 0; i < TypeParam::kScanBytes; ++i) {
      expected |= uint64_t{text[i] == '"' || text[i] == '\\'} << i;
    }
    ASSERT_EQ(TypeParam::QuotesAndEscapes(text.data()), expected) << text;
  }
}

}  // namespace
}  // namespace weir::wide::testing
