// What a server shows its clients by TLS: a certificate and its key, from files.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/base/result.h"
#include "runtime/mutex.h"
#include "shell/login/users_file.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace weir::shell {

using TlsContext = std::shared_ptr<ssl_ctx_st>;

struct TlsFiles {
  std::string certificate;  // PEM: the server's, then those between it and its authority
  std::string key;          // PEM, without a password
};

// TLS 1.2 (RFC 5246) and 1.3 (RFC 8446), nothing older. Thread-safe.
class TlsCertificate {
 public:
  // Called with what became of files that have changed; may be empty.
  using Said = std::function<void(bool failed, const std::string& message)>;
  // E6001 where the files cannot be read, do not belong together, or others may read the key: those
  // that are neither its owner nor in its group.
  static Result<std::shared_ptr<TlsCertificate>> Load(TlsFiles files, Said said);

  // For a new connection: of the files as they are now. Where they cannot be used any more, of what
  // they were. Said is called once for each change of the files, not for each connection.
  TlsContext Current();

 private:
  TlsCertificate(TlsFiles files, Said said) : files_(std::move(files)), said_(std::move(said)) {}

  const TlsFiles files_;
  const Said said_;
  Mutex mutex_;
  TlsContext context_ WEIR_GUARDED_BY(mutex_);
  FileStamp certificate_ WEIR_GUARDED_BY(mutex_);
  FileStamp key_ WEIR_GUARDED_BY(mutex_);
};

// The last error of OpenSSL in this thread, in words.
std::string TlsError();

}  // namespace weir::shell
