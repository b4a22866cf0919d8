// Hot: bench/formats.cc.
#include "runtime/connectors/formats/protobuf/plain_messages.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <bit>
#include <string>

#include "runtime/base/check.h"
#include "runtime/base/valid_utf8.h"
#include "runtime/connectors/formats/protobuf/unread_fields.h"
#include "runtime/connectors/formats/protobuf/wire_bytes.h"

namespace weir::connectors::protobuf {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;

constexpr uint32_t kNoPart = ~uint32_t{0};
constexpr uint32_t kSmallNumbers = 256;  // fields whose numbers are below are found by a table

// Small negative numbers are short on the wire: 0, 1, 2, 3, … are 0, -1, 1, -2, ….
template <typename T>
T FromZigzag(T bits) {
  return static_cast<T>((bits >> 1) ^ (~(bits & 1) + 1));
}

// What a field without presence is that is not set.
void AppendZero(const MessageField& field, ColumnBuilder& out) {
  switch (field.kind) {
    case FieldKind::kBoolean:
      return out.Append(uint8_t{0});
    case FieldKind::kInt:
    case FieldKind::kUnsignedInt:
      return out.Append(int32_t{0});
    case FieldKind::kBigInt:
    case FieldKind::kUnsignedLong:
      return out.Append(int64_t{0});
    case FieldKind::kFloat:
      return out.Append(float{0});
    case FieldKind::kDouble:
      return out.Append(double{0});
    case FieldKind::kText:
    case FieldKind::kBytes:
      return out.AppendString("");
    case FieldKind::kEnumName:
      return out.AppendString(field.field->default_value_enum()->name());
    case FieldKind::kEnumNumber:
      return out.Append(int32_t{field.field->default_value_enum()->number()});
    case FieldKind::kRow:
      break;
  }
  WEIR_UNREACHABLE();
}

}  // namespace

PlainMessages::PlainMessages(const Descriptor& type, const std::vector<MessageField>& fields) {
  AddLevel(type, fields, false);
}

// The root is level 0.
size_t PlainMessages::AddLevel(const Descriptor& type, const std::vector<MessageField>& fields,
                               bool of_entries) {
  const size_t made = levels_.size();
  levels_.push_back({.type = &type});
  std::vector<Part> parts;
  std::vector<uint32_t> by_number;
  for (const MessageField& field : fields) {
    Part part{.field = &field, .number = static_cast<uint32_t>(field.field->number())};
    part.wire = static_cast<uint32_t>(WireFormatLite::WireTypeForFieldType(
        static_cast<WireFormatLite::FieldType>(field.field->type())));
    part.packable = field.field->is_packable();
    part.of_entry = of_entries;
    if (field.repetition == Repetition::kMap || field.kind == FieldKind::kRow) {
      part.level =
          AddLevel(*field.field->message_type(), field.parts, field.repetition == Repetition::kMap);
    }
    if (part.number < kSmallNumbers) {
      by_number.resize(std::max<size_t>(by_number.size(), part.number + 1), kNoPart);
      by_number[part.number] = static_cast<uint32_t>(parts.size());
    }
    parts.push_back(std::move(part));
  }
  levels_[made].parts = std::move(parts);
  levels_[made].by_number = std::move(by_number);
  levels_[made].oneofs.resize(static_cast<size_t>(type.real_oneof_decl_count()));
  return made;
}

PlainMessages::Part* PlainMessages::FindPart(Level& level, uint32_t number) {
  if (number < kSmallNumbers) {
    const uint32_t part = number < level.by_number.size() ? level.by_number[number] : kNoPart;
    return part == kNoPart ? nullptr : &level.parts[part];
  }
  const auto found = std::ranges::find(level.parts, number, &Part::number);
  return found == level.parts.end() ? nullptr : &*found;
}

// Whether the field is in no oneof, or in one without a value so far.
bool PlainMessages::IsFirstOfOneof(Level& level, uint32_t number) {
  if (level.oneofs.empty()) return true;
  const FieldDescriptor* const field = level.type->FindFieldByNumber(static_cast<int>(number));
  if (field == nullptr || field->real_containing_oneof() == nullptr) return true;
  const auto oneof = static_cast<size_t>(field->real_containing_oneof()->index());
  if (level.oneofs[oneof]) return false;
  level.oneofs[oneof] = true;
  return true;
}

bool PlainMessages::Append(std::string_view bytes, std::vector<ColumnBuilder>& columns,
                           uint64_t most_values) {
  values_ = 0;
  most_values_ = most_values;
  return ReadLevel(0, WireBytes(bytes), 0,
                   [&](size_t part) -> ColumnBuilder& { return columns[part]; });
}

template <typename ColumnOf>
bool PlainMessages::ReadLevel(size_t number, WireBytes bytes, int depth,
                              const ColumnOf& column_of) {
  Level& level = levels_[number];
  if (depth > kDeepestPlain) return false;
  for (Part& part : level.parts) part.seen = 0;
  std::fill(level.oneofs.begin(), level.oneofs.end(), false);
  while (!bytes.empty()) {
    uint32_t tag = 0;
    if (!bytes.Tag(tag) || !IsFirstOfOneof(level, tag >> 3)) return false;
    Part* const part = FindPart(level, tag >> 3);
    if (part == nullptr) {
      if (!SkipField(*level.type, tag, bytes, depth)) return false;
      continue;
    }
    const auto column = static_cast<size_t>(part - level.parts.data());
    if (!ReadPart(*part, tag & 7, bytes, depth, column_of(column))) return false;
  }
  for (size_t i = 0; i < level.parts.size(); ++i) {
    if (!Close(level.parts[i], column_of(i))) return false;
  }
  return values_ <= most_values_;
}

