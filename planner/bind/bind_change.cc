#include "planner/bind/bind_change.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/bind/bind_errors.h"
#include "planner/bind/node_shapes.h"
#include "planner/bind/query_binder.h"
#include "runtime/base/names.h"
#include "runtime/expr/binding.h"

namespace weir::bind {

using logical::Column;
using logical::NodePtr;

namespace {

Status CannotChange(std::string message, SourceSpan span, std::string hint) {
  return Status::InvalidSql(std::move(message))
      .WithId("E2015")
      .WithHint(std::move(hint))
      .WithSpan(span);
}

class ChangeBinder {
 public:
  ChangeBinder(const catalog::Catalog& catalog, const BindOptions& options, const ast::Name& target,
               const std::optional<ast::Identifier>& alias)
      : binder_(catalog, options), catalog_(catalog), target_(target), alias_(alias) {}

  Result<BoundChange> Bind(const std::vector<ast::Assignment>& assignments,
                           const ast::ExprPtr& where, std::string_view words) {
    change_.table = TRY(FindChanged(catalog_, target_, words));
    RETURN_IF_ERROR(FindKey(words));
    for (const ast::Assignment& one : assignments) RETURN_IF_ERROR(AddAssigned(one));
    QueryScope scope = binder_.TopScope();
    scope.words = words;
    scope.named = false;
    scope.untyped_nulls = true;
    Result<NodePtr> bound = binder_.Bind(QueryOf(assignments, where), scope);
    // The key's columns, which nobody has written, are neither grouped nor aggregated.
    const bool aggregates = bound.status().id() == "E2007" && !assignments.empty();
    if (aggregates && bound.status().span() == SourceSpan(target_.span)) {
      return CannotChange(
          "SET cannot hold an aggregate",
          Cover(assignments.front().value->span, assignments.back().value->span),
          "a query in parentheses gives one value for all rows: SET c = (SELECT MAX(d) FROM t)");
    }
    const NodePtr rows = TRY(WithColumnTypes(TRY(std::move(bound)), assignments));
    std::vector<Column> columns = rows->columns;
    change_.plan.roots.push_back(logical::MakeNode(logical::Collect{}, {rows}, std::move(columns),
                                                   scope.OriginAt(target_.span)));
    RETURN_IF_ERROR(logical::Verify(change_.plan));
    return std::move(change_);
  }

 private:
  const catalog::TableDefinition& table() const { return *change_.table; }
  const catalog::ColumnDefinition& ColumnAt(int column) const {
    return table().columns[static_cast<size_t>(column)];
  }

  Status FindKey(std::string_view words) {
    change_.key = table().primary_key;
    if (!change_.key.empty()) return {};
    return CannotChange(
        fmt::format("{} finds rows by the PRIMARY KEY, which the table \"{}\" does not have", words,
                    table().name.Short()),
        target_.span,
        fmt::format("ALTER TABLE {} ADD PRIMARY KEY (…) NOT ENFORCED, with the columns of the "
                    "key that its rows have there",
                    table().name.Short()));
  }

  Status AddAssigned(const ast::Assignment& one) {
    if (one.column.parts.size() > 1) {
      return CannotChange("SET takes the plain names of columns", one.column.span,
                          fmt::format("write SET {} = …", one.column.last().text));
    }
    const int column = TRY(FindColumn(one.column.last()));
    const std::string& name = ColumnAt(column).name;
    if (std::ranges::find(change_.key, column) != change_.key.end()) {
      return CannotChange(
          fmt::format("the column \"{}\" is of the PRIMARY KEY, which stays as it is", name),
          one.column.span, "DELETE the row, and INSERT it with the other key");
    }
    if (std::ranges::find(change_.assigned, column) != change_.assigned.end())
      return CannotChange(fmt::format("the column \"{}\" is assigned twice", name), one.column.span,
                          "");
    change_.assigned.push_back(column);
    return {};
  }

