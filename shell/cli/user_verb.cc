#include "shell/cli/user_verb.h"

#include <fmt/format.h>

#include <algorithm>

#include "shell/cli/hidden_input.h"
#include "shell/cli/login_setup.h"
#include "shell/cli/session_setup.h"
#include "shell/output/render.h"
#include "shell/output/streams.h"

namespace weir::shell {
namespace {

constexpr size_t kShortPassword = 8;

Result<std::string> ReadPassword(const std::string& user) {
  return AsksTerminal() ? AskTwice(fmt::format("Password of {}", user), kMostPasswordBytes)
                        : ReadInputLine(kMostPasswordBytes);
}

Status NoSuchUser(const std::string& name) {
  return Status::NotFound(fmt::format("there is no user {}", name)).WithHint("weir user list");
}

void WarnOfShort(const CommandLine& line, const std::string& password) {
  if (password.size() < kShortPassword)
    Say(line, "NOTICE: a password of fewer than 8 characters is soon guessed");
}

Status List(const CommandLine& line, const std::string& path) {
  const ScriptOptions output = TRY(OutputOptions(line));
  ResultTable table = TextTable({"name", "role"});
  for (const User& user : TRY(ReadUsers(path)))
    table.AddTextRow({user.name, std::string(RoleName(user.role))});
  return WriteOut(stdout, Render(table, output.render));
}

Status Add(const CommandLine& line, const std::string& path, const std::string& name) {
  const std::string said = line.Value(OptionId::kRole);
  const Role role = said.empty() ? Role::kReader : *RoleNamed(said);
  const auto is_free = [&](const Users& users) -> Status {
    if (FindUser(users, name) == nullptr) return {};
    return Status::InvalidArgument(fmt::format("there is a user {} already", name))
        .WithHint("weir user password gives it another password, and remove takes it away");
  };
  RETURN_IF_ERROR(is_free(TRY(ReadUsers(path))));
  const std::string password = TRY(ReadPassword(name));
  PasswordHash hash = TRY(HashPassword(password));
  RETURN_IF_ERROR(ChangeUsers(path, [&](Users& users) -> Status {
    RETURN_IF_ERROR(is_free(users));
    users.push_back({name, role, std::move(hash)});
    return {};
  }));
  WarnOfShort(line, password);
  Say(line, fmt::format("{} may log in now, as {}.", name, RoleName(role)));
  return {};
}

Status Remove(const CommandLine& line, const std::string& path, const std::string& name) {
  RETURN_IF_ERROR(ChangeUsers(path, [&](Users& users) -> Status {
    const size_t gone = std::erase_if(users, [&](const User& user) { return user.name == name; });
    return gone > 0 ? Status() : NoSuchUser(name);
  }));
  Say(line, fmt::format("{} may not log in any more.", name));
  return {};
}

Status ChangePassword(const CommandLine& line, const std::string& path, const std::string& name) {
  if (FindUser(TRY(ReadUsers(path)), name) == nullptr) return NoSuchUser(name);
  const std::string password = TRY(ReadPassword(name));
  PasswordHash hash = TRY(HashPassword(password));
  RETURN_IF_ERROR(ChangeUsers(path, [&](Users& users) -> Status {
    const auto found = std::ranges::find(users, name, &User::name);
    if (found == users.end()) return NoSuchUser(name);
    found->hash = std::move(hash);
    return {};
  }));
  WarnOfShort(line, password);
  Say(line, fmt::format("{} has another password.", name));
  return {};
}

}  // namespace

Status RunUserVerb(const CommandLine& line) {
  const conf::Settings settings = TRY(LoadSettings(line));
  const std::string path = UsersFileOf(settings, line.Value(OptionId::kDataDir));
  const std::vector<std::string> arguments = line.Arguments();
  const std::string& action = arguments.front();
  const bool adds = action == "add";
  if (line.Has(OptionId::kRole) && !adds)
    return Status::InvalidArgument("--role is about the user of weir user add");
  if (action == "list" && arguments.size() == 1) return List(line, path);
  if (action == "list" || arguments.size() != 2)
    return Status::InvalidArgument(action == "list" ? "weir user list takes no NAME"
                                                    : "NAME is missing")
        .WithHint("weir user --help says what there is");
  const std::string& name = arguments.back();
  RETURN_IF_ERROR(CheckUserName(name));
  if (adds) return Add(line, path, name);
  return action == "remove" ? Remove(line, path, name) : ChangePassword(line, path, name);
}

}  // namespace weir::shell
