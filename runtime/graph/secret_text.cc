#include "runtime/graph/secret_text.h"

#include <algorithm>
#include <optional>

#include "runtime/base/names.h"
#include "runtime/fault_point.h"
#include "runtime/graph/secret_reference.h"

namespace weir::graph {
namespace {

using Places = std::vector<SecretPlace>;

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kSeparators = " \t\r\n;,&";  // behind a value without quotes

std::string_view At(std::string_view text, SecretPlace place) {
  return text.substr(place.begin, place.end - place.begin);
}

bool IsOfWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

bool IsQuote(char c) {
  return c == '\'' || c == '"';
}

// Adds what is between the quotes that follow an '=', or without quotes the text up to a separator.
// In SQL quotes may be doubled.
void AddAssigned(std::string_view text, size_t begin, std::string_view separators, Places& places) {
  const char quote = begin < text.size() && IsQuote(text[begin]) ? text[begin] : '\0';
  while (quote != '\0' && begin < text.size() && text[begin] == quote) ++begin;
  size_t end = quote != '\0' ? text.find(quote, begin) : text.find_first_of(separators, begin);
  end = std::min(end, text.size());
  if (begin >= end || IsReferences(text.substr(begin, end - begin))) return;
  places.push_back({begin, end});
}

// What is assigned to words that name secrets: password="…", &token=….
void AddAssignments(std::string_view text, std::string_view separators, Places& places) {
  for (size_t equals = text.find('='); equals != std::string_view::npos;
       equals = text.find('=', equals + 1)) {
    const size_t last = text.substr(0, equals).find_last_not_of(kBlanks);
    if (last == std::string_view::npos || !IsOfWord(text[last])) continue;
    size_t first = last;
    while (first > 0 && IsOfWord(text[first - 1])) --first;
    if (!NamesASecret(text.substr(first, last + 1 - first))) continue;
    AddAssigned(text, std::min(text.find_first_not_of(kBlanks, equals + 1), text.size()),
                separators, places);
  }
}

// The first ':' that is not of a reference.
size_t ColonIn(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with(kMayBeSecret)) {
      i = text.find('}', i);
      if (i == std::string_view::npos) return i;
    } else if (text[i] == ':') {
      return i;
    }
  }
  return std::string_view::npos;
}

// The password of "scheme://name:password@host". A '/' in it should have been written as %2F, and
// is taken for a part of it where no port can be before it.
void AddPassword(std::string_view text, size_t begin, Places& places) {
  const std::string_view whole =
      text.substr(begin, text.find_first_of(" \t\r\n,'\"", begin) - begin);
  const std::string_view authority = whole.substr(0, whole.find_first_of("/?#"));
  const size_t colon = ColonIn(authority);
  if (colon == std::string_view::npos) return;
  size_t at = authority.rfind('@');
  const bool port =
      authority.substr(colon + 1).find_first_not_of("0123456789") == std::string_view::npos;
  if (at == std::string_view::npos && !port) at = whole.rfind('@');
  if (at == std::string_view::npos && !port)  // a comma in it
    at = text.substr(begin, text.find_first_of(" \t\r\n'\"", begin) - begin).rfind('@');
  if (at == std::string_view::npos || at <= colon + 1) return;
  const SecretPlace place{begin + colon + 1, begin + at};
  if (!IsReferences(At(text, place))) places.push_back(place);
}

// In order, and none within another.
Places Sorted(Places places) {
  std::ranges::sort(places, {}, &SecretPlace::begin);
  Places sorted;
  for (const SecretPlace& place : places) {
    if (!sorted.empty() && place.begin <= sorted.back().end) {
      sorted.back().end = std::max(sorted.back().end, place.end);
    } else {
      sorted.push_back(place);
    }
  }
  return sorted;
}

// Adds the secrets in the value of an option, which begins at `begin` of a text.
void AddOfOption(std::string_view key, std::string_view value, size_t begin, Places& places) {
  for (const SecretPlace& place : SecretsInValue(key, value))
    places.push_back({begin + place.begin, begin + place.end});
}