  Result<int> FindColumn(const ast::Identifier& name) const {
    Schema schema;
    std::vector<std::string> names;
    const std::vector<int> writable = table().InsertColumns();
    for (const int column : writable) {
      if (ColumnAt(column).kind == catalog::ColumnKind::kPhysical)
        names.push_back(ColumnAt(column).name);
      schema.fields.push_back({ColumnAt(column).name, ColumnAt(column).type});
    }
    const std::optional<size_t> found = schema.Find(name.text);
    if (found && ColumnAt(writable[*found]).kind == catalog::ColumnKind::kPhysical)
      return writable[*found];
    return Status::InvalidSql(
               fmt::format("the table \"{}\" has no column \"{}\" that can be written",
                           table().name.Short(), name.text))
        .WithId("E2003")
        .WithHint(DidYouMean(name.text, names))
        .WithSpan(name.span);
  }

  // SELECT key, values FROM target AS alias WHERE condition.
  ast::Query QueryOf(const std::vector<ast::Assignment>& assignments,
                     const ast::ExprPtr& where) const {
    ast::Select select;
    for (const int column : change_.key) {
      ast::Name name = {.parts = {{ColumnAt(column).name, true, target_.span}},
                        .span = target_.span};
      const ast::Expr key = {ast::ColumnRef{std::move(name)}, target_.span};
      select.items.push_back({ast::ExprPtr(key), std::nullopt, target_.span});
    }
    for (const ast::Assignment& one : assignments)
      select.items.push_back({one.value, std::nullopt, one.value->span});
    ast::TableRef from;
    from.node = ast::NamedTable{target_, nullptr};
    from.span = target_.span;
    if (alias_) from.alias = ast::Alias{*alias_, {}};
    select.from.emplace_back(std::move(from));
    select.where = where;
    ast::Query query;
    query.body = std::move(select);
    query.span = target_.span;
    return query;
  }

  // The values as INSERT would write them.
  Result<NodePtr> WithColumnTypes(const NodePtr& query,
                                  const std::vector<ast::Assignment>& assignments) const {
    std::vector<Type> types;
    std::vector<std::string> names;
    for (const int column : change_.key) {
      types.push_back(query->columns[types.size()].type);
      names.push_back(ColumnAt(column).name);
    }
    for (const int assigned : change_.assigned) {
      types.push_back(ColumnAt(assigned).type);
      names.push_back(ColumnAt(assigned).name);
    }
    if (const std::optional<size_t> misfit = FirstMisfit(*query, types)) {
      const size_t i = *misfit - change_.key.size();
      return Mismatch(ColumnAt(change_.assigned[i]), query->columns[*misfit].type, assignments[i]);
    }
    return Renamed(TRY(WithTypes(query, types, /*assignment=*/true)), names);
  }

  Status Mismatch(const catalog::ColumnDefinition& column, const Type& given,
                  const ast::Assignment& one) const {
    const std::string wanted = column.type.ToStringIgnoringNullability();
    return Status::InvalidSql(fmt::format("the column \"{}\" of \"{}\" is {}, but the value is {}",
                                          column.name, table().name.Short(), wanted,
                                          given.ToStringIgnoringNullability()))
        .WithId("E2006")
        .WithHint(fmt::format("CAST(… AS {}) converts", wanted))
        .WithSpan(one.value->span);
  }

  QueryBinder binder_;
  const catalog::Catalog& catalog_;
  const ast::Name& target_;
  const std::optional<ast::Identifier>& alias_;
  BoundChange change_;
};

}  // namespace

Result<catalog::TablePtr> FindChanged(const catalog::Catalog& catalog, const ast::Name& target,
                                      std::string_view words) {
  catalog::CatalogObject object = TRY(catalog.Find(PartsOf(target), target.span));
  if (object.table) return std::move(object.table);
  return CannotChange(
      fmt::format("\"{}\" is a view; {} takes a table", object.name().Short(), words), target.span,
      "");
}

Result<BoundChange> BindUpdate(const ast::Update& update, const catalog::Catalog& catalog,
                               const BindOptions& options) {
  return ChangeBinder(catalog, options, update.target, update.alias)
      .Bind(update.assignments, update.where, "UPDATE");
}

Result<BoundChange> BindDelete(const ast::Delete& rows, const catalog::Catalog& catalog,
                               const BindOptions& options) {
  return ChangeBinder(catalog, options, rows.target, rows.alias).Bind({}, rows.where, "DELETE");
}

}  // namespace weir::bind
