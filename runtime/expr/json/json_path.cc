#include "runtime/expr/json/json_path.h"

#include <fmt/format.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "runtime/base/names.h"
#include "runtime/types/number_text.h"

namespace weir::expr {
namespace {

constexpr std::string_view kBlanks = " \t\n\r";
constexpr std::string_view kFunctions[] = {"length", "size", "sum", "min", "max", "avg"};
// Functions of Jayway's JsonPath that are missing here; any other name is a mistake in the path.
constexpr std::string_view kMissingFunctions[] = {"stddev", "concat", "append", "keys",
                                                  "first",  "last",   "index"};

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// The number in a text of digits and signs, as Java's Integer.parseInt reads it; nothing where it
// refuses.
std::optional<int64_t> ParseIndex(std::string_view text) {
  const std::optional<int64_t> index = ParseInt64(text);
  const bool fits = index && *index == static_cast<int32_t>(*index);
  return fits ? index : std::nullopt;
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Accepts what Jayway's PathCompiler (2.9) does, step by step: what stands behind a step is not
// looked at when it is a single character (`$.a[`, `$.a[0]]`), and a property may stand behind a
// bracket without a dot (`$.a[0]bc`).
class PathParser {
 public:
  // `text` begins with $ or @, and neither ends with a blank nor is empty.
  explicit PathParser(std::string_view text) : text_(text) {}

  // False when the path is malformed.
  Result<bool> Parse(std::vector<JsonStep>& steps) {
    if (text_.size() == 1) return true;
    if (text_.ends_with('.') || (text_[1] != '.' && text_[1] != '[')) return false;
    do {
      JsonStep step;
      if (!TRY(Step(step))) return false;
      steps.push_back(std::move(step));
    } while (at_ + 1 < text_.size());
    return true;
  }

 private:
  bool Follows(std::string_view text) const { return text_.substr(at_).starts_with(text); }

  Result<bool> Step(JsonStep& step) {
    if (Follows(".")) {
      step.anywhere = Follows("..");
      at_ += step.anywhere ? 2 : 1;
      if (Follows(".")) return false;
    }
    if (Follows("[")) return Brackets(step);
    if (Follows("*")) {
      ++at_;
      step.kind = JsonStep::Kind::kAll;
      return true;
    }
    return Property(step);
  }

  Result<bool> Property(JsonStep& step) {
    const size_t end = std::min(text_.find_first_of(".[( ", at_), text_.size());
    const std::string_view name = text_.substr(at_, end - at_);
    at_ = end;
    if (name.empty() || Follows(" ")) return false;
    if (Follows("(")) return Function(name, step);
    step.kind = JsonStep::Kind::kMembers;
    step.names.emplace_back(name);
    return true;
  }

  Result<bool> Function(std::string_view name, JsonStep& step) {
    for (const std::string_view known : kFunctions) {
      if (known != name) continue;
      step.kind = JsonStep::Kind::kFunction;
      step.function = known;
      const bool ends = text_.substr(at_) == "()";
      at_ = text_.size();
      return ends;
    }
    if (std::ranges::find(kMissingFunctions, name) == std::end(kMissingFunctions)) return false;
    return Status::Unsupported(
        fmt::format("the function {}() of JSON paths is not supported", name));
  }

  // The place of the next character behind `at` that is no blank; the size where there is none.
  size_t Significant(size_t at) const {
    const size_t found = text_.find_first_not_of(' ', at + 1);
    return std::min(found, text_.size());
  }
  char SignificantChar(size_t at) const {
    const size_t found = Significant(at);
    return found < text_.size() ? text_[found] : '\0';
  }

  Result<bool> Brackets(JsonStep& step) {
    const char first = SignificantChar(at_);
    if (first == '\'' || first == '"') return Names(first, step);
    if (IsDigit(first) || first == '-' || first == ':') return Numbers(step);
    if (first == '?') return Filter(step);
    if (first != '*') return false;
    const size_t close = Significant(Significant(at_));
    if (close == text_.size() || text_[close] != ']') return false;
    step.kind = JsonStep::Kind::kAll;
    at_ = close + 1;
    return true;
  }

  // ['a'] or ['a', 'b'], in quotes of one kind. What is neither a quote, a comma nor a bracket
  // between the names is not looked at.
  bool Names(char quote, JsonStep& step) {
    step.kind = JsonStep::Kind::kMembers;
    std::optional<size_t> begin;  // of the name that is open
    bool comma = false;           // the last that counted
    size_t last = at_;            // the end of the last name
    for (size_t i = at_ + 1; i < text_.size(); ++i) {
      const char c = text_[i];
      if (c == '\\') {
        ++i;
      } else if (c == ']' && !begin) {
        if (comma) return false;
        break;
      } else if (c == quote && begin) {
        const char next = SignificantChar(i);
        if (next != ']' && next != ',') return false;
        step.names.push_back(Unescaped(text_.substr(*begin, i - *begin)));
        begin.reset();
        last = i;
      } else if (c == quote) {
        begin = i + 1;
        comma = false;
      } else if (c == ',' && !begin) {
        if (comma) return false;
        comma = true;
      }
    }
    const size_t close = Significant(last);
    if (begin || close == text_.size() || text_[close] != ']') return false;
    at_ = close + 1;
    return true;
  }

  // A name in brackets without its escapes, as Jayway's Utils.unescape.
  static std::string Unescaped(std::string_view text) {
    std::string name;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\\' || i + 1 == text.size()) {
        name += text[i];
        continue;
      }
      ++i;
      constexpr std::string_view kLetters = "bfnrt";
      const size_t control = kLetters.find(text[i]);
      if (text[i] == 'u' && i + 4 < text.size()) {
        unsigned code = 0;
        const char* end = text.data() + i + 5;
        if (std::from_chars(text.data() + i + 1, end, code, 16).ptr == end) {
          icu::UnicodeString(static_cast<UChar32>(code)).toUTF8String(name);
          i += 4;
          continue;
        }
      }
      name += control == std::string_view::npos ? text[i] : "\b\f\n\r\t"[control];
    }
    return name;
  }

