#include "runtime/connectors/filesystem/file_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/local_path.h"
#include "runtime/base/plain_path.h"
#include "runtime/connectors/filesystem/found_links.h"
#include "runtime/fault_point.h"

namespace weir::connectors {
namespace {

std::string_view NameOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// Made by mkfs in the root of a file system, for root alone.
bool IsLostAndFound(const FileInfo& entry) {
  return entry.is_directory && NameOf(entry.path) == "lost+found" &&
         !DefectPlanted("any-entry-is-read");
}

// A directory that is being listed, and those that it was reached through.
struct Listed {
  const FileInfo& directory;
  const Listed* above = nullptr;
};

// Whether both are the same directory. Equal inodes alone do not show it, as a file system that is
// mounted below has numbers of its own.
bool IsSame(const FileInfo& a, const FileInfo& b) {
  if (a.inode != b.inode || a.born_nanos != b.born_nanos) return false;
  return a.born_nanos != 0 || a.changed_nanos == b.changed_nanos;
}

// Whether a directory is one of those that it was reached through. Only a link leads back.
bool LeadsBack(const FileInfo& directory, const Listed& above) {
  if (DefectPlanted("links-lead-back")) return false;
  for (const Listed* one = &above; one != nullptr; one = one->above) {
    if (IsSame(one->directory, directory)) return true;
  }
  return false;
}

// The directory that the path names.
const std::string& RootOf(const Listed& at) {
  return at.above == nullptr ? at.directory.path : RootOf(*at.above);
}

// What one call looks for, and where it puts what it finds.
struct Search {
  FileSystem& files;
  std::vector<FileInfo>& found;
  SkippedFiles* skipped = nullptr;
  std::vector<std::string>* links = nullptr;
};

Status Collect(const Search& search, const Listed& at);

Status CollectBelow(const Search& search, const FileInfo& entry, const Listed& above) {
  SkippedFiles* const skipped = search.skipped;
  if (IsLostAndFound(entry)) {
    if (skipped != nullptr) skipped->emplace(entry.path, "the file system's own directory");
    return {};
  }
  if (LeadsBack(entry, above)) {
    constexpr std::string_view kReason = "a link to a directory that it lies in";
    if (skipped == nullptr)
      return Status::External(fmt::format("listing failed: {} is {}", entry.path, kReason))
          .WithId("E4001");
    skipped->emplace(entry.path, kReason);
    return {};
  }
  Status listed = Collect(search, {entry, &above});
  if (listed.ok() || skipped == nullptr) return listed;
  // A directory may also have been removed since its name was read.
  if (listed.code() != StatusCode::kNotFound) skipped->emplace(entry.path, listed.message());
  return {};
}

Status Collect(const Search& search, const Listed& at) {
  SkippedFiles* const skipped = search.skipped;
  for (FileInfo& entry : TRY(search.files.List(at.directory.path))) {
    if (IsHiddenName(NameOf(entry.path))) continue;
    if (search.links != nullptr && entry.is_link && entry.is_directory) {
      search.links->push_back(entry.path);
      continue;
    }
    if (Status led = entry.is_link ? CheckLink(entry.path, RootOf(at)) : Status(); !led.ok()) {
      if (skipped == nullptr) return led;
      skipped->emplace(entry.path, led.message());
      continue;
    }
    if (entry.is_dangling && skipped != nullptr) {
      skipped->emplace(entry.path, "a link to what is not there");
    } else if (entry.is_directory) {
      RETURN_IF_ERROR(CollectBelow(search, entry, at));
    } else if (!entry.is_regular && skipped != nullptr && !DefectPlanted("any-entry-is-read")) {
      skipped->emplace(entry.path, "neither a file nor a directory");
    } else {
      search.found.push_back(std::move(entry));
    }
  }
  return {};
}

// Matches [abc], [a-z] or [!abc] at the front of `pattern` against `c`. Returns the length of the
// class in the pattern, or 0 if it does not match.
size_t MatchClass(std::string_view pattern, char c) {
  size_t i = 1;
  const bool negated = i < pattern.size() && pattern[i] == '!';
  if (negated) ++i;
  bool matched = false;
  for (; i < pattern.size() && pattern[i] != ']'; ++i) {
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      matched |= c >= pattern[i] && c <= pattern[i + 2];
      i += 2;
    } else {
      matched |= c == pattern[i];
    }
  }
  return i < pattern.size() && matched != negated ? i + 1 : 0;
}

// The longest directory in front of the first glob character.
std::string GlobRoot(const std::string& pattern) {
  const size_t star = pattern.find_first_of("*?[");
  const size_t slash = pattern.rfind('/', star);
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : pattern.substr(0, slash);
}

// Whether a name on the way from `root` to the object is hidden.
bool IsHiddenBelow(std::string_view path, std::string_view root) {
  std::string_view rest = path.substr(std::min(root.size(), path.size()));
  while (!rest.empty()) {
    rest.remove_prefix(std::min(rest.find_first_not_of('/'), rest.size()));
    if (IsHiddenName(rest)) return true;
    rest.remove_prefix(std::min(rest.find('/'), rest.size()));
  }
  return false;
}

// Nothing, or the one object that has the path as its name.
Result<std::vector<FileInfo>> FindObject(FileSystem& files, const std::string& path) {
  Result<FileInfo> file = files.Stat(path);
  if (file.ok() && !file->is_directory) return std::vector<FileInfo>{*std::move(file)};
  if (file.ok() || file.status().code() == StatusCode::kNotFound) return std::vector<FileInfo>();
  return file.status();
}

// A store lists all objects of a prefix at once, so that a table is found by one request for each
// thousand of its objects, however deep they lie.
Result<std::vector<FileInfo>> FindObjects(FileSystem& files, const std::string& path) {
  const size_t glob = path.find_first_of("*?[");
  const bool is_glob = glob != std::string::npos;
  const std::string prefix = is_glob ? path.substr(0, glob) : path + "/";
  if (is_glob && DirectoryOf(prefix) == "s3:/")
    return Status::InvalidArgument(
               fmt::format("'{}' has a pattern as the name of its bucket", path))
        .WithId("E2008");
  // The name of a file has an ending, as a rule: then it is looked for first.
  const bool first = !is_glob && NameOf(path).find('.') != std::string_view::npos;
  std::vector<FileInfo> found;
  if (first) found = TRY(FindObject(files, path));
  if (!found.empty()) return found;
  found = TRY(files.ListAll(prefix));
  const std::string root = is_glob ? GlobRoot(path) : path;
  std::erase_if(found, [&](const FileInfo& file) {
    return IsHiddenBelow(file.path, root) || (is_glob && !MatchesGlob(path, file.path));
  });
  if (found.empty() && !is_glob && !first) return FindObject(files, path);
  std::ranges::sort(found, {}, &FileInfo::path);
  return found;
}

}  // namespace

