// Errors that several parts of the binder give.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace weir::bind {

// kUnsupported E1002.
Status NotSupported(std::string_view construct, SourceSpan span);

// kInvalidSql E2010: of a window function's arguments.
Status WindowError(std::string message, SourceSpan span, std::string hint = "");

// kUnsupported E1002: a subquery reads the query around it other than by =.
Status OtherCorrelation(SourceSpan span);

// Whether a name is unknown here, which a query further out may know.
bool IsUnknownName(const Status& status);

}  // namespace weir::bind
