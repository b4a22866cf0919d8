// Statements of ours in plain Flink SQL.
#pragma once

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
  // ALTER TABLE … IF EXISTS.
  void LookBefore(std::string_view script, SourceSpan part);

 private:
  // The statements that stand for `statement`, which is changed.
  Result<std::vector<std::string>> Rewrite(ast::Statement& statement);
  Status RewriteInside(ast::Statement& statement);

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
  std::vector<std::string> RewriteSetting(const ast::Statement& statement,
                                          const std::optional<ast::Text>& key);
  Status RewriteElements(std::vector<ast::TableElement>& elements);
  // Keeps the columns that the action does something about. Whether any are left.
  bool KeepNew(ast::ChangeElements& added) const;
  bool KeepKnown(ast::DropColumns& dropped) const;
  bool Had(const ast::Name& column) const;
  // Whether the statement does something there; the rest of it, where it does.
  bool RewriteAlter(ast::Alter& alter);

  const catalog::Catalog& catalog_;
  QueryRewriter rewriter_;
  std::vector<std::string> former_columns_;  // of the table that is altered
  std::vector<std::string> notes_;
};

}  // namespace weir::shell::flink
