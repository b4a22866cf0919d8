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

// The value of OptionDescriptor::allowed for a kString option in which references may stand. Plans,
// names and messages must not depend on the value of such an option, as planning sees only the
// reference; the value is only used while reading and writing.
inline constexpr std::string_view kMayBeSecret = "${secret:";

// kInvalidArgument unless the name has 1 to 100 ASCII letters, digits, '.', '_' and '-', and begins
// with a letter or a digit.
Status CheckSecretName(std::string_view name);

// Whether a value says "${secret:" anywhere.
bool RefersToSecret(std::string_view value);
bool RefersToSecret(const TableOptions& options);
// Whether it is references and nothing else.
bool IsReferences(std::string_view value);
// The names of the secrets that a value refers to, in their order. kInvalidArgument for a malformed
// reference.
Result<std::vector<std::string>> SecretsIn(std::string_view value);
// The value with what `value_of` gives in the place of each reference; its errors are passed on.
Result<std::string> WithSecrets(
    std::string_view value, const std::function<Result<std::string>(const std::string&)>& value_of);

}  // namespace weir::graph