  // [0], [-1, 2], [1:3]
  bool Numbers(JsonStep& step) {
    const size_t close = text_.find(']', at_);
    if (close == std::string_view::npos) return false;
    const std::string_view inside = Trimmed(text_.substr(at_ + 1, close - at_ - 1));
    if (inside.find_first_not_of("0123456789,-: ") != std::string_view::npos) return false;
    at_ = close + 1;
    return inside.find(':') != std::string_view::npos ? Slice(inside, step) : Indexes(inside, step);
  }

  // Parses "1:3". False for blanks within it. Like Jayway, ignores what follows a second colon.
  static bool Slice(std::string_view inside, JsonStep& step) {
    step.kind = JsonStep::Kind::kSlice;
    if (inside.find_first_of(" ,") != std::string_view::npos) return false;
    const size_t colon = inside.find(':');
    const std::string_view begin = inside.substr(0, colon);
    std::string_view end = inside.substr(colon + 1);
    end = end.substr(0, end.find(':'));
    step.begin = ParseIndex(begin);
    step.end = ParseIndex(end);
    return (begin.empty() || step.begin) && (end.empty() || step.end) &&
           !(begin.empty() && end.empty());
  }

  static bool Indexes(std::string_view inside, JsonStep& step) {
    step.kind = JsonStep::Kind::kElements;
    while (true) {
      const size_t comma = inside.find(',');
      const std::optional<int64_t> index = ParseIndex(Trimmed(inside.substr(0, comma)));
      if (!index) return false;
      step.indexes.push_back(*index);
      if (comma == std::string_view::npos) return true;
      inside.remove_prefix(comma + 1);
    }
  }

  // The place of the bracket that closes the one before `at`; brackets within quotes do not count.
  size_t CloseOf(size_t at) const {
    char quote = 0;
    int depth = 0;
    for (; at < text_.size(); ++at) {
      const char c = text_[at];
      if (quote != 0) {
        if (c == '\\') ++at;
        if (c == quote) quote = 0;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == ']' && depth-- == 0) {
        return at;
      } else if (c == '[') {
        ++depth;
      }
    }
    return std::string_view::npos;
  }

