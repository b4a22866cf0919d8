// Digests, base64 and HASH_CODE.
#include <fmt/format.h>
#include <openssl/evp.h>

#include <bit>
#include <cmath>
#include <limits>

#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/text.h"
#include "runtime/types/datetime.h"
#include "runtime/types/decimal.h"

namespace weir::expr {
namespace {

// The digest in lower-case hexadecimal digits.
bool AppendDigest(std::string_view bytes, const EVP_MD* algorithm, TextBuilder& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &size, algorithm, nullptr) != 1) return false;
  for (unsigned int i = 0; i < size; ++i) {
    text.Append("0123456789abcdef"[digest[i] >> 4]);
    text.Append("0123456789abcdef"[digest[i] & 15]);
  }
  return true;
}

template <const EVP_MD* (*kDigest)()>
Result<ColumnPtr> DigestKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    return AppendDigest(in[row].view(), kDigest(), text);
  });
}

const EVP_MD* DigestOfLength(int32_t bits) {
  switch (bits) {
    case 224:
      return EVP_sha224();
    case 256:
      return EVP_sha256();
    case 384:
      return EVP_sha384();
    case 512:
      return EVP_sha512();
    default:
      return nullptr;
  }
}

Result<ColumnPtr> Sha2Kernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  const ValueReader<int32_t> bits(*call.args[1]);
  MutableColumnPtr out = call.MakeNullableResult();
  TextBuilder text;
  RETURN_IF_ERROR(TryValidRows(call.rows, out->validity(), [&](uint32_t row) -> Status {
    const EVP_MD* algorithm = DigestOfLength(bits[row]);
    if (algorithm == nullptr) {
      return call.Fail(
          Status::DataError(fmt::format("SHA2 has 224, 256, 384 or 512 bits, not {}", bits[row]))
              .WithId("E3001"));
    }
    text.clear();
    AppendDigest(in[row].view(), algorithm, text);
    out->SetString(row, text.view());
    return {};
  }));
  return ColumnPtr(std::move(out));
}

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

Result<ColumnPtr> ToBase64Kernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    const std::string_view bytes = in[row].view();
    for (size_t i = 0; i < bytes.size(); i += 3) {
      uint32_t group = 0;
      for (size_t k = 0; k < 3; ++k) {
        group = (group << 8) | (i + k < bytes.size() ? static_cast<uint8_t>(bytes[i + k]) : 0U);
      }
      for (size_t k = 0; k < 4; ++k) {
        const bool present = i + k <= bytes.size();
        text.Append(present ? kAlphabet[(group >> (18 - 6 * k)) & 63] : '=');
      }
    }
    return true;
  });
}

bool AppendDecoded(std::string_view encoded, TextBuilder& text) {
  while (encoded.ends_with('=')) encoded.remove_suffix(1);
  uint32_t group = 0;
  int bits = 0;
  for (const char c : encoded) {
    const size_t value = std::string_view(kAlphabet).find(c);
    if (value == std::string_view::npos) return false;
    group = (group << 6) | static_cast<uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    text.Append(static_cast<char>((group >> bits) & 0xFF));
  }
  return true;
}

// NULL for text that is not base64.
Result<ColumnPtr> FromBase64Kernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  return BuildStrings(
      call, [&](uint32_t row, TextBuilder& text) { return AppendDecoded(in[row].view(), text); });
}

// --- HASH_CODE: hashCode() of the Java value that Flink has -------------------------------------

uint32_t HashOfLong(uint64_t value) {
  return static_cast<uint32_t>(value ^ (value >> 32));
}

// The magnitude of the hash of its UTF-16 code units.
uint32_t HashOfText(std::string_view text) {
  uint32_t hash = 0;
  for (size_t i = 0; i < text.size();) {
    const uint32_t point = NextCodePoint(text, i);
    if (point >= 0x10000) hash = hash * 31 + 0xD7C0 + (point >> 10);
    hash = hash * 31 + (point >= 0x10000 ? 0xDC00 + (point & 0x3FF) : point);
  }
  return (hash >> 31) != 0 ? -hash : hash;
}

// java.math.BigDecimal: the magnitude in words of 32 bits from the highest on, its sign, the scale.
uint32_t HashOfDecimal(Int128 unscaled, int scale) {
  const auto magnitude =
      unscaled < 0 ? -static_cast<UInt128>(unscaled) : static_cast<UInt128>(unscaled);
  uint32_t hash = 0;
  for (int shift = 96; shift >= 0; shift -= 32) {
    hash = hash * 31 + static_cast<uint32_t>(magnitude >> shift);
  }
  return 31 * (unscaled < 0 ? -hash : hash) + static_cast<uint32_t>(scale);
}

uint32_t HashOfTimestamp(TimestampNanos t) {
  const auto millis = static_cast<uint64_t>(t.millis);
  const uint32_t hash = static_cast<uint32_t>(millis) ^ static_cast<uint32_t>(t.millis >> 32);
  return 31 * hash + static_cast<uint32_t>(t.nanos);
}

// The bits of a floating-point number, with the same ones for every NaN (Java's doubleToLongBits).
template <typename Bits, typename T>
Bits BitsOf(T value) {
  return std::bit_cast<Bits>(std::isnan(value) ? std::numeric_limits<T>::quiet_NaN() : value);
}

