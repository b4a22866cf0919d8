// Every tier that this machine has, against the one that goes byte by byte.

// GCC 12 reports its own AVX-512 intrinsics.
#pragma GCC diagnostic ignored "-Wuninitialized"

#include "runtime/connectors/formats/json_block.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/seed.h"
#include "tests/tiers.h"

namespace weir::connectors::testing {
namespace {

template <typename Tier>
class JsonBlockTest : public TierTest<Tier> {};

TYPED_TEST_SUITE(JsonBlockTest, BlockTiers::As<::testing::Types>);

TYPED_TEST(JsonBlockTest, EveryByteAtEveryPlace) {
  for (int byte = 0; byte < 256; ++byte) {
    for (size_t place = 0; place < kBlock; ++place) {
      std::string text(kBlock, 'x');
      text[place] = static_cast<char>(byte);
      ASSERT_EQ(TypeParam(text.data()).Classify(), ScalarBlock(text.data()).Classify())
          << "byte " << byte << " at " << place;
    }
  }
}

TYPED_TEST(JsonBlockTest, RandomBytes) {
  std::mt19937 random(SeedOf(1));
  for (int round = 0; round < 20000; ++round) {
    std::string text(kBlock, ' ');
    for (char& c : text) c = static_cast<char>(round % 2 == 0 ? random() : random() % 128);
    ASSERT_EQ(TypeParam(text.data()).Classify(), ScalarBlock(text.data()).Classify()) << round;
  }
}

TYPED_TEST(JsonBlockTest, PrefixParity) {
  std::mt19937_64 random(SeedOf(2));
  for (int round = 0; round < 1000; ++round) {
    const uint64_t bits = random() & random();
    bool odd = false;
    uint64_t expected = 0;
    for (int i = 0; i < 64; ++i) {
      odd ^= (bits >> i & 1) != 0;
      expected |= uint64_t{odd} << i;
    }
    ASSERT_EQ(TypeParam::PrefixParity(bits), expected) << bits;
  }
}

// What the classes are, said once more: the tiers could all be wrong alike.
TYPED_TEST(JsonBlockTest, Classes) {
  std::string text = "{}[]:,\"\\ \t\r\n\x1F\x80\f\x1A";
  text.resize(kBlock, 'x');
  const JsonMasks masks = TypeParam(text.data()).Classify();
  EXPECT_EQ(masks.punctuation, 0b1100000000111111U);  // the last two count as that
  EXPECT_EQ(masks.quote, 1U << 6);
  EXPECT_EQ(masks.backslash, 1U << 7);
  EXPECT_EQ(masks.blank, 0b1111U << 8);
  EXPECT_EQ(masks.line_feed, 1U << 11);
  EXPECT_EQ(masks.control, 0b1101111000000000U);
  EXPECT_EQ(masks.not_ascii, 1U << 13);
}

}  // namespace
}  // namespace weir::connectors::testing
