#include "shell/flink/qualify.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/names.h"
#include "runtime/expr/aggregate.h"
#include "shell/flink/query_rewriter.h"

namespace weir::shell::flink {
namespace {

ast::Expr ColumnNamed(ast::Identifier name, ast::Span span) {
  return {ast::ColumnRef{{.parts = {std::move(name)}}}, span};
}

}  // namespace

bool IsAggregate(const ast::Expr& expression) {
  const auto* call = expression.As<ast::Call>();
  return call != nullptr && !call->over && call->name.parts.size() == 1 &&
         expr::IsAggregateFunction(ToUpper(call->name.last().text));
}

bool IsStar(const ast::SelectItem& item) {
  const auto* field = item.expr->As<ast::FieldAccess>();
  return item.expr->As<ast::Star>() != nullptr || (field != nullptr && field->star);
}

void PutIntoFrom(ast::Select inner, ast::Alias alias, ast::Select outer, ast::Query& query) {
  ast::Query derived;
  derived.body = std::move(inner);
  ast::TableRef table;
  table.node = ast::DerivedTable{false, std::move(derived)};
  table.alias = std::move(alias);
  outer.from.emplace_back(std::move(table));
  query.body = std::move(outer);
}

Status QualifyWriter::WriteOut(ast::Query& query) {
  ast::ExprPtr condition = std::exchange(select_.qualify, nullptr);
  RETURN_IF_ERROR(Visit(*condition));
  ast::Select outer;
  // DISTINCT is about the rows that are left.
  outer.quantifier = std::exchange(select_.quantifier, ast::Quantifier::kUnsaid);
  ast::Alias alias{.name = {.text = "qualified"}, .columns = {}};
  for (const std::string& column : columns_) {
    alias.columns.push_back({.text = column});
    outer.items.push_back({ColumnNamed({.text = column}, {}), std::nullopt, {}});
  }
  for (ast::SelectItem& item : hidden_) {
    alias.columns.push_back(*item.alias);
    select_.items.push_back(std::move(item));
  }
  if (ListGivesNames()) alias.columns.clear();
  outer.where = std::move(condition);
  PutIntoFrom(std::move(select_), std::move(alias), std::move(outer), query);
  for (ast::OrderItem& item : query.order_by) {
    // Qualifiers of FROM are inside.
    auto* column = std::get_if<ast::ColumnRef>(&item.expr->node);
    if (column == nullptr || column->name.parts.size() != 2) continue;
    const ast::Identifier last = column->name.last();
    if (std::ranges::find(columns_, last.text) != columns_.end()) column->name.parts = {last};
  }
  return {};
}

// Whether the names of the table's columns are those of the list without being written again.
bool QualifyWriter::ListGivesNames() const {
  std::vector<std::string> taken = columns_;
  std::ranges::sort(taken);
  const bool plain = std::ranges::all_of(select_.items, [&taken](const ast::SelectItem& item) {
    if (item.alias || item.expr->As<ast::Star>() != nullptr) return true;
    const auto* column = item.expr->As<ast::ColumnRef>();
    return column != nullptr && std::ranges::binary_search(taken, column->name.last().text);
  });
  // A name that came twice has a number behind it.
  const bool numbered = std::ranges::any_of(columns_, [&taken](const std::string& name) {
    const size_t end = name.find_last_not_of("0123456789");
    return end != std::string::npos && end + 1 < name.size() &&
           std::ranges::binary_search(taken, name.substr(0, end + 1));
  });
  return plain && !numbered;
}

Status QualifyWriter::Visit(ast::Expr& node) {
  if (const auto* subquery = node.As<ast::Subquery>())
    return CannotBeSaid("a subquery in QUALIFY", "it may read what is inside of the SELECT only",
                        subquery->query->span);
  const auto* in = node.As<ast::In>();
  const auto* quantified = node.As<ast::Quantified>();
  if ((in != nullptr && in->query) || (quantified != nullptr && quantified->query))
    return CannotBeSaid("a subquery in QUALIFY", "it may read what is inside of the SELECT only",
                        node.span);
  const auto* call = node.As<ast::Call>();
  const auto* json = node.As<ast::JsonCall>();
  const auto* column = node.As<ast::ColumnRef>();
  // With groups, a call may be an aggregate, which is known inside only.
  const bool inside = (call != nullptr && (call->over || select_.group_by)) ||
                      (json != nullptr && (json->over || select_.group_by));
  if (!inside && column == nullptr) return Children(node);
  node = ColumnOf(node);
  return {};
}

ast::Expr QualifyWriter::ColumnOf(const ast::Expr& expression) {
  const auto* column = expression.As<ast::ColumnRef>();
  const bool plain = column != nullptr && column->name.parts.size() == 1;
  for (const ast::SelectItem& item : select_.items) {
    const bool named =
        plain && item.alias && EqualsIgnoreCase(item.alias->text, column->name.last().text);
    if (named && (*item.expr == expression || !is_over_from_(expression)))
      return ColumnNamed(*item.alias, expression.span);
    if (item.alias && *item.expr == expression) return ColumnNamed(*item.alias, expression.span);
    if (!item.alias && plain && *item.expr == expression) return expression;
  }
  for (const ast::SelectItem& item : hidden_) {
    if (*item.expr == expression) return ColumnNamed(*item.alias, expression.span);
  }
  hidden_.push_back({expression, NewName(), {}});
  return ColumnNamed(*hidden_.back().alias, expression.span);
}

ast::Identifier QualifyWriter::NewName() const {
  for (size_t number = hidden_.size() + 1;; ++number) {
    std::string name = fmt::format("qualify_{}", number);
    if (std::ranges::find(columns_, name) == columns_.end()) return {.text = std::move(name)};
  }
}

}  // namespace weir::shell::flink
