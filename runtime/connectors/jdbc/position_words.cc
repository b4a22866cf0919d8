#include "runtime/connectors/jdbc/position_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "runtime/base/hex_digit.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::connectors::jdbc {
namespace {

bool IsPlain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '-' || c == '.' || c == ':' || c == '*';
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

}  // namespace

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

bool ParseNumbers(std::string_view text, std::vector<uint64_t>& numbers) {
  while (!text.empty()) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, numbers.emplace_back());
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<size_t>(stop - text.data()));
    if (text.empty()) return true;
    if (text.front() != ',' || text.size() == 1) return false;
    text.remove_prefix(1);
  }
  return true;
}

std::optional<PositionWords> PositionWords::Parse(std::string_view text) {
  constexpr std::string_view kVersion = "v1 ";
  if (!text.starts_with(kVersion)) return std::nullopt;
  text.remove_prefix(kVersion.size());
  PositionWords words;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t equals = word.find('=');
    if (equals == 0 || equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = word.substr(0, equals);
    if (std::ranges::count(words.words_, name, [](const auto& one) { return one.first; }) > 0)
      return std::nullopt;
    words.words_.emplace_back(name, word.substr(equals + 1));
  }
  return words;
}

std::optional<std::string_view> PositionWords::Take(std::string_view name) {
  const auto found = std::ranges::find(words_, name, [](const auto& one) { return one.first; });
  if (found == words_.end()) return std::nullopt;
  const std::string_view value = found->second;
  words_.erase(found);
  return value;
}

bool PositionWords::TakeNumber(std::string_view name, uint64_t& number) {
  const std::optional<std::string_view> word = Take(name);
  if (!word) return false;
  const Result<int64_t> value = graph::ParseInteger(*word);
  if (!value.ok() || *value < 0) return false;
  number = static_cast<uint64_t>(*value);
  return true;
}

bool PositionWords::TakeTexts(std::string_view name, std::vector<std::string>& texts) {
  const std::optional<std::string_view> word = Take(name);
  return word && Unescape(*word, texts);
}

}  // namespace weir::connectors::jdbc
