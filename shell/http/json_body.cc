#include "shell/http/json_body.h"

#include <simdjson.h>

namespace weir::shell {
namespace {

namespace dom = simdjson::dom;

Status NotAnObject() {
  return Status::InvalidArgument("the body of the request must be a JSON object");
}

// Nothing for null, arrays and objects.
std::optional<std::string> TextOf(dom::element element) {
  switch (element.type()) {
    case dom::element_type::STRING:
      return std::string(element.get_string().value_unsafe());
    case dom::element_type::BOOL:
    case dom::element_type::INT64:
    case dom::element_type::UINT64:
    case dom::element_type::DOUBLE:
      return simdjson::minify(element);
    case dom::element_type::ARRAY:
    case dom::element_type::OBJECT:
    case dom::element_type::NULL_VALUE:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

Result<JsonBody> JsonBody::Parse(std::string_view text) {
  JsonBody body;
  if (text.empty()) return body;
  dom::parser parser;
  dom::element root;
  if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) return NotAnObject();
  dom::object members;
  if (root.get(members) != simdjson::SUCCESS) return NotAnObject();
  for (const dom::key_value_pair member : members) {
    const std::string name(member.key);
    if (std::optional<std::string> value = TextOf(member.value)) body.texts_[name] = *value;
    dom::object inner;
    if (member.value.get(inner) != simdjson::SUCCESS) continue;
    for (const dom::key_value_pair one : inner) {
      if (std::optional<std::string> value = TextOf(one.value))
        body.texts_[name + '\0' + std::string(one.key)] = *value;
    }
  }
  return body;
}

std::optional<std::string> JsonBody::Text(const std::string& name) const {
  const auto found = texts_.find(name);
  return found == texts_.end() ? std::nullopt : std::optional(found->second);
}

bool JsonBody::IsTrue(const std::string& name) const {
  return Text(name) == "true";
}

std::map<std::string, std::string> JsonBody::Object(const std::string& name) const {
  const std::string prefix = name + '\0';
  std::map<std::string, std::string> members;
  for (auto at = texts_.lower_bound(prefix); at != texts_.end() && at->first.starts_with(prefix);
       ++at)
    members[at->first.substr(prefix.size())] = at->second;
  return members;
}

}  // namespace weir::shell
