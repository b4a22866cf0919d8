// What the filesystem sink promises at a barrier, as the text of a committable, and which promises
// are believed. A promise names files only by their parts, so that keeping it can only ever turn an
// in-progress file of its own job into the visible file next to it.
//
//   v2 file <rows>\t<directory>\t<name>   the rows of one file, below the table's directory
//   v2 overwrite                          what was there before the job's first files goes
//   v1 watermark <subtask> <millis>       the event time of a subtask at the barrier
//
// Before version 2 there were "v1 file <in progress>\t<final>" and "v1 overwrite <marker>", with
// paths of any kind. Rows that a savepoint holds are "v1 rows <directory>\t<name>" of the file that
// its job would have made.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/file_system.h"
#include "runtime/sink.h"

namespace weir::connectors {

inline constexpr std::string_view kCommitFile = "v2 file ";
inline constexpr std::string_view kCommitOverwrite = "v2 overwrite";
inline constexpr std::string_view kCommitWatermark = "v1 watermark ";

// A file that a checkpoint promises. The table's directory is not part of it.
struct PromisedFile {
  uint64_t rows = 0;      // 0 in version 1, which did not count them
  std::string directory;  // below the table's: "dt=2026-01-01/hm=12%3A00"; "" for the table's own
  std::string name;       // "part-<job><sink>-<attempt>-<subtask>-<n>.<format>"

  std::string Text() const;
  std::string Final(const std::string& table_directory) const;
  std::string InProgress(const std::string& table_directory) const;
};

// Where promises may be kept, and by which job they must have been made.
struct PromiseBounds {
  std::string_view job_id;              // of the job that promised
  std::span<const std::string> places;  // directories of the table, absolute
};

// The promised files; committables that are not files are skipped. kCorruption E7001 for texts that
// the sink never writes, and for files of another job or outside of the table's directory.
Result<std::vector<PromisedFile>> PromisedFiles(std::span<const std::string> committables,
                                                const PromiseBounds& bounds);

// Whether the committable asks for the directory to be emptied, in any version.
bool IsOverwrite(std::string_view committable);

// The text in OutputRows::what for a file of rows that a savepoint holds, and its inverse, which
// fails as PromisedFiles does.
std::string HeldRowsText(const PromisedFile& file);
Result<PromisedFile> ParseHeldRows(const OutputRows& rows, std::string_view job_id);

// Which promised files exist, in which directory and in which state, and which do not.
struct FilePromises {
  struct Found {
    PromisedFile file;
    std::string place;  // the table's directory in which it lies
    bool in_progress = false;
  };
  std::vector<Found> found;
  std::vector<PromisedFile> missing;
};

// Searches each file in `places`, in order, and changes nothing. kCorruption E7001 where keeping a
// promise would overwrite a file.
Status LocatePromises(FileSystem& files, std::vector<PromisedFile> promised,
                      std::span<const std::string> places, FilePromises& promises);

// Which in-progress files to remove: those whose names begin with the prefix, except some.
struct InProgressFilter {
  std::string prefix;
  std::set<std::string> keep;  // names
};
// Removes the in-progress files that match the filter from the directory of a table and from those
// of its partitions.
Status RemoveInProgress(FileSystem& files, const std::string& directory,
                        const InProgressFilter& filter, size_t partition_keys);
// What of a job's id is in the names of its files.
std::string_view ShortJobId(std::string_view job_id);
// The prefix of all files that a job writes.
std::string InProgressPrefixOf(std::string_view job_id);
// Whether a file of that name, visible or in progress, is one that the job writes.
bool IsFileOf(std::string_view name, std::string_view job_id);

}  // namespace weir::connectors
