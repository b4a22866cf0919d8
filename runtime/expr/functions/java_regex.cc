#include "runtime/expr/functions/java_regex.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "runtime/base/memory_reserve.h"
#include "runtime/base/quoting.h"

namespace weir::expr {
namespace {

constexpr std::string_view kSpace = "\\t\\n\\x0B\\f\\r ";
constexpr std::string_view kHorizontal =
    "\\t \\x{A0}\\x{1680}\\x{180E}\\x{2000}-\\x{200A}\\x{202F}"
    "\\x{205F}\\x{3000}";
constexpr std::string_view kVertical = "\\n\\x0B\\f\\r\\x{85}\\x{2028}\\x{2029}";
constexpr std::string_view kDot = "[^\\n\\r\\x{85}\\x{2028}\\x{2029}]";

struct PosixName {
  std::string_view java;
  std::string_view re2;
};
constexpr PosixName kPosixNames[] = {
    {"Lower", "[:lower:]"}, {"Upper", "[:upper:]"}, {"ASCII", "[:ascii:]"},
    {"Alpha", "[:alpha:]"}, {"Digit", "[:digit:]"}, {"Alnum", "[:alnum:]"},
    {"Punct", "[:punct:]"}, {"Graph", "[:graph:]"}, {"Print", "[:print:]"},
    {"Blank", "[:blank:]"}, {"Cntrl", "[:cntrl:]"}, {"XDigit", "[:xdigit:]"},
    {"Space", "[:space:]"},
};

// The binary properties of java.util.regex.UnicodeProp. RE2 knows scripts and categories, but none
// of these.
constexpr std::string_view kBinaryProperties[] = {
    "Alphabetic",  "Letter",  "Ideographic", "Lowercase", "Uppercase", "Titlecase",
    "White_Space", "Control", "Punctuation", "Hex_Digit", "Assigned",  "Noncharacter_Code_Point",
    "Digit",       "Alnum",   "Blank",       "Graph",     "Print",     "Word",
    "Join_Control"};

Status CannotDo(std::string_view construct, std::string_view pattern) {
  return Status::Unsupported(fmt::format("regular expressions with {} are not supported: '{}'",
                                         construct, Quotable(pattern)));
}

Status Malformed(std::string_view what, std::string_view pattern) {
  return Status::DataError(fmt::format("the regular expression is malformed: {}: {}",
                                       Quotable(what), Quotable(pattern)))
      .WithId("E3001");
}

class Translator {
 public:
  explicit Translator(std::string_view pattern) : pattern_(pattern) {}

  Result<std::string> Translate() {
    while (at_ < pattern_.size()) RETURN_IF_ERROR(in_class_ ? ClassCharacter() : Character());
    return std::move(regex_);
  }

 private:
  bool Follows(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }

  void Copy(size_t bytes) {
    regex_ += pattern_.substr(at_, bytes);
    at_ += bytes;
  }

  // Writes `by` in the place of the next `bytes` bytes of the pattern.
  void Replace(size_t bytes, std::string_view by) {
    regex_ += by;
    at_ += bytes;
  }

  Status Character() {
    const char c = pattern_[at_];
    const bool after_quantifier = std::exchange(after_quantifier_, false);
    if (c == '\\') return Escape();
    if (c == '(' && Follows("(?")) return GroupStart();
    if (c == '{' && !IsRepetition()) return Malformed("{ begins no repetition", pattern_);
    if (c == '[') {
      Copy(1);
      if (Follows("^")) Copy(1);
      if (Follows("]")) Replace(1, "\\]");
      in_class_ = true;
      return {};
    }
    if (c == '.' && !dot_matches_all_) {
      Replace(1, kDot);
      return {};
    }
    if (c == '+' && after_quantifier) return CannotDo("a possessive quantifier", pattern_);
    // A ? behind a quantifier makes it lazy.
    after_quantifier_ =
        !after_quantifier && std::string_view("*+?}").find(c) != std::string_view::npos;
    Copy(1);
    return {};
  }

  // Whether {2}, {2,} or {2,3} begins here. RE2 reads any other brace as a plain character.
  bool IsRepetition() const {
    constexpr std::string_view kDigits = "0123456789";
    const size_t close = std::min(pattern_.find('}', at_), pattern_.size());
    const std::string_view inside = pattern_.substr(at_ + 1, close - at_ - 1);
    const size_t digits = std::min(inside.find_first_not_of(kDigits), inside.size());
    if (close == pattern_.size() || digits == 0) return false;
    if (digits == inside.size()) return true;
    return inside[digits] == ',' &&
           inside.find_first_not_of(kDigits, digits + 1) == std::string_view::npos;
  }

