// The file of a checkpoint that holds rows in flight (runtime/checkpoint/channel_state.h). It lies
// in chk-N, belongs to that checkpoint alone and goes with it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"

namespace weir::state {

// Writes it below `directory` (<job-id>/), durably. kExternal.
Result<StateFile> WriteChannelState(FileSystem& files, const std::string& directory,
                                    uint64_t checkpoint_id, std::string_view bytes);
// The bytes of the file, which is listed by a checkpoint in `directory`; kCorruption E7001 when
// they are not those that were written. `inlined` is what the checkpoint's metadata holds.
Result<std::string> ReadChannelState(FileSystem& files, const std::string& directory,
                                     const StateFile& file, const InlinedFiles& inlined = {});

}  // namespace weir::state
