// The type of the messages of a table, as a descriptor file declares it: what `protoc
// --include_imports --descriptor_set_out` writes. It has the place of the Java class that Flink
// takes from its classpath.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace google::protobuf {
class Descriptor;
class DescriptorPool;
class DynamicMessageFactory;
class Message;
}  // namespace google::protobuf

namespace weir::connectors::protobuf {

// A type of message, with all the types that it refers to. Immutable and thread-safe.
class MessageType {
 public:
  // `bytes` are those of a FileDescriptorSet. `name` is the full name of a message in it,
  // "com.example.Order.Line", or that of its class in Java, "com.example.OrderProto$Order$Line".
  // kDataError where the bytes are no such set, lack an import or contradict themselves;
  // kNotFound, with a hint, where there is no such message.
  static Result<std::shared_ptr<const MessageType>> Parse(std::string_view bytes,
                                                          std::string_view name);
  // The same from a file of at most 64 MiB. kDataError also where it cannot be read.
  static Result<std::shared_ptr<const MessageType>> Load(const std::string& path,
                                                         std::string_view name);
  ~MessageType();

  const google::protobuf::Descriptor& descriptor() const { return *descriptor_; }
  const std::string& name() const;
  // Whether it, or a message within, has fields that must be set (`required` of proto2).
  bool has_required() const { return has_required_; }
  // An empty message, which must not outlive the type.
  std::unique_ptr<google::protobuf::Message> NewMessage() const;

 private:
  MessageType();

  std::unique_ptr<google::protobuf::DescriptorPool> pool_;
  std::unique_ptr<google::protobuf::DynamicMessageFactory> factory_;  // goes before the pool
  const google::protobuf::Descriptor* descriptor_ = nullptr;
  const google::protobuf::Message* prototype_ = nullptr;  // the factory's
  bool has_required_ = false;
};

}  // namespace weir::connectors::protobuf