  Status GroupStart() {
    if (Follows("(?=") || Follows("(?!")) return CannotDo("look-ahead", pattern_);
    if (Follows("(?<=") || Follows("(?<!")) return CannotDo("look-behind", pattern_);
    if (Follows("(?>")) return CannotDo("an atomic group", pattern_);
    if (Follows("(?<")) {
      Replace(3, "(?P<");
      return {};
    }
    // RE2's own spelling of a named group, which Java does not have.
    if (Follows("(?P")) return Malformed("the flag P", pattern_);
    bool on = true;
    for (size_t i = at_ + 2; i < pattern_.size(); ++i) {
      const char flag = pattern_[i];
      if (flag == ':' || flag == ')') break;
      if (flag == '-') on = false;
      if (flag == 's') dot_matches_all_ = on;
      if (std::string_view("duUx").find(flag) != std::string_view::npos) {
        return CannotDo(fmt::format("the flag {}", flag), pattern_);
      }
    }
    Copy(2);
    return {};
  }

  Status ClassCharacter() {
    const char c = pattern_[at_];
    if (c == '\\') return Escape();
    if (c == '[') return CannotDo("a class inside a class", pattern_);
    if (Follows("&&")) return CannotDo("an intersection of classes", pattern_);
    in_class_ = c != ']';
    Copy(1);
    return {};
  }

  // A set of characters: bare inside a class, in brackets outside.
  void Set(size_t bytes, std::string_view set, bool negated = false) {
    if (in_class_) return Replace(bytes, set);
    Replace(bytes, fmt::format("[{}{}]", negated ? "^" : "", set));
  }

  Status Escape() {
    if (at_ + 1 >= pattern_.size()) {
      Copy(1);
      return {};
    }
    const char c = pattern_[at_ + 1];
    if (c >= '1' && c <= '9') return CannotDo("a back reference", pattern_);
    switch (c) {
      case 'k':
        return CannotDo("a back reference", pattern_);
      case 'G':
      case 'N':
      case 'R':
      case 'X':
      case 'Z':
        return CannotDo(fmt::format("\\{}", c), pattern_);
      case 'C':  // means any byte in RE2 and nothing in Java
        return Malformed("\\C", pattern_);
      case '0':
        return Octal();
      case 'c':
        return Control();
      case 'Q':
        Quotation();
        return {};
      case 's':
        Set(2, kSpace);
        return {};
      case 'h':
        Set(2, kHorizontal);
        return {};
      case 'v':
        Set(2, kVertical);
        return {};
      case 'e':
        Replace(2, "\\x1B");
        return {};
      case 'S':
      case 'H':
      case 'V':
        return NegatedSet(c);
      case 'u':
        return CodeUnit();
      case 'p':
      case 'P':
        return Property(c == 'P');
      case 'x':
        CodePoint();
        return {};
      default:
        Copy(2);
        return {};
    }
  }

  Status NegatedSet(char c) {
    if (in_class_) return CannotDo(fmt::format("\\{} inside a class", c), pattern_);
    Set(2, c == 'S' ? kSpace : c == 'H' ? kHorizontal : kVertical, /*negated=*/true);
    return {};
  }

  // \Q…\E: every character for itself.
  void Quotation() {
    const size_t begin = at_ + 2;
    const size_t end = std::min(pattern_.find("\\E", begin), pattern_.size());
    regex_ += re2::RE2::QuoteMeta(re2::StringPiece(pattern_.data() + begin, end - begin));
    at_ = std::min(end + 2, pattern_.size());
  }

  // The number behind \u at `at`; nothing where no four digits follow.
  std::optional<uint32_t> UnitAt(size_t at) const {
    const std::string_view text = pattern_.substr(std::min(at, pattern_.size()), 6);
    uint32_t unit = 0;
    if (text.size() < 6 || !text.starts_with("\\u")) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + 6, unit, 16);
    if (error != std::errc() || end != text.data() + 6) return std::nullopt;
    return unit;
  }

  // \u00e9 becomes \x{E9}; two halves of a surrogate pair are one character.
  Status CodeUnit() {
    const std::optional<uint32_t> unit = UnitAt(at_);
    if (!unit) return Malformed("\\u takes four digits", pattern_);
    const std::optional<uint32_t> next = UnitAt(at_ + 6);
    if (*unit >> 10 == 0xD800 >> 10 && next && *next >> 10 == 0xDC00 >> 10) {
      const uint32_t point = 0x10000 + ((*unit & 0x3FF) << 10) + (*next & 0x3FF);
      Replace(12, fmt::format("\\x{{{:X}}}", point));
    } else {
      Replace(6, fmt::format("\\x{{{:X}}}", *unit));
    }
    return {};
  }

