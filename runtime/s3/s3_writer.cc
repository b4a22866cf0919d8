#include "runtime/s3/s3_writer.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/fence.h"
#include "runtime/fault_point.h"
#include "runtime/mutex.h"

namespace weir::s3 {
namespace {

constexpr size_t kPartsAtOnce = 4;  // of one file; each is in memory
// So many parts later they are twice as long, as an object has at most 10,000 of them.
constexpr uint32_t kPartsOfALength = 1'000;

// The parts of an upload, some of which are on their way.
struct Parts {
  Mutex mutex;
  ConditionVariable changed;
  size_t under_way WEIR_GUARDED_BY(mutex) = 0;
  std::vector<std::string> etags WEIR_GUARDED_BY(mutex);
  Status failure WEIR_GUARDED_BY(mutex);  // the first one
};

class ObjectWriter final : public WritableFile {
 public:
  ObjectWriter(Client& client, Workers& workers, Place place)
      : client_(client), workers_(workers), place_(std::move(place)) {}
  ~ObjectWriter() override {
    AwaitAtMost(0);
    if (upload_.empty()) return;
    // Nobody is there to hear of a failure; the bucket's rules remove what stays.
    (void)Fenced([&] { return client_.AbortUpload(place_, upload_); });
  }

  Status Append(std::string_view bytes) override {
    size_ += bytes.size();
    while (!bytes.empty()) {
      const size_t count = std::min<uint64_t>(bytes.size(), PartBytes() - buffer_.size());
      buffer_.append(bytes.substr(0, count));
      bytes.remove_prefix(count);
      if (buffer_.size() >= PartBytes()) RETURN_IF_ERROR(SendPart());
    }
    return Failure();
  }
  Status Sync() override { return Failure(); }
  Status Flush() override { return Failure(); }
  uint64_t size() const override { return size_; }

  Status Close() override {
    if (closed_) return {};
    if (upload_.empty()) {
      WEIR_FAULT_POINT("s3.before_put");
      RETURN_IF_ERROR(client_.Put(place_, buffer_).status());
      WEIR_FAULT_POINT("s3.after_put");
      closed_ = true;
      return {};
    }
    if (!buffer_.empty()) RETURN_IF_ERROR(SendPart());
    AwaitAtMost(0);
    RETURN_IF_ERROR(Failure());
    WEIR_FAULT_POINT("s3.before_complete");
    const std::vector<std::string> etags = ETags();
    RETURN_IF_ERROR(client_.CompleteUpload(place_, upload_, etags));
    WEIR_FAULT_POINT("s3.after_complete");
    upload_.clear();
    closed_ = true;
    return {};
  }

 private:
  uint64_t PartBytes() const {
    return client_.settings().part_bytes << (number_ / kPartsOfALength);
  }
  Status Failure() const {
    const MutexLock lock(parts_->mutex);
    return parts_->failure;
  }
  std::vector<std::string> ETags() const {
    const MutexLock lock(parts_->mutex);
    return parts_->etags;
  }
  void AwaitAtMost(size_t under_way) {
    MutexLock lock(parts_->mutex);
    parts_->changed.wait(
        lock, [&]() WEIR_REQUIRES(parts_->mutex) { return parts_->under_way <= under_way; });
  }

  Status SendPart() {
    if (upload_.empty()) upload_ = TRY(client_.BeginUpload(place_));
    AwaitAtMost(kPartsAtOnce - 1);
    RETURN_IF_ERROR(Failure());
    const uint32_t number = ++number_;
    {
      const MutexLock lock(parts_->mutex);
      ++parts_->under_way;
      parts_->etags.resize(number);
    }
    WEIR_FAULT_POINT("s3.before_part");
    auto bytes = std::make_shared<const std::string>(std::exchange(buffer_, {}));
    workers_.Do([parts = parts_, &client = client_, place = place_, upload = upload_, number,
                 bytes = std::move(bytes)]() {
      std::string etag;
      Status sent = Fenced([&]() -> Status {
        etag = TRY(client.UploadPart(place, upload, number, *bytes));
        return {};
      });
      {
        const MutexLock lock(parts->mutex);
        parts->etags[number - 1] = std::move(etag);
        if (parts->failure.ok()) parts->failure = std::move(sent);
        --parts->under_way;
      }
      parts->changed.notify_all();
    });
    return {};
  }

  Client& client_;
  Workers& workers_;
  const Place place_;
  const std::shared_ptr<Parts> parts_ = std::make_shared<Parts>();
  std::string buffer_;
  std::string upload_;  // "" while there is none, and once it is complete
  uint32_t number_ = 0;
  uint64_t size_ = 0;
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<WritableFile> CreateObject(Client& client, Workers& workers, const Place& place) {
  return std::make_unique<ObjectWriter>(client, workers, place);
}

}  // namespace weir::s3
