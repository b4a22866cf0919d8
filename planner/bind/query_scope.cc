#include "planner/bind/query_scope.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/names.h"

namespace weir::bind {
namespace {

std::string Join(const std::string& path, std::string part) {
  return path.empty() ? std::move(part) : path + "/" + part;
}

}  // namespace

std::string PathName(std::string_view name, bool quoted) {
  std::string out;
  for (const char c : quoted ? std::string(name) : ToLower(name)) {
    if (std::string_view("/:@~#%").find(c) == std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned>(c));
    }
  }
  return out;
}

const CommonTables::Entry* CommonTables::Find(std::string_view name) const {
  auto found = std::ranges::find(entries, name, &Entry::name);
  if (found == entries.end()) {
    found = std::ranges::find_if(
        entries, [&](const Entry& entry) { return EqualsIgnoreCase(entry.name, name); });
  }
  if (found == entries.end()) return outer != nullptr ? outer->Find(name) : nullptr;
  if (found->node == nullptr) missing = static_cast<size_t>(found - entries.begin());
  return &*found;
}

std::vector<std::string> CommonTables::Names() const {
  std::vector<std::string> names = outer != nullptr ? outer->Names() : std::vector<std::string>();
  for (const Entry& entry : entries) names.push_back(entry.name);
  return names;
}

logical::Origin QueryScope::OriginAt(SourceSpan span) const {
  logical::Origin origin;
  origin.scope = path;
  origin.scope_words = words;
  origin.named = named;
  origin.span = At(span);
  return origin;
}

QueryScope QueryScope::CommonTable(const ast::Identifier& name) const {
  QueryScope inner = *this;
  inner.path = Join(path, "cte:" + PathName(name.text, name.quoted));
  inner.words = "CTE " + name.text;
  inner.hints = nullptr;
  inner.repeated = nullptr;
  inner.outer = nullptr;
  inner.nested = true;
  inner.untyped_nulls = false;
  return inner;
}

QueryScope QueryScope::Derived(const ast::Identifier& alias) const {
  QueryScope inner = *this;
  inner.path = Join(path, "t:" + PathName(alias.text, alias.quoted));
  inner.words = "derived table " + alias.text;
  inner.hints = nullptr;
  inner.repeated = nullptr;
  inner.outer = nullptr;
  inner.nested = true;
  inner.untyped_nulls = false;
  return inner;
}

QueryScope QueryScope::Branch(std::string_view name) const {
  QueryScope inner = *this;
  inner.path = Join(path, "t:" + PathName(name, false));
  inner.words = fmt::format("UNION branch over {}", name);
  inner.hints = nullptr;
  inner.repeated = nullptr;
  inner.outer = nullptr;
  inner.nested = true;
  return inner;
}

QueryScope QueryScope::BeforeLateral() const {
  QueryScope before = *this;
  before.path = Join(path, "t:outer");
  before.words = "rows before LATERAL " + words;
  before.hints = nullptr;
  before.repeated = nullptr;
  before.outer = nullptr;
  return before;
}

QueryScope QueryScope::Unnamed() const {
  QueryScope inner = *this;
  inner.path = Join(path, "~");
  inner.words = "unnamed derived table";
  inner.named = false;
  inner.hints = nullptr;
  inner.repeated = nullptr;
  inner.outer = nullptr;
  inner.nested = true;
  inner.untyped_nulls = false;
  return inner;
}

}  // namespace weir::bind
