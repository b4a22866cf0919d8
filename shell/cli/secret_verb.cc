#include "shell/cli/secret_verb.h"

#include <fmt/format.h>

#include "runtime/graph/secret_reference.h"
#include "shell/cli/hidden_input.h"
#include "shell/cli/session_setup.h"
#include "shell/engine/jobs/secrets.h"
#include "shell/engine/text/quantity.h"
#include "shell/output/render.h"
#include "shell/output/streams.h"

namespace weir::shell {
namespace {

Status List(const CommandLine& line, const Secrets& secrets) {
  const ScriptOptions output = TRY(OutputOptions(line));
  ResultTable table = TextTable({"name", "changed"});
  for (const Secrets::Named& secret : TRY(secrets.List()))
    table.AddTextRow({secret.name, TimeText(secret.changed_millis)});
  return WriteOut(stdout, Render(table, output.render));
}

Status Set(const CommandLine& line, const Secrets& secrets, const std::string& name) {
  const std::string value =
      TRY(AsksTerminal() ? AskTwice(fmt::format("Value of {}", name), kMostSecretBytes)
                         : ReadInput(kMostSecretBytes));
  RETURN_IF_ERROR(secrets.Set(name, value));
  Say(line, fmt::format("'${{secret:{}}}' stands for it in options of tables, from the next start "
                        "of a job on.",
                        name));
  return {};
}

}  // namespace

Status RunSecretVerb(const CommandLine& line) {
  const Secrets secrets(line.Value(OptionId::kDataDir));
  const std::vector<std::string> arguments = line.Arguments();
  const std::string& action = arguments.front();
  if (action == "list" && arguments.size() == 1) return List(line, secrets);
  if (action == "list" || arguments.size() != 2)
    return Status::InvalidArgument(action == "list" ? "weir secret list takes no NAME"
                                                    : "NAME is missing")
        .WithHint("weir secret --help says what there is");
  const std::string& name = arguments.back();
  RETURN_IF_ERROR(graph::CheckSecretName(name));
  if (action == "set") return Set(line, secrets, name);
  RETURN_IF_ERROR(secrets.Drop(name));
  Say(line, fmt::format("{} is gone; tables that refer to it cannot be used any more.", name));
  return {};
}

}  // namespace weir::shell
