#include "runtime/connectors/postgres/cancel.h"

#include <libpq-fe.h>

#include <array>
#include <chrono>
#include <future>
#include <list>
#include <memory>
#include <utility>

#include "runtime/mutex.h"
#include "runtime/thread.h"

namespace weir::connectors::postgres {
namespace {

constexpr std::chrono::milliseconds kPatience(500);

// The library's call connects and reads as long as it takes, which is for ever where a server is
// frozen. So it has a thread of its own.
struct Request {
  Thread thread;
  std::future<void> done;
};

// Requests that nobody has waited for to the end.
class LeftRequests {
 public:
  // Never destroyed: the end of the process does not wait for them.
  static LeftRequests& Instance() {
    static auto* const left = new LeftRequests;
    return *left;
  }

  void Add(Request request) {
    const MutexLock lock(mutex_);
    requests_.remove_if([](const Request& one) {
      return one.done.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    });
    requests_.push_back(std::move(request));
  }

 private:
  Mutex mutex_;
  std::list<Request> requests_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace

void CancelStatement(PGconn* connection) {
  const std::shared_ptr<PGcancel> how(PQgetCancel(connection), &PQfreeCancel);
  if (how == nullptr) return;
  const auto done = std::make_shared<std::promise<void>>();
  Request request;
  request.done = done->get_future();
  Result<Thread> thread = Thread::Start("cancel", [how, done] {
    std::array<char, 256> why{};
    PQcancel(how.get(), why.data(), static_cast<int>(why.size()));
    done->set_value();
  });
  if (!thread.ok()) return;  // the server notices the end of the connection, if later
  request.thread = std::move(*thread);
  if (request.done.wait_for(kPatience) != std::future_status::ready)
    LeftRequests::Instance().Add(std::move(request));
}

}  // namespace weir::connectors::postgres
