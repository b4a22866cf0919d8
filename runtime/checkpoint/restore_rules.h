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

// A part of the meaning whose change is neither always fatal nor always harmless.
struct PartRule {
  struct Change {
    Verdict verdict = Verdict::kFull;
    std::string reason;  // in words
  };
  std::string_view part;
  // The consequence of a change from `saved` to `wanted`, which differ; "" where a meaning lacks
  // the part.
  Change (*compare)(std::string_view saved, std::string_view wanted) = nullptr;
  bool of_ranks = false;  // it is about which ranks are shown
};

// The rules of one kind of operator. Constant; lives forever.
struct KindRules {
  std::string_view kind;  // graph::OperatorKindName
  // Parts of the meaning (fingerprint.h) whose change makes the state INCOMPATIBLE. A change of a
  // part that is not listed anywhere is SEMANTIC.
  std::vector<std::string_view> fixed_parts;
  // Parts whose change does no harm to the state.
  std::vector<std::string_view> free_parts;
  // Parts for which it depends on the change; not listed above.
  std::vector<PartRule> compared_parts;
  // A sink: its rows are gone once they are written, so only the columns that it writes are
  // compared.
  bool writes = false;
  // The value fields of its tables are independent of each other, so that each can be added and
  // removed.
  bool accumulates = false;
  // What contains values of both queries when an accumulator starts late: "open windows", "existing
  // groups".
  std::string_view rows_in_words = "rows";
  // Kept rows may lack a column that the query reads now, provided that it can be NULL: PARTIAL,
  // and to be accepted. Otherwise that is INCOMPATIBLE. Dropping a column that is no longer kept is
  // MIGRATE.
  bool columns_may_start_late = false;
  // A checkpoint may lack a table; it then starts empty without loss.
  bool tables_may_start_empty = false;
  // Why the state cannot supply a new reader with the result so far, as text; "" where it can
  // (Operator::Seed). `expires`: rows of it may have expired. Null: the state of this kind never is
  // its result.
  std::string (*lacks_result)(const graph::OperatorSpec& spec, const OperatorStateSchema& schema,
                              bool expires) = nullptr;
  // Reorders the key columns of the spec, order[i] being the column that moves to position i, so
  // that rows are found under the bytes of their saved keys. Null: another order is INCOMPATIBLE.
  // Where an operator's output begins with its keys, pin_key_order.cc restores the order of the
  // output.
  void (*reorder_keys)(graph::OperatorSpec& spec, const std::vector<int>& order) = nullptr;
};

// One row a kind of operator, whether it keeps state or not. Lives forever.
std::span<const KindRules> AllKindRules();
// Null for an unknown kind.
const KindRules* RulesOf(std::string_view kind);

}  // namespace weir::checkpoint
