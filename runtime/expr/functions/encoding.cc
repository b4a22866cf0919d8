// Text as bytes and back by the charsets that every Java has; checks of UTF-8; addresses of IPv4.
#include <fmt/format.h>

#include "runtime/base/names.h"
#include "runtime/base/valid_utf8.h"
#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/text.h"

namespace weir::expr {
namespace {

// --- Charsets ------------------------------------------------------------------------------------

enum class Charset : uint8_t { kUtf8, kAscii, kLatin1, kUtf16, kUtf16Be, kUtf16Le };

struct CharsetName {
  std::string_view name;
  Charset charset;
};
constexpr CharsetName kCharsets[] = {
    {"UTF-8", Charset::kUtf8},   {"UTF8", Charset::kUtf8},         {"US-ASCII", Charset::kAscii},
    {"ASCII", Charset::kAscii},  {"ISO-8859-1", Charset::kLatin1}, {"LATIN1", Charset::kLatin1},
    {"UTF-16", Charset::kUtf16}, {"UTF-16BE", Charset::kUtf16Be},  {"UTF-16LE", Charset::kUtf16Le},
};

Result<Charset> FindCharset(std::string_view name) {
  for (const CharsetName& known : kCharsets) {
    if (EqualsIgnoreCase(known.name, name)) return known.charset;
  }
  return Status::DataError(fmt::format("no such charset: {}", name))
      .WithId("E3001")
      .WithHint("charsets are UTF-8, US-ASCII, ISO-8859-1, UTF-16, UTF-16BE, UTF-16LE");
}

constexpr uint32_t kReplacement = 0xFFFD;

void AppendUnit(uint32_t unit, bool little, TextBuilder& out) {
  const auto high = static_cast<char>(unit >> 8);
  const auto low = static_cast<char>(unit & 0xFF);
  out.Append(little ? low : high);
  out.Append(little ? high : low);
}

void AppendUtf16(uint32_t c, bool little, TextBuilder& out) {
  if (c < 0x10000) return AppendUnit(c, little, out);
  AppendUnit(0xD800 + ((c - 0x10000) >> 10), little, out);
  AppendUnit(0xDC00 + ((c - 0x10000) & 0x3FF), little, out);
}

// Characters that the charset lacks become '?'.
void AppendEncoded(std::string_view text, Charset charset, TextBuilder& out) {
  if (charset == Charset::kUtf8) return out.Append(text);
  if (charset == Charset::kUtf16 && !text.empty()) AppendUnit(0xFEFF, false, out);
  for (size_t offset = 0; offset < text.size();) {
    const uint32_t c = NextCodePoint(text, offset);
    if (charset == Charset::kAscii || charset == Charset::kLatin1) {
      out.Append(c < (charset == Charset::kAscii ? 0x80U : 0x100U) ? static_cast<char>(c) : '?');
    } else {
      AppendUtf16(c, charset == Charset::kUtf16Le, out);
    }
  }
}

void AppendValidUtf8(std::string_view bytes, TextBuilder& out) {
  PutValidUtf8(bytes, [&](std::string_view piece) { out.Append(piece); });
}

void AppendFromUtf16(std::string_view bytes, bool little, TextBuilder& out) {
  const auto unit = [&](size_t offset) -> uint32_t {
    const auto first = static_cast<uint8_t>(bytes[offset]);
    const auto second = static_cast<uint8_t>(bytes[offset + 1]);
    return little ? (uint32_t{second} << 8) | first : (uint32_t{first} << 8) | second;
  };
  size_t offset = 0;
  while (offset + 2 <= bytes.size()) {
    const uint32_t high = unit(offset);
    offset += 2;
    if (high < 0xD800 || high >= 0xE000) {
      AppendCodePoint(high, out);
    } else if (high < 0xDC00 && offset + 2 <= bytes.size() && (unit(offset) & 0xFC00) == 0xDC00) {
      AppendCodePoint(0x10000 + ((high & 0x3FF) << 10) + (unit(offset) & 0x3FF), out);
      offset += 2;
    } else {
      AppendCodePoint(kReplacement, out);
    }
  }
  if (offset < bytes.size()) AppendCodePoint(kReplacement, out);
}

void AppendDecoded(std::string_view bytes, Charset charset, TextBuilder& out) {
  if (charset == Charset::kUtf8) return AppendValidUtf8(bytes, out);
  if (charset == Charset::kUtf16) {
    const bool little = bytes.starts_with("\xFF\xFE");
    if (little || bytes.starts_with("\xFE\xFF")) bytes.remove_prefix(2);
    return AppendFromUtf16(bytes, little, out);
  }
  if (charset != Charset::kAscii && charset != Charset::kLatin1) {
    return AppendFromUtf16(bytes, charset == Charset::kUtf16Le, out);
  }
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    AppendCodePoint(charset == Charset::kAscii && byte >= 0x80 ? kReplacement : byte, out);
  }
}

template <void (*kAppend)(std::string_view, Charset, TextBuilder&)>
Result<ColumnPtr> CharsetKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  const StringReader names(*call.args[1]);
  MutableColumnPtr out = call.MakeResult();
  TextBuilder text;
  RETURN_IF_ERROR(TryValidRows(call.rows, out->validity(), [&](uint32_t row) -> Status {
    const Result<Charset> charset = FindCharset(names[row].view());
    if (!charset.ok()) return call.Fail(charset.status());
    text.clear();
    kAppend(in[row].view(), *charset, text);
    out->SetString(row, text.view());
    return {};
  }));
  return ColumnPtr(std::move(out));
}

