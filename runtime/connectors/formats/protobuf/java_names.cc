#include "runtime/connectors/formats/protobuf/java_names.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include "runtime/base/names.h"

namespace weir::connectors::protobuf {
namespace {

// As protoc's generator for Java: what follows anything but a letter begins a word.
std::string InCamelCase(std::string_view text) {
  std::string name;
  bool begins_word = true;
  for (const char c : text) {
    const bool lower = c >= 'a' && c <= 'z';
    const bool upper = c >= 'A' && c <= 'Z';
    const bool digit = c >= '0' && c <= '9';
    if (lower || upper || digit)
      name += begins_word && lower ? static_cast<char>(c - 'a' + 'A') : c;
    begins_word = !lower && !upper;
  }
  return name;
}

bool IsClassWithin(const google::protobuf::Descriptor& message, std::string_view name) {
  if (EqualsIgnoreCase(message.name(), name)) return true;
  for (int i = 0; i < message.nested_type_count(); ++i) {
    if (IsClassWithin(*message.nested_type(i), name)) return true;
  }
  for (int i = 0; i < message.enum_type_count(); ++i) {
    if (EqualsIgnoreCase(message.enum_type(i)->name(), name)) return true;
  }
  return false;
}

bool IsClassOf(const google::protobuf::FileDescriptor& file, std::string_view name) {
  for (int i = 0; i < file.message_type_count(); ++i) {
    if (IsClassWithin(*file.message_type(i), name)) return true;
  }
  for (int i = 0; i < file.enum_type_count(); ++i) {
    if (EqualsIgnoreCase(file.enum_type(i)->name(), name)) return true;
  }
  for (int i = 0; i < file.service_count(); ++i) {
    if (EqualsIgnoreCase(file.service(i)->name(), name)) return true;
  }
  return false;
}

}  // namespace

std::string OuterClassOf(const google::protobuf::FileDescriptor& file) {
  if (!file.options().java_outer_classname().empty()) return file.options().java_outer_classname();
  std::string_view base = file.name();
  base.remove_prefix(base.rfind('/') + 1);  // npos + 1 is 0
  std::string name = InCamelCase(base.substr(0, base.rfind('.')));
  return IsClassOf(file, name) ? name + "OuterClass" : name;
}

std::string JavaClassOf(const google::protobuf::Descriptor& message) {
  if (message.containing_type() != nullptr)
    return JavaClassOf(*message.containing_type()) + "$" + message.name();
  const google::protobuf::FileDescriptor& file = *message.file();
  const google::protobuf::FileOptions& options = file.options();
  std::string name = options.has_java_package() ? options.java_package() : file.package();
  if (!name.empty()) name += ".";
  if (!options.java_multiple_files()) name += OuterClassOf(file) + "$";
  return name + message.name();
}

}  // namespace weir::connectors::protobuf
