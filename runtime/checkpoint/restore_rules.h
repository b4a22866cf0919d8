// What a restore must know of every kind of operator. A new operator adds a row here and its
// StateOf in runtime/graph/state_of.cc, and nothing else.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace weir::checkpoint {

struct KindRules {
  std::string_view kind;  // graph::OperatorKindName
  // Parts of the meaning (fingerprint.h) that state cannot outlive: a change is INCOMPATIBLE.
  // Changes of others are SEMANTIC.
  std::vector<std::string_view> fixed_parts;
  // Parts whose change does no harm to the state.
  std::vector<std::string_view> free_parts;
  // Value fields of its tables are independent of each other, so that each can come and go.
  bool accumulates = false;
  // Whose values continue where an accumulator starts late: "open windows", "existing groups".
  std::string_view rows_in_words = "rows";
};

std::span<const KindRules> AllKindRules();
// Null when there are none of this kind.
const KindRules* RulesOf(std::string_view kind);

}  // namespace weir::checkpoint
