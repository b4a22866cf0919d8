// Which states an operator's rows come from.
#pragma once

#include "runtime/graph/job_graph.h"

namespace weir::lower {

// Adds to the meaning of every operator with an identity, as lines "of", the uids of the nearest
// operators below it that keep rows, and of the tables that are read: what it keeps was made of
// what those gave, so that a restore has to ask whether they still are the same ones.
void NoteInputs(graph::JobGraph& graph);

}  // namespace weir::lower
