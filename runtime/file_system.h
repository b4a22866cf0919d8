// Port: files. Every file the engine touches (RocksDB's too) goes through a FileSystem, so that
// tests can drop what was not synced, fail the k-th call or kill the process at a named point.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace weir {

// A file that is written at its end. Not thread-safe. Every failure is kExternal and names the
// path. After a failed Append, Sync or Close the file must not be used again: a repeated fsync can
// "succeed" although pages were dropped (Rebello et al., ATC 2020). When it is destroyed without
// Close, the bytes since the last Flush may be lost.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual Status Append(std::string_view bytes) = 0;
  // Flushes, and makes everything that was appended durable.
  virtual Status Sync() = 0;
  // Flushes to the operating system without making durable.
  virtual Status Flush() = 0;
  // Flushes and closes. The destructor closes without reporting.
  virtual Status Close() = 0;
  virtual uint64_t size() const = 0;
};

// A file open for reading at any place. Thread-safe.
class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  // Reads up to `bytes` bytes at `offset` into `out`; fewer, or none, only at the end of the file.
  // kExternal when the device fails.
  virtual Result<size_t> Read(uint64_t offset, size_t bytes, char* out) const = 0;
};

struct FileInfo {
  std::string path;
  uint64_t bytes = 0;
  int64_t modified_nanos = 0;  // since 1970, UTC
  bool is_directory = false;
  bool is_regular = false;    // neither a directory, a pipe nor a device
  uint64_t inode = 0;         // stays with the file when it is renamed; used again once it is gone
  int64_t changed_nanos = 0;  // contents, name or rights; since 1970, UTC
  int64_t born_nanos = 0;     // when its inode was given to it; 0 where the file system keeps none
  bool is_link = false;       // of List alone: a symbolic link, of which the rest says the target
  bool is_dangling = false;   // of List alone: a symbolic link to what is not there
  // Of an object in a store: what tells its contents from all others that have its name. Objects
  // are never appended to, and are read as what they were when they were found (OpenFound).
  std::string version;
};

// A directory that is held open to reach paths below it that somebody else wrote, such as those in
// a savepoint's metadata. Nothing outside can be reached, however names change meanwhile: a path
// that is absolute, has an empty, "." or ".." step, or leads through a symbolic link below the
// directory is refused, and so is anything but a regular file, without waiting for it (kCorruption
// E7001). A missing file is kNotFound. Thread-safe.
class HeldDirectory {
 public:
  struct OpenedFile {
    std::unique_ptr<ReadableFile> file;
    uint64_t bytes = 0;  // that it has now
  };
  virtual ~HeldDirectory() = default;
  virtual Result<OpenedFile> Open(const std::string& path) = 0;
  // Makes a hard link to a file; `to` is a path of the file system.
  virtual Status Link(const std::string& path, const std::string& to) = 0;
  virtual Status Remove(const std::string& path) = 0;  // a file; absent is success
  virtual Status RemoveAll(const std::vector<std::string>& paths);
  // Removes a directory below this one; kExternal when it is not empty.
  virtual Status RemoveDirectory(const std::string& path) = 0;
  virtual Status Sync() = 0;
};

// The file system of a mount, in order to make many files durable at once. Thread-safe.
class WholeFileSystem {
 public:
  virtual ~WholeFileSystem() = default;
  // Whether the path, with links followed, is on this file system.
  virtual bool Has(const std::string& path) const = 0;
  // Makes everything that anyone wrote to the file system, and all names, durable. Fails, once, if
  // something could not be written since this object was created.
  virtual Status Sync() = 0;
};

