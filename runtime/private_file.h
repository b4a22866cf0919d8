// Files for their owners alone: passwords and secrets.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/open_file.h"

namespace weir {

// Checks that the file is a regular one of this process's user or of root, and that its mode gives
// nothing to anybody but its owner; root may also use the files of others. Looks at the open file
// and not at its path, so that it cannot be another one that is read. On failure kInvalidArgument
// without an id, whose message goes on behind a name for the file: "is no regular file".
Status CheckPrivate(const OpenFile& file, const std::string& path);

// The rest of the file, or one byte more than `most` where it is longer. kExternal when it cannot
// be read.
Result<std::string> ReadUpTo(const OpenFile& file, size_t most);

// Gives `path` this text, all or nothing, for the owner of `directory`. The rename is not synced.
// kExternal with the system's reason alone.
Status ReplacePrivate(const std::string& path, std::string_view text, const std::string& directory);

// What such a file has behind its name until it is complete. A failure or a crash may leave one:
// ReplacePrivate of the same path removes it, and whoever lists a directory passes over it.
inline constexpr std::string_view kUnfinishedEnding = ".new";

}  // namespace weir
