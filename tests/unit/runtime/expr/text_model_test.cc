// Functions of texts against models that work on whole code points, one row at a time: random texts
// of one to four bytes a character, positions inside, at and beyond both ends. What the functions
// mean at the edges is Flink's, as tests/sql/string shows it; here it must hold for every text.
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "runtime/base/random.h"
#include "tests/seed.h"
#include "tests/unit/runtime/expr/expressions.h"

namespace weir::expr::testing {
namespace {

constexpr uint64_t kTextSeed = 20261123;
constexpr int kTexts = 150;

using Points = std::u32string;
using Answer = std::optional<Points>;

std::string Encode(const Points& points) {
  std::string text;
  for (const char32_t c : points) {
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else if (c < 0x800) {
      text += static_cast<char>(0xC0 | (c >> 6));
      text += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
      text += static_cast<char>(0xE0 | (c >> 12));
      text += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
      text += static_cast<char>(0x80 | (c & 0x3F));
    } else {
      text += static_cast<char>(0xF0 | (c >> 18));
      text += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
      text += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
      text += static_cast<char>(0x80 | (c & 0x3F));
    }
  }
  return text;
}

std::string Shown(const Answer& answer) {
  return answer ? Encode(*answer) : "NULL";
}

// From few characters, so that texts occur in each other: of 1, 2, 3 and 4 bytes, a combining one,
// and a pair of which one is the other's first byte.
Points RandomPoints(Random& random, uint64_t most) {
  constexpr char32_t kCharacters[] = {U'a', U'a', U'b', U' ', 0xE9, 0x301, 0x20AC, 0x1F600, 0xFFFD};
  Points points;
  for (uint64_t n = random.Below(most + 1); n > 0; --n) {
    points += kCharacters[random.Below(std::size(kCharacters))];
  }
  return points;
}

int32_t RandomPosition(Random& random) {
  constexpr int32_t kFar[] = {-2147483647 - 1, -100, 100, 2147483647};
  if (random.Below(6) == 0) return kFar[random.Below(4)];
  return static_cast<int32_t>(random.Below(25)) - 12;
}

int64_t Size(const Points& points) {
  return static_cast<int64_t>(points.size());
}

Points Cut(const Points& text, int64_t begin, int64_t count) {
  begin = std::clamp<int64_t>(begin, 0, Size(text));
  count = std::clamp<int64_t>(count, 0, Size(text) - begin);
  return text.substr(static_cast<size_t>(begin), static_cast<size_t>(count));
}

// --- Models --------------------------------------------------------------------------------------

Points Substring(const Points& text, int64_t start, int64_t count) {
  if (start < 0) start += Size(text) + 1;  // -1 is the last one
  if (start < 0 || (start == 0 && count < 0)) return {};
  const bool before = start == 0 && Size(text) == 0;
  return before ? Points() : Cut(text, std::max<int64_t>(start, 1) - 1, count);
}

Answer Pad(const Points& text, int32_t length, const Points& pad, bool left) {
  if (length < 0 || pad.empty()) return std::nullopt;
  const Points kept = Cut(text, 0, length);
  Points padding;
  while (Size(kept) + Size(padding) < length) padding += pad[padding.size() % pad.size()];
  return left ? padding + kept : kept + padding;
}

// Nothing occurs before every character and at the end, as in Java's String.replace.
Points Replace(const Points& text, const Points& wanted, const Points& by) {
  Points out;
  if (wanted.empty()) {
    for (const char32_t c : text) out += by + c;
    return out + by;
  }
  for (size_t at = 0; at < text.size();) {
    if (text.compare(at, wanted.size(), wanted) == 0) {
      out += by;
      at += wanted.size();
    } else {
      out += text[at++];
    }
  }
  return out;
}

Points Translate(const Points& text, const Points& from, const Points& to) {
  Points out;
  for (const char32_t c : text) {
    const size_t at = from.find(c);
    if (at == Points::npos) {
      out += c;
    } else if (at < to.size()) {
      out += to[at];
    }
  }
  return out;
}

Points Trim(Points text, const Points& characters, bool left, bool right) {
  while (left && !text.empty() && characters.find(text.front()) != Points::npos) text.erase(0, 1);
  while (right && !text.empty() && characters.find(text.back()) != Points::npos) text.pop_back();
  return text;
}

// From 1; 0 for nowhere. An empty text is where the search begins.
int64_t Locate(const Points& wanted, const Points& text) {
  if (wanted.empty()) return 1;
  const size_t at = text.find(wanted);
  return at == Points::npos ? 0 : static_cast<int64_t>(at) + 1;
}

std::vector<Points> Pieces(const Points& text, const Points& delimiter) {
  std::vector<Points> pieces;
  size_t begin = 0;
  for (size_t at = text.find(delimiter); at != Points::npos; at = text.find(delimiter, begin)) {
    pieces.push_back(text.substr(begin, at - begin));
    begin = at + delimiter.size();
  }
  pieces.push_back(text.substr(begin));
  return pieces;
}

// SQL's LIKE by trying every way: % any characters, _ one, `escape` takes the next as it is.
bool Like(std::u32string_view text, std::u32string_view pattern, char32_t escape) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == U'%') {
    for (size_t skip = 0; skip <= text.size(); ++skip) {
      if (Like(text.substr(skip), pattern.substr(1), escape)) return true;
    }
    return false;
  }
  if (text.empty()) return false;
  if (pattern[0] == escape && escape != 0) {
    return text[0] == pattern[1] && Like(text.substr(1), pattern.substr(2), escape);
  }
  if (pattern[0] != U'_' && pattern[0] != text[0]) return false;
  return Like(text.substr(1), pattern.substr(1), escape);
}

