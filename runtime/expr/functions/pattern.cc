// LIKE and SIMILAR TO. Patterns are compiled once while they stay the same; LIKE patterns become
// plain searches unless they have an underscore or an escape character.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "runtime/base/memory_reserve.h"
#include "runtime/base/names.h"
#include "runtime/base/quoting.h"
#include "runtime/expr/functions/find_text.h"
#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/text.h"

namespace weir::expr {
namespace {

re2::StringPiece PieceOf(std::string_view text) {
  return {text.data(), text.size()};
}

// --- Translation into RE2's language -------------------------------------------------------------

bool IsRegexSpecial(char c) {
  return std::string_view("\\.[]{}()*+?^$|-").find(c) != std::string_view::npos;
}

void AppendQuoted(char c, std::string& regex) {
  if (IsRegexSpecial(c)) regex += '\\';
  regex += c;
}

Status BadEscape(std::string_view pattern) {
  return Status::DataError(
             fmt::format("the escape character is followed by nothing it escapes: '{}'",
                         Quotable(pattern)))
      .WithId("E3001");
}

// Whether the escape character, which may be several bytes, is at `at`. Of two characters that are
// not ASCII the first bytes often are the same.
bool EscapesAt(std::string_view pattern, size_t at, std::string_view escape) {
  return !escape.empty() && pattern.substr(at).starts_with(escape);
}

// The length of what LIKE's escape character escapes at the start of `rest`; 0 where there is
// nothing that it can.
size_t EscapedByLike(std::string_view rest, std::string_view escape) {
  if (rest.starts_with(escape)) return escape.size();
  return rest.starts_with('_') || rest.starts_with('%') ? 1 : 0;
}

Result<std::string> RegexOfLike(std::string_view pattern, std::string_view escape) {
  std::string regex = "(?s)";
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (EscapesAt(pattern, i, escape)) {
      const std::string_view rest = pattern.substr(i + escape.size());
      const size_t escaped = EscapedByLike(rest, escape);
      if (escaped == 0) return BadEscape(pattern);
      for (const char byte : rest.substr(0, escaped)) AppendQuoted(byte, regex);
      i += escape.size() + escaped - 1;
    } else if (c == '%') {
      regex += ".*";
    } else if (c == '_') {
      regex += '.';
    } else {
      AppendQuoted(c, regex);
    }
  }
  return regex;
}

// If `pattern` begins with a class like [:DIGIT:], in either case, appends RE2's class to `regex`
// and returns the length of what was read; otherwise 0.
size_t AppendNamedClass(std::string_view pattern, std::string& regex) {
  if (!pattern.starts_with("[:")) return 0;
  const size_t end = pattern.find(":]", 2);
  if (end == std::string_view::npos) return 0;
  const std::string name = ToLower(pattern.substr(2, end - 2));
  regex += name == "whitespace" ? "\\s" : "[:" + name + ":]";
  return end + 2;
}

// SQL's regular expressions: % and _ as in LIKE; | * + ? {} () [] mean what they do elsewhere, and
// so do . and ^ (Flink; in the standard they stand for themselves).
Result<std::string> RegexOfSimilar(std::string_view pattern, std::string_view escape) {
  std::string regex = "(?s)(?:";
  bool in_class = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const size_t named = in_class ? AppendNamedClass(pattern.substr(i), regex) : 0;
    if (named > 0) {
      i += named - 1;
      continue;
    }
    if (EscapesAt(pattern, i, escape)) {
      i += escape.size();
      if (i >= pattern.size()) return BadEscape(pattern);
      // The further bytes of a character that is not ASCII stand for themselves as they come.
      AppendQuoted(pattern[i], regex);
      continue;
    }
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    if (c == '%' && !in_class) {
      regex += ".*";
    } else if (c == '_' && !in_class) {
      regex += '.';
    } else if (c == '$' || c == '\\') {
      regex += '\\';
      regex += c;
    } else {
      regex += c;
    }
  }
  return regex + ")";
}

// --- Compiled patterns ---------------------------------------------------------------------------

enum class Shape : uint8_t { kRegex, kEquals, kPrefix, kSuffix, kContains, kPieces };

// The last pattern that a call met, compiled.
class PatternMemory : public KernelMemory {
 public:
  bool Holds(std::string_view pattern, std::string_view escape) const {
    return compiled_ && pattern == pattern_ && escape == escape_;
  }
  void Remember(std::string_view pattern, std::string_view escape) {
    pattern_.assign(pattern);
    escape_.assign(escape);
    compiled_ = true;
  }

  Shape shape = Shape::kRegex;
  std::string text;                 // of shapes other than kRegex and kPieces
  std::vector<std::string> pieces;  // of kPieces: at the start, one after the other, at the end
  std::unique_ptr<re2::RE2> regex;

 private:
  bool compiled_ = false;
  std::string pattern_;
  std::string escape_;
};

PatternMemory& MemoryOf(const KernelCall& call) {
  if (*call.memory == nullptr) *call.memory = std::make_unique<PatternMemory>();
  return static_cast<PatternMemory&>(**call.memory);
}

Status Compile(const std::string& regex, PatternMemory& memory) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  const WithMemoryReserve reserve;  // RE2 does not outlive an allocation that throws
  memory.regex = std::make_unique<re2::RE2>(regex, options);
  if (memory.regex->ok()) return {};
  return Status::DataError(fmt::format("the regular expression is malformed: {}: {}",
                                       Quotable(memory.regex->error()), Quotable(regex)))
      .WithId("E3001");
}

