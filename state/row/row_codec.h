// Rows of a state table as bytes on disk: schema id, NULL bits, values (FORMAT.md, "Values").
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/result.h"
#include "runtime/types/row_layout.h"
#include "runtime/types/state_schema.h"

namespace weir::state {

// Every schema that wrote rows of one table, by id. Ids start at 1 and are never given a new
// meaning.
using SchemaHistory = std::map<uint64_t, std::vector<Field>>;
// The bytes of a schema record (FORMAT.md, "Bookkeeping"); ReadSchemaHistory reads them.
void AppendSchemaHistory(const StateSchema& schema, const SchemaHistory& history, std::string& out);

// The last field of tables with a time-to-live: BIGINT NOT NULL, when the row was written last in
// ms since 1970; 0 is not known. No column has this name.
inline constexpr std::string_view kLastWriteField = "\x01last-write";
std::vector<Field> WithLastWrite(std::vector<Field> fields);

// What a persisted schema record says.
// Versions stay, since rows of any of them may be on disk.
struct SavedSchema {
  StateSchema schema;  // as last opened; `value` is the newest version's
  SchemaHistory history;
};
Result<SavedSchema> ReadSchemaHistory(std::string_view bytes);

// What a type is made of, apart from its fields.
struct TypeShape {
  TypeKind kind;
  int precision;
  int scale;
};
// A nullable type of persisted parts. kCorruption when they make none.
Result<Type> MakeType(const TypeShape& shape, std::vector<TypeField> fields);
// Appends a type as FORMAT.md describes.
void AppendType(const Type& type, std::string& out);

// Encodes rows as the newest schema, decodes those of every schema of the history by field names.
// Immutable; any thread. Rows are rewritten as the newest schema when they are next changed, not
// before.
class RowCodec {
 public:
  // Adds `fields` to `history` when it is not its newest schema. A field that the newest schemas
  // before lack starts as "no input yet" in their rows: NULL, or 0 where it cannot be NULL.
  // kRestoreRefused when rows of an older schema cannot be read as `fields`, because a field has a
  // type there that is not narrower. A field that was nullable in the newest one stays so.
  static Result<RowCodec> Make(std::vector<Field> fields, SchemaHistory& history);

  // Of the fields but kLastWriteField, whose 8 bytes lie behind the layout's.
  const RowLayout& layout() const { return layout_; }
  size_t stored_bytes() const { return layout_.row_bytes() + (timed_ ? sizeof(int64_t) : 0); }
  // Appends the row's bytes. They say where they end: rows may stand one behind the other.
  void Encode(const std::byte* row, std::string& out) const;
  // Writes into a zeroed row; strings go to `owner`. kCorruption when the bytes do not fit.
  Status Decode(std::string_view value, std::byte* row, StringOwner& owner) const;
  // The same with the first of several rows, which is taken off `in`.
  Status DecodeNext(ByteReader& in, std::byte* row, StringOwner& owner) const;
  // Bytes of the first of several encoded rows. kCorruption when there is none.
  Result<size_t> LengthOf(std::string_view value) const;
  // kLastWriteField of the first of these encoded rows; 0 where it has none.
  Result<int64_t> WrittenAt(std::string_view value) const;

 private:
  struct Version {
    std::vector<Type> types;
    std::vector<int> targets;    // the field of today's row, or -1
    std::vector<uint8_t> wider;  // today's type is another one
    std::vector<size_t> absent;  // of today's fields those that start as NULL
  };
  RowLayout layout_;
  std::vector<PhysicalType> physical_;  // of the layout's fields
  size_t greatest_length_ = 0;          // of an encoded row, without the bytes of its texts
  bool timed_ = false;
  uint64_t id_ = 1;
  std::map<uint64_t, Version> versions_;
};

}  // namespace weir::state
