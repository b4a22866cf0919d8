#include "shell/flink/advise/ratio.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace weir::shell::flink {
namespace {

struct MeasuredQuery {
  std::string_view query;
  std::string_view kind;
  double events;
  double nanos;
  double times;
};

constexpr auto kMeasured = std::to_array<MeasuredQuery>({
#define WEIR_FLINK_RATIO(query, kind, events, nanos, times) {#query, kind, events, nanos, times},
#include "shell/flink/advise/flink_ratios.def"
#undef WEIR_FLINK_RATIO
});

constexpr std::string_view kStateless = "Calc";

// Flink alone on a quiet machine, in times of our figure.
double QuietTimes(const MeasuredQuery& query) {
  constexpr double kFlinksCores = 2;
  return kFlinksCores * 1e9 / query.events / query.nanos;
}

// Of the queries that fit. REQUIRES: there is one.
Ratio RatioOver(const std::function<bool(const MeasuredQuery&)>& fits) {
  Ratio ratio{.least = INFINITY, .most = 0};
  double logarithms = 0;
  for (const MeasuredQuery& query : kMeasured) {
    if (!fits(query)) continue;
    logarithms += std::log(query.times);
    ratio.least = std::min({ratio.least, query.times, QuietTimes(query)});
    ratio.most = std::max({ratio.most, query.times, QuietTimes(query)});
    ratio.queries.push_back(query.query);
  }
  // By number: q2 before q10.
  std::ranges::sort(ratio.queries, {},
                    [](std::string_view name) { return std::pair(name.size(), name); });
  ratio.usual = std::exp(logarithms / static_cast<double>(ratio.queries.size()));
  return ratio;
}

// Adds the ratio of one kind, for `weight` of the whole.
void AddPart(const Ratio& part, double weight, Ratio& sum) {
  sum.usual += weight * part.usual;
  sum.measured = sum.measured && part.measured;
  if (!part.measured) return;
  for (const std::string_view query : part.queries) {
    if (std::ranges::find(sum.queries, query) == sum.queries.end()) sum.queries.push_back(query);
  }
}

}  // namespace

bool IsStateless(std::string_view kind) {
  constexpr std::string_view kKinds[] = {"Scan",      "Values",       "Watermark",    "Calc",
                                         "Union",     "WindowAssign", "Sink",         "Collect",
                                         "Replicate", "ToChangelog",  "FromChangelog"};
  return std::ranges::find(kKinds, kind) != std::end(kKinds);
}

Ratio RatioOf(std::string_view kind) {
  if (IsStateless(kind)) kind = kStateless;
  const auto of_kind = [&](const MeasuredQuery& query) { return query.kind == kind; };
  if (std::ranges::any_of(kMeasured, of_kind)) return RatioOver(of_kind);
  Ratio all = RatioOver([](const MeasuredQuery&) { return true; });
  all.measured = false;
  return all;
}

Ratio RatioOfJob(std::span<const OperatorTime> operators) {
  constexpr double kTelling = 0.05, kCounting = 0.01;
  double all = 0, telling = 0;
  for (const OperatorTime& one : operators) {
    all += one.busy_seconds;
    if (!IsStateless(one.kind)) telling += one.busy_seconds;
  }
  if (all <= 0) return RatioOf(kStateless);
  const bool told = telling >= kTelling * all;
  Ratio job{.usual = 0, .least = INFINITY, .most = 0};
  for (const OperatorTime& one : operators) {
    const Ratio part = RatioOf(one.kind);
    if (one.busy_seconds >= kCounting * all) {
      job.least = std::min(job.least, part.least);
      job.most = std::max(job.most, part.most);
    }
    const bool counts = one.busy_seconds > 0 && !(told && IsStateless(one.kind));
    if (counts) AddPart(part, one.busy_seconds / (told ? telling : all), job);
  }
  return job;
}

}  // namespace weir::shell::flink