// Thread-safe. Paths are the operating system's, absolute or relative to the working directory.
// Failures: kNotFound E4002 where a path must exist and does not, else kExternal E4001, with the
// path and the system's message.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  // Creates or truncates a file. SetFileMode decides who may read files and directories made by
  // Create and CreateDirectories; CreateOutput and CreateOutputDirectories leave that to the umask.
  virtual Result<std::unique_ptr<WritableFile>> Create(const std::string& path) = 0;
  // As Create and CreateDirectories, for the output of queries, which other users may read: the
  // mode that is set for other files does not apply.
  virtual Result<std::unique_ptr<WritableFile>> CreateOutput(const std::string& path) {
    return Create(path);
  }
  virtual Status CreateOutputDirectories(const std::string& path) {
    return CreateDirectories(path);
  }
  // Creates one directory in an existing one, for the output of queries; it is durable once its
  // parent is synced. Succeeds if it exists; kNotFound where its parent is missing.
  virtual Status CreateOutputDirectory(const std::string& path) {
    return CreateOutputDirectories(path);
  }
  // Opens for appending after cutting to `bytes` bytes. REQUIRES: the file has at least that many.
  virtual Result<std::unique_ptr<WritableFile>> Reopen(const std::string& path, uint64_t bytes) = 0;
  virtual Result<std::unique_ptr<ReadableFile>> Open(const std::string& path) = 0;
  // Opens what was found. Of an object without asking for anything, and reading it is kDataError
  // E3006 once its name has other contents; else as Open.
  virtual Result<std::unique_ptr<ReadableFile>> OpenFound(const FileInfo& file) {
    return Open(file.path);
  }
  virtual Result<FileInfo> Stat(const std::string& path) = 0;  // kNotFound when absent
  // Entries of a directory, sorted by name, without "." and ".."; `path` in each is complete.
  virtual Result<std::vector<FileInfo>> List(const std::string& directory) = 0;
  // All files whose paths begin with `prefix`, at any depth, where a store can list them at once;
  // kUnsupported elsewhere.
  virtual Result<std::vector<FileInfo>> ListAll(const std::string& prefix);
  // Removes files; absent ones are success.
  virtual Status RemoveAll(const std::vector<std::string>& paths);
  // Creates the directory and its parents durably. Succeeds if it exists.
  virtual Status CreateDirectories(const std::string& path) = 0;
  // Whether what is in `directory` can be renamed there. It cannot in an object store, where Rename
  // is kUnsupported.
  virtual bool Renames(const std::string& directory) = 0;
  // Atomic; replaces `to`. Durable only after SyncDirectory of both parents.
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  // A hard link; kExternal where the file systems differ.
  virtual Status Link(const std::string& from, const std::string& to) = 0;
  virtual Status Remove(const std::string& path) = 0;                  // a file; absent is success
  virtual Status RemoveRecursively(const std::string& directory) = 0;  // absent is success
  virtual Status SyncDirectory(const std::string& directory) = 0;
  // The file system that `directory` is on, or null where files can only be synced one by one.
  virtual Result<std::unique_ptr<WholeFileSystem>> Whole(const std::string& directory);
  // Opens `directory` to be held. The directory itself is trusted and may be a symbolic link. The
  // default checks names before it uses them, which does not stop an attacker who changes them in
  // between.
  virtual Result<std::unique_ptr<HeldDirectory>> Hold(const std::string& directory);

  // The machine's files.
  static FileSystem& Local();
  // The mode of the files that Local() creates from now on, except output; directories can be
  // searched by those whom it lets read. 0600 at first.
  static void SetFileMode(uint32_t mode);
};

// Whether there is something at `path`. kExternal where nobody can tell, as below a directory that
// may not be searched.
Result<bool> Exists(FileSystem& files, const std::string& path);
// Reads a whole file, however large, into memory.
Result<std::string> ReadFile(FileSystem& files, const std::string& path);
// Whose a file is: the engine's own (FileSystem::Create), or output of queries that others read
// (CreateOutput).
enum class Contents : uint8_t { kOwn, kOutput };

// Writes `path`.tmp, syncs it, renames it to `path` and syncs the directory, so that after a crash
// the file has either the old contents or the new. A failed call may be repeated; until then
// `path`.tmp may stay behind. In an object store `path` itself is written, with the same effect.
Status WriteFileAtomically(FileSystem& files, const std::string& path, std::string_view bytes,
                           Contents contents = Contents::kOwn);
// kCorruption E7001 if a path is absolute or has an empty, "." or ".." step.
Status CheckBelow(std::string_view path);
// Reads a whole file of at most `most` bytes; kCorruption E7001 when it has more.
Result<std::string> ReadFile(HeldDirectory& directory, const std::string& path, uint64_t most);
// The directory of a path ("." when it has none).
std::string DirectoryOf(const std::string& path);
std::string JoinPath(std::string_view directory, std::string_view name);

}  // namespace weir
