// The keys of Flink's configuration that are no options of ours: what SET, -D, WITH and conf files
// say of them.
//
// flink_keys.def has every key that Flink knows, flink_options.def what each means here.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace weir::conf {

// A row of flink_options.def, where the members are explained. Views of literals: they live
// forever.
struct FlinkOption {
  std::string_view key;
  bool refused;
  std::string_view accepted;
  std::string_view reason;
};
// In the order of flink_options.def, which is that of the keys. Lives forever.
std::span<const FlinkOption> FlinkOptions();
// Keys as in flink_keys.def; those that end in '*' are the beginnings of others. Lives forever.
std::span<const std::string_view> FlinkKeys();

// The row for a key of Flink's, ignoring case; null when Flink has none of the name. Options of
// ours (FindOption) come first, and have rows for none of their keys.
const FlinkOption* FindFlinkOption(std::string_view key);
// E1002 when `option`, set to `value` as `key`, would change what happens.
Status CheckFlinkOption(const FlinkOption& option, std::string_view key, std::string_view value);
// What it means here, for HELP: "rest.port, of Flink's, has no effect here: …".
std::string FlinkOptionText(const FlinkOption& option, std::string_view key);
// "NOTICE: <place>options of Flink's without effect here: a (why), b (why)"; "" for no keys. They
// are Flink's.
std::string WithoutEffectText(const std::vector<std::string>& keys, std::string_view place);

}  // namespace weir::conf
