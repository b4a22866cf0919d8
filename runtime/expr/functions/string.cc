// Functions that give strings: joining, cutting, padding, case.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "runtime/base/fence.h"
#include "runtime/expr/functions/find_text.h"
#include "runtime/expr/functions/letter_case.h"
#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/text.h"

namespace weir::expr {
namespace {

using Piece = std::optional<std::string_view>;
using IntReader = ValueReader<int32_t>;

// --- Joining -------------------------------------------------------------------------------------

Result<ColumnPtr> ConcatKernel(const KernelCall& call) {
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    for (const ColumnPtr& arg : call.args) text.Append(StringReader(*arg)[row].view());
    return true;
  });
}

// NULL arguments are left out; a NULL separator gives NULL.
Result<ColumnPtr> ConcatSeparatedKernel(const KernelCall& call) {
  const StringReader separator(*call.args[0]);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    if (call.args[0]->IsNull(row)) return false;
    bool first = true;
    for (const ColumnPtr& arg : call.args.subspan(1)) {
      if (arg->IsNull(row)) continue;
      if (!first) text.Append(separator[row].view());
      text.Append(StringReader(*arg)[row].view());
      first = false;
    }
    return true;
  });
}

Result<Type> JoinedRule(Args args) {
  int64_t length = 0;
  bool fixed = true;
  for (const ExprPtr& arg : args) {
    length += arg->type.length();
    fixed = fixed && (arg->type.kind() == TypeKind::kChar || arg->type.kind() == TypeKind::kBinary);
  }
  const int capped = static_cast<int>(std::min<int64_t>(length, Type::kMaxLength));
  const bool binary = args[0]->type.is_binary();
  if (fixed) return (binary ? Type::Binary(capped) : Type::Char(capped)).WithNullable(false);
  return (binary ? Type::VarBinary(capped) : Type::VarChar(capped)).WithNullable(false);
}

bool SameFamily(std::span<const ExprPtr>, std::vector<Type>& types) {
  return types[0].is_binary() == types[1].is_binary();
}

// --- Case ----------------------------------------------------------------------------------------

bool IsAscii(std::string_view text) {
  uint8_t bits = 0;
  for (const char c : text) bits |= static_cast<uint8_t>(c);
  return bits < 0x80;
}

// For eight ASCII bytes: 0x20 in each byte that is a letter of the other case, the bit in which the
// two cases differ, and 0 in the others.
template <bool kUpper>
uint64_t OtherCase(uint64_t bytes) {
  constexpr uint64_t kEach = 0x0101010101010101;
  constexpr uint64_t kFirst = kUpper ? uint8_t{'a'} : uint8_t{'A'};
  const uint64_t from_first = bytes + kEach * (0x80 - kFirst);
  const uint64_t past_last = bytes + kEach * (0x80 - (kFirst + 26));
  return ((from_first & ~past_last) & (kEach * 0x80)) >> 2;
}

uint64_t LoadWord(const char* bytes, size_t size) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, std::min(size, sizeof(word)));
  return word;
}

// Whether UPPER (kUpper) or LOWER would change the text. REQUIRES: it is ASCII.
template <bool kUpper>
bool HasOtherCase(std::string_view text) {
  uint64_t letters = 0;
  for (size_t at = 0; at < text.size(); at += sizeof(letters)) {
    letters |= OtherCase<kUpper>(LoadWord(text.data() + at, text.size() - at));
  }
  return letters != 0;
}

template <bool kUpper>
void AppendCased(std::string_view from, TextBuilder& text) {
  if (IsAscii(from)) {
    text.Append(from);
    char* const bytes = text.data() + text.size() - from.size();
    for (size_t at = 0; at < from.size(); at += sizeof(uint64_t)) {
      uint64_t word = LoadWord(bytes + at, from.size() - at);
      word ^= OtherCase<kUpper>(word);
      std::memcpy(bytes + at, &word, std::min(sizeof(word), from.size() - at));
    }
    return;
  }
  kUpper ? AppendUpper(from, text) : AppendLower(from, text);
}

