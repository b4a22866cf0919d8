#include "runtime/connectors/faker/regexify.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "runtime/base/utf8.h"

namespace weir::connectors {
namespace {

constexpr int kDeepestPattern = 32;    // of nested groups; ends the recursion
constexpr uint32_t kBeyondLeast = 10;  // repetitions of a quantifier without an upper bound
constexpr uint32_t kMostRepetitions = 100'000;
constexpr uint64_t kLongestText = 1 << 20;

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kWord =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

std::vector<std::string> Each(std::string_view characters) {
  std::vector<std::string> each;
  for (const char c : characters) each.emplace_back(1, c);
  return each;
}

// The printable ASCII characters that are not among `without`.
std::vector<std::string> PrintableBut(const std::vector<std::string>& without) {
  std::vector<std::string> left;
  for (char c = ' '; c <= '~'; ++c) {
    std::string text(1, c);
    if (std::ranges::find(without, text) == without.end()) left.push_back(std::move(text));
  }
  return left;
}

// What \d and its like stand for.
std::optional<std::vector<std::string>> ClassOf(char letter) {
  switch (letter) {
    case 'd':
      return Each(kDigits);
    case 'w':
      return Each(kWord);
    case 's':
      return Each(" ");
    case 'D':
      return PrintableBut(Each(kDigits));
    case 'W':
      return PrintableBut(Each(kWord));
    case 'S':
      return PrintableBut(Each(" "));
    default:
      return std::nullopt;
  }
}

// The character that an escape stands for; none where it means something else.
std::optional<char> EscapedCharacter(char letter) {
  constexpr std::string_view kNamed = "ntrf";
  constexpr std::string_view kMeant = "\n\t\r\f";
  if (const size_t at = kNamed.find(letter); at != std::string_view::npos) return kMeant[at];
  const bool alphanumeric = (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
                            (letter >= 'A' && letter <= 'Z');
  if (alphanumeric) return std::nullopt;
  return letter;
}

}  // namespace

// A parser by recursive descent. A node is added after its children.
class RegexifyParser {
 public:
  explicit RegexifyParser(std::string_view pattern) : pattern_(pattern) {}

  Result<Regexify> Parse() {
    const size_t root = TRY(Choice(0));
    if (at_ < pattern_.size()) return Wrong("unexpected ')'");
    if (LongestOf(root) > kLongestText) return Wrong("its texts may be longer than a megabyte");
    made_.root_ = root;
    return std::move(made_);
  }

 private:
  using Node = Regexify::Node;
  using Kind = Regexify::Kind;

  bool More() const { return at_ < pattern_.size(); }
  bool Takes(char c) {
    if (!More() || pattern_[at_] != c) return false;
    ++at_;
    return true;
  }
  Status Wrong(std::string_view what) const {
    return Status::InvalidArgument(fmt::format("{} at character {}", what, at_ + 1));
  }
  size_t Add(Node node) {
    made_.nodes_.push_back(std::move(node));
    return made_.nodes_.size() - 1;
  }
  // The character at the place, of one byte or several.
  std::string_view Character() {
    const size_t end = EndOfCharacter(pattern_, at_);
    const std::string_view character = pattern_.substr(at_, end - at_);
    at_ = end;
    return character;
  }

  Result<size_t> Choice(int depth) {
    if (depth > kDeepestPattern)
      return Wrong(fmt::format("groups are nested deeper than {}", kDeepestPattern));
    Node choice{.kind = Kind::kChoice};
    do {
      choice.children.push_back(TRY(Sequence(depth)));
    } while (Takes('|'));
    return choice.children.size() == 1 ? choice.children[0] : Add(std::move(choice));
  }

  Result<size_t> Sequence(int depth) {
    Node sequence{.kind = Kind::kSequence};
    while (More() && pattern_[at_] != '|' && pattern_[at_] != ')') {
      if (Takes('^') || Takes('$')) continue;
      const size_t atom = TRY(Atom(depth));
      sequence.children.push_back(TRY(Quantified(atom)));
    }
    return Add(std::move(sequence));
  }

  Result<size_t> Atom(int depth) {
    if (Takes('(')) return Group(depth);
    if (Takes('[')) return Class();
    if (Takes('.')) return Add({.kind = Kind::kClass, .chars = PrintableBut({})});
    if (Takes('\\')) return Escape();
    if (pattern_[at_] == '*' || pattern_[at_] == '+' || pattern_[at_] == '?')
      return Wrong("nothing to repeat");
    return Add({.kind = Kind::kText, .text = std::string(Character())});
  }

  Result<size_t> Group(int depth) {
    if (Takes('?') && !Takes(':')) return Wrong("only groups of the form (…) and (?:…) are known");
    const size_t group = TRY(Choice(depth + 1));
    if (!Takes(')')) return Wrong("a group has no end");
    return group;
  }

  Result<size_t> Escape() {
    if (!More()) return Wrong("the pattern ends within an escape");
    const char letter = pattern_[at_];
    if (auto chars = ClassOf(letter)) {
      ++at_;
      return Add({.kind = Kind::kClass, .chars = std::move(*chars)});
    }
    const std::optional<char> character = EscapedCharacter(letter);
    if (!character) return Wrong(fmt::format("\\{} has no meaning here", letter));
    ++at_;
    return Add({.kind = Kind::kText, .text = std::string(1, *character)});
  }

