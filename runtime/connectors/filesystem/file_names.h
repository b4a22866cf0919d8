// Finds the files that a path of the filesystem connector refers to.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/expr/functions/java_regex.h"
#include "runtime/file_system.h"

namespace weir::connectors {

// The option that keeps only files whose absolute path a regular expression of Java matches as a
// whole. FindFiles does not look at it.
inline constexpr std::string_view kRegexPattern = "source.path.regex-pattern";

// The files of a path, sorted: the file itself; every file below a directory; or the matches of a
// glob (* ? [abc] within a name, ** across directories). Names that begin with '.' or '_' are left
// out unless the path itself names them. Empty when nothing is there. A file may appear or
// disappear meanwhile; listed is what was there when its directory was read.
// lost+found belongs to the file system and is left out. If `skipped` is given, things below the
// path that are not files, cannot be listed, or lead elsewhere (CheckLink) are left out as well,
// and recorded there by path with the reason; otherwise they are failures. If `links` is given,
// links to directories below the path are put there, wherever they lead, and not followed.
using SkippedFiles = std::map<std::string, std::string>;
Result<std::vector<FileInfo>> FindFiles(FileSystem& files, const std::string& path,
                                        SkippedFiles* skipped = nullptr,
                                        std::vector<std::string>* links = nullptr);

// The files of a path, without those that a table's pattern (kRegexPattern; null: none) leaves out.
Result<std::vector<FileInfo>> FindFilesOfTable(FileSystem& files, const std::string& path,
                                               const expr::WholeMatch& matches,
                                               SkippedFiles* skipped = nullptr,
                                               std::vector<std::string>* links = nullptr);

// Whether an entry of a directory has a name that is not read.
bool IsHiddenName(std::string_view name);
// Whether `path` holds a glob character.
bool IsGlob(std::string_view path);
// Matches the whole path; [a-z] and [!a] are classes.
bool MatchesGlob(std::string_view pattern, std::string_view path);

}  // namespace weir::connectors
