// Directories held open, and the helpers for local files that file_system.cc and held_directory.cc
// share.
#pragma once

#include <cerrno>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/file_system.h"

namespace weir {

// kNotFound E4002 for ENOENT, else kExternal E4001, with the path and the system's message.
Status FileFailure(std::string_view what, const std::string& path, int error);

// Calls `f` again while a signal interrupts it.
template <typename F>
auto Retry(F&& f) {
  auto result = f();
  while (result < 0 && errno == EINTR) result = f();
  return result;
}

// Takes ownership of the descriptor; `path` is for messages.
std::unique_ptr<ReadableFile> ReadLocalFile(int descriptor, const std::string& path);

// How paths below a held directory are resolved.
enum class FollowBy : uint8_t {
  kKernel,  // openat2 (Linux 5.6), or by steps where the system call is not there
  kSteps,   // one step after the other, none of them through a symbolic link
};
Result<std::unique_ptr<HeldDirectory>> HoldLocalDirectory(const std::string& path,
                                                          FollowBy follow = FollowBy::kKernel);

}  // namespace weir
