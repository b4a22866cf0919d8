// One request over HTTP and its answer, by libcurl: what the clients of the engine are made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"

namespace weir::http {

// The credentials for a server, and the certificates by which it is trusted. Empty texts mean no
// credentials, and the certificates that the system trusts.
struct Access {
  std::string user_info;    // "name:password"
  std::string token;        // of a bearer
  std::string authorities;  // a PEM file of certificates to trust
  std::string certificate;  // ours, with its key: a file, PEM or PKCS #12
  std::string certificate_password;
  bool pkcs12 = false;
  friend bool operator==(const Access&, const Access&) = default;
};

// How long a transfer may wait and how large its answer may be. 0: without end.
struct Limits {
  int64_t connect_millis = 5'000;
  int64_t total_millis = 20'000;      // for the whole request, connecting included
  int64_t silent_millis = 0;          // without a byte in either direction; up to whole seconds
  size_t largest_answer = 8U << 20U;  // a longer one is an error
};

struct Sent {
  std::string method;                // "GET", "HEAD", "POST", "PUT", "DELETE"
  std::string url;                   // sent as it is: steps such as ".." stay
  std::vector<std::string> headers;  // "Name: value"
  std::string_view body;             // lives until Run returns
};

struct Received {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;

  // The value of the last header of this name, which is in lower case; "" when there is none.
  std::string_view Header(std::string_view name) const;
};

// Why no answer came.
enum class Trouble : uint8_t {
  kNone,
  kPassing,  // a connection that was refused, lost or silent for too long: may be tried again
  kLasting,  // an answer that is too large, a certificate that is not trusted, a malformed URL
};

// Keeps connections open between requests. Used by one thread at a time.
class Transfer {
 public:
  Transfer();
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Can be interrupted (interruption.h). Redirections are not followed. Any status, also 404 or
  // 503, is an answer; kExternal E4010 where none comes, and then `trouble`, if given, says whether
  // that may pass.
  Result<Received> Run(const Sent& sent, const Access& access, const Limits& limits,
                       Trouble* trouble = nullptr);

 private:
  struct Handles;

  std::unique_ptr<Handles> handles_;
};

}  // namespace weir::http
