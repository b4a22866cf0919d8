// The keys of Flink's configuration that are no options of ours: what SET, -D, WITH and conf files
// say of them.
//
// flink_keys.def has every key that Flink knows, flink_options.def what each means here.
#pragma once

#include <optional>
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
// A note about a key that was set without effect, or about a value that means another one here.
struct FlinkNote {
  std::string said;  // the key, or "key = value"
  std::string_view reason;
};
// The value of an option of ours that this one of Flink's stands for; most stand for themselves.
std::string_view ValueHere(std::string_view key, std::string_view value);
// About a value of an option of ours that is taken for another one; nothing for all others.
std::optional<FlinkNote> NoteOfValue(std::string_view key, std::string_view value);
// "NOTICE: <place>options of Flink's without effect here: a, b (why), c (why)", whatever was said
// twice once; "" for no notes.
std::string WithoutEffectText(const std::vector<FlinkNote>& notes, std::string_view place);

}  // namespace weir::conf
