// The hints of SELECT, of tables in FROM and of INSERT targets.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "planner/ast/table_ref.h"
#include "planner/catalog/option_check.h"
#include "planner/catalog/table_definition.h"
#include "runtime/base/result.h"

namespace weir::bind {

// SELECT /*+ STATE_ID('x'), STATE_TTL('t' = '1 d') */.
// Names of inputs are checked when FROM is bound: E2015 for one that is not there.
struct SelectHints {
  struct Ttl {
    std::string input;  // alias or table in FROM; "" for a hint that names none
    int64_t millis = 0;
    SourceSpan span;
  };
  std::string state_id;
  std::vector<Ttl> ttls;
};
// Other hints: E1002 for those of Flink, else E2015 naming the hint and the nearest known one.
Result<SelectHints> ReadSelectHints(const std::vector<ast::Hint>& hints);

// t /*+ OPTIONS('k' = 'v'), STATE_ID('x') */.
// Options come over those of the table; which of two equal keys wins: the later one.
struct TableHints {
  std::string state_id;
  std::vector<catalog::PlacedOption> options;
};
Result<TableHints> ReadTableHints(const std::vector<ast::Hint>& hints);

// The table's options with `hints` over them, checked as a whole (catalog::CheckOptions). The
// connector and the format cannot be changed (E2008).
Result<graph::TableOptions> MergedOptions(const catalog::TableDefinition& table,
                                          const std::vector<catalog::PlacedOption>& hints,
                                          const graph::ConnectorCatalog& connectors,
                                          SourceSpan place);

}  // namespace weir::bind
