#include "runtime/graph/typed_options.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/names.h"

namespace weir::graph {
namespace {

bool Allows(const OptionDescriptor& option, std::string_view word) {
  std::string_view rest = option.allowed;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('|'), rest.size());
    if (rest.substr(0, end) == word) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

}  // namespace

const OptionDescriptor* FindOption(std::span<const OptionDescriptor> options,
                                   std::string_view key) {
  const auto found = std::ranges::find(options, key, &OptionDescriptor::key);
  return found == options.end() ? nullptr : &*found;
}

const OptionDescriptor& TypedOptions::Find(std::string_view key) const {
  const OptionDescriptor* found = FindOption(known_, key);
  WEIR_CHECK(found != nullptr);
  return *found;
}

const OptionDescriptor& TypedOptions::Find(std::string_view key, OptionKind kind) const {
  const OptionDescriptor& option = Find(key);
  WEIR_CHECK(option.kind == kind);
  return option;
}

bool TypedOptions::IsGiven(std::string_view key) const {
  const std::string full = prefix_ + std::string(Find(key).key);
  return std::ranges::any_of(
      given_, [&](const TableOption& option) { return EqualsIgnoreCase(option.key, full); });
}

std::string_view TypedOptions::Value(const OptionDescriptor& option) const {
  return OptionValue(given_, prefix_ + std::string(option.key), option.default_value);
}

std::string_view TypedOptions::Text(std::string_view key) const {
  return Value(Find(key, OptionKind::kString));
}

bool TypedOptions::Flag(std::string_view key) const {
  const Result<bool> value = ParseBoolean(Value(Find(key, OptionKind::kBoolean)));
  return value.ok() && *value;
}

bool TypedOptions::Is(std::string_view key, std::string_view word) const {
  const OptionDescriptor& option = Find(key, OptionKind::kEnum);
  WEIR_CHECK(Allows(option, word));
  return EqualsIgnoreCase(Value(option), word);
}

Result<int64_t> TypedOptions::Integer(std::string_view key) const {
  return ParseInteger(Value(Find(key, OptionKind::kInteger)));
}

Result<int64_t> TypedOptions::Millis(std::string_view key) const {
  return TRY(ParseDurationNanos(Value(Find(key, OptionKind::kDuration)))) / 1'000'000;
}

Result<int64_t> TypedOptions::Bytes(std::string_view key) const {
  return static_cast<int64_t>(TRY(ParseMemorySize(Value(Find(key, OptionKind::kMemorySize)))));
}

}  // namespace weir::graph
