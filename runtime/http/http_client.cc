#include "runtime/http/http_client.h"

#include <curl/curl.h>

#include <array>
#include <mutex>
#include <new>
#include <utility>

#include "runtime/base/interruption.h"

namespace weir::http {
namespace {

constexpr long kConnectMillis = 5'000;
constexpr long kMillis = 20'000;            // for the whole request, connecting included
constexpr int kPollMillis = 100;            // between two looks whether the user has given up
constexpr size_t kLargestAnswer = 8 << 20;  // a longer answer is an error

size_t TakeBody(char* bytes, size_t size, size_t count, void* to) {
  auto& body = *static_cast<std::string*>(to);
  if (body.size() + size * count > kLargestAnswer) return 0;  // ends the request
  body.append(bytes, size * count);
  return size * count;
}

using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

// Takes the request out of the loop also where an interruption leaves it.
class Attached {
 public:
  Attached(CURLM* loop, CURL* request) : loop_(loop), request_(request) {
    curl_multi_add_handle(loop, request);
  }
  ~Attached() { curl_multi_remove_handle(loop_, request_); }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;

 private:
  CURLM* const loop_;
  CURL* const request_;
};

CURLcode Perform(CURLM* loop, CURL* request) {
  const Attached attached(loop, request);
  for (int running = 1; running > 0;) {
    if (curl_multi_perform(loop, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running > 0) curl_multi_poll(loop, nullptr, 0, kPollMillis, nullptr);
    CheckInterrupted();
  }
  int left = 0;
  const CURLMsg* const done = curl_multi_info_read(loop, &left);
  return done == nullptr ? CURLE_RECV_ERROR : done->data.result;
}

}  // namespace

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

struct Client::Handles {
  CURLM* loop = curl_multi_init();
  CURL* request = curl_easy_init();

  Handles() = default;
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;
  ~Handles() {
    curl_easy_cleanup(request);
    curl_multi_cleanup(loop);
  }
};

Client::Client(Access access) : access_(std::move(access)) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  handles_ = std::make_unique<Handles>();
}

Client::~Client() = default;

Result<Answer> Client::Ask(const Request& request) {
  CURL* const curl = handles_->request;
  Answer answer;
  std::array<char, CURL_ERROR_SIZE> why{};
  curl_easy_reset(curl);
  const auto set = [&](CURLoption option, const std::string& text) {
    if (!text.empty()) curl_easy_setopt(curl, option, text.c_str());
  };
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectMillis);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, kMillis);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, TakeBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why.data());
  set(CURLOPT_URL, request.url);
  set(CURLOPT_USERPWD, access_.user_info);
  if (!access_.token.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    set(CURLOPT_XOAUTH2_BEARER, access_.token);
  }
  set(CURLOPT_CAINFO, access_.authorities);
  set(CURLOPT_SSLCERT, access_.certificate);
  set(CURLOPT_KEYPASSWD, access_.certificate_password);
  if (access_.pkcs12) curl_easy_setopt(curl, CURLOPT_SSLCERTTYPE, "P12");
  List headers(nullptr, curl_slist_free_all);
  for (const std::string& header : request.headers) {
    curl_slist* const longer = curl_slist_append(headers.get(), header.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(headers.release());
    headers.reset(longer);
  }
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  if (!request.body.empty()) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
  }
  set(CURLOPT_CUSTOMREQUEST, request.method);
  const CURLcode code = Perform(handles_->loop, curl);
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
    return answer;
  }
  if (code == CURLE_WRITE_ERROR) return Status::External("the answer is too large").WithId("E4010");
  return Status::External(why[0] != '\0' ? why.data() : curl_easy_strerror(code)).WithId("E4010");
}

}  // namespace weir::http
