#include "runtime/s3/s3_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "runtime/base/interruption.h"
#include "runtime/base/random.h"
#include "runtime/clock.h"
#include "runtime/entropy.h"
#include "runtime/fault_point.h"

namespace weir::s3 {
namespace {

constexpr std::string_view kScheme = "s3://";
constexpr int64_t kMostPauseMillis = 20'000;
constexpr size_t kMostDeleted = 1'000;

bool MayPass(int status) {
  return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

bool IsGood(int status) {
  return status >= 200 && status < 300;
}

// Errors with a status that says "wrong request", though the same request may succeed.
bool MayPass(const http::Received& answer) {
  if (MayPass(answer.status)) return true;
  if (answer.status != 400 && answer.status != 409) return false;
  const std::string code = ParseFailure(answer.body).code;
  return code == "RequestTimeout" || code == "OperationAborted";
}

// Between 0 and the least of `base` doubled with each attempt and the longest pause.
std::chrono::milliseconds PauseBefore(uint32_t attempt, int64_t base) {
  int64_t most = base;
  for (uint32_t i = 1; i < attempt && most < kMostPauseMillis; ++i) most *= 2;
  most = std::min(most, kMostPauseMillis);
  Random random(DrawEntropy());
  return std::chrono::milliseconds(random.Below(static_cast<uint64_t>(most) + 1));
}

// In short steps, so that whoever waits can be interrupted.
void Pause(std::chrono::milliseconds pause) {
  constexpr std::chrono::milliseconds kStep{100};
  for (; pause.count() > 0; pause -= kStep) {
    CheckInterrupted();
    Clock::System().Sleep(std::min(pause, kStep));
  }
}

std::optional<uint64_t> NumberOf(std::string_view text) {
  uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

ObjectFacts FactsOf(const http::Received& answer) {
  return {NumberOf(answer.Header("content-length")).value_or(answer.body.size()),
          ParseTime(answer.Header("last-modified")), BareETag(answer.Header("etag"))};
}

std::string HintOn(int status, const std::string& code, const std::string& region) {
  if (code == "PermanentRedirect" || code == "AuthorizationHeaderMalformed" || status == 301)
    return region.empty() ? "'s3.region' says the bucket's region"
                          : fmt::format("the bucket is in '{0}': 's3.region' = '{0}'", region);
  if (code == "RequestTimeTooSkewed") return "the clock of this machine is wrong";
  if (status == 401 || status == 403)
    return "'s3.access-key' and 's3.secret-key', or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in "
           "the environment, say who asks; what that may do is the store's decision";
  return "";
}

}  // namespace

Place PlaceOf(std::string_view path) {
  path.remove_prefix(std::min(kScheme.size(), path.size()));
  const size_t slash = std::min(path.find('/'), path.size());
  return {std::string(path.substr(0, slash)),
          std::string(path.substr(std::min(slash + 1, path.size())))};
}

std::string PathOf(const Place& place) {
  return fmt::format("{}{}{}{}", kScheme, place.bucket, place.key.empty() ? "" : "/", place.key);
}

// A transfer that one thread has.
class Client::Lent {
 public:
  explicit Lent(Client& client) : client_(client) {
    const MutexLock lock(client_.mutex_);
    if (client_.idle_.empty()) return;
    transfer_ = std::move(client_.idle_.back());
    client_.idle_.pop_back();
  }
  ~Lent() {
    if (transfer_ == nullptr) return;
    const MutexLock lock(client_.mutex_);
    client_.idle_.push_back(std::move(transfer_));
  }
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;
  http::Transfer& Get() {
    if (transfer_ == nullptr) transfer_ = std::make_unique<http::Transfer>();
    return *transfer_;
  }

 private:
  Client& client_;
  std::unique_ptr<http::Transfer> transfer_;
};

Client::Client(Settings settings) : settings_(std::move(settings)) {
  const std::string& said = settings_.endpoint;
  const std::string region = settings_.region.empty() ? "us-east-1" : settings_.region;
  endpoint_ = said.empty() ? fmt::format("s3.{}.amazonaws.com", region) : said;
  const size_t colon = endpoint_.find("://");
  scheme_ = colon == std::string::npos ? "https://" : endpoint_.substr(0, colon + 3);
  if (colon != std::string::npos) endpoint_.erase(0, colon + 3);
  while (endpoint_.ends_with('/')) endpoint_.pop_back();
}

std::string Client::HostOf(const Place& place) const {
  // A name with a dot would not fit the certificate of *.s3.amazonaws.com.
  const bool in_path = settings_.path_style || place.bucket.find('.') != std::string::npos;
  return in_path ? endpoint_ : place.bucket + "." + endpoint_;
}

http::Sent Client::Signed(const Call& call) const {
  ToSign request;
  request.method = call.method;
  request.host = HostOf(call.place);
  request.path = "/";
  if (request.host == endpoint_) {
    request.path += call.place.bucket;
    if (!call.place.key.empty()) request.path += "/";
  }
  request.path += UriEncoded(call.place.key, true);
  request.query = call.query;
  request.headers = call.headers;
  request.body_hash = HexSha256(call.body);
  http::Sent sent;
  sent.method = call.method;
  sent.url = scheme_ + request.host + request.path;
  if (!call.query.empty()) sent.url += "?" + QueryText(call.query);
  const std::string region = settings_.region.empty() ? "us-east-1" : settings_.region;
  sent.headers = SignedHeaders(request, settings_.credentials, region, Clock::System().Now());
  sent.headers.emplace_back("Expect:");  // nobody waits for a "100 Continue"
  sent.headers.emplace_back("Content-Type:");
  sent.body = call.body;
  return sent;
}

void Client::Count(const Call& call) {
  const bool lists = !call.query.empty() && call.query.front().first == "list-type";
  const MutexLock lock(mutex_);
  ++counts_[lists ? "LIST" : call.method];
}

std::map<std::string, uint64_t> Client::requests() const {
  const MutexLock lock(mutex_);
  return counts_;
}

Result<http::Received> Client::SendOnce(const http::Sent& sent, http::Trouble& trouble) {
  http::Access access;
  access.authorities = settings_.authorities;
  const http::Limits limits{.connect_millis = settings_.connect_millis,
                            .total_millis = 0,
                            .silent_millis = settings_.silent_millis,
                            .largest_answer = 0};
  Lent lent(*this);
  return lent.Get().Run(sent, access, limits, &trouble);
}

Result<http::Received> Client::Send(const Call& call) {
  for (uint32_t attempt = 1;; ++attempt) {
    Count(call);
    http::Trouble trouble = http::Trouble::kNone;
    // Signed anew each time, as a signature holds for 15 minutes.
    Result<http::Received> answer = SendOnce(Signed(call), trouble);
    const bool passing = answer.ok() ? MayPass(*answer) : trouble == http::Trouble::kPassing;
    if (!passing || attempt >= settings_.attempts || DefectPlanted("s3-never-tries-again")) {
      if (answer.ok()) return answer;
      return Status::External(
                 fmt::format("{} failed: {} ({}{})", call.what, PathOf(call.place),
                             answer.status().message(),
                             attempt > 1 ? fmt::format("; tried {} times", attempt) : ""))
          .WithId("E4001")
          .WithHint("'s3.endpoint' says where the store is");
    }
    Pause(PauseBefore(attempt, settings_.retry_millis));
  }
}

Status Client::Failed(const Call& call, const http::Received& answer) const {
  const Failure failure = ParseFailure(answer.body);
  const std::string path = PathOf(call.place);
  std::string said = std::to_string(answer.status);
  if (!failure.code.empty()) said += " " + failure.code;
  if (!failure.message.empty()) said += ": " + failure.message;
  std::string message = fmt::format("{} failed: {} ({})", call.what, path, said);
  // Without its bucket nobody can say whether an object is there.
  const bool of_object = failure.code != "NoSuchUpload" && failure.code != "NoSuchBucket";
  if (answer.status == 404 && of_object)
    return Status::NotFound(std::move(message)).WithId("E4002");
  if (answer.status == 412 && call.method == "GET")
    return Status::DataError(fmt::format("a file was replaced while it was read: {}", path))
        .WithId("E3006")
        .WithHint("give new contents a new name; then run it again");
  return Status::External(std::move(message))
      .WithId("E4001")
      .WithHint(
          HintOn(answer.status, failure.code, std::string(answer.Header("x-amz-bucket-region"))));
}

Result<http::Received> Client::Ask(const Call& call) {
  http::Received answer = TRY(Send(call));
  if (!IsGood(answer.status)) return Failed(call, answer);
  return answer;
}

Result<ObjectFacts> Client::Head(const Place& place) {
  return FactsOf(TRY(Ask({.what = "looking", .method = "HEAD", .place = place})));
}

Result<ObjectRange> Client::Get(const Place& place, uint64_t offset, uint64_t bytes,
                                std::string_view etag) {
  Call call{.what = "reading", .method = "GET", .place = place};
  call.headers.emplace_back(
      "range", fmt::format("bytes={}-{}", offset, offset + std::max<uint64_t>(bytes, 1) - 1));
  if (!etag.empty() && !DefectPlanted("s3-any-version"))
    call.headers.emplace_back("if-match", fmt::format("\"{}\"", etag));
  http::Received answer = TRY(Send(call));
  ObjectRange range;
  if (answer.status == 416) {  // behind the end, as of every read of an empty object
    range.facts.etag = etag;
    const std::string_view said = answer.Header("content-range");  // "bytes */12"
    range.facts.bytes =
        NumberOf(said.substr(std::min(said.rfind('/') + 1, said.size()))).value_or(0);
    return range;
  }
  if (!IsGood(answer.status)) return Failed(call, answer);
  range.facts = FactsOf(answer);
  if (answer.status == 206) {
    const std::string_view said = answer.Header("content-range");  // "bytes 0-9/12"
    const auto whole = NumberOf(said.substr(std::min(said.rfind('/') + 1, said.size())));
    if (!said.starts_with(fmt::format("bytes {}-", offset)) || !whole)
      return Status::External(fmt::format("reading failed: {} (the store answers '{}' when it is "
                                          "asked for bytes from {} on)",
                                          PathOf(place), said, offset))
          .WithId("E4001");
    range.facts.bytes = *whole;
  } else {  // the whole object, whatever was asked for
    range.facts.bytes = answer.body.size();
    answer.body.erase(0, std::min<uint64_t>(offset, answer.body.size()));
  }
  range.bytes = std::move(answer.body);
  if (range.bytes.size() > bytes) range.bytes.resize(bytes);
  return range;
}

Result<Listing> Client::List(const Place& prefix, const ListRequest& request) {
  Call call{.what = "listing", .method = "GET", .place = {prefix.bucket, ""}};
  call.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", prefix.key}};
  if (request.delimiter) call.query.emplace_back("delimiter", "/");
  if (request.most != 1'000) call.query.emplace_back("max-keys", std::to_string(request.most));
  if (!request.token.empty()) call.query.emplace_back("continuation-token", request.token);
  const http::Received answer = TRY(Ask(call));
  Result<Listing> listing = ParseListing(answer.body);
  if (listing.ok()) return listing;
  return std::move(listing).status().WithContext(PathOf(prefix));
}

Result<bool> Client::Put(const Place& place, std::string_view bytes, bool new_only) {
  Call call{.what = "writing", .method = "PUT", .place = place, .body = bytes};
  if (new_only) call.headers.emplace_back("if-none-match", "*");
  http::Received answer = TRY(Send(call));
  // 409: another one is being put there at this moment.
  if (new_only && (answer.status == 412 || answer.status == 409)) {
    // An attempt before, whose answer was lost, may have been the one that was first.
    const Result<ObjectRange> there = Get(place, 0, bytes.size() + 1);
    return there.ok() && there->bytes == bytes;
  }
  if (!IsGood(answer.status)) return Failed(call, answer);
  return true;
}

Status Client::Delete(const Place& place) {
  const Call call{.what = "removing", .method = "DELETE", .place = place};
  const http::Received answer = TRY(Send(call));
  if (IsGood(answer.status) || ParseFailure(answer.body).code == "NoSuchKey") return {};
  return Failed(call, answer);
}

Status Client::Delete(const std::string& bucket, const std::vector<std::string>& keys) {
  for (size_t begin = 0; begin < keys.size(); begin += kMostDeleted) {
    const size_t end = std::min(begin + kMostDeleted, keys.size());
    const std::string body = DeleteText(
        {keys.begin() + static_cast<ptrdiff_t>(begin), keys.begin() + static_cast<ptrdiff_t>(end)});
    const http::Received answer = TRY(Ask({.what = "removing",
                                           .method = "POST",
                                           .place = {bucket, ""},
                                           .query = {{"delete", ""}},
                                           .headers = {{"content-md5", Base64Md5(body)}},
                                           .body = body}));
    const std::vector<Failure> failures = TRY(ParseDeleted(answer.body));
    for (const Failure& failure : failures) {
      if (failure.code == "NoSuchKey") continue;
      return Status::External(fmt::format("removing failed: {} ({}: {})",
                                          PathOf({bucket, failure.key}), failure.code,
                                          failure.message))
          .WithId("E4001");
    }
  }
  return {};
}

Status Client::Copy(const Place& from, const Place& to) {
  Call call{.what = "copying", .method = "PUT", .place = to};
  call.headers.emplace_back("x-amz-copy-source",
                            "/" + from.bucket + "/" + UriEncoded(from.key, true));
  const http::Received answer = TRY(Ask(call));
  // A copy that failed on the way has the status of success.
  if (ParseFailure(answer.body).code.empty()) return {};
  return Failed(call, answer);
}

Result<std::string> Client::BeginUpload(const Place& place) {
  const http::Received answer =
      TRY(Ask({.what = "writing", .method = "POST", .place = place, .query = {{"uploads", ""}}}));
  Result<std::string> id = ParseUploadId(answer.body);
  if (id.ok()) return id;
  return std::move(id).status().WithContext(PathOf(place));
}

Result<std::string> Client::UploadPart(const Place& place, const std::string& upload,
                                       uint32_t number, std::string_view bytes) {
  const http::Received answer =
      TRY(Ask({.what = "writing",
               .method = "PUT",
               .place = place,
               .query = {{"partNumber", std::to_string(number)}, {"uploadId", upload}},
               .body = bytes}));
  std::string etag = BareETag(answer.Header("etag"));
  if (!etag.empty()) return etag;
  return Status::External(fmt::format("writing failed: {} (a part has no ETag)", PathOf(place)))
      .WithId("E4001");
}

bool Client::IsMadeOf(const Place& place, const std::vector<std::string>& etags) {
  const std::string expected = MultipartETag(etags);
  const Result<ObjectFacts> there = Head(place);
  return !expected.empty() && there.ok() && there->etag == expected;
}

Status Client::CompleteUpload(const Place& place, const std::string& upload,
                              const std::vector<std::string>& etags) {
  const std::string body = CompleteText(etags);
  const Call call{.what = "writing",
                  .method = "POST",
                  .place = place,
                  .query = {{"uploadId", upload}},
                  .body = body};
  for (uint32_t attempt = 1;; ++attempt) {
    const http::Received answer = TRY(Send(call));
    // Of a completion that takes long the status is sent before it is known how it ends.
    const Failure failure = ParseFailure(answer.body);
    if (IsGood(answer.status) && failure.code.empty()) return {};
    // An attempt whose answer was lost may have completed it.
    if (failure.code == "NoSuchUpload" && IsMadeOf(place, etags)) return {};
    const bool passing = failure.code == "InternalError" || failure.code == "SlowDown";
    if (!passing || attempt >= settings_.attempts) return Failed(call, answer);
    Pause(PauseBefore(attempt, settings_.retry_millis));
  }
}

Status Client::AbortUpload(const Place& place, const std::string& upload) {
  const Call call{
      .what = "writing", .method = "DELETE", .place = place, .query = {{"uploadId", upload}}};
  const http::Received answer = TRY(Send(call));
  if (IsGood(answer.status) || answer.status == 404) return {};
  return Failed(call, answer);
}

}  // namespace weir::s3
