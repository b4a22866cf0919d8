#include "planner/bind/like_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <variant>

#include "planner/ast/to_sql.h"
#include "planner/bind/bind_errors.h"

namespace weir::bind {
namespace {

using ast::ColumnDefinition;
using ast::ColumnKind;
using ast::KeyDefinition;
using ast::LikeMerge;
using ast::LikePart;
using ast::WatermarkDefinition;

bool CanOverwrite(LikePart part) {
  return part == LikePart::kGenerated || part == LikePart::kMetadata ||
         part == LikePart::kOptions || part == LikePart::kWatermarks;
}

// What becomes of each part of the source.
class Strategies {
 public:
  Status Read(const ast::LikeTable& like) {
    for (const ast::LikeOption& option : like.options) {
      const std::string_view name = ast::ToSql(option.part);
      if (option.merge == LikeMerge::kOverwriting && !CanOverwrite(option.part)) {
        return Contradiction(fmt::format("LIKE cannot overwrite {}", name), like.source.span,
                             "GENERATED, METADATA, OPTIONS and WATERMARKS can be overwritten");
      }
      if (!said_.try_emplace(option.part, option.merge).second)
        return Contradiction(fmt::format("LIKE says twice what becomes of {}", name),
                             like.source.span);
    }
    return {};
  }

  LikeMerge Of(LikePart part) const {
    for (const LikePart one : {part, LikePart::kAll}) {
      const auto said = said_.find(one);
      if (said != said_.end()) return said->second;
    }
    return part == LikePart::kOptions ? LikeMerge::kOverwriting : LikeMerge::kIncluding;
  }

  bool Excludes(LikePart part) const { return Of(part) == LikeMerge::kExcluding; }
  bool Overwrites(LikePart part) const { return Of(part) == LikeMerge::kOverwriting; }

 private:
  std::map<LikePart, LikeMerge> said_;
};

// "EXCLUDING GENERATED or OVERWRITING GENERATED": the way out where both tables have the part.
std::string WayOut(LikePart part) {
  const std::string_view name = ast::ToSql(part);
  std::string text = fmt::format("say LIKE … (EXCLUDING {}", name);
  if (CanOverwrite(part)) text += fmt::format(") or (OVERWRITING {}", name);
  return text + ")";
}

// The part that a column belongs to; nothing for a physical one, which is always included.
std::optional<LikePart> PartOf(ColumnKind kind) {
  if (kind == ColumnKind::kComputed) return LikePart::kGenerated;
  if (kind == ColumnKind::kMetadata) return LikePart::kMetadata;
  return std::nullopt;
}

class LikeMerger {
 public:
  explicit LikeMerger(const ast::CreateTable& table) : table_(table), merged_(table) {
    merged_.like.reset();
    merged_.elements.clear();
  }

  Result<ast::CreateTable> Merge(const ast::CreateTable& source) {
    RETURN_IF_ERROR(strategies_.Read(*table_.like));
    for (const ast::TableElement& element : source.elements) {
      if (!LeavesOut(element)) merged_.elements.push_back(element);
    }
    if (strategies_.Excludes(LikePart::kConstraints)) DropKeys(source);
    for (const ast::TableElement& element : table_.elements) RETURN_IF_ERROR(Add(element));
    RETURN_IF_ERROR(MergePartitions(source));
    RETURN_IF_ERROR(MergeOptions(source));
    return std::move(merged_);
  }

 private:
  bool LeavesOut(const ast::TableElement& element) const {
    if (const auto* column = std::get_if<ColumnDefinition>(&element)) {
      const std::optional<LikePart> part = PartOf(column->kind);
      return part && strategies_.Excludes(*part);
    }
    return strategies_.Excludes(std::holds_alternative<KeyDefinition>(element)
                                    ? LikePart::kConstraints
                                    : LikePart::kWatermarks);
  }

  // Columns of a key that is left out stay NOT NULL, which they are.
  void DropKeys(const ast::CreateTable& source) {
    std::vector<std::string> names;
    for (const ast::TableElement& element : source.elements) {
      const auto* key = std::get_if<KeyDefinition>(&element);
      if (key == nullptr) continue;
      for (const ast::Identifier& name : key->columns) names.push_back(name.text);
    }
    for (ast::TableElement& element : merged_.elements) {
      auto* column = std::get_if<ColumnDefinition>(&element);
      if (column == nullptr || !column->type) continue;
      const bool of_key =
          column->primary_key || std::ranges::find(names, column->name.last().text) != names.end();
      if (of_key) column->type->nullability = ast::Nullability::kNotNull;
      column->primary_key = false;
      column->enforced.reset();
    }
  }