  Result<bool> Filter(JsonStep& step) {
    const size_t begin = Significant(at_) + 1;
    const size_t close = CloseOf(begin);
    if (close == std::string_view::npos) return false;
    const std::string_view inside = Trimmed(text_.substr(begin, close - begin));
    at_ = close + 1;
    if (!inside.starts_with('(') || !inside.ends_with(')')) return false;
    step.kind = JsonStep::Kind::kFilter;
    step.filter = TRY(CompileJsonFilter(inside.substr(1, inside.size() - 2)));
    return step.filter != nullptr;
  }

  std::string_view text_;
  size_t at_ = 1;  // behind $ or @
};

bool IsDefinite(const JsonStep& step, bool last) {
  if (step.anywhere) return false;
  switch (step.kind) {
    case JsonStep::Kind::kMembers:
      return step.names.size() == 1 || last;
    case JsonStep::Kind::kElements:
      return step.indexes.size() == 1;
    case JsonStep::Kind::kFunction:
      return true;
    case JsonStep::Kind::kAll:
    case JsonStep::Kind::kSlice:
    case JsonStep::Kind::kFilter:
      return false;
  }
  return false;
}

// "lax $.a": the mode is cut off, in any case of letters. True for lax.
bool CutMode(std::string_view& text) {
  const std::string_view path = text.substr(std::min(text.find_first_not_of(kBlanks), text.size()));
  for (const std::string_view mode : {"lax", "strict"}) {
    const bool named = EqualsIgnoreCase(path.substr(0, mode.size()), mode) &&
                       path.size() > mode.size() &&
                       kBlanks.find(path[mode.size()]) != std::string_view::npos;
    if (!named) continue;
    text = path.substr(std::min(path.find_first_not_of(kBlanks, mode.size()), path.size()));
    return mode == "lax";
  }
  return false;
}

int64_t CountOf(const JsonNode& node) {
  int64_t count = 0;
  for (const JsonNode* child = node.first; child != nullptr; child = child->next) ++count;
  return count;
}

const JsonNode* ElementOf(const JsonNode& array, int64_t index) {
  if (index < 0) index += CountOf(array);
  const JsonNode* element = index < 0 ? nullptr : array.first;
  for (; element != nullptr && index > 0; --index) element = element->next;
  return element;
}

// The result of a path's function for a value; nothing where the function does not take it.
std::optional<double> Computed(const std::string& function, const JsonNode& node) {
  if (function == "length" && node.kind == JsonKind::kString) {
    return static_cast<double>(node.text.size());
  }
  if (node.is_scalar()) return std::nullopt;
  const auto count = static_cast<double>(CountOf(node));
  if (function == "length" || function == "size") return count;
  double sum = 0;
  double least = HUGE_VAL;
  double greatest = -HUGE_VAL;
  int64_t numbers = 0;
  for (const JsonNode* child = node.first; child != nullptr; child = child->next) {
    if (child->kind != JsonKind::kInteger && child->kind != JsonKind::kReal) continue;
    const double number = ParseDouble(child->text).value_or(0);
    sum += number;
    least = std::min(least, number);
    greatest = std::max(greatest, number);
    ++numbers;
  }
  if (numbers == 0) return std::nullopt;
  if (function == "sum") return sum;
  if (function == "avg") return sum / static_cast<double>(numbers);
  return function == "min" ? least : greatest;
}

}  // namespace

Result<std::optional<JsonPath>> JsonPath::Compile(std::string_view text) {
  JsonPath path;
  path.lax_ = CutMode(text);
  // A blank in front of $ makes it a part of the name of a member, as in Flink.
  text = text.substr(0, text.find_last_not_of(' ') + 1);
  if (text.empty()) return std::optional<JsonPath>();
  std::string spelled(text);
  if (spelled[0] != '$' && spelled[0] != '@') spelled.insert(0, "$.");
  if (!TRY(PathParser(spelled).Parse(path.steps_))) return std::optional<JsonPath>();
  for (const JsonStep& step : path.steps_) {
    path.definite_ = path.definite_ && IsDefinite(step, &step == &path.steps_.back());
  }
  return std::optional(std::move(path));
}

// --- Finding -------------------------------------------------------------------------------------

// Collect, Descend and Apply return false where a definite path finds no member or element and the
// search ends (Jayway's PathNotFoundException).
bool JsonPath::Collect(const JsonNode& node, size_t step, bool definite,
                       std::vector<const JsonNode*>& found) const {
  if (step == steps_.size() || steps_[step].kind == JsonStep::Kind::kFunction) {
    found.push_back(&node);
    return true;
  }
  return steps_[step].anywhere ? Descend(node, step, found) : Apply(node, step, definite, found);
}

