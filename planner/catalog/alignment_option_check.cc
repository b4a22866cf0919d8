#include "planner/catalog/alignment_option_check.h"

#include <fmt/format.h>

#include "planner/catalog/option_error.h"
#include "runtime/graph/watermark_alignment_options.h"

namespace weir::catalog {
namespace {

constexpr int64_t kLeastInterval = 1'000'000;  // 1 ms in nanoseconds

// E2008: `option` has no meaning without the option `needed`, which is missing.
Status Needs(const PlacedOption& option, std::string_view needed) {
  return OptionError(fmt::format("option '{}' needs the option '{}'", option.key, needed),
                     option.key_span, "leave it out, or say the other one as well");
}

}  // namespace

Status CheckAlignmentOptions(const std::vector<PlacedOption>& options) {
  const PlacedOption* group = FindPlaced(options, graph::kAlignmentGroup);
  const PlacedOption* drift = FindPlaced(options, graph::kAlignmentDrift);
  const PlacedOption* interval = FindPlaced(options, graph::kAlignmentInterval);
  if (group != nullptr && group->value.empty())
    return OptionError(fmt::format("option '{}' is empty", group->key), group->value_span,
                       "any name that the tables of the group share");
  if (group != nullptr && drift == nullptr) return Needs(*group, graph::kAlignmentDrift);
  if (drift != nullptr && group == nullptr) return Needs(*drift, graph::kAlignmentGroup);
  if (interval == nullptr) return {};
  if (group == nullptr) return Needs(*interval, graph::kAlignmentGroup);
  const auto nanos = graph::ParseDurationNanos(interval->value);
  if (nanos.ok() && *nanos >= kLeastInterval) return {};
  return OptionError(fmt::format("the value of option '{}' must be at least 1 ms, not '{}'",
                                 interval->key, interval->value),
                     interval->value_span, "");
}

}  // namespace weir::catalog
