// The requests to S3 that the engine makes, each with its retries.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/http/transfer.h"
#include "runtime/mutex.h"
#include "runtime/s3/s3_answers.h"
#include "runtime/s3/s3_settings.h"
#include "runtime/s3/s3_signature.h"

namespace weir::s3 {

// Where an object is, or a prefix of objects.
struct Place {
  std::string bucket;
  std::string key;  // "" for the bucket itself
};
// Of a path as FilePath gives it. REQUIRES: IsObjectPath.
Place PlaceOf(std::string_view path);
std::string PathOf(const Place& place);

// Answers to HEAD and GET.
struct ObjectFacts {
  uint64_t bytes = 0;  // of the whole object
  int64_t modified_nanos = 0;
  std::string etag;  // without quotes
};
struct ObjectRange {
  ObjectFacts facts;
  std::string bytes;
};

// Thread-safe; requests of several threads run side by side, and can be interrupted
// (interruption.h). What may pass (a connection that was lost, silence, 429, 500, 502, 503, 504) is
// tried again, up to `attempts` times in all, each time after a pause drawn between 0 and twice the
// last pause's most ("full jitter", so that many clients do not come back at once), of 20 s at
// most.
// Failures: kNotFound E4002 where object or bucket is missing, else kExternal E4001, with the path
// and what the store said; kDataError E3006 for an object that has another ETag by now.
class Client {
 public:
  explicit Client(Settings settings);

  const Settings& settings() const { return settings_; }

  Result<ObjectFacts> Head(const Place& place);
  // Up to `bytes` bytes from `offset` on; none behind the end. With `etag` of that version only.
  Result<ObjectRange> Get(const Place& place, uint64_t offset, uint64_t bytes,
                          std::string_view etag = "");
  // One page of at most `most` (1 to 1,000) objects whose keys begin with that of the place; with
  // `delimiter`, what lies behind the next slash of a key is one prefix.
  struct ListRequest {
    bool delimiter = false;
    uint32_t most = 1'000;
    std::string token = {};  // of the page before
  };
  Result<Listing> List(const Place& prefix, const ListRequest& request);
  // Replaces what has the key; with `new_only` nothing but a key that is free: then false where it
  // is not.
  Result<bool> Put(const Place& place, std::string_view bytes, bool new_only = false);
  // Objects that are not there are deleted, too. Up to 1,000 in a request.
  Status Delete(const std::string& bucket, const std::vector<std::string>& keys);
  Status Delete(const Place& place);
  // Within the store, up to 5 GB.
  Status Copy(const Place& from, const Place& to);

  // A multipart upload. Nothing of it is to be seen before it is complete.
  Result<std::string> BeginUpload(const Place& place);
  // The part's ETag. Parts are numbered from 1; all but the last one have at least 5 MB.
  Result<std::string> UploadPart(const Place& place, const std::string& upload, uint32_t number,
                                 std::string_view bytes);
  // May be repeated: an upload that was completed already is found by the ETag of its object.
  Status CompleteUpload(const Place& place, const std::string& upload,
                        const std::vector<std::string>& etags);
  // Absent is success.
  Status AbortUpload(const Place& place, const std::string& upload);

  // How many requests were sent, retries included, by method: "GET", and "LIST" for lists.
  std::map<std::string, uint64_t> requests() const;

 private:
  struct Call {
    std::string_view what;  // "reading", for messages
    std::string method;
    Place place;
    Pairs query = {};
    Pairs headers = {};
    std::string_view body = {};
  };
  class Lent;

  std::string HostOf(const Place& place) const;
  http::Sent Signed(const Call& call) const;
  // An answer of any status that is not worth another attempt.
  Result<http::Received> Send(const Call& call);
  Result<http::Received> SendOnce(const http::Sent& sent, http::Trouble& trouble);
  // As Send, and a failure unless the status is 2xx.
  Result<http::Received> Ask(const Call& call);
  Status Failed(const Call& call, const http::Received& answer) const;
  // Whether the object that is there now has been made of these parts.
  bool IsMadeOf(const Place& place, const std::vector<std::string>& etags);
  void Count(const Call& call);

  const Settings settings_;
  std::string scheme_;    // "https://"
  std::string endpoint_;  // host, and port where one is said
  mutable Mutex mutex_;
  std::vector<std::unique_ptr<http::Transfer>> idle_ WEIR_GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> counts_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::s3
