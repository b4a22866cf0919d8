// CREATE TABLE … LIKE as the CREATE TABLE that it stands for.
#pragma once

#include "planner/ast/definition.h"
#include "runtime/base/result.h"

namespace weir::bind {

// `table`, which is LIKE `source`, without LIKE: the source's elements in front of its own, the
// source's options but for those that it has itself, and no comment of the source. What the clause
// includes, leaves out and overwrites is Flink's: by default options are overwritten, and all else
// that both have is an error (E2009, where `table` says it). Spans of what comes from the source
// are of its own text.
// REQUIRES: `source` has neither LIKE nor AS.
Result<ast::CreateTable> MergeLike(const ast::CreateTable& table, const ast::CreateTable& source);

}  // namespace weir::bind
