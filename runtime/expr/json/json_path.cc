#include "runtime/expr/json/json_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "runtime/base/names.h"
#include "runtime/types/number_text.h"

namespace weir::expr {
namespace {

constexpr std::string_view kBlanks = " \t\n\r";
constexpr std::string_view kFunctions[] = {"length", "size", "sum", "min", "max", "avg"};
// Those of Jayway's JsonPath that are missing here; any other name is a mistake in the path.
constexpr std::string_view kMissingFunctions[] = {"stddev", "concat", "append", "keys",
                                                  "first",  "last",   "index"};

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::optional<int64_t> ParseIndex(std::string_view text) {
  return ParseInt64(Trimmed(text));
}

class PathParser {
 public:
  explicit PathParser(std::string_view text) : text_(text) {}

  // False when the path is malformed.
  Result<bool> Parse(std::vector<JsonStep>& steps) {
    while (at_ < text_.size()) {
      JsonStep step;
      const bool parsed = text_[at_] == '[' ? TRY(Brackets(step)) : TRY(Dots(step));
      if (!parsed) return false;
      steps.push_back(std::move(step));
    }
    return true;
  }

 private:
  bool Follows(std::string_view text) const { return text_.substr(at_).starts_with(text); }

  Result<bool> Dots(JsonStep& step) {
    if (!Follows(".")) return false;
    step.anywhere = Follows("..");
    at_ += step.anywhere ? 2 : 1;
    if (Follows("[")) return Brackets(step);
    const size_t end = std::min(text_.find_first_of(".[", at_), text_.size());
    std::string_view name = text_.substr(at_, end - at_);
    at_ = end;
    if (name.empty()) return false;
    if (name == "*") {
      step.kind = JsonStep::Kind::kAll;
      return true;
    }
    if (name.ends_with("()")) return Function(name.substr(0, name.size() - 2), step);
    if (name.find('(') != std::string_view::npos) return Function(name, step);
    step.kind = JsonStep::Kind::kMembers;
    step.names.emplace_back(name);
    return true;
  }

  Result<bool> Function(std::string_view name, JsonStep& step) {
    for (const std::string_view known : kFunctions) {
      if (known != name) continue;
      step.kind = JsonStep::Kind::kFunction;
      step.function = known;
      return at_ == text_.size();
    }
    const std::string_view bare = name.substr(0, name.find('('));
    if (std::ranges::find(kMissingFunctions, bare) == std::end(kMissingFunctions)) return false;
    return Status::Unsupported(
        fmt::format("the function {}() of JSON paths is not supported", bare));
  }

  Result<bool> Brackets(JsonStep& step) {
    ++at_;
    if (Follows("?")) return Filter(step);
    const size_t close = CloseOf(at_);
    if (close == std::string_view::npos) return false;
    const std::string_view inside = Trimmed(text_.substr(at_, close - at_));
    at_ = close + 1;
    if (inside == "*") {
      step.kind = JsonStep::Kind::kAll;
      return true;
    }
    if (inside.starts_with('\'') || inside.starts_with('"')) return Names(inside, step);
    return inside.find(':') != std::string_view::npos ? Slice(inside, step) : Indexes(inside, step);
  }

  // The bracket that closes the one before `at`, outside quotes.
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

  static bool Names(std::string_view inside, JsonStep& step) {
    step.kind = JsonStep::Kind::kMembers;
    while (true) {
      if (inside.empty() || (inside[0] != '\'' && inside[0] != '"')) return false;
      const char quote = inside[0];
      std::string name;
      size_t at = 1;
      for (; at < inside.size() && inside[at] != quote; ++at) {
        if (inside[at] == '\\' && at + 1 < inside.size()) ++at;
        name += inside[at];
      }
      if (at >= inside.size()) return false;
      step.names.push_back(std::move(name));
      inside = Trimmed(inside.substr(at + 1));
      if (inside.empty()) return true;
      if (!inside.starts_with(',')) return false;
      inside = Trimmed(inside.substr(1));
    }
  }

