// What a simulated engine did of the protocol of checkpoints and commits, as its files show it: for
// tests/model/replay.py, which asks whether the model can do the same.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "runtime/file_system.h"

namespace weir::simulation {

// Lines, each for one thing that was done:
//   life N           the process starts; LATEST names checkpoint N, or 0
//   begin N          checkpoint N has a directory
//   sync SINK FILE   a file in progress is durable
//   metadata N       that of checkpoint N is durable
//   pointer N        LATEST names N
//   sure             and will do so after a power failure
//   commit SINK FILE the file is visible
class ProtocolLog {
 public:
  // `files` are those that the engine's own lie in, looked at without being noticed.
  ProtocolLog(FileSystem& files, std::string root, std::function<void(const std::string&)> say)
      : files_(files), root_(std::move(root)), say_(std::move(say)) {}

  void Life();
  // REQUIRES: `what` is one of NoteFiles (yielding_files.h).
  void Note(std::string_view what, const std::string& path);

 private:
  void NoteSink(std::string_view what, const std::string& sink, const std::string& name);
  void NoteCheckpoint(std::string_view what, const std::string& path);
  std::string Latest(const std::string& path) const;

  FileSystem& files_;
  const std::string root_;
  const std::function<void(const std::string&)> say_;
  std::string begun_, durable_;  // numbers of the last ones
  bool pointed_ = false;         // LATEST was moved, and that is not durable yet
};

}  // namespace weir::simulation
