// The names of jobs that were given none: "insert-into_<table>", and a number for each further
// INSERT into the table.
#pragma once

#include <string>
#include <vector>

#include "planner/ast/statement.h"
#include "runtime/base/source_span.h"
#include "shell/engine/jobs/job_record.h"
#include "shell/engine/session/script_inserts.h"

namespace weir::shell {

// What the name of an INSERT without one depends on.
struct InsertNaming {
  // The script that the INSERT is from, and its place there: the second INSERT into a table gets
  // number 2, whatever has become of the first.
  const std::vector<UnnamedInsert>* script = nullptr;
  SourceSpan span;
  // All records of the data directory, and the names of the jobs that run in this process.
  const std::vector<JobRecord>* records = nullptr;
  std::vector<std::string> running;
};

// The name of the job of `insert`. An unfinished job of the table that has this SQL and does not
// run goes on, under the name that it has. Another INSERT is named by its place in the script, or
// with the next free number if a job of that name runs or belongs to another INSERT of the script.
// A name that an unfinished job has for which the script has no INSERT any more is given all the
// same: that INSERT was edited, and starting it says so.
std::string NameOfInsert(const ast::Insert& insert, const InsertNaming& naming);

}  // namespace weir::shell
