#include "tests/faults/fault_hooks.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/fault_point.h"
#include "tests/faults/lost_write_file_system.h"
#include "tests/faults/object_files.h"

namespace weir::faults {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

uint64_t Number(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  WEIR_CHECK(error == std::errc() && end == text.data() + text.size());
  return number;
}

std::string kill_point, delay_point, jitter_points, defect;
std::atomic<int64_t> passages_left = 0;
std::chrono::microseconds delay{0}, most_jitter{0}, kill_later{0};
std::atomic<uint64_t> jitter_seed = 0;
int log_descriptor = -1;
// Never destroyed: the power may fail while the process ends.
LostWriteFileSystem* lossy = nullptr;

// Held from when the power fails, or the process ends: not both, as the files would be half lost.
std::mutex end_mutex;

// No engine's fence may take what goes wrong here for a failure of its own.
[[noreturn]] void Kill() noexcept {
  end_mutex.lock();
  const auto kill = [] { ::kill(::getpid(), SIGKILL); };
  if (lossy != nullptr) {
    lossy->PullPlug(kill);
  } else {
    kill();
  }
  while (true) ::pause();
}

// In `kill_later`, while this thread goes on, perhaps in a call of somebody else's code.
void KillLater() {
  std::thread([] {
    std::this_thread::sleep_for(kill_later);
    Kill();
  }).detach();
}

// Every other thread is slow, so that the fast ones overtake it by many passages.
void Jitter() {
  thread_local std::minstd_rand chance(static_cast<uint32_t>(++jitter_seed));
  thread_local const auto pace = chance() / 64 % 4;
  if (pace != 0) std::this_thread::sleep_for(pace * most_jitter * (chance() / 64 % 1024) / 3072);
}

// A passage is one write of a short line, which survives the process and does not mix with others.
void Passed(std::string_view point) {
  if (log_descriptor >= 0) {
    const std::string line = std::string(point) + "\n";
    WEIR_CHECK(::write(log_descriptor, line.data(), line.size()) ==
               static_cast<ssize_t>(line.size()));
  }
  if (point == delay_point) std::this_thread::sleep_for(delay);
  if (!jitter_points.empty() && point.starts_with(jitter_points)) Jitter();
  if (point != kill_point || --passages_left != 0) return;
  if (kill_later.count() == 0) Kill();
  KillLater();
}

// "name:number" -> both; the number is 1 when it is left out.
std::pair<std::string, uint64_t> NameAndNumber(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return {text, 1};
  return {text.substr(0, colon), Number(std::string_view(text).substr(colon + 1))};
}

bool Planted(std::string_view name) {
  return name == defect;
}

std::chrono::milliseconds Millis(const char* name) {
  const std::string text = Environment(name);
  return std::chrono::milliseconds(text.empty() ? 0 : Number(text));
}

FileSystem& FilesAsAsked() {
  const std::string objects = Environment("WEIR_OBJECTS");
  if (lossy != nullptr) return *lossy;
  if (objects.empty()) return FileSystem::Local();
  // Never destroyed, as threads may be on their way when the process ends.
  return *std::make_unique<ObjectFiles>(FileSystem::Local(), objects, Millis("WEIR_OBJECTS_LATE"),
                                        Millis("WEIR_OBJECTS_ANSWER"))
              .release();
}

}  // namespace

FileSystem& InstallFaultHooks() {
  const std::string at = Environment("WEIR_KILL_AT"), log = Environment("WEIR_FAULT_LOG");
  const std::string root = Environment("WEIR_LOSE_WRITES"), after = Environment("WEIR_KILL_AFTER");
  defect = Environment("WEIR_DEFECT");
  const std::string delay_at = Environment("WEIR_DELAY_AT");
  const std::string jitter_at = Environment("WEIR_JITTER_AT");
  if (!at.empty()) {
    auto [point, passage] = NameAndNumber(at);
    kill_point = std::move(point);
    passages_left = static_cast<int64_t>(passage);
  }
  if (const std::string later = Environment("WEIR_KILL_LATER"); !later.empty())
    kill_later = std::chrono::microseconds(Number(later));
  if (!delay_at.empty()) {
    auto [point, micros] = NameAndNumber(delay_at);
    delay_point = std::move(point);
    delay = std::chrono::microseconds(micros);
  }
  if (!jitter_at.empty()) {
    auto [point, micros] = NameAndNumber(jitter_at);
    jitter_points = std::move(point);
    most_jitter = std::chrono::microseconds(micros);
    jitter_seed = static_cast<uint64_t>(::getpid()) * 1000;
  }
  if (!log.empty()) {
    log_descriptor = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    WEIR_CHECK(log_descriptor >= 0);
  }
  if (!root.empty()) {
    const std::string seed = Environment("WEIR_LOSE_SEED");
    lossy = std::make_unique<LostWriteFileSystem>(FileSystem::Local(), root,
                                                  seed.empty() ? 0 : Number(seed))
                .release();
  }
  if (!at.empty() || !after.empty()) std::atexit([] { end_mutex.lock(); });
  if (!at.empty() || !log.empty() || !delay_at.empty() || !jitter_at.empty()) SetFaultHook(Passed);
  if (!defect.empty()) SetDefectQuery(Planted);
  if (!after.empty()) {
    std::thread([millis = Number(after)] {
      std::this_thread::sleep_for(std::chrono::milliseconds(millis));
      Kill();
    }).detach();
  }
  return FilesAsAsked();
}

}  // namespace weir::faults
