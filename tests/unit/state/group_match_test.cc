// Every tier that this machine has, against the one that goes slot by slot.
#include "state/row/group_match.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/seed.h"
#include "tests/tiers.h"

namespace weir::state {
namespace {

template <typename Tier>
class GroupMatchTest : public TierTest<Tier> {};

TYPED_TEST_SUITE(GroupMatchTest, MatchTiers::As<::testing::Types>);

TYPED_TEST(GroupMatchTest, NamesTheSlotsOfATag) {
  const uint64_t tag = uint64_t{0x8001} << 48;
  const uint64_t other = uint64_t{0x8003} << 48;
  const uint64_t address = 0x7FFF'1234'5678;
  const uint64_t group[8] = {0, 1, tag | address, other | address, tag, 0, tag | 1, other};
  EXPECT_EQ(TypeParam::Match(group, tag), (GroupMatch{0b01010100, 0b00100001, 0b00100011}));
  EXPECT_EQ(TypeParam::Match(group, other), (GroupMatch{0b10001000, 0b00100001, 0b00100011}));
}

TYPED_TEST(GroupMatchTest, RandomGroups) {
  std::mt19937_64 random(SeedOf(1));
  for (int round = 0; round < 5000; ++round) {
    uint64_t group[8];
    // Tags that differ in their lowest or uppermost bit only, empty and removed slots.
    const auto tag = [&] { return (random() % 2 << 63 | (random() % 2) << 48); };
    for (uint64_t& slot : group) slot = random() % 3 == 0 ? random() % 2 : tag() | random() >> 16;
    const uint64_t wanted = tag() | uint64_t{1} << 55;
    if (random() % 2 == 0) group[random() % 8] = wanted | random() >> 16;
    ASSERT_EQ(TypeParam::Match(group, wanted), ScalarMatch::Match(group, wanted)) << round;
    ASSERT_EQ(TypeParam::Match(group, 0), ScalarMatch::Match(group, 0)) << round;
  }
}

}  // namespace
}  // namespace weir::state
