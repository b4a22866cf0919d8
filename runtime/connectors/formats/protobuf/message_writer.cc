// Hot: bench/formats.cc.
#include "runtime/connectors/formats/protobuf/message_writer.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "runtime/base/bytes.h"
#include "runtime/base/check.h"
#include "runtime/connectors/formats/protobuf/wire_bytes.h"

namespace weir::connectors::protobuf {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::internal::WireFormatLite;

constexpr size_t kNoColumn = ~size_t{0};

Status UnwritableValue(std::string message) {
  return Status::DataError(std::move(message)).WithId("E3001");
}

Status NoEnumValue(const EnumDescriptor& type, std::string_view value) {
  return UnwritableValue(fmt::format("the enum {} has no value {}", type.full_name(), value));
}

Status RequiredIsNull(std::string_view field) {
  return UnwritableValue(fmt::format("{} is required, and NULL", field));
}

void AppendTag(std::string& out, const FieldDescriptor& field, uint32_t wire) {
  AppendVarint(out, static_cast<uint64_t>(field.number()) << 3 | wire);
}

void AppendBits(std::string& out, uint32_t wire, uint64_t bits) {
  switch (wire) {
    case kWireFixed64:
      AppendLittle(out, bits);
      break;
    case kWireFixed32:
      AppendLittle(out, static_cast<uint32_t>(bits));
      break;
    default:
      AppendVarint(out, bits);
  }
}

// Puts the length in front of what was appended from `begin` on, where a byte was left for it.
void SetLength(std::string& out, size_t begin) {
  const size_t size = out.size() - begin - 1;
  constexpr size_t kOneByte = 128;
  if (size < kOneByte) {
    out[begin] = static_cast<char>(size);
    return;
  }
  std::string length;
  AppendVarint(length, size);
  out.replace(begin, 1, length);
}

// Flink writes the first value of the enum for one that it lacks. Here that is an error, as it is
// in the other formats: no value becomes another one unseen.
Result<uint64_t> BitsOfEnum(const MessageField& field, const Column& column, uint32_t row) {
  const EnumDescriptor& type = *field.field->enum_type();
  if (field.kind == FieldKind::kEnumName) {
    const std::string name(column.ValueAt<StringRef>(row).view());
    const EnumValueDescriptor* const value = type.FindValueByName(name);
    if (value == nullptr) return NoEnumValue(type, fmt::format("'{}'", name));
    return static_cast<uint64_t>(int64_t{value->number()});
  }
  const int32_t number = column.ValueAt<int32_t>(row);
  // Those of proto3 are open: a newer version of the type may have the number.
  const bool open = type.file()->syntax() == FileDescriptor::SYNTAX_PROTO3;
  if (!open && type.FindValueByNumber(number) == nullptr)
    return NoEnumValue(type, std::to_string(number));
  return static_cast<uint64_t>(int64_t{number});
}

// Of a number, or a BOOLEAN, as they are written behind its tag.
Result<uint64_t> BitsOf(const MessageField& field, const Column& column, uint32_t row) {
  const auto zigzag = [](int64_t value) {
    return static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
  };
  switch (field.field->type()) {
    case FieldDescriptor::TYPE_BOOL:
      return uint64_t{column.ValueAt<uint8_t>(row) != 0 ? 1U : 0U};
    case FieldDescriptor::TYPE_INT32:
      return static_cast<uint64_t>(int64_t{column.ValueAt<int32_t>(row)});
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_SFIXED32:
      return uint64_t{static_cast<uint32_t>(column.ValueAt<int32_t>(row))};
    case FieldDescriptor::TYPE_SINT32:
      return zigzag(column.ValueAt<int32_t>(row));
    case FieldDescriptor::TYPE_SINT64:
      return zigzag(column.ValueAt<int64_t>(row));
    case FieldDescriptor::TYPE_FLOAT:
      return uint64_t{std::bit_cast<uint32_t>(column.ValueAt<float>(row))};
    case FieldDescriptor::TYPE_DOUBLE:
      return std::bit_cast<uint64_t>(column.ValueAt<double>(row));
    case FieldDescriptor::TYPE_ENUM:
      return BitsOfEnum(field, column, row);
    default:
      return static_cast<uint64_t>(column.ValueAt<int64_t>(row));
  }
}

// The default that stands for a NULL within an array or a map.
uint64_t BitsOfDefault(const MessageField& field) {
  if (field.field->type() != FieldDescriptor::TYPE_ENUM) return 0;
  return static_cast<uint64_t>(int64_t{field.field->default_value_enum()->number()});
}

bool IsText(const MessageField& field) {
  return field.kind == FieldKind::kText || field.kind == FieldKind::kBytes;
}

}  // namespace