// A text that is in the wanted case already is shared with the argument.
template <bool kUpper>
Result<ColumnPtr> CaseKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  MutableColumnPtr out = call.MakeResult();
  out->ShareHeaps(*call.args[0]);
  auto* result = out->mutable_data<StringRef>();
  TextBuilder text;
  ForValidRows(call.rows, out->validity(), [&](uint32_t row) {
    const std::string_view from = in[row].view();
    if (IsAscii(from) && !HasOtherCase<kUpper>(from)) {
      result[row] = in[row];
      return;
    }
    text.clear();
    AppendCased<kUpper>(from, text);
    out->SetString(row, text.view());
  });
  return ColumnPtr(std::move(out));
}

Result<ColumnPtr> InitcapKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    AppendInitialUpper(in[row].view(), text);
    return true;
  });
}

// --- Pieces --------------------------------------------------------------------------------------

std::string_view Between(std::string_view text, int64_t first, int64_t end) {
  const size_t from = OffsetOfCodePoint(text, first);
  return text.substr(from, OffsetOfCodePoint(text.substr(from), end - first));
}

// Positions count from 1; 0 acts as 1, negative ones count from the end; a negative length is NULL.
Piece Substring(std::string_view text, int64_t start, std::optional<int64_t> length) {
  if (length && *length < 0) return std::nullopt;
  int64_t first = start > 0 ? start - 1 : 0;
  if (start < 0) first = CountCodePoints(text) + start;
  if (first < 0) return std::string_view();
  const size_t from = OffsetOfCodePoint(text, first);
  const std::string_view rest = text.substr(from);
  return length ? rest.substr(0, OffsetOfCodePoint(rest, *length)) : rest;
}

Result<ColumnPtr> SubstringKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  const IntReader start(*call.args[1]);
  if (call.args.size() == 2) {
    return SliceStrings(
        call, [&](uint32_t row) { return Substring(in[row].view(), start[row], std::nullopt); });
  }
  const IntReader length(*call.args[2]);
  return SliceStrings(
      call, [&](uint32_t row) { return Substring(in[row].view(), start[row], length[row]); });
}

Result<ColumnPtr> LeftKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  const IntReader count(*call.args[1]);
  return SliceStrings(call, [&](uint32_t row) -> Piece {
    return Between(in[row].view(), 0, std::max(count[row], 0));
  });
}

Result<ColumnPtr> RightKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  const IntReader count(*call.args[1]);
  return SliceStrings(call, [&](uint32_t row) -> Piece {
    const std::string_view text = in[row].view();
    const int64_t skipped = CountCodePoints(text) - std::max(count[row], 0);
    return text.substr(OffsetOfCodePoint(text, skipped));
  });
}

bool Occurs(std::string_view character, std::string_view set) {
  for (size_t offset = 0; offset < set.size();) {
    const size_t length = std::min(Utf8Length(set[offset]), set.size() - offset);
    if (set.substr(offset, length) == character) return true;
    offset += length;
  }
  return false;
}

template <bool kLeft, bool kRight>
Result<ColumnPtr> TrimKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  const bool has_set = call.args.size() == 2;
  const StringReader sets(*call.args[has_set ? 1 : 0]);
  return SliceStrings(call, [&](uint32_t row) -> Piece {
    std::string_view text = in[row].view();
    const std::string_view set = has_set ? sets[row].view() : " ";
    while (kLeft && !text.empty()) {
      const size_t length = std::min(Utf8Length(text[0]), text.size());
      if (!Occurs(text.substr(0, length), set)) break;
      text.remove_prefix(length);
    }
    while (kRight && !text.empty()) {
      size_t last = text.size() - 1;
      while (last > 0 && (static_cast<uint8_t>(text[last]) & 0xC0) == 0x80) --last;
      if (!Occurs(text.substr(last), set)) break;
      text.remove_suffix(text.size() - last);
    }
    return text;
  });
}

// The place of the `skipped`-th `wanted` (0: the first) at or after `from`; the text's size when
// there are too few.
size_t FindByte(std::string_view text, char wanted, size_t from, int64_t skipped) {
  for (; from < text.size(); from += kPlacesAtOnce) {
    uint64_t places = PlacesOf(wanted, text.data() + from, text.size() - from);
    const auto count = std::popcount(places);
    if (skipped >= count) {
      skipped -= count;
      continue;
    }
    for (; skipped > 0; --skipped) places &= places - 1;
    return from + static_cast<size_t>(std::countr_zero(places));
  }
  return text.size();
}

