// Decodes all columns of a record and gives those that are read.
#pragma once

#include <memory>
#include <vector>

#include "runtime/connectors/formats/format.h"

namespace weir::connectors {

// `whole` gives the `width` columns of a record, then those of metadata; `columns` are the places
// of those that are read.
std::unique_ptr<Decoder> MakeWholeRecordDecoder(std::unique_ptr<Decoder> whole, size_t width,
                                                std::vector<int> columns);

}  // namespace weir::connectors
