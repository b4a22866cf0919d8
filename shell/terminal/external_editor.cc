#include "shell/terminal/external_editor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "runtime/file_system.h"

namespace weir::shell {
namespace {

std::string FromEnvironment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

// Names a file, and removes the file at the end.
class ScratchFile {
 public:
  explicit ScratchFile(std::string path) : path_(std::move(path)) {}
  ~ScratchFile() { ::unlink(path_.c_str()); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

Status CannotWrite(const std::string& path) {
  return Status::External(fmt::format("'{}' cannot be written: {}", path, std::strerror(errno)))
      .WithId("E4005");
}

// For the shell: within single quotes nothing has a meaning.
std::string Quoted(const std::string& path) {
  std::string quoted = "'";
  for (const char c : path) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

Result<std::optional<std::string>> EditText(const std::string& text) {
  std::string path = FromEnvironment("TMPDIR", "/tmp") + "/weir-XXXXXX.sql";
  constexpr int kEnding = 4;  // ".sql"
  const int descriptor = ::mkostemps(path.data(), kEnding, O_CLOEXEC);
  if (descriptor < 0) return CannotWrite(path);
  const ScratchFile file(path);
  const bool written =
      ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  struct stat before {};
  const bool known = ::fstat(descriptor, &before) == 0;
  if (::close(descriptor) != 0 || !written || !known) return CannotWrite(path);
  const std::string editor = FromEnvironment("VISUAL", FromEnvironment("EDITOR", "vi").c_str());
  // The command is one for sh, since $EDITOR may have arguments.
  if (std::system((editor + " " + Quoted(path)).c_str()) != 0) return std::optional<std::string>();
  struct stat after {};
  if (::stat(path.c_str(), &after) != 0) return std::optional<std::string>();
  const bool saved = after.st_ino != before.st_ino || after.st_size != before.st_size ||
                     after.st_mtim.tv_sec != before.st_mtim.tv_sec ||
                     after.st_mtim.tv_nsec != before.st_mtim.tv_nsec;
  if (!saved) return std::optional<std::string>();
  return std::optional<std::string>(TRY(ReadFile(FileSystem::Local(), path)));
}

}  // namespace weir::shell
