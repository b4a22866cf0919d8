// A failure as Flink's command line reads it: it takes a Java object, serialized, in base64.
#pragma once

#include <string>
#include <string_view>

namespace weir::shell {

// An org.apache.flink.util.SerializedThrowable with this text as its message and its stack trace,
// in the format of Java's Object Serialization Stream Protocol, version 5. Of a text beyond 32 KiB
// the beginning.
std::string SerializedThrowable(std::string_view text);

}  // namespace weir::shell