bool PlainMessages::ReadPart(Part& part, uint32_t wire, WireBytes& bytes, int depth,
                             ColumnBuilder& out) {
  const MessageField& field = *part.field;
  if (field.repetition == Repetition::kSingle)
    return wire == part.wire && part.seen++ == 0 && ReadValue(part, bytes, depth, out);
  std::string_view inner;
  if (field.repetition == Repetition::kMap)
    return wire == kWireBytes && bytes.Sized(inner) &&
           ReadEntry(part, WireBytes(inner), depth, out);
  if (part.packable && wire == kWireBytes)
    return bytes.Sized(inner) && ReadPacked(part, WireBytes(inner), out.child(0));
  ++part.seen;
  return wire == part.wire && ReadValue(part, bytes, depth, out.child(0));
}

bool PlainMessages::ReadPacked(Part& part, WireBytes items, ColumnBuilder& out) {
  for (; !items.empty(); ++part.seen) {
    if (!ReadNumber(part, items, out)) return false;
  }
  return true;
}

bool PlainMessages::ReadEntry(Part& map, WireBytes entry, int depth, ColumnBuilder& out) {
  Part& key = levels_[map.level].parts[0];
  key.value = {};  // stays so where the entry has none
  if (!ReadLevel(map.level, entry, depth + 1,
                 [&](size_t part) -> ColumnBuilder& { return out.child(part); }))
    return false;
  if (map.seen++ == 0) map.keys.clear();
  map.keys.push_back(key.value);
  return true;
}

bool PlainMessages::ReadValue(Part& part, WireBytes& bytes, int depth, ColumnBuilder& out) {
  const FieldKind kind = part.field->kind;
  if (kind == FieldKind::kText || kind == FieldKind::kBytes) {
    std::string_view text;
    if (!bytes.Sized(text) || (kind == FieldKind::kText && !IsUtf8(text))) return false;
    if (part.of_entry) part.value.second = text;
    ++values_;
    out.AppendString(text);
    return true;
  }
  if (kind != FieldKind::kRow) return ReadNumber(part, bytes, out);
  std::string_view row;
  if (part.wire != kWireBytes || !bytes.Sized(row)) return false;  // else a group
  if (!ReadLevel(part.level, WireBytes(row), depth + 1,
                 [&](size_t field) -> ColumnBuilder& { return out.child(field); }))
    return false;
  ++values_;
  out.AppendRow();
  return true;
}

bool PlainMessages::ReadNumber(Part& part, WireBytes& bytes, ColumnBuilder& out) {
  uint64_t bits = 0;
  uint32_t half = 0;
  const bool read = part.wire == kWireVarint    ? bytes.Varint(bits)
                    : part.wire == kWireFixed64 ? bytes.Fixed(bits)
                                                : bytes.Fixed(half);
  if (!read) return false;
  ++values_;
  const auto append = [&](auto value) {
    if (part.of_entry) part.value.first = static_cast<uint64_t>(value);
    out.Append(value);
    return true;
  };
  switch (part.field->field->type()) {
    case FieldDescriptor::TYPE_BOOL:
      return append(static_cast<uint8_t>(bits != 0 ? 1 : 0));
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_UINT32:
      return append(static_cast<int32_t>(bits));
    case FieldDescriptor::TYPE_SINT32:
      return append(static_cast<int32_t>(FromZigzag(static_cast<uint32_t>(bits))));
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_SFIXED32:
      return append(static_cast<int32_t>(half));
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64:
      return append(static_cast<int64_t>(bits));
    case FieldDescriptor::TYPE_SINT64:
      return append(static_cast<int64_t>(FromZigzag(bits)));
    case FieldDescriptor::TYPE_FLOAT:
      out.Append(std::bit_cast<float>(half));
      return true;
    case FieldDescriptor::TYPE_DOUBLE:
      out.Append(std::bit_cast<double>(bits));
      return true;
    default:
      break;
  }
  const EnumValueDescriptor* const value =
      part.field->field->enum_type()->FindValueByNumber(static_cast<int>(bits));
  if (value == nullptr) return false;
  part.field->kind == FieldKind::kEnumName ? out.AppendString(value->name())
                                           : out.Append(int32_t{value->number()});
  return true;
}

// Appends what a field is that the message lacks, and ends an array or a map.
bool PlainMessages::Close(Part& part, ColumnBuilder& out) {
  const MessageField& field = *part.field;
  const bool absent = part.seen == 0;
  if (absent) ++values_;
  if (field.repetition == Repetition::kSingle) {
    if (!absent) return true;
    if (field.kind == FieldKind::kRow && part.of_entry) return false;
    if (part.of_entry || !field.has_presence) {
      AppendZero(field, out);
    } else if (field.nullable) {
      out.AppendNull();
    }
    return part.of_entry || !field.has_presence || field.nullable;
  }
  if (absent && field.nullable) {
    out.AppendNull();
    return true;
  }
  if (field.repetition == Repetition::kMap && part.seen > 1) {
    std::ranges::sort(part.keys);
    if (std::ranges::adjacent_find(part.keys) != part.keys.end()) return false;
  }
  out.AppendList();
  return true;
}

}  // namespace weir::connectors::protobuf
