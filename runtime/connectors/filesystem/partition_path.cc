#include "runtime/connectors/filesystem/partition_path.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/hex_digit.h"
#include "runtime/fault_point.h"
#include "runtime/types/batch_text.h"
#include "runtime/types/column_builder.h"
#include "runtime/types/string_ref.h"

namespace weir::connectors {
namespace {

bool IsEscaped(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f ||
         std::string_view("\"#%'*/:=?\\{[]^").find(c) != std::string_view::npos;
}

void AppendEscape(char c, std::string& out) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

void AppendEscaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    if (IsEscaped(c)) {
      AppendEscape(c, out);
    } else {
      out += c;
    }
  }
}

// A value that is equal to the default name, with one escape more than that has.
void AppendNamesake(std::string_view text, std::string& out) {
  const auto* const plain = std::ranges::find_if_not(text, IsEscaped);
  const auto before = static_cast<size_t>(plain - text.begin());
  AppendEscaped(text.substr(0, before), out);
  if (before == text.size()) return;
  AppendEscape(*plain, out);
  AppendEscaped(text.substr(before + 1), out);
}

// "key=value" for a cell as FormatCell writes it; `name` is escaped. An empty cell is NULL.
void AppendDirectory(std::string_view name, std::string_view cell, std::string_view default_name,
                     std::string& out) {
  if (!out.empty()) out += '/';
  out += name;
  out += '=';
  if (cell == default_name && !cell.empty() && !DefectPlanted("values-named-null")) {
    AppendNamesake(cell, out);
  } else {
    AppendEscaped(cell.empty() ? default_name : cell, out);
  }
}

// A partition's value as its column prints it, but BOOLEAN in lower case as Java writes it.
void AppendPartitionCell(const Column& column, uint32_t row, std::string& cell) {
  if (!column.IsNull(row)) FormatCell(column, row, cell);
  if (column.type().kind() != TypeKind::kBoolean) return;
  for (char& c : cell) c = static_cast<char>(c | 0x20);
}

template <typename T>
bool SameAt(const Column& column, uint32_t a, uint32_t b) {
  if constexpr (std::is_same_v<T, StringRef>) {
    return column.ValueAt<T>(a).view() == column.ValueAt<T>(b).view();
  } else {
    return column.ValueAt<T>(a) == column.ValueAt<T>(b);
  }
}

template <typename T>
void MarkChanges(const Batch& batch, const Column& column, std::vector<uint8_t>& changed) {
  for (uint32_t i = 1; i < batch.size(); ++i) {
    const uint32_t row = batch.RowAt(i);
    const uint32_t before = batch.RowAt(i - 1);
    const bool null = column.IsNull(row);
    const bool same = null == column.IsNull(before) && (null || SameAt<T>(column, row, before));
    if (!same) changed[i] = 1;
  }
}

}  // namespace

std::string EscapePathName(std::string_view text) {
  std::string out;
  AppendEscaped(text, out);
  return out;
}

