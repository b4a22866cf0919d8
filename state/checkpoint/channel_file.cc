#include "state/checkpoint/channel_file.h"

#include <fmt/format.h>

#include <memory>

#include "runtime/base/hash.h"
#include "runtime/base/local_path.h"
#include "state/files/checkpoint_files.h"
#include "state/files/inlined_files.h"

namespace weir::state {

Result<StateFile> WriteChannelState(FileSystem& files, const std::string& directory,
                                    uint64_t checkpoint_id, std::string_view bytes) {
  StateFile file;
  file.path = fmt::format("chk-{}/{}", checkpoint_id, kChannelFile);
  file.bytes = bytes.size();
  file.crc32c = Crc32c(0, bytes.data(), bytes.size());
  file.dirty_bytes = bytes.size();
  const std::string path = JoinPath(directory, file.path);
  RETURN_IF_ERROR(files.CreateDirectories(DirectoryOf(path)));
  RETURN_IF_ERROR(WriteSyncedFile(files, path, bytes));
  RETURN_IF_ERROR(files.SyncDirectory(DirectoryOf(path)));
  return file;
}

Result<std::string> ReadChannelState(FileSystem& files, const std::string& directory,
                                     const StateFile& file, const InlinedFiles& inlined) {
  const std::unique_ptr<HeldDirectory> held = TRY(HoldFiles(files, directory, inlined));
  return ReadVerified(*held, file);
}

}  // namespace weir::state
