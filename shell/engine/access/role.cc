#include "shell/engine/access/role.h"

#include <fmt/format.h>

namespace weir::shell {

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kAnybody:
      return "anybody";
    case Role::kReader:
      return "reader";
    case Role::kOperator:
      return "operator";
    case Role::kAdmin:
      return "admin";
  }
  return "";
}

Status RoleMissing(const Principal& who, Role needed) {
  const auto with_article = [](Role role) {
    return fmt::format("{} {}", role == Role::kReader ? "a" : "an", RoleName(role));
  };
  return Status::InvalidArgument(fmt::format("{} is {}, and this is for {}", who.name,
                                             with_article(who.role), with_article(needed)))
      .WithId("E6003");
}

std::optional<Role> RoleNamed(std::string_view name) {
  for (const Role role : {Role::kReader, Role::kOperator, Role::kAdmin}) {
    if (RoleName(role) == name) return role;
  }
  return std::nullopt;
}

}  // namespace weir::shell
