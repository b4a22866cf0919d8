#include "shell/terminal/typed_text.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "runtime/base/names.h"

namespace weir::shell {
namespace {

using parse::Word;
using parse::WordKind;

// A word as it counts: keywords in upper case, quoted names without their quotes.
struct Meant {
  WordKind kind;
  std::string text;
};

std::string_view TextOf(std::string_view text, const Word& word) {
  return text.substr(word.span.begin, word.span.end - word.span.begin);
}

std::string Unquoted(std::string_view name) {
  if (name.size() < 2 || (name.front() != '`' && name.front() != '"')) return std::string(name);
  const char quote = name.front();
  std::string plain;
  for (size_t i = 1; i + 1 < name.size(); ++i) {
    plain += name[i];
    if (name[i] == quote) ++i;
  }
  return plain;
}

std::vector<Meant> MeantBy(std::string_view text, const std::vector<Word>& words) {
  std::vector<Meant> meant;
  for (const Word& word : words) {
    const std::string_view as_typed = TextOf(text, word);
    std::string counts(as_typed);
    if (word.kind == WordKind::kKeyword) counts = ToUpper(as_typed);
    if (word.kind == WordKind::kName) counts = Unquoted(as_typed);
    meant.push_back({word.kind, std::move(counts)});
  }
  return meant;
}

bool IsNameLike(const Meant& word) {
  return word.kind == WordKind::kName || word.kind == WordKind::kKeyword;
}

// Reads the tables of a statement from its words.
class TableReader {
 public:
  explicit TableReader(const std::vector<Meant>& words) : words_(words) {}

  void Read(std::vector<TableInText>& tables, std::vector<std::string>& ctes) {
    bool lists = false;  // within the list of a FROM
    for (at_ = 0; at_ < words_.size();) {
      const Meant& word = words_[at_++];
      if (word.text == "AS" && at_ >= 2 && TextAt(at_) == "(" && IsNameLike(words_[at_ - 2]))
        ctes.push_back(words_[at_ - 2].text);
      if (word.kind == WordKind::kKeyword) {
        const bool begins = IsOneOf(word.text, {"FROM", "JOIN", "INTO", "OVERWRITE", "TABLE"});
        if (begins || IsOneOf(word.text, {"WHERE", "GROUP", "ORDER", "SELECT", "HAVING", "ON"}))
          lists = word.text == "FROM";
        if (begins) ReadTable(tables);
      } else if (word.text == "," && lists) {
        ReadTable(tables);
      }
    }
  }

 private:
  std::string_view TextAt(size_t at) const {
    return at < words_.size() ? std::string_view(words_[at].text) : "";
  }

  void ReadTable(std::vector<TableInText>& tables) {
    if (at_ >= words_.size()) return;
    const Meant& first = words_[at_];
    const bool file = first.kind == WordKind::kString;
    if (!file && first.kind != WordKind::kName) return;
    TableInText table;
    table.name = first.text;
    for (++at_;
         !file && TextAt(at_) == "." && at_ + 1 < words_.size() && IsNameLike(words_[at_ + 1]);
         at_ += 2)
      table.name = words_[at_ + 1].text;
    table.alias = file ? AliasOfFile(table.name) : table.name;
    if (TextAt(at_) == "AS") ++at_;
    if (at_ < words_.size() && words_[at_].kind == WordKind::kName)
      table.alias = words_[at_++].text;
    tables.push_back(std::move(table));
  }

  // Of 'data/orders.csv' it is orders.
  static std::string AliasOfFile(std::string_view quoted) {
    std::string_view name = quoted.substr(1, quoted.size() - 2);
    name = name.substr(name.rfind('/') == name.npos ? 0 : name.rfind('/') + 1);
    return std::string(name.substr(0, name.find('.')));
  }

  const std::vector<Meant>& words_;
  size_t at_ = 0;
};

// The words of the last statement of a text, which may lack its end.
std::vector<Word> LastStatement(std::string_view text) {
  std::vector<Word> words = parse::WordsOf(text);
  const auto semicolon = std::find_if(words.rbegin(), words.rend(), [&](const Word& word) {
    return word.kind == WordKind::kSign && TextOf(text, word) == ";";
  });
  words.erase(words.begin(), semicolon.base());
  return words;
}

std::string RunAtEnd(std::string_view text) {
  const size_t blank = text.find_last_of(" \t\n");
  return std::string(text.substr(blank == text.npos ? 0 : blank + 1));
}

}  // namespace

bool IsOneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

TypedText::TypedText(std::string_view before, std::string_view behind) : run_(RunAtEnd(before)) {
  std::vector<Word> words = LastStatement(before);
  if (!words.empty() && words.back().span.end == before.size() &&
      words.back().kind != WordKind::kSign && words.back().kind != WordKind::kString) {
    typed_ = TextOf(before, words.back());
    words.pop_back();
  }
  const std::string& first = words.empty() ? typed_ : std::string(TextOf(before, words.front()));
  const std::string& tells = typed_.empty() ? first : typed_;
  is_lower_ = !tells.empty() && std::islower(static_cast<unsigned char>(tells[0])) != 0;
  std::vector<Meant> all = MeantBy(before, words);
  for (const Meant& word : all) words_.push_back(word.text);
  // The name that is being typed is not a table yet: `FROM a|, b`.
  all.push_back({WordKind::kSign, ""});
  for (const Meant& word : MeantBy(behind, parse::WordsOf(behind))) {
    if (word.text == ";") break;
    all.push_back(word);
  }
  TableReader(all).Read(tables_, ctes_);
  has_windows_ = std::ranges::any_of(all, [](const Meant& word) {
    return IsOneOf(ToUpper(word.text), {"TUMBLE", "HOP", "CUMULATE", "SESSION"});
  });
}

std::optional<std::vector<std::string>> TypedText::before_parenthesis() const {
  int depth = 0;
  for (size_t i = words_.size(); i-- > 0;) {
    if (words_[i] == ")") ++depth;
    if (words_[i] == "(" && --depth < 0)
      return std::vector<std::string>(words_.begin(), words_.begin() + static_cast<ptrdiff_t>(i));
  }
  return std::nullopt;
}

std::string_view TypedText::clause() const {
  int depth = 0;
  for (size_t i = words_.size(); i-- > 0;) {
    if (words_[i] == ")") ++depth;
    if (words_[i] == "(" && depth > 0) --depth;
    if (depth == 0 && IsOneOf(words_[i], {"SELECT", "FROM", "WHERE", "GROUP", "ORDER", "HAVING",
                                          "ON", "USING", "QUALIFY", "JOIN", "INTO", "SET", "WITH"}))
      return words_[i];
  }
  return "";
}

}  // namespace weir::shell
