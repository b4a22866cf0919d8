#include "shell/login/password_hash.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "shell/login/base64_text.h"

namespace weir::shell {
namespace {

constexpr size_t kSaltBytes = 16;
constexpr size_t kKeyBytes = 32;
constexpr uint64_t kBlockBytes = 128;
constexpr uint64_t kMostMemory = 256 << 20;
constexpr std::string_view kPrefix = "$scrypt$";

Status BadHash() {
  return Status::InvalidArgument("the hash of a password is malformed");
}

uint64_t MemoryOf(const PasswordHash& hash) {
  return kBlockBytes * hash.r * ((uint64_t{1} << hash.log_n) + hash.p);
}

// "" where there is no memory for it.
std::string KeyOf(const PasswordHash& hash, std::string_view password) {
  // OpenSSL counts some memory of its own against the limit, too.
  constexpr uint64_t kSpare = 1 << 20;
  std::string key(kKeyBytes, '\0');
  const int done = ::EVP_PBE_scrypt(
      password.data(), password.size(), reinterpret_cast<const unsigned char*>(hash.salt.data()),
      hash.salt.size(), uint64_t{1} << hash.log_n, hash.r, hash.p, MemoryOf(hash) + kSpare,
      reinterpret_cast<unsigned char*>(key.data()), key.size());
  return done == 1 ? key : "";
}

// Takes the text up to `end` off `text`; nothing if that is not there.
std::optional<std::string_view> TakeUntil(std::string_view& text, char end) {
  const size_t at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at + 1);
  return taken;
}

std::optional<unsigned> NumberOf(std::string_view text, std::string_view name, unsigned most) {
  if (!text.starts_with(name)) return std::nullopt;
  text.remove_prefix(name.size());
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && number >= 1 && number <= most ? std::optional(number) : std::nullopt;
}

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

Result<PasswordHash> HashPassword(std::string_view password) {
  if (password.empty()) return Status::InvalidArgument("a password has at least one character");
  if (password.size() > kMostPasswordBytes)
    return Status::InvalidArgument(
        fmt::format("a password has at most {} bytes", kMostPasswordBytes));
  if (std::ranges::any_of(password, IsControl))
    return Status::InvalidArgument("a password has no control characters");
  PasswordHash hash;
  hash.salt.resize(kSaltBytes);
  if (::RAND_bytes(reinterpret_cast<unsigned char*>(hash.salt.data()), kSaltBytes) != 1)
    return Status::External("the system gives no random bytes");
  hash.key = KeyOf(hash, password);
  if (hash.key.empty()) return Status::External("there is no memory to hash a password");
  return hash;
}

bool IsPassword(const PasswordHash& hash, std::string_view password) {
  const std::string key = KeyOf(hash, password.substr(0, kMostPasswordBytes));
  return password.size() <= kMostPasswordBytes && key.size() == hash.key.size() &&
         ::CRYPTO_memcmp(key.data(), hash.key.data(), key.size()) == 0;
}

std::string PasswordHashText(const PasswordHash& hash) {
  return fmt::format("{}ln={},r={},p={}${}${}", kPrefix, hash.log_n, hash.r, hash.p,
                     ToBase64(hash.salt), ToBase64(hash.key));
}

Result<PasswordHash> ParsePasswordHash(std::string_view text) {
  constexpr unsigned kMostLogN = 20;
  constexpr unsigned kMostR = 32;
  constexpr unsigned kMostP = 16;
  if (!text.starts_with(kPrefix)) return BadHash();
  text.remove_prefix(kPrefix.size());
  const std::optional<std::string_view> n = TakeUntil(text, ',');
  const std::optional<std::string_view> r = TakeUntil(text, ',');
  const std::optional<std::string_view> p = TakeUntil(text, '$');
  const std::optional<std::string_view> salt = TakeUntil(text, '$');
  if (!n || !r || !p || !salt) return BadHash();
  const std::optional<unsigned> costs[] = {NumberOf(*n, "ln=", kMostLogN),
                                           NumberOf(*r, "r=", kMostR), NumberOf(*p, "p=", kMostP)};
  const std::optional<std::string> salt_bytes = FromBase64(*salt);
  const std::optional<std::string> key = FromBase64(text);
  if (!costs[0] || !costs[1] || !costs[2] || !salt_bytes || !key) return BadHash();
  PasswordHash hash{*costs[0], *costs[1], *costs[2], *salt_bytes, *key};
  if (hash.salt.size() < 8 || hash.salt.size() > 64 || hash.key.size() != kKeyBytes)
    return BadHash();
  if (MemoryOf(hash) > kMostMemory)
    return Status::InvalidArgument("the hash of a password costs more than 256 MiB of memory");
  return hash;
}

}  // namespace weir::shell
