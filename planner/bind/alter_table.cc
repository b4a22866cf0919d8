#include "planner/bind/alter_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "planner/bind/bind_errors.h"
#include "runtime/base/names.h"

namespace weir::bind {
namespace {

using ast::ColumnDefinition;
using ast::ColumnKind;
using ast::KeyDefinition;
using ast::WatermarkDefinition;

// A key that is written at its column becomes one of the table, so that it can be dropped alone and
// stays when the column is modified.
void PutKeyApart(std::vector<ast::TableElement>& elements) {
  std::optional<KeyDefinition> key;
  for (ast::TableElement& element : elements) {
    auto* column = std::get_if<ColumnDefinition>(&element);
    if (column == nullptr || !column->primary_key) continue;
    key = KeyDefinition{.columns = {column->name.last()}, .enforced = column->enforced};
    column->primary_key = false;
    column->enforced.reset();
  }
  if (key) elements.emplace_back(*std::move(key));
}

// Applies one action to the parts of a table.
class Alteration {
 public:
  explicit Alteration(const ast::CreateTable& table) : table_(table) {
    PutKeyApart(table_.elements);
  }

  Status operator()(const ast::SetOptions& action) {
    for (const ast::Property& option : action.options) {
      std::erase_if(table_.options,
                    [&](const ast::Property& one) { return one.key.text == option.key.text; });
    }
    table_.options.insert(table_.options.end(), action.options.begin(), action.options.end());
    return {};
  }

  Status operator()(const ast::ResetOptions& action) {
    for (const ast::Text& key : action.keys) {
      if (key.text == "connector")
        return Contradiction("a table needs its 'connector'", key.span, "SET gives it another one");
      std::erase_if(table_.options,
                    [&](const ast::Property& one) { return one.key.text == key.text; });
    }
    return {};
  }

  Status operator()(const ast::SetComment& action) {
    table_.comment = action.comment;
    return {};
  }

  Status operator()(const ast::ChangeElements& action) {
    if (action.modify) RETURN_IF_ERROR(CheckEachOnce(action.elements));
    for (const ast::TableElement& element : action.elements) {
      RETURN_IF_ERROR(std::visit([&](const auto& one) { return Change(action, one); }, element));
    }
    return {};
  }

  Status operator()(const ast::RenameColumn& action) {
    ColumnDefinition* column = TRY(Find(action.from));
    if (HasColumn(action.to.text)) return HasAlready(action.to);
    const std::string before = column->name.last().text;
    // The name in the data stays.
    if (column->kind == ColumnKind::kMetadata && !column->metadata_key)
      column->metadata_key = ast::Text{before, action.from.span};
    column->name.parts = {action.to};
    if (KeyDefinition* key = Key()) {
      for (ast::Identifier& one : key->columns) {
        if (one.text == before) one = action.to;
      }
    }
    return {};
  }

  Status operator()(const ast::DropColumns& action) {
    for (const ast::Name& name : action.columns) {
      if (action.if_exists && name.parts.size() == 1 && !HasColumn(name.last().text)) continue;
      const ColumnDefinition* column = TRY(Find(name));
      const std::string text = column->name.last().text;
      if (const KeyDefinition* key = Key(); key != nullptr && Lists(key->columns, text)) {
        return Contradiction(fmt::format("\"{}\" is a column of the PRIMARY KEY", text), name.span,
                             "DROP PRIMARY KEY first");
      }
      if (Lists(table_.partitioned_by, text))
        return Contradiction(fmt::format("the table is PARTITIONED BY \"{}\"", text), name.span);
      const WatermarkDefinition* watermark = Watermark();
      if (watermark != nullptr && watermark->column.parts.front().text == text) {
        return Contradiction(fmt::format("the table has a WATERMARK for \"{}\"", text), name.span,
                             "DROP WATERMARK first");
      }
      EraseColumn(text);
      if (!HasColumns()) return Contradiction("a table needs a column", name.span);
    }
    return {};
  }

