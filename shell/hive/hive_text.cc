#include "shell/hive/hive_text.h"

#include <cctype>
#include <cstdint>
#include <optional>

#include "planner/catalog/catalog.h"
#include "runtime/base/hex_digit.h"
#include "runtime/base/names.h"

namespace weir::shell {
namespace {

// Half of a UTF-16 surrogate pair becomes U+FFFD.
void AppendUtf8(uint32_t code, std::string& out) {
  if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
  const auto byte = [&](uint32_t bits) { out += static_cast<char>(bits); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xc0U | code >> 6);
    byte(0x80U | (code & 0x3fU));
  } else {
    byte(0xe0U | code >> 12);
    byte(0x80U | (code >> 6 & 0x3fU));
    byte(0x80U | (code & 0x3fU));
  }
}

bool IsWordByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::string Read() {
    while (at_ < text_.size()) Step();
    return std::move(out_);
  }

 private:
  void Step() {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("--")) return CopyTo(text_.find('\n', at_), 0);
    if (rest.starts_with("/*")) return CopyTo(text_.find("*/", at_ + 2), 2);
    const char c = rest.front();
    if (c == '`') return CopyName();
    if (c == '\'' || c == '"') return ReadLiteral(c);
    if (IsWordByte(c)) return CopyWord();
    Copy(1);
  }

  void Copy(size_t count) {
    out_ += text_.substr(at_, count);
    at_ += count;
  }

  // Copies up to `found` and `more` bytes beyond it; the whole rest if `found` is npos.
  void CopyTo(size_t found, size_t more) {
    Copy(found == std::string_view::npos ? text_.size() - at_ : found + more - at_);
  }

  void CopyName() {
    const size_t end = text_.find('`', at_ + 1);
    if (end != std::string_view::npos &&
        WriteDefault(text_.substr(at_ + 1, end - at_ - 1), end + 1))
      return;
    CopyTo(end, 1);
  }

  void CopyWord() {
    size_t end = at_;
    while (end < text_.size() && IsWordByte(text_[end])) ++end;
    const std::string_view word = text_.substr(at_, end - at_);
    if (WriteDefault(word, end)) return;
    const bool quoted = end + 1 < text_.size() && text_[end] == '&' && text_[end + 1] == '\'';
    if (!quoted || !EqualsIgnoreCase(word, "U")) return Copy(end - at_);
    size_t close = text_.find('\'', end + 2);
    while (close != std::string_view::npos && text_.substr(close + 1).starts_with('\''))
      close = text_.find('\'', close + 2);
    CopyTo(close, 1);
  }

  // If the name, which ends at `end`, means Hive's default database, writes our name for it and
  // returns true.
  bool WriteDefault(std::string_view name, size_t end) {
    const bool qualifies = end < text_.size() && text_[end] == '.' &&
                           (out_.empty() || out_.back() != '.') &&
                           EqualsIgnoreCase(name, "default");
    if (!qualifies) return false;
    out_ += catalog::QuoteName(catalog::kDefaultDatabase);
    at_ = end;
    return true;
  }

  void ReadLiteral(char quote) {
    std::string value;
    size_t at = at_ + 1;
    while (at < text_.size()) {
      const char c = text_[at];
      if (c == quote && at + 1 < text_.size() && text_[at + 1] == quote) {
        value += quote;
        at += 2;
      } else if (c == quote) {
        at_ = at + 1;
        return WriteLiteral(value);
      } else if (c == '\\' && at + 1 < text_.size()) {
        at = ReadEscape(at + 1, value);
      } else {
        value += c;
        ++at;
      }
    }
    Copy(text_.size() - at_);
  }

  void WriteLiteral(std::string_view value) {
    out_ += '\'';
    for (const char c : value) out_ += c == '\'' ? "''" : std::string(1, c);
    out_ += '\'';
  }

  // The number in the next `count` digits; nullopt if they are not all digits of `base`.
  std::optional<uint32_t> Number(size_t at, size_t count, uint32_t base) const {
    uint32_t number = 0;
    for (size_t i = at; i < at + count; ++i) {
      const int digit = i < text_.size() ? HexDigit(text_[i]) : -1;
      if (digit < 0 || static_cast<uint32_t>(digit) >= base) return std::nullopt;
      number = number * base + static_cast<uint32_t>(digit);
    }
    return number;
  }

  // Appends the character that is escaped at `at`, behind the backslash; returns where it ends.
  size_t ReadEscape(size_t at, std::string& value) const {
    constexpr std::string_view kLetters = "0bnrtZ";
    constexpr std::string_view kMeanings{"\0\b\n\r\t\x1a", 6};
    const char c = text_[at];
    if (c == 'u') {
      if (const std::optional<uint32_t> code = Number(at + 1, 4, 16)) {
        AppendUtf8(*code, value);
        return at + 5;
      }
    }
    if (c == '0' || c == '1') {
      if (const std::optional<uint32_t> code = Number(at, 3, 8)) {
        AppendUtf8(*code, value);
        return at + 3;
      }
    }
    // \% and \_ keep their backslash, which escapes in a pattern of LIKE.
    if (c == '%' || c == '_') value += '\\';
    const size_t letter = kLetters.find(c);
    value += letter == std::string_view::npos ? c : kMeanings[letter];
    return at + 1;
  }

  const std::string_view text_;
  size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string FromHiveText(std::string_view statement) {
  return Reader(statement).Read();
}

}  // namespace weir::shell
