#include "runtime/http/http_client.h"

#include <curl/curl.h>

#include <memory>
#include <utility>

namespace weir::http {

bool IsUrl(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  return curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK;
}

std::string ShownUrl(const std::string& url) {
  const size_t at = url.rfind('@');
  if (at == std::string::npos) return url;
  const size_t scheme = url.find("://");
  const bool has_scheme = scheme < at;
  return (has_scheme ? url.substr(0, scheme + 3) : "") + url.substr(at + 1);
}

Result<Answer> Client::Ask(const Request& request) {
  std::string method = request.method;
  if (method.empty()) method = request.body.empty() ? "GET" : "POST";
  Received received = TRY(
      transfer_.Run({std::move(method), request.url, request.headers, request.body}, access_, {}));
  return Answer{received.status, std::move(received.body)};
}

}  // namespace weir::http
