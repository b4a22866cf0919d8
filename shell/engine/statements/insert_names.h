// Names for jobs that were given none: "insert-into_<table>", with a number for each further INSERT
// into the table. The table's database is not part of the name: INSERTs into tables of one name
// share the numbers.
#pragma once

#include <string>
#include <vector>

#include "planner/ast/statement.h"
#include "runtime/base/source_span.h"
#include "shell/engine/jobs/job_record.h"
#include "shell/engine/session/script_inserts.h"

namespace weir::shell {

// What decides the name of an unnamed INSERT.
struct InsertNaming {
  // The script that the INSERT is from, and its place there: the second INSERT into a table gets
  // number 2, whatever has become of the first.
  const std::vector<UnnamedInsert>* script = nullptr;
  SourceSpan span;
  // All records of the data directory, and the names of the jobs that run in this process.
  const std::vector<JobRecord>* records = nullptr;
  std::vector<std::string> running;
};

// The name for the job of `insert`. If an unfinished job of the table has this SQL and does not
// run, it is that job's name, so that the job is continued. Otherwise it follows from the place in
// the script, or has the next free number if a job of that name runs or belongs to another INSERT
// of the script. An unfinished job whose SQL is not in the script any more does not block its name:
// that INSERT was edited, and starting it under the name reports this.
std::string NameOfInsert(const ast::Insert& insert, const InsertNaming& naming);

}  // namespace weir::shell
