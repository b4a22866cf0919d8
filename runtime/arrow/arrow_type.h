// The types of Arrow's C data interface that columns can have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/abi/weir/arrow.h"
#include "runtime/types/schema.h"

namespace weir::arrow {

enum class ArrowKind : uint8_t {
  kOther,  // none that is read
  kNull,
  kBoolean,
  kSigned,
  kUnsigned,
  kFloat,
  kDecimal,
  kText,
  kBytes,
  kFixedBytes,
  kDate,  // days in 32 bits
  kTime,
  kTimestamp,
  kList,
  kMap,
  kStruct,
};

struct ArrowType {
  ArrowKind kind = ArrowKind::kOther;
  int width = 0;          // bytes of a number, a time or a value of fixed bytes
  bool large = false;     // offsets have 64 bits
  int precision = 0;      // of kDecimal
  int scale = 0;          // of kDecimal; of a time the digits behind the second: 0, 3, 6 or 9
  bool adjusted = false;  // kTimestamp: it is an instant
};

// kOther for what is not read.
ArrowType ArrowTypeOf(const ArrowSchema& schema);
// How a message names the type, in Parquet's words.
std::string ArrowTypeText(const ArrowSchema& schema);
// The type of SQL that holds every value of the column; nothing where none does.
std::optional<Type> SqlTypeOf(const ArrowSchema& schema);

}  // namespace weir::arrow