uint32_t HashOfValue(const Column& column, uint32_t row) {
  const Type& type = column.type();
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return ValueReader<uint8_t>(column)[row] != 0 ? 1231 : 1237;
    case TypeKind::kTinyInt:
      return static_cast<uint32_t>(ValueReader<int8_t>(column)[row]);
    case TypeKind::kSmallInt:
      return static_cast<uint32_t>(ValueReader<int16_t>(column)[row]);
    case TypeKind::kInt:
    case TypeKind::kDate:
      return static_cast<uint32_t>(ValueReader<int32_t>(column)[row]);
    case TypeKind::kBigInt:
      return HashOfLong(static_cast<uint64_t>(ValueReader<int64_t>(column)[row]));
    case TypeKind::kFloat:
      return BitsOf<uint32_t>(ValueReader<float>(column)[row]);
    case TypeKind::kDouble:
      return HashOfLong(BitsOf<uint64_t>(ValueReader<double>(column)[row]));
    case TypeKind::kTime:
      return static_cast<uint32_t>(ValueReader<int64_t>(column)[row] / kNanosPerMilli);
    case TypeKind::kDecimal:
      if (type.physical() == PhysicalType::kInt64)
        return HashOfDecimal(ValueReader<int64_t>(column)[row], type.scale());
      return HashOfDecimal(ValueReader<Int128>(column)[row], type.scale());
    case TypeKind::kTimestamp:
      if (type.physical() == PhysicalType::kInt64)
        return HashOfTimestamp(NanosFromMicros(ValueReader<int64_t>(column)[row]));
      return HashOfTimestamp(ValueReader<TimestampNanos>(column)[row]);
    default:
      return HashOfText(StringReader(column)[row].view());
  }
}

Result<Type> HashCodeRule(Args args) {
  const Type& type = args[0]->type;
  const bool hashed = type.is_numeric() || type.is_character() ||
                      type.kind() == TypeKind::kBoolean || type.kind() == TypeKind::kDate ||
                      type.kind() == TypeKind::kTime || type.kind() == TypeKind::kTimestamp;
  if (hashed) return Type::Int().WithNullable(false);
  return Status::InvalidSql(
             fmt::format("HASH_CODE does not take {}", type.ToStringIgnoringNullability()))
      .WithId("E2005")
      .WithHint("it takes a number, a string, a BOOLEAN, a DATE, a TIME or a TIMESTAMP")
      .WithSpan(args[0]->span);
}

Result<ColumnPtr> HashCodeKernel(const KernelCall& call) {
  MutableColumnPtr out = call.MakeResult();
  auto* result = out->mutable_data<int32_t>();
  ForValidRows(call.rows, out->validity(), [&](uint32_t row) {
    result[row] = static_cast<int32_t>(HashOfValue(*call.args[0], row));
  });
  return ColumnPtr(std::move(out));
}

// Two hexadecimal digits a byte.
template <int kBits>
Result<Type> DigestRule(Args) {
  return Type::Char(kBits / 4).WithNullable(false);
}
// SHA2 chooses the digest at run time, so its type is that of the longest one, 512 bits (Flink).
Result<Type> Sha2Rule(Args) {
  return Type::VarChar(512 / 4).WithNullable(false);
}

template <const EVP_MD* (*kDigest)(), int kBits>
ScalarFunction Digest(std::string_view name, std::string_view doc) {
  return Define(name, "F(string) → CHAR", doc,
                {{{ArgumentClass::kStringOrBinary}, DigestRule<kBits>, DigestKernel<kDigest>}});
}

std::vector<ScalarFunction> MakeTable() {
  return {
      Digest<EVP_md5, 128>("MD5", "The MD5 digest in hexadecimal digits."),
      Digest<EVP_sha1, 160>("SHA1", "The SHA-1 digest in hexadecimal digits."),
      Digest<EVP_sha224, 224>("SHA224", "The SHA-224 digest in hexadecimal digits."),
      Digest<EVP_sha256, 256>("SHA256", "The SHA-256 digest in hexadecimal digits."),
      Digest<EVP_sha384, 384>("SHA384", "The SHA-384 digest in hexadecimal digits."),
      Digest<EVP_sha512, 512>("SHA512", "The SHA-512 digest in hexadecimal digits."),
      Failing(Define("SHA2", "SHA2(string, bits INT) → VARCHAR",
                     "The SHA-2 digest of 224, 256, 384 or 512 bits in hexadecimal digits.",
                     {{{ArgumentClass::kStringOrBinary, kInt}, Sha2Rule, Sha2Kernel}})),
      Define("TO_BASE64", "TO_BASE64(string) → STRING", "The bytes in base64.",
             {{{ArgumentClass::kStringOrBinary}, ReturnsString, ToBase64Kernel}}),
      Define("FROM_BASE64", "FROM_BASE64(string) → STRING",
             "The bytes that base64 text stands for.",
             {{{ArgumentClass::kStringOrBinary}, ReturnsNullableString, FromBase64Kernel}}),
      Define("HASH_CODE", "HASH_CODE(value) → INT",
             "The hash that Java gives the value: Flink's for a key of this type.",
             {{{kAny}, HashCodeRule, HashCodeKernel}}),
  };
}

}  // namespace

std::span<const ScalarFunction> HashFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
