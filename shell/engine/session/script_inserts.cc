#include "shell/engine/session/script_inserts.h"

#include "planner/ast/to_sql.h"
#include "planner/parse/parse.h"

namespace weir::shell {
namespace {

// Whether the setting names the jobs behind it; nothing if it is about something else.
std::optional<bool> NamesJobs(const ast::Statement& statement) {
  constexpr std::string_view kKey = "pipeline.name";
  if (const auto* set = statement.As<ast::Set>()) {
    const bool names = set->key && set->value && set->key->text == kKey;
    return names ? std::optional(!set->value->text.empty()) : std::nullopt;
  }
  const auto* reset = statement.As<ast::Reset>();
  if (reset == nullptr || (reset->key && reset->key->text != kKey)) return std::nullopt;
  return false;
}

std::vector<UnnamedInsert> UnnamedInserts(std::string_view script) {
  std::vector<UnnamedInsert> inserts;
  bool named = false;
  for (const SourceSpan part : parse::SplitScript(script)) {
    const Result<ast::StatementPtr> parsed = parse::ParseStatementAt(script, part);
    if (!parsed.ok()) continue;  // its error is reported when it is executed
    const ast::Statement* statement = &**parsed;
    if (const auto names = NamesJobs(*statement)) named = *names;
    if (const auto* execute = statement->As<ast::Execute>()) statement = &*execute->statement;
    const auto* insert = statement->As<ast::Insert>();
    if (named || insert == nullptr) continue;
    inserts.push_back({part, JobSql({insert}), DefaultJobName({insert})});
  }
  return inserts;
}

}  // namespace

ast::Statement StatementOf(const std::vector<const ast::Insert*>& inserts) {
  ast::Statement statement;
  if (inserts.size() == 1) {
    statement.node = *inserts[0];
    return statement;
  }
  ast::StatementSet set;
  for (const ast::Insert* insert : inserts) {
    ast::Statement one;
    one.node = *insert;
    set.statements.push_back(ast::StatementPtr(std::move(one)));
  }
  statement.node = std::move(set);
  return statement;
}

std::string JobSql(const std::vector<const ast::Insert*>& inserts) {
  return ast::ToSql(StatementOf(inserts));
}

std::string DefaultJobName(const std::vector<const ast::Insert*>& inserts) {
  std::string name = "insert-into_";
  for (size_t i = 0; i < inserts.size(); ++i) {
    if (i > 0) name += ',';
    name += inserts[i]->target.parts.back().text;
  }
  return name;
}

const std::vector<UnnamedInsert>& ScriptInserts::Of(std::string_view script) {
  if (script_ != script) {
    inserts_ = UnnamedInserts(script);
    script_ = script;
  }
  return inserts_;
}

}  // namespace weir::shell
