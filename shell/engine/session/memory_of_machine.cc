#include "shell/engine/session/memory_of_machine.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace weir::shell {
namespace {

// Files of /proc and /sys have no size before they are read.
std::string Contents(FileSystem& files, const std::string& path) {
  constexpr size_t kMost = 64 << 10;
  const auto file = files.Open(path);
  if (!file.ok()) return "";
  std::string text(kMost, '\0');
  const Result<size_t> read = (*file)->Read(0, text.size(), text.data());
  text.resize(read.ok() ? *read : 0);
  return text;
}

// The number that a file holds; nothing for "max", and where there is none.
std::optional<uint64_t> NumberIn(FileSystem& files, const std::string& path) {
  const std::string text = Contents(files, path);
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return number;
}

// The least limit of `group` below `root`, and of the groups around it.
uint64_t LimitOf(FileSystem& files, const std::string& root, std::string group,
                 std::string_view name, uint64_t least) {
  while (true) {
    const auto limit = NumberIn(files, root + group + "/" + std::string(name));
    least = std::min(least, limit.value_or(least));
    const size_t slash = group.rfind('/');
    if (slash == std::string::npos) return least;
    group.resize(slash);
  }
}

}  // namespace

uint64_t PhysicalMemory() {
  return static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

uint64_t MemoryOfMachine(FileSystem& files, uint64_t physical_bytes, const MemoryPlaces& places) {
  uint64_t least = physical_bytes;
  const std::string all = Contents(files, places.groups_of_process);
  std::string_view rest = all;
  while (!rest.empty()) {
    // "0::/system.slice/weir.service", or "9:memory:/docker/1234".
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const size_t first = line.find(':');
    const size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const std::string group(line.substr(second + 1));
    if (controllers.empty()) {
      least = LimitOf(files, places.groups, group, "memory.max", least);
    } else if (controllers.find("memory") != std::string_view::npos) {
      least = LimitOf(files, places.groups + "/memory", group, "memory.limit_in_bytes", least);
    }
  }
  return least;
}

uint64_t DefaultStateBytes(uint64_t memory_bytes) {
  // Beside its state a process takes up to 256 MiB, and what it has before it begins.
  constexpr uint64_t kOutsideBudget = uint64_t{320} << 20;
  constexpr uint64_t kLeast = uint64_t{16} << 20;
  const uint64_t left = memory_bytes > kOutsideBudget ? memory_bytes - kOutsideBudget : 0;
  return std::min(memory_bytes / 2, std::max(left, kLeast));
}

}  // namespace weir::shell