MessageWriter::MessageWriter(std::shared_ptr<const MessageType> type,
                             std::vector<MessageField> fields, std::string null_text)
    : type_(std::move(type)), fields_(std::move(fields)), null_text_(std::move(null_text)) {
  AddLevel(type_->descriptor(), fields_, false);
}

// The root is level 0.
size_t MessageWriter::AddLevel(const Descriptor& type, const std::vector<MessageField>& fields,
                               bool of_entries) {
  const size_t made = levels_.size();
  levels_.emplace_back();
  Level level;
  for (const MessageField& field : fields) {
    const FieldDescriptor& f = *field.field;
    const auto wire =
        WireFormatLite::WireTypeForFieldType(static_cast<WireFormatLite::FieldType>(f.type()));
    Part part{&field, level.parts.size(), static_cast<uint32_t>(wire), f.is_packed()};
    part.says_zero = of_entries || field.has_presence;
    part.required = f.is_required();
    if (f.real_containing_oneof() != nullptr) part.oneof = f.real_containing_oneof()->index();
    if (field.repetition == Repetition::kMap || field.kind == FieldKind::kRow)
      part.level = AddLevel(*f.message_type(), field.parts, field.repetition == Repetition::kMap);
    level.parts.push_back(part);
  }
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* const field = type.field(i);
    const auto of = [&](const Part& part) { return part.field->field == field; };
    if (field->is_required() && std::ranges::none_of(level.parts, of)) level.lacks = field->name();
  }
  std::ranges::sort(level.parts, {}, [](const Part& part) { return part.field->field->number(); });
  level.oneofs.resize(static_cast<size_t>(type.real_oneof_decl_count()));
  levels_[made] = std::move(level);
  return made;
}

Status MessageWriter::Append(const Batch& batch, uint32_t row, std::string& out) {
  const size_t begin = out.size();
  RETURN_IF_ERROR(WriteLevel(
      0, row, [&](size_t column) -> const Column& { return *batch.columns[column]; }, out));
  if (out.size() - begin <= static_cast<size_t>(std::numeric_limits<int32_t>::max())) return {};
  return UnwritableValue(fmt::format("a message {} would have more than 2 GiB", type_->name()));
}

template <typename ColumnOf>
Status MessageWriter::WriteLevel(size_t number, uint32_t row, const ColumnOf& column_of,
                                 std::string& out) {
  Level& level = levels_[number];
  if (!level.lacks.empty()) return RequiredIsNull(level.lacks);
  if (!level.oneofs.empty()) {
    std::ranges::fill(level.oneofs, kNoColumn);
    for (const Part& part : level.parts) {
      if (part.oneof < 0 || column_of(part.column).IsNull(row)) continue;
      size_t& written = level.oneofs[static_cast<size_t>(part.oneof)];
      if (written == kNoColumn || written < part.column) written = part.column;
    }
  }
  for (const Part& part : level.parts) {
    if (part.oneof >= 0 && level.oneofs[static_cast<size_t>(part.oneof)] != part.column) continue;
    Status status = WritePart(part, column_of(part.column), row, out);
    if (!status.ok()) [[unlikely]] {
      if (number != 0) return status;
      return std::move(status).WithContext(fmt::format("column \"{}\"", part.field->field->name()));
    }
  }
  return {};
}

