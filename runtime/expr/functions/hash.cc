// Digests and base64.
#include <fmt/format.h>
#include <openssl/evp.h>

#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/text.h"

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

template <const EVP_MD* (*kDigest)()>
ScalarFunction Digest(std::string_view name, std::string_view doc) {
  return Define(name, "F(string) → STRING", doc,
                {{{ArgumentClass::kStringOrBinary}, ReturnsString, DigestKernel<kDigest>}});
}

std::vector<ScalarFunction> MakeTable() {
  return {
      Digest<EVP_md5>("MD5", "The MD5 digest in hexadecimal digits."),
      Digest<EVP_sha1>("SHA1", "The SHA-1 digest in hexadecimal digits."),
      Digest<EVP_sha224>("SHA224", "The SHA-224 digest in hexadecimal digits."),
      Digest<EVP_sha256>("SHA256", "The SHA-256 digest in hexadecimal digits."),
      Digest<EVP_sha384>("SHA384", "The SHA-384 digest in hexadecimal digits."),
      Digest<EVP_sha512>("SHA512", "The SHA-512 digest in hexadecimal digits."),
      Failing(Define("SHA2", "SHA2(string, bits INT) → STRING",
                     "The SHA-2 digest of 224, 256, 384 or 512 bits in hexadecimal digits.",
                     {{{ArgumentClass::kStringOrBinary, kInt}, ReturnsString, Sha2Kernel}})),
      Define("TO_BASE64", "TO_BASE64(string) → STRING", "The bytes in base64.",
             {{{ArgumentClass::kStringOrBinary}, ReturnsString, ToBase64Kernel}}),
      Define("FROM_BASE64", "FROM_BASE64(string) → STRING",
             "The bytes that base64 text stands for.",
             {{{kStr}, ReturnsNullableString, FromBase64Kernel}}),
  };
}

}  // namespace

std::span<const ScalarFunction> HashFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
