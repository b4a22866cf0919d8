// Signatures of savepoints: HMAC-SHA-256 (RFC 2104, FIPS 180-4) over the bytes of _metadata, which
// then lists the SHA-256 of every file, or is refused (ReadMetadata). A checksum shows that bytes
// are as somebody wrote them, a signature that the writer has the key.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/file_system.h"

namespace weir::state {

// A secret. When it is empty, nothing is signed or verified.
struct SigningKey {
  std::vector<char> bytes;
  bool empty() const { return bytes.empty(); }
};

// Reads the key from a file of at least 32 bytes, without white space at its end. kInvalidArgument
// E6001 when it is shorter or cannot be opened, when neither this process's user nor root owns it,
// or when its mode gives anything to others than the owner. An empty path means no key.
Result<SigningKey> ReadKeyFile(const std::string& path);

inline constexpr const char* kSignatureName = "_signature";

// The contents of the file _signature for these bytes of _metadata.
std::string SignatureOf(const SigningKey& key, std::string_view metadata);
// kCorruption E7001 unless the file _signature in `directory` is that of the key for these bytes.
// REQUIRES: the key is not empty.
Status CheckSignature(HeldDirectory& directory, const SigningKey& key, std::string_view metadata);

// SHA-256, computed piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void Add(std::string_view bytes);
  std::string Finish();  // 32 bytes; the last call

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weir::state
