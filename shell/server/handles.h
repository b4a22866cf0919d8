// The handles by which clients of HiveServer2's protocol name sessions and statements.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/base/status.h"
#include "shell/rpc/TCLIService.h"

namespace weir::shell {

// Sixteen bytes of id, which is the size that clients expect, and as a secret sixteen more that
// cannot be guessed.
rpc::hive::THandleIdentifier NewIdentifier();
// The key of a handle in maps: its id with its secret, so that nobody finds it by the id alone.
std::string KeyOf(const rpc::hive::THandleIdentifier& id);
// The error for a handle that is not known, or not any more.
Status UnknownHandle();
// 2001 for E2001; 0 for an error without an id.
int32_t ErrorNumber(const Status& status);

}  // namespace weir::shell
