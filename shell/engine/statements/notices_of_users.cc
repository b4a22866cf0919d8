#include "shell/engine/statements/notices_of_users.h"

#include <fmt/format.h>

#include <algorithm>

#include "planner/ast/to_sql.h"

namespace weir::shell {
namespace {

Result<catalog::CatalogObject> FindKind(const catalog::Catalog& catalog,
                                        const std::vector<std::string>& parts,
                                        catalog::ObjectKind kind) {
  if (kind != catalog::ObjectKind::kFunction) return catalog.Find(parts, {});
  const catalog::FunctionPtr function = TRY(catalog.FindFunction(parts, {}));
  if (!function) return Status::InvalidSql("there is no such function").WithId("E2001");
  return catalog::CatalogObject{nullptr, nullptr, function};
}

}  // namespace

std::vector<std::string> NoticesOfUsers(Session& session, const std::vector<std::string>& parts,
                                        catalog::ObjectKind kind) {
  const Result<catalog::CatalogObject> object = FindKind(session.catalog(), parts, kind);
  const Result<std::vector<JobSummary>> jobs = session.jobs().List();
  std::vector<std::string> notices;
  if (!object.ok() || !jobs.ok()) return notices;
  const std::string create = catalog::DefinitionOf(*object).create;
  for (const JobSummary& job : *jobs) {
    const bool goes_on = job.record.state == RecordedState::kRunning ||
                         job.record.state == RecordedState::kSuspended;
    if (!goes_on ||
        std::ranges::find(job.record.definitions, create) == job.record.definitions.end())
      continue;
    notices.push_back(fmt::format(
        "NOTICE: job {0} {1} with {2} as it was; SHOW CREATE JOB {0}; prints its definition",
        ast::QuoteIdentifier(job.record.name),
        job.snapshot && !task::IsTerminal(job.snapshot->state) ? "runs on" : "can go on",
        parts.back()));
  }
  return notices;
}

}  // namespace weir::shell
