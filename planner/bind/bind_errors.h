// Errors that several parts of the binder give.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace weir::bind {

// kUnsupported E1002: "<construct> is not supported yet".
Status NotSupported(std::string_view construct, SourceSpan span);

// kInvalidSql E2010: the arguments of a window function are wrong.
Status WindowError(std::string message, SourceSpan span, std::string hint = "");

// kInvalidSql E2009: a definition contradicts itself, or what it is to change.
Status Contradiction(std::string message, SourceSpan span, std::string hint = "");

// kUnsupported E1002: a subquery compares with the query around it by something else than =.
Status OtherCorrelation(SourceSpan span);

// Whether the error is an unknown name, which an enclosing query may know.
bool IsUnknownName(const Status& status);

}  // namespace weir::bind
