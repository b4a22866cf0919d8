#include "runtime/expr/functions/required_text.h"

#include <cstdint>
#include <optional>

namespace weir::expr {
namespace {

constexpr size_t kLongestCharacter = 4;  // bytes of UTF-8
constexpr size_t kUnbounded = static_cast<size_t>(-1);

// A part of a sequence: a literal byte, or something of at most `longest` bytes.
struct Item {
  std::optional<char> literal;
  size_t longest = 0;
};

enum class Repeat { kOnce, kOptional, kOnceOrMore, kAny };

class Scanner {
 public:
  explicit Scanner(std::string_view pattern) : rest_(pattern) {}

  RequiredText Scan() {
    while (!rest_.empty()) {
      const std::optional<Item> item = TakeItem();
      if (!item) return {};
      const std::optional<Repeat> repeat = TakeRepeat();
      if (!repeat) return {};
      Add(*item, *repeat);
    }
    EndRun();
    return best_;
  }

 private:
  void Add(const Item& item, Repeat repeat) {
    const bool sure = repeat == Repeat::kOnce || repeat == Repeat::kOnceOrMore;
    if (item.literal && sure) {
      if (run_.empty()) run_before_ = before_;
      run_ += *item.literal;
    }
    if (!item.literal ? item.longest > 0 : repeat != Repeat::kOnce) EndRun();
    const bool longer = repeat == Repeat::kOnceOrMore || repeat == Repeat::kAny;
    before_ = longer || before_ == kUnbounded || item.longest == kUnbounded
                  ? kUnbounded
                  : before_ + item.longest;
  }

  void EndRun() {
    if (run_.size() > best_.text.size()) {
      const bool bounded = run_before_ != kUnbounded;
      best_ = {run_, bounded, bounded ? run_before_ : 0};
    }
    run_.clear();
  }

  // Takes the next part of the pattern; nullopt for constructs that are not analysed, in which case
  // no text is known for the whole pattern.
  std::optional<Item> TakeItem() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    switch (c) {
      case '^':
      case '$':
        return Item{};
      case '.':
        return Item{{}, kLongestCharacter};
      case '[':
        return TakeClass();
      case '(':
        return TakeGroup();
      case '\\':
        return TakeEscape();
      case '|':
      case ')':
      case ']':
      case '{':
      case '}':
      case '*':
      case '+':
      case '?':
        return std::nullopt;
      default:
        return static_cast<uint8_t>(c) < 0x80 ? Item{c, 1} : TakeWideCharacter();
    }
  }

  // A character beyond ASCII is one item, so that a quantifier behind it applies to all its bytes.
  Item TakeWideCharacter() {
    while (!rest_.empty() && (static_cast<uint8_t>(rest_.front()) & 0xC0) == 0x80)
      rest_.remove_prefix(1);
    return Item{{}, kLongestCharacter};
  }

  // Only classes without escapes and without classes inside them.
  std::optional<Item> TakeClass() {
    const size_t end = rest_.find(']', rest_.starts_with("^") ? 2 : 1);
    if (end == rest_.npos) return std::nullopt;
    const std::string_view inside = rest_.substr(0, end);
    if (inside.find_first_of("[\\&") != inside.npos && inside != "^&") return std::nullopt;
    rest_.remove_prefix(end + 1);
    return Item{{}, kLongestCharacter};
  }

  // Only groups of plain alternatives have a known length; a group with more in it may match any
  // number of bytes.
  std::optional<Item> TakeGroup() {
    if (rest_.starts_with("?:")) {
      rest_.remove_prefix(2);
    } else if (rest_.starts_with("?")) {
      return std::nullopt;
    }
    const size_t end = rest_.find_first_of("()[]\\");
    if (end == rest_.npos) return std::nullopt;
    if (rest_[end] != ')') return TakeNestedGroup();
    const std::string_view inside = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return Item{{}, inside.find_first_of("*+?{.") == inside.npos ? inside.size() : kUnbounded};
  }

  std::optional<Item> TakeNestedGroup() {
    size_t depth = 1;
    while (depth > 0) {
      const size_t at = rest_.find_first_of("()[\\");
      if (at == rest_.npos) return std::nullopt;
      const char c = rest_[at];
      rest_.remove_prefix(at + 1);
      if (c == '\\') {
        if (!TakeEscape()) return std::nullopt;
      } else if (c == '[') {
        if (!TakeClass()) return std::nullopt;
      } else if (c == '(') {
        if (rest_.starts_with("?") && !rest_.starts_with("?:")) return std::nullopt;
        ++depth;
      } else {
        --depth;
      }
    }
    return Item{{}, kUnbounded};
  }

  std::optional<Item> TakeEscape() {
    if (rest_.empty()) return std::nullopt;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    constexpr std::string_view kSets = "dDsSwW";
    constexpr std::string_view kMarks = ".^$|()[]{}*+?\\/-&_=:;,!@#%~\"'<> ";
    if (c == 'b') return Item{};
    if (kSets.find(c) != kSets.npos) return Item{{}, kLongestCharacter};
    if (kMarks.find(c) != kMarks.npos) return Item{c, 1};
    return std::nullopt;
  }

  // Nothing for a quantifier that is not analysed here.
  std::optional<Repeat> TakeRepeat() {
    if (rest_.empty()) return Repeat::kOnce;
    const char c = rest_.front();
    if (c == '{') return std::nullopt;
    if (c != '*' && c != '+' && c != '?') return Repeat::kOnce;
    rest_.remove_prefix(1);
    if (rest_.starts_with("?")) rest_.remove_prefix(1);  // lazy: the bounds are the same
    return c == '*' ? Repeat::kAny : c == '+' ? Repeat::kOnceOrMore : Repeat::kOptional;
  }

  std::string_view rest_;
  RequiredText best_;
  std::string run_;
  size_t before_ = 0;      // the most bytes in front of what comes
  size_t run_before_ = 0;  // of the current run
};

}  // namespace

RequiredText RequiredTextOf(std::string_view pattern) {
  return Scanner(pattern).Scan();
}

}  // namespace weir::expr
