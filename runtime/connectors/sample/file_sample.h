// What table a file is, from its name and its first records: for FROM 'orders.csv'.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/file_system.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/types/schema.h"

namespace weir::connectors {

// The most records that are sampled. A later one that does not fit fails the job that reads it.
inline constexpr size_t kSampledRecords = 20'480;
// The most bytes that are sampled, decompressed.
inline constexpr size_t kSampledBytes = 16 << 20;

// The options are those of a table of the filesystem connector, in the order of a WITH clause.
struct FileSample {
  Schema schema;
  graph::TableOptions options;
};

// Samples the first file of `path`, a file, directory or glob as of the connector. The format
// follows from the ending (file_ending.h): .csv, .tsv; .json, .jsonl, .ndjson; each with .gz behind
// it; .parquet, whose columns the file itself says. All columns can be NULL. kNotFound E4002 where
// no file is; kUnsupported E1002 for another ending; kDataError E3005 for a file without records,
// and for JSON that is neither an object a line nor an array of objects.
Result<FileSample> SampleFiles(FileSystem& files, const std::string& path);

// The columns of comma-separated text, and the options that it needs ("csv.header"). `cut`: the
// text goes on behind its end, so that its last record may not be whole and is left out.
// `delimiter` 0: any.
Result<FileSample> SampleCsv(std::string_view text, bool cut, char delimiter);
// The columns of JSON objects, one a line. Objects and arrays in them become ROWs and ARRAYs; a
// column with values of different types becomes a STRING. `cut` as for SampleCsv.
Result<FileSample> SampleJson(std::string_view text, bool cut);
// SampleJson for a text whose lines are not those of the file: `line_of` maps an offset in the text
// to the line of the file, from 1, for messages.
using LineOf = std::function<uint64_t(size_t offset)>;
Result<FileSample> SampleJson(std::string_view text, bool cut, const LineOf& line_of);

}  // namespace weir::connectors
