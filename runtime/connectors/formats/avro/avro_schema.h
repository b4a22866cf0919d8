// Avro's schemas: what the JSON text of one declares. Names are those of the specification, version
// 1.11 ("Schema Declaration").
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/expr/json/json_document.h"

namespace weir::connectors::avro {

// Levels of schemas and of values; what is deeper is refused.
inline constexpr int kDeepest = 64;

enum class AvroKind : uint8_t {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kFixed,
  kEnum,
  kArray,
  kMap,
  kRecord,
  kUnion
};

// A logical type that means something here; others are ignored, as the specification has it.
enum class AvroMeaning : uint8_t {
  kNone,
  kDecimal,
  kDate,
  kTimeMillis,
  kTimeMicros,
  kTimestampMillis,
  kTimestampMicros,
  kLocalTimestampMillis,
  kLocalTimestampMicros
};

struct AvroSchema;

struct AvroField {
  std::string name;
  std::vector<std::string> aliases;
  const AvroSchema* schema = nullptr;
  const expr::JsonNode* default_value = nullptr;  // null: it has none
};

// One schema. Which members mean something depends on the kind. A record may contain itself.
struct AvroSchema {
  AvroKind kind = AvroKind::kNull;
  AvroMeaning meaning = AvroMeaning::kNone;
  int precision = 0;        // kDecimal
  int scale = 0;            // kDecimal
  uint32_t size = 0;        // kFixed: bytes
  bool takes_bytes = true;  // each value has at least one
  std::string name;         // kFixed, kEnum, kRecord: the full one
  std::vector<std::string> aliases;
  std::vector<std::string> symbols;  // kEnum
  int default_symbol = -1;           // kEnum; -1: none
  std::vector<AvroField> fields;     // kRecord
  // The items of an array, the values of a map, the branches of a union.
  std::vector<const AvroSchema*> parts;

  // The name without its namespace.
  std::string_view short_name() const;
  // As errors say it: "int", "record com.example.Order".
  std::string ToString() const;
};

// A schema and all that it consists of. Immutable.
class AvroSchemaTree {
 public:
  // kDataError when the text is no schema, is deeper than 64 or has more than 20,000 parts. The
  // limits are there because a schema of a registry is written by others and need not be sane.
  static Result<std::shared_ptr<const AvroSchemaTree>> Parse(std::string_view text);

  const AvroSchema& root() const { return *root_; }
  // The JSON text of the schema, as it was parsed.
  const std::string& text() const { return text_; }

 private:
  friend class SchemaParser;

  std::string text_;
  expr::JsonDocument document_;  // has the defaults
  std::vector<std::unique_ptr<AvroSchema>> schemas_;
  const AvroSchema* root_ = nullptr;
};

// Whether a value may be null.
bool HasNull(const AvroSchema& schema);
// The number of a union's branch that is null; -1 where there is none, or the schema is no union.
int NullBranchOf(const AvroSchema& schema);
// The only branch of a union that is not null; the schema itself where it is no union; null where
// there are several, or none.
const AvroSchema* WithoutNull(const AvroSchema& schema);

// The bytes of a field's default, as a value of the field's schema would be written. kDataError
// where it is no such value.
Result<std::string> BytesOfDefault(const AvroField& field);

}  // namespace weir::connectors::avro
