#include "runtime/graph/lookup_options.h"

#include <fmt/format.h>

#include <array>

#include "runtime/base/check.h"
#include "runtime/graph/typed_options.h"

namespace weir::graph {
namespace {

constexpr OptionEffect kAccess = OptionEffect::kAccess;

constexpr std::array kOptions = {
    OptionDescriptor{"lookup.cache", OptionKind::kEnum, "FULL", "NONE|PARTIAL|FULL", false,
                     "FULL: the table is read whole; NONE: it is asked for every key; PARTIAL: "
                     "answers are kept.",
                     kAccess},
    OptionDescriptor{"lookup.max-retries", OptionKind::kInteger, "3", "", false,
                     "How often reading again, or asking for keys, is tried anew before it fails.",
                     kAccess},
    OptionDescriptor{"lookup.full-cache.reload-strategy", OptionKind::kEnum, "PERIODIC",
                     "PERIODIC|TIMED", false,
                     "Whether the table is read again at intervals or at a time of day.", kAccess},
    OptionDescriptor{"lookup.full-cache.periodic-reload.interval", OptionKind::kDuration, "", "",
                     false, "Reads the table again this often; without it, never.", kAccess},
    OptionDescriptor{"lookup.full-cache.periodic-reload.schedule-mode", OptionKind::kEnum,
                     "FIXED_DELAY", "FIXED_DELAY|FIXED_RATE", false,
                     "Whether the interval counts from the end or the beginning of a reading.",
                     kAccess},
    OptionDescriptor{"lookup.full-cache.timed-reload.iso-time", OptionKind::kString, "", "", false,
                     "The time of day, 10:15, 10:15:30Z or 10:15+01:00; of the session's time "
                     "zone where it says none.",
                     kAccess},
    OptionDescriptor{"lookup.full-cache.timed-reload.interval-in-days", OptionKind::kInteger, "1",
                     "", false, "Reads the table again at that time every so many days.", kAccess},
    OptionDescriptor{"lookup.partial-cache.expire-after-access", OptionKind::kDuration, "", "",
                     false, "Of PARTIAL: how long an answer is kept that nobody uses.", kAccess},
    OptionDescriptor{"lookup.partial-cache.expire-after-write", OptionKind::kDuration, "", "",
                     false, "Of PARTIAL: how long an answer is kept.", kAccess},
    OptionDescriptor{"lookup.partial-cache.cache-missing-key", OptionKind::kBoolean, "true", "",
                     false, "Of PARTIAL: whether it is kept that a key has no row.", kAccess},
    OptionDescriptor{"lookup.partial-cache.max-rows", OptionKind::kInteger, "", "", false,
                     "Of PARTIAL: of how many keys answers are kept; the one unused for longest "
                     "goes.",
                     kAccess},
};

constexpr int64_t kMillisPerSecond = 1000;
constexpr int kLeastFractionDigits = 1;
constexpr int kMostFractionDigits = 9;
constexpr int kMillisDigits = 3;
constexpr int64_t kMostOffsetHours = 18;

// Reads a text from its beginning to its end. Each Take… or number returns false or nullopt where
// the text goes on differently.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Two digits below `limit`.
  std::optional<int64_t> Pair(int64_t limit) {
    const std::optional<int64_t> tens = Digit();
    const std::optional<int64_t> ones = Digit();
    if (!tens || !ones || *tens * 10 + *ones >= limit) return std::nullopt;
    return *tens * 10 + *ones;
  }
  // The digits of a fraction of a second, cut to milliseconds.
  std::optional<int64_t> Fraction() {
    int64_t millis = 0;
    int digits = 0;
    while (const std::optional<int64_t> digit = Digit()) {
      if (++digits <= kMillisDigits) millis = millis * 10 + *digit;
    }
    if (digits < kLeastFractionDigits || digits > kMostFractionDigits) return std::nullopt;
    for (; digits < kMillisDigits; ++digits) millis *= 10;
    return millis;
  }

 private:
  std::optional<int64_t> Digit() {
    if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') return std::nullopt;
    const int64_t digit = rest_.front() - '0';
    rest_.remove_prefix(1);
    return digit;
  }

