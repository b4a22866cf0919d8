#include "runtime/thread.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "runtime/base/fence.h"
#include "runtime/base/memory_reserve.h"

namespace weir {
namespace {

constexpr size_t kThreadNameBytes = 15;  // Linux's limit, without the terminating zero
// A thread that cannot be started is tried again for half a second. By then other threads may have
// ended, or a budget that counts their stacks in full at first (the memory guard's, see
// shell/engine/session/memory_guard.h) has found them to be untouched.
constexpr int kTries = 50;
constexpr int kMillisBetweenTries = 10;

// The nice value that threads started by this one are to have.
thread_local int nice_of_started = 0;
// The nice value of the thread itself, which the kernel gives to every thread that it starts.
thread_local int own_nice = 0;

// Lowers the priority of the calling thread, whose parent had `inherited`. Every thread may lower
// its own priority, but not raise it: then it keeps what it inherited.
void BecomeNice(int nice, int inherited) {
  nice_of_started = nice;
  own_nice = nice;
  errno = 0;  // -1 may be a nice value
  if (nice != inherited && ::nice(nice - inherited) == -1 && errno != 0) own_nice = inherited;
}

// Runs the body of a thread under a scheduler, which decides when it runs.
void RunScheduled(Scheduler& scheduler, uint64_t number, const std::function<void()>& body) {
  Scheduler::SetCurrent(&scheduler);
  scheduler.Enter(number);
  body();
  scheduler.Leave();
}

}  // namespace

void NameThread(const std::string& name) {
  pthread_setname_np(pthread_self(), name.substr(0, kThreadNameBytes).c_str());
}

WithNiceThreads::WithNiceThreads(int nice) : before_(nice_of_started) {
  nice_of_started = nice;
}

WithNiceThreads::~WithNiceThreads() {
  nice_of_started = before_;
}

Result<Thread> Thread::Start(const std::string& name, std::function<void()> body) {
  Thread made;
  Scheduler* scheduler = Scheduler::Current();
  if (scheduler != nullptr) made.number_ = scheduler->Create(name);
  const auto run = [scheduler, number = made.number_, name, nice = nice_of_started,
                    inherited = own_nice, body = std::move(body)] {
    const WithMemoryReserve reserve;  // nobody would catch bad_alloc, which would end the process
    NameThread(name);
    BecomeNice(nice, inherited);
    if (scheduler == nullptr) return body();
    RunScheduled(*scheduler, number, body);
  };
  for (int tries = 1;; ++tries) {
    try {
      made.thread_ = std::thread(run);
      return made;
    } catch (const std::system_error&) {
      if (tries == kTries) return StatusOfException();
    } catch (...) {
      return StatusOfException();
    }
    ::poll(nullptr, 0, kMillisBetweenTries);  // not the Clock's: no simulated time gives threads
  }
}

void Thread::Join() {
  if (!thread_.joinable()) return;
  if (Scheduler* scheduler = Scheduler::Current(); scheduler != nullptr)
    scheduler->AwaitEnd(number_);
  thread_.join();
}

}  // namespace weir
