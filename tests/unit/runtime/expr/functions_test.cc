// Every scalar function by example: name, arguments, result.
#include <gmock/gmock.h>

#include <set>

#include "runtime/base/fence.h"
#include "tests/unit/runtime/expr/expressions.h"

namespace weir::expr::testing {
namespace {

struct FunctionExample {
  std::string_view function;
  std::vector<Value> args;
  std::string result;
  uint32_t literals = 0;
};

void CheckCalls(const std::vector<FunctionExample>& examples) {
  for (const FunctionExample& example : examples) {
    SCOPED_TRACE(::testing::Message() << example.function << " -> " << example.result);
    EXPECT_EQ(Call(example.function, example.args, example.literals), example.result);
  }
}

TEST(FunctionsTest, Arithmetic) {
  CheckCalls({{"+", {I(1), I(2)}, "3"},
              {"+", {I(2147483647), I(1)}, "-2147483648"},
              {"+", {T(100), T(100)}, "-56"},
              {"-", {I(1), L(2)}, "-1"},
              {"*", {D(1.5), I(2)}, "3.0"},
              {"/", {I(7), I(2)}, "3"},
              {"/", {I(-7), I(2)}, "-3"},
              {"/", {I(-2147483647 - 1), I(-1)}, "-2147483648"},
              {"/", {I(7), Dec("2.0", 2, 1)}, "3.500000"},
              {"/", {Dec("7.0", 2, 1), I(2)}, "3.500000000000"},
              {"/", {I(1), N(Type::Int())}, "NULL"},
              {"+", {Dec("1.25", 5, 2), Dec("0.5", 3, 1)}, "1.75"},
              {"-", {Dec("1.25", 5, 2), I(1)}, "0.25"},
              {"*", {Dec("0.908", 3, 3), L(1000)}, "908.000"},
              {"+", {Dec("99999999999999999999999999999999999999", 38, 0), I(1)}, "NULL"},
              {"%", {I(-7), I(3)}, "-1"},
              {"MOD", {L(10000000001), I(10)}, "1"},
              {"%", {Dec("5.5", 2, 1), I(2)}, "1.5"},
              {"NEGATE", {I(5)}, "-5"},
              {"NEGATE", {Dec("1.50", 3, 2)}, "-1.50"},
              {"ABS", {I(-5)}, "5"},
              {"ABS", {D(-2.5)}, "2.5"},
              {"ABS", {Dec("-1.50", 3, 2)}, "1.50"}});
  EXPECT_THAT(Call("/", {I(1), I(0)}), ::testing::StartsWith("E3002"));
  EXPECT_THAT(Call("%", {L(1), I(0)}), ::testing::StartsWith("E3002"));
  EXPECT_THAT(Call("/", {Dec("1.0", 2, 1), I(0)}), ::testing::StartsWith("E3002"));
}

TEST(FunctionsTest, ResultTypesFollowFlink) {
  EXPECT_EQ(TypeOf("/", {I(7), Dec("2.0", 2, 1)}), "DECIMAL(17, 6) NOT NULL");
  EXPECT_EQ(TypeOf("/", {Dec("7.0", 2, 1), I(2)}), "DECIMAL(13, 12) NOT NULL");
  EXPECT_EQ(TypeOf("*", {Dec("0.908", 3, 3), L(1)}), "DECIMAL(23, 3) NOT NULL");
  EXPECT_EQ(TypeOf("%", {L(1), I(1)}), "INT NOT NULL");
  EXPECT_EQ(TypeOf("+", {T(1), T(1)}), "TINYINT NOT NULL");
  EXPECT_EQ(TypeOf("+", {I(1), N(Type::BigInt())}), "BIGINT");
  EXPECT_EQ(TypeOf("%", {D(1), D(1)}), "E2005");
  EXPECT_EQ(TypeOf("+", {S("1"), I(1)}), "E2005");
  EXPECT_EQ(TypeOf("+", {I(1), N(Type::Null())}), "E2005");
  EXPECT_EQ(TypeOf("=", {S("1"), I(1)}), "E2005");
  EXPECT_EQ(TypeOf("ROUND", {Dec("1.2345", 10, 4), I(2)}), "DECIMAL(9, 2) NOT NULL");
  EXPECT_EQ(TypeOf("EXTRACT", {S("YEAR"), Date("2024-01-01")}), "BIGINT NOT NULL");
  EXPECT_EQ(TypeOf("TIMESTAMPDIFF", {S("DAY"), Date("2024-01-01"), Date("2024-01-02")}),
            "INT NOT NULL");
}

TEST(FunctionsTest, Comparison) {
  CheckCalls({{"=", {I(1), L(1)}, "TRUE"},
              {"<>", {S("a"), S("b")}, "TRUE"},
              {"!=", {S("a"), S("a")}, "FALSE"},
              {"<", {Dec("1.50", 3, 2), I(2)}, "TRUE"},
              {"<=",
               {S("a long string that lies in the heap"), S("a long string that lies in the heap")},
               "TRUE"},
              {">", {D(2), I(1)}, "TRUE"},
              {">=", {Date("2024-01-02"), Date("2024-01-03")}, "FALSE"},
              {"=", {I(1), N(Type::Int())}, "NULL"},
              {"=", {I(1), N(Type::Null())}, "NULL"},
              {"=", {Ts("2024-01-01 00:00:00"), S("2024-01-01 00:00:00")}, "TRUE", 2},
              {"IS DISTINCT FROM", {I(1), N(Type::Int())}, "TRUE"},
              {"IS NOT DISTINCT FROM", {N(Type::Int()), N(Type::Int())}, "TRUE"},
              {"IS NULL", {N(Type::Int())}, "TRUE"},
              {"IS NOT NULL", {I(1)}, "TRUE"},
              {"BETWEEN", {I(2), I(1), I(3)}, "TRUE"},
              {"BETWEEN SYMMETRIC", {I(2), I(3), I(1)}, "TRUE"},
              {"IN", {I(2), I(1), I(2)}, "TRUE", 6},
              {"IN", {I(3), I(1), N(Type::Int())}, "NULL", 6},
              {"IN", {S("b"), S("a"), S("b")}, "TRUE", 6}});
  EXPECT_EQ(TypeOf("=", {Date("2024-01-01"), Ts("2024-01-01 00:00:00")}), "E2005");
}

TEST(FunctionsTest, Logic) {
  const Value null = N(Type::Boolean());
  CheckCalls({{"AND", {B(true), null}, "NULL"},
              {"AND", {null, B(false)}, "FALSE"},
              {"OR", {null, B(true)}, "TRUE"},
              {"OR", {B(false), null}, "NULL"},
              {"NOT", {B(true)}, "FALSE"},
              {"NOT", {null}, "NULL"},
              {"IS TRUE", {null}, "FALSE"},
              {"IS NOT TRUE", {null}, "TRUE"},
              {"IS FALSE", {B(false)}, "TRUE"},
              {"IS NOT FALSE", {B(false)}, "FALSE"},
              {"IS UNKNOWN", {null}, "TRUE"},
              {"IS NOT UNKNOWN", {null}, "FALSE"}});
}

TEST(FunctionsTest, Rounding) {
  CheckCalls({{"FLOOR", {D(-1.5)}, "-2.0"},
              {"CEIL", {Dec("1.01", 5, 2)}, "2"},
              {"CEILING", {I(3)}, "3"},
              {"FLOOR", {Dec("-1.01", 5, 2)}, "-2"},
              {"ROUND", {D(2.345), I(2)}, "2.35"},
              {"ROUND", {I(15), I(-1)}, "20"},
              {"ROUND", {Dec("1.235", 5, 3), I(2)}, "1.24", 2},
              {"ROUND", {Dec("1.5", 2, 1)}, "2"},
              {"TRUNCATE", {D(-2.789), I(1)}, "-2.7"},
              {"TRUNCATE", {Dec("1.239", 5, 3), I(2)}, "1.23", 2},
              {"SIGN", {I(-9)}, "-1"},
              {"SIGN", {D(0.5)}, "1.0"},
              {"FLOOR", {Ts("2024-05-17 13:14:15"), S("HOUR")}, "2024-05-17 13:00:00.000", 2},
              {"FLOOR", {Date("2024-05-17"), S("MONTH")}, "2024-05-01", 2},
              {"CEIL", {Date("2024-05-17"), S("YEAR")}, "2025-01-01", 2}});
}

TEST(FunctionsTest, Mathematics) {
  CheckCalls({{"POWER", {I(2), I(10)}, "1024.0"},
              {"SQRT", {I(9)}, "3.0"},
              {"LN", {I(1)}, "0.0"},
              {"LOG10", {I(1000)}, "3.0"},
              {"LOG2", {I(8)}, "3.0"},
              {"LOG", {I(1)}, "0.0"},
              {"LOG", {I(2), I(8)}, "3.0"},
              {"EXP", {I(0)}, "1.0"},
              {"SIN", {I(0)}, "0.0"},
              {"COS", {I(0)}, "1.0"},
              {"TAN", {I(0)}, "0.0"},
              {"SINH", {I(0)}, "0.0"},
              {"COSH", {I(0)}, "1.0"},
              {"TANH", {I(0)}, "0.0"},
              {"ASIN", {I(0)}, "0.0"},
              {"ACOS", {I(1)}, "0.0"},
              {"ATAN", {I(0)}, "0.0"},
              {"ATAN2", {I(0), I(1)}, "0.0"},
              {"RADIANS", {I(0)}, "0.0"},
              {"DEGREES", {I(0)}, "0.0"},
              {"COT", {D(0.5)}, "1.830487721712452"},
              {"PI", {}, "3.141592653589793"},
              {"E", {}, "2.718281828459045"},
              {"BIN", {I(10)}, "1010"},
              {"HEX", {L(255)}, "FF"},
              {"HEX", {S("Hi")}, "4869"}});
}

TEST(FunctionsTest, Chance) {
  EXPECT_EQ(Call("RAND_INTEGER", {I(1)}), "0");
  EXPECT_THAT(Call("RAND_INTEGER", {I(0)}), ::testing::StartsWith("E3003"));
  const auto uuid = BindCall("UUID", {}, {});
  EXPECT_THAT(Show(EvaluateConstant(*uuid, Context())),
              ::testing::MatchesRegex(
                  "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  const auto rand = BindCall("RAND", Literals({I(7)}), {});
  EXPECT_EQ(Show(EvaluateConstant(*rand, Context())), Show(EvaluateConstant(*rand, Context())));
  EXPECT_FALSE(IsDeterministic(**rand));
}

TEST(FunctionsTest, Strings) {
  const Value null = N(Type::String());
  CheckCalls({{"||", {S("ab"), S("cd")}, "abcd"},
              {"CONCAT", {S("a"), S("b"), S("c")}, "abc"},
              {"CONCAT", {S("a"), null}, "NULL"},
              {"CONCAT_WS", {S("~"), S("a"), null, S("c")}, "a~c"},
              {"CONCAT_WS", {null, S("a")}, "NULL"},
              {"UPPER", {S("abc ä and a tail that is long")}, "ABC Ä AND A TAIL THAT IS LONG"},
              {"LOWER", {S("ABC-É")}, "abc-é"},
              {"LOWER", {S("@AZ[`az{")}, "@az[`az{"},
              {"UPPER", {S("@AZ[`az{")}, "@AZ[`AZ{"},
              {"LOWER", {S("all lower, nothing to change")}, "all lower, nothing to change"},
              {"LOWER", {S("in the last byte of seventeeN")}, "in the last byte of seventeen"},
              {"UPPER", {S("TWELVE BYTEs")}, "TWELVE BYTES"},
              {"UPPER", {S("")}, ""},
              {"INITCAP", {S("hello wORLD")}, "Hello World"},
              {"SUBSTRING", {S("hello"), I(2), I(3)}, "ell"},
              {"SUBSTRING", {S("hello"), I(0)}, "hello"},
              {"SUBSTR", {S("hello"), I(-3)}, "llo"},
              {"SUBSTRING", {S("hello"), I(2), I(-1)}, "NULL"},
              {"SUBSTRING", {S("hé€llo"), I(3), I(2)}, "€l"},
              {"LEFT", {S("hello"), I(2)}, "he"},
              {"RIGHT", {S("hello"), I(2)}, "lo"},
              {"RIGHT", {S("hello"), I(0)}, ""},
              {"TRIM", {S("  a ")}, "a"},
              {"BTRIM", {S("xxaxx"), S("x")}, "a"},
              {"LTRIM", {S("  a ")}, "a "},
              {"RTRIM", {S("  a ")}, "  a"},
              {"SPLIT_INDEX", {S("https://www.nexmark.com/a/b/item.htm"), S("/"), I(3)}, "a"},
              {"SPLIT_INDEX", {S("a/b"), S("/"), I(2)}, "NULL"},
              {"SPLIT_INDEX", {S("a/b"), I(47), I(1)}, "b"},
              {"REPEAT", {S("ab"), I(3)}, "ababab"},
              {"REVERSE", {S("añb")}, "bña"},
              {"LPAD", {S("hi"), I(5), S("ab")}, "abahi"},
              {"RPAD", {S("hi"), I(1), S("ab")}, "h"},
              {"LPAD", {S("hi"), I(5), S("")}, "NULL"},
              {"REPLACE", {S("abab"), S("b"), S("xx")}, "axxaxx"},
              {"REPLACE", {S("ab"), S(""), S("-")}, "-a-b-"},
              {"TRANSLATE", {S("abcd"), S("abc"), S("xy")}, "xyd"},
              {"OVERLAY", {S("xxxxxtest"), S("xxxx"), I(6)}, "xxxxxxxxx"},
              {"OVERLAY", {S("12345"), S("ab"), I(2), I(0)}, "1ab"},
              {"OVERLAY", {S("12345"), S("ab"), I(9)}, "12345"},
              {"CHR", {I(97)}, "a"},
              {"CHR", {I(353)}, "a"}});
}

// A number among the data must not use up the memory, nor must bytes that are no text.
TEST(FunctionsTest, TextsHaveAGreatestLength) {
  for (const int32_t length : {(128 << 20) + 1, 2147483647}) {
    const auto refused = ::testing::HasSubstr("E3007 a value would be larger than 134217728 bytes");
    EXPECT_THAT(Call("LPAD", {S("ab"), I(length), S("x")}), refused);
    EXPECT_THAT(Call("RPAD", {S("ab"), I(length), S("x")}), refused);
    EXPECT_THAT(Call("REPEAT", {S("a"), I(length)}), refused);
  }
  {
    SetMaxValueBytes(100);
    EXPECT_EQ(Call("REPEAT", {S("a"), I(100)}), std::string(100, 'a'));
    const auto refused = ::testing::HasSubstr("E3007 a value would be larger than 100 bytes");
    EXPECT_THAT(Call("REPEAT", {S("a"), I(101)}), refused);
    // What grows while it is built, too.
    EXPECT_THAT(Call("REPLACE", {S(std::string(60, 'a')), S("a"), S("bb")}), refused);
    EXPECT_THAT(Call("CONCAT_WS", {S(std::string(60, '-')), S("a"), S("b"), S("c")}), refused);
    SetMaxValueBytes(0);
  }
  EXPECT_EQ(Call("REPEAT", {S(""), I(2147483647)}), "");
  EXPECT_EQ(Call("REPEAT", {S("ab"), I(-2147483647)}), "");
  EXPECT_EQ(Call("LPAD", {S("a"), I(3), S("\x80")}),
            "\x80\x80"
            "a");
}

TEST(FunctionsTest, TextPositions) {
  CheckCalls({{"CHAR_LENGTH", {S("hé€")}, "3"},
              {"CHARACTER_LENGTH", {S("")}, "0"},
              {"POSITION", {S("l"), S("hello")}, "3"},
              {"POSITION", {S("z"), S("hello")}, "0"},
              {"LOCATE", {S("l"), S("hello"), I(4)}, "4"},
              {"INSTR", {S("hello"), S("lo")}, "4"},
              {"STARTSWITH", {S("hello"), S("he")}, "TRUE"},
              {"ENDSWITH", {S("hello"), S("he")}, "FALSE"},
              {"ASCII", {S("a")}, "97"},
              {"ASCII", {S("")}, "0"},
              {"ASCII", {S("é")}, "-61"}});
}

TEST(FunctionsTest, Patterns) {
  CheckCalls({{"LIKE", {S("hello"), S("he%")}, "TRUE"},
              {"LIKE", {S("hello"), S("%ell%")}, "TRUE"},
              {"LIKE", {S("hello"), S("h_llo")}, "TRUE"},
              {"LIKE", {S("héllo"), S("h_llo")}, "TRUE"},
              {"LIKE", {S("a.c"), S("a.c")}, "TRUE"},
              {"LIKE", {S("abc"), S("a.c_")}, "FALSE"},
              {"LIKE", {S("50%"), S("50!%"), S("!")}, "TRUE"},
              {"LIKE", {S("50x"), S("50!%"), S("!")}, "FALSE"},
              {"LIKE", {S("a\nb"), S("a%b")}, "TRUE"},
              {"SIMILAR TO", {S("abc"), S("(a|b)%c")}, "TRUE"},
              {"SIMILAR TO", {S("xabc"), S("a|abc")}, "FALSE"},
              {"REGEXP", {S("foobar"), S("o+b")}, "TRUE"},
              {"REGEXP", {S("foobar"), S("")}, "FALSE"},
              {"REGEXP", {S("a"), S("(")}, "FALSE"},
              {"REGEXP_EXTRACT", {S("foothebar"), S("foo(.*?)(bar)"), I(2)}, "bar"},
              {"REGEXP_EXTRACT", {S("foo"), S("x")}, "NULL"},
              {"REGEXP_REPLACE", {S("foobar"), S("oo|ar"), S("$1")}, "f$1b$1"}});
  EXPECT_THAT(Call("LIKE", {S("a"), S("a!"), S("!")}), ::testing::StartsWith("E3001"));
}

TEST(FunctionsTest, DigestsAndEncodings) {
  CheckCalls(
      {{"MD5", {S("")}, "d41d8cd98f00b204e9800998ecf8427e"},
       {"SHA1", {S("abc")}, "a9993e364706816aba3e25717850c26c9cd0d89d"},
       {"SHA224", {S("abc")}, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
       {"SHA256", {S("abc")}, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
       {"TO_BASE64", {S("hello")}, "aGVsbG8="},
       {"FROM_BASE64", {S("aGVsbG8=")}, "hello"},
       {"FROM_BASE64", {S("!")}, "NULL"}});
  EXPECT_EQ(Call("SHA384", {S("a")}).size(), 96U);
  EXPECT_EQ(Call("SHA512", {S("a")}).size(), 128U);
}

TEST(FunctionsTest, TemporalFields) {
  const Value ts = Ts("2024-05-17 13:14:15.678");
  CheckCalls({{"EXTRACT", {S("YEAR"), ts}, "2024", 1},
              {"EXTRACT", {S("WEEK"), ts}, "20", 1},
              {"EXTRACT", {S("DOW"), ts}, "6", 1},
              {"YEAR", {Date("2024-05-17")}, "2024"},
              {"QUARTER", {ts}, "2"},
              {"MONTH", {ts}, "5"},
              {"WEEK", {ts}, "20"},
              {"DAYOFYEAR", {ts}, "138"},
              {"DAYOFMONTH", {ts}, "17"},
              {"DAYOFWEEK", {ts}, "6"},
              {"HOUR", {ts}, "13"},
              {"MINUTE", {ts}, "14"},
              {"SECOND", {ts}, "15"},
              {"YEAR", {N(Type::Date())}, "NULL"}});
  EXPECT_EQ(TypeOf("EXTRACT", {S("FORTNIGHT"), ts}), "E2005");
}

TEST(FunctionsTest, FieldsOfLtzAreThoseOfTheSession) {
  EvaluationContext berlin;
  berlin.time_zone = "Europe/Berlin";
  EXPECT_EQ(Call("HOUR", {Ltz("2024-07-01 12:00:00")}, 0, berlin), "14");
  EXPECT_EQ(Call("DATE_FORMAT", {Ltz("2024-07-01 12:00:00"), S("HH:mm")}, 0, berlin), "14:00");
  EXPECT_EQ(Call("FROM_UNIXTIME", {L(0)}, 0, berlin), "1970-01-01 01:00:00");
  EXPECT_EQ(Call("UNIX_TIMESTAMP", {S("1970-01-01 01:00:10")}, 0, berlin), "10");
}

TEST(FunctionsTest, TemporalArithmetic) {
  const Value ts = Ts("2024-01-31 10:00:00");
  CheckCalls({{"+", {ts, Hours(5)}, "2024-01-31 15:00:00.000"},
              {"+", {Hours(5), ts}, "2024-01-31 15:00:00.000"},
              {"-", {ts, Days(1)}, "2024-01-30 10:00:00.000"},
              {"+", {ts, Months(1)}, "2024-02-29 10:00:00.000"},
              {"+", {Date("2024-01-01"), Hours(5)}, "2024-01-01"},
              {"-", {Date("2024-03-31"), Months(1)}, "2024-02-29"},
              {"+", {Days(1), Hours(1)}, "+1 01:00:00.000"},
              {"*", {Days(1), I(3)}, "+3 00:00:00.000"},
              {"TIMESTAMPADD", {S("WEEK"), I(1), Date("2024-01-01")}, "2024-01-08", 1},
              {"TIMESTAMPADD", {S("MONTH"), I(1), ts}, "2024-02-29 10:00:00.000", 1},
              {"TIMESTAMPDIFF", {S("MONTH"), Date("2024-01-31"), Date("2024-02-29")}, "1", 1},
              {"TIMESTAMPDIFF", {S("DAY"), ts, Date("2024-02-02")}, "1", 1},
              {"TIMESTAMPDIFF", {S("HOUR"), ts, Ts("2024-01-31 08:30:00")}, "-1", 1}});
}

TEST(FunctionsTest, TemporalText) {
  CheckCalls({{"DATE_FORMAT", {Ts("2024-05-17 13:14:15"), S("yyyy/MM/dd HH")}, "2024/05/17 13"},
              {"DATE_FORMAT", {S("2024-05-17 13:14:15"), S("yyyyMMdd")}, "20240517"},
              {"TO_TIMESTAMP", {S("2024-05-17 13:14:15.5")}, "2024-05-17 13:14:15.500"},
              {"TO_TIMESTAMP", {S("bad")}, "NULL"},
              {"TO_TIMESTAMP", {S("2024-02-30"), S("yyyy-MM-dd")}, "2024-02-29 00:00:00.000"},
              {"TO_DATE", {S("2024-02-30"), S("yyyy-MM-dd")}, "2024-03-01"},
              {"TO_DATE", {S("2024-02-03")}, "2024-02-03"},
              {"TO_TIMESTAMP_LTZ", {L(1000), I(3)}, "1970-01-01 00:00:01.000"},
              {"TO_TIMESTAMP_LTZ", {L(1), I(0)}, "1970-01-01 00:00:01.000"},
              {"TO_TIMESTAMP_LTZ", {S("2024-05-17 13:14:15")}, "2024-05-17 13:14:15.000"},
              {"UNIX_TIMESTAMP", {S("1970-01-01 00:00:10")}, "10"},
              {"UNIX_TIMESTAMP", {S("bad")}, "-9223372036854775808"},
              {"FROM_UNIXTIME", {L(10)}, "1970-01-01 00:00:10"},
              {"FROM_UNIXTIME", {L(10), S("ss")}, "10"},
              {"CONVERT_TZ",
               {S("1970-01-01 00:00:00"), S("UTC"), S("America/Los_Angeles")},
               "1969-12-31 16:00:00"}});
  // Java's narrowing: what is too large is the largest.
  constexpr int64_t kLast = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(Call("TO_TIMESTAMP_LTZ", {D(1e300), I(3)}), Call("TO_TIMESTAMP_LTZ", {L(kLast), I(3)}));
  EXPECT_EQ(Call("TO_TIMESTAMP_LTZ", {D(-1e300), I(3)}),
            Call("TO_TIMESTAMP_LTZ", {L(-kLast - 1), I(3)}));
  EXPECT_THAT(Call("TO_TIMESTAMP_LTZ", {S("bad")}), ::testing::StartsWith("E3001"));
}

class FixedClock : public Clock {
 public:
  Timestamp Now() const override { return {1'715'951'655'678}; }  // 2024-05-17 13:14:15.678
  int64_t MonotonicNanos() const override { return 0; }
  void Sleep(std::chrono::nanoseconds) override {}
};

TEST(FunctionsTest, TheTimeNow) {
  FixedClock clock;
  EvaluationContext context;
  context.clock = &clock;
  context.time_zone = "Asia/Tokyo";
  EXPECT_EQ(Call("NOW", {}, 0, context), "2024-05-17 13:14:15.678");
  EXPECT_EQ(Call("CURRENT_TIMESTAMP", {}, 0, context), "2024-05-17 13:14:15.678");
  EXPECT_EQ(Call("PROCTIME", {}, 0, context), "2024-05-17 13:14:15.678");
  EXPECT_EQ(Call("LOCALTIMESTAMP", {}, 0, context), "2024-05-17 22:14:15.678");
  EXPECT_EQ(Call("CURRENT_DATE", {}, 0, context), "2024-05-17");
  EXPECT_EQ(Call("LOCALTIME", {}, 0, context), "22:14:15");
  EXPECT_EQ(Call("UNIX_TIMESTAMP", {}, 0, context), "1715951655");
}

TEST(FunctionsTest, Conditions) {
  const Value null = N(Type::Int());
  CheckCalls({{"CASE", {B(false), I(1), I(2)}, "2"},
              {"CASE", {B(false), I(1)}, "NULL"},
              {"IF", {B(true), S("yes"), S("no")}, "yes"},
              {"COALESCE", {null, I(2)}, "2"},
              {"IFNULL", {null, L(7)}, "7"},
              {"NULLIF", {I(1), I(1)}, "NULL"},
              {"NULLIF", {I(1), I(2)}, "1"},
              {"GREATEST", {I(1), L(3), I(2)}, "3"},
              {"LEAST", {S("b"), S("a")}, "a"},
              {"GREATEST", {I(1), null}, "NULL"},
              {"SCALAR SUBQUERY", {I(5), L(1)}, "5"},
              {"SCALAR SUBQUERY", {null, L(1)}, "NULL"},
              {"SCALAR SUBQUERY", {null, N(Type::BigInt())}, "NULL"},
              {"IS_ALPHA", {S("abc")}, "TRUE"},
              {"IS_ALPHA", {N(Type::String())}, "FALSE"},
              {"IS_DIGIT", {S("12a")}, "FALSE"},
              {"IS_DECIMAL", {S("-1.5")}, "TRUE"},
              {"IS_DECIMAL", {S("x")}, "FALSE"}});
  EXPECT_EQ(Show(EvaluateConstant(*BindCall("TYPEOF", Literals({I(1)}), {}), Context())),
            "INT NOT NULL");
}

TEST(FunctionsTest, Collections) {
  const Type array = Type::Array(Type::Int());
  const Value list = Text(array, "[1, NULL, 3]");
  const Value map = Text(Type::Map(Type::String(), Type::Int()), "{a=1, b=2}");
  const Type pair = Type::Row({{"x", Type::Int()}, {"y", Type::String()}});
  const Value row = Text(pair, "(7, seven)");
  // Of equal keys the first stays first.
  const Value pairs = Text(Type::Array(pair), "[(1, c), (1, a), (5, b), (NULL, d)]");
  CheckCalls({{"CARDINALITY", {list}, "3"},
              {"CARDINALITY", {map}, "2"},
              {"ITEM", {list, I(3)}, "3"},
              {"ITEM", {list, I(4)}, "NULL"},
              {"ITEM", {map, S("b")}, "2"},
              {"ITEM", {map, S("c")}, "NULL"},
              {"FIELD", {row, I(1)}, "seven", 2},
              {"FIELD", {N(row.type()), I(0)}, "NULL", 2},
              {"ARRAY_CONTAINS", {list, I(3)}, "TRUE"},
              {"ARRAY_CONTAINS", {list, I(4)}, "FALSE"},
              {"ROW", {I(1), S("a")}, "(1, a)"},
              {"ARRAY", {I(1), I(2)}, "[1, 2]"},
              {"MAP", {S("k"), I(2)}, "{k=2}"},
              {"=", {list, list}, "TRUE"},
              {"ORDERED VALUES", {pairs, S("ASC NULLS FIRST")}, "[d, c, a, b]", 2},
              {"ORDERED VALUES", {pairs, S("DESC NULLS LAST")}, "[b, c, a, d]", 2},
              {"ORDERED VALUES", {N(pairs.type()), S("ASC NULLS FIRST")}, "NULL", 2}});
  EXPECT_EQ(TypeOf("ORDERED VALUES", {list, S("ASC NULLS FIRST")}), "E2005");
  EXPECT_EQ(TypeOf("ITEM", {list, I(0)}), "E2005");
  EXPECT_EQ(TypeOf("<", {list, list}), "E2005");
}

TEST(RegistryTest, EveryFunctionIsDescribedAndNamedOnce) {
  std::set<std::string_view> names;
  for (const ScalarFunction* function : ListFunctions()) {
    EXPECT_FALSE(function->doc.empty()) << function->name;
    EXPECT_FALSE(function->signature.empty()) << function->name;
    EXPECT_FALSE(function->overloads.empty()) << function->name;
    EXPECT_TRUE(names.insert(function->name).second) << function->name;
  }
  EXPECT_GT(names.size(), 110U);
}

TEST(RegistryTest, FindsByAliasInAnyCaseAndSuggests) {
  EXPECT_EQ(FindFunction("substr"), FindFunction("SUBSTRING"));
  EXPECT_EQ(FindFunction("NOPE"), nullptr);
  const Result<ExprPtr> bound = BindCall("UPER", Literals({S("a")}), {3, 7});
  ASSERT_FALSE(bound.ok());
  EXPECT_EQ(bound.status().id(), "E2005");
  EXPECT_THAT(bound.status().hint(), ::testing::HasSubstr("UPPER"));
}

}  // namespace
}  // namespace weir::expr::testing
