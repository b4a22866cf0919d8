// Names of catalog objects within option values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace weir::catalog {

// The one to three parts of "orders", "db.orders", "`a b`.db.`or``ders`": parts in back-ticks may
// have any characters, others letters, digits, _, $ and what is not ASCII, and no digit first.
// kInvalidSql E2008 where the text is none.
Result<std::vector<std::string>> PartsOfName(std::string_view text);

}  // namespace weir::catalog
