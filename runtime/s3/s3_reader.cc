#include "runtime/s3/s3_reader.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "runtime/base/fence.h"

namespace weir::s3 {
namespace {

// How much is read where nobody reads on: a footer, say.
constexpr uint64_t kLeastBytes = 64U << 10U;

std::string VersionOf(const Place& place, const std::string& etag) {
  return place.bucket + '/' + place.key + '\n' + etag;
}

class ObjectFile final : public ReadableFile {
 public:
  ObjectFile(std::shared_ptr<const Reading> reading, Place place, std::string etag, uint64_t bytes)
      : reading_(std::move(reading)),
        place_(std::move(place)),
        etag_(std::move(etag)),
        version_(VersionOf(place_, etag_)),
        bytes_(bytes) {}

  Result<size_t> Read(uint64_t offset, size_t bytes, char* out) const override {
    const uint64_t end = std::min<uint64_t>(bytes_, offset + std::min<uint64_t>(bytes, bytes_));
    if (offset >= end) return size_t{0};
    const bool reads_on = offset == next_.load(std::memory_order_relaxed);
    for (uint64_t at = offset; at < end;) {
      const RangePtr range = TRY(RangeAt(at, end, reads_on));
      const uint64_t count = std::min(end, range->end) - at;
      std::memcpy(out + (at - offset), range->bytes.data() + (at - range->begin), count);
      at += count;
      // Whoever reads on does not come back, as a rule.
      const bool read_out = reads_on && at == range->end && bytes_ > ReadAheadBytes();
      if (read_out) reading_->cache->Drop(version_, range);
    }
    next_.store(end, std::memory_order_relaxed);
    // The first bytes may be all that is asked for.
    if (reads_on && end > ReadAheadBytes() / 2) ReadAhead(end);
    return static_cast<size_t>(end - offset);
  }

 private:
  uint64_t ReadAheadBytes() const { return reading_->client->settings().read_ahead_bytes; }

  // What to ask for when the byte at `at` is not there, and those up to `end` are wanted.
  std::pair<uint64_t, uint64_t> SpanAt(uint64_t at, uint64_t end, bool reads_on) const {
    const uint64_t ahead = ReadAheadBytes();
    if (bytes_ <= ahead) return {0, bytes_};
    if (reads_on) return {at, std::min(bytes_, std::max(end, at + ahead))};
    if (bytes_ - at < kLeastBytes) return {bytes_ - kLeastBytes, bytes_};
    return {at, std::min(bytes_, std::max(end, at + kLeastBytes))};
  }

  Result<RangePtr> RangeAt(uint64_t at, uint64_t end, bool reads_on) const {
    for (bool again = true;; again = false) {
      bool is_new = false;
      RangePtr range =
          reading_->cache->FindOrBegin(version_, at, SpanAt(at, end, reads_on), is_new);
      if (is_new) {
        Fetch(range);
      } else {
        reading_->cache->Wait(range);
      }
      if (range->failure.ok()) return range;
      // What another thread has failed to read, perhaps as it was interrupted, is asked for here.
      if (is_new || !again) return range->failure;
    }
  }

  // Whatever happens, the range is done: others may wait for it.
  void Fetch(const RangePtr& range) const {
    Result<ObjectRange> read = Status::Cancelled("interrupted");
    try {
      read = reading_->client->Get(place_, range->begin, range->end - range->begin, etag_);
    } catch (...) {
      reading_->cache->Finish(version_, range, std::move(read));
      throw;
    }
    reading_->cache->Finish(version_, range, std::move(read));
  }

  void ReadAhead(uint64_t end) const {
    const uint64_t ahead = ReadAheadBytes();
    const uint64_t until = std::min(bytes_, end + 2 * ahead);
    for (uint64_t at = end; at < until;) {
      bool is_new = false;
      const RangePtr range =
          reading_->cache->FindOrBegin(version_, at, {at, std::min(bytes_, at + ahead)}, is_new);
      at = range->end;
      if (!is_new) continue;
      // The file may be closed before the range is there. Its store is not: it waits for its
      // workers, so that one of them must not be the last who has it.
      auto shared = std::make_shared<ObjectFile>(std::make_shared<const Reading>(*reading_), place_,
                                                 etag_, bytes_);
      reading_->workers->Do([shared, range] {
        (void)Fenced([&]() -> Status {
          shared->Fetch(range);
          return {};
        });
      });
    }
  }

