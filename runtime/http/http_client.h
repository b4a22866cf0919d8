// Short requests over HTTP, by libcurl.
#pragma once

#include <memory>
#include <string>
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

struct Request {
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
  std::string method = {};  // "": GET without a body, else POST
};

struct Answer {
  int status = 0;
  std::string body;
};

// Whether libcurl can parse the text as a URL. Asks no server.
bool IsUrl(const std::string& url);
// A url as it may be shown: without the name and the password that it may have. What stands before
// an '@' anywhere is taken for them.
std::string ShownUrl(const std::string& url);

// Used by one thread at a time; keeps connections open.
class Client {
 public:
  explicit Client(Access access);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Waits for 5 seconds at most to be connected, and for 20 in all; can be interrupted
  // (interruption.h). An answer may have 8 MB, and redirections are not followed. Nothing is tried
  // again. Any status, also 404 or 503, is an answer; kExternal E4010 where none comes.
  Result<Answer> Ask(const Request& request);

 private:
  struct Handles;

  const Access access_;
  std::unique_ptr<Handles> handles_;
};

}  // namespace weir::http
