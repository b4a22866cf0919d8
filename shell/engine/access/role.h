// Whose statements and requests are executed, and what that user may do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace weir::shell {

// A role that is required, or that a user has. Each role includes those before it. No user has
// kAnybody, which requires no login.
enum class Role : uint8_t { kAnybody, kReader, kOperator, kAdmin };
std::string_view RoleName(Role role);  // "operator"; lives forever
// "reader", "operator" or "admin", in small letters; nothing for other words.
std::optional<Role> RoleNamed(std::string_view name);

// The user of a session. A plain value.
struct Principal {
  std::string name;  // of the user; "": who opened the engine
  Role role = Role::kAdmin;
  bool remote = false;  // came by the network, and not by the socket of the data directory
};

// The error for a user without the role that is needed: E6003.
Status RoleMissing(const Principal& who, Role needed);

}  // namespace weir::shell