Result<ColumnPtr> IsValidKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  return MapStrings<uint8_t>(call, [&](uint32_t row) { return IsUtf8(in[row].view()); });
}

Result<ColumnPtr> MakeValidKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    AppendValidUtf8(in[row].view(), text);
    return true;
  });
}

// --- Addresses -----------------------------------------------------------------------------------

// 1 to 4 numbers between points, none above 255; the last one is the last byte (Flink).
std::optional<int64_t> ParseAddress(std::string_view text) {
  uint64_t address = 0;
  for (int part = 0; part < 4; ++part) {
    const size_t point = text.find('.');
    const std::string_view digits = text.substr(0, point);
    if (digits.empty() || digits.size() > 10) return std::nullopt;
    uint64_t number = 0;
    for (const char c : digits) {
      if (c < '0' || c > '9') return std::nullopt;
      number = number * 10 + static_cast<uint64_t>(c - '0');
    }
    const bool last = point == std::string_view::npos;
    const int bits = last ? 8 * (4 - part) : 8;
    if (number > 255) return std::nullopt;
    address = (address << bits) | number;
    if (last) return static_cast<int64_t>(address);
    text.remove_prefix(point + 1);
  }
  return std::nullopt;
}

Result<ColumnPtr> AddressToNumberKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  MutableColumnPtr out = call.MakeNullableResult();
  auto* result = out->mutable_data<int64_t>();
  ForValidRows(call.rows, out->validity(), [&](uint32_t row) {
    const std::optional<int64_t> address = ParseAddress(in[row].view());
    if (!address) return out->SetNull(row);
    result[row] = *address;
  });
  return ColumnPtr(std::move(out));
}

Result<ColumnPtr> NumberToAddressKernel(const KernelCall& call) {
  const ValueReader<int64_t> in(*call.args[0]);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    const int64_t address = in[row];
    if (address < 0 || address > 0xFFFFFFFF) return false;
    char buffer[16];
    const auto written =
        fmt::format_to_n(buffer, sizeof(buffer), "{}.{}.{}.{}", address >> 24,
                         (address >> 16) & 0xFF, (address >> 8) & 0xFF, address & 0xFF);
    text.Append({buffer, written.size});
    return true;
  });
}

// --- Picking -------------------------------------------------------------------------------------

