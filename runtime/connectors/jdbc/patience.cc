#include "runtime/connectors/jdbc/patience.h"

#include <chrono>
#include <future>
#include <list>
#include <memory>
#include <utility>

#include "runtime/mutex.h"
#include "runtime/thread.h"

namespace weir::connectors::jdbc {
namespace {

constexpr std::chrono::milliseconds kPatience(500);

struct Call {
  Thread thread;
  std::future<void> done;
};

// Calls that nobody has waited for to the end.
class LeftCalls {
 public:
  // Never destroyed: the end of the process does not wait for them.
  static LeftCalls& Instance() {
    static auto* const left = new LeftCalls;
    return *left;
  }

  void Add(Call call) {
    const MutexLock lock(mutex_);
    calls_.remove_if([](const Call& one) {
      return one.done.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    });
    calls_.push_back(std::move(call));
  }

 private:
  Mutex mutex_;
  std::list<Call> calls_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace

void RunPatiently(std::function<void()> work) {
  const auto done = std::make_shared<std::promise<void>>();
  Call call;
  call.done = done->get_future();
  Result<Thread> thread = Thread::Start("cancel", [work = std::move(work), done] {
    work();
    done->set_value();
  });
  if (!thread.ok()) return;
  call.thread = std::move(*thread);
  if (call.done.wait_for(kPatience) != std::future_status::ready)
    LeftCalls::Instance().Add(std::move(call));
}

}  // namespace weir::connectors::jdbc