  Status operator()(const ast::DropPart& action) {
    switch (action.part) {
      case ast::TablePart::kWatermark:
        if (Erase<WatermarkDefinition>()) return {};
        return Contradiction("the table has no WATERMARK", name_);
      case ast::TablePart::kPrimaryKey:
        KeepNotNull();
        if (Erase<KeyDefinition>()) return {};
        return Contradiction("the table has no PRIMARY KEY", name_);
      case ast::TablePart::kConstraint: {
        const KeyDefinition* key = Key();
        if (key != nullptr && key->name && key->name->text == action.constraint.text) {
          KeepNotNull();
          Erase<KeyDefinition>();
          return {};
        }
        return Contradiction(
            fmt::format("the table has no constraint \"{}\"", action.constraint.text),
            action.constraint.span, key == nullptr ? "" : "DROP PRIMARY KEY needs no name");
      }
      case ast::TablePart::kDistribution:
        break;
    }
    return NotSupported("DROP DISTRIBUTION", name_);
  }

  Status operator()(const ast::ChangeDistribution&) { return NotSupported("DISTRIBUTION", name_); }
  Status operator()(const ast::AddPartitions&) { return NotSupported("ADD PARTITION", name_); }
  Status operator()(const ast::DropPartitions&) { return NotSupported("DROP PARTITION", name_); }
  // Of other kinds of objects (REQUIRES of Altered), and what the parser takes for tables as well.
  template <typename T>
  Status operator()(const T&) {
    return NotSupported("this action of ALTER TABLE", name_);
  }

  // Where errors point that are about no word of the action.
  void set_place(SourceSpan name) { name_ = name; }
  ast::CreateTable Take() { return std::move(table_); }

 private:
  static bool Lists(const std::vector<ast::Identifier>& names, std::string_view name) {
    return std::ranges::any_of(names, [&](const ast::Identifier& one) { return one.text == name; });
  }
  static Status HasAlready(const ast::Identifier& name) {
    return Contradiction(fmt::format("the table has a column \"{}\" already", name.text),
                         name.span);
  }

  static Status CheckEachOnce(const std::vector<ast::TableElement>& elements) {
    std::vector<std::string> seen;
    for (const ast::TableElement& element : elements) {
      const auto* column = std::get_if<ColumnDefinition>(&element);
      if (column == nullptr) continue;
      const ast::Identifier& name = column->name.last();
      if (std::ranges::find(seen, name.text) != seen.end())
        return Contradiction(fmt::format("\"{}\" is modified twice", name.text), name.span);
      seen.push_back(name.text);
    }
    return {};
  }

  template <typename T>
  T* First() {
    for (ast::TableElement& element : table_.elements) {
      if (T* found = std::get_if<T>(&element)) return found;
    }
    return nullptr;
  }
  KeyDefinition* Key() { return First<KeyDefinition>(); }
  WatermarkDefinition* Watermark() { return First<WatermarkDefinition>(); }
  bool HasColumns() { return First<ColumnDefinition>() != nullptr; }
  template <typename T>
  bool Erase() {
    return std::erase_if(table_.elements, [](const ast::TableElement& element) {
             return std::holds_alternative<T>(element);
           }) > 0;
  }

  // Columns of a key stay NOT NULL without it, which they are.
  void KeepNotNull() {
    const KeyDefinition* key = Key();
    if (key == nullptr) return;
    for (ast::TableElement& element : table_.elements) {
      auto* column = std::get_if<ColumnDefinition>(&element);
      if (column != nullptr && column->type && Lists(key->columns, column->name.last().text))
        column->type->nullability = ast::Nullability::kNotNull;
    }
  }

  using Place = std::vector<ast::TableElement>::iterator;
  Place PlaceOf(std::string_view name) {
    return std::ranges::find_if(table_.elements, [&](const ast::TableElement& element) {
      const auto* column = std::get_if<ColumnDefinition>(&element);
      return column != nullptr && column->name.last().text == name;
    });
  }
  bool HasColumn(std::string_view name) { return PlaceOf(name) != table_.elements.end(); }
  void EraseColumn(std::string_view name) { table_.elements.erase(PlaceOf(name)); }

