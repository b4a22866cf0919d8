#include "shell/output/signals.h"

#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <utility>

#include "runtime/fault_point.h"
#include "runtime/thread.h"
#include "shell/engine/engine.h"

namespace weir::shell {
namespace {

constexpr int kInsists = 3;  // this many within kInsistNanos, behind the one that had this said
constexpr int64_t kInsistNanos = 2'000'000'000;
constexpr std::string_view kEndedAtOnce = "\nEnded at once.\n";
constexpr std::string_view kJobsEndedAtOnce =
    "\nEnded at once, without a last checkpoint: jobs go on from the one before.\n";
constexpr char kStop = 's';

std::atomic<EngineSession*> routed{nullptr};
std::atomic<int> pending{0};
std::atomic<bool> shell_reads{false};
std::atomic<bool> jobs_run{false};
std::atomic<int> ending{0};                             // how many signals asked the process to end
std::atomic<int> question_pipe{-1};                     // its writing end
std::array<std::atomic<int64_t>, kInsists> insisted{};  // when the last ones came; 0: never

// clock_gettime, since a handler may only call functions that are safe in signal handlers.
int64_t MonotonicNanos() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void Ask(char question) {
  const int pipe = question_pipe.load();
  if (pipe >= 0) (void)!::write(pipe, &question, 1);
}

// Whether the last kInsists signals came within kInsistNanos, this one included. `insisted` is a
// ring of their times, in which `count` is the place of this one.
bool IsEnough(int count) {
  const int64_t now = MonotonicNanos();
  const auto place = static_cast<size_t>(count % kInsists);
  insisted[place].store(now);
  const int64_t first = insisted[(place + 1) % kInsists].load();
  return first != 0 && now - first <= kInsistNanos;
}

void Begin(int signal) {
  pending.store(signal);
  if (EngineSession* engine = routed.load(); engine != nullptr) engine->RequestCancel();
}

void EndProcess(int signal) {
  constexpr int kSaid = 1;
  const int before = ending.fetch_add(1);
  if (before == 0) return Begin(signal);
  if (DefectPlanted("second-signal-ends")) ::_exit(ExitCodeOfSignal(signal));
  if (before > kSaid && IsEnough(before)) {
    const std::string_view said = jobs_run.load() ? kJobsEndedAtOnce : kEndedAtOnce;
    (void)!::write(STDERR_FILENO, said.data(), said.size());
    ::_exit(ExitCodeOfSignal(signal));
  }
  Ask(static_cast<char>(Question::kWhatGoesOn));
}

void EndStatement() {
  if (pending.exchange(SIGINT) == SIGINT) Ask(static_cast<char>(Question::kStatementEnds));
  if (EngineSession* engine = routed.load(); engine != nullptr) engine->RequestCancel();
}

void OnSignal(int signal) {
  const int error = errno;
  if (signal == SIGQUIT && !DefectPlanted("sigquit-ends")) {
    Ask(static_cast<char>(Question::kWhatTasksDo));
  } else if (signal == SIGINT && shell_reads.load() && ending.load() == 0) {
    EndStatement();
  } else {
    EndProcess(signal);
  }
  errno = error;
}

// The thread that reads the questions that the handler writes into a pipe, and passes them on.
class Questions {
 public:
  void Start(std::function<void(Question)> ask) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
    from_ = ends[0];
    to_ = ends[1];
    question_pipe.store(to_);
    Result<Thread> thread = Thread::Start("signals", [this, ask = std::move(ask)] { Run(ask); });
    if (!thread.ok()) return Close();  // signals work, unexplained
    thread_ = std::move(*thread);
  }
  void Stop() {
    if (!thread_.joinable()) return;
    question_pipe.store(-1);
    (void)!::write(to_, &kStop, 1);
    thread_.Join();
    Close();
  }

 private:
  void Close() const {
    question_pipe.store(-1);
    ::close(from_);
    ::close(to_);
  }
  void Run(const std::function<void(Question)>& ask) const {
    for (char question = 0; question != kStop;) {
      const ssize_t count = ::read(from_, &question, 1);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return;
      if (question != kStop) ask(static_cast<Question>(question));
    }
  }

  int from_ = -1;
  int to_ = -1;
  Thread thread_;
};

Questions questions;

}  // namespace

void RouteSignals(EngineSession* engine, std::function<void(Question)> ask) {
  if (engine != nullptr && ask) questions.Start(std::move(ask));
  routed.store(engine);
  struct sigaction action {};
  action.sa_handler = engine != nullptr ? OnSignal : SIG_DFL;
  // A write of rows that is interrupted goes on. Code that must react to a signal asks
  // PendingSignal.
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGALRM, SIGQUIT})
    ::sigaction(signal, &action, nullptr);
  // Writes then fail instead, which ends one statement or job and not the process; likewise with
  // EFBIG beyond RLIMIT_FSIZE.
  ::signal(SIGPIPE, SIG_IGN);
  // Who started this process may have ignored it, and then nobody learns how a child has ended.
  ::signal(SIGCHLD, SIG_DFL);
  if (!DefectPlanted("file-limit-ends")) ::signal(SIGXFSZ, SIG_IGN);
  if (engine == nullptr) questions.Stop();
}

void KeepShellFromInterrupts(bool keep) {
  shell_reads.store(keep);
}

void NoteJobs(bool run) {
  jobs_run.store(run);
}

void NoteSignal(int signal) {
  int none = 0;
  if (ending.compare_exchange_strong(none, 1)) Begin(signal);
}

int TakeSignal() {
  return pending.exchange(0);
}

int PendingSignal() {
  return pending.load();
}

void RaiseAlarmAfter(int64_t millis) {
  itimerval timer{};
  timer.it_value.tv_sec = millis / 1000;
  timer.it_value.tv_usec = static_cast<suseconds_t>(millis % 1000 * 1000);
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

int ExitCodeOfSignal(int signal) {
  // As timeout(1) exits.
  constexpr int kTimeout = 124;
  return signal == SIGALRM ? kTimeout : 128 + signal;
}

void EndBySigpipe() {
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, SIGPIPE);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  (void)::raise(SIGPIPE);
  std::_Exit(ExitCodeOfSignal(SIGPIPE));
}

}  // namespace weir::shell
