#include "state/checkpoint/snapshot_copy.h"

#include <memory>
#include <vector>

#include "runtime/base/local_path.h"
#include "state/checkpoint/savepoints.h"
#include "state/files/checkpoint_files.h"
#include "state/files/inlined_files.h"
#include "state/files/parallel.h"

namespace weir::state {

Result<std::string> CopySnapshot(FileSystem& files, const CheckpointMetadata& from,
                                 const std::string& path, const std::string& to) {
  const std::string directory = DirectoryNamed(path);
  // Of a checkpoint, whose files lie beside its own directory as well.
  const bool apart = directory != from.directory;
  const std::string copy = apart ? JoinPath(to, FileName(directory)) : to;
  RETURN_IF_ERROR(files.CreateDirectories(copy));
  RETURN_IF_ERROR(
      CopyFile(files, JoinPath(directory, "_metadata"), JoinPath(copy, "_metadata")).status());
  const std::unique_ptr<HeldDirectory> held = TRY(HoldFiles(files, from.directory, from.inlined));
  std::vector<const StateFile*> listed;
  for (const StateFile& file : from.files) {
    if (from.inlined.contains(file.path)) continue;
    RETURN_IF_ERROR(CheckBelow(file.path));
    RETURN_IF_ERROR(files.CreateDirectories(DirectoryOf(JoinPath(to, file.path))));
    listed.push_back(&file);
  }
  RETURN_IF_ERROR(ForEachOn(kRequestsAtOnce, listed.size(), [&](size_t i) {
    return LinkOrCopy(*held, *listed[i], files, JoinPath(to, listed[i]->path));
  }));
  return copy;
}

}  // namespace weir::state
