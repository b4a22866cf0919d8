// Numbers as people read them.
#include "shell/engine/text/quantity.h"

#include <gtest/gtest.h>

namespace weir::shell {
namespace {

TEST(Quantity, Texts) {
  EXPECT_EQ(BytesText(0), "0 B");
  EXPECT_EQ(BytesText(1023), "1023 B");
  EXPECT_EQ(BytesText(1536), "1.5 KiB");
  EXPECT_EQ(BytesText(uint64_t{5} << 40), "5.0 TiB");
  EXPECT_EQ(BytesText(uint64_t{5} << 50), "5120.0 TiB");
  EXPECT_EQ(CountText(999), "999");
  EXPECT_EQ(CountText(1210), "1.21 K");
  EXPECT_EQ(CountText(999'400), "999 K");
  EXPECT_EQ(CountText(999'700), "1 M");
  EXPECT_EQ(CountText(1'210'000), "1.21 M");
  EXPECT_EQ(CountText(2'500'000'000), "2.5 G");
  EXPECT_EQ(CountText(1.2345e13), "12345 G");
  EXPECT_EQ(GroupedText(7), "7");
  EXPECT_EQ(GroupedText(1'210'000), "1,210,000");
  EXPECT_EQ(DurationText(0.0121), "0.012 s");
  EXPECT_EQ(DurationText(12.34), "12.3 s");
  EXPECT_EQ(DurationText(65), "1 min 05 s");
  EXPECT_EQ(DurationText(3720), "1 h 02 min");
  EXPECT_EQ(DurationText(3 * 86'400 + 4 * 3600), "3 d 04 h");
  EXPECT_EQ(TimeText(0), "1970-01-01 00:00:00.000");
  EXPECT_EQ(Plural(1, "row"), "1 row");
  EXPECT_EQ(Plural(0, "row"), "0 rows");
  EXPECT_EQ(Plural(2000, "row"), "2,000 rows");
}

TEST(Quantity, ParsesSeconds) {
  EXPECT_EQ(ParseSeconds("30").value(), 30'000);
  EXPECT_EQ(ParseSeconds("500 ms").value(), 500);
  EXPECT_EQ(ParseSeconds("5 min").value(), 300'000);
  EXPECT_FALSE(ParseSeconds("soon").ok());
  EXPECT_FALSE(ParseSeconds("").ok());
}

}  // namespace
}  // namespace weir::shell
