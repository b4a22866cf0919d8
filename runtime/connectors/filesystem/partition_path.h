// Directories of partitions in Hive's style, named as by Flink's PartitionPathUtils:
// "dt=2026-01-01/hm=12%3A00". The values of the partition's columns are only in the path, not in
// the files.
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

// The option 'partition.default-name', which stands for NULL and empty text. A value that is equal
// to it is another directory: its first character that needs no escape is written as one
// ("%5F_DEFAULT_PARTITION__"), where Flink and Hive write such a value like NULL.
inline constexpr std::string_view kDefaultPartitionName = "__DEFAULT_PARTITION__";

// Replaces control characters and " # % ' * / : = ? \ { [ ] ^ by % and two hexadecimal digits.
std::string EscapePathName(std::string_view text);
// The inverse; what is not an escape stays.
std::string UnescapePathName(std::string_view text);
// Whether `name`, as it stands in a path, is `default_name` in one of its spellings, and not a
// value that is equal to it.
bool NamesNull(std::string_view name, std::string_view default_name);
// Whether values that are equal to it can be told from it: it is empty, or has a character that
// EscapePathName leaves.
bool IsDefaultName(std::string_view default_name);

// The values of `keys` as their directories spell them (still escaped), in order, from the
// directories of `path` below `root`; nothing when these are named differently.
std::optional<std::vector<std::string>> PartitionNamesOf(std::string_view path,
                                                         std::string_view root,
                                                         const std::vector<std::string>& keys);
// The values (unescaped) of `keys`, in order, from the directories of `path` below `root`; nothing
// when these are named differently.
std::optional<std::vector<std::string>> PartitionValuesOf(std::string_view path,
                                                          std::string_view root,
                                                          const std::vector<std::string>& keys);

// Parses a value of `type` from its name in a path, still escaped; what NamesNull is NULL.
// kDataError E3005 when it names no such value.
Result<Value> PartitionValue(std::string_view name, const Type& type,
                             std::string_view default_name);

// The name that PartitionRows gives to the directory of the same values as `directory`, which may
// spell them otherwise: "m=1" for "m=01" where m is an INT. Both are relative to the table's.
// Nothing where it is no partition of these keys, or names no values of theirs.
std::optional<std::string> WrittenDirectory(std::string_view directory, std::span<const Field> keys,
                                            std::string_view default_name);

// Divides the rows of batches by their directories. Memory is reused from batch to batch, and a
// directory's name is built once for each run of rows with equal values.
class PartitionRows {
 public:
  // Rows of one directory, ascending.
  struct Group {
    std::string directory;  // relative to the table's: "dt=2026-01-01/hm=12%3A00"
    std::vector<uint32_t> rows;
  };

  // `keys` are columns of the batches. REQUIRES: texts, integers, BOOLEAN or DATE.
  PartitionRows(const Schema& schema, std::vector<int> keys, std::string default_name);

  // The groups of the selected rows, in the order of their first rows; valid until the next call.
  std::span<const Group> Divide(const Batch& batch);

 private:
  // Sets changed_[i] where some key of the i-th selected row differs from the row before.
  void FindChanges(const Batch& batch);
  void NameDirectory(const Batch& batch, uint32_t row);
  Group& GroupOf(const std::string& directory);

  std::vector<std::string> names_;  // escaped
  std::vector<int> keys_;
  std::string default_name_;
  std::vector<uint8_t> changed_;
  std::string directory_;
  std::string cell_;
  std::vector<Group> groups_;  // the first used_ belong to the current batch
  size_t used_ = 0;
  std::unordered_map<std::string, size_t> places_;  // directory -> index in groups_
};

}  // namespace weir::connectors
