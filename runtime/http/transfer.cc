#include "runtime/http/transfer.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <mutex>
#include <new>

#include "runtime/base/interruption.h"

namespace weir::http {
namespace {

constexpr int kPollMillis = 100;  // between two looks whether the user has given up

// What an answer is collected in.
struct Collected {
  Received answer;
  size_t most = 0;
};

size_t TakeBody(char* bytes, size_t size, size_t count, void* to) {
  auto& collected = *static_cast<Collected*>(to);
  std::string& body = collected.answer.body;
  const bool too_large = collected.most > 0 && size * count > collected.most - body.size();
  if (too_large) return 0;  // ends the request
  body.append(bytes, size * count);
  return size * count;
}

size_t TakeHeader(char* bytes, size_t size, size_t count, void* to) {
  auto& headers = static_cast<Collected*>(to)->answer.headers;
  const std::string_view line(bytes, size * count);
  // Of several answers, as behind "100 Continue", the last one counts.
  if (line.starts_with("HTTP/")) headers.clear();
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size * count;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  std::string_view value = line.substr(colon + 1);
  constexpr std::string_view kBlank = " \t\r\n";
  value.remove_prefix(std::min(value.find_first_not_of(kBlank), value.size()));
  value.remove_suffix(value.size() - (value.find_last_not_of(kBlank) + 1));
  headers.emplace_back(std::move(name), value);
  return size * count;
}

using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

void Append(List& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

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

void SetText(CURL* curl, CURLoption option, const std::string& text) {
  if (!text.empty()) curl_easy_setopt(curl, option, text.c_str());
}

void SetLimits(CURL* curl, const Limits& limits) {
  constexpr int64_t kSecond = 1'000;
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect_millis));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.total_millis));
  if (limits.silent_millis <= 0) return;
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME,
                   static_cast<long>((limits.silent_millis + kSecond - 1) / kSecond));
}

void SetAccess(CURL* curl, const Access& access) {
  SetText(curl, CURLOPT_USERPWD, access.user_info);
  if (!access.token.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    SetText(curl, CURLOPT_XOAUTH2_BEARER, access.token);
  }
  SetText(curl, CURLOPT_CAINFO, access.authorities);
  SetText(curl, CURLOPT_SSLCERT, access.certificate);
  SetText(curl, CURLOPT_KEYPASSWD, access.certificate_password);
  if (access.pkcs12) curl_easy_setopt(curl, CURLOPT_SSLCERTTYPE, "P12");
}

void SetBody(CURL* curl, const Sent& sent) {
  const bool has_body = !sent.body.empty() || sent.method == "POST" || sent.method == "PUT";
  if (has_body) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(sent.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, sent.body.empty() ? "" : sent.body.data());
  }
  if (sent.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else {
    SetText(curl, CURLOPT_CUSTOMREQUEST, sent.method);
  }
}

Trouble TroubleOf(CURLcode code) {
  switch (code) {
    case CURLE_WRITE_ERROR:  // TakeBody refused
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
      return Trouble::kLasting;
    default:
      return Trouble::kPassing;
  }
}

}  // namespace

std::string_view Received::Header(std::string_view name) const {
  const auto found = std::find_if(headers.rbegin(), headers.rend(),
                                  [&](const auto& header) { return header.first == name; });
  return found == headers.rend() ? std::string_view() : std::string_view(found->second);
}

struct Transfer::Handles {
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

Transfer::Transfer() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  handles_ = std::make_unique<Handles>();
}

Transfer::~Transfer() = default;

Result<Received> Transfer::Run(const Sent& sent, const Access& access, const Limits& limits,
                               Trouble* trouble) {
  CURL* const curl = handles_->request;
  Collected collected{{}, limits.largest_answer};
  std::array<char, CURL_ERROR_SIZE> why{};
  curl_easy_reset(curl);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, TakeBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &collected);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, TakeHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &collected);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why.data());
  SetText(curl, CURLOPT_URL, sent.url);
  SetLimits(curl, limits);
  SetAccess(curl, access);
  List headers(nullptr, curl_slist_free_all);
  for (const std::string& header : sent.headers) Append(headers, header);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  SetBody(curl, sent);
  const CURLcode code = Perform(handles_->loop, curl);
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    collected.answer.status = static_cast<int>(status);
    return std::move(collected.answer);
  }
  if (trouble != nullptr) *trouble = TroubleOf(code);
  if (code == CURLE_WRITE_ERROR) return Status::External("the answer is too large").WithId("E4010");
  return Status::External(why[0] != '\0' ? why.data() : curl_easy_strerror(code)).WithId("E4010");
}

}  // namespace weir::http
