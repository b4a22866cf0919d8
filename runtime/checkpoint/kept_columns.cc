#include "runtime/checkpoint/kept_columns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "runtime/checkpoint/retyped_calls.h"
#include "runtime/fault_point.h"

namespace weir::checkpoint {
namespace {

constexpr std::string_view kColumn = "column";

const MeaningPart* Find(const std::vector<MeaningPart>& meaning, std::string_view part,
                        std::string_view name) {
  const auto found = std::ranges::find_if(
      meaning, [&](const MeaningPart& one) { return one.part == part && one.name == name; });
  return found == meaning.end() ? nullptr : &*found;
}

bool HasField(const std::vector<Field>& fields, std::string_view name) {
  return std::ranges::any_of(fields, [&](const Field& field) { return field.name == name; });
}

// Splits a list of names as the planner writes it, one per line.
std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

struct OutputColumn {
  std::string name;
  std::string text;
  std::string type;  // "" in meanings that do not say it

  bool IsAs(const OutputColumn& other) const {
    return text == other.text && (type == other.type || DefectPlanted("meaning-of-sink-types"));
  }
};

std::string TypeOf(const std::vector<MeaningPart>& meaning, std::string_view name) {
  const MeaningPart* type = Find(meaning, "type", name);
  return type == nullptr ? "" : type->text;
}

std::vector<OutputColumn> OutputOf(const std::vector<MeaningPart>& meaning) {
  std::vector<OutputColumn> columns;
  const MeaningPart* places = Find(meaning, "places", "");
  if (places != nullptr) {
    for (const std::string& name : Lines(places->text)) {
      const MeaningPart* column = Find(meaning, kColumn, name);
      columns.push_back({name, column == nullptr ? "" : column->text, TypeOf(meaning, name)});
    }
    return columns;
  }
  for (const MeaningPart& part : meaning) {
    if (part.part == kColumn) columns.push_back({part.name, part.text, TypeOf(meaning, part.name)});
  }
  return columns;
}

// Whether the column is written as it was, or its type is that of a call that has another one now.
bool IsAsBefore(const std::vector<MeaningPart>& saved, const OutputColumn& was,
                const OutputColumn& is) {
  return was.IsAs(is) || (was.text == is.text && WasRetyped(saved, was.text, was.type, is.type));
}

std::string InWords(const OutputColumn* before, const OutputColumn* now) {
  if (before == nullptr) return fmt::format("the column {} = {} is new", now->name, now->text);
  if (now == nullptr) return fmt::format("the column {} is gone", before->name);
  if (before->text == now->text)
    return fmt::format("the column {} was {}, is {}", now->name, before->type, now->type);
  return fmt::format("the column {} was {}, is {}", now->name, before->text, now->text);
}

}  // namespace

std::string ColumnText(const std::vector<MeaningPart>& meaning, const std::string& table,
                       const std::string& field) {
  // The versions of a temporal join are rows of its right side.
  const std::string side = table == "versions" ? "right" : table;
  for (const std::string& name : {side + "." + field, field}) {
    std::vector<std::string> texts;  // several if names repeat
    for (const MeaningPart& part : meaning) {
      if (part.part == kColumn && part.name == name) texts.push_back(part.text);
    }
    if (!texts.empty()) return fmt::format("{}", fmt::join(texts, ", "));
  }
  return "";
}

Renames RenamedColumns(const StateSchema& saved, const std::vector<MeaningPart>& before,
                       const StateSchema& wanted, const std::vector<MeaningPart>& now) {
  const auto was = [&](const Field& field) { return ColumnText(before, saved.name, field.name); };
  const auto is = [&](const Field& field) { return ColumnText(now, wanted.name, field.name); };
  const auto same = [&](const Field& field) {
    return HasField(wanted.value, field.name) && was(field) == is(field);
  };
  Renames renames;
  const auto taken = [&](const std::string& name) {
    return std::ranges::any_of(renames, [&](const auto& one) { return one.first == name; });
  };
  for (const Field& field : wanted.value) {
    const std::string text = is(field);
    if (text.empty() || (HasField(saved.value, field.name) && was(field) == text)) continue;
    for (const Field& other : saved.value) {
      if (was(other) != text || same(other) || taken(other.name)) continue;
      renames.emplace_back(other.name, field.name);
      break;
    }
  }
  return WithRoomMade(std::move(renames),
                      [&](const std::string& name) { return HasField(saved.value, name); });
}

std::vector<std::string> RowTexts(const std::vector<MeaningPart>& meaning,
                                  const OperatorStateSchema& schema, const std::string& input) {
  std::vector<std::string> texts;
  const MeaningPart* row = Find(meaning, "row", input);
  if (row == nullptr) return texts;
  const auto keeps = [&](const std::string& name) {
    return std::ranges::any_of(schema.tables, [&](const StateSchema& table) {
      if (!input.empty()) return table.name == input && HasField(table.value, name);
      return HasField(table.key, name) || HasField(table.value, name);
    });
  };
  for (const std::string& name : Lines(row->text)) {
    if (keeps(name)) texts.push_back(ColumnText(meaning, input, name));
  }
  return texts;
}

std::string OutputDifference(const std::vector<MeaningPart>& saved,
                             const std::vector<MeaningPart>& wanted) {
  const std::vector<OutputColumn> before = OutputOf(saved);
  const std::vector<OutputColumn> now = OutputOf(wanted);
  std::vector<std::string> words;
  const bool by_place = Find(saved, "places", "") != nullptr &&
                        Find(wanted, "places", "") != nullptr &&
                        !DefectPlanted("meaning-of-sink-order");
  if (by_place) {
    for (size_t i = 0; i < std::max(before.size(), now.size()); ++i) {
      const OutputColumn* was = i < before.size() ? &before[i] : nullptr;
      const OutputColumn* is = i < now.size() ? &now[i] : nullptr;
      if (was == nullptr && DefectPlanted("meaning-of-sink-columns")) continue;
      if (was == nullptr || is == nullptr || !IsAsBefore(saved, *was, *is))
        words.push_back(InWords(was, is));
    }
    return fmt::format("{}", fmt::join(words, ", "));
  }
  std::map<std::string, std::pair<const OutputColumn*, const OutputColumn*>> by_name;
  for (const OutputColumn& column : before) by_name[column.name].first = &column;
  for (const OutputColumn& column : now) by_name[column.name].second = &column;
  for (const auto& [name, pair] : by_name) {
    const auto& [was, is] = pair;
    if (was == nullptr || is == nullptr || !IsAsBefore(saved, *was, *is))
      words.push_back(InWords(was, is));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace weir::checkpoint
