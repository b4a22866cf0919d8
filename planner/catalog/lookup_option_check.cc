#include "planner/catalog/lookup_option_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/catalog/option_error.h"
#include "runtime/base/names.h"
#include "runtime/graph/lookup_options.h"

namespace weir::catalog {
namespace {

constexpr std::string_view kCache = "lookup.cache";
constexpr std::string_view kStrategy = "lookup.full-cache.reload-strategy";
constexpr std::string_view kInterval = "lookup.full-cache.periodic-reload.interval";
constexpr std::string_view kTime = "lookup.full-cache.timed-reload.iso-time";
constexpr std::string_view kDays = "lookup.full-cache.timed-reload.interval-in-days";
constexpr std::string_view kRetries = "lookup.max-retries";
constexpr std::string_view kMaxRows = "lookup.partial-cache.max-rows";
constexpr std::string_view kAfterWrite = "lookup.partial-cache.expire-after-write";
constexpr std::string_view kAfterAccess = "lookup.partial-cache.expire-after-access";
constexpr std::string_view kOfPeriods = "lookup.full-cache.periodic-reload.";
constexpr std::string_view kOfTimes = "lookup.full-cache.timed-reload.";
constexpr std::string_view kOfFull = "lookup.full-cache.";
constexpr std::string_view kOfPartial = "lookup.partial-cache.";

Status Needs(const PlacedOption& option, std::string_view needed, std::string_view value) {
  return OptionError(fmt::format("option '{}' needs '{}' = '{}'", option.key, needed, value),
                     option.key_span, "leave it out, or say the other one as well");
}

class Check {
 public:
  Check(const std::vector<PlacedOption>& options, const graph::ConnectorDescriptor& connector)
      : options_(options), connector_(connector) {}

  Status Run() const {
    for (const PlacedOption& option : options_) {
      if (!option.key.starts_with(graph::kLookupOptionPrefix)) continue;
      RETURN_IF_ERROR(CheckEnds(option));
      RETURN_IF_ERROR(CheckMeaning(option));
      RETURN_IF_ERROR(CheckValue(option));
    }
    return {};
  }

 private:
  const PlacedOption* Find(std::string_view key) const { return FindPlaced(options_, key); }
  bool Is(std::string_view key, std::string_view value) const {
    const PlacedOption* option = Find(key);
    return option != nullptr && EqualsIgnoreCase(option->value, value);
  }
  bool is_by_key() const { return Is(kCache, "NONE") || Is(kCache, "PARTIAL"); }
  bool is_timed() const { return Is(kStrategy, "TIMED"); }

  Status CheckEnds(const PlacedOption& option) const {
    graph::TableOptions plain;
    for (const PlacedOption& one : options_) plain.push_back({one.key, one.value});
    if (connector_.unbounded == nullptr || !connector_.unbounded(plain)) return {};
    return OptionError(
        fmt::format("option '{}' is of tables that end: only they are looked up", option.key),
        option.key_span, "this one is read without end");
  }

  // Refuses an option that has no effect beside the others.
  Status CheckMeaning(const PlacedOption& option) const {
    if (option.key == kCache && !EqualsIgnoreCase(option.value, "FULL") &&
        !connector_.finds_by_key) {
      return Status::Unsupported(
                 fmt::format("'{}' = '{}' is not supported yet for the connector '{}': its tables "
                             "are read whole, not asked key by key",
                             kCache, option.value, connector_.name))
          .WithHint(
              "'lookup.cache' = 'FULL', which is the default, and "
              "'lookup.full-cache.periodic-reload.interval' read it again and again")
          .WithSpan(option.value_span);
    }
    if (option.key.starts_with(kOfPartial))
      return Is(kCache, "PARTIAL") ? Status() : Needs(option, kCache, "PARTIAL");
    if (option.key == kRetries && is_by_key()) return {};
    if (option.key.starts_with(kOfFull) && is_by_key()) return Needs(option, kCache, "FULL");
    if (option.key == kStrategy) return CheckStrategy(option);
    if (option.key.starts_with(kOfTimes) && !is_timed()) return Needs(option, kStrategy, "TIMED");
    if (option.key.starts_with(kOfPeriods) && is_timed())
      return Needs(option, kStrategy, "PERIODIC");
    const bool of_reloads = option.key == kRetries || option.key.starts_with(kOfPeriods);
    if (of_reloads && !is_timed() && Find(kInterval) == nullptr)
      return Needs(option, kInterval, "…");
    return {};
  }

  Status CheckStrategy(const PlacedOption& option) const {
    const bool timed = is_timed();
    if (Find(timed ? kTime : kInterval) != nullptr) return {};
    return OptionError(fmt::format("'{}' = '{}' needs the option '{}'", kStrategy, option.value,
                                   timed ? kTime : kInterval),
                       option.value_span,
                       fmt::format("'{}' = '{}', for example", timed ? kTime : kInterval,
                                   timed ? "02:30" : "10 min"));
  }

  Status CheckValue(const PlacedOption& option) const {
    if (option.key == kTime && !graph::ParseTimeOfDay(option.value)) {
      return OptionError(
          fmt::format("the value of option '{}' is no time of day: '{}'", option.key, option.value),
          option.value_span, "write 02:30, 02:30:15, or with a zone 02:30Z, 02:30+01:00");
    }
    if (option.key == kInterval)
      return AtLeast(option, graph::ParseDurationNanos(option.value), 1'000'000, "1 ms");
    if (option.key == kMaxRows) return AtLeast(option, graph::ParseInteger(option.value), 1, "1");
    if (option.key == kAfterWrite || option.key == kAfterAccess)
      return AtLeast(option, graph::ParseDurationNanos(option.value), 1'000'000, "1 ms");
    if (option.key == kDays) return AtLeast(option, graph::ParseInteger(option.value), 1, "1");
    if (option.key == kRetries) return AtLeast(option, graph::ParseInteger(option.value), 0, "0");
    return {};
  }

  static Status AtLeast(const PlacedOption& option, const Result<int64_t>& value, int64_t least,
                        std::string_view text) {
    if (value.ok() && *value >= least) return {};
    return OptionError(fmt::format("the value of option '{}' must be at least {}, not '{}'",
                                   option.key, text, option.value),
                       option.value_span, "");
  }

  const std::vector<PlacedOption>& options_;
  const graph::ConnectorDescriptor& connector_;
};

}  // namespace

Status CheckLookupOptions(const std::vector<PlacedOption>& options,
                          const graph::ConnectorDescriptor& connector) {
  return Check(options, connector).Run();
}

}  // namespace weir::catalog
