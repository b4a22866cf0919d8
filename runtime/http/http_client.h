// Short requests over HTTP, by libcurl.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/http/transfer.h"

namespace weir::http {

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
  explicit Client(Access access) : access_(std::move(access)) {}

  // Waits for 5 seconds at most to be connected, and for 20 in all; can be interrupted
  // (interruption.h). An answer may have 8 MB, and redirections are not followed. Nothing is tried
  // again. Any status, also 404 or 503, is an answer; kExternal E4010 where none comes.
  Result<Answer> Ask(const Request& request);

 private:
  const Access access_;
  Transfer transfer_;
};

}  // namespace weir::http
