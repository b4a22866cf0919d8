#include "runtime/connectors/jdbc/scan_position.h"

#include <fmt/format.h>

#include "runtime/connectors/jdbc/position_words.h"

namespace weir::connectors::jdbc {
namespace {

bool Parse(std::string_view text, ScanPosition& position) {
  std::optional<PositionWords> words = PositionWords::Parse(text);
  if (!words || !words->TakeNumber("rows", position.rows)) return false;
  if (words->AllTaken()) return true;
  const bool whole = words->TakeNumber("equal", position.equal) &&
                     words->TakeTexts("by", position.by) && words->TakeTexts("at", position.at) &&
                     position.by.size() == position.at.size();
  if (!whole) return false;
  if (words->AllTaken()) return true;
  return words->TakeTexts("sorted", position.sorted) && words->AllTaken() &&
         position.sorted.size() == position.by.size();
}

}  // namespace

std::string ScanPosition::Text() const {
  if (by.empty() || rows == 0) return fmt::format("v1 rows={}", rows);
  const std::string text =
      fmt::format("v1 rows={} equal={} by={} at={}", rows, equal, Escaped(by), Escaped(at));
  return sorted.empty() ? text : fmt::format("{} sorted={}", text, Escaped(sorted));
}

Result<ScanPosition> ParsePosition(std::string_view text) {
  ScanPosition position;
  if (text.empty() || Parse(text, position)) return position;
  return Status::Corruption(
             fmt::format("position '{}' in a table of a database is not understood", text))
      .WithId("E7001");
}

}  // namespace weir::connectors::jdbc
