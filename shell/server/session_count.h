// How many sessions of clients a process has, of whatever protocol. A tenth of them is kept from
// those who come over the network, so that whoever owns the process can look and end it, and half
// from each of their users who is no admin, so that the others can work.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "runtime/base/result.h"
#include "runtime/mutex.h"
#include "shell/engine/access/role.h"

namespace weir::shell {

// Thread-safe; outlives its places.
class SessionCount {
 public:
  explicit SessionCount(size_t most) : most_(most) {}

  // Gives the place back when it is destroyed.
  class Place {
   public:
    Place(SessionCount& count, Principal who) : count_(&count), who_(std::move(who)) {}
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    SessionCount* count_;
    const Principal who_;
  };

  // kExternal E4009 when there are as many as there may be.
  Result<std::unique_ptr<Place>> Take(const Principal& who);
  size_t open() const;

 private:
  const size_t most_;
  mutable Mutex mutex_;
  size_t open_ WEIR_GUARDED_BY(mutex_) = 0;
  std::map<std::string, size_t> remote_ WEIR_GUARDED_BY(mutex_);  // of each user, by the network
};

}  // namespace weir::shell
