#include "planner/parse/syntax_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "grammar/WeirParser.h"
#include "planner/ast/reserved_words.h"
#include "planner/parse/habits.h"
#include "planner/parse/recognizer.h"
#include "runtime/base/names.h"

namespace weir::parse {
namespace {

using P = grammar::WeirParser;

// Beyond this many tokens the search for what was expected would take too long.
constexpr size_t kMaxExplained = 5000;

Status Wrong(SourceSpan span, std::string message, std::string hint = "") {
  Status status = Status::InvalidSql(std::move(message)).WithId("E1001").WithSpan(span);
  return hint.empty() ? std::move(status) : std::move(status).WithHint(std::move(hint));
}

// What the grammar takes at one place, put in words.
class Expectation {
 public:
  explicit Expectation(const Recognizer& recognizer) {
    for (size_t type = 1; type <= P::UNEXPECTED; ++type) {
      if (recognizer.Accepts(type)) types_.push_back(type);
    }
    end_ = recognizer.Accepts(antlr4::Token::EOF);
  }

  bool Has(size_t type) const {
    return std::find(types_.begin(), types_.end(), type) != types_.end();
  }

  // Words of the grammar that are taken as such here; those that would be names are left out.
  std::vector<std::string> Words() const {
    std::vector<std::string> words;
    for (size_t type : types_) {
      if (type >= P::LEFT_PARENTHESIS) continue;
      std::string word = TokenWord(type);
      const bool is_name = Has(P::IDENTIFIER) && !ast::IsReservedWord(word);
      const bool is_value = Has(P::INTEGER) && Has(P::LEFT_PARENTHESIS);
      if (!is_name && !is_value) words.push_back(std::move(word));
    }
    return words;
  }

  // "FROM, `,` or the end of the statement"; at most three, `first` (may be empty) before all.
  std::string InWords(const std::string& first) const;

 private:
  std::vector<std::string> Ranked(const std::string& first) const;

  std::vector<size_t> types_;
  bool end_ = false;
};

std::vector<std::string> Expectation::Ranked(const std::string& first) const {
  static constexpr auto kTypical =
      std::to_array<size_t>({P::K_FROM, P::K_SELECT, P::K_TABLE, P::K_INTO, P::K_BY, P::K_THEN,
                             P::K_WHEN, P::K_AS, P::RIGHT_PARENTHESIS, P::COMMA, P::RIGHT_BRACKET,
                             P::GREATER, P::EQUAL, P::LEFT_PARENTHESIS, P::K_JOIN, P::K_SET});
  std::vector<std::string> ranked;
  const auto add = [&ranked](const std::string& words) {
    if (!words.empty() && std::find(ranked.begin(), ranked.end(), words) == ranked.end())
      ranked.push_back(words);
  };
  add(first);
  const bool optional_name = end_ || Has(P::COMMA) || Has(P::RIGHT_PARENTHESIS) || Has(P::DOT);
  if (Has(P::K_UNKNOWN) && Has(P::K_NULL) && !Has(P::INTEGER))
    return {"NULL", Has(P::K_NOT) ? "NOT" : "FALSE", "TRUE"};
  const bool expression = Has(P::INTEGER) && Has(P::LEFT_PARENTHESIS) && Has(P::STRING);
  if (expression) add("an expression");
  if (!expression && Has(P::IDENTIFIER) && !optional_name) add("a name");
  if (!expression && Has(P::STRING)) add("a string");
  if (!expression && Has(P::INTEGER)) add("a number");
  for (size_t type : kTypical) {
    if (!Has(type) || ((expression || optional_name) && type == P::LEFT_PARENTHESIS)) continue;
    // An alias may follow almost anything, so that AS and comparisons are nearly always possible
    // and rarely what is missing.
    const bool alias = end_ || Has(P::COMMA) || Has(P::RIGHT_PARENTHESIS);
    if (type == P::K_AS && alias) continue;
    if (optional_name && (type == P::EQUAL || type == P::GREATER)) continue;
    const std::string word = TokenWord(type);
    add(type < P::LEFT_PARENTHESIS ? word : "`" + word + "`");
  }
  if (end_ && ranked.size() >= 3) ranked.resize(2);
  if (end_) add("the end of the statement");
  // Where operators may follow, their words say nothing about what is missing.
  if (Has(P::K_AND) && !ranked.empty()) return ranked;
  if (Has(P::K_AND) && Has(P::K_AT)) return {"AND"};
  for (const std::string& word : Words()) add(word);
  return ranked;
}

std::string Expectation::InWords(const std::string& first) const {
  std::vector<std::string> ranked = Ranked(first);
  if (ranked.size() > 3) ranked.resize(3);
  // "the end of the statement" is named last: it reads best behind "or".
  const auto end = std::find(ranked.begin(), ranked.end(), "the end of the statement");
  if (end != ranked.end()) std::rotate(end, end + 1, ranked.end());
  std::string text;
  for (size_t i = 0; i < ranked.size(); ++i) {
    if (i > 0) text += i + 1 == ranked.size() ? " or " : ", ";
    text += ranked[i];
  }
  return text;
}

// Whether the word is more likely to begin a clause than to be a name where it stands.
bool BeginsClause(size_t type) {
  switch (type) {
    case P::K_FROM:
    case P::K_WHERE:
    case P::K_HAVING:
    case P::K_UNION:
    case P::K_LIMIT:
      return true;
    default:
      return false;
  }
}

constexpr const char* kGroupByAll =
    "GROUP BY ALL does not stand for the columns without an aggregate, here and in Flink: name "
    "them";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Finds the first token that the grammar does not take, and the words for it.
class Explanation {
 public:
  Explanation(std::string_view text, const std::vector<Token>& tokens, size_t start)
      : text_(text), tokens_(tokens), recognizer_(Network(), start) {}