  Result<size_t> Class() {
    const bool negated = Takes('^');
    std::vector<std::string> chars;
    for (bool first = true; first || !More() || pattern_[at_] != ']'; first = false) {
      if (!More()) return Wrong("a class has no end");
      RETURN_IF_ERROR(ClassItem(chars));
    }
    ++at_;
    if (negated) chars = PrintableBut(chars);
    if (chars.empty()) return Wrong("a class is empty");
    return Add({.kind = Kind::kClass, .chars = std::move(chars)});
  }

  // One character of a class, a range, or \d and its like.
  Status ClassItem(std::vector<std::string>& chars) {
    if (Takes('\\')) {
      if (!More()) return Wrong("a class has no end");
      if (auto escaped = ClassOf(pattern_[at_])) {
        ++at_;
        std::ranges::move(*escaped, std::back_inserter(chars));
        return {};
      }
      const std::optional<char> character = EscapedCharacter(pattern_[at_]);
      if (!character) return Wrong(fmt::format("\\{} has no meaning here", pattern_[at_]));
      ++at_;
      chars.emplace_back(1, *character);
      return {};
    }
    const std::string_view low = Character();
    const bool range =
        at_ + 1 < pattern_.size() && pattern_[at_] == '-' && pattern_[at_ + 1] != ']';
    if (!range) {
      chars.emplace_back(low);
      return {};
    }
    ++at_;
    const std::string_view high = Character();
    if (low.size() != 1 || high.size() != 1 || low > high)
      return Wrong(fmt::format("{}-{} is no range of ASCII characters", low, high));
    for (int c = static_cast<unsigned char>(low[0]); c <= static_cast<unsigned char>(high[0]); ++c)
      chars.emplace_back(1, static_cast<char>(c));
    return {};
  }

  Result<size_t> Quantified(size_t atom) {
    Node repeat{.kind = Kind::kRepeat, .children = {atom}};
    if (Takes('?')) {
      repeat.least = 0;
    } else if (Takes('*')) {
      repeat.least = 0;
      repeat.most = kBeyondLeast;
    } else if (Takes('+')) {
      repeat.most = 1 + kBeyondLeast;
    } else if (Takes('{')) {
      RETURN_IF_ERROR(Bounds(repeat));
    } else {
      return atom;
    }
    if (!Takes('?')) Takes('+');  // reluctant and possessive ones make the same texts
    return Add(std::move(repeat));
  }

  Status Bounds(Node& repeat) {
    if (!Number(repeat.least)) return Wrong("a number was expected");
    repeat.most = repeat.least;
    if (Takes(',') && !Number(repeat.most)) repeat.most = repeat.least + kBeyondLeast;
    if (!Takes('}')) return Wrong("'}' was expected");
    if (repeat.least > repeat.most) return Wrong("the bounds are the wrong way round");
    if (repeat.most > kMostRepetitions)
      return Wrong(fmt::format("more than {} repetitions", kMostRepetitions));
    return {};
  }

  bool Number(uint32_t& number) {
    const char* begin = pattern_.data() + at_;
    const auto [end, error] = std::from_chars(begin, pattern_.data() + pattern_.size(), number);
    if (error == std::errc::result_out_of_range) number = kMostRepetitions + 1;
    at_ += static_cast<size_t>(end - begin);
    return end != begin;
  }

  // Bytes that the texts of a node never exceed. What is repeated counts as one at least, since
  // empty texts take rounds, too.
  uint64_t LongestOf(size_t place) const {
    const Node& node = made_.nodes_[place];
    uint64_t longest = node.text.size();
    for (const std::string& c : node.chars) longest = std::max<uint64_t>(longest, c.size());
    for (const size_t child : node.children) {
      const uint64_t of_child = LongestOf(child);
      longest = node.kind == Kind::kChoice ? std::max(longest, of_child) : longest + of_child;
    }
    if (node.kind == Kind::kRepeat) longest = std::max<uint64_t>(longest, 1) * node.most;
    return std::min(longest, kLongestText + 1);  // no sum of these overflows
  }

  std::string_view pattern_;
  size_t at_ = 0;
  Regexify made_;
};

Result<Regexify> Regexify::Compile(std::string_view pattern) {
  return RegexifyParser(pattern).Parse();
}

void Regexify::AppendNode(size_t place, Random& random, std::string& out) const {
  const Node& node = nodes_[place];
  switch (node.kind) {
    case Kind::kText:
      out += node.text;
      return;
    case Kind::kClass:
      out += node.chars[random.Below(node.chars.size())];
      return;
    case Kind::kSequence:
      for (const size_t child : node.children) AppendNode(child, random, out);
      return;
    case Kind::kChoice:
      AppendNode(node.children[random.Below(node.children.size())], random, out);
      return;
    case Kind::kRepeat:
      const uint64_t times = node.least + random.Below(uint64_t{node.most} - node.least + 1);
      for (uint64_t i = 0; i < times; ++i) AppendNode(node.children[0], random, out);
      return;
  }
}

}  // namespace weir::connectors
