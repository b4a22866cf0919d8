// The names that protoc gives to the classes of messages in Java, which Flink's option
// 'protobuf.message-class-name' has.
#pragma once

#include <string>

namespace google::protobuf {
class Descriptor;
class FileDescriptor;
}  // namespace google::protobuf

namespace weir::connectors::protobuf {

// The class of a message: "com.example.OrderProto$Order$Line" for Order.Line of a file order.proto
// with the option java_package = "com.example" and java_outer_classname = "OrderProto".
std::string JavaClassOf(const google::protobuf::Descriptor& message);

// The class around those of a file, without its package: java_outer_classname, else the file's name
// in camel case, with "OuterClass" behind it where the file declares something of that name.
std::string OuterClassOf(const google::protobuf::FileDescriptor& file);

}  // namespace weir::connectors::protobuf
