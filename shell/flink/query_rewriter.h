// Queries in Flink's SQL: what only our language has is written out in what Flink's has.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "planner/catalog/catalog.h"
#include "shell/flink/ranks.h"
#include "shell/flink/tree_visitor.h"

namespace weir::shell::flink {

// "<what> cannot be said in Flink SQL: <why>", at `span`; E1002.
Status CannotBeSaid(std::string_view what, std::string_view why, SourceSpan span);

// Changes the trees of one script's statements, one after the other. Trees are changed where they
// must be, and stay equal to what they were where Flink takes them as they are. REQUIRES: our
// planner takes the statement.
class QueryRewriter final : public TreeVisitor {
 public:
  // The catalog has what the statements before define, and outlives the rewriter.
  explicit QueryRewriter(const catalog::Catalog& catalog) : catalog_(catalog) {}

  Status Visit(ast::Expr& node) override;
  Status Visit(ast::Query& node) override;
  Status Visit(ast::TableRef& node) override;
  // Drops the hints that Flink lacks, with a note.
  void RewriteHints(std::vector<ast::Hint>& hints);

  // What was dropped, and why, since the last call.
  std::vector<std::string> TakeNotes() { return std::exchange(notes_, {}); }
  // The tables that stand for FROM 'file' and are not defined yet, since the last call.
  std::vector<ast::CreateTable> TakeTables() { return std::exchange(tables_, {}); }
  // The last parts of the names of functions that were called, in upper case, since the last call.
  std::set<std::string> TakeCalled() { return std::exchange(called_, {}); }

 private:
  Status RewriteCall(ast::Call& call, SourceSpan span);
  static Status RewriteCountOfSeveral(ast::Call& call, SourceSpan span);
  static Status RewriteFilterOfOver(ast::Call& call, SourceSpan span);
  Result<ast::Expr> BodyOf(const catalog::FunctionDefinition& function, const ast::Call& call);
  Status RewriteFile(ast::TableRef& node, const ast::NamedTable& file);
  // `original` is the query as it was written: questions to the binder are about that.
  Status RewriteSelect(ast::Query& query, const ast::Query& original);
  Status RewriteGroupBy(ast::Select& select, const ast::Query& original);
  Status RewriteKey(ast::ExprPtr& key, ast::Select& select, const ast::Query& original);
  // Whether it can stand there: not an aggregate over a column that is hidden by the list.
  Result<bool> RewriteOrder(ast::OrderItem& order, const ast::Select& select) const;
  Status OrderAround(ast::Query& query, const ast::Query& original);
  Status RewriteQualify(ast::Query& query, const ast::Query& original);
  Status RewriteRanks(ast::Select& select, const ast::Query& original);
  // Of `query` in FROM, whose rank is `column`; `where` stands around it.
  Status RewriteRank(ast::Query& query, const RankColumn& column, const ast::Expr& where,
                     const ast::Query& original);

  // Of a query apart, which sees the WITH of those around it.
  Result<logical::Plan> PlanOf(ast::Query query, SourceSpan span) const;
  // The names of the columns that a query gives.
  Result<std::vector<std::string>> ColumnsOf(ast::Query query, SourceSpan span) const;
  // Whether the expression is one over the rows of the query's FROM, aggregates apart.
  bool IsOverFrom(const ast::Expr& expression, const ast::Query& query) const;

  const catalog::Catalog& catalog_;
  std::vector<ast::CommonTable> scope_;       // WITH of the queries around the current one
  std::map<std::string, std::string> files_;  // path -> name of its table
  std::vector<std::string> notes_;
  std::vector<ast::CreateTable> tables_;
  std::set<std::string> called_;
};

}  // namespace weir::shell::flink
