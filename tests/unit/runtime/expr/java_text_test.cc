// Java's regular expressions and format strings. Expected results: java.util.regex and
// java.util.Formatter of JDK 17, by way of Flink 2.3 where it has a function for them.
#include <gmock/gmock.h>
#include <re2/re2.h>

#include "runtime/expr/functions/java_format.h"
#include "runtime/expr/functions/java_regex.h"
#include "tests/unit/runtime/expr/expressions.h"

namespace weir::expr::testing {
namespace {

using ::testing::HasSubstr;

// What the expression finds first, "-" for nothing, the id of a failure.
std::string First(std::string_view pattern, std::string_view text) {
  const auto regex = CompileJavaRegex(pattern);
  if (!regex.ok()) return std::string(regex.status().id());
  re2::StringPiece found;
  const re2::StringPiece input(text.data(), text.size());
  if (!(*regex)->Match(input, 0, input.size(), re2::RE2::UNANCHORED, &found, 1)) return "-";
  return found.as_string();
}

TEST(JavaRegexTest, SpellsOutWhatRe2HasOtherwise) {
  EXPECT_EQ(First("\\s", "a\x0B"), "\x0B");
  EXPECT_EQ(First("[\\s]", "a\x0B"), "\x0B");
  EXPECT_EQ(First("\\S+", " ab "), "ab");
  EXPECT_EQ(First("\\h", "a\u00a0"), "\u00a0");
  EXPECT_EQ(First("\\v", "a\n"), "\n");
  EXPECT_EQ(First("a.b", "a\nb"), "-");
  EXPECT_EQ(First("a.b", "a\rb"), "-") << "Java's dot leaves out every line terminator";
  EXPECT_EQ(First("(?s)a.b", "a\rb"), "a\rb");
  EXPECT_EQ(First("\\p{Alpha}+", "ü1ab"), "ab");
  EXPECT_EQ(First("[\\p{Upper}x]+", "aXxB"), "XxB");
  EXPECT_EQ(First("\\P{Digit}+", "12ab"), "ab");
  EXPECT_EQ(First("\\p{L}+", "1üa"), "üa");
  EXPECT_EQ(First("\\p{IsL}+", "1üa"), "üa");
  EXPECT_EQ(First("\\u00e9", "caf\u00e9"), "é");
  EXPECT_EQ(First("\\uD83D\\uDE00", "a\U0001F600"), "\U0001F600");
  EXPECT_EQ(First("\\0101\\0418", "xA!8"), "A!8") << "octal digits end at 8, and at 0377";
  EXPECT_EQ(First("\\cA", "a\x01"), "\x01");
  EXPECT_EQ(First("a{2}|b{1,}|c{1,2}", "xcc"), "cc");
  EXPECT_EQ(First("[{]+}", "a{{}"), "{{}");
  EXPECT_EQ(First("\\Qa.b\\E+", "axb a.bb"), "a.bb");
  EXPECT_EQ(First("(?<n>[0-9]+)", "ab12"), "12");
  EXPECT_EQ(First("[]a]+", "x]a"), "]a");
  EXPECT_EQ(First("\\++", "a++"), "++") << "an escaped plus is repeated, not possessive";
}

TEST(JavaRegexTest, NamesWhatRe2CannotDo) {
  for (const std::string_view pattern : {"(?=a)b",
                                         "(?!a)b",
                                         "(?<=a)b",
                                         "(?<!a)b",
                                         "(a)\\1",
                                         "(?<n>a)\\k<n>",
                                         "a++b",
                                         "a*+",
                                         "a?+",
                                         "a{2}+",
                                         "(?>a)",
                                         "[a-z&&[^b]]",
                                         "[a[bc]]",
                                         "\\Gx",
                                         "\\R",
                                         "\\X",
                                         "a\\Z",
                                         "(?x)a",
                                         "(?U)a",
                                         "[\\S]",
                                         "a{1001}",
                                         "\\N{DIGIT ONE}",
                                         "\\p{IsAlphabetic}",
                                         "\\P{javaLowerCase}",
                                         "\\p{InGreek}",
                                         "\\p{script=Greek}"}) {
    const auto regex = CompileJavaRegex(pattern);
    ASSERT_FALSE(regex.ok()) << pattern;
    EXPECT_EQ(regex.status().code(), StatusCode::kUnsupported) << pattern;
    EXPECT_THAT(regex.status().message(), HasSubstr(std::string(pattern)));
  }
}

TEST(JavaRegexTest, TellsMalformedPatterns) {
  for (const std::string_view pattern :
       {"(", "[a", "a{2,1}", "*", "\\", "\\u12", "[z-a]", "a{", "{", "a{,3}", "a{1;2}", "(?P<n>a)",
        "\\C", "\\08", "\\c"}) {
    EXPECT_EQ(First(pattern, "a"), "E3001") << pattern;
  }
}

// The format with one argument; "refused" where Java throws.
std::string Format(std::string_view format, const Value& value) {
  const auto pieces = ParseJavaFormat(format);
  if (!pieces.ok()) return "unsupported";
  if (!*pieces) return "refused";
  const ColumnPtr column = MakeConstantColumn(value, 1);
  TextBuilder out;
  for (const FormatPiece& piece : **pieces) {
    if (piece.argument > 0) return "refused";
    if (!AppendFormatted(piece, column.get(), 0, out)) return "refused";
  }
  return std::string(out.view());
}

TEST(JavaFormatTest, Integers) {
  EXPECT_EQ(Format("%d", I(-42)), "-42");
  EXPECT_EQ(Format("%5d|", I(42)), "   42|");
  EXPECT_EQ(Format("%-5d|", I(42)), "42   |");
  EXPECT_EQ(Format("%05d", I(-42)), "-0042");
  EXPECT_EQ(Format("%,d", L(12345678901)), "12,345,678,901");
  EXPECT_EQ(Format("%+d", I(1)), "+1");
  EXPECT_EQ(Format("% d", I(1)), " 1");
  EXPECT_EQ(Format("%(d", I(-1)), "(1)");
  EXPECT_EQ(Format("%d", L(INT64_MIN)), "-9223372036854775808");
  EXPECT_EQ(Format("%x", T(-1)), "ff");
  EXPECT_EQ(Format("%X", L(-1)), "FFFFFFFFFFFFFFFF");
  EXPECT_EQ(Format("%#x", I(42)), "0x2a");
  EXPECT_EQ(Format("%#o", I(42)), "052");
  EXPECT_EQ(Format("%08x", I(255)), "000000ff");
}

TEST(JavaFormatTest, RealsRoundHalfUpFromTheirShortestForm) {
  EXPECT_EQ(Format("%.2f", D(0.125)), "0.13");
  EXPECT_EQ(Format("%.0f", D(2.5)), "3");
  EXPECT_EQ(Format("%.2f", D(1.005)), "1.01");
  EXPECT_EQ(Format("%.1f", D(0.05)), "0.1");
  EXPECT_EQ(Format("%.1f", D(9.96)), "10.0");
  EXPECT_EQ(Format("%f", D(1e20)), "100000000000000000000.000000");
  EXPECT_EQ(Format("%,.2f", D(-1234567.891)), "-1,234,567.89");
  EXPECT_EQ(Format("%08.2f", D(-3.14159)), "-0003.14");
  EXPECT_EQ(Format("%e", D(3.14159)), "3.141590e+00");
  EXPECT_EQ(Format("%.3e", D(1.0005)), "1.001e+00");
  EXPECT_EQ(Format("%E", D(0)), "0.000000E+00");
  EXPECT_EQ(Format("%g", D(0.0001)), "0.000100000");
  EXPECT_EQ(Format("%g", D(1e20)), "1.00000e+20");
  EXPECT_EQ(Format("%.3g", D(0)), "0.00");
  EXPECT_EQ(Format("%f", D(HUGE_VAL)), "Infinity");
  EXPECT_EQ(Format("%.2f", F(1.1F)), "1.10");
  EXPECT_EQ(Format("%.1f", Dec("12345678901234567890.25", 22, 2)), "12345678901234567890.3");
}

TEST(JavaFormatTest, TextBooleansCharacters) {
  EXPECT_EQ(Format("%s", S("abc")), "abc");
  EXPECT_EQ(Format("%S|%5s", S("straße")), "refused");
  EXPECT_EQ(Format("%S", S("grün")), "GRÜN");
  EXPECT_EQ(Format("%5s", S("ü😀")), "  ü😀") << "widths count UTF-16 units";
  EXPECT_EQ(Format("%.2s", S("abc")), "ab");
  EXPECT_EQ(Format("%b", B(true)), "true");
  EXPECT_EQ(Format("%b", S("x")), "true");
  EXPECT_EQ(Format("%c", I(128512)), "😀");
  EXPECT_EQ(Format("%s", N(Type::Int())), "null");
  EXPECT_EQ(Format("%.2d", N(Type::Int())), "refused");
  EXPECT_EQ(Format("%.2f", N(Type::Double())), "nu");
  EXPECT_EQ(Format("%B", N(Type::Boolean())), "FALSE");
  EXPECT_EQ(Format("%s|%<s", S("a")), "a|a");
  EXPECT_EQ(Format("%1$s %1$S", S("a")), "a A");
  EXPECT_EQ(Format("100%%|%n", I(1)), "100%|\n");
}

TEST(JavaFormatTest, RefusesWhatJavaRefuses) {
  for (const std::string_view format : {"%q", "%", "%5", "%-d", "%0d", "%-05d", "%+ d", "%,x",
                                        "%#d", "%.2d", "%+s", "%--5d", "%5n", "%<s", "%.f"}) {
    EXPECT_EQ(Format(format, I(1)), "refused") << format;
  }
  EXPECT_EQ(Format("%d", S("a")), "refused");
  EXPECT_EQ(Format("%f", I(1)), "refused");
  EXPECT_EQ(Format("%c", S("a")), "refused");
  EXPECT_EQ(Format("%h", I(1)), "unsupported");
  EXPECT_EQ(Format("%tY", I(1)), "unsupported");
}

}  // namespace
}  // namespace weir::expr::testing
