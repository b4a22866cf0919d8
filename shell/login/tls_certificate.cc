#include "shell/login/tls_certificate.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace weir::shell {
namespace {

constexpr std::string_view kCertificateKey = "server.tls.certificate";
constexpr std::string_view kKeyKey = "server.tls.key";

Status BadFile(std::string_view option, const std::string& path, std::string_view why) {
  return Status::InvalidArgument(fmt::format("'{}': '{}' {}", option, path, why)).WithId("E6001");
}

Status CheckReadable(std::string_view option, const std::string& path, bool secret) {
  constexpr mode_t kOthers = 07;
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0)
    return BadFile(option, path, fmt::format("cannot be read: {}", std::strerror(errno)));
  if (!S_ISREG(facts.st_mode)) return BadFile(option, path, "is no regular file");
  if (!secret || (facts.st_mode & kOthers) == 0) return {};
  return BadFile(option, path,
                 fmt::format("may be used by others: its mode is {:04o}", facts.st_mode & 07777U))
      .WithHint(fmt::format("chmod 600 '{}'", path));
}

Result<TlsContext> NewContext(const TlsFiles& files) {
  RETURN_IF_ERROR(CheckReadable(kCertificateKey, files.certificate, false));
  RETURN_IF_ERROR(CheckReadable(kKeyKey, files.key, true));
  ::ERR_clear_error();
  TlsContext context(::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free);
  if (context == nullptr) return Status::External("there is no memory for TLS: " + TlsError());
  SSL_CTX* raw = context.get();
  ::SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  ::SSL_CTX_set_options(
      raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  ::SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
  // A key with a password is refused; nobody is asked at the terminal.
  ::SSL_CTX_set_default_passwd_cb(raw, [](char*, int, int, void*) { return 0; });
  if (::SSL_CTX_use_certificate_chain_file(raw, files.certificate.c_str()) != 1)
    return BadFile(kCertificateKey, files.certificate, "has no certificate in PEM: " + TlsError());
  if (::SSL_CTX_use_PrivateKey_file(raw, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return BadFile(kKeyKey, files.key,
                   "has no key of that certificate in PEM, without a password: " + TlsError());
  return context;
}

}  // namespace

std::string TlsError() {
  std::array<char, 256> text{};
  const unsigned long code = ::ERR_peek_last_error();
  ::ERR_clear_error();
  if (code == 0) return "the connection has ended";
  const char* reason = ::ERR_reason_error_string(code);
  if (reason != nullptr) return reason;
  ::ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

Result<std::shared_ptr<TlsCertificate>> TlsCertificate::Load(TlsFiles files, Said said) {
  auto certificate =
      std::shared_ptr<TlsCertificate>(new TlsCertificate(std::move(files), std::move(said)));
  const MutexLock lock(certificate->mutex_);
  certificate->certificate_ = StampOf(certificate->files_.certificate);
  certificate->key_ = StampOf(certificate->files_.key);
  certificate->context_ = TRY(NewContext(certificate->files_));
  return certificate;
}

TlsContext TlsCertificate::Current() {
  const MutexLock lock(mutex_);
  const FileStamp certificate = StampOf(files_.certificate);
  const FileStamp key = StampOf(files_.key);
  if (certificate == certificate_ && key == key_) return context_;
  certificate_ = certificate;
  key_ = key;
  Result<TlsContext> context = NewContext(files_);
  if (context.ok()) context_ = *std::move(context);
  if (said_ && context.ok()) said_(false, "the certificate has been read again");
  if (said_ && !context.ok())
    said_(true, "the former certificate stays in use: " + context.status().message());
  return context_;
}

}  // namespace weir::shell
