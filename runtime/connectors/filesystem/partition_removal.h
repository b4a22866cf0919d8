// TRUNCATE TABLE of a table of files with partitions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/file_system.h"

namespace weir::connectors {

// Whether a table that is emptied keeps the file, because its hidden name is none that a job of
// Weir gives.
bool IsForeignHidden(std::string_view name);

// Removes the files of all partitions and what jobs have left between them, and the directories
// that are empty then. `keys`: how many columns the table is partitioned by. After an error or a
// crash some files are left, and a second call removes them. A directory that is not there is
// empty.
Status RemovePartitions(FileSystem& files, const std::string& directory, size_t keys);

}  // namespace weir::connectors
