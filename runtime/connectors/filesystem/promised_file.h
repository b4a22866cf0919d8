// What the filesystem sink promises at a barrier, as the text of a committable, and what of it is
// believed: a promise names files by their parts, so that carrying it out can only ever turn a file
// in progress of its own job into the visible file beside it.
//
//   v2 file <rows>\t<directory>\t<name>   the rows of one file, below the table's directory
//   v2 overwrite                          what was there before the job's first files goes
//   v1 watermark <subtask> <millis>       the event time of a subtask at the barrier
//
// Before version 2: "v1 file <in progress>\t<final>" and "v1 overwrite <marker>", free paths. Rows
// that a savepoint holds: "v1 rows <directory>\t<name>" of the file that its job would have made.
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
  uint64_t rows = 0;      // 0 of version 1, where they were not counted
  std::string directory;  // below the table's: "dt=2026-01-01/hm=12%3A00"; "" for that itself
  std::string name;       // "part-<job><sink>-<attempt>-<subtask>-<n>.<format>"

  std::string Text() const;
  std::string Final(const std::string& table_directory) const;
  std::string InProgress(const std::string& table_directory) const;
};

// Where a promise may be kept, and whose it has to be.
struct PromiseBounds {
  std::string_view job_id;              // of the job that promised
  std::span<const std::string> places;  // directories of the table, absolute
};

// Nothing for committables that are no files. kCorruption E7001 for texts that the sink never
// writes, and for files of another job or outside of the table's directory.
Result<std::vector<PromisedFile>> PromisedFiles(std::span<const std::string> committables,
                                                const PromiseBounds& bounds);

// Whether the committable asks for the directory to be emptied, in any version.
bool IsOverwrite(std::string_view committable);

// The same for rows that a savepoint holds.
std::string HeldRowsText(const PromisedFile& file);
Result<PromisedFile> ParseHeldRows(const OutputRows& rows, std::string_view job_id);

// What became of promises.
struct FilePromises {
  struct Found {
    PromisedFile file;
    std::string place;  // the table's directory that it lies in
    bool in_progress = false;
  };
  std::vector<Found> found;
  std::vector<PromisedFile> missing;
};

// Looks for each in the first of `places` that has it, and changes nothing. kCorruption E7001 where
// keeping one would overwrite a file.
Status LocatePromises(FileSystem& files, std::vector<PromisedFile> promised,
                      std::span<const std::string> places, FilePromises& promises);

// Files in progress that go: those whose names begin with the prefix, but for some.
struct InProgressFilter {
  std::string prefix;
  std::set<std::string> keep;  // names
};
// In the directory of a table and those of its partitions.
Status RemoveInProgress(FileSystem& files, const std::string& directory,
                        const InProgressFilter& filter, size_t partition_keys);
// The prefix of all that a job writes.
std::string InProgressPrefixOf(std::string_view job_id);

}  // namespace weir::connectors
