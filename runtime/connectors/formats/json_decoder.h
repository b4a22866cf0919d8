// Decodes newline-delimited JSON objects.
#pragma once

#include <memory>

#include "runtime/connectors/formats/format.h"

namespace weir::connectors {

struct JsonDecoding {
  bool fail_on_missing_field = false;
};

// REQUIRES: every type of the record passed the format's check.
// Lines as in JSON Lines; a record is an object of RFC 8259. Unknown keys are skipped, absent ones
// are NULL or, with fail_on_missing_field, bad records (Flink: "JSON Format").
std::unique_ptr<Decoder> MakeJsonLinesDecoder(FormatSpec spec, JsonDecoding options);

}  // namespace weir::connectors
