// The REGEXP functions. Patterns are Java's, compiled once while they stay the same.
#include <re2/re2.h>

#include <algorithm>

#include "runtime/expr/functions/find_text.h"
#include "runtime/expr/functions/java_regex.h"
#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/lists.h"
#include "runtime/expr/functions/required_text.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/text.h"

namespace weir::expr {
namespace {

// The last pattern that a call met, compiled, and room for the groups of a match.
class RegexMemory : public KernelMemory {
 public:
  // False when the pattern is malformed; a failure when it needs what RE2 has not.
  Result<bool> Prepare(std::string_view pattern) {
    if (known_ && pattern == pattern_) return regex_ != nullptr;
    Result<std::unique_ptr<re2::RE2>> compiled = CompileJavaRegex(pattern);
    if (!compiled.ok() && compiled.status().code() == StatusCode::kUnsupported) {
      return std::move(compiled).status();
    }
    malformed_ = compiled.ok() ? Status() : compiled.status();
    regex_ = compiled.ok() ? std::move(*compiled) : nullptr;
    pattern_.assign(pattern);
    required_ = regex_ ? RequiredTextOf(pattern) : RequiredText();
    known_ = true;
    return regex_ != nullptr;
  }
  const Status& malformed() const { return malformed_; }
  int groups() const { return regex_->NumberOfCapturingGroups(); }

  // The first match at or after byte `from`, with groups 0..`group`.
  bool Find(std::string_view text, size_t from, int group = 0) {
    found_.resize(static_cast<size_t>(group) + 1);
    if (required_.text.empty()) return Match(text, from, re2::RE2::UNANCHORED);
    if (required_.bounded && required_.before <= kMostTried) return FindNearby(text, from);
    return SkipTo(text, from) && Match(text, from, re2::RE2::UNANCHORED);
  }
  // A group of the last match; null data if it took no part.
  std::string_view found(int group = 0) const {
    const re2::StringPiece& piece = found_[static_cast<size_t>(group)];
    return {piece.data(), piece.size()};
  }

 private:
  // If a match can begin at no more than this many bytes before the required text, each of them is
  // tried: RE2 is several times faster when a match is anchored than when it has to search.
  static constexpr size_t kMostTried = 4;

  bool Match(std::string_view text, size_t from, re2::RE2::Anchor anchor) {
    return regex_->Match({text.data(), text.size()}, from, text.size(), anchor, found_.data(),
                         static_cast<int>(found_.size()));
  }

  // Finds the first match by trying the places up to `before` bytes in front of each occurrence of
  // the required text.
  bool FindNearby(std::string_view text, size_t from) {
    size_t tried = from;
    for (size_t at = FindText(text, required_.text, from); at != std::string_view::npos;
         at = FindText(text, required_.text, at + 1)) {
      tried = std::max(tried, at - std::min(at, required_.before));
      for (; tried <= at; ++tried) {
        const bool whole = (static_cast<uint8_t>(text[tried]) & 0xC0) != 0x80;
        if (whole && Match(text, tried, re2::RE2::ANCHOR_START)) return true;
      }
    }
    return false;
  }

  // Moves `from` on to where a match can begin. False when there is none.
  bool SkipTo(std::string_view text, size_t& from) const {
    const size_t at = FindText(text, required_.text, from);
    if (at == std::string_view::npos) return false;
    if (!required_.bounded) return true;
    size_t start = std::max(from, at - std::min(at, required_.before));
    while (start > from && (static_cast<uint8_t>(text[start]) & 0xC0) == 0x80) --start;
    from = start;
    return true;
  }

