// A JSON text as a tree of nodes, for the SQL functions over JSON. Numbers keep their digits, which
// DOUBLE could not hold. The text is read by simdjson (Langdale and Lemire, "Parsing Gigabytes of
// JSON per Second", VLDB 2019; the on-demand interface).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/base/buffer_pool.h"

namespace weir::expr {

enum class JsonKind : uint8_t { kNull, kTrue, kFalse, kInteger, kReal, kString, kArray, kObject };

// A value. Members of an object and elements of an array are linked in the order of the text; of
// several members with one name only the last is kept. Immutable; texts are unescaped.
struct JsonNode {
  JsonKind kind = JsonKind::kNull;
  std::string_view text;            // the digits of a number, the characters of a string
  std::string_view key;             // of a member of an object
  const JsonNode* first = nullptr;  // of an array or object
  const JsonNode* next = nullptr;

  bool is_scalar() const { return kind < JsonKind::kArray; }
  // A member of an object; null where there is none, and of other values.
  const JsonNode* Member(std::string_view name) const;
};

// One text at a time; the nodes and their texts live until the next Parse(). Memory is reused. Not
// thread-safe.
class JsonDocument {
 public:
  JsonDocument();
  ~JsonDocument();

  // Parses the value that `text` begins with. Null when it is malformed (RFC 8259), empty, or
  // nested more than 1000 deep. As with Jackson in Flink, anything may follow an array, object or
  // string, but only a blank may follow another value.
  const JsonNode* Parse(std::string_view text);
  // Whether the value of the last Parse() was the whole text, blanks aside.
  bool whole() const { return whole_; }

 private:
  struct Reader;
  std::unique_ptr<Reader> reader_;
  bool whole_ = false;
};

// Bytes of the first value of `text` and of the blanks before it: up to its closing bracket or
// quote. The size of the text when there is no end.
size_t FirstJsonValue(std::string_view text);

}  // namespace weir::expr
