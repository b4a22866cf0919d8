#include "runtime/connectors/formats/protobuf/unread_fields.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/wire_format_lite.h>

#include "runtime/base/valid_utf8.h"

namespace weir::connectors::protobuf {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::internal::WireFormatLite;

bool SkipMessage(const Descriptor& type, WireBytes bytes, int depth) {
  if (depth > kDeepestPlain) return false;
  while (!bytes.empty()) {
    uint32_t tag = 0;
    if (!bytes.Tag(tag) || !SkipField(type, tag, bytes, depth)) return false;
  }
  return true;
}

bool SkipPacked(uint32_t wire, WireBytes items) {
  while (!items.empty()) {
    if (!items.Skip(wire)) return false;
  }
  return true;
}

}  // namespace

bool SkipField(const Descriptor& type, uint32_t tag, WireBytes& bytes, int depth) {
  const uint32_t wire = tag & 7;
  const auto number = static_cast<int>(tag >> 3);
  const FieldDescriptor* const field = type.FindFieldByNumber(number);
  if (field == nullptr) return !type.IsExtensionNumber(number) && bytes.Skip(wire);
  if (wire != kWireBytes) return bytes.Skip(wire);
  std::string_view value;
  if (!bytes.Sized(value)) return false;
  if (field->type() == FieldDescriptor::TYPE_MESSAGE)
    return SkipMessage(*field->message_type(), WireBytes(value), depth + 1);
  if (field->type() == FieldDescriptor::TYPE_STRING) {
    const bool checked = field->file()->syntax() == FileDescriptor::SYNTAX_PROTO3;
    return !checked || IsUtf8(value);
  }
  if (!field->is_packable()) return true;
  const auto of_items =
      WireFormatLite::WireTypeForFieldType(static_cast<WireFormatLite::FieldType>(field->type()));
  return SkipPacked(static_cast<uint32_t>(of_items), WireBytes(value));
}

}  // namespace weir::connectors::protobuf