std::string UnescapePathName(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const int byte = text[i] == '%' ? HexByte(text, i + 1) : -1;
    if (byte < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

bool IsDefaultName(std::string_view default_name) {
  return default_name.empty() || !std::ranges::all_of(default_name, IsEscaped);
}

bool NamesNull(std::string_view name, std::string_view default_name) {
  if (UnescapePathName(name) != default_name) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    const int byte = name[i] == '%' ? HexByte(name, i + 1) : -1;
    if (byte >= 0 && !IsEscaped(static_cast<char>(byte))) return false;
  }
  return true;
}

std::optional<std::vector<std::string>> PartitionNamesOf(std::string_view path,
                                                         std::string_view root,
                                                         const std::vector<std::string>& keys) {
  if (!path.starts_with(root)) return std::nullopt;
  path.remove_prefix(root.size());
  std::vector<std::string> values;
  for (const std::string& key : keys) {
    while (path.starts_with('/')) path.remove_prefix(1);
    const std::string prefix = EscapePathName(key) + "=";
    const size_t slash = path.find('/');
    if (!path.starts_with(prefix) || slash == std::string_view::npos) return std::nullopt;
    values.emplace_back(path.substr(prefix.size(), slash - prefix.size()));
    path.remove_prefix(slash);
  }
  return values;
}

std::optional<std::vector<std::string>> PartitionValuesOf(std::string_view path,
                                                          std::string_view root,
                                                          const std::vector<std::string>& keys) {
  auto values = PartitionNamesOf(path, root, keys);
  if (values) {
    for (std::string& value : *values) value = UnescapePathName(value);
  }
  return values;
}

Result<Value> PartitionValue(std::string_view name, const Type& type,
                             std::string_view default_name) {
  if (NamesNull(name, default_name)) return Value::Null(type.WithNullable(true));
  const std::string text = UnescapePathName(name);
  if (type.is_character()) return Value(type, text);
  ColumnBuilder builder(type, 1);
  Status status = ParseCell(text, builder);
  if (!status.ok()) {
    return Status::DataError(fmt::format("the directory of a partition names no {}: '{}'",
                                         type.ToStringIgnoringNullability(), text))
        .WithId("E3005");
  }
  return GetValue(*builder.Finish(), 0);
}

std::optional<std::string> WrittenDirectory(std::string_view directory, std::span<const Field> keys,
                                            std::string_view default_name) {
  std::vector<std::string> names;
  for (const Field& key : keys) names.push_back(key.name);
  const auto spelled = PartitionNamesOf(std::string(directory) + "/", "", names);
  if (!spelled) return std::nullopt;
  std::string written;
  for (size_t i = 0; i < keys.size(); ++i) {
    const std::string text = UnescapePathName((*spelled)[i]);
    std::string cell;  // empty: NULL
    if (NamesNull((*spelled)[i], default_name)) {
      if (text.empty()) return std::nullopt;  // an empty text that no sink has written
    } else if (keys[i].type.is_character()) {
      if (text.empty()) return std::nullopt;
      cell = text;
    } else {
      ColumnBuilder builder(keys[i].type, 1);
      if (!ParseCell(text, builder).ok()) return std::nullopt;
      AppendPartitionCell(*builder.Finish(), 0, cell);
    }
    AppendDirectory(EscapePathName(keys[i].name), cell, default_name, written);
  }
  return written;
}

PartitionRows::PartitionRows(const Schema& schema, std::vector<int> keys, std::string default_name)
    : keys_(std::move(keys)), default_name_(std::move(default_name)) {
  for (const int key : keys_) {
    names_.push_back(EscapePathName(schema.fields.at(static_cast<size_t>(key)).name));
  }
}

void PartitionRows::FindChanges(const Batch& batch) {
  changed_.assign(batch.size(), 0);
  changed_[0] = 1;
  for (const int key : keys_) {
    const Column& column = *batch.columns[static_cast<size_t>(key)];
    if (column.is_constant()) continue;
    switch (column.type().physical()) {
      case PhysicalType::kString:
        MarkChanges<StringRef>(batch, column, changed_);
        break;
      case PhysicalType::kBool:
        MarkChanges<uint8_t>(batch, column, changed_);
        break;
      case PhysicalType::kInt8:
        MarkChanges<int8_t>(batch, column, changed_);
        break;
      case PhysicalType::kInt16:
        MarkChanges<int16_t>(batch, column, changed_);
        break;
      case PhysicalType::kInt64:
        MarkChanges<int64_t>(batch, column, changed_);
        break;
      default:  // INT and DATE; other types were rejected before
        MarkChanges<int32_t>(batch, column, changed_);
        break;
    }
  }
}

void PartitionRows::NameDirectory(const Batch& batch, uint32_t row) {
  directory_.clear();
  for (size_t i = 0; i < keys_.size(); ++i) {
    cell_.clear();
    AppendPartitionCell(*batch.columns[static_cast<size_t>(keys_[i])], row, cell_);
    AppendDirectory(names_[i], cell_, default_name_, directory_);
  }
}

PartitionRows::Group& PartitionRows::GroupOf(const std::string& directory) {
  const auto known = places_.find(directory);
  if (known != places_.end()) return groups_[known->second];
  if (used_ == groups_.size()) groups_.emplace_back();
  places_.emplace(directory, used_);
  Group& group = groups_[used_++];
  group.directory = directory;
  group.rows.clear();
  return group;
}

std::span<const PartitionRows::Group> PartitionRows::Divide(const Batch& batch) {
  used_ = 0;
  places_.clear();
  if (batch.empty()) return {};
  FindChanges(batch);
  Group* group = nullptr;
  for (uint32_t i = 0; i < batch.size(); ++i) {
    const uint32_t row = batch.RowAt(i);
    if (changed_[i] != 0) {
      NameDirectory(batch, row);
      group = &GroupOf(directory_);
    }
    group->rows.push_back(row);
  }
  return {groups_.data(), used_};
}

}  // namespace weir::connectors
