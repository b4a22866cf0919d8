// CRC-32C by whichever tier this processor takes (WEIR_WIDTH asks for others).
#include "runtime/base/hash.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

#include "tests/seed.h"

namespace weir::testing {
namespace {

uint32_t Of(std::string_view text) {
  return Crc32c(0, text.data(), text.size());
}

TEST(Crc32c, KnownSums) {
  EXPECT_EQ(Of(""), 0U);
  EXPECT_EQ(Of("123456789"), 0xE3069283U);
  // RFC 3720, B.4.
  EXPECT_EQ(Of(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(Of(std::string(32, '\xFF')), 0x62A8AB43U);
  std::string ascending;
  for (char c = 0; c < 32; ++c) ascending += c;
  EXPECT_EQ(Of(ascending), 0x46DD794EU);
}

// Single bytes go through the table, eight through the instruction where there is one.
TEST(Crc32c, PiecesGiveTheSumOfTheWhole) {
  std::mt19937 random(SeedOf(1));
  for (size_t size = 0; size < 100; ++size) {
    std::string text(size, ' ');
    for (char& c : text) c = static_cast<char>(random());
    uint32_t crc = 0;
    for (const char c : text) crc = Crc32c(crc, &c, 1);
    ASSERT_EQ(crc, Of(text)) << size;
    const size_t cut = size == 0 ? 0 : random() % size;
    crc = Crc32c(Crc32c(0, text.data(), cut), text.data() + cut, size - cut);
    ASSERT_EQ(crc, Of(text)) << size << " cut at " << cut;
  }
}

}  // namespace
}  // namespace weir::testing
