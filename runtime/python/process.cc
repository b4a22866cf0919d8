#include "runtime/python/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "runtime/base/fence.h"
#include "runtime/base/interruption.h"
#include "runtime/base/printable.h"
#include "runtime/open_file.h"
#include "runtime/python/worker_text.h"

namespace weir::python {
namespace {

constexpr int kStreamOfChild = 3;
// How soon a cancelled job is noticed while a function runs.
constexpr int64_t kSliceMillis = 20;
constexpr size_t kChunkBytes = 1 << 20;
// A process that prints more lines is not listened to any more, and the last ones tell why it died.
constexpr size_t kMostLines = 200;
constexpr size_t kLastLines = 4;
constexpr size_t kLongestLine = 500;
constexpr int kNotExecuted = 127;

int64_t NowMillis(const ProcessSettings& settings) {
  return settings.clock->MonotonicNanos() / 1'000'000;
}

// Tests plant faults in this process by WEIR_…, and the environment says nothing about Python: the
// options do. hash() gives the same in each process, since batches go to any of them. A process for
// each thread needs no more threads.
std::vector<std::string> EnvironmentOfWorker() {
  std::vector<std::string> kept = {"PYTHONHASHSEED=0"};
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view said = *variable;
    if (!said.starts_with("WEIR_") && !said.starts_with("PYTHON")) kept.emplace_back(said);
  }
  for (const char* name : {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"}) {
    if (::getenv(name) == nullptr) kept.push_back(fmt::format("{}=1", name));
  }
  return kept;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

struct Child {
  char* const* arguments;
  char* const* environment;
  pid_t parent;
  int stream;
  int errors;
  int priority;  // setpriority(2)
};

// The engine says when a process ends. What asks all processes to, such as a shutdown of the
// machine, must not end this one before the last checkpoint is written.
void TakeNoSignals() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::signal(number, SIG_IGN);
  ::setsid();  // signals of the terminal are the engine's
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// What the child does between fork and exec, where all signals are blocked at first: nothing that
// takes a lock.
[[noreturn]] void Become(const Child& child) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != child.parent) ::_exit(kNotExecuted);
  TakeNoSignals();
  // The engine changes its own limit as the machine has memory (session/memory_guard.h).
  rlimit data;
  if (::getrlimit(RLIMIT_DATA, &data) == 0) {
    data.rlim_cur = data.rlim_max;
    ::setrlimit(RLIMIT_DATA, &data);
  }
  ::setpriority(PRIO_PROCESS, 0, child.priority);  // who may not goes on as it is
  const int nothing = ::open("/dev/null", O_RDWR);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(child.errors, STDOUT_FILENO);
  ::dup2(child.errors, STDERR_FILENO);
  ::dup2(child.stream, kStreamOfChild);
  ::close_range(kStreamOfChild + 1, ~0U, 0);
  ::execvpe(child.arguments[0], child.arguments, child.environment);
  const char* why = ::strerrordesc_np(errno);
  (void)!::write(STDERR_FILENO, why, std::strlen(why));
  ::_exit(kNotExecuted);
}

// No handler of the engine runs in the child.
pid_t Fork(const Child& child) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t forked = ::fork();
  if (forked == 0) Become(child);
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return forked;
}

Status NotStarted(const std::string& what) {
  return Status::External(fmt::format("no process for functions in Python could be started: {}: {}",
                                      what, std::strerror(errno)))
      .WithId("E4004");
}

Result<std::unique_ptr<Process>> Spawn(const ProcessSettings& settings) {
  auto process = std::make_unique<Process>(settings);
  RETURN_IF_ERROR(process->Start());
  return process;
}

std::string EndOf(int status) {
  if (WIFSIGNALED(status)) {
    const char* name = ::sigabbrev_np(WTERMSIG(status));
    return fmt::format("killed by SIG{}", name == nullptr ? "?" : name);
  }
  return fmt::format("it left with exit code {}", WEXITSTATUS(status));
}

}  // namespace

Process::~Process() {
  if (child_ > 0) {
    // It leads a session of its own, so that its group has what it started.
    ::kill(-child_, SIGKILL);
    ::kill(child_, SIGKILL);
    while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) continue;
  }
  if (stream_ >= 0) ::close(stream_);
  if (errors_ >= 0) ::close(errors_);
}