Piece SplitAtByte(std::string_view text, char delimiter, int64_t index) {
  size_t from = 0;
  if (index > 0) {
    from = FindByte(text, delimiter, 0, index - 1) + 1;
    if (from > text.size()) return std::nullopt;
  }
  return text.substr(from, FindByte(text, delimiter, from, 0) - from);
}

Piece SplitIndex(std::string_view text, std::string_view delimiter, int64_t index) {
  if (index < 0 || text.empty()) return std::nullopt;
  if (delimiter.size() == 1) return SplitAtByte(text, delimiter[0], index);
  // Java's Character.isWhitespace stands in for an empty delimiter (commons-lang, as in Flink).
  constexpr std::string_view kBlanks = " \t\n\v\f\r\x1c\x1d\x1e\x1f";
  const auto find = [&] {
    return delimiter.empty() ? text.find_first_of(kBlanks) : text.find(delimiter);
  };
  for (; index > 0; --index) {
    const size_t at = find();
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(at + std::max<size_t>(delimiter.size(), 1));
  }
  return text.substr(0, find());
}

Result<ColumnPtr> SplitIndexKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  const IntReader index(*call.args[2]);
  if (!call.args[1]->type().is_character()) {
    const IntReader code(*call.args[1]);
    return SliceStrings(call, [&](uint32_t row) -> Piece {
      if (code[row] <= 0 || code[row] > 255) return std::nullopt;
      TextBuilder delimiter;
      AppendCodePoint(static_cast<uint32_t>(code[row]), delimiter);
      return SplitIndex(in[row].view(), delimiter.view(), index[row]);
    });
  }
  const StringReader delimiter(*call.args[1]);
  return SliceStrings(call, [&](uint32_t row) {
    return SplitIndex(in[row].view(), delimiter[row].view(), index[row]);
  });
}

// --- Building ------------------------------------------------------------------------------------

Result<ColumnPtr> RepeatKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  const IntReader count(*call.args[1]);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    const std::string_view from = in[row].view();
    const auto times = static_cast<uint64_t>(std::max(count[row], 0));
    CheckValueBytes(times * from.size());
    for (uint64_t i = 0; i < times && !from.empty(); ++i) text.Append(from);
    return true;
  });
}

Result<ColumnPtr> ReverseKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    const std::string_view from = in[row].view();
    for (size_t end = from.size(); end > 0;) {
      size_t begin = end - 1;
      while (begin > 0 && (static_cast<uint8_t>(from[begin]) & 0xC0) == 0x80) --begin;
      text.Append(from.substr(begin, end - begin));
      end = begin;
    }
    return true;
  });
}

void AppendPadding(std::string_view pad, int64_t code_points, TextBuilder& text) {
  const int64_t width = std::max<int64_t>(CountCodePoints(pad), 1);
  for (; code_points >= width; code_points -= width) text.Append(pad);
  text.Append(Between(pad, 0, code_points));
}

template <bool kLeft>
Result<ColumnPtr> PadKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  const IntReader length(*call.args[1]);
  const StringReader pads(*call.args[2]);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    const std::string_view from = in[row].view();
    const std::string_view pad = pads[row].view();
    if (length[row] < 0 || pad.empty()) return false;
    const std::string_view kept = Between(from, 0, length[row]);
    const int64_t missing = length[row] - CountCodePoints(kept);
    CheckValueBytes(kept.size() + static_cast<uint64_t>(missing));
    if (kLeft) AppendPadding(pad, missing, text);
    text.Append(kept);
    if (!kLeft) AppendPadding(pad, missing, text);
    return true;
  });
}

void Replace(std::string_view from, std::string_view search, std::string_view by,
             TextBuilder& text) {
  if (search.empty()) {
    text.Append(by);
    for (size_t offset = 0; offset < from.size();) {
      const size_t length = std::min(Utf8Length(from[offset]), from.size() - offset);
      text.Append(from.substr(offset, length));
      text.Append(by);
      CheckValueBytes(text.size());
      offset += length;
    }
    return;
  }
  for (size_t at = from.find(search); at != std::string_view::npos; at = from.find(search)) {
    text.Append(from.substr(0, at));
    text.Append(by);
    CheckValueBytes(text.size());
    from.remove_prefix(at + search.size());
  }
  text.Append(from);
}

