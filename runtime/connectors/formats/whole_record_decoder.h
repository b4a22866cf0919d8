// Decodes all columns of a record and returns those that are read, for formats in which a bad value
// in any column makes the record bad (JudgesWholeRecords).
#pragma once

#include <memory>
#include <vector>

#include "runtime/connectors/formats/format.h"

namespace weir::connectors {

// `whole` decodes all `width` columns of a record and, behind them, those of metadata. The result
// returns the columns at the places `columns`, then those of metadata.
std::unique_ptr<Decoder> MakeWholeRecordDecoder(std::unique_ptr<Decoder> whole, size_t width,
                                                std::vector<int> columns);

}  // namespace weir::connectors
