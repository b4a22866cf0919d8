// Functions that measure strings and look for strings in them.
#include <fmt/format.h>

#include <algorithm>

#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/text.h"

namespace weir::expr {
namespace {

Result<ColumnPtr> LengthKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  return MapStrings<int32_t>(call, [&](uint32_t row) { return CountCodePoints(in[row].view()); });
}

// The position in code points, from 1, of the first occurrence at or behind `start`; 0 for none. A
// start before the text is its beginning, and nothing is found at once (Flink).
int64_t Find(std::string_view text, std::string_view wanted, int64_t start) {
  if (wanted.empty()) return 1;
  const size_t from = OffsetOfCodePoint(text, std::max<int64_t>(start, 1) - 1);
  const size_t at = text.find(wanted, from);
  return at == std::string_view::npos ? 0 : CountCodePoints(text.substr(0, at)) + 1;
}

// POSITION(wanted IN text) and LOCATE(wanted, text): the text comes second.
Result<ColumnPtr> FindKernel(const KernelCall& call) {
  const StringReader text(*call.args[1]);
  const StringReader wanted(*call.args[0]);
  if (call.args.size() == 2) {
    return MapStrings<int32_t>(
        call, [&](uint32_t row) { return Find(text[row].view(), wanted[row].view(), 1); });
  }
  const ValueReader<int32_t> start(*call.args[2]);
  return MapStrings<int32_t>(
      call, [&](uint32_t row) { return Find(text[row].view(), wanted[row].view(), start[row]); });
}

// The nth occurrence at or behind the byte `from`; npos for none.
size_t FindForwards(std::string_view text, std::string_view wanted, size_t from, int32_t nth) {
  size_t at = text.find(wanted, from);
  while (--nth > 0 && at != std::string_view::npos) at = text.find(wanted, at + 1);
  return at;
}

// The nth occurrence, counted backwards, of those that begin at or before the byte `from`; npos for
// none.
size_t FindBackwards(std::string_view text, std::string_view wanted, size_t from, int32_t nth) {
  size_t at = text.rfind(wanted, from);
  while (--nth > 0 && at != std::string_view::npos) {
    at = at == 0 ? std::string_view::npos : text.rfind(wanted, at - 1);
  }
  return at;
}

// INSTR: a negative start counts from the end and searches backwards; with 0 nothing is found. The
// empty text is found at the beginning or, backwards, behind the end (Flink).
int64_t InString(std::string_view text, std::string_view wanted, int64_t start, int32_t nth) {
  if (start == 0) return 0;
  if (wanted.empty()) return start > 0 ? 1 : CountCodePoints(text) + 1;
  size_t at;
  if (start > 0) {
    if (start - 1 > CountCodePoints(text)) return 0;
    at = FindForwards(text, wanted, OffsetOfCodePoint(text, start - 1), nth);
  } else {
    const int64_t from = CountCodePoints(text) + start;
    if (from < 0) return 0;
    at = FindBackwards(text, wanted, OffsetOfCodePoint(text, from), nth);
  }
  return at == std::string_view::npos ? 0 : CountCodePoints(text.substr(0, at)) + 1;
}

Result<ColumnPtr> InStringKernel(const KernelCall& call) {
  const StringReader text(*call.args[0]);
  const StringReader wanted(*call.args[1]);
  const size_t count = call.args.size();
  const ValueReader<int32_t> start(*call.args[count > 2 ? 2 : 0]);
  const ValueReader<int32_t> nth(*call.args[count > 3 ? 3 : 0]);
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<int32_t>();
  RETURN_IF_ERROR(TryValidRows(call.rows, out->validity(), [&](uint32_t row) -> Status {
    const int32_t occurrence = count > 3 ? nth[row] : 1;
    if (occurrence <= 0) {
      return call.Fail(
          Status::DataError(fmt::format("INSTR counts occurrences from 1, not {}", occurrence))
              .WithId("E3001"));
    }
    result[row] = static_cast<int32_t>(
        InString(text[row].view(), wanted[row].view(), count > 2 ? start[row] : 1, occurrence));
    return {};
  }));
  return ColumnPtr(std::move(out));
}

template <bool kStart>
Result<ColumnPtr> AffixKernel(const KernelCall& call) {
  const StringReader text(*call.args[0]);
  const StringReader affix(*call.args[1]);
  return MapStrings<uint8_t>(call, [&](uint32_t row) {
    return kStart ? text[row].view().starts_with(affix[row].view())
                  : text[row].view().ends_with(affix[row].view());
  });
}

// ASCII: the first byte as a signed number, as in Flink; 0 for the empty text.
Result<ColumnPtr> AsciiKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  return MapStrings<int32_t>(call, [&](uint32_t row) {
    const std::string_view text = in[row].view();
    return text.empty() ? 0 : static_cast<int32_t>(static_cast<int8_t>(text[0]));
  });
}

constexpr ArgumentClass kEither = ArgumentClass::kStringOrBinary;

bool SameFamily(std::span<const ExprPtr>, std::vector<Type>& types) {
  return types[0].is_binary() == types[1].is_binary();
}

std::vector<ScalarFunction> MakeTable() {
  return {
      Define("CHAR_LENGTH", "CHAR_LENGTH(string) → INT", "The number of code points.",
             {{{kStr}, ReturnsInt, LengthKernel}}, {"CHARACTER_LENGTH", "LENGTH"}),
      Define("POSITION", "POSITION(wanted IN string) → INT",
             "Where it first occurs, from 1; 0 if nowhere.",
             {{{kStr, kStr, kInt}, ReturnsInt, FindKernel, 1}}),
      Define("LOCATE", "LOCATE(wanted, string[, start INT]) → INT",
             "Where it first occurs at or behind `start`, from 1; 0 if nowhere.",
             {{{kStr, kStr, kInt}, ReturnsInt, FindKernel, 1}}),
      Failing(
          Define("INSTR", "INSTR(string, wanted[, start INT[, nth INT]]) → INT",
                 "Where it occurs for the nth time, from 1; 0 if nowhere. A negative start looks "
                 "backwards from the end.",
                 {{{kStr, kStr, kInt, kInt}, ReturnsInt, InStringKernel, 2}})),
      Define("STARTSWITH", "STARTSWITH(string, start) → BOOLEAN", "TRUE if the string starts so.",
             {{{kEither, kEither}, ReturnsBoolean, AffixKernel<true>, 0, false, SameFamily}}),
      Define("ENDSWITH", "ENDSWITH(string, end) → BOOLEAN", "TRUE if the string ends so.",
             {{{kEither, kEither}, ReturnsBoolean, AffixKernel<false>, 0, false, SameFamily}}),
      Define("ASCII", "ASCII(string) → INT", "The value of the first byte, -128 to 127.",
             {{{kStr}, ReturnsInt, AsciiKernel}}),
  };
}

}  // namespace

std::span<const ScalarFunction> TextPositionFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
