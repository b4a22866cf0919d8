#include "planner/rules/rule_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/names.h"

namespace weir::rules {
namespace {

constexpr Rule kRules[] = {
    // First, so that the rules below see literals.
    {"fold-constants", "computes what is constant once, while planning", FoldConstants},
    {"push-filters", "moves filters towards the sources, and into them", PushFilters},
    // A filter that push-filters has moved may stand above another one now.
    {"merge-filters", "makes one filter of two that follow each other", MergeFilters},
    // Where filters have left from between them; what a filter and its projection have in common is
    // computed once.
    {"merge-projects", "makes one projection of two that follow each other", MergeProjects},
    // After filters have settled: what they read is needed where they stand.
    {"prune-columns", "drops columns that nobody reads, down to what sources decode", PruneColumns},
    // After all rewrites: the rules above leave projections that do nothing.
    {"drop-identity-projects", "removes projections that change nothing", DropIdentityProjects},
    {kTwoPhaseAggregation, "aggregates before a hash exchange and merges behind it", nullptr},
};

Result<logical::Plan> Verified(logical::Plan plan, std::string_view rule) {
#if !defined(NDEBUG) || defined(WEIR_DCHECKS)
  constexpr bool kVerify = true;
#else
  constexpr bool kVerify = false;
#endif
  if (kVerify) {
    Status status = Verify(plan);
    if (!status.ok()) return std::move(status).WithContext(fmt::format("after rule {}", rule));
  }
  return plan;
}

}  // namespace

std::span<const Rule> RuleList() {
  return kRules;
}

Result<logical::Plan> Normalize(const logical::Plan& plan) {
  const logical::Plan typed = TRY(Verified(TRY(NameTypes(plan)), "name-types"));
  const logical::Plan grouped = TRY(Verified(TRY(GroupWindows(typed)), "group-windows"));
  const logical::Plan joined = TRY(Verified(TRY(JoinConditions(grouped)), "join-conditions"));
  const logical::Plan ranked = TRY(Verified(TRY(FindRanks(joined)), "find-ranks"));
  // What is ranked within windows may be grouped by them again.
  const logical::Plan windowed = TRY(Verified(TRY(GroupWindows(ranked)), "group-windows"));
  const logical::Plan versioned = TRY(Verified(TRY(KeepVersions(windowed)), "keep-versions"));
  return Verified(TRY(KeepFoundRows(versioned)), "keep-found-rows");
}

Result<logical::Plan> Optimize(const logical::Plan& plan,
                               const std::vector<std::string>& disabled) {
  RETURN_IF_ERROR(CheckRuleNames(disabled));
  logical::Plan result = plan;
  for (const Rule& rule : kRules) {
    const bool off = std::any_of(disabled.begin(), disabled.end(), [&](const std::string& name) {
      return EqualsIgnoreCase(name, rule.name);
    });
    if (off || rule.apply == nullptr) continue;
    result = TRY(Verified(TRY(rule.apply(result)), rule.name));
  }
  return result;
}

Status CheckRuleNames(const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const Rule& rule : kRules) known.emplace_back(rule.name);
  for (const std::string& name : names) {
    const bool found = std::any_of(known.begin(), known.end(), [&](const std::string& rule) {
      return EqualsIgnoreCase(rule, name);
    });
    if (found) continue;
    return Status::InvalidArgument(
               fmt::format("there is no optimizer rule of this name: \"{}\"", name))
        .WithId("E6001")
        .WithHint(DidYouMean(name, known));
  }
  return {};
}

}  // namespace weir::rules