  // The first element that `fits`, and it is a T; null if there is none.
  template <typename T, typename Fits>
  T* Find(Fits fits) {
    for (ast::TableElement& element : merged_.elements) {
      T* found = std::get_if<T>(&element);
      if (found != nullptr && fits(*found)) return found;
    }
    return nullptr;
  }

  Status Add(const ast::TableElement& element) {
    if (const auto* column = std::get_if<ColumnDefinition>(&element)) return AddColumn(*column);
    if (const auto* key = std::get_if<KeyDefinition>(&element)) {
      RETURN_IF_ERROR(CheckKey(key->span));
      merged_.elements.push_back(element);
      return {};
    }
    return AddWatermark(std::get<WatermarkDefinition>(element));
  }

  Status CheckKey(SourceSpan span) {
    const bool has = Find<KeyDefinition>([](const auto&) { return true; }) != nullptr ||
                     Find<ColumnDefinition>([](const auto& one) { return one.primary_key; });
    if (!has) return {};
    return Contradiction("the table has a PRIMARY KEY already", span,
                         WayOut(LikePart::kConstraints));
  }

  Status AddColumn(const ColumnDefinition& column) {
    if (column.primary_key) RETURN_IF_ERROR(CheckKey(column.span));
    const std::string& name = column.name.last().text;
    auto* other = Find<ColumnDefinition>(
        [&](const ColumnDefinition& one) { return one.name.last().text == name; });
    const std::optional<LikePart> part = PartOf(column.kind);
    if (other == nullptr) {
      merged_.elements.emplace_back(column);
      return {};
    }
    const bool alike = part && other->kind == column.kind;
    if (!alike || !strategies_.Overwrites(*part)) {
      return Contradiction(fmt::format("the table has a column \"{}\" already", name),
                           column.name.span, alike ? WayOut(*part) : "");
    }
    *other = column;
    return {};
  }

  Status AddWatermark(const WatermarkDefinition& watermark) {
    auto* other = Find<WatermarkDefinition>([](const auto&) { return true; });
    if (other == nullptr) {
      merged_.elements.emplace_back(watermark);
      return {};
    }
    const bool same = other->column.last().text == watermark.column.last().text;
    if (!same || !strategies_.Overwrites(LikePart::kWatermarks)) {
      return Contradiction(
          fmt::format("the table has a WATERMARK for \"{}\" already", other->column.last().text),
          watermark.span, WayOut(LikePart::kWatermarks));
    }
    *other = watermark;
    return {};
  }

  Status MergePartitions(const ast::CreateTable& source) {
    if (strategies_.Excludes(LikePart::kPartitions) || source.partitioned_by.empty()) return {};
    if (!table_.partitioned_by.empty()) {
      return Contradiction("the table is PARTITIONED BY other columns already",
                           table_.partitioned_by[0].span, WayOut(LikePart::kPartitions));
    }
    merged_.partitioned_by = source.partitioned_by;
    return {};
  }

  Status MergeOptions(const ast::CreateTable& source) {
    if (strategies_.Excludes(LikePart::kOptions)) return {};
    merged_.options.clear();
    for (const ast::Property& option : source.options) {
      const auto own = std::ranges::find_if(table_.options, [&](const ast::Property& one) {
        return one.key.text == option.key.text;
      });
      if (own == table_.options.end()) {
        merged_.options.push_back(option);
      } else if (!strategies_.Overwrites(LikePart::kOptions)) {
        return Contradiction(fmt::format("the table has an option '{}' already", option.key.text),
                             own->key.span, WayOut(LikePart::kOptions));
      }
    }
    merged_.options.insert(merged_.options.end(), table_.options.begin(), table_.options.end());
    return {};
  }

  const ast::CreateTable& table_;
  Strategies strategies_;
  ast::CreateTable merged_;
};

}  // namespace

Result<ast::CreateTable> MergeLike(const ast::CreateTable& table, const ast::CreateTable& source) {
  return LikeMerger(table).Merge(source);
}

}  // namespace weir::bind