// --- Tests ---------------------------------------------------------------------------------------

Value U(const Points& points) {
  return testing::S(Encode(points));
}

std::string BooleanText(bool value) {
  return value ? "TRUE" : "FALSE";
}

class TextModelTest : public ::testing::Test {
 protected:
  TextModelTest() : random_(SeedOf(kTextSeed)) {}

  // Calls `check` for random texts.
  void ForTexts(const std::function<void(const Points&)>& check) {
    for (int i = 0; i < kTexts && !HasFailure(); ++i) {
      const Points text = RandomPoints(random_, 9);
      SCOPED_TRACE("'" + Encode(text) + "'");
      check(text);
    }
  }
  int32_t Position() { return RandomPosition(random_); }
  Points Short() { return RandomPoints(random_, 2); }

  Random random_;
};

TEST_F(TextModelTest, Lengths) {
  ForTexts([](const Points& text) {
    EXPECT_EQ(Call("CHAR_LENGTH", {U(text)}), std::to_string(text.size()));
  });
}

TEST_F(TextModelTest, PiecesByPosition) {
  ForTexts([this](const Points& text) {
    const int32_t n = Position();
    SCOPED_TRACE(n);
    EXPECT_EQ(Call("LEFT", {U(text), I(n)}), Encode(Cut(text, 0, n)));
    const int64_t from_end = std::max<int64_t>(Size(text) - n, 0);
    EXPECT_EQ(Call("RIGHT", {U(text), I(n)}), n <= 0 ? "" : Encode(Cut(text, from_end, n)));
    if (n == 0 || n < -Size(text)) return;
    const int32_t count = std::abs(std::max(Position(), -100));
    SCOPED_TRACE(count);
    EXPECT_EQ(Call("SUBSTRING", {U(text), I(n)}), Encode(Substring(text, n, Size(text))));
    EXPECT_EQ(Call("SUBSTRING", {U(text), I(n), I(count)}), Encode(Substring(text, n, count)));
  });
}

