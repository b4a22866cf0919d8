// Changes as rows, and rows as changes.
#pragma once

#include "runtime/graph/changelog_spec.h"

namespace weir::logical {

// Each change of the input as an insert (graph::ToChangelogSpec), with the code of its kind in
// front of its columns. What changes there are is part of the result: nothing below may be narrowed
// to the columns that somebody reads, nor conditions on its rows move below it.
struct ToChangelog {
  graph::ToChangelogSpec spec;
  // The input must have inserts only, as their times were asked for (on_time).
  bool on_time = false;
};
// Each insert of the input as the change that one of its columns says (graph::FromChangelogSpec),
// without that column.
struct FromChangelog {
  graph::FromChangelogSpec spec;
};

}  // namespace weir::logical
