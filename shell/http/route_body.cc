#include "shell/http/route_body.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <string>
#include <vector>

#include "runtime/base/names.h"

namespace weir::shell {
namespace {

namespace dom = simdjson::dom;

bool IsFlat(dom::element element) {
  return !element.is_object() && !element.is_array();
}

Status UnknownMember(const Route& route, const std::string& name) {
  std::vector<std::string> known;
  for (const RouteField& field : route.takes) {
    if (!field.in_query) known.emplace_back(field.name);
  }
  const std::string meant = DidYouMean(name, known);
  return Status::InvalidArgument(fmt::format("the body has a member '{}'", name))
      .WithHint(meant.empty() ? fmt::format("{} takes {}", route.pattern, fmt::join(known, ", "))
                              : meant);
}

Status CheckMember(const RouteField& field, dom::element value) {
  const std::string name(field.name);
  if (value.is_null()) return {};
  if (field.type != "object") {
    if (IsFlat(value)) return {};
    return Status::InvalidArgument(fmt::format("'{}' is a {}", name, field.type));
  }
  dom::object members;
  if (value.get(members) != simdjson::SUCCESS)
    return Status::InvalidArgument(fmt::format("'{}' is an object", name));
  for (const dom::key_value_pair member : members) {
    if (!IsFlat(member.value) || member.value.is_null()) {
      return Status::InvalidArgument(
          fmt::format("'{}' in '{}' is a text, a number or a boolean", member.key, name));
    }
  }
  return {};
}

}  // namespace

Status CheckBody(const Route& route, std::string_view body) {
  const auto is_member = [](const RouteField& field) { return !field.in_query; };
  if (body.empty() || std::ranges::none_of(route.takes, is_member)) return {};
  dom::parser parser;
  dom::object members;
  if (parser.parse(body.data(), body.size()).get(members) != simdjson::SUCCESS) return {};
  for (const dom::key_value_pair member : members) {
    const auto field = std::ranges::find_if(route.takes, [&](const RouteField& one) {
      return is_member(one) && one.name == member.key;
    });
    if (field == route.takes.end()) return UnknownMember(route, std::string(member.key));
    RETURN_IF_ERROR(CheckMember(*field, member.value));
  }
  return {};
}

}  // namespace weir::shell
