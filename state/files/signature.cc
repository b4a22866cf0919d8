#include "state/files/signature.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "runtime/base/check.h"
#include "runtime/fault_point.h"

namespace weir::state {
namespace {

constexpr size_t kLeastKeyBytes = 32;
// Of a longer file these first bytes are the key.
constexpr size_t kMostKeyBytes = 64 << 10;
constexpr uint64_t kMostSignatureBytes = 4096;
constexpr mode_t kOthers = 077;
// The signed text begins with its purpose, so that a signature for another purpose is not accepted.
constexpr std::string_view kPurpose = "weir-savepoint 1\n";
constexpr std::string_view kFirstLine = "weir-signature 1\nhmac-sha256 ";

Status BadKey(const std::string& path, std::string_view why) {
  return Status::InvalidArgument(fmt::format("the key file '{}' {}", path, why))
      .WithId("E6001")
      .WithHint(fmt::format("'state.savepoints.key-file' takes a file of 32 random bytes or more "
                            "that nobody else may "
                            "read: head -c 32 /dev/urandom | base64 > '{0}' && chmod 600 '{0}'",
                            path));
}

Status Unsigned(std::string_view why) {
  return Status::Corruption(fmt::format("the savepoint {}", why))
      .WithId("E7001")
      .WithHint(
          "'state.savepoints.key-file' is set, so that only savepoints signed with that key are "
          "believed");
}

std::string Hmac(const SigningKey& key, std::string_view metadata) {
  std::string message(kPurpose);
  message += metadata;
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int length = 0;
  const unsigned char* done = ::HMAC(
      EVP_sha256(), key.bytes.data(), static_cast<int>(key.bytes.size()),
      reinterpret_cast<const unsigned char*>(message.data()), message.size(), out.data(), &length);
  WEIR_CHECK(done != nullptr);
  return {reinterpret_cast<const char*>(out.data()), length};
}

// Checks the open file and not the path, so that the file cannot be exchanged before it is read.
Status CheckKeyFile(int descriptor, const std::string& path) {
  struct stat facts {};
  if (::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode))
    return BadKey(path, "is no regular file");
  if (facts.st_uid != ::geteuid() && facts.st_uid != 0) return BadKey(path, "is somebody else's");
  if ((facts.st_mode & kOthers) != 0) {
    return BadKey(path, fmt::format("may be used by others than its owner: its mode is {:04o}",
                                    facts.st_mode & 07777U));
  }
  return {};
}

}  // namespace

Result<SigningKey> ReadKeyFile(const std::string& path) {
  if (path.empty()) return SigningKey();
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (descriptor < 0) return BadKey(path, "cannot be opened");
  const Status fit = CheckKeyFile(descriptor, path);
  SigningKey key{std::vector<char>(kMostKeyBytes)};
  const ssize_t count = fit.ok() ? ::read(descriptor, key.bytes.data(), key.bytes.size()) : 0;
  ::close(descriptor);
  RETURN_IF_ERROR(fit);
  key.bytes.resize(count > 0 ? static_cast<size_t>(count) : 0);
  constexpr std::string_view kBlanks = " \t\r\n";  // an editor's line end
  while (!key.bytes.empty() && kBlanks.find(key.bytes.back()) != std::string_view::npos) {
    key.bytes.pop_back();
  }
  if (key.bytes.size() < kLeastKeyBytes) {
    return BadKey(path,
                  fmt::format("has {} bytes, fewer than {}", key.bytes.size(), kLeastKeyBytes));
  }
  return key;
}

std::string SignatureOf(const SigningKey& key, std::string_view metadata) {
  std::string text(kFirstLine);
  for (const char byte : Hmac(key, metadata)) {
    text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return text + "\n";
}

Status CheckSignature(HeldDirectory& directory, const SigningKey& key, std::string_view metadata) {
  const Result<std::string> found = ReadFile(directory, kSignatureName, kMostSignatureBytes);
  if (!found.ok() && found.status().code() == StatusCode::kNotFound)
    return Unsigned("is not signed");
  if (!found.ok()) return found.status();
  const std::string expected = SignatureOf(key, metadata);
  const bool same = found->size() == expected.size() &&
                    CRYPTO_memcmp(found->data(), expected.data(), expected.size()) == 0;
  return same || DefectPlanted("signature-unread")
             ? Status()
             : Unsigned("has a signature that is not of this key, or not of its bytes");
}

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  WEIR_CHECK(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() {
  EVP_MD_CTX_free(state_->context);
}

void Sha256::Add(std::string_view bytes) {
  WEIR_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Sha256::Finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int length = 0;
  WEIR_CHECK(EVP_DigestFinal_ex(state_->context, out.data(), &length) == 1);
  return {reinterpret_cast<const char*>(out.data()), length};
}

}  // namespace weir::state
