// Writes changes as events of JSON, one per line.
#pragma once

#include <memory>

#include "runtime/connectors/formats/change_envelope.h"
#include "runtime/connectors/formats/format.h"

namespace weir::connectors {

// A row that comes is written as an insert, one that is taken back as a delete: an update is two
// events, as in Flink. An envelope whose deletes have their row in `after` is written without
// `before`. `format` has the options that `spec` sets. Fails as CheckJsonColumns.
Result<std::unique_ptr<Encoder>> MakeChangeEncoder(const FormatSpec& spec,
                                                   const ChangeEnvelope& envelope,
                                                   const graph::FormatDescriptor& format);

}  // namespace weir::connectors
