// Which rules run, in which order.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "planner/rules/rule.h"

namespace weir::rules {

// Every rule that can be switched off, in the order in which they run. The last,
// "two-phase-aggregation", has no `apply`: planner/lower carries it out.
// Names are stable: optimizer.disabled-rules and bug reports use them. Ignoring case.
std::span<const Rule> RuleList();
inline constexpr std::string_view kTwoPhaseAggregation = "two-phase-aggregation";

// What the meaning of a query needs, whatever is switched off: window aggregates and the keys and
// bounds of joins are found. Runs on the bound plan, before uids are given.
Result<logical::Plan> Normalize(const logical::Plan& plan);

// Runs the rules but those named in `disabled`; E6001 when a name is none of a rule.
// Debug builds run logical::Verify after each rule and name the rule that broke the plan.
Result<logical::Plan> Optimize(const logical::Plan& plan, const std::vector<std::string>& disabled);

// E6001 with did-you-mean for the first name that is no rule's.
Status CheckRuleNames(const std::vector<std::string>& names);

}  // namespace weir::rules
