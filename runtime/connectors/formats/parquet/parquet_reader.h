// Reads files of Parquet.
#pragma once

#include <memory>
#include <string>

#include "runtime/base/result.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/file_system.h"

namespace weir::connectors::parquet {

// How values of a file become those of a table.
struct ReadSettings {
  TimeZone zone;  // between local times and instants
  uint32_t most_rows = 0;
};

// Begins to read the columns of `spec` from a row of the file. kUnsupported E1002 where there is no
// Arrow; kDataError E3005 for a file that is damaged, or whose columns are of other types.
Result<std::unique_ptr<FileDecoder>> OpenParquet(const FormatSpec& spec,
                                                 const ReadSettings& settings, FileToDecode file);

// The columns of a file as a table would declare them. Errors as OpenParquet's.
Result<Schema> ParquetColumns(FileSystem& files, const FileInfo& file);

}  // namespace weir::connectors::parquet
