// Which files a path of the filesystem connector means.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/file_system.h"

namespace weir::connectors {

// The files of a path: the file itself; every file below a directory; or the matches of a glob (* ?
// [abc] within a name, ** across directories). Names that begin with '.' or '_' are left out unless
// the path names them. Sorted by path. Empty when nothing is there.
// A file may appear or go while the directory is read: what is listed is what was there when its
// directory was read.
// lost+found is a file system's own and left out. With `skipped`, so is everything below the path
// that is no file or cannot be listed, and its reason noted there by path; without, that fails.
using SkippedFiles = std::map<std::string, std::string>;
Result<std::vector<FileInfo>> FindFiles(FileSystem& files, const std::string& path,
                                        SkippedFiles* skipped = nullptr);

// Whether `path` holds a glob character.
bool IsGlob(std::string_view path);
// Of the whole path; [a-z] and [!a] are classes.
bool MatchesGlob(std::string_view pattern, std::string_view path);

}  // namespace weir::connectors