  Status Missing(const ast::Identifier& name) const {
    std::vector<std::string> names;
    for (const ast::TableElement& element : table_.elements) {
      if (const auto* column = std::get_if<ColumnDefinition>(&element))
        names.push_back(column->name.last().text);
    }
    return Status::InvalidSql(fmt::format("there is no column \"{}\"", name.text))
        .WithId("E2003")
        .WithHint(DidYouMean(name.text, names))
        .WithSpan(name.span);
  }
  Result<ColumnDefinition*> Find(const ast::Name& name) {
    if (name.parts.size() > 1) return NotSupported("a field of a row in ALTER TABLE", name.span);
    const Place place = PlaceOf(name.last().text);
    if (place == table_.elements.end()) return Missing(name.last());
    return &std::get<ColumnDefinition>(*place);
  }

  Status Change(const ast::ChangeElements& action, ColumnDefinition column) {
    if (column.name.parts.size() > 1)
      return NotSupported("a field of a row in ALTER TABLE", column.name.span);
    const std::string name = column.name.last().text;
    const bool there = HasColumn(name);
    if (!action.modify && there) {
      if (action.if_not_exists) return {};
      return HasAlready(column.name.last());
    }
    if (column.primary_key) RETURN_IF_ERROR(ChangeInlineKey(action, column));
    const ast::ColumnPlace place = std::exchange(column.place, {});
    if (!action.modify) return Insert(std::move(column), place);
    const ColumnDefinition* before = TRY(Find(column.name));
    if (!column.comment) column.comment = before->comment;
    if (place.kind == ast::PlaceKind::kUnsaid) {
      *PlaceOf(name) = std::move(column);
      return {};
    }
    EraseColumn(name);
    return Insert(std::move(column), place);
  }

  Status ChangeInlineKey(const ast::ChangeElements& action, ColumnDefinition& column) {
    const KeyDefinition key{.columns = {column.name.last()},
                            .enforced = std::exchange(column.enforced, std::nullopt),
                            .span = column.span};
    column.primary_key = false;
    return Change(action, key);
  }

  // Without a place, behind the last column.
  Status Insert(ColumnDefinition column, const ast::ColumnPlace& place) {
    Place at = table_.elements.begin();
    if (place.kind == ast::PlaceKind::kAfter) {
      at = PlaceOf(place.after.text);
      if (at == table_.elements.end()) return Missing(place.after);
      ++at;
    } else if (place.kind == ast::PlaceKind::kUnsaid) {
      const auto last = std::ranges::find_if(
          table_.elements.rbegin(), table_.elements.rend(),
          [](const auto& one) { return std::holds_alternative<ColumnDefinition>(one); });
      at = last.base();
    }
    table_.elements.insert(at, std::move(column));
    return {};
  }

  Status Change(const ast::ChangeElements& action, const KeyDefinition& key) {
    if (action.modify) KeepNotNull();
    return ChangeOnly(action, key, "PRIMARY KEY");
  }
  Status Change(const ast::ChangeElements& action, const WatermarkDefinition& watermark) {
    return ChangeOnly(action, watermark, "WATERMARK");
  }
  // What a table has one of at most.
  template <typename T>
  Status ChangeOnly(const ast::ChangeElements& action, const T& element, std::string_view what) {
    T* before = First<T>();
    if (action.modify) {
      if (before == nullptr) {
        return Contradiction(fmt::format("the table has no {}", what), element.span,
                             fmt::format("ADD {} …", what));
      }
      *before = element;
      return {};
    }
    if (before != nullptr) {
      return Contradiction(fmt::format("the table has a {} already", what), element.span,
                           fmt::format("MODIFY {} … gives it another one", what));
    }
    table_.elements.emplace_back(element);
    return {};
  }

  ast::CreateTable table_;
  SourceSpan name_;
};

}  // namespace

Result<ast::CreateTable> Altered(const ast::CreateTable& table, const ast::Alter& alter) {
  if (!alter.partition.empty())
    return NotSupported("PARTITION in ALTER TABLE", alter.partition.front().key.span);
  Alteration alteration(table);
  alteration.set_place(alter.name.span);
  RETURN_IF_ERROR(std::visit(alteration, alter.action));
  return alteration.Take();
}

}  // namespace weir::bind
