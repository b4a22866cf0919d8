// The index of JSON text at every width of the processor, compared with one made byte by byte.
#include "runtime/connectors/formats/json_index.h"

#include <gmock/gmock.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "runtime/connectors/formats/format.h"
#include "tests/seed.h"
#include "tests/tiers.h"

namespace weir::connectors::testing {
namespace {

using ::testing::HasSubstr;

struct Tokens {
  std::vector<uint32_t> positions;
  std::string kinds;
  friend bool operator==(const Tokens&, const Tokens&) = default;
};

// Followed by bytes that must not count.
std::string Padded(const std::string& text) {
  return text + std::string(kBlockPadding, '"');
}

Tokens IndexOf(JsonIndex& index, const std::string& text) {
  const std::string padded = Padded(text);
  const Status status = index.Build(std::string_view(padded).substr(0, text.size()));
  EXPECT_TRUE(status.ok()) << text << ": " << status.ToString();
  return {{index.positions(), index.positions() + index.size()}, {index.kinds(), index.size()}};
}

std::string FaultOf(const std::string& text, Width width) {
  JsonIndex index(width);
  const std::string padded = Padded(text);
  const Status status = index.Build(std::string_view(padded).substr(0, text.size()));
  EXPECT_EQ(index.size() == 0, !status.ok() || text.empty());
  return status.ok() ? "" : status.message();
}

// One byte after the other, after RFC 8259.
Tokens Reference(const std::string& text) {
  Tokens tokens;
  const auto add = [&](size_t place, char kind) {
    tokens.positions.push_back(static_cast<uint32_t>(place));
    tokens.kinds += kind;
  };
  bool in_string = false;
  bool in_scalar = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    const bool was_scalar = std::exchange(in_scalar, false);
    if (std::strchr("{}[]:,\n", c) != nullptr) {
      add(i, c);
    } else if (c == '"') {
      in_string = true;
      add(i, kScalarToken);
    } else if (std::strchr(" \t\r", c) == nullptr) {
      in_scalar = true;
      if (!was_scalar) add(i, kScalarToken);
    }
  }
  if (!text.empty() && text.back() != '\n') add(text.size(), '\n');
  return tokens;
}

class JsonIndexTest : public WidthTest {};
INSTANTIATE_TEST_SUITE_P(Widths, JsonIndexTest, AllWidths());

TEST_P(JsonIndexTest, FindsTokens) {
  JsonIndex index(GetParam());
  const Tokens tokens = IndexOf(index, "{\"a\": [1, true],\r\n}\n\"x\"");
  EXPECT_EQ(tokens.kinds, "{v:[v,v],\n}\nv\n");
  EXPECT_THAT(tokens.positions,
              ::testing::ElementsAre(0, 1, 4, 6, 7, 8, 10, 14, 15, 17, 18, 19, 20, 23));
}

TEST_P(JsonIndexTest, EndsEveryTextWithALineEnd) {
  JsonIndex index(GetParam());
  EXPECT_EQ(IndexOf(index, "").kinds, "");
  EXPECT_EQ(IndexOf(index, " ").kinds, "\n");
  EXPECT_EQ(IndexOf(index, "\n").kinds, "\n");
  EXPECT_EQ(IndexOf(index, "\n\r\n").kinds, "\n\n");
  EXPECT_EQ(IndexOf(index, "{}").kinds, "{}\n");
  for (size_t blanks = 0; blanks < 200; ++blanks) {
    const std::string text = std::string(blanks, ' ') + "1";
    EXPECT_EQ(IndexOf(index, text), Reference(text)) << blanks;
  }
}

TEST_P(JsonIndexTest, KnowsWhatIsEscapedAcrossBlocks) {
  JsonIndex index(GetParam());
  for (size_t before = 50; before < 80; ++before) {
    for (size_t slashes = 0; slashes < 70; ++slashes) {
      // An odd number of backslashes would hide the closing quote.
      const std::string end = slashes % 2 == 0 ? "\",{}]" : "\"\",{}]";
      const std::string text =
          "[\"" + std::string(before, 'x') + std::string(slashes, '\\') + end + "\n";
      EXPECT_EQ(IndexOf(index, text), Reference(text)) << text;
    }
  }
}

TEST_P(JsonIndexTest, AgreesWithTheReferenceOnAnyMixture) {
  const std::vector<std::string> pieces = {"{",         "}",
                                           "[",         "]",
                                           ":",         ",",
                                           "\n",        "\r\n",
                                           " ",         "\t",
                                           "12",        "-.5",
                                           "null",      "\"\"",
                                           "\"a:b,{\"", "\"\\\"\"",
                                           "\"\\\\\"",  "é",
                                           "\"ü€😀\"",   "\"\\u00e9[]\"",
                                           "x",         "\"        \"",
                                           "       "};
  std::mt19937_64 random(SeedOf(17));
  JsonIndex index(GetParam());
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    const size_t count = random() % 90;
    std::string last;
    while (text.size() < count) {
      const std::string& piece = pieces[random() % pieces.size()];
      // A quote right behind a bare word belongs to the word for the index, which no record has.
      const bool word =
          last == "12" || last == "-.5" || last == "null" || last == "x" || last == "é";
      if (word && piece[0] == '"') continue;
      text += last = piece;
    }
    EXPECT_EQ(IndexOf(index, text), Reference(text)) << text;
  }
}

