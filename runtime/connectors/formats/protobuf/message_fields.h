// Which field of a message each column is, and how its values become the column's: the types of
// Flink's "Protobuf Format", "Data Type Mapping".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/connectors/formats/protobuf/message_type.h"
#include "runtime/types/schema.h"

namespace google::protobuf {
class FieldDescriptor;
}

namespace weir::connectors::protobuf {

// A single value of a field: what it is there, and in the column.
enum class FieldKind : uint8_t {
  kBoolean,
  kInt,           // int32, sint32, sfixed32
  kUnsignedInt,   // uint32, fixed32: the same 32 bits as an INT, as in Java
  kBigInt,        // int64, sint64, sfixed64
  kUnsignedLong,  // uint64, fixed64: the same 64 bits as a BIGINT
  kFloat,
  kDouble,
  kText,
  kBytes,
  kEnumName,    // an enum as a text
  kEnumNumber,  // an enum as an INT
  kRow          // a message
};

enum class Repetition : uint8_t { kSingle, kArray, kMap };

// How a field is read and written, whose descriptor lives as long as the MessageType.
struct MessageField {
  const google::protobuf::FieldDescriptor* field = nullptr;
  Repetition repetition = Repetition::kSingle;
  FieldKind kind = FieldKind::kInt;  // of the value, or of each item; none of a map
  bool nullable = true;              // the column
  bool has_presence = false;         // a message says whether it is set; kSingle
  // kRow: the fields of the ROW, in its order. kMap: the key and the value.
  std::vector<MessageField> parts;
};

// A field for each column, found by its name. kInvalidSql E2008 names the column (`column "r.x"`)
// that the message has no field for, or one of another type, with a hint.
Result<std::vector<MessageField>> FieldsOfColumns(const MessageType& type, const Schema& columns);

}  // namespace weir::connectors::protobuf