// Nothing is allocated behind the fork, so that no child is left without an owner.
Status Process::Start() {
  std::vector<std::string> arguments = {settings_.executable, "-s", "-X",
                                        "faulthandler",       "-c", std::string(WorkerText())};
  arguments.insert(arguments.end(), settings_.files.begin(), settings_.files.end());
  std::vector<std::string> environment = EnvironmentOfWorker();
  const std::vector<char*> argument_pointers = Pointers(arguments);
  const std::vector<char*> environment_pointers = Pointers(environment);
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return NotStarted("socketpair");
  stream_ = ends[0];
  const OpenFile stream(ends[1]);
  if (::pipe2(ends, O_CLOEXEC) != 0) return NotStarted("pipe");
  errors_ = ends[0];
  const OpenFile errors(ends[1]);
  // Above those that the child gives new meanings to.
  const OpenFile theirs(::fcntl(stream.get(), F_DUPFD_CLOEXEC, kStreamOfChild + 1));
  const OpenFile prints(::fcntl(errors.get(), F_DUPFD_CLOEXEC, kStreamOfChild + 1));
  if (theirs.get() < 0 || prints.get() < 0) return NotStarted("fcntl");
  const pid_t parent = ::getpid();
  const int priority = ::getpriority(PRIO_PROCESS, static_cast<id_t>(parent)) + settings_.nice;
  child_ = Fork({argument_pointers.data(), environment_pointers.data(), parent, theirs.get(),
                 prints.get(), priority});
  if (child_ < 0) return NotStarted("fork");
  ::fcntl(stream_, F_SETFL, O_NONBLOCK);
  ::fcntl(errors_, F_SETFL, O_NONBLOCK);
  return {};
}

bool Process::IsReady() const {
  pollfd stream = {stream_, POLLIN, 0};
  siginfo_t ended;
  return ::poll(&stream, 1, 0) == 0 && !HasEnded(ended);
}

// It is reaped by the destructor.
bool Process::HasEnded(siginfo_t& ended) const {
  ended = {};
  const int got = ::waitid(P_PID, static_cast<id_t>(child_), &ended, WEXITED | WNOHANG | WNOWAIT);
  return got == 0 && ended.si_pid == child_;
}

Result<std::string> Process::Ask(std::string_view frame, FrameKind expected) {
  usable_ = false;
  const int64_t deadline = NowMillis(settings_) + settings_.timeout_millis;
  RETURN_IF_ERROR(Send(frame, deadline));
  Result<std::string> answer = Receive(expected, deadline);
  answered_ = answered_ || usable_;
  ReadErrors();
  return answer;
}

Status Process::Send(std::string_view frame, int64_t deadline) {
  while (!frame.empty()) {
    const ssize_t sent = ::send(stream_, frame.data(), frame.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      frame.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      RETURN_IF_ERROR(Await(POLLOUT, deadline));
    } else if (errno != EINTR) {
      return Died();
    }
  }
  return {};
}

Result<std::string> Process::Receive(FrameKind expected, int64_t deadline) {
  std::string bytes;
  RETURN_IF_ERROR(ReceiveExactly(bytes, kHeaderBytes, deadline));
  const FrameHeader header = TRY(ReadHeader(bytes));
  bytes.clear();
  RETURN_IF_ERROR(ReceiveExactly(bytes, header.bytes, deadline));
  if (header.kind == FrameKind::kError) {
    usable_ = true;
    constexpr size_t kLongestText = 8000;
    return Status::DataError(Printable(std::string_view(bytes).substr(0, kLongestText)));
  }
  if (header.kind != expected) return Status::DataError("its process answers what nobody asked");
  usable_ = true;
  return bytes;
}

// Memory grows with what has come, and not with what was announced.
Status Process::ReceiveExactly(std::string& bytes, size_t size, int64_t deadline) {
  while (bytes.size() < size) {
    const size_t before = bytes.size();
    const size_t room = std::min(size - before, kChunkBytes);
    bytes.resize(before + room);
    const ssize_t got = ::recv(stream_, bytes.data() + before, room, 0);
    const int error = errno;
    bytes.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got > 0 || (got < 0 && error == EINTR)) continue;
    if (got == 0 || error != EAGAIN) return Died();
    RETURN_IF_ERROR(Await(POLLIN, deadline));
  }
  return {};
}

