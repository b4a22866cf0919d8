#include "tests/faults/fault_hooks.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "runtime/base/check.h"
#include "runtime/fault_point.h"
#include "tests/faults/lost_write_file_system.h"

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

std::string kill_point, defect;
std::atomic<int64_t> passages_left = 0;
int log_descriptor = -1;
std::unique_ptr<LostWriteFileSystem> lossy;

[[noreturn]] void Kill() {
  const auto kill = [] { ::kill(::getpid(), SIGKILL); };
  if (lossy) {
    lossy->PullPlug(kill);
  } else {
    kill();
  }
  while (true) ::pause();
}

// A passage is one write of a short line, which survives the process and does not mix with others.
void Passed(std::string_view point) {
  if (log_descriptor >= 0) {
    const std::string line = std::string(point) + "\n";
    WEIR_CHECK(::write(log_descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  }
  if (point == kill_point && --passages_left == 0) Kill();
}

bool Planted(std::string_view name) { return name == defect; }

}  // namespace

FileSystem& InstallFaultHooks() {
  const std::string at = Environment("WEIR_KILL_AT"), log = Environment("WEIR_FAULT_LOG");
  const std::string root = Environment("WEIR_LOSE_WRITES"), after = Environment("WEIR_KILL_AFTER");
  defect = Environment("WEIR_DEFECT");
  if (!at.empty()) {
    const size_t colon = at.rfind(':');
    kill_point = at.substr(0, colon);
    passages_left = colon == std::string::npos ? 1 : static_cast<int64_t>(Number(at.substr(colon + 1)));
  }
  if (!log.empty()) {
    log_descriptor = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    WEIR_CHECK(log_descriptor >= 0);
  }
  if (!root.empty()) {
    const std::string seed = Environment("WEIR_LOSE_SEED");
    lossy = std::make_unique<LostWriteFileSystem>(FileSystem::Local(), root, seed.empty() ? 0 : Number(seed));
  }
  if (!at.empty() || !log.empty()) SetFaultHook(Passed);
  if (!defect.empty()) SetDefectQuery(Planted);
  if (!after.empty()) {
    std::thread([millis = Number(after)] {
      std::this_thread::sleep_for(std::chrono::milliseconds(millis));
      Kill();
    }).detach();
  }
  return lossy ? static_cast<FileSystem&>(*lossy) : FileSystem::Local();
}

}  // namespace weir::faults
