// The hints of SELECT, of tables in FROM and of INSERT targets.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/ast/table_ref.h"
#include "planner/bind/join_hints.h"
#include "planner/catalog/option_check.h"
#include "planner/catalog/table_definition.h"
#include "runtime/base/result.h"

namespace weir::bind {

// SELECT /*+ STATE_ID('x'), STATE_TTL('t' = '1 d'), BROADCAST(t), LOOKUP(…) */. The names of inputs
// are checked when FROM is bound: E2001 for an unknown one.
struct SelectHints {
  struct Ttl {
    std::string input;  // alias or table in FROM; "" for a hint that names none
    int64_t millis = 0;
    SourceSpan span;
  };
  std::string state_id;
  std::vector<Ttl> ttls;
  JoinHints joins;
  bool of_state() const { return !state_id.empty() || !ttls.empty(); }
};
// For other hints E1002 if Flink has them, else E2015 with the hint and the nearest known one.
Result<SelectHints> ReadSelectHints(const std::vector<ast::Hint>& hints);

// t /*+ OPTIONS('k' = 'v'), STATE_ID('x') */. The options override those of the table; of two equal
// keys the later one wins.
struct TableHints {
  std::string state_id;
  std::vector<catalog::PlacedOption> options;
};
Result<TableHints> ReadTableHints(const std::vector<ast::Hint>& hints);

// The table's options overridden by `hints` and checked as a whole (catalog::CheckOptions). The
// connector and the format cannot be changed (E2008).
Result<graph::TableOptions> MergedOptions(const catalog::TableDefinition& table,
                                          const std::vector<catalog::PlacedOption>& hints,
                                          const graph::ConnectorCatalog& connectors,
                                          SourceSpan place);

// E6003 at the first hint that says where another system is, or how to log in there: the login of
// the table could be sent anywhere.
Status CheckSystems(const catalog::TableDefinition& table,
                    const std::vector<catalog::PlacedOption>& hints,
                    const graph::ConnectorCatalog& connectors);

}  // namespace weir::bind
