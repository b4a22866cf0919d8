#include "runtime/thread.h"

#include <pthread.h>

#include <utility>

#include "runtime/base/fence.h"
#include "runtime/base/memory_reserve.h"

namespace weir {
namespace {

constexpr size_t kThreadNameBytes = 15;

// What the thread does around its body, where there is a scheduler.
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

Result<Thread> Thread::Start(const std::string& name, std::function<void()> body) {
  Thread made;
  Scheduler* scheduler = Scheduler::Current();
  if (scheduler != nullptr) made.number_ = scheduler->Create(name);
  try {
    made.thread_ = std::thread([scheduler, number = made.number_, name, body = std::move(body)] {
      const WithMemoryReserve reserve;  // nobody would catch it
      NameThread(name);
      if (scheduler == nullptr) return body();
      RunScheduled(*scheduler, number, body);
    });
  } catch (...) {
    return StatusOfException();
  }
  return made;
}

void Thread::Join() {
  if (!thread_.joinable()) return;
  if (Scheduler* scheduler = Scheduler::Current(); scheduler != nullptr)
    scheduler->AwaitEnd(number_);
  thread_.join();
}

}  // namespace weir