  // \x41 or \x{1F600}, whose brace begins no repetition.
  void CodePoint() {
    const size_t close = pattern_.find('}', at_);
    const bool braces = at_ + 2 < pattern_.size() && pattern_[at_ + 2] == '{';
    Copy(braces && close != std::string_view::npos ? close + 1 - at_ : 2);
  }

  // \07, \077 and \0377, which RE2 takes for the character 0 and digits.
  Status Octal() {
    const auto digit = [&](size_t i) {
      return at_ + i < pattern_.size() && pattern_[at_ + i] >= '0' && pattern_[at_ + i] <= '7';
    };
    if (!digit(2)) return Malformed("\\0 takes octal digits", pattern_);
    const size_t most = pattern_[at_ + 2] <= '3' ? 3 : 2;
    uint32_t point = 0;
    size_t count = 0;
    for (; count < most && digit(2 + count); ++count) {
      point = point * 8 + static_cast<uint32_t>(pattern_[at_ + 2 + count] - '0');
    }
    Replace(2 + count, fmt::format("\\x{{{:X}}}", point));
    return {};
  }

  // \cA is the character 1.
  Status Control() {
    if (at_ + 2 >= pattern_.size()) return Malformed("\\c takes a letter", pattern_);
    Replace(3, fmt::format("\\x{{{:X}}}", static_cast<unsigned char>(pattern_[at_ + 2]) ^ 64U));
    return {};
  }

  // \p{Alpha} is ASCII in Java, \p{L} and \p{IsL} are what RE2 calls \p{L}.
  Status Property(bool negated) {
    const size_t close = pattern_.find('}', at_);
    if (!(at_ + 2 < pattern_.size() && pattern_[at_ + 2] == '{') ||
        close == std::string_view::npos) {
      Copy(2);
      return {};
    }
    std::string_view name = pattern_.substr(at_ + 3, close - at_ - 3);
    for (const PosixName& known : kPosixNames) {
      if (known.java != name) continue;
      std::string set(known.re2);
      if (negated) set.insert(size_t{2}, 1, '^');
      Set(close + 1 - at_, set);
      return {};
    }
    const bool binary =
        name.starts_with("Is") &&
        std::ranges::find(kBinaryProperties, name.substr(2)) != std::end(kBinaryProperties);
    const bool of_java = name.starts_with("java") || name.starts_with("In") ||
                         name.find('=') != std::string_view::npos;
    if (binary || of_java) return CannotDo(fmt::format("\\p{{{}}}", name), pattern_);
    if (name.starts_with("Is")) name.remove_prefix(2);
    Replace(close + 1 - at_, fmt::format("\\{}{{{}}}", negated ? 'P' : 'p', name));
    return {};
  }

  std::string_view pattern_;
  size_t at_ = 0;
  bool in_class_ = false;
  bool dot_matches_all_ = false;
  bool after_quantifier_ = false;
  std::string regex_;
};

}  // namespace

Result<std::string> TranslateJavaRegex(std::string_view pattern) {
  return Translator(pattern).Translate();
}

Result<std::unique_ptr<re2::RE2>> CompileJavaRegex(std::string_view pattern) {
  const std::string translated = TRY(TranslateJavaRegex(pattern));
  re2::RE2::Options options;
  options.set_log_errors(false);
  const WithMemoryReserve reserve;  // RE2 does not outlive an allocation that throws
  auto regex = std::make_unique<re2::RE2>(translated, options);
  if (regex->ok()) return regex;
  // "{1001}" is too much for RE2; "{2,1}" is wrong for Java, too.
  const bool repeats = regex->error_code() == re2::RE2::ErrorRepeatSize;
  if (repeats && regex->error_arg().find(',') == std::string::npos) {
    return CannotDo("a repetition of more than 1000 times", pattern);
  }
  return Malformed(regex->error(), pattern);
}

Result<WholeMatch> CompileWholeMatch(std::string_view pattern) {
  const std::shared_ptr<const re2::RE2> regex = TRY(CompileJavaRegex(pattern));
  return WholeMatch([regex](std::string_view text) {
    return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *regex);
  });
}

}  // namespace weir::expr
