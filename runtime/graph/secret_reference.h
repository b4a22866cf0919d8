// References to secrets in the options of tables: 'password' = '${secret:db}'. Plans, definitions
// and checkpoints hold the reference; its value is put in where a source or sink is made.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/graph/connector_descriptor.h"

namespace weir::graph {

// OptionDescriptor::allowed of a kString option in which references may stand. Nothing may be
// planned, named or said by the value of such an option: it meets rows or another system alone.
inline constexpr std::string_view kMayBeSecret = "${secret:";

// kInvalidArgument unless it has 1 to 100 letters, digits, '.', '_' and '-', of ASCII, and begins
// with a letter or a digit.
Status CheckSecretName(std::string_view name);

// Whether a value says "${secret:" anywhere.
bool RefersToSecret(std::string_view value);
bool RefersToSecret(const TableOptions& options);
// The names in a value, in their order. kInvalidArgument for a reference that is none.
Result<std::vector<std::string>> SecretsIn(std::string_view value);
// The value with what `value_of` gives in the place of each reference; its errors are passed on.
Result<std::string> WithSecrets(
    std::string_view value, const std::function<Result<std::string>(const std::string&)>& value_of);

}  // namespace weir::graph
