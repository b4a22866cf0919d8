// Encodes rows of a state table for the disk: schema id, NULL bits, values (FORMAT.md, "Values").
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/result.h"
#include "runtime/types/moments_fields.h"
#include "runtime/types/row_layout.h"
#include "runtime/types/state_schema.h"

namespace weir::state {

// All schemas under which rows of one table were written, by id. Ids start at 1 and are never
// reused.
using SchemaHistory = std::map<uint64_t, std::vector<Field>>;
// Appends a schema record (FORMAT.md, "Bookkeeping"); ReadSchemaHistory reads it.
void AppendSchemaHistory(const StateSchema& schema, const SchemaHistory& history, std::string& out);

// The last field of tables with a time-to-live: BIGINT NOT NULL, the time of the row's last write
// in ms since 1970, or 0 when it is not known. No column can have this name.
inline constexpr std::string_view kLastWriteField = "\x01last-write";
std::vector<Field> WithLastWrite(std::vector<Field> fields);

// The contents of a persisted schema record. Old versions are kept, since rows of any of them may
// be on disk.
struct SavedSchema {
  StateSchema schema;  // as last opened; `value` is the newest version's
  SchemaHistory history;
};
Result<SavedSchema> ReadSchemaHistory(std::string_view bytes);

// What a type consists of, apart from its fields.
struct TypeShape {
  TypeKind kind;
  int precision;
  int scale;
};
// A nullable type from persisted parts. kCorruption when they do not make a type.
Result<Type> MakeType(const TypeShape& shape, std::vector<TypeField> fields);
// Appends a type as FORMAT.md describes.
void AppendType(const Type& type, std::string& out);
// Takes such a type off `in`. kCorruption when it is malformed or nested too deeply.
Result<Type> ReadType(ByteReader& in);

// Encodes rows in the newest schema and decodes rows of every schema of the history, by field
// names. A row is rewritten in the newest schema when it is next changed, not before. Immutable;
// any thread.
class RowCodec {
 public:
  // Adds `fields` to `history` unless they are its newest schema. A field that older rows lack
  // starts as "no input yet": NULL, or 0 where it cannot be NULL. A field that was nullable in the
  // newest schema stays so. Means of an older version are carried into sums (CarriedBetween).
  // kRestoreRefused when a field has a type in an older schema that is not narrower, so that those
  // rows cannot be read as `fields`.
  static Result<RowCodec> Make(std::vector<Field> fields, SchemaHistory& history);

  // The layout of all fields except kLastWriteField, whose 8 bytes lie behind it.
  const RowLayout& layout() const { return layout_; }
  size_t stored_bytes() const { return layout_.row_bytes() + (timed_ ? sizeof(int64_t) : 0); }
  // Appends the row's bytes. They are self-delimiting, so that rows can be stored one behind
  // another.
  void Encode(const std::byte* row, std::string& out) const;
  // Decodes into a zeroed row; strings go to `owner`. kCorruption when the bytes do not fit.
  Status Decode(std::string_view value, std::byte* row, StringOwner& owner) const;
  // The same for the first of several rows, which is consumed from `in`.
  Status DecodeNext(ByteReader& in, std::byte* row, StringOwner& owner) const;
  // The size of the first of several encoded rows. kCorruption when there is none.
  Result<size_t> LengthOf(std::string_view value) const;
  // kLastWriteField of the first of these encoded rows; 0 if it has none.
  Result<int64_t> WrittenAt(std::string_view value) const;

 private:
  struct Version {
    std::vector<Type> types;
    std::vector<int> targets;    // for each field the field of the current row, or -1
    std::vector<uint8_t> wider;  // the current row has another type
    std::vector<size_t> absent;  // fields of the current row that start as NULL
    // What is not read into the current row but made into something else, by way of a row of this
    // layout, to which `aside` sends its fields; neither is there without it.
    std::vector<CarriedMoments> carried;
    RowLayout layout;
    std::vector<uint8_t> aside;
  };
  // Decides where each field of an older schema goes.
  Status Follow(const SchemaHistory& history, uint64_t id, const std::vector<Field>& fields,
                Version& version) const;
  // Reads the fields of a row; its schema id is read already.
  void DecodeFields(const Version& version, ByteReader& in, std::byte* row,
                    StringOwner& owner) const;
  RowLayout layout_;
  std::vector<PhysicalType> physical_;  // of the layout's fields
  size_t greatest_length_ = 0;          // of an encoded row, without the bytes of its strings
  bool timed_ = false;
  uint64_t id_ = 1;
  std::map<uint64_t, Version> versions_;
};

}  // namespace weir::state
