#include "shell/output/script_variables.h"

#include <fmt/format.h>

#include <cctype>
#include <set>

#include "runtime/base/names.h"
#include "runtime/base/quoted.h"

namespace weir::shell {
namespace {

constexpr std::string_view kOpening = "${";

bool IsName(std::string_view text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) != 0) return false;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') return false;
  }
  return true;
}

// The place behind the quotes or the comment that begins at `at`, or `at` where none does. One that
// is not closed reaches to the end of the text; the parser will report it.
size_t BehindQuotes(std::string_view text, size_t at) {
  const std::string_view rest = text.substr(at);
  size_t end = std::string_view::npos;
  size_t length = 1;
  if (rest.starts_with("--")) {
    end = text.find('\n', at);
  } else if (rest.starts_with("/*")) {
    end = text.find("*/", at + 2);
    length = 2;
  } else if (rest[0] == '\'' || rest[0] == '"' || rest[0] == '`') {
    end = text.find(rest[0], at + 1);
  } else {
    return at;
  }
  return end == std::string_view::npos ? text.size() : end + length;
}

}  // namespace

Status ScriptVariables::Add(std::string_view definition) {
  const size_t equals = definition.find('=');
  const std::string_view name = definition.substr(0, equals);
  if (equals == std::string_view::npos || !IsName(name)) {
    return Status::InvalidArgument(fmt::format(
        "--var takes name=value, with a name of letters, digits and '_', not '{}'", definition));
  }
  values_[std::string(name)] = definition.substr(equals + 1);
  return {};
}

Result<std::string> ScriptVariables::ValueOf(std::string_view reference) const {
  std::string_view name = reference;
  const char quote = name.empty() ? '\0' : name[0];
  const bool quoted = (quote == '\'' || quote == '`') && name.size() > 2 && name.back() == quote;
  if (quoted) name = name.substr(1, name.size() - 2);
  const auto found = values_.find(name);
  if (found != values_.end()) return quoted ? Quoted(found->second, quote) : found->second;
  std::vector<std::string> names;
  for (const auto& [known, value] : values_) names.push_back(known);
  std::string hint = DidYouMean(name, names);
  if (hint.empty()) hint = fmt::format("--var {}=… gives it one", IsName(name) ? name : "name");
  return Status::InvalidSql(fmt::format("the variable \"{}\" has no value", name))
      .WithId("E1001")
      .WithHint(std::move(hint));
}

Result<std::string> ScriptVariables::Substitute(std::string_view text) const {
  std::string made;
  size_t at = 0;
  while (at < text.size()) {
    if (const size_t behind = BehindQuotes(text, at); behind > at) {
      made += text.substr(at, behind - at);
      at = behind;
      continue;
    }
    if (!text.substr(at).starts_with(kOpening)) {
      made += text[at++];
      continue;
    }
    const size_t end = text.find('}', at);
    if (end == std::string_view::npos) {
      return Status::InvalidSql("a ${ has no end")
          .WithId("E1001")
          .WithSpan({static_cast<uint32_t>(at), static_cast<uint32_t>(text.size())});
    }
    Result<std::string> value = ValueOf(text.substr(at + 2, end - at - 2));
    if (!value.ok()) {
      return std::move(value).status().WithSpan(
          {static_cast<uint32_t>(at), static_cast<uint32_t>(end + 1)});
    }
    made += *value;
    at = end + 1;
  }
  return made;
}

std::vector<std::string> ScriptVariables::NamedInQuotes(std::string_view text) const {
  std::set<std::string> found;
  for (size_t at = 0; at < text.size();) {
    const size_t behind = BehindQuotes(text, at);
    if (behind == at) {
      ++at;
      continue;
    }
    const std::string_view quoted = text.substr(at, behind - at);
    at = behind;
    if (quoted.starts_with("--") || quoted.starts_with("/*")) continue;
    for (const auto& [name, value] : values_) {
      if (quoted.find(fmt::format("{}{}}}", kOpening, name)) != std::string_view::npos)
        found.insert(name);
    }
  }
  return {found.begin(), found.end()};
}

}  // namespace weir::shell
