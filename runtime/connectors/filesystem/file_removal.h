// Which files INSERT OVERWRITE and TRUNCATE TABLE remove: those that a reader of the table finds,
// however deep, as Flink removes them; and what jobs of Weir have left behind. Of links that are
// found the link is removed, and what it leads to stays; a partition's own directory may be one.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/expr/functions/java_regex.h"
#include "runtime/file_system.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/types/schema.h"

namespace weir::connectors {

// What the marker of a job that has emptied a directory is called, before the job's short id.
inline constexpr std::string_view kOverwriteMarker = ".weir-overwrite-";

struct FilesToRemove {
  expr::WholeMatch matches;                      // of the table's kRegexPattern; null: all
  std::string success_name;                      // of the mark of a complete partition
  std::function<bool(std::string_view)> spares;  // by name; null: none
};

// REQUIRES: the options of a table of files.
Result<FilesToRemove> FilesOf(const graph::TableOptions& options);

// Removes them from the directory of a table or partition. A directory that is not there is empty.
// After an error or a crash some are left, and a second call removes them.
Status RemoveFiles(FileSystem& files, const std::string& directory, const FilesToRemove& which);

// Directories of partitions that spell their values otherwise than the sink of the table does
// (m=01 for 1), by the directory that the sink makes for these values. Both are relative to `root`.
// `keys` are the columns that the table is partitioned by.
using Spellings = std::multimap<std::string, std::string>;
Result<Spellings> OtherSpellings(FileSystem& files, const std::string& root,
                                 std::span<const Field> keys, std::string_view default_name);

// The same for all partitions of a table in this directory that is partitioned by so many columns,
// whose directories stay, as somebody may just be writing into them.
Status RemoveFilesOfPartitions(FileSystem& files, const std::string& directory, size_t keys,
                               const FilesToRemove& which);

// Removes the files of all partitions of a table of files that is partitioned by so many columns,
// and the directories that are empty then.
Status RemovePartitions(FileSystem& files, const graph::TableOptions& options, size_t keys);

}  // namespace weir::connectors