TEST_F(TextModelTest, PiecesMakeTheWhole) {
  ForTexts([this](const Points& text) {
    const auto n = static_cast<int32_t>(random_.Below(12));
    const std::string left = Call("LEFT", {U(text), I(n)});
    EXPECT_EQ(left + Call("SUBSTRING", {U(text), I(n + 1)}), Encode(text));
    const Points reversed(text.rbegin(), text.rend());
    EXPECT_EQ(Call("REVERSE", {U(text)}), Encode(reversed));
  });
}

TEST_F(TextModelTest, Padding) {
  ForTexts([this](const Points& text) {
    const auto length = static_cast<int32_t>(random_.Below(22)) - 2;
    const Points pad = Short();
    SCOPED_TRACE(std::to_string(length) + " '" + Encode(pad) + "'");
    EXPECT_EQ(Call("LPAD", {U(text), I(length), U(pad)}), Shown(Pad(text, length, pad, true)));
    EXPECT_EQ(Call("RPAD", {U(text), I(length), U(pad)}), Shown(Pad(text, length, pad, false)));
  });
}

TEST_F(TextModelTest, Replacing) {
  ForTexts([this](const Points& text) {
    const Points from = Short();
    const Points to = Short();
    SCOPED_TRACE("'" + Encode(from) + "' '" + Encode(to) + "'");
    EXPECT_EQ(Call("REPLACE", {U(text), U(from), U(to)}), Encode(Replace(text, from, to)));
    EXPECT_EQ(Call("TRANSLATE", {U(text), U(from), U(to)}), Encode(Translate(text, from, to)));
  });
}

TEST_F(TextModelTest, Trimming) {
  ForTexts([this](const Points& text) {
    const Points off = Short();
    if (off.empty()) return;
    SCOPED_TRACE("'" + Encode(off) + "'");
    EXPECT_EQ(Call("TRIM", {U(text), U(off)}), Encode(Trim(text, off, true, true)));
    EXPECT_EQ(Call("LTRIM", {U(text), U(off)}), Encode(Trim(text, off, true, false)));
    EXPECT_EQ(Call("RTRIM", {U(text), U(off)}), Encode(Trim(text, off, false, true)));
    EXPECT_EQ(Call("TRIM", {U(text)}), Encode(Trim(text, U" ", true, true)));
  });
}

TEST_F(TextModelTest, Finding) {
  ForTexts([this](const Points& text) {
    const Points wanted = Short();
    SCOPED_TRACE("'" + Encode(wanted) + "'");
    const std::string place = std::to_string(Locate(wanted, text));
    EXPECT_EQ(Call("POSITION", {U(wanted), U(text)}), place);
    EXPECT_EQ(Call("LOCATE", {U(wanted), U(text)}), place);
    EXPECT_EQ(Call("INSTR", {U(text), U(wanted)}), place);
    EXPECT_EQ(Call("STARTSWITH", {U(text), U(wanted)}), BooleanText(text.starts_with(wanted)));
    EXPECT_EQ(Call("ENDSWITH", {U(text), U(wanted)}), BooleanText(text.ends_with(wanted)));
  });
}

TEST_F(TextModelTest, Splitting) {
  ForTexts([this](const Points& text) {
    Points delimiter = Short();
    if (delimiter.empty()) delimiter = U"a";
    SCOPED_TRACE("'" + Encode(delimiter) + "'");
    const std::vector<Points> pieces = Pieces(text, delimiter);
    std::string expected = "[";
    for (size_t i = 0; i < pieces.size(); ++i) expected += (i > 0 ? ", " : "") + Encode(pieces[i]);
    EXPECT_EQ(Call("SPLIT", {U(text), U(delimiter)}), text.empty() ? "[]" : expected + "]");
    for (size_t i = 0; i < pieces.size() + 1; ++i) {
      const Answer piece = i < pieces.size() && !text.empty() ? Answer(pieces[i]) : std::nullopt;
      EXPECT_EQ(Call("SPLIT_INDEX", {U(text), U(delimiter), I(static_cast<int32_t>(i))}),
                Shown(piece))
          << i;
    }
  });
}

