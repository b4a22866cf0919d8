#include "shell/flink/typed_nulls.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "planner/bind/bind.h"
#include "planner/logical/rewrite.h"
#include "planner/parse/parse.h"
#include "runtime/base/names.h"
#include "shell/flink/tree_visitor.h"

namespace weir::shell::flink {
namespace {

// Of NULLs in the text, and of calls with OVER: where it begins -> its type.
using TypesByPlace = std::map<size_t, Type>;

// What gets the type of what begins at this place.
struct Untyped {
  ast::Expr* expression;
  size_t place;
};

bool IsBareNull(const ast::Expr& expression) {
  const auto* literal = expression.As<ast::Literal>();
  return literal != nullptr && literal->kind == ast::LiteralKind::kNull;
}

Status GiveType(ast::Expr& expression, const Type& type) {
  if (type.kind() == TypeKind::kNull) return {};
  const ast::StatementPtr made = TRY(parse::ParseStatement(
      fmt::format("SELECT CAST(NULL AS {})", type.ToStringIgnoringNullability())));
  const auto& select = std::get<ast::Select>(made->As<ast::QueryStatement>()->query->body);
  ast::Cast cast = *select.items.front().expr->As<ast::Cast>();
  cast.operand = expression;
  expression = ast::Expr{std::move(cast), expression.span};
  return {};
}

// Whether the default of LAG or LEAD has the type of the value, or says its own: Flink takes no
// other ("Please explicitly cast default value").
bool SaysItsType(const ast::Expr& value) {
  const auto* literal = value.As<ast::Literal>();
  if (literal == nullptr) return value.As<ast::Cast>() != nullptr;
  return literal->kind == ast::LiteralKind::kTrue || literal->kind == ast::LiteralKind::kFalse ||
         literal->kind >= ast::LiteralKind::kString;
}

// Finds what stands where Flink wants a type.
class FindsUntyped final : public TreeVisitor {
 public:
  Status Visit(ast::Expr& node) override {
    if (auto* call = std::get_if<ast::Call>(&node.node)) {
      AddArguments(*call, node.span.begin);
    } else if (auto* row = std::get_if<ast::Row>(&node.node)) {
      for (ast::ExprPtr& item : row->items) Add(item);
    } else if (auto* unary = std::get_if<ast::Unary>(&node.node)) {
      const bool truth = unary->op == ast::UnaryOperator::kNot && IsBareNull(*unary->operand);
      if (truth) return GiveType(*unary->operand, Type::Boolean());
      Add(unary->operand);
    } else if (auto* like = std::get_if<ast::Like>(&node.node)) {
      Add(like->operand);
      Add(like->pattern);
    } else if (auto* binary = std::get_if<ast::Binary>(&node.node);
               binary != nullptr && binary->op >= ast::BinaryOperator::kPlus) {
      Add(binary->left);
      Add(binary->right);
    }
    return Children(node);
  }
  Status Visit(ast::Query& node) override {
    if (auto* values = std::get_if<ast::Values>(&node.body)) {
      for (std::vector<ast::ExprPtr>& row : values->rows) {
        for (ast::ExprPtr& value : row) Add(value);
      }
    }
    return Children(node);
  }

  const std::vector<Untyped>& found() const { return found_; }

 private:
  void AddArguments(ast::Call& call, size_t place) {
    const std::string_view name = call.name.last().text;
    if (EqualsIgnoreCase(name, "COALESCE")) return;
    const bool looks_aside = EqualsIgnoreCase(name, "LAG") || EqualsIgnoreCase(name, "LEAD");
    for (size_t i = 0; i < call.arguments.size(); ++i) {
      ast::ExprPtr& value = call.arguments[i].value;
      if (looks_aside && i == 2 && !SaysItsType(*value)) {
        found_.push_back({&*value, place});
      } else {
        Add(value);
      }
    }
  }
  void Add(ast::ExprPtr& place) {
    if (place && IsBareNull(*place)) found_.push_back({&*place, place->span.begin});
  }

  std::vector<Untyped> found_;
};

// The types of the NULLs that the plan's expressions hold, and of calls with OVER. Two at one place
// are of two texts, such as the query's and a view's: then nothing is said of it.
class CollectsTypes {
 public:
  void Add(const expr::ExprPtr& expression) {
    if (expression == nullptr) return;
    for (const expr::ExprPtr& argument : expression->args) Add(argument);
    const bool null = expression->kind == expr::ExprKind::kLiteral && expression->literal.is_null();
    if (null && expression->type.kind() != TypeKind::kNull) Add(expression->span, expression->type);
  }
  void Add(const logical::Plan& plan) {
    for (const logical::NodePtr& node : logical::ProducersFirst(plan)) {
      if (const auto* project = std::get_if<logical::Project>(&node->operation)) {
        for (const expr::ExprPtr& expression : project->expressions) Add(expression);
      } else if (const auto* filter = std::get_if<logical::Filter>(&node->operation)) {
        Add(filter->predicate);
      } else if (const auto* values = std::get_if<logical::Values>(&node->operation)) {
        for (const std::vector<expr::ExprPtr>& row : values->rows) {
          for (const expr::ExprPtr& value : row) Add(value);
        }
      } else if (const auto* over = std::get_if<logical::OverAggregate>(&node->operation)) {
        for (const graph::OverCall& call : over->calls) Add(call.call.span, call.call.result_type);
      }
    }
  }
  const TypesByPlace& types() const { return types_; }