  Status Explain() {
    while (at_ < tokens_.size() && recognizer_.Accepts(tokens_[at_].type))
      recognizer_.Take(tokens_[at_++].type);
    if (std::optional<Status> comma = TrailingComma()) return std::move(*comma);
    const std::string habit = at_ == 0 ? "" : HintOfHabit(text_, tokens_, at_);
    if (!habit.empty() && at_ < tokens_.size()) {
      return Unexpected(Expectation(recognizer_), "", habit);
    }
    if (std::optional<Status> misspelt = Misspelt()) return std::move(*misspelt);
    if (at_ == tokens_.size()) return AtEnd();
    const Expectation expected(recognizer_);
    const std::string word = WordAt(at_);
    if (at_ == 0 && word.starts_with(kByteOrderMark)) {
      return Wrong(
          tokens_[0].span,
          "a byte order mark, EF BB BF, stands before `" + word.substr(kByteOrderMark.size()) + "`",
          "only a whole file may begin with one; files that are put together keep theirs");
    }
    if (at_ == 0) {
      const std::string elsewhere = HintOfHabit(text_, tokens_, 0);
      return Wrong(tokens_[0].span, "no statement begins with `" + WordAt(0) + "`",
                   elsewhere.empty() ? "HELP lists the statements" : elsewhere);
    }
    std::string hint = HintOfPlace(expected);
    if (!hint.empty()) return Unexpected(expected, "", hint);
    const bool unquoted_key = at_ + 1 < tokens_.size() && at_ > 0 &&
                              tokens_[at_ + 1].type == P::EQUAL && expected.Has(P::STRING) &&
                              !expected.Has(P::IDENTIFIER);
    if (unquoted_key) {
      hint = "keys of options are strings: '" + word + "' = '…'";
    } else if (ast::IsReservedWord(word) && expected.Has(P::IDENTIFIER) &&
               !BeginsClause(tokens_[at_].type)) {
      hint = word + " is a reserved word; as a name it needs back-ticks: `" + word + "`";
    } else if (expected.Has(P::RIGHT_PARENTHESIS) && HasOpenParenthesis()) {
      hint = "a parenthesis that was opened before this is not closed";
    }
    return Unexpected(expected, "", hint);
  }

 private:
  static const antlr4::atn::ATN& Network() {
    // The runtime throws at an empty list.
    static antlr4::ListTokenSource source([] {
      std::vector<std::unique_ptr<antlr4::Token>> end;
      end.push_back(std::make_unique<antlr4::CommonToken>(antlr4::Token::EOF));
      return end;
    }());
    static antlr4::CommonTokenStream stream(&source);
    static P parser(&stream);
    return parser.getATN();
  }

