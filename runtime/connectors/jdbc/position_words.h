// The words of positions in tables of databases: "v1 rows=3 by=id,part at=17,x%20y".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::connectors::jdbc {

// One value for texts of any kind, with commas between them.
std::string Escaped(const std::vector<std::string>& texts);

// Numbers with commas between them; "": none. False for a text that is none.
bool ParseNumbers(std::string_view text, std::vector<uint64_t>& numbers);

// Words of the form name=value behind "v1", each name once. Borrows the text.
class PositionWords {
 public:
  // Nothing for a text that is none.
  static std::optional<PositionWords> Parse(std::string_view text);

  // The value of a word, which then counts as read; nothing where there is none.
  std::optional<std::string_view> Take(std::string_view name);
  // False where there is none, or it is no number, or not such a list.
  bool TakeNumber(std::string_view name, uint64_t& number);
  bool TakeTexts(std::string_view name, std::vector<std::string>& texts);
  // Whether every word was read.
  bool AllTaken() const { return words_.empty(); }

 private:
  std::vector<std::pair<std::string_view, std::string_view>> words_;
};

}  // namespace weir::connectors::jdbc
