// The body of a request: a JSON object.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace weir::shell {

// The members of an object that are texts, numbers, booleans, or objects of such; arrays and what
// lies deeper are dropped. Of members with the same name the last counts. A plain value.
class JsonBody {
 public:
  // "" is an object without members. kInvalidArgument for what is no object.
  static Result<JsonBody> Parse(std::string_view text);

  // A member as text, numbers and booleans as JSON writes them; nothing where it is not there or
  // null.
  std::optional<std::string> Text(const std::string& name) const;
  // Whether a member is true, or the text "true".
  bool IsTrue(const std::string& name) const;
  // The members of a member that is an object; none where it is not there.
  std::map<std::string, std::string> Object(const std::string& name) const;

 private:
  std::map<std::string, std::string> texts_;  // "name", or "name" and "member" with '\0' between
};

}  // namespace weir::shell