bool IsHiddenName(std::string_view name) {
  return name.starts_with('.') || name.starts_with('_');
}

bool IsGlob(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

bool MatchesGlob(std::string_view pattern, std::string_view path) {
  if (pattern.empty()) return path.empty();
  if (pattern.starts_with("**/") && MatchesGlob(pattern.substr(3), path)) return true;
  if (pattern[0] == '*') {
    const bool across = pattern.starts_with("**");
    const std::string_view rest = pattern.substr(across ? 2 : 1);
    for (size_t i = 0; i <= path.size(); ++i) {
      if (MatchesGlob(rest, path.substr(i))) return true;
      if (i < path.size() && path[i] == '/' && !across) return false;
    }
    return false;
  }
  if (path.empty()) return false;
  if (pattern[0] == '[') {
    const size_t length = MatchClass(pattern, path[0]);
    return length > 0 && MatchesGlob(pattern.substr(length), path.substr(1));
  }
  if (pattern[0] != path[0] && (pattern[0] != '?' || path[0] == '/')) return false;
  return MatchesGlob(pattern.substr(1), path.substr(1));
}

Result<std::vector<FileInfo>> FindFiles(FileSystem& files, const std::string& path,
                                        SkippedFiles* skipped, std::vector<std::string>* links) {
  if (IsObjectPath(path)) return FindObjects(files, path);
  std::vector<FileInfo> found;
  const Search search = {files, found, skipped, links};
  const Result<FileInfo> exact = files.Stat(path);
  if (exact.ok()) {
    if (!exact->is_directory) return std::vector<FileInfo>{*exact};
    RETURN_IF_ERROR(Collect(search, {*exact}));
  } else if (exact.status().code() != StatusCode::kNotFound) {
    return exact.status();
  } else if (IsGlob(path)) {
    const std::string root = GlobRoot(path);
    const Result<FileInfo> top = files.Stat(root);
    if (top.ok()) RETURN_IF_ERROR(Collect(search, {*top}));
    const std::string pattern = root == "." && !path.starts_with("./") ? "./" + path : path;
    std::erase_if(found, [&](const FileInfo& file) { return !MatchesGlob(pattern, file.path); });
  }
  std::sort(found.begin(), found.end(),
            [](const FileInfo& a, const FileInfo& b) { return a.path < b.path; });
  return found;
}

Result<std::vector<FileInfo>> FindFilesOfTable(FileSystem& files, const std::string& path,
                                               const expr::WholeMatch& matches,
                                               SkippedFiles* skipped,
                                               std::vector<std::string>* links) {
  std::vector<FileInfo> found = TRY(FindFiles(files, path, skipped, links));
  if (!matches) return found;
  const std::string directory = WorkingDirectory();
  std::erase_if(found,
                [&](const FileInfo& file) { return !matches(PlainPath(file.path, directory)); });
  return found;
}

}  // namespace weir::connectors