  std::string WordAt(size_t index) const {
    const SourceSpan span = tokens_[index].span;
    return std::string(text_.substr(span.begin, span.end - span.begin));
  }

  Status Unexpected(const Expectation& expected, const std::string& first, std::string hint) const {
    std::string word = WordAt(at_);
    if (word.size() > 40) word = word.substr(0, 37) + "...";
    return Wrong(tokens_[at_].span,
                 "unexpected `" + word + "`; expected " + expected.InWords(first), std::move(hint));
  }

  // Whether the statement closes fewer parentheses than it opens.
  bool HasOpenParenthesis() const {
    const auto count = [this](size_t type) {
      return std::ranges::count(tokens_, type, [](const Token& token) { return token.type; });
    };
    return count(P::LEFT_PARENTHESIS) > count(P::RIGHT_PARENTHESIS);
  }

  // A hint for a common mistake at at_: how it is written here. Empty when none is recognised.
  std::string HintOfPlace(const Expectation& expected) const {
    const size_t type = tokens_[at_].type;
    const size_t before = tokens_[at_ - 1].type;
    if (before == P::K_INTERVAL && type == P::INTEGER)
      return "the amount stands in quotes: INTERVAL '" + WordAt(at_) + "' DAY";
    if (before == P::K_DATE && type == P::INTEGER)
      return "a date stands in quotes: DATE '2024-12-31'";
    if (GroupsByAll()) return kGroupByAll;
    if (before == P::COMMA && type == P::K_DISTINCT)
      return "DISTINCT is about whole rows: SELECT DISTINCT a, b";
    if (before == P::K_AS && type == P::STRING && expected.Has(P::IDENTIFIER)) {
      const std::string word = WordAt(at_);
      return "names stand in back-ticks: `" + word.substr(1, word.size() - 2) + "`";
    }
    return "";
  }

  // A comma before FROM, `)` or the end.
  std::optional<Status> TrailingComma() const {
    if (at_ == 0 || tokens_[at_ - 1].type != P::COMMA) return std::nullopt;
    const bool ends = at_ == tokens_.size() || tokens_[at_].type == P::RIGHT_PARENTHESIS ||
                      tokens_[at_].type == P::K_FROM || tokens_[at_].type == P::K_WHERE ||
                      tokens_[at_].type == P::K_GROUP || tokens_[at_].type == P::K_ORDER ||
                      tokens_[at_].type == P::K_HAVING || tokens_[at_].type == P::K_LIMIT ||
                      tokens_[at_].type == P::K_UNION;
    if (!ends) return std::nullopt;
    return Wrong(tokens_[at_ - 1].span, "a comma is followed by nothing", "remove the comma");
  }

  // The token that failed, or the one before it that passed for a name, may be a word with a slip.
  std::optional<Status> Misspelt() {
    const size_t failed = at_;
    for (size_t back = 0; back <= std::min<size_t>(failed, 1); ++back) {
      at_ = failed - back;
      if (back > 0) recognizer_.Back(1);
      if (at_ >= tokens_.size()) continue;
      // A word of the grammar may be meant as another of nearly the same letters: SHOW TABLE.
      const bool word = tokens_[at_].type < P::LEFT_PARENTHESIS;
      if (tokens_[at_].type != P::IDENTIFIER && !(word && back == 0 && at_ > 0)) continue;
      const Expectation expected(recognizer_);
      std::string meant = Nearest(expected);
      if (word && meant != WordAt(at_) + "S") meant.clear();
      if (!meant.empty()) return Unexpected(expected, meant, "did you mean " + meant + "?");
    }
    if (failed > 0) recognizer_.Take(tokens_[failed - 1].type);
    at_ = failed;
    return std::nullopt;
  }

