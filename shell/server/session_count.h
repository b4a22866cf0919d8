// How many sessions of clients a process has, of whatever protocol.
#pragma once

#include <cstddef>
#include <memory>

#include "runtime/base/result.h"
#include "runtime/mutex.h"

namespace weir::shell {

// Thread-safe; outlives its places.
class SessionCount {
 public:
  explicit SessionCount(size_t most) : most_(most) {}

  // Gives the place back when it is destroyed.
  class Place {
   public:
    explicit Place(SessionCount& count) : count_(&count) {}
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    SessionCount* count_;
  };

  // kExternal E4009 when there are as many as there may be.
  Result<std::unique_ptr<Place>> Take();
  size_t open() const;

 private:
  const size_t most_;
  mutable Mutex mutex_;
  size_t open_ WEIR_GUARDED_BY(mutex_) = 0;
};

}  // namespace weir::shell
