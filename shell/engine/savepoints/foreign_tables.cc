#include "shell/engine/savepoints/foreign_tables.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include "runtime/file_system.h"
#include "state/checkpoint/savepoints.h"
#include "state/disk/read_through.h"

namespace weir::shell {
namespace {

// Limits of processor time: tables that take longer to read were made to.
constexpr rlim_t kLeastSeconds = 60;
constexpr rlim_t kBytesASecond = 4 << 20;

// The child must not inherit WEIR_…, by which tests plant faults in this process.
std::vector<char*> EnvironmentOfChild() {
  std::vector<char*> kept;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with("WEIR_")) kept.push_back(*variable);
  }
  kept.push_back(nullptr);
  return kept;
}

// -1 and errno when it cannot be started.
pid_t Spawn(const std::string& path, const std::string& scratch) {
  std::string program = "weir", verb(kReadThroughVerb), from = path, to = scratch;
  std::vector<char*> arguments = {program.data(), verb.data(), from.data(), to.data(), nullptr};
  std::vector<char*> environment = EnvironmentOfChild();
  posix_spawn_file_actions_t silence;
  ::posix_spawn_file_actions_init(&silence);
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    ::posix_spawn_file_actions_addopen(&silence, descriptor, "/dev/null", O_RDWR, 0);
  pid_t child = -1;
  const int error = ::posix_spawn(&child, "/proc/self/exe", &silence, nullptr, arguments.data(),
                                  environment.data());
  ::posix_spawn_file_actions_destroy(&silence);
  errno = error;
  return error == 0 ? child : -1;
}

void LimitProcess(const CheckpointMetadata& metadata) {
  rlim_t bytes = 0;
  for (const StateFile& file : metadata.files) bytes += file.bytes;
  const rlim_t seconds = kLeastSeconds + bytes / kBytesASecond;
  const rlimit time{seconds, seconds};
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CPU, &time);
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

}  // namespace

Status ReadThroughInChild(const std::string& path, const std::string& scratch) {
  const pid_t child = Spawn(path, scratch);
  if (child < 0) {
    return Status::External(fmt::format("no process could be started to read {}: {}", path,
                                        std::strerror(errno)))
        .WithId("E4004");
  }
  int ended = 0;
  while (::waitpid(child, &ended, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(ended) && WEXITSTATUS(ended) == 0) return {};
  // Signals of the terminal reach the child, too.
  if (WIFSIGNALED(ended) && (WTERMSIG(ended) == SIGINT || WTERMSIG(ended) == SIGTERM))
    return Status::Cancelled("interrupted");
  return Status::RestoreRefused("the tables in it are not as RocksDB writes them: " + path)
      .WithId("E7001")
      .WithHint("a savepoint in FORMAT CANONICAL, or a signed one, can be had from who wrote it");
}

Status ReadThroughAsChild(const std::string& path, const std::string& scratch) {
  FileSystem& files = FileSystem::Local();
  const CheckpointMetadata metadata = TRY(state::ReadSnapshotMetadata(files, path));
  LimitProcess(metadata);
  return state::ReadThrough(files, metadata, scratch);
}

}  // namespace weir::shell