// 'a%', '%a', '%a%' and 'a' need no regular expression.
bool IsSimpleLike(std::string_view pattern, PatternMemory& memory) {
  const bool open_start = pattern.starts_with('%');
  if (open_start) pattern.remove_prefix(1);
  const bool open_end = pattern.ends_with('%');
  if (open_end) pattern.remove_suffix(1);
  if (pattern.find_first_of("%_") != std::string_view::npos) return false;
  memory.text.assign(pattern);
  memory.shape = open_start ? (open_end ? Shape::kContains : Shape::kSuffix)
                            : (open_end ? Shape::kPrefix : Shape::kEquals);
  return true;
}

// 'a%b%c': what stands between the percent signs is searched from left to right, which takes time
// in proportion to the text whatever the pattern is. A regular expression would take the product.
bool IsLikeOfPieces(std::string_view pattern, PatternMemory& memory) {
  if (pattern.find('_') != std::string_view::npos) return false;
  memory.shape = Shape::kPieces;
  memory.pieces.clear();
  for (size_t begin = 0; begin <= pattern.size();) {
    const size_t end = std::min(pattern.find('%', begin), pattern.size());
    const bool inside = begin > 0 && end < pattern.size();
    if (!inside || end > begin) memory.pieces.emplace_back(pattern.substr(begin, end - begin));
    begin = end + 1;
  }
  return true;
}

// Whether the text begins with the first piece, ends with the last, and has the others between them
// in their order. REQUIRES: at least two pieces.
bool HasPieces(std::string_view text, const std::vector<std::string>& pieces) {
  if (!text.starts_with(pieces.front())) return false;
  text.remove_prefix(pieces.front().size());
  if (!text.ends_with(pieces.back())) return false;
  text.remove_suffix(pieces.back().size());
  for (size_t i = 1; i + 1 < pieces.size(); ++i) {
    const size_t at = FindText(text, pieces[i]);
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + pieces[i].size());
  }
  return true;
}

Status PrepareLike(std::string_view pattern, std::string_view escape, PatternMemory& memory) {
  if (memory.Holds(pattern, escape)) return {};
  const bool plain =
      escape.empty() && (IsSimpleLike(pattern, memory) || IsLikeOfPieces(pattern, memory));
  if (!plain) {
    memory.shape = Shape::kRegex;
    RETURN_IF_ERROR(Compile(TRY(RegexOfLike(pattern, escape)), memory));
  }
  memory.Remember(pattern, escape);
  return {};
}

Status PrepareSimilar(std::string_view pattern, std::string_view escape, PatternMemory& memory) {
  if (memory.Holds(pattern, escape)) return {};
  RETURN_IF_ERROR(Compile(TRY(RegexOfSimilar(pattern, escape)), memory));
  memory.Remember(pattern, escape);
  return {};
}

bool Matches(std::string_view text, const PatternMemory& memory) {
  switch (memory.shape) {
    case Shape::kEquals:
      return text == memory.text;
    case Shape::kPrefix:
      return text.starts_with(memory.text);
    case Shape::kSuffix:
      return text.ends_with(memory.text);
    case Shape::kContains:
      return FindText(text, memory.text) != std::string_view::npos;
    case Shape::kPieces:
      return HasPieces(text, memory.pieces);
    case Shape::kRegex:
      return re2::RE2::FullMatch(PieceOf(text), *memory.regex);
  }
  WEIR_UNREACHABLE();
}

Status BadEscapeCharacter(std::string_view text) {
  return Status::DataError(fmt::format("ESCAPE takes one character, not '{}'", Quotable(text)))
      .WithId("E3001");
}

template <auto kPrepare>
Result<ColumnPtr> MatchKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  const StringReader pattern(*call.args[1]);
  const bool has_escape = call.args.size() == 3;
  const StringReader escape(*call.args[has_escape ? 2 : 1]);
  PatternMemory& memory = MemoryOf(call);
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<uint8_t>();
  RETURN_IF_ERROR(TryValidRows(call.rows, out->validity(), [&](uint32_t row) -> Status {
    const std::string_view by = has_escape ? escape[row].view() : std::string_view();
    if (CountCodePoints(by) > 1) return call.Fail(BadEscapeCharacter(by));
    Status prepared = kPrepare(pattern[row].view(), by, memory);
    if (!prepared.ok()) return call.Fail(std::move(prepared));
    result[row] = Matches(in[row].view(), memory);
    return {};
  }));
  return ColumnPtr(std::move(out));
}

std::vector<ScalarFunction> MakeTable() {
  return {
      Failing(Define("LIKE", "string LIKE pattern [ESCAPE character] → BOOLEAN",
                     "TRUE if the pattern matches; % stands for any characters, _ for one.",
                     {{{kStr, kStr, kStr}, ReturnsBoolean, MatchKernel<PrepareLike>, 1}})),
      Failing(Define("SIMILAR TO", "string SIMILAR TO pattern [ESCAPE character] → BOOLEAN",
                     "TRUE if the SQL regular expression matches.",
                     {{{kStr, kStr, kStr}, ReturnsBoolean, MatchKernel<PrepareSimilar>, 1}})),
  };
}

}  // namespace

std::span<const ScalarFunction> PatternFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