// What it has forked may hold its streams open, so that they do not tell of its end.
Status Process::Await(short events, int64_t deadline) {
  bool has_ended = false;  // then what it has sent before is there
  while (true) {
    CheckInterrupted();
    const int64_t left = deadline - NowMillis(settings_);
    if (left <= 0) {
      return Status::DataError(
                 fmt::format("it did not answer within {} ms, and its process was killed",
                             settings_.timeout_millis))
          .WithHint("SET 'python.batch-timeout' to more, or 'pipeline.batch-size' to less");
    }
    pollfd wait[2] = {{stream_, events, 0}, {errors_, POLLIN, 0}};
    const int64_t slice = has_ended ? 0 : std::min(left, kSliceMillis);
    const int ready = ::poll(wait, 2, static_cast<int>(slice));
    if (ready < 0 && errno != EINTR) return Died();
    if (ready > 0 && wait[1].revents != 0) ReadErrors();
    if (ready > 0 && wait[0].revents != 0) return {};
    if (has_ended) return Died();
    siginfo_t ended;
    has_ended = HasEnded(ended);
  }
}

// So much at once that one which prints without end is asked all the same.
void Process::ReadErrors() {
  constexpr int kMostChunks = 64;
  char chunk[4096];
  for (int chunks = 0; chunks < kMostChunks && errors_ >= 0; ++chunks) {
    const ssize_t got = ::read(errors_, chunk, sizeof(chunk));
    if (got > 0) {
      printed_.append(chunk, static_cast<size_t>(got));
      SayLines(false);
    } else if (got == 0) {
      ::close(errors_);
      errors_ = -1;
      SayLines(true);
    } else if (errno != EINTR) {
      return;
    }
  }
}

// Whole lines, and pieces of those that do not end; `all`: also the last one.
void Process::SayLines(bool all) {
  size_t begin = 0;
  while (begin < printed_.size()) {
    const size_t end = printed_.find('\n', begin);
    const bool whole = end != std::string::npos;
    if (!whole && !all && printed_.size() - begin < kLongestLine) break;
    const size_t size = std::min((whole ? end : printed_.size()) - begin, kLongestLine);
    Say(Printable(std::string_view(printed_).substr(begin, size)));
    begin = whole ? end + 1 : begin + size;
  }
  printed_.erase(0, begin);
}

void Process::Say(const std::string& line) {
  if (line.empty()) return;
  last_.push_back(line);
  if (last_.size() > kLastLines) last_.pop_front();
  if (++said_ > kMostLines + 1 || !settings_.say) return;
  settings_.say(said_ <= kMostLines ? "Python: " + line
                                    : "Python: what this process prints further is not shown");
}

Status Process::Died() {
  constexpr int64_t kPatienceMillis = 1000;
  const int64_t until = NowMillis(settings_) + kPatienceMillis;
  siginfo_t ended;
  // One that has only closed its stream is killed by the destructor.
  while (!HasEnded(ended) && NowMillis(settings_) < until) ::poll(nullptr, 0, 5);
  ReadErrors();
  SayLines(true);
  std::string why = "it has closed its stream";
  const bool left = ended.si_code == CLD_EXITED;
  if (ended.si_pid == child_) why = EndOf(left ? ended.si_status << 8 : ended.si_status);
  std::string lines = fmt::format("{}", fmt::join(last_, " / "));
  if (!lines.empty()) lines = ": " + lines;
  if (left && ended.si_status == kNotExecuted && !answered_) {
    return Status::InvalidArgument(fmt::format("'python.executable' = '{}' cannot be started{}",
                                               settings_.executable, lines))
        .WithId("E6001");
  }
  return Status::External(fmt::format("its process has ended, {}{}", why, lines)).WithId("E3010");
}

Starter::~Starter() {
  Rest();
}

void Starter::Rest() {
  const MutexLock starting(one_);
  if (!thread_.joinable()) return;
  {
    const MutexLock lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  thread_.Join();
  const MutexLock lock(mutex_);
  ending_ = false;
}

Result<std::unique_ptr<Process>> Starter::Start() {
  const MutexLock starting(one_);
  if (!thread_.joinable()) thread_ = TRY(Thread::Start("python", [this] { Run(); }));
  MutexLock lock(mutex_);
  wanted_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this]() WEIR_REQUIRES(mutex_) { return started_.has_value(); });
  Result<std::unique_ptr<Process>> started = std::move(*started_);
  started_.reset();
  return started;
}

void Starter::Run() {
  MutexLock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this]() WEIR_REQUIRES(mutex_) { return wanted_ || ending_; });
    if (ending_) return;
    wanted_ = false;
    lock.unlock();
    Result<std::unique_ptr<Process>> started = Fenced([this] { return Spawn(settings_); });
    lock.lock();
    started_.emplace(std::move(started));
    changed_.notify_all();
  }
}

}  // namespace weir::python