 private:
  void Add(SourceSpan span, const Type& type) {
    const auto [known, first] = types_.try_emplace(span.begin, type);
    if (!first && !known->second.EqualsIgnoringNullability(type)) known->second = Type::Null();
  }

  TypesByPlace types_;
};

Status GiveTypes(const std::vector<Untyped>& found, const Result<logical::Plan>& plan) {
  if (!plan.ok()) return {};
  CollectsTypes collects;
  collects.Add(*plan);
  for (const Untyped& one : found) {
    const auto type = collects.types().find(one.place);
    if (type != collects.types().end()) RETURN_IF_ERROR(GiveType(*one.expression, type->second));
  }
  return {};
}

// The types of the columns that the query's go to, in its order; nothing where the list is another.
Result<std::vector<Type>> TargetTypes(const ast::Insert& insert, const catalog::Catalog& catalog) {
  std::vector<Type> types;
  const catalog::TablePtr table =
      TRY(catalog.Find(bind::PartsOf(insert.target), insert.query->span)).table;
  if (table == nullptr) return types;
  for (const ast::Name& name : insert.columns) {
    for (const catalog::ColumnDefinition& column : table->columns) {
      if (EqualsIgnoreCase(column.name, name.last().text)) types.push_back(column.type);
    }
  }
  if (!insert.columns.empty()) return types;
  for (const int index : table->InsertColumns()) {
    const catalog::ColumnDefinition& column = table->columns[static_cast<size_t>(index)];
    const bool fixed = std::ranges::any_of(insert.partition, [&](const auto& part) {
      return part.value && EqualsIgnoreCase(part.key.text, column.name);
    });
    if (!fixed) types.push_back(column.type);
  }
  return types;
}

Status GiveTypesToItems(ast::Query& query, const std::vector<Type>& types) {
  if (auto* nested = std::get_if<ast::Nested>(&query.body))
    return GiveTypesToItems(*nested->query, types);
  if (auto* both = std::get_if<ast::SetOperation>(&query.body)) {
    RETURN_IF_ERROR(GiveTypesToItems(*both->left, types));
    return GiveTypesToItems(*both->right, types);
  }
  std::vector<std::vector<ast::ExprPtr*>> rows;
  if (auto* values = std::get_if<ast::Values>(&query.body)) {
    for (std::vector<ast::ExprPtr>& row : values->rows) {
      rows.emplace_back();
      for (ast::ExprPtr& value : row) rows.back().push_back(&value);
    }
  } else if (auto* select = std::get_if<ast::Select>(&query.body)) {
    rows.emplace_back();
    for (ast::SelectItem& item : select->items) rows.back().push_back(&item.expr);
  }
  for (const std::vector<ast::ExprPtr*>& row : rows) {
    // A * stands for other columns: what follows is counted from the end.
    size_t behind = 0;
    for (size_t i = 0; i < row.size(); ++i) {
      if ((*row[i])->As<ast::Star>() != nullptr) behind = i + 1;
      if (!IsBareNull(**row[i])) continue;
      const size_t from_end = row.size() - i;
      if (behind == 0 ? i >= types.size() : from_end > types.size()) continue;
      RETURN_IF_ERROR(GiveType(**row[i], behind == 0 ? types[i] : types[types.size() - from_end]));
    }
  }
  return {};
}

}  // namespace

Status TypeNulls(ast::Query& query, const catalog::Catalog& catalog) {
  FindsUntyped finds;
  RETURN_IF_ERROR(finds.Visit(query));
  if (finds.found().empty()) return {};
  return GiveTypes(finds.found(), bind::BindQuery(query, catalog, {}));
}

Status TypeNulls(ast::Insert& insert, const catalog::Catalog& catalog) {
  const ast::Insert original = insert;
  RETURN_IF_ERROR(GiveTypesToItems(*insert.query, TRY(TargetTypes(insert, catalog))));
  FindsUntyped finds;
  RETURN_IF_ERROR(finds.Visit(*insert.query));
  if (finds.found().empty()) return {};
  const ast::Insert* const inserts[] = {&original};
  return GiveTypes(finds.found(), bind::BindInserts(inserts, catalog, {}));
}

}  // namespace weir::shell::flink
