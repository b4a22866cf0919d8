#include "runtime/connectors/formats/quoted_text.h"

#include <algorithm>
#include <string>

namespace weir::connectors {
namespace {

bool HasTexts(const Type& type) {
  return type.is_character() || std::ranges::any_of(type.fields(), HasTexts, &TypeField::type);
}

bool NeedsQuotes(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  return text.empty() || text == "NULL" || text.starts_with('#') ||
         text.find_first_of(",[](){}='\r\n") != std::string_view::npos ||
         text.find(" / ") != std::string_view::npos ||
         kBlanks.find(text.front()) != std::string_view::npos ||
         kBlanks.find(text.back()) != std::string_view::npos;
}

void AppendQuoted(std::string_view text, std::string& out) {
  const bool escaped = text.find_first_of("\r\n") != std::string_view::npos;
  out += escaped ? "U&'" : "'";
  for (const char c : text) {
    if (c == '\n' || c == '\r') {
      out += c == '\n' ? "\\000a" : "\\000d";
      continue;
    }
    if (c == '\'' || (escaped && c == '\\')) out += c;
    out += c;
  }
  out += '\'';
}

ColumnPtr QuotedColumn(const ColumnPtr& column) {
  const Type& type = column->type();
  if (!HasTexts(type)) return column;
  const Type result = type.is_character() ? Type::String().WithNullable(type.nullable()) : type;
  MutableColumnPtr quoted = Column::Make(result, column->length(), column->is_constant());
  if (column->has_validity()) quoted->ShareValidity(column->validity_buffer());
  if (type.is_character()) {
    std::string text;
    for (uint32_t row = 0; row < column->stored(); ++row) {
      if (column->IsNull(row)) continue;
      const std::string_view bare = column->data<StringRef>()[row].view();
      text.clear();
      if (NeedsQuotes(bare)) AppendQuoted(bare, text);
      quoted->SetString(row, text.empty() ? bare : text);
    }
    return quoted;
  }
  if (type.physical() == PhysicalType::kList) {
    std::copy_n(column->offsets(), column->stored() + 1, quoted->mutable_offsets());
  }
  for (const ColumnPtr& child : column->children()) quoted->AddChild(QuotedColumn(child));
  return quoted;
}

}  // namespace

Batch WithQuotedTexts(Batch batch) {
  const bool any = std::ranges::any_of(
      batch.columns, [](const ColumnPtr& column) { return HasTexts(column->type()); });
  if (!any) return batch;
  batch = Compact(std::move(batch));  // rows that do not count hold arbitrary values
  for (ColumnPtr& column : batch.columns) column = QuotedColumn(column);
  return batch;
}

}  // namespace weir::connectors