  const std::shared_ptr<const Reading> reading_;
  const Place place_;
  const std::string etag_;
  const std::string version_;
  const uint64_t bytes_;
  mutable std::atomic<uint64_t> next_{0};  // where the last read ended
};

}  // namespace

RangePtr RangeCache::FindLocked(const std::string& version, uint64_t at) {
  auto behind = ranges_.upper_bound({version, at});
  if (behind == ranges_.begin()) return nullptr;
  --behind;
  const auto& [key, kept] = *behind;
  if (key.first != version || at >= kept.range->end) return nullptr;
  used_.splice(used_.begin(), used_, kept.used);
  return kept.range;
}

RangePtr RangeCache::Find(const std::string& version, uint64_t at) {
  const MutexLock lock(mutex_);
  return FindLocked(version, at);
}

RangePtr RangeCache::FindOrBegin(const std::string& version, uint64_t at,
                                 std::pair<uint64_t, uint64_t> span, bool& is_new) {
  const MutexLock lock(mutex_);
  RangePtr found = FindLocked(version, at);
  is_new = found == nullptr;
  if (!is_new) return found;
  found = std::make_shared<Range>();
  found->begin = span.first;
  found->end = span.second;
  const Key key{version, span.first};
  // A shorter range that begins there is in the way.
  if (const auto there = ranges_.find(key); there != ranges_.end()) Erase(there);
  used_.push_front(key);
  ranges_.emplace(key, Kept{found, used_.begin()});
  bytes_ += span.second - span.first;
  for (auto oldest = used_.end(); bytes_ > kMostBytes && oldest != std::next(used_.begin());) {
    --oldest;
    const auto kept = ranges_.find(*oldest);
    if (!kept->second.range->done) continue;
    ++oldest;
    Erase(kept);
  }
  return found;
}

void RangeCache::Erase(std::map<Key, Kept>::iterator kept) {
  bytes_ -= kept->second.range->end - kept->second.range->begin;
  used_.erase(kept->second.used);
  ranges_.erase(kept);
}

void RangeCache::Finish(const std::string& version, const RangePtr& range,
                        Result<ObjectRange> read) {
  {
    const MutexLock lock(mutex_);
    range->done = true;
    const bool whole = read.ok() && read->bytes.size() == range->end - range->begin;
    if (whole) {
      range->bytes = std::move(read->bytes);
    } else {
      range->failure = read.ok() ? Status::External(
                                       "reading failed: the store sent fewer bytes "
                                       "than the object has")
                                       .WithId("E4001")
                                 : read.status();
      // The next one who reads asks again.
      const auto kept = ranges_.find({version, range->begin});
      if (kept != ranges_.end() && kept->second.range == range) Erase(kept);
    }
  }
  changed_.notify_all();
}

void RangeCache::Wait(const RangePtr& range) {
  MutexLock lock(mutex_);
  changed_.wait(lock, [&] { return range->done; });
}

void RangeCache::Drop(const std::string& version, const RangePtr& range) {
  const MutexLock lock(mutex_);
  const auto kept = ranges_.find({version, range->begin});
  if (kept != ranges_.end() && kept->second.range == range) Erase(kept);
}

Result<std::unique_ptr<ReadableFile>> OpenObject(std::shared_ptr<const Reading> reading,
                                                 const Place& place, uint64_t& bytes) {
  ObjectRange read =
      TRY(reading->client->Get(place, 0, reading->client->settings().read_ahead_bytes));
  bytes = read.facts.bytes;
  std::string etag = read.facts.etag;
  if (!read.bytes.empty()) {
    bool is_new = false;
    const std::string version = VersionOf(place, etag);
    const RangePtr range = reading->cache->FindOrBegin(version, 0, {0, read.bytes.size()}, is_new);
    if (is_new) reading->cache->Finish(version, range, std::move(read));
  }
  return OpenVersion(std::move(reading), place, std::move(etag), bytes);
}

std::unique_ptr<ReadableFile> OpenVersion(std::shared_ptr<const Reading> reading,
                                          const Place& place, std::string etag, uint64_t bytes) {
  return std::make_unique<ObjectFile>(std::move(reading), place, std::move(etag), bytes);
}

}  // namespace weir::s3
