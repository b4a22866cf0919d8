// Short sub-keys against the canonical ones that they stand for: the same order, and back again.
#include "state/row/sub_key_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "runtime/types/key_encoding.h"
#include "tests/unit/state/state_fixture.h"

namespace weir::state {
namespace {

std::vector<Field> Place() {
  return {{"order", Type::Bytes().WithNullable(false)},
          {"sequence", Type::BigInt().WithNullable(false)}};
}

std::string Canonical(const std::string& order, int64_t sequence) {
  std::string bytes;
  const std::vector<ColumnPtr> columns{
      MakeColumn(Type::String().WithNullable(false), std::vector<Value>{TextValue(order)}),
      MakeColumn(Type::BigInt().WithNullable(false), std::vector<Value>{IntValue(sequence)})};
  AppendKey(columns, 0, bytes);
  return bytes;
}

std::string Short(const SubKeyCodec& codec, const std::string& canonical) {
  std::string bytes;
  EXPECT_TRUE(codec.Shorten(canonical, bytes).ok());
  return bytes;
}

// Ends of texts are looked for in words, across whose bounds they may lie.
TEST(SubKeyCodec, TextsEndAtTheirTerminator) {
  const SubKeyCodec codec(Place());
  for (size_t length = 0; length <= 20; ++length) {
    for (size_t first = 0; first <= length; ++first) {
      for (size_t last = first; last <= length; ++last) {
        std::string order(length, 'x');
        std::fill(order.begin() + static_cast<std::ptrdiff_t>(first),
                  order.begin() + static_cast<std::ptrdiff_t>(last), '\0');
        const std::string canonical = Canonical(order, 7);
        std::string restored;
        codec.Restore(Short(codec, canonical), restored);
        EXPECT_EQ(restored, canonical) << length << " " << first << " " << last;
        std::string cut;
        EXPECT_FALSE(codec.Shorten(canonical.substr(0, canonical.size() - 10), cut).ok());
      }
    }
  }
}

TEST(SubKeyCodec, ShortBytesOrderAsCanonicalOnesAndGiveThemBack) {
  const SubKeyCodec codec(Place());
  ASSERT_TRUE(codec.shortens());
  using Limits = std::numeric_limits<int64_t>;
  std::vector<int64_t> numbers = {0, Limits::min(), Limits::max()};
  for (int bits = 0; bits < 63; ++bits) {
    for (const int64_t near : {-1, 0, 1}) {
      numbers.push_back((int64_t{1} << bits) + near);
      numbers.push_back(-(int64_t{1} << bits) + near);
    }
  }
  std::vector<std::string> all;
  for (const std::string& order :
       {std::string(), std::string(1, '\0'), std::string(2, '\0'), std::string("\0\1", 2),
        std::string("\0\xFF", 2), std::string("\1"), std::string("\xFE\x7F\xFF\xFF")}) {
    for (const int64_t number : numbers) all.push_back(Canonical(order, number));
  }
  std::ranges::sort(all);
  std::string last;
  for (size_t i = 0; i < all.size(); ++i) {
    const std::string bytes = Short(codec, all[i]);
    EXPECT_LT(bytes.size(), all[i].size());
    if (i > 0) {
      EXPECT_EQ(last < bytes, all[i - 1] < all[i]) << i;
      EXPECT_EQ(last == bytes, all[i - 1] == all[i]) << i;
    }
    std::string scratch = "what was there";
    EXPECT_EQ(codec.Canonical(bytes, scratch), all[i]);
    last = bytes;
  }
}

// Tag, eight bytes of price, terminator and sequence: 21 bytes otherwise.
TEST(SubKeyCodec, APriceAndASmallNumberAreTwoWords) {
  const std::string order("\xFE\x7F\xFF\xFF\xFF\xFF\x12\x34\x56", 9);
  const std::string canonical = Canonical(order, 16'000'000);
  EXPECT_EQ(canonical.size(), 21U);
  EXPECT_LE(Short(SubKeyCodec(Place()), canonical).size(), 16U);
}

TEST(SubKeyCodec, WhatIsCutOffIsCorrupt) {
  const SubKeyCodec codec(Place());
  const std::string whole = Canonical("abc", -5);
  std::string out;
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    EXPECT_FALSE(codec.Shorten(whole.substr(0, bytes), out).ok()) << bytes;
  }
  EXPECT_FALSE(codec.Shorten(whole + "x", out).ok());
  EXPECT_FALSE(codec.Shorten(std::string(1, '\0') + whole.substr(1), out).ok());
}

TEST(SubKeyCodec, OtherSubKeysStayCanonical) {
  const Field number{"n", Type::BigInt().WithNullable(false)};
  const Field text{"t", Type::String().WithNullable(false)};
  for (const std::vector<Field>& fields :
       {std::vector<Field>{number},
        {text},
        {number, number},
        {text, {"n", Type::BigInt()}},
        {{"t", Type::String()}, number},
        {text, {"d", Type::Double().WithNullable(false)}, number}}) {
    const SubKeyCodec codec(fields);
    EXPECT_FALSE(codec.shortens());
    std::string scratch;
    EXPECT_EQ(codec.Canonical("bytes", scratch), "bytes");
  }
}

}  // namespace
}  // namespace weir::state
