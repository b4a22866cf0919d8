// The malloc loop: runs each target again and again, and lets the k-th allocation fail, for every k
// until a run passes in which none has. A target may then fail with a Status, or do without; it may
// not end the process, hang, forget what it had, or answer something else.
//
// Ranges of k run in a child process: one that dies costs one k.
#include <execinfo.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <regex>

#include "runtime/base/fence.h"
#include "runtime/base/memory_reserve.h"
#include "runtime/file_system.h"
#include "tests/malloc/failing_allocator.h"
#include "tests/malloc/targets.h"

namespace weir::malloc_test {
namespace {

constexpr unsigned kLongestRunSeconds = 60;
constexpr int kMostComplaints = 10;  // a target

struct Arguments {
  std::string targets = ".*";
  uint64_t burst = 1;
  uint64_t most = 0;  // ks of a target; 0: all
  uint64_t seed = 1;
  uint64_t only = 0;
  std::string scratch = "/tmp";
};

// Shared by the parent and the child that runs.
struct Progress {
  uint64_t k;        // that is being tried
  bool done;         // a run has passed without a failure, or the range is through
  uint64_t counted;  // allocations of a run undisturbed
  uint64_t runs;
  uint64_t statuses;  // runs that ended with a Status
  int complaints;
};

Result<std::string> RunFenced(const Target& target) {
  return Fenced([&] { return target.run(); });
}

void Complain(Progress& progress, const Target& target, const std::string& what) {
  if (++progress.complaints <= kMostComplaints) {
    fmt::print("{}, allocation {}: {}\n", target.name, progress.k, what);
  }
}

std::string TextOf(const Result<std::string>& answer) {
  return answer.ok() ? *answer : answer.status().ToString();
}

// Tries k, and whether all is well afterwards is for the next to see: state that a failure has left
// broken shows in its answer.
bool TryOne(const Target& target, const Arguments& arguments, const std::string& expected,
            Progress& progress) {
  KeepMemoryReserve();
  ::alarm(kLongestRunSeconds);
  Arm(progress.k, arguments.burst);
  Result<std::string> answer = RunFenced(target);
  const bool failed = Disarm();
  ++progress.runs;
  const std::string text = TextOf(answer);
  if (text == expected) return failed;
  if (answer.ok()) {
    Complain(progress, target, "another answer:\n" + text);
  } else if (!failed) {
    Complain(progress, target, "fails where nothing has: " + text);
  } else if (answer.status().code() == StatusCode::kInternal) {
    Complain(progress, target, text);
  }
  ++progress.statuses;
  return failed;
}

// Where it died, for addr2line: gdb would not meet the same order of threads again.
void ShowStack(int signal) {
  constexpr int kFrames = 40;
  Disarm();
  void* frames[kFrames];
  ::backtrace_symbols_fd(frames, ::backtrace(frames, kFrames), STDOUT_FILENO);
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

[[noreturn]] void RunChild(const Target& target, const Arguments& arguments, Progress& progress) {
  constexpr uint64_t kNever = UINT64_MAX / 2;
  KeepMemoryReserve();
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT}) ::signal(signal, ShowStack);
  std::string expected;
  // What is made once in a process is no part of it.
  for (int warm = 0; warm < 2; ++warm) {
    Arm(kNever, 1);
    expected = TextOf(RunFenced(target));
    Disarm();
    progress.counted = Counted();
  }
  const uint64_t stride =
      arguments.most == 0 ? 1 : std::max<uint64_t>(1, progress.counted / arguments.most);
  if (progress.k == 0) progress.k = 1 + arguments.seed % stride;
  while (TryOne(target, arguments, expected, progress) && arguments.only == 0) progress.k += stride;
  const std::string last = TextOf(RunFenced(target));
  if (last != expected) Complain(progress, target, "another answer in the end:\n" + last);
  progress.done = true;
  std::fflush(stdout);
  std::exit(0);  // leaks are looked for now
}

// Whether all is well.
bool Run(const Target& target, const Arguments& arguments) {
  void* shared =
      ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& progress = *static_cast<Progress*>(shared);
  progress = {};
  progress.k = arguments.only;
  const auto begin = std::chrono::steady_clock::now();
  while (!progress.done && progress.complaints <= kMostComplaints) {
    std::fflush(stdout);
    const pid_t child = ::fork();
    if (child == 0) RunChild(target, arguments, progress);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
    Complain(progress, target,
             WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? "hangs"
             : WIFSIGNALED(status) ? fmt::format("ended by signal {}", WTERMSIG(status))
                                   : fmt::format("ended with exit code {}", WEXITSTATUS(status)));
    if (progress.done || arguments.only != 0) break;
    ++progress.k;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  fmt::print("{:34} {:8} allocations {:7} runs {:7} failed with a Status {:7.1f} s{}\n",
             target.name, progress.counted, progress.runs, progress.statuses, took.count(),
             progress.complaints == 0 ? "" : fmt::format("  {} WRONG", progress.complaints));
  const bool good = progress.complaints == 0;
  ::munmap(shared, sizeof(Progress));
  return good;
}

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("lets the k-th allocation fail, for every k");
  app.add_option("--targets", arguments.targets, "those whose whole name matches");
  app.add_option("--burst", arguments.burst, "so many allocations fail in a row");
  app.add_option("--most", arguments.most, "so many k of a target, evenly; 0: every one");
  app.add_option("--seed", arguments.seed, "where the ks of --most begin");
  app.add_option("--only", arguments.only, "this k");
  app.add_option("--scratch", arguments.scratch, "where sessions have their directories");
  CLI11_PARSE(app, argc, argv);
  std::string directory = arguments.scratch + "/weir-malloc-XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) return 1;
  const std::regex wanted(arguments.targets);
  bool good = true;
  for (const Target& target : AllTargets(directory + "/session")) {
    if (std::regex_match(target.name, wanted)) good = Run(target, arguments) && good;
  }
  FileSystem::Local().RemoveRecursively(directory).ok();
  return good ? 0 : 1;
}

}  // namespace
}  // namespace weir::malloc_test

int main(int argc, char** argv) {
  return weir::malloc_test::Main(argc, argv);
}
