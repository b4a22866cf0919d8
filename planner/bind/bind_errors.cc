#include "planner/bind/bind_errors.h"

#include <fmt/format.h>

namespace weir::bind {

Status NotSupported(std::string_view construct, SourceSpan span) {
  return Status::Unsupported(fmt::format("{} is not supported yet", construct)).WithSpan(span);
}

Status WindowError(std::string message, SourceSpan span, std::string hint) {
  return Status::InvalidSql(std::move(message))
      .WithId("E2010")
      .WithHint(std::move(hint))
      .WithSpan(span);
}

Status Contradiction(std::string message, SourceSpan span, std::string hint) {
  return Status::InvalidSql(std::move(message))
      .WithId("E2009")
      .WithHint(std::move(hint))
      .WithSpan(span);
}

Status OtherCorrelation(SourceSpan span) {
  return Status::Unsupported(
             "a correlated subquery is supported here where the query around it is compared by = "
             "in its WHERE")
      .WithSpan(span);
}

bool IsUnknownName(const Status& status) {
  return status.id() == "E2001" || status.id() == "E2003";
}

}  // namespace weir::bind
