// Directories of partitions in the manner of Hive, as Flink's PartitionPathUtils names them:
// "dt=2026-01-01/hm=12%3A00". Values of the partition's columns are in the path only, not in files.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/types/batch.h"
#include "runtime/types/schema.h"
#include "runtime/types/value.h"

namespace weir::connectors {

// The option 'partition.default-name': stands for NULL and for empty text.
inline constexpr std::string_view kDefaultPartitionName = "__DEFAULT_PARTITION__";

// Control characters and " # % ' * / : = ? \ { [ ] ^ as % and two hexadecimal digits.
std::string EscapePathName(std::string_view text);
// Its inverse; what is no escape stays.
std::string UnescapePathName(std::string_view text);

// The values (unescaped) of `keys`, in order, in the directories of `path` below `root`; nothing
// when these are not named so.
std::optional<std::vector<std::string>> PartitionValuesOf(std::string_view path,
                                                          std::string_view root,
                                                          const std::vector<std::string>& keys);

// A value of `type` from the text in a path; NULL for `default_name`. kDataError E3005 when it is
// none.
Result<Value> PartitionValue(const std::string& text, const Type& type,
                             std::string_view default_name);

// Divides the rows of batches by the directories that they belong to. Memory is reused from batch
// to batch; a directory's name is made once a run of rows with equal values.
class PartitionRows {
 public:
  // Rows of one directory, ascending.
  struct Group {
    std::string directory;  // below the table's: "dt=2026-01-01/hm=12%3A00"
    std::vector<uint32_t> rows;
  };

  // `keys` are columns of batches; REQUIRES: texts, integers, BOOLEAN or DATE.
  PartitionRows(const Schema& schema, std::vector<int> keys, std::string default_name);

  // The groups of the selected rows, in the order in which they come; valid until the next call.
  std::span<const Group> Divide(const Batch& batch);

 private:
  // Sets changed_[i] where a key of the i-th selected row differs from the one before.
  void FindChanges(const Batch& batch);
  void NameDirectory(const Batch& batch, uint32_t row);
  Group& GroupOf(const std::string& directory);

  std::vector<std::string> names_;  // escaped
  std::vector<int> keys_;
  std::string default_name_;
  std::vector<uint8_t> changed_;
  std::string directory_;
  std::string cell_;
  std::vector<Group> groups_;  // the first used_ are of the batch at hand
  size_t used_ = 0;
  std::unordered_map<std::string, size_t> places_;  // in groups_, by directory
};

}  // namespace weir::connectors
