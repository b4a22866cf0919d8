// The readers of the filesystem connector's splits.
#pragma once

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
};

// Reads a list of files that are there, one behind the other. A file that is no longer what the
// position says is E3006; more bytes at its end are none of this read's business.
std::unique_ptr<SplitReader> ReadFiles(const FileScan& scan, std::vector<FileInfo> files,
                                       FilePosition position, uint32_t threads);

// A split of a monitored table.
struct WatchedFile {
  Split split;
  std::string path;  // where it was found
  FileInfo file;     // as it is now; of one that is followed, wherever it was moved
  FilePosition position;
};

// Reads one file of a monitored table, once it has not changed for the settle interval; kGone where
// it went before. What changes later is E3006.
std::unique_ptr<SplitReader> ReadSettledFile(const FileScan& scan, const Watching& watching,
                                             WatchedFile watched, uint32_t threads);

// Reads a file as its writer appends to it, whole lines only, for ever: until it was moved away or
// removed and has had no more bytes for the settle interval.
std::unique_ptr<SplitReader> FollowFile(const FileScan& scan, const Watching& watching,
                                        WatchedFile watched);

}  // namespace weir::connectors
