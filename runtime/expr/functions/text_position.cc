// Functions that measure strings and look for strings in them.
#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/text.h"

namespace weir::expr {
namespace {

Result<ColumnPtr> LengthKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  return MapStrings<int32_t>(call, [&](uint32_t row) { return CountCodePoints(in[row].view()); });
}

// The position in code points, from 1, of the first occurrence at or behind `start`; 0 for none.
int64_t Find(std::string_view text, std::string_view wanted, int64_t start) {
  if (start < 1) return 0;
  const size_t from = OffsetOfCodePoint(text, start - 1);
  const size_t at = text.find(wanted, from);
  return at == std::string_view::npos ? 0 : CountCodePoints(text.substr(0, at)) + 1;
}

// POSITION(wanted IN text) and LOCATE(wanted, text): the text comes second; INSTR(text, wanted):
// first.
template <size_t kText>
Result<ColumnPtr> FindKernel(const KernelCall& call) {
  const StringReader text(*call.args[kText]);
  const StringReader wanted(*call.args[1 - kText]);
  const bool has_start = call.args.size() == 3;
  if (!has_start) {
    return MapStrings<int32_t>(
        call, [&](uint32_t row) { return Find(text[row].view(), wanted[row].view(), 1); });
  }
  const ValueReader<int32_t> start(*call.args[2]);
  return MapStrings<int32_t>(
      call, [&](uint32_t row) { return Find(text[row].view(), wanted[row].view(), start[row]); });
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

// The first byte, signed as in Flink; 0 of nothing.
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
             {{{kStr, kStr, kInt}, ReturnsInt, FindKernel<1>, 1}}),
      Define("LOCATE", "LOCATE(wanted, string[, start INT]) → INT",
             "Where it first occurs at or behind `start`, from 1; 0 if nowhere.",
             {{{kStr, kStr, kInt}, ReturnsInt, FindKernel<1>, 1}}),
      Define("INSTR", "INSTR(string, wanted[, start INT]) → INT",
             "Where it first occurs, from 1; 0 if nowhere.",
             {{{kStr, kStr, kInt}, ReturnsInt, FindKernel<0>, 1}}),
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
