// Files that live in this process's memory, beside those of another file system: for checkpoints
// that need to outlive a failure of their job, but not the process
// ('execution.checkpointing.storage' = 'jobmanager').
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "runtime/file_system.h"

namespace weir {

// What paths of files in memory begin with. No path that a user writes does: LocalPath refuses its
// scheme.
inline constexpr std::string_view kMemoryScheme = "memory://";

// Whether the path is one of a file in memory.
inline bool IsInMemory(std::string_view path) {
  return path.starts_with(kMemoryScheme);
}

// Keeps what is below memory:// for as long as the object lives, and passes all other paths on to
// `others`, which outlives it. Between the two neither Rename nor Link works, as between two disks.
// Syncs of files in memory do nothing. Unlike on a disk, Create gives a file new contents: other
// hard links to it, and whoever has it open, keep the old ones. Times and inodes are 0.
// Thread-safe. Allocates as files grow: std::bad_alloc where there is no memory left. `changed` is
// told by how many bytes the contents of all files grew, or shrank, whenever they do, on any
// thread; contents that somebody still has open may outlive the object. May be null.
std::unique_ptr<FileSystem> WithMemoryFiles(FileSystem& others,
                                            std::function<void(int64_t bytes)> changed = {});

}  // namespace weir
