// What MATCH_RECOGNIZE takes here by SQL:2016 and Flink refuses (its documentation, "Pattern
// Recognition", "Known Limitations").
#pragma once

#include "planner/ast/table_ref.h"
#include "runtime/base/result.h"
#include "runtime/base/source_span.h"

namespace weir::shell::flink {

// E1002 for the first thing of it that cannot be said in Flink SQL, at `span` where it has no place
// of its own. Changes nothing.
Status CheckRowPattern(ast::MatchRecognize& match, SourceSpan span);

}  // namespace weir::shell::flink