  bool known_ = false;
  std::string pattern_;
  RequiredText required_;
  Status malformed_;
  std::unique_ptr<re2::RE2> regex_;
  PoolVector<re2::StringPiece> found_;
};

RegexMemory& MemoryOf(const KernelCall& call) {
  if (*call.memory == nullptr) *call.memory = std::make_unique<RegexMemory>();
  return static_cast<RegexMemory&>(**call.memory);
}

// Calls f() after every match of the text, as Java's find(): behind an empty match the search goes
// on one character further.
template <typename F>
void ForMatches(RegexMemory& memory, std::string_view text, int group, F f) {
  size_t from = 0;
  while (from <= text.size() && memory.Find(text, from, group)) {
    f();
    const std::string_view found = memory.found();
    from = static_cast<size_t>(found.data() - text.data()) + found.size();
    if (found.empty()) from += from < text.size() ? Utf8Length(text[from]) : 1;
  }
}

// For the rows that are valid in `out`: compiles the row's pattern and calls `f(row, memory)`, or
// `none(row)` if the pattern is malformed. Fails for what RE2 cannot do.
template <typename F, typename G>
Status ForPatterns(const KernelCall& call, const Column& out, F f, G none) {
  const StringReader pattern(*call.args[1]);
  RegexMemory& memory = MemoryOf(call);
  return TryValidRows(call.rows, out.validity(), [&](uint32_t row) -> Status {
    const Result<bool> prepared = memory.Prepare(pattern[row].view());
    if (!prepared.ok()) return call.Fail(prepared.status());
    if (*prepared) {
      f(row, memory);
    } else {
      none(row);
    }
    return {};
  });
}

// TRUE if it occurs anywhere; an empty or malformed pattern never does (Flink).
Result<ColumnPtr> OccursKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  const StringReader pattern(*call.args[1]);
  RegexMemory& memory = MemoryOf(call);
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<uint8_t>();
  RETURN_IF_ERROR(TryValidRows(call.rows, out->validity(), [&](uint32_t row) -> Status {
    const Result<bool> prepared = memory.Prepare(pattern[row].view());
    if (!prepared.ok()) return call.Fail(prepared.status());
    result[row] = *prepared && pattern[row].size() > 0 && memory.Find(in[row].view(), 0);
    return {};
  }));
  return ColumnPtr(std::move(out));
}

Result<ColumnPtr> CountKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  MutableColumnPtr out = call.MakeNullableResult();
  auto* result = out->mutable_data<int32_t>();
  RETURN_IF_ERROR(ForPatterns(
      call, *out,
      [&](uint32_t row, RegexMemory& memory) {
        result[row] = 0;
        ForMatches(memory, in[row].view(), 0, [&] { ++result[row]; });
      },
      [&](uint32_t row) { out->SetNull(row); }));
  return ColumnPtr(std::move(out));
}

// UTF-16 units of UTF-8 text: what Java counts positions in.
int32_t CountUtf16Units(std::string_view text) {
  int32_t count = 0;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    count += (byte & 0xC0) != 0x80 ? 1 : 0;
    count += byte >= 0xF0 ? 1 : 0;
  }
  return count;
}

Result<ColumnPtr> PositionKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  MutableColumnPtr out = call.MakeNullableResult();
  auto* result = out->mutable_data<int32_t>();
  RETURN_IF_ERROR(ForPatterns(
      call, *out,
      [&](uint32_t row, RegexMemory& memory) {
        const std::string_view text = in[row].view();
        result[row] = 0;
        if (!memory.Find(text, 0)) return;
        const auto at = static_cast<size_t>(memory.found().data() - text.data());
        result[row] = CountUtf16Units(text.substr(0, at)) + 1;
      },
      [&](uint32_t row) { out->SetNull(row); }));
  return ColumnPtr(std::move(out));
}

// The group of the first match; NULL without a match, without such a group, or without a
// well-formed pattern (Flink).
Result<ColumnPtr> ExtractKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  const bool has_group = call.args.size() == 3;
  MutableColumnPtr out = call.MakeNullableResult();
  out->ShareHeaps(*call.args[0]);
  auto* result = out->mutable_data<StringRef>();
  RETURN_IF_ERROR(ForPatterns(
      call, *out,
      [&](uint32_t row, RegexMemory& memory) {
        const int32_t group = has_group ? call.args[2]->ValueAt<int32_t>(row) : 0;
        const bool found = group >= 0 && group <= memory.groups() &&
                           memory.Find(in[row].view(), 0, group) &&
                           memory.found(group).data() != nullptr;
        if (!found) return out->SetNull(row);
        result[row] = StringRef(memory.found(group));
      },
      [&](uint32_t row) { out->SetNull(row); }));
  return ColumnPtr(std::move(out));
}

// The group (1 unless said otherwise) of every match.
Result<ColumnPtr> ExtractAllKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  const bool has_group = call.args.size() == 3;
  const MutableColumnPtr shape = NullsOf(call);
  const uint32_t count = call.constant ? 1 : call.length;
  ColumnBuilder builder(call.type(), count);
  RETURN_IF_ERROR(ForPatterns(
      call, *shape,
      [&](uint32_t row, RegexMemory& memory) {
        while (builder.size() < row) builder.AppendNull();
        const int32_t group = has_group ? call.args[2]->ValueAt<int32_t>(row) : 1;
        if (group < 0 || group > memory.groups()) return builder.AppendNull();
        ForMatches(memory, in[row].view(), group, [&] {
          const std::string_view found = memory.found(group);
          found.data() == nullptr ? builder.child(0).AppendNull()
                                  : builder.child(0).AppendString(found);
        });
        builder.AppendList();
      },
      [](uint32_t) {}));
  while (builder.size() < count) builder.AppendNull();
  ColumnPtr column = builder.Finish();
  return call.constant ? RepeatRow(*column, 0, call.length) : column;
}

