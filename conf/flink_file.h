// The keys and values of Flink's conf files, as Flink reads them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace weir::conf {

struct FlinkEntry {
  std::string key;
  std::string value;
  int line = 0;  // from 1
  friend bool operator==(const FlinkEntry&, const FlinkEntry&) = default;
};

struct FlinkFile {
  std::vector<FlinkEntry> entries;  // in the order of the file; the last of a key counts
  std::vector<int> skipped;         // lines that Flink skips, too: they are no "key: value"
};

// What the path of a conf file says by its name: flink-conf.yaml of Flink 1 and config.yaml of
// Flink 2 are Flink's.
bool IsNamedAsFlinks(std::string_view path);

// Flink 1's flink-conf.yaml is no YAML: each line is a key, the first ": ", and a value up to '#'.
// Flink 2's config.yaml is: keys of nested maps are joined by dots, lists by ';', and keys without
// a value are left out. A text is of the second kind when a line of it says a key alone, as no flat
// file does, or has a list; what is flat means the same either way but for quotes, and is read as
// YAML when `path` is named config.yaml.
// kInvalidArgument for YAML that cannot be read and for keys that stand in it twice, with file and
// line.
Result<FlinkFile> ReadFlinkFile(const std::string& text, const std::string& path);

}  // namespace weir::conf
