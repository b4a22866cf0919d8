// One process that runs functions in Python: started, asked, and killed.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/clock.h"
#include "runtime/mutex.h"
#include "runtime/python/wire.h"
#include "runtime/thread.h"

namespace weir::python {

struct ProcessSettings {
  std::string executable;          // a name that is looked for in $PATH, or an absolute path
  std::vector<std::string> files;  // where modules are: directories, archives, files
  int64_t timeout_millis = 0;      // the most that one answer takes
  int nice = 0;                    // above that of the engine's process
  Clock* clock = nullptr;
  // Called with what functions print, a line at a time, by the thread that asks.
  std::function<void(const std::string&)> say;
};

// Used by one thread at a time. Its end kills the process, and what that has started.
class Process {
 public:
  // The settings outlive it.
  explicit Process(const ProcessSettings& settings) : settings_(settings) {}
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Called once, first. kExternal E4004 where the machine has no process to give. The kernel kills
  // it when the calling thread ends.
  Status Start();
  // Sends a frame and waits for the answer's bytes. An answer of kError is kDataError with its
  // text, as is none in time; kExternal where the process has died. Throws Interrupted when the
  // thread's InterruptedBy says so. After anything but kError the process is of no use any more.
  Result<std::string> Ask(std::string_view frame, FrameKind expected);
  bool usable() const { return usable_; }
  // Whether it lives, and has sent nothing that nobody asked for.
  bool IsReady() const;

 private:
  Status Send(std::string_view frame, int64_t deadline);
  Result<std::string> Receive(FrameKind expected, int64_t deadline);
  Status ReceiveExactly(std::string& bytes, size_t size, int64_t deadline);
  // Returns when the stream can be read or written (`events`), and passes on what is printed.
  Status Await(short events, int64_t deadline);
  void ReadErrors();
  void SayLines(bool all);
  void Say(const std::string& line);
  bool HasEnded(siginfo_t& ended) const;
  Status Died();

  const ProcessSettings& settings_;
  pid_t child_ = -1;
  int stream_ = -1;
  int errors_ = -1;  // also when the process has closed it
  bool usable_ = true;
  bool answered_ = false;         // at least once
  std::string printed_;           // the beginning of a line
  std::deque<std::string> last_;  // lines
  size_t said_ = 0;
};

// Starts processes from a thread of its own: the kernel kills them when the thread ends that has
// started them (PR_SET_PDEATHSIG), and tasks end sooner than jobs. Any thread.
class Starter {
 public:
  // The settings outlive it and the processes.
  explicit Starter(const ProcessSettings& settings) : settings_(settings) {}
  ~Starter();
  Starter(const Starter&) = delete;
  Starter& operator=(const Starter&) = delete;

  Result<std::unique_ptr<Process>> Start();
  // Ends the thread, and by that any process that is still there; Start starts it again.
  void Rest();

 private:
  void Run();

  const ProcessSettings& settings_;
  Mutex one_;  // held by who starts a process
  Mutex mutex_;
  ConditionVariable changed_;
  bool wanted_ WEIR_GUARDED_BY(mutex_) = false;
  bool ending_ WEIR_GUARDED_BY(mutex_) = false;
  std::optional<Result<std::unique_ptr<Process>>> started_ WEIR_GUARDED_BY(mutex_);
  Thread thread_ WEIR_GUARDED_BY(one_);
};

}  // namespace weir::python
