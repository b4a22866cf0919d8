// Reads objects by ranges, ahead of whoever reads on, and keeps what was read for a while: a table
// opens a small object several times, and it is asked for once.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "runtime/file_system.h"
#include "runtime/mutex.h"
#include "runtime/s3/s3_client.h"
#include "runtime/s3/s3_workers.h"

namespace weir::s3 {

// Bytes of one version of an object, there or on their way.
struct Range {
  uint64_t begin = 0;
  uint64_t end = 0;
  bool done = false;
  Status failure;     // once it is done
  std::string bytes;  // once it is done and has not failed
};
using RangePtr = std::shared_ptr<Range>;

// The ranges that were read last, of all objects of a process. A version of an object never
// changes, so that what is kept is never outdated. Thread-safe.
class RangeCache {
 public:
  // The range that has the byte at `at`, and has not failed; null if there is none.
  RangePtr Find(const std::string& version, uint64_t at);
  // As Find, or else a new range, which the caller must fetch and give to Finish: `is_new`.
  RangePtr FindOrBegin(const std::string& version, uint64_t at, std::pair<uint64_t, uint64_t> span,
                       bool& is_new);
  void Finish(const std::string& version, const RangePtr& range, Result<ObjectRange> read);
  void Wait(const RangePtr& range);
  // Forgets a range that nobody will read again.
  void Drop(const std::string& version, const RangePtr& range);
  // Forgets ranges beyond this many bytes, the ones that were used longest ago first.
  static constexpr uint64_t kMostBytes = 64U << 20U;

 private:
  using Key = std::pair<std::string, uint64_t>;  // version, begin
  struct Kept {
    RangePtr range;
    std::list<Key>::iterator used;
  };
  RangePtr FindLocked(const std::string& version, uint64_t at) WEIR_REQUIRES(mutex_);
  void Erase(std::map<Key, Kept>::iterator kept) WEIR_REQUIRES(mutex_);

  Mutex mutex_;
  ConditionVariable changed_;
  std::map<Key, Kept> ranges_ WEIR_GUARDED_BY(mutex_);
  std::list<Key> used_ WEIR_GUARDED_BY(mutex_);  // the last one first
  uint64_t bytes_ WEIR_GUARDED_BY(mutex_) = 0;
};

// What the readers of a process share.
struct Reading {
  Client* client = nullptr;
  Workers* workers = nullptr;
  RangeCache* cache = nullptr;
};

// Opens the version of an object that is there, and reads its beginning. kNotFound E4002 where
// there is none.
Result<std::unique_ptr<ReadableFile>> OpenObject(std::shared_ptr<const Reading> reading,
                                                 const Place& place, uint64_t& bytes);
// Opens a version that was found. Asks for nothing before it is read; E3006 if there is another one
// by then.
std::unique_ptr<ReadableFile> OpenVersion(std::shared_ptr<const Reading> reading,
                                          const Place& place, std::string etag, uint64_t bytes);

}  // namespace weir::s3
