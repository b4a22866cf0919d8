// Records which states an operator's rows come from.
#pragma once

#include "runtime/graph/job_graph.h"

namespace weir::lower {

// Adds lines "of" to the meaning of every operator with an identity: the uids of the nearest
// operators below it that keep rows, and of the tables that are read. Its state was computed from
// what those emitted, so a restore must check that they are still the same. Where there are
// several, the name of each line is the place from which the operator reads it: the side of a join,
// and a hash of what is computed on the way. So a restore notices that two of them have exchanged
// their places, of which the rest of the meaning says nothing where they look alike.
void NoteInputs(graph::JobGraph& graph);

}  // namespace weir::lower
