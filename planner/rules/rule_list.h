// Which rules run, and in which order.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "planner/rules/rule.h"

namespace weir::rules {

// Every rule that can be switched off, in the order in which they run. The last,
// "two-phase-aggregation", has no `apply`, as planner/lower carries it out. Names are matched
// ignoring case and must stay stable, since optimizer.disabled-rules and bug reports use them.
std::span<const Rule> RuleList();
inline constexpr std::string_view kTwoPhaseAggregation = "two-phase-aggregation";

// The rewrites that are part of a query's meaning and cannot be switched off: finds window
// aggregates, ranks, the keys and bounds of joins, and what temporal and lookup joins must keep.
// Runs on the bound plan, before uids are assigned.
Result<logical::Plan> Normalize(const logical::Plan& plan);

// Runs all rules except those named in `disabled`, each once: a rule must not need what a later one
// makes. E6001 for an unknown name. Debug builds and those with WEIR_DCHECKS call logical::Verify
// after each rule, here and in Normalize, and name the rule that broke the plan.
Result<logical::Plan> Optimize(const logical::Plan& plan, const std::vector<std::string>& disabled);

// E6001 with a suggestion for the first name that is not a rule's.
Status CheckRuleNames(const std::vector<std::string>& names);

}  // namespace weir::rules