// At every place of a block, and across the ends of blocks.
TEST_P(JsonIndexTest, KnowsPlainEscapes) {
  JsonIndex index(GetParam());
  for (size_t before = 0; before < 130; ++before) {
    const std::string start = "[\"" + std::string(before, 'x');
    for (const char* plain : {"", "\\n", "\\\\q", "\\\"\\/\\b\\f\\r\\t", "\\\\\\\\u"}) {
      IndexOf(index, start + plain + "\"]");
      EXPECT_TRUE(index.plain_escapes()) << before << plain;
    }
    for (const char* other : {"\\q", "\\u0041", "\\\\\\x", "\\\\\\\\\\u"}) {
      IndexOf(index, start + other + "\"]");
      EXPECT_FALSE(index.plain_escapes()) << before << other;
    }
  }
}

TEST_P(JsonIndexTest, RefusesWhatIsNoText) {
  EXPECT_EQ(FaultOf("{\"a\":\"\xC3\xA9\"}", GetParam()), "");
  for (const char* bad : {"\"", "{\"a\":\"x}", "\"\\\"", "[\"a\",\"b\\\\\\\"]"}) {
    EXPECT_THAT(FaultOf(bad, GetParam()), HasSubstr("not closed")) << bad;
  }
  for (const char* bad : {"\"a\nb\"", "\"\t\"", "\"a\rb\"", "\"\x01\""}) {
    EXPECT_THAT(FaultOf(bad, GetParam()), HasSubstr("control character")) << bad;
  }
  for (const char* bad : {"\"\xFF\"", "\"\xC3\"", "\xE2\x82", "\"\xED\xA0\x80\"", "\"\xC0\x80\""}) {
    EXPECT_THAT(FaultOf(bad, GetParam()), HasSubstr("UTF-8")) << bad;
  }
  // Wherever the fault is.
  for (size_t place = 0; place < 150; ++place) {
    std::string text = "\"" + std::string(200, 'x') + "\"";
    text[1 + place] = '\x1F';
    EXPECT_THAT(FaultOf(text, GetParam()), HasSubstr("control character")) << place;
    text[1 + place] = '\x80';
    EXPECT_THAT(FaultOf(text, GetParam()), HasSubstr("UTF-8")) << place;
  }
}

TEST_P(JsonIndexTest, ControlCharactersAreNoPunctuation) {
  JsonIndex index(GetParam());
  const Tokens tokens = IndexOf(index, std::string("{\x0C}\x1A"));
  EXPECT_EQ(tokens.kinds.find(','), std::string::npos);
  EXPECT_EQ(tokens.kinds.find(':'), std::string::npos);
}

TEST_P(JsonIndexTest, ForgetsTheTextBefore) {
  JsonIndex index(GetParam());
  EXPECT_FALSE(index.Build(std::string_view(Padded("{\"a")).substr(0, 3)).ok());
  EXPECT_EQ(index.size(), 0U);
  EXPECT_EQ(IndexOf(index, "[1]\n").kinds, "[v]\n");
  const std::string large = "[" + std::string(300'000, ',') + "]\n";
  EXPECT_EQ(IndexOf(index, large).kinds, large);
  EXPECT_EQ(IndexOf(index, "{}\n").kinds, "{}\n");
}

}  // namespace
}  // namespace weir::connectors::testing
