// When a partition of a table over files is complete, and how readers are told: Flink's options
// 'sink.partition-commit.*' and 'partition.time-extractor.*'. A file named _SUCCESS in the
// partition's directory says that no more files are expected; rows that come later add files all
// the same.
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
  bool success_file = false;  // else nothing is done when a partition is complete
  std::string success_name;   // "_SUCCESS"
  // Complete when the watermark has passed the partition's time and the delay; else when the delay
  // has passed by the clock since the partition's first file became visible.
  bool by_partition_time = false;
  int64_t delay_millis = 0;
  TimeZone zone;        // of partition times: 'sink.partition-commit.watermark-time-zone'
  std::string pattern;  // "$dt $hm:00"; "": the first key's value
  std::optional<DateTimePattern> formatter;
};

// Checks what a definition says, without its keys: E2008 for values that cannot be, kUnsupported
// for policies and extractors that are somebody's code or a metastore.
Status CheckPartitionCommit(const graph::TypedOptions& options);

// REQUIRES: CheckPartitionCommit. E2008 when the pattern names what is no key, or there are no keys
// and partition times are asked for.
Result<PartitionCommitPlan> PartitionCommitOf(const graph::TypedOptions& options,
                                              const std::vector<std::string>& keys);

// Milliseconds since 1970 of the time that the values of a partition tell, in the plan's zone.
// kDataError E3005 when they tell none.
Result<int64_t> PartitionTimeMillis(const PartitionCommitPlan& plan,
                                    const std::vector<std::string>& keys,
                                    const std::vector<std::string>& values);

// The partitions of one sink that have files and are not complete. They are known from the
// directories alone, so that nothing has to be kept in checkpoints: after a restart those that hold
// files of the sink and no success file are open, and those whose files were all taken away. One
// thread.
class OpenPartitions {
 public:
  // Borrows all for its life. `prefix`: of the names of the sink's files.
  struct Place {
    const PartitionCommitPlan* plan;
    const std::string* root;
    const std::vector<std::string>* keys;
    std::string prefix;
    FileSystem* files;
    Clock* clock;
  };
  explicit OpenPartitions(Place place) : place_(std::move(place)) {}

  // Files whose names begin like this count as the sink's, too.
  // REQUIRES: nothing was found yet.
  void AlsoOf(std::string prefix) { more_prefixes_.push_back(std::move(prefix)); }
  // Finds those that an earlier start left. Later calls do nothing.
  Status Find();
  // A file of the sink became visible in `directory`.
  void Add(const std::string& directory);
  // Puts the success file into every partition that is complete at `watermark`; into all at
  // Timestamp::Max(), the end of input. Can be repeated.
  Status Complete(Timestamp watermark);

 private:
  Status FindBelow(const std::string& directory, size_t depth);
  Result<bool> IsComplete(const std::string& directory, int64_t since, Timestamp watermark) const;

  bool IsOurs(const std::string& name) const;

  Place place_;
  std::vector<std::string> more_prefixes_;
  bool found_ = false;
  std::map<std::string, int64_t> open_;  // directory to the time of its first file, by the clock
};

}  // namespace weir::connectors
