#include "shell/output/script_text.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "runtime/base/local_path.h"
#include "runtime/fault_point.h"
#include "runtime/file_system.h"
#include "runtime/held_directory.h"
#include "shell/output/signals.h"

namespace weir::shell {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { ::close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

 private:
  const int number_;
};

// Reads until the end. When a signal comes first, the text so far is dropped: a part of a script
// may mean something else than all of it.
Result<std::string> ReadToEnd(int descriptor, const std::string& path) {
  constexpr int kPollMillis = 100;
  std::string text;
  std::array<char, 65536> buffer{};
  while (PendingSignal() == 0) {
    pollfd input{descriptor, POLLIN, 0};
    if (::poll(&input, 1, kPollMillis) <= 0) continue;
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count == 0) return text;
    if (count > 0) {
      text.append(buffer.data(), static_cast<size_t>(count));
    } else if (errno != EINTR && errno != EAGAIN) {
      return FileFailure("reading", path, errno);
    }
  }
  return Status::Cancelled("interrupted while a script was read: " + path);
}

// O_NONBLOCK: otherwise open() itself would wait for a writer, where a signal could not end it.
// ReadToEnd then polls until the first writer has come and the last one has left.
Result<std::string> ReadPipe(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return FileFailure("opening", path, errno);
  const Descriptor held(descriptor);
  return ReadToEnd(descriptor, path);
}

}  // namespace

// ReadFile takes regular files only.
Result<std::string> ReadScript(const std::string& path, FileSystem& files) {
  if (IsObjectPath(path)) return ReadFile(files, path);
  std::error_code ignored;
  if (!std::filesystem::is_fifo(path, ignored)) return ReadFile(FileSystem::Local(), path);
  return ReadPipe(path);
}

Result<std::string> ReadStandardInput() {
  return ReadToEnd(STDIN_FILENO, "<stdin>");
}

Result<NamedScript> ReadNamedScript(const std::string& argument, const ScriptVariables& variables,
                                    FileSystem& files) {
  const bool is_input = argument == "-";
  std::string text = TRY(is_input ? ReadStandardInput() : ReadScript(argument, files));
  if (!variables.empty()) text = TRY(variables.Substitute(text));
  return NamedScript{std::move(text), is_input ? "<stdin>" : argument};
}

std::string_view WithoutMark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark) && !DefectPlanted("mark-is-text")) text.remove_prefix(kMark.size());
  return text;
}

}  // namespace weir::shell
