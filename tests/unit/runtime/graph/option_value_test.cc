#include <gtest/gtest.h>

#include "runtime/graph/connector_descriptor.h"

namespace weir::graph {
namespace {

TEST(OptionValueTest, DurationsTakeFlinksUnits) {
  EXPECT_EQ(ParseDurationNanos("10 s").value(), 10'000'000'000);
  EXPECT_EQ(ParseDurationNanos("1min").value(), 60'000'000'000);
  EXPECT_EQ(ParseDurationNanos(" 500ms ").value(), 500'000'000);
  EXPECT_EQ(ParseDurationNanos("2 Hours").value(), 7'200'000'000'000);
  EXPECT_EQ(ParseDurationNanos("1 d").value(), 86'400'000'000'000);
  EXPECT_EQ(ParseDurationNanos("7 us").value(), 7'000);
  EXPECT_EQ(ParseDurationNanos("250").value(), 250'000'000) << "a bare number is milliseconds";
}

TEST(OptionValueTest, DurationsTakeTheFormsOfIso8601) {
  EXPECT_EQ(ParseDurationNanos("PT10S").value(), 10'000'000'000);
  EXPECT_EQ(ParseDurationNanos(" pt1.5s ").value(), 1'500'000'000);
  EXPECT_EQ(ParseDurationNanos("PT0,000000001S").value(), 1);
  EXPECT_EQ(ParseDurationNanos("PT1.S").value(), 1'000'000'000) << "as java.time.Duration";
  EXPECT_EQ(ParseDurationNanos("P2D").value(), 172'800'000'000'000);
  EXPECT_EQ(ParseDurationNanos("P1DT2H3M4S").value(), 93'784'000'000'000);
  EXPECT_EQ(ParseDurationNanos("PT90M").value(), 5'400'000'000'000);
}

TEST(OptionValueTest, WrongDurationsAreRefused) {
  for (const char* text : {"",
                           "s",
                           "10 fortnights",
                           "-5 s",
                           "1.5 s",
                           "10 s s",
                           "400000 d",
                           "P",
                           "PT",
                           "P1DT",
                           "P10S",
                           "P1M",
                           "P1W",
                           "P1Y",
                           "P1H",
                           "PT1D",
                           "PT1S2M",
                           "PT1S1S",
                           "PT1.5M",
                           "PT-1S",
                           "-PT1S",
                           "PTS",
                           "PT1",
                           "PT1S x",
                           "P400000D",
                           "PT1.1234567890S",
                           "P1DT1HT1S"}) {
    SCOPED_TRACE(text);
    const auto parsed = ParseDurationNanos(text);
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.status().id(), "E6001");
    EXPECT_NE(parsed.status().hint(), "");
  }
}

TEST(OptionValueTest, SizesAreBinary) {
  EXPECT_EQ(ParseMemorySize("1024").value(), 1024U);
  EXPECT_EQ(ParseMemorySize("64 mb").value(), uint64_t{64} << 20);
  EXPECT_EQ(ParseMemorySize("1gb").value(), uint64_t{1} << 30);
  EXPECT_EQ(ParseMemorySize("3 K").value(), 3072U);
  EXPECT_FALSE(ParseMemorySize("64 parsecs").ok());
  EXPECT_FALSE(ParseMemorySize("99999999999 tb").ok());
}

TEST(OptionValueTest, PlainValues) {
  EXPECT_TRUE(ParseBoolean("TRUE").value());
  EXPECT_FALSE(ParseBoolean("false").value());
  EXPECT_FALSE(ParseBoolean("yes").ok());
  EXPECT_EQ(ParseInteger(" -42 ").value(), -42);
  EXPECT_FALSE(ParseInteger("4.2").ok());
  EXPECT_FALSE(ParseInteger("").ok());
  EXPECT_DOUBLE_EQ(ParseDouble("0.25").value(), 0.25);
  EXPECT_FALSE(ParseDouble("0.25x").ok());
  EXPECT_FALSE(ParseDouble("inf").ok());
}

TEST(OptionValueTest, LooksUpByNameInAnyCase) {
  const TableOptions options = {{"connector", "print"}, {"Format", "csv"}};
  EXPECT_EQ(OptionValue(options, "format"), "csv");
  EXPECT_EQ(OptionValue(options, "path"), "");
  EXPECT_EQ(OptionValue(options, "path", "/tmp"), "/tmp");
}

TEST(ConnectorCatalogTest, FindsConnectorsAndFormats) {
  const ConnectorDescriptor print{.name = "print"};
  const FormatDescriptor csv{.name = "csv"};
  const ConnectorCatalog catalog{{&print}, {&csv}};
  EXPECT_EQ(catalog.FindConnector("PRINT"), &print);
  EXPECT_EQ(catalog.FindConnector("csv"), nullptr);
  EXPECT_EQ(catalog.FindFormat("csv"), &csv);
  EXPECT_EQ(catalog.FindFormat("json"), nullptr);
}

}  // namespace
}  // namespace weir::graph