Result<ColumnPtr> ReplaceKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  const StringReader search(*call.args[1]);
  const StringReader by(*call.args[2]);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    Replace(in[row].view(), search[row].view(), by[row].view(), text);
    return true;
  });
}

// The n-th code point of `to` replaces the n-th of `from`; those without a partner vanish.
// A NULL among the characters counts as the empty text (Flink).
Result<ColumnPtr> TranslateKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  const auto text_of = [&](size_t argument, uint32_t row) {
    const Column& column = *call.args[argument];
    return column.IsNull(row) ? std::string_view() : StringReader(column)[row].view();
  };
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    if (call.args[0]->IsNull(row)) return false;
    const std::string_view value = in[row].view();
    const std::string_view sources = text_of(1, row);
    const std::string_view targets = text_of(2, row);
    for (size_t offset = 0; offset < value.size();) {
      const size_t length = std::min(Utf8Length(value[offset]), value.size() - offset);
      const std::string_view character = value.substr(offset, length);
      offset += length;
      int64_t index = 0;
      size_t at = 0;
      while (at < sources.size() && sources.substr(at, Utf8Length(sources[at])) != character) {
        at += Utf8Length(sources[at]);
        ++index;
      }
      text.Append(at >= sources.size() ? character : Between(targets, index, index + 1));
    }
    return true;
  });
}

// Positions out of range return the input; a length of 0 or less drops the tail (Flink).
Result<ColumnPtr> OverlayKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  const StringReader by(*call.args[1]);
  const IntReader start(*call.args[2]);
  const bool has_length = call.args.size() == 4;
  const IntReader lengths(*call.args[has_length ? 3 : 2]);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    const std::string_view from = in[row].view();
    const int64_t size = CountCodePoints(from);
    const int64_t first = start[row];
    const int64_t length = has_length ? lengths[row] : CountCodePoints(by[row].view());
    if (first <= 0 || first > size) {
      text.Append(from);
      return true;
    }
    text.Append(Between(from, 0, first - 1));
    text.Append(by[row].view());
    if (length > 0 && first + length <= size) text.Append(Between(from, first - 1 + length, size));
    return true;
  });
}

Result<ColumnPtr> ChrKernel(const KernelCall& call) {
  const ValueReader<int64_t> code(*call.args[0]);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    if (code[row] >= 0) AppendCodePoint(static_cast<uint32_t>(code[row] & 0xFF), text);
    return true;
  });
}

Result<Type> VaryingRule(Args args) {
  return Type::VarChar(args[0]->type.length()).WithNullable(false);
}
Result<Type> SubstringRule(Args args) {
  return Type::VarChar(args[0]->type.length()).WithNullable(args.size() > 2);
}

// OVERLAY's result may be as long as text and replacement together (Flink).
Result<Type> OverlayRule(Args args) {
  const int64_t length = int64_t{args[0]->type.length()} + args[1]->type.length();
  return Type::VarChar(static_cast<int>(std::min<int64_t>(length, Type::kMaxLength)))
      .WithNullable(false);
}

Result<Type> TranslateRule(Args args) {
  return Type::String().WithNullable(args[0]->type.nullable());
}