  // The word that was meant at at_, if what follows goes on from it.
  std::string Nearest(const Expectation& expected) {
    const std::string written = ToUpper(WordAt(at_));
    if (written.size() < 3) return "";
    std::vector<std::string> fitting;
    for (const std::string& word : expected.Words()) {
      if (word.size() + 1 < written.size() || word.size() > written.size() + 1) continue;
      if (NearestName(written, std::array<std::string, 1>{word}).empty()) continue;
      if (GoesOn(word)) fitting.push_back(word);
    }
    const auto same_letters = [&written](std::string word) {
      std::string letters = written;
      std::sort(letters.begin(), letters.end());
      std::sort(word.begin(), word.end());
      return letters == word;
    };
    std::stable_partition(fitting.begin(), fitting.end(), same_letters);
    return NearestName(written, fitting);
  }

  bool GoesOn(const std::string& word) {
    size_t type = 1;
    while (TokenWord(type) != word) ++type;
    recognizer_.Take(type);
    const size_t next = at_ + 1 < tokens_.size() ? tokens_[at_ + 1].type : antlr4::Token::EOF;
    const bool goes_on = recognizer_.Accepts(next);
    recognizer_.Back(1);
    return goes_on;
  }

  Status AtEnd() const {
    std::vector<SourceSpan> open;
    for (const Token& token : tokens_) {
      if (token.type == P::LEFT_PARENTHESIS) open.push_back(token.span);
      if (token.type == P::RIGHT_PARENTHESIS && !open.empty()) open.pop_back();
    }
    if (!open.empty()) {
      return Wrong(open.back(), "a parenthesis is opened here and never closed",
                   "add the missing `)`");
    }
    const SourceSpan last = tokens_.empty() ? SourceSpan{} : tokens_.back().span;
    return Wrong(last,
                 "the statement ends too early; expected " + Expectation(recognizer_).InWords(""),
                 GroupsByAll() ? kGroupByAll : HintOfHabit(text_, tokens_, at_));
  }

  // Whether GROUP BY ALL stands before at_.
  bool GroupsByAll() const {
    return at_ > 2 && tokens_[at_ - 1].type == P::K_ALL && tokens_[at_ - 2].type == P::K_BY &&
           tokens_[at_ - 3].type == P::K_GROUP;
  }

  std::string_view text_;
  const std::vector<Token>& tokens_;
  Recognizer recognizer_;
  size_t at_ = 0;
};

}  // namespace

Status CheckTokens(std::string_view text, const std::vector<Token>& tokens) {
  for (const Token& token : tokens) {
    switch (token.type) {
      case P::UNCLOSED_STRING:
        return Wrong({token.span.begin, token.span.begin + 1},
                     "a string begins here and never ends",
                     "add the missing quote; a quote inside a string is doubled");
      case P::UNCLOSED_NAME:
        return Wrong({token.span.begin, token.span.begin + 1},
                     "a quoted name begins here and never ends",
                     "add the missing quote; names in quotes are not empty");
      case P::UNCLOSED_COMMENT:
        return Wrong({token.span.begin, token.span.begin + 2},
                     "a comment begins here and never ends", "add the missing */");
      case P::DOUBLE_EQUAL:
        return Wrong(token.span, "`==` is not an operator of SQL", "write `=`");
      case P::DOUBLE_COLON:
        return Wrong(token.span, "`::` is not an operator of this SQL",
                     "write CAST(value AS type)");
      case P::UNEXPECTED: {
        const std::string_view word =
            text.substr(token.span.begin, token.span.end - token.span.begin);
        const std::string hint = word == "&"    ? "write AND"
                                 : word == "!"  ? "write NOT, or <>"
                                 : word == "\\" ? "commands that begin with \\ are those of the "
                                                  "shell; in SQL they are SHOW …, DESCRIBE …"
                                                : "";
        return Wrong(token.span, fmt::format("unexpected character `{}`", word), hint);
      }
      default:
        break;
    }
  }
  return {};
}

Status ExplainSyntaxError(std::string_view text, const std::vector<Token>& tokens, size_t start) {
  if (tokens.size() > kMaxExplained) {
    return Wrong({tokens.front().span.begin, tokens.back().span.end},
                 "the statement does not parse, and is too long to say where",
                 "try its parts one by one");
  }
  return Explanation(text, tokens, start).Explain();
}

}  // namespace weir::parse
