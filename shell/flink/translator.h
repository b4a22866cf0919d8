// Statements of ours in plain Flink SQL.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "planner/ast/statement.h"
#include "shell/flink/query_rewriter.h"

namespace weir::shell::flink {

// Translates one script, statement by statement: each before it is executed, and after those before
// it were, so that the catalog has what it reads. Nothing is run here.
class Translator {
 public:
  // The catalog outlives it.
  explicit Translator(const catalog::Catalog& catalog) : catalog_(catalog), rewriter_(catalog) {}

  // What stands for the statement at `part` of the script, which may be several ones, each with its
  // semicolon; notes are comments in front of them. As it was written where Flink takes it so.
  // E1002 with a place for what Flink SQL cannot say. REQUIRES: our planner takes the statement.
  Result<std::string> Translate(std::string_view script, SourceSpan part);
  // To be called before our planner takes the statement: notes what it would find there, for
  // ALTER TABLE … IF EXISTS and DROP FUNCTION.
  void LookBefore(std::string_view script, SourceSpan part);

 private:
  // The statements that stand for `statement`, which is changed.
  Result<std::vector<std::string>> Rewrite(ast::Statement& statement);
  Status RewriteInside(ast::Statement& statement);
  Status RewriteQuery(ast::Query& query);
  // Batch mode for what Flink has there only; E1002 where that cannot be. `span`: the statement's.
  Status ChooseMode(const ast::Query& query, SourceSpan span);
  void UseBatchMode(std::string_view what);

  Status RewriteNode(ast::QueryStatement& node, SourceSpan span);
  Status RewriteNode(ast::Insert& node, SourceSpan span);
  Status RewriteNode(ast::StatementSet& node, SourceSpan span);
  Status RewriteNode(ast::Execute& node, SourceSpan span);
  Status RewriteNode(ast::Explain& node, SourceSpan span);
  Status RewriteNode(ast::CreateTable& node, SourceSpan span);
  Status RewriteNode(ast::CreateMaterializedTable& node, SourceSpan span);
  Status RewriteNode(ast::CreateView& node, SourceSpan span);
  Status RewriteNode(ast::CreateFunction& node, SourceSpan span);
  Status RewriteNode(ast::Alter& node, SourceSpan span);
  Status RewriteNode(ast::Show& node, SourceSpan span);
  Status RewriteNode(ast::Describe& node, SourceSpan span);
  // Statements that cannot be said, and those that Flink has as they are.
  template <typename Node>
  Status RewriteNode(Node& node, SourceSpan span);

  Result<std::vector<std::string>> RewriteJob(ast::CreateJob& job);
  // Nothing, with a note, for a key that Flink lacks.
  std::vector<std::string> RewriteSetting(ast::Statement& statement,
                                          const std::optional<ast::Text>& key);
  // Functions of SQL are put in the place of their calls.
  Result<std::vector<std::string>> RewriteFunction(ast::Statement& statement);
  Status CheckViews(const ast::Name& function, std::string_view what, SourceSpan span) const;
  Status CheckNotOfSql(const ast::Name& function, std::string_view what, SourceSpan span) const;
  Result<std::vector<std::string>> RewriteTruncate(const ast::Truncate& node, SourceSpan span);
  // What waits for the job that was created just before is said by that job's settings.
  Result<std::vector<std::string>> RewriteWait(const ast::Statement& statement);
  // The statements under settings of their own, behind which the session's are as they were.
  std::vector<std::string> Under(const ast::Properties& settings,
                                 std::vector<std::string> statements) const;
  Status RewriteElements(std::vector<ast::TableElement>& elements);
  // Keeps the columns that the action does something about. Whether any are left.
  bool KeepNew(ast::ChangeElements& added) const;
  bool KeepKnown(ast::DropColumns& dropped) const;
  bool Had(const ast::Name& column) const;
  Result<bool> MovesTo(const ast::Name& name, SourceSpan span) const;
  Result<std::vector<std::string>> RewriteMove(const ast::Alter& alter, const ast::Name& to,
                                               SourceSpan span) const;
  // Whether the statement does something there; the rest of it, where it does.
  bool RewriteAlter(ast::Alter& alter);

  const catalog::Catalog& catalog_;
  QueryRewriter rewriter_;
  std::vector<std::string> former_columns_;         // of the table that is altered
  std::optional<catalog::ObjectName> former_name_;  // of what is altered
  bool drops_sql_function_ = false;
  bool left_functions_out_ = false;
  std::set<std::string> called_by_views_;        // names of functions, in upper case
  std::map<std::string, std::string> settings_;  // what the script has SET
  std::string awaited_job_;     // that the next statement waits for; of the statement before
  bool in_set_ = false;         // behind BEGIN STATEMENT SET
  bool in_batch_ = false;       // whether Flink has the statement in batch mode only
  bool writes_by_key_ = false;  // whether it may hold INSERT into a PRIMARY KEY without ON CONFLICT
  std::vector<std::string> notes_;
};

}  // namespace weir::shell::flink