// Every match replaced; the replacement is taken literally (Flink quotes it).
Result<ColumnPtr> ReplaceKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  const StringReader replacement(*call.args[2]);
  MutableColumnPtr out = call.MakeNullableResult();
  TextBuilder built;
  RETURN_IF_ERROR(ForPatterns(
      call, *out,
      [&](uint32_t row, RegexMemory& memory) {
        const std::string_view text = in[row].view();
        size_t copied = 0;
        built.clear();
        ForMatches(memory, text, 0, [&] {
          const auto at = static_cast<size_t>(memory.found().data() - text.data());
          built.Append(text.substr(copied, at - copied));
          built.Append(replacement[row].view());
          copied = at + memory.found().size();
        });
        built.Append(text.substr(copied));
        out->SetString(row, built.view());
      },
      [&](uint32_t row) { out->SetNull(row); }));
  return ColumnPtr(std::move(out));
}

// --- STR_TO_MAP ----------------------------------------------------------------------------------

struct MapMemory : KernelMemory {
  RegexMemory entries;
  RegexMemory pair;
};

// Calls f(piece) for the pieces between matches as Java's String.split(): no piece before an empty
// match at the start, none that are empty at the end. With a limit the last piece takes the rest.
template <typename F>
void ForPieces(RegexMemory& memory, std::string_view text, size_t limit, F f) {
  size_t from = 0;
  size_t search = 0;
  size_t given = 0;
  size_t empty = 0;
  const auto give = [&](std::string_view piece) {
    ++given;
    if (limit == 0 && piece.empty()) {
      ++empty;
      return;
    }
    for (; empty > 0; --empty) f(std::string_view());
    f(piece);
  };
  while ((limit == 0 || given + 1 < limit) && search <= text.size() && memory.Find(text, search)) {
    const std::string_view found = memory.found();
    const auto at = static_cast<size_t>(found.data() - text.data());
    search = at + found.size();
    if (found.empty()) search += at < text.size() ? Utf8Length(text[at]) : 1;
    if (found.empty() && at == 0) continue;
    give(text.substr(from, at - from));
    from = at + found.size();
  }
  give(text.substr(from));
}

void AppendEntries(MapMemory& memory, std::string_view text, ColumnBuilder& map,
                   PoolVector<std::pair<std::string_view, std::string_view>>& entries) {
  entries.clear();
  ForPieces(memory.entries, text, 0, [&](std::string_view entry) {
    std::string_view parts[2];
    size_t count = 0;
    ForPieces(memory.pair, entry, 2, [&](std::string_view part) { parts[count++] = part; });
    // A key without a value is NULL: told apart from empty text by having no data.
    const std::string_view value = count == 2 ? parts[1] : std::string_view();
    for (auto& known : entries) {
      if (known.first == parts[0]) {
        known.second = value;
        return;
      }
    }
    entries.emplace_back(parts[0], value);
  });
  for (const auto& [key, value] : entries) {
    map.child(0).AppendString(key);
    value.data() == nullptr ? map.child(1).AppendNull() : map.child(1).AppendString(value);
  }
  map.AppendList();
}

