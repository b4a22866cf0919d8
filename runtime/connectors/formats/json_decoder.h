// Decodes newline-delimited JSON objects.
#pragma once

#include <memory>

#include "runtime/connectors/formats/format.h"

namespace weir::connectors {

struct JsonDecoding {
  bool fail_on_missing_field = false;
};

// Decodes lines that each hold an object (JSON Lines, RFC 8259). Unknown keys are skipped. Missing
// ones are NULL or, with fail_on_missing_field, make a bad record (Flink: "JSON Format"). REQUIRES:
// every type of the record passed the format's check.
std::unique_ptr<Decoder> MakeJsonLinesDecoder(FormatSpec spec, JsonDecoding options);

}  // namespace weir::connectors
