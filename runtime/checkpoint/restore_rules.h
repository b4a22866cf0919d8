// What a restore must know of every kind of operator. A new operator declares its state in
// runtime/graph/state_of.cc and adds a row here, and nothing else: identity, layout, widening,
// renames, copies and drops follow from the state schema, and which changes of the clause matter
// from the row. A kind without a row fails tests/unit/runtime/checkpoint/restore_rules_test.cc, and
// one without a savepoint of its own in tests/golden fails tests/sql/evolve/golden.py.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/checkpoint/compare_state.h"
#include "runtime/graph/operator_spec.h"

namespace weir::checkpoint {

// A part of the meaning whose change is neither always fatal nor never: what one change of it
// means.
struct PartRule {
  struct Change {
    Verdict verdict = Verdict::kFull;
    std::string reason;  // in words
  };
  std::string_view part;
  // `saved`, `wanted`: the part's texts, which differ; "" where one meaning has none.
  Change (*compare)(std::string_view saved, std::string_view wanted) = nullptr;
  bool of_ranks = false;  // it is about which ranks are shown
};

// Constant; lives forever.
struct KindRules {
  std::string_view kind;  // graph::OperatorKindName
  // Parts of the meaning (fingerprint.h) that state cannot outlive: a change is INCOMPATIBLE.
  // Changes of others are SEMANTIC.
  std::vector<std::string_view> fixed_parts;
  // Parts whose change does no harm to the state.
  std::vector<std::string_view> free_parts;
  // Parts of which it depends on the change; of no kind listed above.
  std::vector<PartRule> compared_parts;
  // Its rows are gone once they are written: columns of its input are what it writes.
  bool writes = false;
  // Value fields of its tables are independent of each other, so that each can come and go.
  bool accumulates = false;
  // Whose values continue where an accumulator starts late: "open windows", "existing groups".
  std::string_view rows_in_words = "rows";
  // Kept rows may lack a column that the query reads now, if it can be NULL: PARTIAL, and to be
  // accepted. Without it, that is INCOMPATIBLE. A column that is not kept any more is MIGRATE.
  bool columns_may_start_late = false;
  // A checkpoint may lack a table: it starts empty, and loses nothing by it.
  bool tables_may_start_empty = false;
  // Why a new reader cannot be given the result so far out of the state, in words; "" where it can
  // (Operator::Seed). Null: the state holds something else than the result.
  std::string (*lacks_result)(const graph::OperatorSpec& spec,
                              const OperatorStateSchema& schema) = nullptr;
  // Puts the key columns of the spec into another order, order[i] being the column that comes at i,
  // so that rows stay under the bytes of their saved keys. Null: another order is INCOMPATIBLE. Of
  // those that accumulate the output begins with the keys, and pin_key_order.cc puts it right
  // again.
  void (*reorder_keys)(graph::OperatorSpec& spec, const std::vector<int>& order) = nullptr;
};

// One row a kind of operator, whether it keeps state or not. Lives forever.
std::span<const KindRules> AllKindRules();
// Null when there are none of this kind.
const KindRules* RulesOf(std::string_view kind);

}  // namespace weir::checkpoint
