// The option table: every key that SET, -D, conf files and job definitions know.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace weir::conf {

enum class OptionType : uint8_t { kBoolean, kInteger, kString, kDuration, kMemory, kEnum };

// A row of options.def, where the members are explained.
struct Option {
  std::string_view key;
  std::string_view aliases;
  OptionType type;
  std::string_view default_value;
  std::string_view shipped_value;
  std::string_view allowed;
  std::string_view doc;
};

std::span<const Option> AllOptions();
// By key or alias, ignoring case; null when there is none.
const Option* FindOption(std::string_view key);
// E6001 with did-you-mean when `key` is no option; E6001 when the value does not fit it. On success the
// value in canonical spelling (enums as listed, booleans lower case).
Result<std::string> CheckOption(std::string_view key, std::string_view value);
std::string_view OptionTypeName(OptionType type);

}  // namespace weir::conf
