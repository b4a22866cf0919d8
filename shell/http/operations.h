// What somebody asked for over HTTP and comes back for later: Flink's asynchronous operations.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "runtime/mutex.h"
#include "runtime/thread.h"
#include "shell/engine/engine.h"

namespace weir::shell {

// What is known of an operation that a request has begun.
struct OperationNow {
  std::string about;  // the job's id, or "" for none
  // How it ended, with the path of the savepoint that it made, if it made one; nothing: not yet.
  std::optional<Result<std::string>> outcome;
};

// Runs work that takes longer than a request may, each piece on a thread of its own. Thread-safe.
class Operations {
 public:
  // The work of an operation, whose result becomes OperationNow::outcome. Must not throw.
  using Work = std::function<Result<std::string>()>;

  // The engine outlives it.
  explicit Operations(Engine& engine);
  // Waits for those that run: a savepoint is finished, or fails.
  ~Operations();
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  // Begins some work. Its id is `wanted`, if that has 32 hexadecimal digits, else a new one.
  // Nothing begins for an id that is known already, so that a client may repeat its request.
  // kExternal when too many run.
  Result<std::string> Begin(Work work, const std::string& about, const std::string& wanted);
  // The same for a statement of `who`, in a session of its own.
  Result<std::string> Begin(const Principal& who, const std::string& statement,
                            const std::string& about, const std::string& wanted);
  // Nothing for an id that was never given, or whose operation ended more than five minutes ago.
  std::optional<OperationNow> Find(const std::string& id) const;

 private:
  struct Running;
  void Sweep() WEIR_REQUIRES(mutex_);

  Engine& engine_;
  mutable Mutex mutex_;
  std::map<std::string, std::unique_ptr<Running>> all_ WEIR_GUARDED_BY(mutex_);
};

// Executes one statement of `who` in a session of its own, and returns the path that its answer
// names.
Result<std::string> ExecuteForPath(Engine& engine, const Principal& who,
                                   const std::string& statement);

}  // namespace weir::shell