// ELT: NULL where no argument has the index. NULLs among the arguments that are not picked do not
// matter.
Result<ColumnPtr> PickKernel(const KernelCall& call) {
  const Column& index = *call.args[0];
  const ValueReader<int64_t> numbers(index);
  MutableColumnPtr out = Column::Make(call.type(), call.length, call.constant);
  for (const ColumnPtr& arg : call.args.subspan(1)) out->ShareHeaps(*arg);
  auto* result = out->mutable_data<StringRef>();
  ForRows(call.rows, [&](uint32_t row) {
    const bool there = !index.IsNull(row) && numbers[row] > 0 &&
                       numbers[row] < static_cast<int64_t>(call.args.size());
    if (!there) return out->SetNull(row);
    const Column& picked = *call.args[static_cast<size_t>(numbers[row])];
    if (picked.IsNull(row)) return out->SetNull(row);
    result[row] = picked.ValueAt<StringRef>(row);
  });
  return ColumnPtr(std::move(out));
}

bool UnifyPicked(std::span<const ExprPtr>, std::vector<Type>& types) {
  Type common;
  for (size_t i = 1; i < types.size(); ++i) {
    if (types[i].is_binary() != types[1].is_binary()) return false;
    if (common.length() < types[i].length()) common = types[i];
    if (types[i].length() != types[1].length() || types[i].kind() != types[1].kind()) {
      common =
          types[1].is_binary() ? Type::VarBinary(common.length()) : Type::VarChar(common.length());
    }
  }
  for (size_t i = 1; i < types.size(); ++i) types[i] = common;
  return true;
}

Result<Type> PickedRule(Args args) {
  const Expr& index = *args[0];
  if (index.kind == ExprKind::kLiteral && !index.literal.is_null() &&
      index.literal.get<int64_t>() < 0) {
    return Status::InvalidSql(
               fmt::format("values are counted from 1, this is {}", index.literal.get<int64_t>()))
        .WithId("E2005")
        .WithSpan(index.span);
  }
  // Values of several lengths stay as they are: a cast to a longer type would change nothing.
  std::vector<Type> types;
  for (const ExprPtr& arg : args) types.push_back(arg->type);
  UnifyPicked({}, types);
  return types[1].WithNullable(true);
}

Result<Type> NullableBigIntRule(Args) {
  return Type::BigInt();
}

std::vector<ScalarFunction> MakeTable() {
  constexpr ArgumentClass kEither = ArgumentClass::kStringOrBinary;
  return {
      Failing(Define("ENCODE", "ENCODE(string, charset) → BYTES",
                     "The bytes of the text in a charset: UTF-8, US-ASCII, ISO-8859-1, UTF-16, "
                     "UTF-16BE, UTF-16LE.",
                     {{{kStr, kStr}, ReturnsBytes, CharsetKernel<AppendEncoded>}})),
      Failing(Define("DECODE", "DECODE(bytes, charset) → STRING",
                     "The text that the bytes spell in a charset.",
                     {{{kBytes, kStr}, ReturnsString, CharsetKernel<AppendDecoded>}})),
      Define("IS_VALID_UTF8", "IS_VALID_UTF8(bytes) → BOOLEAN", "TRUE if the bytes are UTF-8.",
             {{{kBytes}, ReturnsBoolean, IsValidKernel}}),
      Define("MAKE_VALID_UTF8", "MAKE_VALID_UTF8(bytes) → STRING",
             "The bytes as UTF-8, what is not replaced by U+FFFD.",
             {{{kBytes}, ReturnsString, MakeValidKernel}}),
      Define("INET_ATON", "INET_ATON(string) → BIGINT",
             "An IPv4 address as a number; NULL for other text.",
             {{{kStr}, NullableBigIntRule, AddressToNumberKernel}}),
      Define("INET_NTOA", "INET_NTOA(number BIGINT) → STRING",
             "A number as an IPv4 address; NULL for other numbers.",
             {{{kBigInt}, ReturnsNullableString, NumberToAddressKernel}}),
      WithNulls(Define("ELT", "ELT(index INT, value, …) → its type",
                       "The index-th value (1 is the first); NULL when there is none.",
                       {{{kBigInt, kEither}, PickedRule, PickKernel, 0, true, UnifyPicked}})),
  };
}

}  // namespace

std::span<const ScalarFunction> EncodingFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
