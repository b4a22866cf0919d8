// Who somebody is whose statements and requests are executed, and what such a person may do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace weir::shell {

// What is asked for, and what somebody has. Each may do what those before it may. Nobody has
// kAnybody, which asks for no login.
enum class Role : uint8_t { kAnybody, kReader, kOperator, kAdmin };
std::string_view RoleName(Role role);  // "operator"; lives forever
// "reader", "operator" or "admin", in small letters; nothing for other words.
std::optional<Role> RoleNamed(std::string_view name);

// Of whom a session is. A plain value.
struct Principal {
  std::string name;  // of the user; "": who opened the engine
  Role role = Role::kAdmin;
  bool remote = false;  // came by the network, and not by the socket of the data directory
};

// E6003: what is asked for is for those with another role.
Status RoleMissing(const Principal& who, Role needed);

}  // namespace weir::shell
