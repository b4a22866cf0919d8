// SET, RESET, HELP, QUIT, CLEAR, SOURCE, and ADD JAR and LOAD MODULE, which do nothing.
#include <fmt/format.h>

#include "conf/flink_options.h"
#include "runtime/base/names.h"
#include "runtime/graph/secret_text.h"
#include "shell/engine/statements/help_text.h"
#include "shell/engine/statements/statement_executor.h"

namespace weir::shell {

Result<Answer> StatementExecutor::Run(const ast::Set& statement, SourceSpan) {
  if (!statement.key) {
    Answer answer;
    answer.table = TextTable({"key", "value"});
    for (const auto& [key, value] : session_.settings().given_values())
      answer.table->AddTextRow({key, graph::ShownValue(key, value)});
    return answer;
  }
  if (!statement.value) {
    if (const conf::FlinkOption* option = conf::FindFlinkOption(statement.key->text);
        option != nullptr && conf::FindOption(statement.key->text) == nullptr)
      return Say(conf::FlinkOptionText(*option, statement.key->text));
    if (!conf::KnowsOption(statement.key->text)) {
      return conf::CheckOption(statement.key->text, "").status().WithSpan(statement.key->span);
    }
    Answer answer;
    answer.table = TextTable({"key", "value"});
    const std::string& key = statement.key->text;
    answer.table->AddTextRow({key, graph::ShownValue(key, session_.settings().Get(key))});
    return answer;
  }
  const bool known = conf::KnowsOption(statement.key->text);
  RETURN_IF_ERROR(session_.CheckMaySet(statement.key->text).WithSpan(statement.key->span));
  RETURN_IF_ERROR(session_.CheckOptionPaths(statement.key->text, statement.value->text)
                      .WithSpan(statement.value->span));
  RETURN_IF_ERROR(session_.settings()
                      .Set(statement.key->text,
                           session_.OptionValue(statement.key->text, statement.value->text))
                      .WithSpan(known ? statement.value->span : statement.key->span));
  session_.ApplyOptions();
  Answer answer = Say("Set.");
  AddNotice(session_.settings().TakeWithoutEffect(), answer);
  return answer;
}

Result<Answer> StatementExecutor::Run(const ast::Reset& statement, SourceSpan) {
  if (!statement.key) {
    session_.settings().ResetAll();
    session_.ApplyOptions();
    return Say("All options are reset.");
  }
  RETURN_IF_ERROR(session_.CheckMaySet(statement.key->text).WithSpan(statement.key->span));
  RETURN_IF_ERROR(session_.settings().Reset(statement.key->text).WithSpan(statement.key->span));
  session_.ApplyOptions();
  return Say("Reset.");
}

Result<Answer> StatementExecutor::Run(const ast::Help& statement, SourceSpan span) {
  Answer answer;
  std::optional<std::string> text = HelpText(statement.topic);
  if (!text) {
    const std::string near = DidYouMean(statement.topic, HelpTopics());
    return Status::InvalidSql(fmt::format("there is no help on \"{}\"", statement.topic))
        .WithId("E2015")
        .WithHint(near.empty() ? "HELP lists the statements" : near)
        .WithSpan(span);
  }
  answer.text = std::move(*text);
  return answer;
}

Result<Answer> StatementExecutor::Run(const ast::Quit&, SourceSpan) {
  Answer answer;
  answer.quit = true;
  return answer;
}

Result<Answer> StatementExecutor::Run(const ast::Clear&, SourceSpan) {
  Answer answer;
  answer.clear = true;
  return answer;
}

Result<Answer> StatementExecutor::Run(const ast::Jar& statement, SourceSpan) {
  Answer answer;
  answer.notices.push_back(
      fmt::format("NOTICE: {} JAR '{}' has no effect here: connectors, formats and functions are "
                  "built in",
                  statement.remove ? "REMOVE" : "ADD", statement.path.text));
  return answer;
}

// Flink's documents load the module "state" before they call savepoint_metadata (FLIP-512). Other
// modules would bring functions that do not exist here.
Result<Answer> StatementExecutor::Run(const ast::LoadModule& statement, SourceSpan span) {
  const bool built_in = EqualsIgnoreCase(statement.module.text, "state");
  if (!built_in) return Refuse(span);
  Answer answer;
  answer.notices.push_back(
      "NOTICE: LOAD MODULE state has no effect here: savepoint_metadata is built in");
  return answer;
}

Result<Answer> StatementExecutor::Run(const ast::Source& statement, SourceSpan) {
  Answer answer;
  std::string path = TRY(PathOf(statement.file.text, statement.file.span));
  RETURN_IF_ERROR(session_.CheckPath(PathUse::kTable, path).WithSpan(statement.file.span));
  answer.source_file = std::move(path);
  return answer;
}

}  // namespace weir::shell