// Applies the step to this value and to everything below it, in the order of the text.
bool JsonPath::Descend(const JsonNode& node, size_t step,
                       std::vector<const JsonNode*>& found) const {
  if (node.is_scalar()) return true;
  if (!Apply(node, step, /*definite=*/false, found)) return false;
  for (const JsonNode* child = node.first; child != nullptr; child = child->next) {
    if (!Descend(*child, step, found)) return false;
  }
  return true;
}

bool JsonPath::Apply(const JsonNode& node, size_t step_index, bool definite,
                     std::vector<const JsonNode*>& found) const {
  const JsonStep& step = steps_[step_index];
  const size_t next = step_index + 1;
  const bool still_definite = definite && IsDefinite(step, next == steps_.size());
  const auto go_on = [&](const JsonNode& child) {
    return Collect(child, next, still_definite, found);
  };
  const bool array = node.kind == JsonKind::kArray;
  switch (step.kind) {
    case JsonStep::Kind::kMembers:
      if (node.kind != JsonKind::kObject) return !definite;
      for (const std::string& name : step.names) {
        const JsonNode* member = node.Member(name);
        if (member == nullptr && definite && step.names.size() == 1) return false;
        if (member != nullptr && !go_on(*member)) return false;
      }
      return true;
    case JsonStep::Kind::kAll:
      for (const JsonNode* child = node.first; child != nullptr; child = child->next) {
        if (!go_on(*child)) return false;
      }
      return true;
    case JsonStep::Kind::kElements:
      if (!array) return !definite;
      for (const int64_t index : step.indexes) {
        const JsonNode* element = ElementOf(node, index);
        if (element != nullptr && !go_on(*element)) return false;
      }
      return true;
    case JsonStep::Kind::kSlice: {
      if (!array) return !definite;
      const int64_t count = CountOf(node);
      int64_t begin = step.begin.value_or(0);
      int64_t end = step.end.value_or(count);
      if (begin < 0) begin = std::max<int64_t>(begin + count, 0);
      if (end < 0) end += count;
      for (int64_t i = begin; i < std::min(end, count); ++i) {
        if (!go_on(*ElementOf(node, i))) return false;
      }
      return true;
    }
    case JsonStep::Kind::kFilter:
      if (node.kind == JsonKind::kObject) return !Accepts(*step.filter, node) || go_on(node);
      if (!array) return !definite;
      for (const JsonNode* child = node.first; child != nullptr; child = child->next) {
        if (Accepts(*step.filter, *child) && !go_on(*child)) return false;
      }
      return true;
    case JsonStep::Kind::kFunction:
      break;
  }
  return true;
}

void JsonPath::Find(const JsonNode* root, JsonMatch& match) const {
  match.values.clear();
  match.kind = lax_ ? JsonMatch::Kind::kNothing : JsonMatch::Kind::kError;
  if (root == nullptr) return;
  if (root->kind == JsonKind::kNull) {
    match.kind = JsonMatch::Kind::kError;  // in both modes, as in Flink
    return;
  }
  const bool reached = Collect(*root, 0, true, match.values);
  if (!definite_) {
    if (!reached && !lax_) return;
    if (!reached) match.values.clear();
    match.kind = JsonMatch::Kind::kList;
    return;
  }
  if (!reached) return;
  const JsonStep* last = steps_.empty() ? nullptr : &steps_.back();
  if (last != nullptr && last->kind == JsonStep::Kind::kMembers && last->names.size() > 1) {
    match.kind = JsonMatch::Kind::kMembers;
    return;
  }
  if (match.values.empty()) return;
  match.kind = match.values[0]->kind == JsonKind::kNull ? JsonMatch::Kind::kNothing
                                                        : JsonMatch::Kind::kValue;
  if (last == nullptr || last->kind != JsonStep::Kind::kFunction) return;
  const std::optional<double> number = Computed(last->function, *match.values[0]);
  match.kind = number ? JsonMatch::Kind::kNumber : JsonMatch::Kind::kError;
  match.number = number.value_or(0);
  match.whole_number = last->function == "length" || last->function == "size";
}

}  // namespace weir::expr
