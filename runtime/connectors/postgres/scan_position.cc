#include "runtime/connectors/postgres/scan_position.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/hex_digit.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::connectors::postgres {
namespace {

bool IsPlain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '-' || c == '.' || c == ':' || c == '*';
}

std::string Escaped(const std::vector<std::string>& texts) {
  std::string all;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) all += ',';
    for (const char c : texts[i]) {
      if (IsPlain(c)) {
        all.push_back(c);
      } else {
        all.append(fmt::format("%{:02x}", static_cast<uint8_t>(c)));
      }
    }
  }
  return all;
}

bool Unescape(std::string_view text, std::vector<std::string>& texts) {
  texts.emplace_back();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',') {
      texts.emplace_back();
    } else if (text[i] != '%') {
      texts.back() += text[i];
    } else {
      const int byte = HexByte(text, i + 1);
      if (byte < 0) return false;
      texts.back() += static_cast<char>(byte);
      i += 2;
    }
  }
  return true;
}

// The word behind `name` at the front of `rest`.
bool TakeWord(std::string_view& rest, std::string_view name, std::string_view& word) {
  if (!rest.starts_with(name)) return false;
  rest.remove_prefix(name.size());
  const size_t end = std::min(rest.find(' '), rest.size());
  word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return true;
}

bool TakeNumber(std::string_view& rest, std::string_view name, uint64_t& number) {
  std::string_view word;
  if (!TakeWord(rest, name, word)) return false;
  const Result<int64_t> value = graph::ParseInteger(word);
  if (!value.ok() || *value < 0) return false;
  number = static_cast<uint64_t>(*value);
  return true;
}

bool Parse(std::string_view rest, ScanPosition& position) {
  if (!TakeNumber(rest, "v1 rows=", position.rows)) return false;
  if (rest.empty()) return true;
  std::string_view by;
  std::string_view at;
  return TakeNumber(rest, "equal=", position.equal) && TakeWord(rest, "by=", by) &&
         TakeWord(rest, "at=", at) && rest.empty() && Unescape(by, position.by) &&
         Unescape(at, position.at) && position.by.size() == position.at.size();
}

}  // namespace

std::string ScanPosition::Text() const {
  if (by.empty() || rows == 0) return fmt::format("v1 rows={}", rows);
  return fmt::format("v1 rows={} equal={} by={} at={}", rows, equal, Escaped(by), Escaped(at));
}

Result<ScanPosition> ParsePosition(std::string_view text) {
  ScanPosition position;
  if (text.empty() || Parse(text, position)) return position;
  return Status::Corruption(
             fmt::format("position '{}' of a table of PostgreSQL is not understood", text))
      .WithId("E7001");
}

}  // namespace weir::connectors::postgres
