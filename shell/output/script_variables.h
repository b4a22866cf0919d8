// Variables of scripts: --var name=value, and ${name} in the text.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace weir::shell {

// Variables by name. ${name} stands for the value as it is, ${'name'} for a string literal of it,
// ${`name`} for a quoted identifier. Within quotes and comments ${…} is text like any other, so
// that no value can end a literal which it stands in. Not thread-safe while variables are added.
class ScriptVariables {
 public:
  bool empty() const { return values_.empty(); }
  // Takes "name=value"; a later value of a name replaces the earlier one. kInvalidArgument where
  // there is no '=' or the name is no identifier.
  Status Add(std::string_view definition);
  // The text with values in it. kInvalidSql (E1001), with its place, for a variable that has no
  // value and for a ${ without its end.
  Result<std::string> Substitute(std::string_view text) const;
  // The variables that the text names within quotes, where nothing takes their place.
  std::vector<std::string> NamedInQuotes(std::string_view text) const;

 private:
  Result<std::string> ValueOf(std::string_view reference) const;

  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace weir::shell
