#include "planner/parse/same_sql.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "planner/ast/reserved_words.h"
#include "planner/ast/statement.h"
#include "planner/ast/to_sql.h"
#include "planner/parse/parse.h"
#include "planner/parse/tokens.h"
#include "runtime/base/names.h"

namespace weir::parse {
namespace {

bool IsQuoted(std::string_view word) {
  return word.size() > 2 && (word.front() == '`' || word.front() == '"');
}

// A name without its quotes, and anything else as it is.
std::string Bare(std::string_view word) {
  if (!IsQuoted(word)) return std::string(word);
  const char quote = word.front();
  std::string bare;
  for (size_t i = 1; i + 1 < word.size(); ++i) {
    bare += word[i];
    if (word[i] == quote) ++i;  // doubled
  }
  return bare;
}

constexpr std::string_view kWordsOfTypes[] = {
    "ARRAY",   "BIGINT",    "BINARY",        "BOOLEAN",  "BYTES",     "CHAR",
    "DATE",    "DECIMAL",   "DOUBLE",        "ENFORCED", "FLOAT",     "INT",
    "INTEGER", "MAP",       "NUMERIC",       "ROW",      "SMALLINT",  "STRING",
    "TIME",    "TIMESTAMP", "TIMESTAMP_LTZ", "TINYINT",  "VARBINARY", "VARCHAR"};
// What stands in front of an expression: a word between one of these and ( is a function's.
constexpr std::string_view kBeforeCalls[] = {
    "SELECT", "DISTINCT", "WHERE", "AND", "OR", "NOT", "BY", "ON", "HAVING", "CASE", "WHEN", "THEN",
    "ELSE",   ",",        "(",     "+",   "-",  "*",   "/",  "=",  "<",      ">",    "||"};

bool IsAmong(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::any_of(words, [&](auto known) { return EqualsIgnoreCase(known, word); });
}

// Whether the case of `a` does not matter: it cannot be a name where it stands.
bool IsSameToken(std::string_view a, std::string_view b, bool is_function) {
  if (a == b) return true;
  const bool bare = !IsQuoted(a) && !IsQuoted(b);
  const bool in_any_case = is_function || IsAmong(kWordsOfTypes, a) || ast::IsReservedWord(a);
  if (bare && in_any_case) return EqualsIgnoreCase(a, b);
  // A reserved word in quotes is a name, without them it is none.
  if (!IsQuoted(a) && ast::IsReservedWord(a)) return false;
  if (!IsQuoted(b) && ast::IsReservedWord(b)) return false;
  return (IsQuoted(a) || IsQuoted(b)) && Bare(a) == Bare(b);
}

// The words of a text. Options in WITH (…) come in the order of their keys, so that another order
// in the text says the same.
class Words {
 public:
  // Borrows the text.
  explicit Words(std::string_view text) {
    for (const Token& token : Tokenize(text, {0, static_cast<uint32_t>(text.size())}))
      words_.push_back(text.substr(token.span.begin, token.span.end - token.span.begin));
    for (size_t i = 1; i < size(); ++i) {
      const bool options =
          EqualsIgnoreCase(words_[i - 1], "WITH") || EqualsIgnoreCase(words_[i - 1], "OPTIONS");
      if (options && words_[i] == "(") SortOptions(i + 1);
    }
  }

  size_t size() const { return words_.size(); }
  std::string_view operator[](size_t i) const { return words_[i]; }

  bool IsFunction(size_t i) const {
    if (i == 0 || i + 1 >= size() || (*this)[i + 1] != "(") return false;
    return IsAmong(kBeforeCalls, (*this)[i - 1]) && !BeginsCommonTable(i);
  }

 private:
  // name (columns) AS (
  bool BeginsCommonTable(size_t i) const {
    size_t close = i + 1;
    while (close < size() && (*this)[close] != ")") ++close;
    return close + 2 < size() && EqualsIgnoreCase((*this)[close + 1], "AS") &&
           (*this)[close + 2] == "(";
  }

  // 'key' = 'value', … ) from `begin` on. Keys that come twice keep their order; what is anything
  // else stays as it is.
  void SortOptions(size_t begin) {
    using Option = std::pair<std::string_view, std::string_view>;
    std::vector<Option> options;
    for (size_t i = begin;; i += 4) {
      const bool fits = i + 3 < size() && words_[i].starts_with('\'') && words_[i + 1] == "=";
      if (!fits) return;
      options.emplace_back(words_[i], words_[i + 2]);
      if (words_[i + 3] == ")") break;
      if (words_[i + 3] != ",") return;
    }
    std::ranges::stable_sort(options, {}, &Option::first);
    for (const auto& [key, value] : options) {
      words_[begin] = key;
      words_[begin + 2] = value;
      begin += 4;
    }
  }

  std::vector<std::string_view> words_;
};

// A statement as its tree is printed: with every AS, without parentheses that mean nothing. What
// does not parse stays as it is.
std::string Printed(std::string_view text) {
  const Result<ast::StatementPtr> statement = ParseStatement(text);
  return statement.ok() ? ast::ToSql(**statement) : std::string(text);
}

bool HaveSameWords(std::string_view a, std::string_view b) {
  const Words of_a(a);
  const Words of_b(b);
  if (of_a.size() != of_b.size()) return false;
  for (size_t i = 0; i < of_a.size(); ++i) {
    const bool is_function = of_a.IsFunction(i) && of_b.IsFunction(i);
    if (!IsSameToken(of_a[i], of_b[i], is_function)) return false;
  }
  return true;
}

}  // namespace

bool IsSameSql(std::string_view a, std::string_view b) {
  return HaveSameWords(a, b) || HaveSameWords(Printed(a), Printed(b));
}

}  // namespace weir::parse
