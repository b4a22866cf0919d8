// Writes rows as newline-delimited JSON objects.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/connectors/formats/format.h"

namespace weir::connectors {

enum class NullKeyMode : uint8_t { kFail, kDrop, kLiteral };

struct JsonEncoding {
  std::string_view format = "json";  // whose options a message names; lives forever
  bool iso_timestamps = false;       // 'T' between date and time, 'Z' behind instants
  bool plain_decimals = false;       // never 2.7E-8
  bool ignore_null_fields = false;   // fields that are NULL are left out
  NullKeyMode null_keys = NullKeyMode::kFail;
  std::string null_key = "null";  // the key that kLiteral writes
};

// REQUIRES: every type of the record passed the format's check. Fails only with E3001, for a NULL
// key of a MAP under kFail.
std::unique_ptr<Encoder> MakeJsonLinesEncoder(FormatSpec spec, JsonEncoding options);

}  // namespace weir::connectors