Status MessageWriter::WritePart(const Part& part, const Column& column, uint32_t row,
                                std::string& out) {
  const MessageField& field = *part.field;
  if (column.IsNull(row)) return part.required ? RequiredIsNull(field.field->name()) : Status();
  if (field.repetition == Repetition::kMap) return WriteEntries(part, column, row, out);
  if (field.repetition == Repetition::kArray) return WriteItems(part, column, row, out);
  if (IsText(field)) {
    if (!part.says_zero && column.ValueAt<StringRef>(row).view().empty()) return {};
  } else if (field.kind != FieldKind::kRow) {
    const uint64_t bits = TRY(BitsOf(field, column, row));
    if (bits == 0 && !part.says_zero) return {};
    AppendTag(out, *field.field, part.wire);
    AppendBits(out, part.wire, bits);
    return {};
  }
  AppendTag(out, *field.field, part.wire);
  return WriteValue(part, column, row, out);
}

Status MessageWriter::WriteItems(const Part& part, const Column& column, uint32_t row,
                                 std::string& out) {
  const uint32_t at = column.is_constant() ? 0 : row;
  const uint32_t end = column.offsets()[at + 1];
  uint32_t item = column.offsets()[at];
  if (item == end) return {};
  const FieldDescriptor& field = *part.field->field;
  if (part.packed) AppendTag(out, field, kWireBytes);
  const size_t begin = out.size();
  if (part.packed) out += '\0';
  for (; item < end; ++item) {
    if (!part.packed) AppendTag(out, field, part.wire);
    RETURN_IF_ERROR(WriteValue(part, *column.children()[0], item, out));
  }
  if (part.packed) SetLength(out, begin);
  return {};
}

// Each has both its key and its value.
Status MessageWriter::WriteEntries(const Part& map, const Column& column, uint32_t row,
                                   std::string& out) {
  const uint32_t at = column.is_constant() ? 0 : row;
  const uint32_t end = column.offsets()[at + 1];
  for (uint32_t entry = column.offsets()[at]; entry < end; ++entry) {
    AppendTag(out, *map.field->field, kWireBytes);
    const size_t begin = out.size();
    out += '\0';
    for (const Part& part : levels_[map.level].parts) {
      AppendTag(out, *part.field->field, part.wire);
      RETURN_IF_ERROR(WriteValue(part, *column.children()[part.column], entry, out));
    }
    SetLength(out, begin);
  }
  return {};
}

// What stands behind the tag, also for a NULL within an array or a map.
Status MessageWriter::WriteValue(const Part& part, const Column& column, uint32_t row,
                                 std::string& out) {
  const MessageField& field = *part.field;
  const bool null = column.IsNull(row);
  if (field.kind == FieldKind::kRow) {
    if (!null) return WriteRow(part, column, row, out);
    out += '\0';  // no bytes
    return {};
  }
  if (!IsText(field)) {
    AppendBits(out, part.wire, null ? BitsOfDefault(field) : TRY(BitsOf(field, column, row)));
    return {};
  }
  const std::string_view none = field.kind == FieldKind::kText ? std::string_view(null_text_) : "";
  const std::string_view text = null ? none : column.ValueAt<StringRef>(row).view();
  AppendVarint(out, text.size());
  out += text;
  return {};
}

Status MessageWriter::WriteRow(const Part& part, const Column& column, uint32_t row,
                               std::string& out) {
  const uint32_t at = column.is_constant() ? 0 : row;
  const auto child = [&](size_t field) -> const Column& { return *column.children()[field]; };
  if (part.wire != kWireBytes) {  // a group: its end has a tag
    RETURN_IF_ERROR(WriteLevel(part.level, at, child, out));
    AppendTag(out, *part.field->field, part.wire + 1);
    return {};
  }
  const size_t begin = out.size();
  out += '\0';
  RETURN_IF_ERROR(WriteLevel(part.level, at, child, out));
  SetLength(out, begin);
  return {};
}

}  // namespace weir::connectors::protobuf
