#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <type_traits>

#include "runtime/base/names.h"
#include "shell/statement_executor.h"

namespace weir::shell {
namespace {

// Statements that have no meaning in this engine, with the reason.
struct Senseless {
  std::string_view words;
  std::string_view reason;
};
constexpr Senseless kSenseless[] = {
    {"ADD JAR", "everything is linked into weir, there are no jars"},
    {"REMOVE JAR", "everything is linked into weir, there are no jars"},
    {"LOAD MODULE", "everything is linked into weir, there are no modules"},
    {"UNLOAD MODULE", "everything is linked into weir, there are no modules"},
    {"USE MODULES", "everything is linked into weir, there are no modules"},
};

}  // namespace

std::string LeadingWords(std::string_view text, SourceSpan span) {
  std::string words;
  int count = 0;
  const std::string_view own = text.substr(span.begin, span.end - span.begin);
  for (size_t i = 0; i < own.size() && count < 2;) {
    const size_t start = own.find_first_not_of(" \t\r\n", i);
    if (start == std::string_view::npos) break;
    size_t end = start;
    while (end < own.size() &&
           (std::isalpha(static_cast<unsigned char>(own[end])) != 0 || own[end] == '_'))
      ++end;
    if (end == start) break;
    words += (count++ > 0 ? " " : "") + ToUpper(own.substr(start, end - start));
    if (words == "UPDATE" || words == "CALL") break;  // a name follows
    i = end;
  }
  return words;
}

Status NotSupportedYet(std::string_view construct, SourceSpan span) {
  return Status::Unsupported(fmt::format("{} is not supported yet", construct)).WithSpan(span);
}

Answer Say(std::string message) {
  Answer answer;
  answer.message = std::move(message);
  return answer;
}

template <typename T>
Result<Answer> StatementExecutor::Run(const T&, SourceSpan span) {
  const std::string words = LeadingWords(text_, span);
  for (const Senseless& row : kSenseless) {
    if (row.words == words) {
      return Status::Unsupported(fmt::format("{} does nothing here: {}", words, row.reason))
          .WithSpan(span);
    }
  }
  return NotSupportedYet(words, span);
}

Result<Answer> StatementExecutor::Execute(const ast::Statement& statement) {
  const auto* restore = statement.As<ast::RestoreJob>();
  plans_own_text_ = restore == nullptr || restore->statement;
  // Between BEGIN STATEMENT SET and END only INSERTs make sense.
  const bool collects =
      statement.As<ast::Insert>() != nullptr || statement.As<ast::EndStatementSet>() != nullptr;
  if (engine_.open_set_ && !collects) {
    return Status::InvalidSql("only INSERT is allowed in a statement set")
        .WithId("E2015")
        .WithHint("END; closes the statement set")
        .WithSpan(statement.span);
  }
  return std::visit([&](const auto& node) { return Run(node, statement.span); }, statement.node);
}

Result<Answer> Engine::Execute(const ast::Statement& statement, std::string_view text,
                               QueryView& view) {
  return StatementExecutor(*this, text, view).Execute(statement);
}

}  // namespace weir::shell