  static bool Slice(std::string_view inside, JsonStep& step) {
    step.kind = JsonStep::Kind::kSlice;
    const size_t colon = inside.find(':');
    const std::string_view begin = Trimmed(inside.substr(0, colon));
    const std::string_view end = Trimmed(inside.substr(colon + 1));
    step.begin = ParseIndex(begin);
    step.end = ParseIndex(end);
    return (begin.empty() || step.begin) && (end.empty() || step.end) &&
           !(begin.empty() && end.empty());
  }

  static bool Indexes(std::string_view inside, JsonStep& step) {
    step.kind = JsonStep::Kind::kElements;
    while (true) {
      const size_t comma = inside.find(',');
      const std::optional<int64_t> index = ParseIndex(inside.substr(0, comma));
      if (!index) return false;
      step.indexes.push_back(*index);
      if (comma == std::string_view::npos) return true;
      inside.remove_prefix(comma + 1);
    }
  }

  Result<bool> Filter(JsonStep& step) {
    const size_t close = CloseOf(at_);
    if (close == std::string_view::npos) return false;
    const std::string_view inside = Trimmed(text_.substr(at_ + 1, close - at_ - 1));
    at_ = close + 1;
    if (!inside.starts_with('(') || !inside.ends_with(')')) return false;
    step.kind = JsonStep::Kind::kFilter;
    step.filter = TRY(CompileJsonFilter(inside.substr(1, inside.size() - 2)));
    return step.filter != nullptr;
  }

  std::string_view text_;
  size_t at_ = 0;
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
  const std::string_view path = Trimmed(text);
  for (const std::string_view mode : {"lax", "strict"}) {
    const bool named = EqualsIgnoreCase(path.substr(0, mode.size()), mode) &&
                       path.size() > mode.size() &&
                       kBlanks.find(path[mode.size()]) != std::string_view::npos;
    if (!named) continue;
    text = Trimmed(path.substr(mode.size()));
    return mode == "lax";
  }
  return false;
}

int64_t CountOf(const JsonNode& node) {
  int64_t count = 0;
  for (const JsonNode* child = node.first; child != nullptr; child = child->next) ++count;
  return count;
}

const JsonNode* MemberOf(const JsonNode& object, std::string_view name) {
  for (const JsonNode* member = object.first; member != nullptr; member = member->next) {
    if (member->key == name) return member;
  }
  return nullptr;
}

const JsonNode* ElementOf(const JsonNode& array, int64_t index) {
  if (index < 0) index += CountOf(array);
  const JsonNode* element = index < 0 ? nullptr : array.first;
  for (; element != nullptr && index > 0; --index) element = element->next;
  return element;
}

// The value of a function over an array; nothing where it has none.
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
  std::string spelled(Trimmed(text));
  if (spelled.empty()) return std::optional<JsonPath>();
  if (spelled[0] != '$') spelled.insert(0, "$.");
  if (!TRY(PathParser(std::string_view(spelled).substr(1)).Parse(path.steps_))) {
    return std::optional<JsonPath>();
  }
  for (const JsonStep& step : path.steps_) {
    path.definite_ = path.definite_ && IsDefinite(step, &step == &path.steps_.back());
  }
  return std::optional(std::move(path));
}

// --- Finding -------------------------------------------------------------------------------------

// Each returns false where a definite path cannot go on (Jayway's PathNotFoundException).
bool JsonPath::Collect(const JsonNode& node, size_t step, bool definite,
                       std::vector<const JsonNode*>& found) const {
  if (step == steps_.size() || steps_[step].kind == JsonStep::Kind::kFunction) {
    found.push_back(&node);
    return true;
  }
  return steps_[step].anywhere ? Descend(node, step, found) : Apply(node, step, definite, found);
}

// The step at this value, then at everything below it.
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
        const JsonNode* member = MemberOf(node, name);
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
