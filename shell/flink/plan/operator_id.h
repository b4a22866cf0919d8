// Flink's id of an operator, by which a savepoint keeps its state.
#pragma once

#include <string>
#include <string_view>

namespace weir::shell::flink {

// 32 hexadecimal digits: the 128 bits that MurmurHash3 (x64, seed 0) makes of an operator's uid
// (Flink: StreamGraphHasherV2).
std::string OperatorId(std::string_view uid);

// The uid that Flink gives the operator of a plan's node that keeps its state: "17_group-aggregate"
// (table.exec.uid.format, as it is by default).
std::string OperatorUid(int id, std::string_view type);

}  // namespace weir::shell::flink
