#include "shell/http/process_facts.h"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string_view>

namespace weir::shell {
namespace {

double SecondsOf(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// The second number of proc_pid_statm(5), in pages.
uint64_t ResidentBytes(FileSystem& files) {
  const Result<std::unique_ptr<ReadableFile>> file = files.Open("/proc/self/statm");
  if (!file.ok()) return 0;
  std::array<char, 256> buffer{};
  const Result<size_t> count = (*file)->Read(0, buffer.size(), buffer.data());
  if (!count.ok()) return 0;
  const std::string_view text(buffer.data(), *count);
  const size_t blank = text.find(' ');
  if (blank == std::string_view::npos) return 0;
  uint64_t pages = 0;
  std::from_chars(text.data() + blank + 1, text.data() + text.size(), pages);
  return pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

ProcessFacts ProcessFactsNow(FileSystem& files) {
  ProcessFacts facts;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0)
    facts.cpu_seconds = SecondsOf(usage.ru_utime) + SecondsOf(usage.ru_stime);
  facts.resident_bytes = ResidentBytes(files);
  const Result<std::vector<FileInfo>> open = files.List("/proc/self/fd");
  if (open.ok()) facts.open_descriptors = open->size();
  return facts;
}

}  // namespace weir::shell
