#include "planner/bind/materialized_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "planner/ast/statement.h"
#include "planner/ast/to_sql.h"
#include "planner/bind/bind.h"
#include "planner/bind/bind_errors.h"
#include "planner/bind/bind_literal.h"
#include "runtime/base/names.h"

namespace weir::bind {
namespace {

using ast::ColumnDefinition;
using ast::ColumnKind;
using ast::TableElement;

std::vector<ColumnDefinition> ColumnsIn(const std::vector<TableElement>& elements) {
  std::vector<ColumnDefinition> columns;
  for (const TableElement& element : elements) {
    if (const auto* column = std::get_if<ColumnDefinition>(&element)) columns.push_back(*column);
  }
  return columns;
}

std::string TextOf(const ast::CreateMaterializedTable& create) {
  ast::Statement statement;
  statement.node = create;
  return ast::ToSql(statement);
}

std::string_view NameOfKind(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::kComputed:
      return "a computed column of a materialized table";
    case ColumnKind::kMetadata:
      return "a metadata column of a materialized table";
    case ColumnKind::kNameOnly:
    case ColumnKind::kPhysical:
      break;
  }
  return "a column of a materialized table without its type";
}

void PutInFront(std::vector<TableElement> columns, std::vector<TableElement>& elements) {
  std::erase_if(elements, [](const TableElement& element) {
    return std::holds_alternative<ColumnDefinition>(element);
  });
  columns.insert(columns.end(), elements.begin(), elements.end());
  elements = std::move(columns);
}

}  // namespace

ast::CreateTable PlainTable(const ast::CreateMaterializedTable& create) {
  ast::CreateTable table;
  table.name = create.name;
  table.elements = create.elements;
  table.comment = create.comment;
  table.distribution = create.distribution;
  table.partitioned_by = create.partitioned_by;
  table.options = create.options;
  return table;
}

Result<int64_t> FreshnessMillis(const ast::Expr& freshness) {
  const auto* literal = std::get_if<ast::Literal>(&freshness.node);
  if (literal != nullptr && literal->kind == ast::LiteralKind::kInterval) {
    const Result<Value> value = BindLiteral(*literal, false);
    if (!value.ok()) return value.status().WithSpan(freshness.span);
    if (value->type().kind() == TypeKind::kIntervalDayTime && value->get<int64_t>() > 0)
      return value->get<int64_t>();
  }
  return Status::InvalidSql("FRESHNESS takes an interval such as INTERVAL '30' SECOND")
      .WithId("E2015")
      .WithHint("SECOND, MINUTE, HOUR or DAY, and more than none of them")
      .WithSpan(freshness.span);
}

Result<StartWay> StartWayOf(const std::optional<ast::StartMode>& mode) {
  if (!mode) return StartWay::kKeepState;
  const std::string word = ToUpper(mode->mode.text);
  if (word == "FROM_BEGINNING" && !mode->argument) return StartWay::kAnew;
  if (word == "RESUME_OR_FROM_BEGINNING" && !mode->argument) return StartWay::kKeepIfFits;
  constexpr std::string_view kPlaces[] = {"FROM_NOW", "FROM_TIMESTAMP", "RESUME_OR_FROM_NOW",
                                          "RESUME_OR_FROM_TIMESTAMP"};
  if (std::ranges::find(kPlaces, word) == std::end(kPlaces)) {
    return Status::InvalidSql(fmt::format("{} is no START_MODE", word))
        .WithId("E2015")
        .WithHint("FROM_BEGINNING or RESUME_OR_FROM_BEGINNING")
        .WithSpan(mode->mode.span);
  }
  return Status::Unsupported(fmt::format("START_MODE = {} is not supported yet", word))
      .WithHint(
          "FROM_BEGINNING and RESUME_OR_FROM_BEGINNING are; where a source begins is said by "
          "its own options, as 'scan.startup.mode' of a topic")
      .WithSpan(mode->mode.span);
}

Status AddQueryColumns(const std::vector<TableElement>& of_query,
                       ast::CreateMaterializedTable& create) {
  const std::vector<ColumnDefinition> declared = ColumnsIn(create.elements);
  const std::vector<ColumnDefinition> made = ColumnsIn(of_query);
  if (declared.empty()) {
    PutInFront(of_query, create.elements);
    return {};
  }
  for (size_t i = 0; i < declared.size(); ++i) {
    const ColumnDefinition& column = declared[i];
    if (column.kind != ColumnKind::kPhysical) {
      return Status::Unsupported(fmt::format("{} is not supported yet", NameOfKind(column.kind)))
          .WithSpan(column.span);
    }
    if (i >= made.size() || !EqualsIgnoreCase(column.name.last().text, made[i].name.last().text)) {
      return Contradiction(
          i < made.size() ? fmt::format("column {} of the query is {}, and not {}", i + 1,
                                        made[i].name.last().text, column.name.last().text)
                          : fmt::format("the query has no column {}", column.name.last().text),
          column.span, "the columns are those of the query, in its order; or leave them out");
    }
  }
  if (declared.size() == made.size()) return {};
  return Contradiction(fmt::format("the query has a column {} that is not declared",
                                   made[declared.size()].name.last().text),
                       create.name.span, "declare all of its columns, or none");
}

Status Evolve(const std::vector<TableElement>& of_query, SourceSpan place,
              ast::CreateMaterializedTable& create) {
  const std::vector<ColumnDefinition> had = ColumnsIn(create.elements);
  const std::vector<ColumnDefinition> made = ColumnsIn(of_query);
  constexpr std::string_view kHint =
      "a query in the place of another one keeps its columns, in their order, and may have more "
      "behind them";
  std::vector<TableElement> columns;
  for (size_t i = 0; i < std::max(had.size(), made.size()); ++i) {
    if (i >= made.size()) {
      return Contradiction(
          fmt::format("the query has no column {} any more", had[i].name.last().text), place,
          std::string(kHint));
    }
    ColumnDefinition column = made[i];
    if (i >= had.size()) {
      column.type->nullability = ast::Nullability::kUnsaid;
      columns.emplace_back(std::move(column));
      continue;
    }
    if (!EqualsIgnoreCase(had[i].name.last().text, column.name.last().text)) {
      return Contradiction(fmt::format("column {} was {}, and is {} in this query", i + 1,
                                       had[i].name.last().text, column.name.last().text),
                           place, std::string(kHint));
    }
    columns.emplace_back(had[i]);
  }
  PutInFront(std::move(columns), create.elements);
  return {};
}

Result<catalog::TablePtr> BindMaterializedTable(const ast::CreateMaterializedTable& create,
                                                const catalog::Catalog& catalog) {
  ast::Statement plain;
  plain.node = PlainTable(create);
  const std::string text = ast::ToSql(plain);
  const catalog::TablePtr table =
      TRY(BindCreateTable(*plain.As<ast::CreateTable>(), text, catalog));
  catalog::Materialization made;
  made.continuous = create.refresh_mode == ast::RefreshMode::kContinuous;
  made.freshness_millis = TRY(FreshnessMillis(*create.freshness));
  made.query_text = ast::ToSql(*create.query);
  made.current_catalog = catalog.current_catalog();
  made.current_database = catalog.current_database();
  made.create_text = TextOf(create);
  auto materialized = std::make_shared<catalog::TableDefinition>(*table);
  materialized->materialized = std::make_shared<const catalog::Materialization>(std::move(made));
  return catalog::TablePtr(std::move(materialized));
}

}  // namespace weir::bind
