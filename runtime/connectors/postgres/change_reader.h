// Reads the changes of a table of PostgreSQL: first its rows, in portions by the primary key, while
// what is changed meanwhile is read from the log, then the log alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "runtime/connectors/postgres/change_scan.h"
#include "runtime/source.h"

namespace weir::connectors::postgres {

// Promise: what the reader returns from a position on, begun by BeginChanges, is the table's rows
// as of some moment and then every committed change once, in the order of the commits, across any
// number of starts; a row is of no change that came before it. Rows come before the changes of
// their keys; those of other keys come in between.
//
// `position` empty: it begins itself, for a slot that is temporary. `confirmed` is a place in the
// log up to which the server may forget; the reader says so. All outlive it.
Result<std::unique_ptr<SplitReader>> OpenChangeReader(const ChangeScan& scan,
                                                      const std::string& position,
                                                      const std::atomic<uint64_t>& confirmed);

}  // namespace weir::connectors::postgres
