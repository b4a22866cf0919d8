#include "planner/catalog/name_text.h"

#include <fmt/format.h>

#include <cctype>
#include <optional>

namespace weir::catalog {
namespace {

bool IsPlain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || c == '$' || byte >= 0x80;
}

// Takes the part at the beginning off `text`.
std::optional<std::string> TakePart(std::string_view& text) {
  std::string part;
  if (!text.starts_with('`')) {
    const bool digit = !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) != 0;
    if (digit) return std::nullopt;
    while (!text.empty() && IsPlain(text[0])) {
      part += text[0];
      text.remove_prefix(1);
    }
    return part.empty() ? std::nullopt : std::optional(part);
  }
  text.remove_prefix(1);
  while (!text.empty()) {
    const bool tick = text[0] == '`';
    const bool doubled = text.starts_with("``");
    if (!tick || doubled) part += text[0];
    text.remove_prefix(doubled ? 2 : 1);
    if (tick && !doubled) return part.empty() ? std::nullopt : std::optional(part);
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<std::string>> PartsOfName(std::string_view text) {
  constexpr size_t kMostParts = 3;
  std::vector<std::string> parts;
  std::string_view rest = text;
  while (parts.size() < kMostParts) {
    std::optional<std::string> part = TakePart(rest);
    if (!part) break;
    parts.push_back(*std::move(part));
    if (rest.empty()) return parts;
    if (rest[0] != '.') break;
    rest.remove_prefix(1);
  }
  return Status::InvalidSql(fmt::format("'{}' is no name of a table", text))
      .WithId("E2008")
      .WithHint("'bad_orders', 'db.bad_orders' or '`bad orders`'");
}

}  // namespace weir::catalog