// The delimiters are regular expressions (Flink); "," and "=" unless said otherwise.
Result<ColumnPtr> TextToMapKernel(const KernelCall& call) {
  if (*call.memory == nullptr) *call.memory = std::make_unique<MapMemory>();
  auto& memory = static_cast<MapMemory&>(**call.memory);
  const StringReader in(*call.args[0]);
  const MutableColumnPtr shape = NullsOf(call);
  const uint32_t count = call.constant ? 1 : call.length;
  ColumnBuilder builder(call.type(), count);
  PoolVector<std::pair<std::string_view, std::string_view>> entries;
  const auto delimiter = [&](size_t argument, std::string_view otherwise, uint32_t row) {
    if (argument >= call.args.size()) return otherwise;
    return call.args[argument]->ValueAt<StringRef>(row).view();
  };
  RETURN_IF_ERROR(TryValidRows(call.rows, shape->validity(), [&](uint32_t row) -> Status {
    const Result<bool> outer = memory.entries.Prepare(delimiter(1, ",", row));
    if (!outer.ok() || !*outer)
      return call.Fail(outer.ok() ? memory.entries.malformed() : outer.status());
    const Result<bool> inner = memory.pair.Prepare(delimiter(2, "=", row));
    if (!inner.ok() || !*inner)
      return call.Fail(inner.ok() ? memory.pair.malformed() : inner.status());
    while (builder.size() < row) builder.AppendNull();
    if (in[row].size() == 0) {
      builder.AppendList();
    } else {
      AppendEntries(memory, in[row].view(), builder, entries);
    }
    return {};
  }));
  while (builder.size() < count) builder.AppendNull();
  ColumnPtr column = builder.Finish();
  return call.constant ? RepeatRow(*column, 0, call.length) : column;
}

// --- The table -----------------------------------------------------------------------------------

// A literal pattern that RE2 cannot do is refused while planning, at its place.
Status CheckPattern(const Expr& pattern) {
  if (pattern.kind != ExprKind::kLiteral || pattern.literal.is_null()) return {};
  const Result<std::string> regex = TranslateJavaRegex(pattern.literal.get<std::string>());
  if (regex.ok() || regex.status().code() != StatusCode::kUnsupported) return {};
  return Status(regex.status()).WithSpan(pattern.span);
}

template <TypeRule kRule>
Result<Type> Checked(Args args) {
  RETURN_IF_ERROR(CheckPattern(*args[1]));
  return kRule(args);
}

// Both delimiters are patterns.
Result<Type> TextMapRule(Args args) {
  for (const ExprPtr& delimiter : args.subspan(1)) RETURN_IF_ERROR(CheckPattern(*delimiter));
  return Type::Map(Type::String(), Type::String());
}

Result<Type> StringsRule(Args) {
  return Type::Array(Type::String());
}

std::vector<ScalarFunction> MakeTable() {
  constexpr TypeRule kText = Checked<ReturnsNullableString>;
  constexpr TypeRule kNumber = Checked<ReturnsNullableInt>;
  return {
      Failing(Define("REGEXP", "REGEXP(string, regex) → BOOLEAN",
                     "TRUE if the regular expression occurs.",
                     {{{kStr, kStr}, Checked<ReturnsBoolean>, OccursKernel}}, {"RLIKE"})),
      Failing(Define("REGEXP_COUNT", "REGEXP_COUNT(string, regex) → INT",
                     "How often the regular expression matches.",
                     {{{kStr, kStr}, kNumber, CountKernel}})),
      Failing(Define("REGEXP_INSTR", "REGEXP_INSTR(string, regex) → INT",
                     "Where the first match begins, counted from 1; 0 without a match.",
                     {{{kStr, kStr}, kNumber, PositionKernel}})),
      Failing(Define("REGEXP_SUBSTR", "REGEXP_SUBSTR(string, regex) → STRING", "The first match.",
                     {{{kStr, kStr}, kText, ExtractKernel}})),
      Failing(Define("REGEXP_EXTRACT", "REGEXP_EXTRACT(string, regex[, group INT]) → STRING",
                     "The group of the first match; group 0 is the whole match.",
                     {{{kStr, kStr, kInt}, kText, ExtractKernel, 1}})),
      Failing(Define("REGEXP_EXTRACT_ALL",
                     "REGEXP_EXTRACT_ALL(string, regex[, group INT]) → ARRAY<STRING>",
                     "The group, 1 unless said otherwise, of every match; 0 is the whole match.",
                     {{{kStr, kStr, kInt}, Checked<StringsRule>, ExtractAllKernel, 1}})),
      Failing(Define("REGEXP_REPLACE", "REGEXP_REPLACE(string, regex, replacement) → STRING",
                     "Every match replaced.", {{{kStr, kStr, kStr}, kText, ReplaceKernel}})),
      Failing(Define("STR_TO_MAP",
                     "STR_TO_MAP(string[, entry delimiter, value delimiter]) → MAP<STRING, STRING>",
                     "The entries between the delimiters, which are regular expressions.",
                     {{{kStr}, TextMapRule, TextToMapKernel},
                      {{kStr, kStr, kStr}, TextMapRule, TextToMapKernel}})),
  };
}

}  // namespace

std::span<const ScalarFunction> RegexFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
