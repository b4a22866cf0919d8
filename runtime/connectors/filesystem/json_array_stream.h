// Reads a file that is one JSON array of objects as if it had an object a line.
#pragma once

#include <memory>
#include <string>

#include "runtime/connectors/filesystem/byte_stream.h"

namespace weir::connectors {

// `stream` itself if its text does not begin with '['. Else the same text, byte for byte at the
// same offset, but for
//   '[' and blanks within an object          a blank
//   ',' between objects, and ']'             a line end
// so that offsets and lines of errors are those of the file. Nothing is kept but where the text is;
// Skip reads. kDataError E3005, with `path` and the line, where objects are not divided by commas,
// something else than an object is in the array, it does not end, or text follows it; what is
// wrong within an object is left to whoever reads the lines.
std::unique_ptr<ByteStream> LinesOfJsonArray(std::unique_ptr<ByteStream> stream, std::string path);

}  // namespace weir::connectors
