// Plain numbers and timestamps, compared with the parsers that know every form.
#include "runtime/connectors/formats/plain_text.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <charconv>
#include <random>
#include <string>

#include "tests/seed.h"

namespace weir::connectors::testing {
namespace {

// The number that `text` begins with and how many characters it takes; 0: it is not plain.
struct Number {
  int64_t value = 0;
  size_t length = 0;
  friend bool operator==(const Number&, const Number&) = default;
};

Number ReadNumber(const std::string& text) {
  const std::string padded = text + std::string(32, '7');
  Number number;
  const char* const end = ReadPlainInteger(padded.data(), number.value);
  if (end == nullptr) return {};
  number.length = static_cast<size_t>(end - padded.data());
  return number;
}

TEST(PlainInteger, EndsBehindItsDigits) {
  for (const char behind :
       {',', '}', ']', ' ', '\n', '\0', '.', 'e', '"', '/', ':', '\x80', '\xFF'}) {
    EXPECT_EQ(ReadNumber(std::string("12") + behind), (Number{12, 2})) << behind;
    EXPECT_EQ(ReadNumber(std::string("12345678") + behind), (Number{12345678, 8})) << behind;
    EXPECT_EQ(ReadNumber(std::string("-123456789") + behind), (Number{-123456789, 10})) << behind;
    EXPECT_EQ(ReadNumber(std::string("0") + behind), (Number{0, 1})) << behind;
    EXPECT_EQ(ReadNumber(std::string("-0") + behind), (Number{0, 2})) << behind;
  }
}

TEST(PlainInteger, LeavesOtherSpellingsAlone) {
  for (const char* text : {"00,", "01,", "-01,", "-,", "--1,", "+1,", ".5,", "\"1\"", "null", "-a",
                           "x", "1234567890123456,", "12345678901234567890,", ",", " 1,"}) {
    EXPECT_EQ(ReadNumber(text), Number{}) << text;
  }
}

TEST(PlainInteger, AgreesWithFromChars) {
  std::mt19937_64 random(SeedOf(3));
  for (int i = 0; i < 20'000; ++i) {
    const int digits = static_cast<int>(random() % 15) + 1;
    int64_t limit = 1;
    for (int d = 0; d < digits; ++d) limit *= 10;
    const int64_t value = static_cast<int64_t>(random() % static_cast<uint64_t>(limit)) *
                          (random() % 2 == 0 ? 1 : -1);
    const std::string text = std::to_string(value);
    EXPECT_EQ(ReadNumber(text + ","), (Number{value, text.size()})) << text;
  }
}

std::optional<int64_t> ReadTimestamp(PlainTimestamps& reader, const std::string& text,
                                     int precision) {
  const std::string padded = text + "\"" + std::string(32, '7');
  int64_t micros = 0;
  const char* const end = reader.Read(padded.data(), precision, micros);
  if (end != padded.data() + text.size()) return std::nullopt;
  return micros;
}

TEST(PlainTimestamps, AgreesWithTheParserOfEveryForm) {
  std::mt19937_64 random(SeedOf(5));
  PlainTimestamps reader;
  for (int i = 0; i < 20'000; ++i) {
    std::string text =
        fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", random() % 10'000, random() % 14,
                    random() % 33, random() % 26, random() % 62, random() % 62);
    const size_t digits = random() % 8;
    if (digits > 0) text += fmt::format(".{:0{}}", random() % 10, digits);
    const int precision = static_cast<int>(random() % 7);
    const std::optional<int64_t> got = ReadTimestamp(reader, text, precision);
    // What it does not take is left to the other one, e.g. the 31st of a shorter month.
    if (got.has_value()) {
      EXPECT_EQ(got, ParseTimestamp(text, precision)) << text;
    }
    const std::optional<ParsedTimestamp> strict = ParseIsoTimestamp(text);
    const bool common = strict && digits <= static_cast<size_t>(precision) &&
                        text.substr(8, 2) < "29" && text.substr(11, 2) < "24";
    EXPECT_TRUE(got || !common) << text;
  }
}

TEST(PlainTimestamps, ReadsTheCommonForms) {
  PlainTimestamps reader;
  for (const char* text :
       {"2023-11-14 22:13:20.123", "2023-11-14T22:13:20.123", "2023-11-14 22:13:20",
        "2023-11-14 22:13:20.1", "2024-02-29 00:00:00.000", "0001-01-01 00:00:00",
        "9999-12-31 23:59:59.999", "1969-12-31 23:59:59.999"}) {
    std::string spaced = text;
    spaced[10] = ' ';
    EXPECT_EQ(ReadTimestamp(reader, text, 3), ParseTimestamp(spaced, 3)) << text;
    // Again, now that the date is known.
    EXPECT_EQ(ReadTimestamp(reader, text, 3), ParseTimestamp(spaced, 3)) << text;
  }
}

TEST(PlainTimestamps, LeavesOtherFormsAlone) {
  PlainTimestamps reader;
  ASSERT_TRUE(ReadTimestamp(reader, "2023-11-14 22:13:20", 3));
  for (const char* text : {"2023-11-14",
                           "2023-11-14 22:13",
                           "2023-11-14 22:13:20.",
                           "2023-11-14 22:13:20.1234",
                           "2023-11-14 24:00:00",
                           "2023-11-14 22:60:00",
                           "2023-11-14 22:13:60",
                           "2023-11-14 22:13:20Z",
                           "2023-11-14t22:13:20",
                           "2023-02-29 00:00:00",
                           "2023-13-01 00:00:00",
                           "0000-01-01 00:00:00",
                           "2023-00-01 00:00:00",
                           "2023-11-00 00:00:00",
                           "2023-1-14 22:13:20",
                           "2023/11/14 22:13:20",
                           "2023-11-14 22-13-20",
                           "2023-11-1x 22:13:20",
                           "x023-11-14 22:13:20",
                           "2023-11-14 2x:13:20",
                           "",
                           "null"}) {
    EXPECT_EQ(ReadTimestamp(reader, text, 3), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace weir::connectors::testing
