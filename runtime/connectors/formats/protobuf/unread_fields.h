// Fields that no column takes, which the library parses nevertheless.
#pragma once

#include <cstdint>

#include "runtime/connectors/formats/protobuf/wire_bytes.h"

namespace google::protobuf {
class Descriptor;
}

namespace weir::connectors::protobuf {

// Levels of messages that are passed over, or read, without the library.
inline constexpr int kDeepestPlain = 50;

// Passes over the value behind a tag in a message of `type`. False where the library would refuse
// it, and where it is a group, an extension, or deeper than kDeepestPlain: whoever reads a part of
// a message finds it as bad as who reads all.
bool SkipField(const google::protobuf::Descriptor& type, uint32_t tag, WireBytes& bytes, int depth);

}  // namespace weir::connectors::protobuf
