// Takes a NULL in a NOT NULL column, or within a value that says so, for a fault of the record.
#pragma once

#include <memory>

#include "runtime/connectors/formats/format.h"

namespace weir::connectors {

// Whether a column that is read has NOT NULL in its type.
bool ReadsNotNull(const FormatSpec& spec);

// `spec` is the one that `decoder` was made from. A bad record is E3005, or left out with all its
// rows and counted where spec.skip_bad. REQUIRES: spec.row_starts.
std::unique_ptr<Decoder> MakeNotNullDecoder(std::unique_ptr<Decoder> decoder,
                                            const FormatSpec& spec);

}  // namespace weir::connectors
