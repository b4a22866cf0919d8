// Which type the texts of a column have.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "runtime/connectors/formats/field_parser.h"
#include "runtime/types/type.h"

namespace weir::connectors {

// The narrowest of BOOLEAN, BIGINT, DOUBLE, DATE, TIMESTAMP and TIMESTAMP_LTZ of which all texts
// that are present are values as people write them; else STRING. Numbers with leading zeros or a
// plus sign ("007") are texts, since they would not come back as they were. Nothing when none is
// present.
std::optional<Type> TypeOfTexts(std::span<const FieldSlice> texts);

// Whether the nearest DOUBLE, written in as many digits as the number has, is another number: it
// has more digits than a DOUBLE keeps, and was not written from one. REQUIRES: a number of JSON.
bool LosesDigits(std::string_view number);

}  // namespace weir::connectors
