#include "runtime/s3/s3_signature.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "runtime/base/check.h"
#include "runtime/base/names.h"

namespace weir::s3 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string DigestOf(const EVP_MD* kind, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int length = 0;
  const int done = EVP_Digest(bytes.data(), bytes.size(), out.data(), &length, kind, nullptr);
  WEIR_CHECK(done == 1);
  return {reinterpret_cast<const char*>(out.data()), length};
}

std::string Hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int length = 0;
  const unsigned char* done =
      ::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &length);
  WEIR_CHECK(done != nullptr);
  return {reinterpret_cast<const char*>(out.data()), length};
}

std::string Hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0xFU];
  }
  return text;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// "20130524T000000Z"
std::string DateTime(Timestamp now) {
  using std::chrono::floor;
  const std::chrono::sys_time<std::chrono::milliseconds> at{std::chrono::milliseconds(now.millis)};
  const auto day = floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(floor<std::chrono::seconds>(at) - day);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

// Runs of blanks are one, and none is at the ends.
std::string Trimmed(std::string_view value) {
  std::string trimmed;
  for (const char c : value) {
    if (c != ' ') {
      trimmed += c;
    } else if (!trimmed.empty() && trimmed.back() != ' ') {
      trimmed += ' ';
    }
  }
  while (trimmed.ends_with(' ')) trimmed.pop_back();
  return trimmed;
}

struct CanonicalHeaders {
  std::string text;   // "host:a\nx-amz-date:b\n"
  std::string names;  // "host;x-amz-date"
};

CanonicalHeaders CanonicalOf(Pairs headers) {
  for (auto& [name, value] : headers) name = ToLower(name);
  std::ranges::stable_sort(headers, {}, [](const auto& header) { return header.first; });
  CanonicalHeaders canonical;
  for (const auto& [name, value] : headers) {
    canonical.text += fmt::format("{}:{}\n", name, Trimmed(value));
    canonical.names += (canonical.names.empty() ? "" : ";") + name;
  }
  return canonical;
}

}  // namespace

std::string UriEncoded(std::string_view text, bool keep_slashes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~' || (c == '/' && keep_slashes);
    if (plain) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kDigits[byte >> 4U];
    encoded += kDigits[byte & 0xFU];
  }
  return encoded;
}

std::string QueryText(const Pairs& query) {
  Pairs encoded;
  for (const auto& [name, value] : query)
    encoded.emplace_back(UriEncoded(name, false), UriEncoded(value, false));
  std::ranges::sort(encoded);
  std::string text;
  for (const auto& [name, value] : encoded)
    text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, value);
  return text;
}

std::string HexSha256(std::string_view bytes) {
  return Hex(DigestOf(EVP_sha256(), bytes));
}

std::string Base64Md5(std::string_view bytes) {
  const std::string digest = DigestOf(EVP_md5(), bytes);
  std::array<unsigned char, 32> out{};  // 24 characters and a 0
  const int length =
      EVP_EncodeBlock(out.data(), reinterpret_cast<const unsigned char*>(digest.data()),
                      static_cast<int>(digest.size()));
  return {reinterpret_cast<const char*>(out.data()), static_cast<size_t>(length)};
}

std::string MultipartETag(const std::vector<std::string>& parts) {
  constexpr size_t kMd5Digits = 32;
  std::string digests;
  for (const std::string& part : parts) {
    if (part.size() != kMd5Digits) return "";
    for (size_t i = 0; i < part.size(); i += 2) {
      const int high = HexValue(part[i]);
      const int low = HexValue(part[i + 1]);
      if (high < 0 || low < 0) return "";
      digests += static_cast<char>(high * 16 + low);
    }
  }
  return fmt::format("{}-{}", Hex(DigestOf(EVP_md5(), digests)), parts.size());
}

std::vector<std::string> SignedHeaders(const ToSign& request, const Credentials& credentials,
                                       std::string_view region, Timestamp now,
                                       std::string_view service) {
  const std::string time = DateTime(now);
  const std::string day = time.substr(0, time.find('T'));
  const bool of_s3 = service == "s3";
  Pairs signed_headers = request.headers;
  if (of_s3) signed_headers.emplace_back("x-amz-content-sha256", request.body_hash);
  std::vector<std::string> lines;
  if (credentials.access_key.empty()) {
    for (const auto& [name, value] : signed_headers) lines.push_back(name + ": " + value);
    return lines;
  }
  signed_headers.emplace_back("x-amz-date", time);
  if (!credentials.session_token.empty())
    signed_headers.emplace_back("x-amz-security-token", credentials.session_token);
  for (const auto& [name, value] : signed_headers) lines.push_back(name + ": " + value);
  signed_headers.emplace_back("host", request.host);

  const CanonicalHeaders headers = CanonicalOf(std::move(signed_headers));
  const std::string canonical =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, request.path, QueryText(request.query),
                  headers.text, headers.names, request.body_hash);
  const std::string scope = fmt::format("{}/{}/{}/aws4_request", day, region, service);
  const std::string to_sign =
      fmt::format("{}\n{}\n{}\n{}", kAlgorithm, time, scope, HexSha256(canonical));
  std::string key = Hmac("AWS4" + credentials.secret_key, day);
  for (const std::string_view step : {region, service, std::string_view("aws4_request")})
    key = Hmac(key, step);
  lines.push_back(fmt::format("Authorization: {} Credential={}/{},SignedHeaders={},Signature={}",
                              kAlgorithm, credentials.access_key, scope, headers.names,
                              Hex(Hmac(key, to_sign))));
  return lines;
}

}  // namespace weir::s3
