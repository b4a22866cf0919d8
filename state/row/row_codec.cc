#include "state/row/row_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/base/check.h"
#include "runtime/types/string_ref.h"
#include "runtime/types/widening.h"

namespace weir::state {
namespace {

constexpr uint64_t kSchemaRecordVersion = 1;
// Types are read recursively: one from a damaged file must not exhaust the stack.
constexpr int kGreatestTypeDepth = 64;
constexpr size_t kGreatestVarint = 10;
constexpr int kGreatestPrecisionOfTime = 9;

uint64_t ZigZag(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
int64_t UnZigZag(uint64_t v) {
  return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
}

void AppendText(std::string& out, std::string_view text) {
  AppendVarint(out, text.size());
  out += text;
}

std::string_view ReadText(ByteReader& in) {
  const uint64_t size = in.Varint();
  return in.Bytes(size);
}

void AppendFields(const std::vector<Field>& fields, std::string& out) {
  AppendVarint(out, fields.size());
  for (const Field& field : fields) {
    AppendText(out, field.name);
    AppendType(field.type, out);
  }
}

Result<Type> ReadTypeAt(ByteReader& in, int depth) {
  const auto kind = static_cast<TypeKind>(in.Little<uint8_t>());
  const bool nullable = in.Little<uint8_t>() != 0;
  const auto precision = static_cast<int>(in.Varint());
  const auto scale = static_cast<int>(in.Varint());
  const uint64_t count = in.Varint();
  if (in.failed() || depth > kGreatestTypeDepth || count > in.rest().size()) {
    return Status::Corruption("a saved type is malformed");
  }
  std::vector<TypeField> fields;
  for (uint64_t i = 0; i < count; ++i) {
    std::string name(ReadText(in));
    Type type = TRY(ReadTypeAt(in, depth + 1));
    fields.push_back({std::move(name), std::move(type)});
  }
  return TRY(MakeType({kind, precision, scale}, std::move(fields))).WithNullable(nullable);
}

Result<std::vector<Field>> ReadFields(ByteReader& in) {
  const uint64_t count = in.Varint();
  if (in.failed() || count > in.rest().size())
    return Status::Corruption("a saved schema is cut off");
  std::vector<Field> fields;
  for (uint64_t i = 0; i < count; ++i) {
    std::string name(ReadText(in));
    Type type = TRY(ReadTypeAt(in, 0));
    fields.push_back({std::move(name), std::move(type)});
  }
  return fields;
}

// Writes a row's bytes into memory that is large enough for them.
class RowWriter {
 public:
  explicit RowWriter(char* at) : at_(at) {}
  char* at() const { return at_; }

  void Varint(uint64_t value) {
    while (value >= 0x80) {
      *at_++ = static_cast<char>(value | 0x80);
      value >>= 7;
    }
    *at_++ = static_cast<char>(value);
  }
  void Bytes(const void* bytes, size_t count) {
    std::memcpy(at_, bytes, count);
    at_ += count;
  }
  template <typename T>
  void Little(T value) {
    Bytes(&value, sizeof(value));
  }

 private:
  char* at_;
};

// The greatest length of a field's bytes, without those of a text.
size_t GreatestLength(PhysicalType type) {
  switch (type) {
    case PhysicalType::kBool:
    case PhysicalType::kInt8:
      return 1;
    case PhysicalType::kInt16:
      return 3;
    case PhysicalType::kInt32:
      return 5;
    case PhysicalType::kInt64:
      return kGreatestVarint;
    case PhysicalType::kInt128:
      return sizeof(Int128);
    case PhysicalType::kFloat:
      return sizeof(float);
    case PhysicalType::kDouble:
      return sizeof(double);
    case PhysicalType::kTimestampNanos:
      return 2 * kGreatestVarint;
    case PhysicalType::kString:
    case PhysicalType::kList:
    case PhysicalType::kStruct:
      return kGreatestVarint;
    case PhysicalType::kNone:
      return 0;
  }
  WEIR_UNREACHABLE();
}

void EncodeField(const RowLayout& layout, PhysicalType type, const std::byte* row, size_t f,
                 RowWriter& out) {
  switch (type) {
    case PhysicalType::kBool:
      return out.Little(layout.Load<uint8_t>(row, f));
    case PhysicalType::kInt8:
      return out.Little(layout.Load<int8_t>(row, f));
    case PhysicalType::kInt16:
      return out.Varint(ZigZag(layout.Load<int16_t>(row, f)));
    case PhysicalType::kInt32:
      return out.Varint(ZigZag(layout.Load<int32_t>(row, f)));
    case PhysicalType::kInt64:
      return out.Varint(ZigZag(layout.Load<int64_t>(row, f)));
    case PhysicalType::kInt128:
      return out.Little(layout.Load<Int128>(row, f));
    case PhysicalType::kFloat:
      return out.Little(layout.Load<float>(row, f));
    case PhysicalType::kDouble:
      return out.Little(layout.Load<double>(row, f));
    case PhysicalType::kTimestampNanos: {
      const auto value = layout.Load<TimestampNanos>(row, f);
      out.Varint(ZigZag(value.millis));
      return out.Varint(static_cast<uint64_t>(value.nanos));
    }
    case PhysicalType::kString:
    case PhysicalType::kList:
    case PhysicalType::kStruct: {
      const auto ref = layout.Load<StringRef>(row, f);
      out.Varint(ref.size());
      return out.Bytes(ref.data(), ref.size());
    }
    case PhysicalType::kNone:
      return;
  }
}

// Where a field that is read goes.
struct FieldPlace {
  const RowLayout& layout;
  std::byte* row;
  int field;  // -1: nowhere
};

template <typename T>
void StoreIn(const FieldPlace& place, T value) {
  if (place.field >= 0) place.layout.Store(place.row, static_cast<size_t>(place.field), value);
}

void DecodeField(const Type& type, ByteReader& in, const FieldPlace& place, StringOwner& owner) {
  switch (type.physical()) {
    case PhysicalType::kBool:
      return StoreIn(place, in.Little<uint8_t>());
    case PhysicalType::kInt8:
      return StoreIn(place, in.Little<int8_t>());
    case PhysicalType::kInt16:
      return StoreIn(place, static_cast<int16_t>(UnZigZag(in.Varint())));
    case PhysicalType::kInt32:
      return StoreIn(place, static_cast<int32_t>(UnZigZag(in.Varint())));
    case PhysicalType::kInt64:
      return StoreIn(place, UnZigZag(in.Varint()));
    case PhysicalType::kInt128:
      return StoreIn(place, in.Little<Int128>());
    case PhysicalType::kFloat:
      return StoreIn(place, in.Little<float>());
    case PhysicalType::kDouble:
      return StoreIn(place, in.Little<double>());
    case PhysicalType::kTimestampNanos: {
      TimestampNanos value;
      value.millis = UnZigZag(in.Varint());
      value.nanos = static_cast<int32_t>(in.Varint());
      return StoreIn(place, value);
    }
    case PhysicalType::kString:
    case PhysicalType::kList:
    case PhysicalType::kStruct: {
      const std::string_view bytes = ReadText(in);
      if (place.field >= 0 && !in.failed())
        owner.SetString(place.row, static_cast<size_t>(place.field), bytes);
      return;
    }
    case PhysicalType::kNone:
      return;
  }
}

// For reading fields of which nothing is kept.
class NoStrings final : public StringOwner {
 public:
  void SetString(std::byte*, size_t, std::string_view) override {}
};

// A number of a narrower type than the field has.
template <typename T>
void StoreWider(const RowLayout& layout, std::byte* row, size_t f, T value) {
  switch (layout.type(f).physical()) {
    case PhysicalType::kInt8:
      return layout.Store(row, f, static_cast<int8_t>(value));
    case PhysicalType::kInt16:
      return layout.Store(row, f, static_cast<int16_t>(value));
    case PhysicalType::kInt32:
      return layout.Store(row, f, static_cast<int32_t>(value));
    case PhysicalType::kInt64:
      return layout.Store(row, f, static_cast<int64_t>(value));
    case PhysicalType::kInt128:
      return layout.Store(row, f, static_cast<Int128>(value));
    case PhysicalType::kDouble:
      return layout.Store(row, f, static_cast<double>(value));
    default:
      WEIR_UNREACHABLE();
  }
}

void DecodeWider(const Type& type, ByteReader& in, const FieldPlace& place, StringOwner& owner) {
  const auto f = static_cast<size_t>(place.field);
  switch (type.physical()) {
    case PhysicalType::kInt8:
      return StoreWider(place.layout, place.row, f, in.Little<int8_t>());
    case PhysicalType::kInt16:
    case PhysicalType::kInt32:
    case PhysicalType::kInt64:
      return StoreWider(place.layout, place.row, f, UnZigZag(in.Varint()));
    case PhysicalType::kFloat:
      return StoreWider(place.layout, place.row, f, in.Little<float>());
    default:
      return DecodeField(type, in, place, owner);  // the bytes are the same
  }
}

// The field of `old` that goes on as `wanted` by way of every later schema, or old.size(): what was
// dropped in between and came again starts anew.
size_t FindKept(const SchemaHistory& history, uint64_t id, const Field& wanted) {
  const auto place = [&](const std::vector<Field>& fields) {
    size_t at = 0;
    while (at < fields.size() && fields[at].name != wanted.name) ++at;
    return at;
  };
  const std::vector<Field>& old = history.at(id);
  for (auto later = history.upper_bound(id); later != history.end(); ++later) {
    if (place(later->second) == later->second.size()) return old.size();
  }
  return place(old);
}

// Fields that were nullable stay so: NULL may be among the values that were saved.
void KeepNullable(const std::vector<Field>& saved, std::vector<Field>& fields) {
  for (Field& field : fields) {
    const auto old = std::ranges::find(saved, field.name, &Field::name);
    if (old != saved.end() && old->type.nullable()) field.type = field.type.WithNullable(true);
  }
}

std::vector<Type> TypesOf(const std::vector<Field>& fields) {
  std::vector<Type> types;
  for (const Field& field : fields) types.push_back(field.type);
  return types;
}

}  // namespace

namespace {

// The factories' requirements, for numbers that somebody else wrote.
Status CheckShape(const TypeShape& shape) {
  const auto within = [&](int least, int greatest) -> Status {
    if (least <= shape.precision && shape.precision <= greatest) return {};
    return Status::Corruption(
        fmt::format("a saved type has a length or precision out of range: {}", shape.precision));
  };
  switch (shape.kind) {
    case TypeKind::kDecimal:
      RETURN_IF_ERROR(within(1, Type::kMaxDecimalPrecision));
      if (0 <= shape.scale && shape.scale <= shape.precision) return {};
      return Status::Corruption(
          fmt::format("a saved type has a scale out of range: {}", shape.scale));
    case TypeKind::kChar:
    case TypeKind::kVarChar:
    case TypeKind::kBinary:
    case TypeKind::kVarBinary:
      return within(0, Type::kMaxLength);
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return within(0, kGreatestPrecisionOfTime);
    default:
      return {};
  }
}

}  // namespace

Result<Type> ReadType(ByteReader& in) {
  return ReadTypeAt(in, 0);
}

Result<Type> MakeType(const TypeShape& shape, std::vector<TypeField> fields) {
  RETURN_IF_ERROR(CheckShape(shape));
  const auto child = [&](size_t i) { return fields[i].type; };
  switch (shape.kind) {
    case TypeKind::kNull:
      return Type::Null();
    case TypeKind::kBoolean:
      return Type::Boolean();
    case TypeKind::kTinyInt:
      return Type::TinyInt();
    case TypeKind::kSmallInt:
      return Type::SmallInt();
    case TypeKind::kInt:
      return Type::Int();
    case TypeKind::kBigInt:
      return Type::BigInt();
    case TypeKind::kFloat:
      return Type::Float();
    case TypeKind::kDouble:
      return Type::Double();
    case TypeKind::kDecimal:
      return Type::Decimal(shape.precision, shape.scale);
    case TypeKind::kChar:
      return Type::Char(shape.precision);
    case TypeKind::kVarChar:
      return Type::VarChar(shape.precision);
    case TypeKind::kBinary:
      return Type::Binary(shape.precision);
    case TypeKind::kVarBinary:
      return Type::VarBinary(shape.precision);
    case TypeKind::kDate:
      return Type::Date();
    case TypeKind::kTime:
      return Type::Time(shape.precision);
    case TypeKind::kTimestamp:
      return Type::Timestamp(shape.precision);
    case TypeKind::kTimestampLtz:
      return Type::TimestampLtz(shape.precision);
    case TypeKind::kIntervalYearMonth:
      return Type::IntervalYearMonth();
    case TypeKind::kIntervalDayTime:
      return Type::IntervalDayTime();
    case TypeKind::kArray:
      if (fields.size() == 1) return Type::Array(child(0));
      break;
    case TypeKind::kMap:
      if (fields.size() == 2) return Type::Map(child(0), child(1));
      break;
    case TypeKind::kMultiset:
      if (!fields.empty()) return Type::Multiset(child(0));
      break;
    case TypeKind::kRow:
      return Type::Row(std::move(fields));
  }
  return Status::Corruption("a saved type is malformed");
}

void AppendType(const Type& type, std::string& out) {
  AppendLittle(out, static_cast<uint8_t>(type.kind()));
  AppendLittle(out, static_cast<uint8_t>(type.nullable() ? 1 : 0));
  AppendVarint(out, static_cast<uint64_t>(type.precision()));
  AppendVarint(out, static_cast<uint64_t>(type.scale()));
  AppendVarint(out, type.fields().size());
  for (const TypeField& field : type.fields()) {
    AppendText(out, field.name);
    AppendType(field.type, out);
  }
}

void AppendSchemaHistory(const StateSchema& schema, const SchemaHistory& history,
                         std::string& out) {
  AppendVarint(out, kSchemaRecordVersion);
  AppendText(out, schema.name);
  AppendLittle(out, static_cast<uint8_t>(schema.layout));
  AppendLittle(out, static_cast<uint8_t>(schema.sliced ? 1 : 0));
  AppendFields(schema.key, out);
  AppendFields(schema.sub_key, out);
  AppendVarint(out, history.size());
  for (const auto& [id, fields] : history) {
    AppendVarint(out, id);
    AppendFields(fields, out);
  }
}

Result<SavedSchema> ReadSchemaHistory(std::string_view bytes) {
  ByteReader in(bytes);
  SavedSchema saved;
  const uint64_t version = in.Varint();
  if (in.failed() || version != kSchemaRecordVersion) {
    return Status::Corruption(fmt::format("a schema record has an unknown version: {}", version));
  }
  saved.schema.name = ReadText(in);
  const auto layout = in.Little<uint8_t>();
  if (layout > static_cast<uint8_t>(StateLayout::kMap)) {
    return Status::Corruption(fmt::format("a schema record has an unknown layout: {}", layout));
  }
  saved.schema.layout = static_cast<StateLayout>(layout);
  saved.schema.sliced = in.Little<uint8_t>() != 0;
  saved.schema.key = TRY(ReadFields(in));
  saved.schema.sub_key = TRY(ReadFields(in));
  const uint64_t count = in.Varint();
  for (uint64_t i = 0; i < count && !in.failed(); ++i) {
    const uint64_t id = in.Varint();
    saved.history[id] = TRY(ReadFields(in));
  }
  if (in.failed() || !in.at_end() || saved.history.empty()) {
    return Status::Corruption("a schema record is malformed");
  }
  saved.schema.value = saved.history.rbegin()->second;
  return saved;
}

std::vector<Field> WithLastWrite(std::vector<Field> fields) {
  fields.push_back({std::string(kLastWriteField), Type::BigInt().WithNullable(false)});
  return fields;
}

Result<RowCodec> RowCodec::Make(std::vector<Field> fields, SchemaHistory& history) {
  if (!history.empty()) KeepNullable(history.rbegin()->second, fields);
  RowCodec codec;
  std::vector<Type> types = TypesOf(fields);
  codec.timed_ = !fields.empty() && fields.back().name == kLastWriteField;
  if (codec.timed_) types.pop_back();
  codec.greatest_length_ = kGreatestVarint + types.size() / 8 + 1;
  if (codec.timed_) codec.greatest_length_ += kGreatestVarint;
  for (const Type& type : types) {
    codec.physical_.push_back(type.physical());
    codec.greatest_length_ += GreatestLength(type.physical());
  }
  codec.layout_ = RowLayout(std::move(types));
  if (history.empty()) {
    history[1] = fields;
  } else if (history.rbegin()->second != fields) {
    history[history.rbegin()->first + 1] = fields;
  }
  codec.id_ = history.rbegin()->first;
  for (const auto& [id, old] : history) {
    Version version{TypesOf(old),
                    std::vector<int>(old.size(), -1),
                    std::vector<uint8_t>(old.size(), 0),
                    {},
                    {},
                    {},
                    {}};
    RETURN_IF_ERROR(codec.Follow(history, id, fields, version));
    codec.versions_.emplace(id, std::move(version));
  }
  return codec;
}

Status RowCodec::Follow(const SchemaHistory& history, uint64_t id, const std::vector<Field>& fields,
                        Version& version) const {
  const std::vector<Field>& old = history.at(id);
  std::vector<uint8_t> made(fields.size(), 0);  // by what is carried
  for (CarriedMoments& moments : CarriedBetween(old, fields)) {
    std::fill_n(made.begin() + static_cast<std::ptrdiff_t>(moments.to), moments.fields, 1);
    if (FindKept(history, id, fields[moments.to]) == old.size()) continue;
    version.aside.resize(old.size(), 0);
    for (const size_t from : moments.from) version.aside[from] = 1;
    version.carried.push_back(std::move(moments));
  }
  if (!version.carried.empty()) version.layout = RowLayout(version.types);
  for (size_t f = 0; f < fields.size(); ++f) {
    const size_t at = made[f] != 0 ? old.size() : FindKept(history, id, fields[f]);
    if (at == old.size()) {
      if (fields[f].type.nullable()) version.absent.push_back(f);
      continue;
    }
    const Widening widening = HaveSameBytes(old[at].type, fields[f].type)
                                  ? Widening::kSame
                                  : ValueWidening(old[at].type, fields[f].type);
    if (widening == Widening::kNarrow) {
      return Status::RestoreRefused(
          fmt::format("saved rows have a field of another type: {} is {}, not {}", fields[f].name,
                      old[at].type.ToString(), fields[f].type.ToString()));
    }
    version.targets[at] = static_cast<int>(f);
    version.wider[at] = widening == Widening::kWider ? 1 : 0;
  }
  return {};
}

void RowCodec::Encode(const std::byte* row, std::string& out) const {
  const size_t count = layout_.field_count();
  size_t most = greatest_length_;
  if (layout_.has_variable()) {
    for (size_t f = 0; f < count; ++f) {
      if (layout_.is_variable(f)) most += layout_.Load<StringRef>(row, f).size();
    }
  }
  const size_t start = out.size();
  out.resize(start + most);
  RowWriter writer(out.data() + start);
  writer.Varint(id_);
  writer.Bytes(row, layout_.null_bytes());
  for (size_t i = layout_.null_bytes(); i < (count + 7) / 8; ++i) writer.Little(uint8_t{0});
  if (timed_ && count % 8 == 0) writer.Little(uint8_t{0});  // NULL bits of one field more
  for (size_t f = 0; f < count; ++f) {
    if (!layout_.IsNull(row, f)) EncodeField(layout_, physical_[f], row, f, writer);
  }
  if (timed_) {
    int64_t written;
    std::memcpy(&written, row + layout_.row_bytes(), sizeof(written));
    writer.Varint(ZigZag(written));
  }
  out.resize(static_cast<size_t>(writer.at() - out.data()));
}

Status RowCodec::Decode(std::string_view value, std::byte* row, StringOwner& owner) const {
  ByteReader in(value);
  RETURN_IF_ERROR(DecodeNext(in, row, owner));
  return in.at_end() ? Status() : Status::Corruption("a saved row is malformed");
}

Status RowCodec::DecodeNext(ByteReader& in, std::byte* row, StringOwner& owner) const {
  const auto version = versions_.find(in.Varint());
  if (version == versions_.end()) return Status::Corruption("a saved row has an unknown schema");
  DecodeFields(version->second, in, row, owner);
  if (in.failed()) return Status::Corruption("a saved row is malformed");
  for (const size_t f : version->second.absent) layout_.SetNull(row, f);
  return {};
}

void RowCodec::DecodeFields(const Version& version, ByteReader& in, std::byte* row,
                            StringOwner& owner) const {
  const auto& [types, targets, wider, absent, carried, layout, aside] = version;
  const std::string_view nulls = in.Bytes((types.size() + 7) / 8);
  std::vector<std::byte> older(layout.row_bytes());
  NoStrings none;
  for (size_t f = 0; f < types.size() && !in.failed(); ++f) {
    const int target = targets[f];
    if (target == static_cast<int>(layout_.field_count())) {
      const int64_t written = UnZigZag(in.Varint());
      std::memcpy(row + layout_.row_bytes(), &written, sizeof(written));
    } else if (((static_cast<uint8_t>(nulls[f >> 3]) >> (f & 7)) & 1) == 0) {
      if (!aside.empty() && aside[f] != 0) {
        DecodeField(types[f], in, {layout, older.data(), static_cast<int>(f)}, none);
      } else if (wider[f] == 0) {
        DecodeField(types[f], in, {layout_, row, target}, owner);
      } else {
        DecodeWider(types[f], in, {layout_, row, target}, owner);
      }
    } else if (target >= 0) {
      layout_.SetNull(row, static_cast<size_t>(target));
    }
  }
  if (in.failed()) return;
  for (const CarriedMoments& moments : carried) {
    Carry(moments, {layout, older.data()}, {layout_, row}, owner);
  }
}

Result<size_t> RowCodec::LengthOf(std::string_view value) const {
  ByteReader in(value);
  const auto found = versions_.find(in.Varint());
  if (found == versions_.end()) return Status::Corruption("a saved row has an unknown schema");
  const std::vector<Type>& types = found->second.types;
  const std::string_view nulls = in.Bytes((types.size() + 7) / 8);
  NoStrings none;
  for (size_t f = 0; f < types.size() && !in.failed(); ++f) {
    if (((static_cast<uint8_t>(nulls[f >> 3]) >> (f & 7)) & 1) != 0) continue;
    DecodeField(types[f], in, {layout_, nullptr, -1}, none);
  }
  if (in.failed()) return Status::Corruption("a saved row is malformed");
  return value.size() - in.rest().size();
}

Result<int64_t> RowCodec::WrittenAt(std::string_view value) const {
  ByteReader in(value);
  const auto found = versions_.find(in.Varint());
  if (found == versions_.end()) return Status::Corruption("a saved row has an unknown schema");
  const Version& version = found->second;
  if (!timed_ || version.targets.empty() ||
      version.targets.back() != static_cast<int>(layout_.field_count())) {
    return 0;
  }
  const std::string_view nulls = in.Bytes((version.types.size() + 7) / 8);
  NoStrings none;
  for (size_t f = 0; f + 1 < version.types.size() && !in.failed(); ++f) {
    if (((static_cast<uint8_t>(nulls[f >> 3]) >> (f & 7)) & 1) != 0) continue;
    DecodeField(version.types[f], in, {layout_, nullptr, -1}, none);
  }
  const int64_t written = UnZigZag(in.Varint());
  if (in.failed()) return Status::Corruption("a saved row is malformed");
  return written;
}

}  // namespace weir::state
