#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <type_traits>

#include "runtime/base/names.h"
#include "shell/engine/access/statement_roles.h"
#include "shell/engine/statements/change_executor.h"
#include "shell/engine/statements/materialized_tables.h"
#include "shell/engine/statements/statement_executor.h"

namespace weir::shell {
namespace {

// Statements that have no meaning in this engine, and why.
struct Meaningless {
  std::string_view words;
  std::string_view reason;
};
constexpr Meaningless kMeaningless[] = {
    {"LOAD MODULE", "everything is linked into weir, there are no modules"},
    {"UNLOAD MODULE", "everything is linked into weir, there are no modules"},
    {"USE MODULES", "everything is linked into weir, there are no modules"},
};

// Words that come before the one that names what a statement is about.
constexpr std::string_view kModifiers[] = {"OR",      "REPLACE",      "ALTER",  "TEMPORARY",
                                           "SYSTEM",  "MATERIALIZED", "CREATE", "AND",
                                           "EXECUTE", "USER",         "FULL",   "CURRENT"};

template <typename T, typename... Ts>
constexpr bool kIsOneOf = (std::is_same_v<T, Ts> || ...);

// Whether the statement is executed when only plans are asked for (StatementContext::plans).
template <typename T>
bool CountsInPlans(const T& node) {
  if constexpr (std::is_same_v<T, ast::Explain>)
    return node.statement->template As<ast::RestoreJob>() == nullptr;
  return !kIsOneOf<T, ast::StopJob, ast::DropJob, ast::SavepointJob, ast::DropSavepoint,
                   ast::CheckpointJob, ast::RestoreJob, ast::WaitForJob, ast::Show, ast::Describe,
                   ast::Analyze, ast::CompilePlan, ast::ExecutePlan, ast::Jar, ast::Help,
                   ast::Clear>;
}

// Skips blanks and comments.
void SkipToWord(std::string_view& text) {
  constexpr size_t kEnd = std::string_view::npos;
  for (size_t comment = 0; comment != kEnd;) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    comment = text.starts_with("--")   ? text.find('\n')
              : text.starts_with("/*") ? text.find("*/", 2) + 1
                                       : kEnd;
    if (comment != kEnd) text.remove_prefix(comment + 1);
  }
}

// Removes the first word of `text` and returns it in capitals; "" if there is none.
std::string TakeWord(std::string_view& text) {
  SkipToWord(text);
  size_t length = 0;
  while (length < text.size() &&
         (std::isalpha(static_cast<unsigned char>(text[length])) != 0 || text[length] == '_'))
    ++length;
  std::string word = ToUpper(text.substr(0, length));
  text.remove_prefix(length);
  return word;
}

}  // namespace

std::string LeadingWords(std::string_view text, SourceSpan span) {
  std::string_view rest = text.substr(span.begin, span.end - span.begin);
  std::string words = TakeWord(rest);
  if (words == "CALL") return words;  // a name follows
  for (bool more = true; more;) {
    const std::string word = TakeWord(rest);
    if (!word.empty()) words += " " + word;
    more = std::find(std::begin(kModifiers), std::end(kModifiers), word) != std::end(kModifiers);
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

void AddNotice(std::string notice, Answer& answer) {
  if (!notice.empty()) answer.notices.push_back(std::move(notice));
}

Status StatementExecutor::Refuse(SourceSpan span) const {
  const std::string words = LeadingWords(text_, span);
  for (const Meaningless& row : kMeaningless) {
    if (row.words == words) {
      return Status::Unsupported(fmt::format("{} does nothing here: {}", words, row.reason))
          .WithSpan(span);
    }
  }
  return NotSupportedYet(words, span);
}

template <typename T>
Result<Answer> StatementExecutor::Run(const T&, SourceSpan span) {
  return Refuse(span);
}

Result<Answer> StatementExecutor::Execute(const ast::Statement& statement) {
  session_.context().failed_job.reset();
  RETURN_IF_ERROR(CheckRole(session_.who(), statement));
  return ExecuteAllowed(statement);
}

Result<Answer> StatementExecutor::ExecuteAllowed(const ast::Statement& statement) {
  const auto* restore = statement.As<ast::RestoreJob>();
  plans_own_text_ = restore == nullptr || restore->statement;
  // Between BEGIN STATEMENT SET and END only INSERTs make sense.
  const bool collects =
      statement.As<ast::Insert>() != nullptr || statement.As<ast::EndStatementSet>() != nullptr;
  if (session_.context().open_set && !collects) {
    return Status::InvalidSql("only INSERT is allowed in a statement set")
        .WithId("E2015")
        .WithHint("END; closes the statement set")
        .WithSpan(statement.span);
  }
  return std::visit(
      [&](const auto& node) -> Result<Answer> {
        if (session_.context().plans && !CountsInPlans(node)) return Answer{};
        using Node = std::decay_t<decltype(node)>;
        if constexpr (kIsOneOf<Node, ast::Update, ast::Delete, ast::Truncate>)
          return ChangeExecutor(*this).Run(node);
        else if constexpr (kIsOneOf<Node, ast::CreateMaterializedTable>)
          return MaterializedTables(*this).Run(node, statement.span);
        else
          return Run(node, statement.span);
      },
      statement.node);
}

}  // namespace weir::shell