// Where the quoted text ends that begins at `at`, behind its quote; a doubled quote belongs to it.
// The end of the text where nothing closes it.
size_t EndOfQuoted(std::string_view text, size_t at) {
  const char quote = text[at];
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] != quote) continue;
    if (i + 1 >= text.size() || text[i + 1] != quote) return i + 1;
    ++i;
  }
  return text.size();
}

// Reads SQL word by word for 'key' = 'value', and key = 'value' in hints.
class OptionReader {
 public:
  explicit OptionReader(std::string_view sql) : sql_(sql) {}

  Places Secrets() {
    while (at_ < sql_.size()) Step();
    return std::move(places_);
  }

 private:
  bool Begins(std::string_view word) const { return sql_.substr(at_).starts_with(word); }
  void SkipTo(std::string_view end) {
    const size_t found = sql_.find(end, at_);
    at_ = found == std::string_view::npos ? sql_.size() : found + end.size();
  }

  void Step() {
    const char c = sql_[at_];
    if (kBlanks.find(c) != std::string_view::npos) {
      ++at_;
    } else if (Begins("--")) {
      SkipTo("\n");
    } else if (Begins("/*+")) {
      in_hint_ = true;
      at_ += 3;
    } else if (Begins("/*")) {
      SkipTo("*/");
    } else if (Begins("*/")) {
      in_hint_ = false;
      at_ += 2;
    } else if (c == '\'' || (in_hint_ && (c == '`' || c == '"'))) {
      TakeQuoted(c);
    } else if (c == '=') {
      equals_ = key_.has_value();
      ++at_;
    } else if (IsOfWord(c)) {
      TakeWord();
    } else {
      at_ = c == '`' || c == '"' ? EndOfQuoted(sql_, at_) : at_ + 1;
      Forget();
    }
  }
  void TakeQuoted(char quote) {
    const size_t begin = at_;
    at_ = EndOfQuoted(sql_, at_);
    const bool closed = at_ > begin + 1 && sql_[at_ - 1] == quote;
    Take(begin + 1, at_ - (closed ? 1 : 0), true);
  }
  void TakeWord() {
    const size_t begin = at_;
    while (at_ < sql_.size() && IsOfWord(sql_[at_])) ++at_;
    Take(begin, at_, in_hint_);
  }
  // A value behind a key and '='; else it may be a key.
  void Take(size_t begin, size_t end, bool may_be_key) {
    const std::string_view text = sql_.substr(begin, end - begin);
    const bool is_value = equals_ && key_;
    if (is_value) AddOfOption(*key_, text, begin, places_);
    Forget();
    if (!is_value && may_be_key) key_ = text;
  }
  void Forget() {
    key_.reset();
    equals_ = false;
  }

  const std::string_view sql_;
  size_t at_ = 0;
  bool in_hint_ = false;
  std::optional<std::string_view> key_;  // just before `at_`, or before the '=' there
  bool equals_ = false;
  Places places_;
};

// The same for text that may lack a quote: every '=' between two quoted texts counts.
void AddLoosely(std::string_view text, Places& places) {
  for (size_t equals = text.find('='); equals != std::string_view::npos;
       equals = text.find('=', equals + 1)) {
    const size_t key_end = text.substr(0, equals).find_last_not_of(kBlanks);
    if (key_end == std::string_view::npos || key_end == 0 || text[key_end] != '\'') continue;
    const size_t key_begin = text.rfind('\'', key_end - 1);
    const size_t begin = text.find_first_not_of(kBlanks, equals + 1);
    if (key_begin == std::string_view::npos || begin == std::string_view::npos) continue;
    if (text[begin] != '\'') continue;
    const size_t end = EndOfQuoted(text, begin);
    const bool closed = end > begin + 1 && text[end - 1] == '\'';
    AddOfOption(text.substr(key_begin + 1, key_end - key_begin - 1),
                text.substr(begin + 1, end - begin - (closed ? 2 : 1)), begin + 1, places);
  }
}

