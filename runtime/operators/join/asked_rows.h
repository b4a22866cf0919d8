// The rows of a lookup's table that is asked key by key ('lookup.cache' = 'NONE', 'PARTIAL').
#pragma once

#include <memory>

#include "runtime/graph/lookup_options.h"
#include "runtime/operators/join/lookup_table.h"

namespace weir::operators {

// Find asks for all keys of a batch that are not cached at once. Each caller has a reader of its
// own while it asks; the cache is common to all. For keys without a row it waits and asks again as
// the spec's `retry` says, on the caller's thread; then it is not kept that a key has none. Opens
// one reader, so that a table that cannot be asked is known at the start.
Result<std::shared_ptr<const LookupRows>> AskedRows(LookupSetup setup,
                                                    const graph::ReloadRule& rule);

}  // namespace weir::operators
