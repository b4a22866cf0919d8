// The readers of the filesystem connector's splits.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/clock.h"
#include "runtime/connectors/filesystem/file_identity.h"
#include "runtime/connectors/filesystem/file_reader.h"
#include "runtime/connectors/filesystem/taken_files.h"

namespace weir::connectors {

// What the readers of a monitored table share.
struct Watching {
  TakenFiles* taken = nullptr;
  const Clock* clock = nullptr;
  int64_t settle_millis = 0;
  // Finds a followed file wherever it is now, as it may be moved at any moment. kNotFound if it is
  // gone.
  std::function<Result<FileInfo>(const Split&, const FilePosition&)> find;
};

// Reads a list of existing files one after another. E3006 when a file is no longer what the
// position says; bytes that were appended are ignored.
std::unique_ptr<SplitReader> ReadFiles(const FileScan& scan, std::vector<FileInfo> files,
                                       FilePosition position, uint32_t threads);

// A split of a monitored table.
struct WatchedFile {
  Split split;
  FileInfo file;  // as it is now
  FilePosition position;
};

// Reads one file of a monitored table as soon as it has not changed for the settle interval; kGone
// if it disappeared before. E3006 when it changes later.
std::unique_ptr<SplitReader> ReadSettledFile(const FileScan& scan, const Watching& watching,
                                             WatchedFile watched, uint32_t threads);

// Reads whole lines of a file while its writer appends to it, until the file was moved away or
// removed and no bytes were added for the settle interval; kGone if it disappeared before anything
// of it was read.
std::unique_ptr<SplitReader> FollowFile(const FileScan& scan, const Watching& watching, Split split,
                                        FilePosition position);

}  // namespace weir::connectors