// Whether the value of an option that names a secret has its secrets in places of its own: as
// parameters ('x required username="u" password="p";'), or behind the name of a login.
bool HasPlacesForSecrets(std::string_view key, std::string_view value) {
  const std::string lower = ToLower(key);
  if (lower.find("jaas") != std::string::npos || lower.ends_with("oauthbearer.config")) return true;
  const size_t colon = ColonIn(value);
  return lower.find("user") != std::string::npos && colon != std::string_view::npos &&
         IsReferences(value.substr(colon + 1));
}

std::string Hidden(std::string_view text, const Places& places) {
  if (DefectPlanted("secrets-shown")) return std::string(text);
  std::string shown;
  size_t begin = 0;
  for (const SecretPlace& place : places) {
    shown += text.substr(begin, place.begin - begin);
    shown += kHiddenSecret;
    begin = place.end;
  }
  return shown += text.substr(begin);
}

}  // namespace

bool NamesASecret(std::string_view key) {
  const std::string lower = ToLower(key);
  // They say where a secret is, and not what it is.
  for (const std::string_view end : {"credentials-source", "credentials.source", ".url",
                                     ".location", "login.class", "callback.handler.class"}) {
    if (lower.ends_with(end)) return false;
  }
  for (const std::string_view word :
       {"password",    "passwd",      "secret",      "fs.azure.account.key",
        "apikey",      "api-key",     "api.key",     "auth-params",
        "service-key", "token",       "basic-auth",  "basic.auth",
        "user-info",   "user.info",   "jaas",        "credential",
        "access-key",  "access.key",  "private-key", "private.key",
        "key.pem",     "http-headers"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return lower.ends_with("keystore.key") || lower.ends_with("oauthbearer.config");
}

Places SecretsInValue(std::string_view key, std::string_view value) {
  const bool secret = NamesASecret(key);
  if (secret && (value.empty() || IsReferences(value))) return {};
  if (secret && !(RefersToSecret(value) && HasPlacesForSecrets(key, value)))
    return {{0, value.size()}};
  Places places;
  size_t url = value.find("://");
  // Parameters of an address may have any other separator in them.
  const bool address =
      url != std::string_view::npos || value.starts_with("jdbc:") || value.starts_with("postgres");
  if (secret || address) AddAssignments(value, address ? "&" : kSeparators, places);
  for (; url != std::string_view::npos; url = value.find("://", url + 1))
    AddPassword(value, url + 3, places);
  return Sorted(std::move(places));
}

std::vector<std::string> SecretTexts(std::string_view key, std::string_view value) {
  Places places = SecretsInValue(key, value);
  if (!places.empty() && NamesASecret(key)) {
    AddAssignments(value, kSeparators, places);
    const size_t colon = ColonIn(value);
    const bool login = ToLower(key).find("user") != std::string::npos;
    if (login && colon != std::string_view::npos && colon + 1 < value.size())
      places.push_back({colon + 1, value.size()});
  }
  std::vector<std::string> texts;
  for (const SecretPlace& place : places) texts.emplace_back(At(value, place));
  return texts;
}

bool IsHidden(std::string_view key, std::string_view value) {
  return std::ranges::any_of(SecretsInValue(key, value), [&](const SecretPlace& place) {
    return At(value, place).find_first_not_of('*') == std::string_view::npos;
  });
}

std::string ShownValue(std::string_view key, std::string_view value) {
  return Hidden(value, SecretsInValue(key, value));
}

std::string ShownSql(std::string_view sql) {
  return Hidden(sql, Sorted(OptionReader(sql).Secrets()));
}

std::string StarredSql(std::string_view text) {
  Places places = OptionReader(text).Secrets();
  AddLoosely(text, places);
  std::string starred(text);
  for (const SecretPlace& place : places) {
    for (size_t i = place.begin; i < place.end; ++i) {
      if (starred[i] != '\n') starred[i] = '*';
    }
  }
  return starred;
}

}  // namespace weir::graph