TEST_F(TextModelTest, LikeByTryingEveryWay) {
  ForTexts([this](const Points& text) {
    Points pattern;
    for (const char32_t c : RandomPoints(random_, 5)) {
      constexpr char32_t kWild[] = {U'%', U'_'};
      pattern += random_.Below(3) == 0 ? kWild[random_.Below(2)] : c;
    }
    SCOPED_TRACE("'" + Encode(pattern) + "'");
    const std::string expected = BooleanText(Like(text, pattern, 0));
    EXPECT_EQ(Call("LIKE", {U(text), U(pattern)}), expected);
    EXPECT_EQ(Call("LIKE", {U(text), U(pattern)}, 2), expected);
    // The text with every character escaped is like itself alone.
    Points escaped;
    for (const char32_t c : text) {
      if (c == U'%' || c == U'_' || c == U'!') escaped += U'!';
      escaped += c;
    }
    EXPECT_EQ(Call("LIKE", {U(text), U(escaped), U(Points(U"!"))}, 4), "TRUE");
  });
}

TEST_F(TextModelTest, LikeWithEscapes) {
  for (int i = 0; i < kTexts; ++i) {
    Points text;
    Points pattern;
    for (uint64_t n = random_.Below(5); n > 0; --n) {
      constexpr char32_t kLetters[] = {U'%', U'_', U'!', U'a'};
      text += kLetters[random_.Below(4)];
    }
    for (uint64_t n = random_.Below(5); n > 0; --n) {
      constexpr std::u32string_view kParts[] = {U"%", U"_", U"!%", U"!_", U"!!", U"a"};
      pattern += kParts[random_.Below(6)];
    }
    EXPECT_EQ(Call("LIKE", {U(text), U(pattern), U(Points(U"!"))}),
              BooleanText(Like(text, pattern, U'!')))
        << Encode(text) << " LIKE " << Encode(pattern);
  }
}

TEST_F(TextModelTest, OrderIsThatOfCodePoints) {
  ForTexts([this](const Points& text) {
    const Points other = random_.Below(3) == 0 ? text + Short() : RandomPoints(random_, 9);
    SCOPED_TRACE("'" + Encode(other) + "'");
    EXPECT_EQ(Call("<", {U(text), U(other)}), BooleanText(text < other));
    EXPECT_EQ(Call("<=", {U(text), U(other)}), BooleanText(text <= other));
    EXPECT_EQ(Call("=", {U(text), U(other)}), BooleanText(text == other));
    EXPECT_EQ(Call("GREATEST", {U(text), U(other)}), Encode(std::max(text, other)));
  });
}

TEST_F(TextModelTest, EncodingsAreUndone) {
  ForTexts([](const Points& text) {
    const std::string bytes = Encode(text);
    const auto undone = [&](std::string_view to, std::string_view back) {
      return Call(back, {testing::S(Call(to, {U(text)}))});
    };
    EXPECT_EQ(undone("TO_BASE64", "FROM_BASE64"), bytes);
    EXPECT_EQ(undone("URL_ENCODE", "URL_DECODE"), bytes);
    EXPECT_EQ(undone("JSON_QUOTE", "JSON_UNQUOTE"), bytes);
    const std::string hex = Call("HEX", {U(text)});
    EXPECT_EQ(hex.size(), bytes.size() * 2);
    for (const char* charset : {"UTF-8", "UTF-16", "UTF-16BE", "UTF-16LE"}) {
      const Value encoded = Text(Type::Bytes(), Call("ENCODE", {U(text), testing::S(charset)}));
      EXPECT_EQ(Call("DECODE", {encoded, testing::S(charset)}), bytes) << charset;
    }
  });
}

}  // namespace
}  // namespace weir::expr::testing
