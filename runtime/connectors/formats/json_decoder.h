// Decodes newline-delimited JSON objects.
#pragma once

#include <memory>

#include "runtime/connectors/formats/format.h"

namespace weir::connectors {

struct JsonDecoding {
  bool fail_on_missing_field = false;
};

// REQUIRES: every type of the record passed the format's check.
std::unique_ptr<Decoder> MakeJsonLinesDecoder(FormatSpec spec, JsonDecoding options);

}  // namespace weir::connectors