  std::string_view rest_;
};

struct HandsOfClock {
  int64_t seconds = 0;
  bool says_seconds = false;
};

// "HH:mm[:ss]".
std::optional<HandsOfClock> ReadHands(Reader& text, int64_t hours) {
  const std::optional<int64_t> hour = text.Pair(hours);
  if (!hour || !text.Take(':')) return std::nullopt;
  const std::optional<int64_t> minute = text.Pair(60);
  if (!minute) return std::nullopt;
  const int64_t seconds = (*hour * 60 + *minute) * 60;
  if (!text.Take(':')) return HandsOfClock{seconds, false};
  const std::optional<int64_t> second = text.Pair(60);
  if (!second) return std::nullopt;
  return HandsOfClock{seconds + *second, true};
}

// "+HH:mm[:ss]", in seconds.
std::optional<int32_t> ReadOffset(Reader& text) {
  const bool west = text.Take('-');
  if (!west && !text.Take('+')) return std::nullopt;
  const std::optional<HandsOfClock> offset = ReadHands(text, kMostOffsetHours + 1);
  if (!offset || offset->seconds > kMostOffsetHours * 3600) return std::nullopt;
  return static_cast<int32_t>(west ? -offset->seconds : offset->seconds);
}

Result<std::optional<int64_t>> MillisIfSaid(const TypedOptions& options, std::string_view key) {
  if (!options.Has(key)) return std::optional<int64_t>();
  return std::optional(TRY(options.Millis(key)));
}

Result<CacheRule> CacheRuleOf(const TypedOptions& options) {
  CacheRule rule;
  rule.keeps = options.Is("lookup.cache", "PARTIAL");
  if (options.Has("lookup.partial-cache.max-rows"))
    rule.max_keys = TRY(options.Integer("lookup.partial-cache.max-rows"));
  rule.expire_after_write_millis =
      TRY(MillisIfSaid(options, "lookup.partial-cache.expire-after-write"));
  rule.expire_after_access_millis =
      TRY(MillisIfSaid(options, "lookup.partial-cache.expire-after-access"));
  rule.keeps_missing = options.Flag("lookup.partial-cache.cache-missing-key");
  return rule;
}

}  // namespace

std::span<const OptionDescriptor> LookupOptions() {
  return kOptions;
}

std::optional<TimeOfDay> ParseTimeOfDay(std::string_view text) {
  Reader reader(text);
  const std::optional<HandsOfClock> hands = ReadHands(reader, 24);
  if (!hands) return std::nullopt;
  TimeOfDay time{hands->seconds * kMillisPerSecond, std::nullopt};
  if (hands->says_seconds && reader.Take('.')) {
    const std::optional<int64_t> fraction = reader.Fraction();
    if (!fraction) return std::nullopt;
    time.millis += *fraction;
  }
  if (reader.done()) return time;
  time.offset_seconds = reader.Take('Z') ? std::optional(0) : ReadOffset(reader);
  if (!time.offset_seconds) return std::nullopt;
  return reader.done() ? std::optional(time) : std::nullopt;
}

Result<ReloadRule> ReloadRuleOf(const TableOptions& given) {
  const TypedOptions options(LookupOptions(), given);
  ReloadRule rule;
  rule.max_retries = TRY(options.Integer("lookup.max-retries"));
  if (!options.Is("lookup.cache", "FULL")) {
    rule.schedule = ReloadSchedule::kByKey;
    rule.cache = TRY(CacheRuleOf(options));
  } else if (options.Is("lookup.full-cache.reload-strategy", "TIMED")) {
    const std::string_view text = options.Text("lookup.full-cache.timed-reload.iso-time");
    const std::optional<TimeOfDay> time = ParseTimeOfDay(text);
    if (!time) return Status::InvalidArgument(fmt::format("no time of day: '{}'", text));
    rule.schedule = ReloadSchedule::kTimeOfDay;
    rule.time = *time;
    rule.days = TRY(options.Integer("lookup.full-cache.timed-reload.interval-in-days"));
  } else if (options.Has("lookup.full-cache.periodic-reload.interval")) {
    const bool rate = options.Is("lookup.full-cache.periodic-reload.schedule-mode", "FIXED_RATE");
    rule.schedule = rate ? ReloadSchedule::kFixedRate : ReloadSchedule::kFixedDelay;
    rule.interval_millis = TRY(options.Millis("lookup.full-cache.periodic-reload.interval"));
  }
  return rule;
}

std::string ReloadText(const TableOptions& options) {
  const Result<ReloadRule> rule = ReloadRuleOf(options);
  if (!rule.ok()) return "";
  switch (rule->schedule) {
    case ReloadSchedule::kNever:
      return "";
    case ReloadSchedule::kFixedDelay:
      return fmt::format("{} ms FIXED_DELAY", rule->interval_millis);
    case ReloadSchedule::kFixedRate:
      return fmt::format("{} ms FIXED_RATE", rule->interval_millis);
    case ReloadSchedule::kByKey:
      return rule->cache.keeps ? "by key, cached" : "by key";
    case ReloadSchedule::kTimeOfDay:
      return fmt::format(
          "{} every {} {}",
          TypedOptions(LookupOptions(), options).Text("lookup.full-cache.timed-reload.iso-time"),
          rule->days, rule->days == 1 ? "day" : "days");
  }
  WEIR_UNREACHABLE();
}

}  // namespace weir::graph
