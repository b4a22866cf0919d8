// What the clients of a process are doing, by which it knows when it may end.
#pragma once

#include <cstdint>
#include <list>
#include <memory>

#include "runtime/base/status.h"
#include "runtime/mutex.h"

namespace weir::shell {

// Thread-safe; outlives its guests.
//
// A process that has done its own work waits for its guests: while one has a statement executed, is
// about to open a session, or was at work a moment ago and has its session still open, since a
// script's next statement may be on its way. Then it takes no more, in one step with having
// looked, and says so to whoever comes all the same: such a statement was not begun, and may be
// executed elsewhere.
//
// Jobs of a detached session are to run on when it has left. A process that ends with its own work,
// or has done it, takes none.
class Guests {
 private:
  struct Doing {
    bool newcomer = false;
    bool has_opened = false;  // a session, which may be closed by now
    int sessions = 0;
    int executing = 0;
    int64_t active_nanos = 0;  // when it was last at work, first when it came; monotonic

    bool goes_on() const;
  };

 public:
  // One connection, from when it was accepted on. Used by one thread.
  class Guest {
   public:
    explicit Guest(Guests& all);
    ~Guest();
    Guest(const Guest&) = delete;
    Guest& operator=(const Guest&) = delete;

    void SessionOpened();
    void SessionClosed();
    // A statement is about to be executed; E4007 where the process takes no more, and then it must
    // not be begun.
    Status Begin(bool detached);
    // The statement has ended.
    void End();
    // It is at work, and does not only look for news.
    void Act();

   private:
    Guests& all_;
    std::list<Doing>::iterator own_;
  };

  // `keeps_jobs`: whether the process waits for jobs of sessions that have left.
  explicit Guests(bool keeps_jobs) : keeps_jobs_(keeps_jobs) {}

  // The process has done its own work: who comes from now on is a newcomer.
  void Leave();
  // From now on no statement is begun, if no guest is at work. Whether that is so.
  bool RefuseIfIdle();
  // As RefuseIfIdle, but also while guests are at work.
  void Refuse();
  // E4007 where no statement of such a session is begun any more.
  Status CheckTakes(bool detached) const;

  // The statements that are being executed.
  int executing() const;
  // Whether a guest is at work who is no newcomer.
  bool busy_for_earlier() const;

 private:
  Status Check(bool detached) const WEIR_REQUIRES(mutex_);
  template <typename F>
  bool Any(const F& wanted) const WEIR_REQUIRES(mutex_);

  const bool keeps_jobs_;
  mutable Mutex mutex_;
  bool leaving_ WEIR_GUARDED_BY(mutex_) = false;
  bool refusing_ WEIR_GUARDED_BY(mutex_) = false;
  std::list<Doing> guests_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::shell
