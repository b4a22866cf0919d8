#include "runtime/connectors/postgres/change_position.h"

#include <fmt/format.h>

#include <charconv>

#include "runtime/connectors/jdbc/position_words.h"

namespace weir::connectors::postgres {
namespace {

using jdbc::Escaped;
using jdbc::ParseNumbers;
using jdbc::PositionWords;

constexpr uint32_t kHalf = 32;  // bits of a place on each side of the slash

bool TakePlace(PositionWords& words, std::string_view name, uint64_t& place) {
  const std::optional<std::string_view> word = words.Take(name);
  return word && ParsePlace(*word, place);
}

bool TakePortion(PositionWords& words, TablePosition& table) {
  const std::optional<std::string_view> seen = words.Take("seen");
  if (!seen) return true;
  Result<Visibility> visibility = ParseVisibility(*seen);
  if (!visibility.ok()) return false;
  Portion portion;
  portion.seen = std::move(*visibility);
  portion.last = words.Take("last") == "1";
  if (!TakePlace(words, "until", portion.until)) return false;
  // The last portion of an empty table has no key.
  if (!words.TakeTexts("to", portion.to) && !portion.last) return false;
  if (!portion.to.empty() && portion.to.size() != table.by.size()) return false;
  table.portion = std::move(portion);
  return true;
}

bool TakeTable(PositionWords& words, std::optional<TablePosition>& position) {
  TablePosition table;
  if (!words.TakeTexts("by", table.by)) return true;
  if (words.TakeTexts("sorted", table.sorted) && table.sorted.size() != table.by.size())
    return false;
  const bool done = words.TakeTexts("done", table.done);
  if (done && table.done.size() != table.by.size()) return false;
  const std::optional<std::string_view> passed = words.Take("passed");
  std::vector<uint64_t> transactions;
  if (passed && !ParseNumbers(*passed, transactions)) return false;
  table.passed.insert(transactions.begin(), transactions.end());
  if (!TakePortion(words, table)) return false;
  position = std::move(table);
  return true;
}

bool TakeForm(PositionWords& words, TableForm& form) {
  if (!words.TakeNumber("table", form.oid)) return true;
  const std::optional<std::string_view> leaves = words.Take("leaves");
  std::vector<uint64_t> oids;
  if (!words.TakeNumber("file", form.file)) return false;
  if (leaves && !ParseNumbers(*leaves, oids)) return false;
  // Of a query that reads none (COUNT(*)) there are no columns.
  std::vector<std::string> columns;
  words.TakeTexts("columns", columns);
  constexpr size_t kParts = 3;
  if (columns.size() % kParts != 0) return false;
  for (size_t i = 0; i < columns.size(); i += kParts)
    form.columns[columns[i]] = {columns[i + 1], columns[i + 2]};
  form.leaves.insert(oids.begin(), oids.end());
  return true;
}

std::string FormText(const TableForm& form) {
  std::string text = fmt::format(" table={} file={}", form.oid, form.file);
  std::vector<std::string> columns;
  for (const auto& [name, column] : form.columns) {
    columns.push_back(name);
    columns.push_back(column.number);
    columns.push_back(column.type);
  }
  if (!columns.empty()) text.append(fmt::format(" columns={}", Escaped(columns)));
  if (!form.leaves.empty()) text.append(fmt::format(" leaves={}", fmt::join(form.leaves, ",")));
  return text;
}

bool Parse(std::string_view text, ChangePosition& position) {
  std::optional<PositionWords> words = PositionWords::Parse(text);
  if (!words) return false;
  const std::optional<std::string_view> system = words->Take("system");
  const std::optional<std::string_view> slot = words->Take("slot");
  if (!system || !slot || !TakePlace(*words, "log", position.log)) return false;
  if (!words->TakeNumber("rows", position.rows)) return false;
  position.system = *system;
  position.slot = *slot;
  if (!TakeForm(*words, position.form)) return false;
  if (TakePlace(*words, "commit", position.commit) && !words->TakeNumber("of-it", position.of_it))
    return false;
  return TakeTable(*words, position.table) && words->AllTaken();
}

}  // namespace

std::string PlaceText(uint64_t place) {
  return fmt::format("{:X}/{:X}", place >> kHalf, place & UINT32_MAX);
}

bool ParsePlace(std::string_view text, uint64_t& place) {
  uint32_t high = 0;
  uint32_t low = 0;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, high, 16);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '/') return false;
  const auto second = std::from_chars(first.ptr + 1, end, low, 16);
  if (second.ec != std::errc() || second.ptr != end) return false;
  place = uint64_t{high} << kHalf | low;
  return true;
}

std::string ChangePosition::Text() const {
  std::string text =
      fmt::format("v1 system={} slot={} log={} rows={}", system, slot, PlaceText(log), rows);
  if (form.oid != 0) text.append(FormText(form));
  if (commit != 0) text.append(fmt::format(" commit={} of-it={}", PlaceText(commit), of_it));
  if (!table) return text;
  text.append(fmt::format(" by={}", Escaped(table->by)));
  if (!table->sorted.empty()) text.append(fmt::format(" sorted={}", Escaped(table->sorted)));
  if (!table->done.empty()) text.append(fmt::format(" done={}", Escaped(table->done)));
  if (!table->passed.empty()) text.append(fmt::format(" passed={}", fmt::join(table->passed, ",")));
  if (!table->portion) return text;
  const Portion& portion = *table->portion;
  if (!portion.to.empty()) text.append(fmt::format(" to={}", Escaped(portion.to)));
  if (portion.last) text.append(" last=1");
  text.append(fmt::format(" seen={} until={}", portion.seen.Text(), PlaceText(portion.until)));
  return text;
}

Result<ChangePosition> ParseChangePosition(std::string_view text) {
  ChangePosition position;
  if (Parse(text, position)) return position;
  return Status::Corruption(
             fmt::format("position '{}' in the log of PostgreSQL is not understood", text))
      .WithId("E7001");
}

}  // namespace weir::connectors::postgres
