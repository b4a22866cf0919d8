// A default is written in JSON, and used as if the writer had written it in Avro's bytes.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "runtime/connectors/formats/avro/avro_bytes.h"
#include "runtime/connectors/formats/avro/avro_schema.h"
#include "runtime/types/number_text.h"

namespace weir::connectors::avro {
namespace {

using expr::JsonKind;
using expr::JsonNode;

// The bytes that a JSON text stands for where the schema is bytes or fixed: each character is one
// byte, U+0000 to U+00FF. Unset for texts with others.
std::optional<std::string> BytesOfCharacters(std::string_view text) {
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<uint8_t>(text[i]);
    if (c < 0x80) {
      bytes += static_cast<char>(c);
    } else if ((c == 0xC2 || c == 0xC3) && i + 1 < text.size()) {
      bytes += static_cast<char>(((c & 3) << 6) | (static_cast<uint8_t>(text[++i]) & 0x3F));
    } else {
      return std::nullopt;
    }
  }
  return bytes;
}

class DefaultWriter {
 public:
  explicit DefaultWriter(std::string& out) : out_(out) {}

  // False where the JSON is no value of the schema.
  bool Write(const AvroSchema& schema, const JsonNode& json, int depth) {
    if (depth > kDeepest) return false;
    switch (schema.kind) {
      case AvroKind::kNull:
        return json.kind == JsonKind::kNull;
      case AvroKind::kBoolean:
        out_ += json.kind == JsonKind::kTrue ? '\1' : '\0';
        return json.kind == JsonKind::kTrue || json.kind == JsonKind::kFalse;
      case AvroKind::kInt:
      case AvroKind::kLong:
        return WriteInteger(schema, json);
      case AvroKind::kFloat:
      case AvroKind::kDouble:
        return WriteReal(schema, json);
      case AvroKind::kString:
        AppendBytes(out_, json.text);
        return json.kind == JsonKind::kString;
      case AvroKind::kBytes:
      case AvroKind::kFixed:
        return WriteBytes(schema, json);
      case AvroKind::kEnum:
        return WriteSymbol(schema, json);
      case AvroKind::kArray:
      case AvroKind::kMap:
        return WriteItems(schema, json, depth);
      case AvroKind::kRecord:
        return WriteFields(schema, json, depth);
      case AvroKind::kUnion:
        AppendLong(out_, 0);  // a default is of the first branch
        return !schema.parts.empty() && Write(*schema.parts[0], json, depth + 1);
    }
    WEIR_UNREACHABLE();
  }

 private:
  bool WriteInteger(const AvroSchema& schema, const JsonNode& json) {
    if (json.kind != JsonKind::kInteger) return false;
    int64_t number = 0;
    const char* const end = json.text.data() + json.text.size();
    const auto [stop, error] = std::from_chars(json.text.data(), end, number);
    if (error != std::errc() || stop != end) return false;
    AppendLong(out_, number);
    return schema.kind == AvroKind::kLong || static_cast<int32_t>(number) == number;
  }

  bool WriteReal(const AvroSchema& schema, const JsonNode& json) {
    if (json.kind != JsonKind::kInteger && json.kind != JsonKind::kReal) return false;
    const std::optional<double> number = ParseDouble(json.text);
    if (!number) return false;
    if (schema.kind == AvroKind::kFloat) {
      AppendLittle(out_, static_cast<float>(*number));
    } else {
      AppendLittle(out_, *number);
    }
    return true;
  }

  bool WriteBytes(const AvroSchema& schema, const JsonNode& json) {
    if (json.kind != JsonKind::kString) return false;
    const std::optional<std::string> bytes = BytesOfCharacters(json.text);
    if (!bytes) return false;
    if (schema.kind == AvroKind::kBytes) {
      AppendBytes(out_, *bytes);
      return true;
    }
    out_ += *bytes;
    return bytes->size() == schema.size;
  }

  bool WriteSymbol(const AvroSchema& schema, const JsonNode& json) {
    const auto found = std::ranges::find(schema.symbols, json.text);
    if (json.kind != JsonKind::kString || found == schema.symbols.end()) return false;
    AppendLong(out_, found - schema.symbols.begin());
    return true;
  }

  bool WriteItems(const AvroSchema& schema, const JsonNode& json, int depth) {
    const bool map = schema.kind == AvroKind::kMap;
    if (json.kind != (map ? JsonKind::kObject : JsonKind::kArray)) return false;
    int64_t count = 0;
    for (const JsonNode* item = json.first; item != nullptr; item = item->next) ++count;
    if (count > 0) AppendLong(out_, count);
    for (const JsonNode* item = json.first; item != nullptr; item = item->next) {
      if (map) AppendBytes(out_, item->key);
      if (!Write(*schema.parts[0], *item, depth + 1)) return false;
    }
    AppendLong(out_, 0);
    return true;
  }

  bool WriteFields(const AvroSchema& schema, const JsonNode& json, int depth) {
    if (json.kind != JsonKind::kObject) return false;
    for (const AvroField& field : schema.fields) {
      const JsonNode* value = json.first;
      while (value != nullptr && value->key != field.name) value = value->next;
      if (value == nullptr) value = field.default_value;
      if (value == nullptr || !Write(*field.schema, *value, depth + 1)) return false;
    }
    return true;
  }

  std::string& out_;
};

}  // namespace

Result<std::string> BytesOfDefault(const AvroField& field) {
  std::string bytes;
  if (field.default_value != nullptr &&
      DefaultWriter(bytes).Write(*field.schema, *field.default_value, 0))
    return bytes;
  return Status::DataError(fmt::format("the default of field \"{}\" is no value of {}", field.name,
                                       field.schema->ToString()))
      .WithId("E3005");
}

}  // namespace weir::connectors::avro
