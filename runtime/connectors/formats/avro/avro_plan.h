// How the bytes of a writer's schema become columns: the result of Avro's "Schema Resolution", as a
// tree of steps. Debian's libavro resolves too, into boxed values of one record at a time; a plan
// is made once for each writer's schema, and its steps append to columns.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/connectors/formats/avro/avro_schema.h"
#include "runtime/types/schema.h"

namespace weir::connectors::avro {

// What is read from the record, and what it becomes in the column. The steps kSkip… read a value
// that no column takes.
enum class AvroStep : uint8_t {
  kFail,  // what is found here has no place in the column: texts[0]
  kNull,  // nothing is read, and NULL appended
  kBoolean,
  kTinyInt,  // from an int, as the next two
  kSmallInt,
  kInt,
  kBigInt,  // from an int or a long, as the next two
  kLongToFloat,
  kLongToDouble,
  kFloat,
  kFloatToDouble,
  kDouble,
  kScaled,     // int or long times `factor`, cut to a multiple of `unit`: TIMESTAMP
  kTimeOfDay,  // the same within a day
  kText,       // checked to be UTF-8
  kBytes,
  kFixed,         // `size` bytes
  kSymbol,        // one of `texts`; an empty one is not known to the reader
  kDecimal,       // unscaled, most significant byte first
  kFixedDecimal,  // of `size` bytes
  kArray,         // parts[0]: its items
  kMap,           // parts[0]: its values; parts[1]: the step that skips one
  kRecord,        // each of `parts` appends to the field that `targets` names
  kUnion,         // one of `parts`
  kConstant,      // parts[0] reads texts[0], and nothing of the record
  kSkipFixed,     // `size` bytes
  kSkipLong,
  kSkipBytes,
  kSkipItems,    // parts[0]; of an array
  kSkipEntries,  // parts[0]; of a map
  kSkipRecord,   // all of `parts`
  kSkipUnion     // one of `parts`
};

struct AvroNode {
  AvroStep step = AvroStep::kFail;
  bool takes_bytes = true;  // kArray, kMap and the steps that skip them: an item has at least one
  uint32_t size = 0;
  int64_t factor = 1;
  int64_t unit = 1;
  std::vector<uint32_t> parts;  // numbers of nodes
  std::vector<int> targets;     // kRecord: a field for each part; kNoField: it is skipped
  std::vector<std::string> texts;
};
inline constexpr int kNoField = -1;
// Behind kConstant's bytes, so that they can be read as a message's are.
inline constexpr size_t kConstantPadding = 16;

// How a record is read whose fields are columns.
struct AvroRoot {
  uint32_t node = 0;               // a kRecord whose targets are places in `wanted`; or a kFail
  std::vector<std::string> names;  // of each of its parts
};

struct AvroPlan {
  std::vector<AvroNode> nodes;
  bool in_union = false;        // the number of the root comes first
  std::vector<AvroRoot> roots;  // one, if it does not
};

// Never fails: where a value of the writer has no place in a column, the plan says so when it
// meets one, as the specification has it. `columns` are those of the reader's record, in its order;
// `wanted` are numbers of some of them. REQUIRES: the types fit the reader's schema
// (CheckAvroColumns in avro_types.h).
AvroPlan MakeAvroPlan(const AvroSchema& writer, const AvroSchema& reader, const Schema& columns,
                      std::span<const int> wanted);

// The fields of the reader's record of a change, in its order: rows, and the word for the change.
inline constexpr int kBeforeField = 0;
inline constexpr int kAfterField = 1;
inline constexpr int kOpField = 2;

// How the fields of a change are found in a record: each root is a kRecord whose parts are the
// writer's fields, and whose targets are those above or kNoField; or a kFail. The part of kOpField
// reads a text, the others skip what they find.
AvroPlan MakeChangePlan(const AvroSchema& writer, const AvroSchema& reader);

}  // namespace weir::connectors::avro
