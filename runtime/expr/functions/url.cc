// URL_ENCODE, URL_DECODE and PARSE_URL, as java.net has them.
#include <optional>

#include "runtime/base/hex_digit.h"
#include "runtime/base/names.h"
#include "runtime/base/valid_utf8.h"
#include "runtime/expr/functions/list.h"
#include "runtime/expr/functions/rules.h"
#include "runtime/expr/functions/text.h"

namespace weir::expr {
namespace {

using Part = std::optional<std::string_view>;

bool IsPlain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
         c == '-' || c == '*' || c == '_';
}

// URL_ENCODE: as application/x-www-form-urlencoded has it, with + for a blank.
Result<ColumnPtr> EncodeKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    for (const char c : in[row].view()) {
      if (IsPlain(c) || c == ' ') {
        text.Append(c == ' ' ? '+' : c);
        continue;
      }
      text.Append('%');
      text.Append("0123456789ABCDEF"[static_cast<uint8_t>(c) >> 4]);
      text.Append("0123456789ABCDEF"[static_cast<uint8_t>(c) & 15]);
    }
    return true;
  });
}

// Decodes `encoded`, with U+FFFD for what is no UTF-8. False for a % that is not followed by two
// hexadecimal digits.
bool AppendDecoded(std::string_view encoded, std::string& bytes, TextBuilder& text) {
  bytes.clear();
  for (size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      bytes += encoded[i] == '+' ? ' ' : encoded[i];
      continue;
    }
    const int byte = HexByte(encoded, i + 1);
    if (byte < 0) return false;
    bytes += static_cast<char>(byte);
    i += 2;
  }
  PutValidUtf8(bytes, [&](std::string_view piece) { text.Append(piece); });
  return true;
}

Result<ColumnPtr> DecodeKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  std::string bytes;
  return BuildStrings(call, [&](uint32_t row, TextBuilder& text) {
    return AppendDecoded(in[row].view(), bytes, text);
  });
}

// --- Parts ---------------------------------------------------------------------------------------

struct Url {
  std::string_view protocol;
  Part authority;
  Part user;
  std::string_view host;
  std::string_view path;
  Part query;
  Part reference;
  std::string_view file;  // path and query, which are neighbours
};

// The protocol in lower case if Java has a handler for it; empty otherwise. Lives forever.
std::string_view FindProtocol(std::string_view name) {
  for (const std::string_view known :
       {"http", "https", "ftp", "file", "jar", "mailto", "jmod", "jrt"}) {
    if (EqualsIgnoreCase(known, name)) return known;
  }
  return {};
}

// Splits user, host and port. False for a port that is no number.
bool ParseAuthority(std::string_view authority, Url& url) {
  url.authority = authority;
  url.host = authority;
  const size_t at = authority.find('@');
  if (at != authority.rfind('@')) {
    url.host = {};
  } else if (at != std::string_view::npos) {
    url.user = authority.substr(0, at);
    url.host = authority.substr(at + 1);
  }
  const size_t bracket = url.host.starts_with('[') ? url.host.find(']') : 0;
  if (bracket == std::string_view::npos) return false;
  const size_t colon = url.host.find(':', bracket);
  if (colon == std::string_view::npos) return true;
  const std::string_view port = url.host.substr(colon + 1);
  url.host = url.host.substr(0, colon);
  return port.find_first_not_of("0123456789") == std::string_view::npos;
}

// Splits a URL into its parts; nothing for a text that java.net.URL refuses.
std::optional<Url> ParseUrl(std::string_view text) {
  while (!text.empty() && static_cast<uint8_t>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<uint8_t>(text.back()) <= ' ') text.remove_suffix(1);
  const size_t colon = text.find_first_of(":/");
  if (colon == std::string_view::npos || text[colon] != ':') return std::nullopt;
  Url url;
  url.protocol = FindProtocol(text.substr(0, colon));
  if (url.protocol.empty()) return std::nullopt;
  text.remove_prefix(colon + 1);
  if (const size_t hash = text.find('#'); hash != std::string_view::npos) {
    url.reference = text.substr(hash + 1);
    text = text.substr(0, hash);
  }
  if (url.protocol == "mailto") {
    url.path = url.file = text;
    return url;
  }
  if (text.starts_with("//")) {
    const size_t end = std::min(text.find_first_of("/?", 2), text.size());
    if (!ParseAuthority(text.substr(2, end - 2), url)) return std::nullopt;
    text.remove_prefix(end);
  }
  url.file = text;
  const size_t question = text.find('?');
  url.path = text.substr(0, question);
  if (question != std::string_view::npos) url.query = text.substr(question + 1);
  return url;
}

Part PartOf(const Url& url, std::string_view name) {
  if (name == "HOST") return url.host;
  if (name == "PATH") return url.path;
  if (name == "QUERY") return url.query;
  if (name == "REF") return url.reference;
  if (name == "PROTOCOL") return url.protocol;
  if (name == "FILE") return url.file;
  if (name == "AUTHORITY") return url.authority;
  if (name == "USERINFO") return url.user;
  return std::nullopt;
}

// The value of the first `key=` of a query.
Part ValueOf(Part query, std::string_view key) {
  while (query && !query->empty()) {
    const std::string_view pair = query->substr(0, query->find('&'));
    if (pair.size() > key.size() && pair.starts_with(key) && pair[key.size()] == '=') {
      return pair.substr(key.size() + 1);
    }
    query->remove_prefix(std::min(pair.size() + 1, query->size()));
  }
  return std::nullopt;
}

// With a third argument, a key, only the part QUERY gives a result.
Result<ColumnPtr> ParseKernel(const KernelCall& call) {
  const StringReader in(*call.args[0]);
  const StringReader part(*call.args[1]);
  const bool has_key = call.args.size() == 3;
  const StringReader key(*call.args[has_key ? 2 : 1]);
  return SliceStrings(call, [&](uint32_t row) -> Part {
    const std::optional<Url> url = ParseUrl(in[row].view());
    if (!url) return std::nullopt;
    if (!has_key) return PartOf(*url, part[row].view());
    if (part[row].view() != "QUERY") return std::nullopt;
    return ValueOf(url->query, key[row].view());
  });
}

std::vector<ScalarFunction> MakeTable() {
  return {
      Define("URL_ENCODE", "URL_ENCODE(string) → STRING",
             "As application/x-www-form-urlencoded, in UTF-8.",
             {{{kStr}, ReturnsString, EncodeKernel}}),
      Define("URL_DECODE", "URL_DECODE(string) → STRING",
             "From application/x-www-form-urlencoded; NULL for a malformed escape.",
             {{{kStr}, ReturnsNullableString, DecodeKernel}}),
      Define(
          "PARSE_URL", "PARSE_URL(url, part[, key]) → STRING",
          "HOST, PATH, QUERY, REF, PROTOCOL, AUTHORITY, FILE or USERINFO of a URL; with a key, its "
          "value in the QUERY.",
          {{{kStr, kStr, kStr}, ReturnsNullableString, ParseKernel, 1}}),
  };
}

}  // namespace

std::span<const ScalarFunction> UrlFunctions() {
  static const std::vector<ScalarFunction> table = MakeTable();
  return table;
}

}  // namespace weir::expr
