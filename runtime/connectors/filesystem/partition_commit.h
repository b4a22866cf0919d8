// Decides when a partition of a table over files is complete, and tells readers: Flink's options
// 'sink.partition-commit.*' and 'partition.time-extractor.*'. A file named _SUCCESS in the
// partition's directory says that no more files are expected; rows that arrive even later still add
// files.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/timestamp.h"
#include "runtime/clock.h"
#include "runtime/file_system.h"
#include "runtime/graph/typed_options.h"
#include "runtime/types/datetime_pattern.h"
#include "runtime/types/time_zone.h"

namespace weir::connectors {

struct PartitionCommitPlan {
  bool success_file = false;  // otherwise nothing is done for complete partitions
  std::string success_name;   // "_SUCCESS"
  // A partition is complete when the watermark has passed its time plus the delay. Otherwise, when
  // the delay has passed by the clock since its first file became visible.
  bool by_partition_time = false;
  int64_t delay_millis = 0;
  TimeZone zone;        // of partition times: 'sink.partition-commit.watermark-time-zone'
  std::string pattern;  // "$dt $hm:00"; "": the first key's value
  std::optional<DateTimePattern> formatter;
};

// Checks the options of a definition without its keys: E2008 for invalid values, kUnsupported for
// policies and extractors that need user code or a metastore.
Status CheckPartitionCommit(const graph::TypedOptions& options);

// E2008 when the pattern names something that is not a key, or when partition times are asked for
// without keys. REQUIRES: CheckPartitionCommit succeeded.
Result<PartitionCommitPlan> PartitionCommitOf(const graph::TypedOptions& options,
                                              const std::vector<std::string>& keys);

// The time that the values of a partition denote, as milliseconds since 1970 in the plan's zone.
// kDataError E3005 when they denote none.
Result<int64_t> PartitionTimeMillis(const PartitionCommitPlan& plan,
                                    const std::vector<std::string>& keys,
                                    const std::vector<std::string>& values);

// The partitions of one sink that have files and are not complete. They are found by looking at the
// directories, so that nothing has to be kept in checkpoints: after a restart those are open that
// hold files of the sink and no success file, and those whose files were all taken away. Used by
// one thread.
class OpenPartitions {
 public:
  // Everything is borrowed for its life. `prefix` is that of the names of the sink's files.
  struct Place {
    const PartitionCommitPlan* plan;
    const std::string* root;
    const std::vector<std::string>* keys;
    std::string prefix;
    FileSystem* files;
    Clock* clock;
  };
  explicit OpenPartitions(Place place) : place_(std::move(place)) {}

  // Files whose names begin with `prefix` count as the sink's as well. REQUIRES: nothing was found
  // yet.
  void AlsoOf(std::string prefix) { more_prefixes_.push_back(std::move(prefix)); }
  // Finds the partitions that an earlier start left open. Later calls do nothing.
  Status Find();
  // A file of the sink became visible in `directory`.
  void Add(const std::string& directory);
  // Writes the success file into every partition that is complete at `watermark`, and into all at
  // Timestamp::Max(), the end of input. Can be repeated.
  Status Complete(Timestamp watermark);

 private:
  Status FindBelow(const std::string& directory, size_t depth);
  Result<bool> IsComplete(const std::string& directory, int64_t since, Timestamp watermark) const;

  bool IsOurs(const std::string& name) const;

  Place place_;
  std::vector<std::string> more_prefixes_;
  bool found_ = false;
  std::map<std::string, int64_t> open_;  // directory -> when its first file was seen, by the clock
};

}  // namespace weir::connectors