std::vector<ScalarFunction> MakeTable() {
  constexpr ArgumentClass kEither = ArgumentClass::kStringOrBinary;
  return {
      Define("||", "string1 || string2 → VARCHAR", "The strings joined.",
             {{{kEither, kEither}, JoinedRule, ConcatKernel, 0, false, SameFamily}}),
      Define("CONCAT", "CONCAT(string, …) → STRING", "The strings joined; NULL if one is NULL.",
             {{{kStr}, ReturnsString, ConcatKernel, 0, true}}),
      WithNulls(Define("CONCAT_WS", "CONCAT_WS(separator, string, …) → STRING",
                       "The strings that are not NULL, joined by the separator.",
                       {{{kStr, kStr}, ReturnsNullableString, ConcatSeparatedKernel, 1, true}})),
      Define("UPPER", "UPPER(string) → its type", "In upper case.",
             {{{kStr}, ReturnsFirst, CaseKernel<true>}}, {"UCASE"}),
      Define("LOWER", "LOWER(string) → its type", "In lower case.",
             {{{kStr}, ReturnsFirst, CaseKernel<false>}}, {"LCASE"}),
      Define("INITCAP", "INITCAP(string) → its type",
             "Each word in lower case with an upper-case initial.",
             {{{kStr}, ReturnsFirst, InitcapKernel}}),
      Define("SUBSTRING", "SUBSTRING(string, start INT[, length INT]) → VARCHAR",
             "The code points from `start` (1 is the first, -1 the last).",
             {{{kStr, kInt, kInt}, SubstringRule, SubstringKernel, 1}}, {"SUBSTR"}),
      Define("LEFT", "LEFT(string, count INT) → VARCHAR", "The first code points.",
             {{{kStr, kInt}, VaryingRule, LeftKernel}}),
      Define("RIGHT", "RIGHT(string, count INT) → VARCHAR", "The last code points.",
             {{{kStr, kInt}, VaryingRule, RightKernel}}),
      Define("TRIM", "TRIM([BOTH | LEADING | TRAILING] [characters FROM] string) → STRING",
             "Without blanks, or the given characters, at its ends.",
             {{{kStr, kStr}, VaryingRule, TrimKernel<true, true>, 1}}, {"BTRIM"}),
      Define("LTRIM", "LTRIM(string[, characters]) → STRING",
             "Without leading blanks or characters.",
             {{{kStr, kStr}, VaryingRule, TrimKernel<true, false>, 1}}),
      Define("RTRIM", "RTRIM(string[, characters]) → STRING",
             "Without trailing blanks or characters.",
             {{{kStr, kStr}, VaryingRule, TrimKernel<false, true>, 1}}),
      Define("SPLIT_INDEX", "SPLIT_INDEX(string, delimiter, index INT) → STRING",
             "The index-th piece (0 is the first) between delimiters; NULL when there is none.",
             {{{kStr, kStr, kInt}, ReturnsNullableString, SplitIndexKernel},
              {{kStr, kInt, kInt}, ReturnsNullableString, SplitIndexKernel}}),
      Failing(Define("REPEAT", "REPEAT(string, count INT) → STRING", "The string `count` times.",
                     {{{kStr, kInt}, ReturnsString, RepeatKernel}})),
      Define("REVERSE", "REVERSE(string) → STRING", "The code points in reverse order.",
             {{{kStr}, ReturnsString, ReverseKernel}}),
      Failing(Define("LPAD", "LPAD(string, length INT, pad) → STRING",
                     "Padded on the left, or cut, to `length`.",
                     {{{kStr, kInt, kStr}, ReturnsNullableString, PadKernel<true>}})),
      Failing(Define("RPAD", "RPAD(string, length INT, pad) → STRING",
                     "Padded on the right, or cut, to `length`.",
                     {{{kStr, kInt, kStr}, ReturnsNullableString, PadKernel<false>}})),
      Define("REPLACE", "REPLACE(string, search, replacement) → STRING",
             "Every occurrence replaced.", {{{kStr, kStr, kStr}, ReturnsString, ReplaceKernel}}),
      WithNulls(Define("TRANSLATE", "TRANSLATE(string, from, to) → STRING",
                       "Every character of `from` replaced by its partner in `to`, or dropped.",
                       {{{kStr, kStr, kStr}, TranslateRule, TranslateKernel}}, {"TRANSLATE3"})),
      Define("OVERLAY", "OVERLAY(string PLACING replacement FROM start [FOR length]) → VARCHAR",
             "With the characters from `start` replaced.",
             {{{kStr, kStr, kInt, kInt}, OverlayRule, OverlayKernel, 1}}),
      Define("CHR", "CHR(code BIGINT) → STRING", "The character of the code modulo 256.",
             {{{kBigInt}, ReturnsString, ChrKernel}}),
  };
}

}  // namespace

std::span<const ScalarFunction> StringFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
