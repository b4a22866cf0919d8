// A physical plan: operators with stable uids, connected by exchanges. Immutable once planned.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/graph/late_marks.h"
#include "runtime/graph/operator_spec.h"

namespace weir::graph {

enum class ExchangeKind : uint8_t {
  kForward,    // subtask i to subtask i, without a queue where chains allow
  kHash,       // by key group of `keys`
  kRebalance,  // round robin by batch
  kBroadcast,  // every batch to every subtask
  kSingleton,  // everything to subtask 0 (parallelism 1)
};

// An input of a node, in the order of Node::inputs. `keys` are in the order of the consumer's keys
// and of equal types.
struct Edge {
  int from = -1;  // node index; later than the consumer's for feedback (loops.h) only
  ExchangeKind exchange = ExchangeKind::kForward;
  std::vector<int> keys;  // columns of the producer's output, for kHash
};

// One operator. Its spec holds everything that the operator needs, so that a graph can run without
// the logical plan it was made from.
struct Node {
  int index = -1;  // position in JobGraph::nodes; producers come before consumers
  // Stable identity of the operator's state and metrics; unique in the graph. Stateless helpers
  // have one too ("…/calc#2").
  std::string uid;
  std::vector<std::string> also;  // uids of equal sub-plans merged into this one
  bool uid_stable = true;         // false: derived from structure, flagged in EXPLAIN STATE
  std::string uid_origin;         // where the name comes from, in words: "CTE m", "sink per_minute"
  std::string suggested_name;     // for the error of pipeline.auto-generate-uids = false
  std::string fingerprint;  // of the clause's meaning (planner/uid/meaning.h); "" when stateless
  // The operator's meaning as older versions wrote it, to compare it with their savepoints: as
  // version 1 did, and as versions 2 and 3 did (with the columns' names of renamed_fingerprint).
  std::string former_fingerprint;
  std::string third_fingerprint;
  // The fingerprint with the names that columns of tables have in the savepoint, where a restore
  // maps them to others; "" otherwise.
  std::string renamed_fingerprint;
  std::string name;  // short, for people: "WindowAggregate(m)"
  SourceSpan span;   // the clause it comes from
  // What the operator does: one alternative for each kind of operator.
  OperatorSpec spec;
  std::vector<Edge> inputs;
  // Columns of its output, typed; those of a sink are empty.
  Schema output;
  ChangelogMode changelog;      // kinds of change in its output
  std::vector<int> upsert_key;  // columns that identify a row of the output; empty: none known
  LateMarks late_marks = LateMarks::kUnused;  // who looks at those of its output
  uint32_t parallelism = 0;                   // 0: the job's; 1 for singletons
};

// Acyclic but for the second inputs of recursions (loops.h). It need not be connected, since a
// statement set may have several sources and sinks.
struct JobGraph {
  std::vector<Node> nodes;
};

// The schema that a node reads: the output of its first input, or the empty schema for a source.
// The specs of joins hold the schemas of both inputs instead.
Schema InputSchema(const JobGraph& graph, const Node& node);
// The number of the chain that each node runs in when nodes without a parallelism of their own have
// `job_parallelism`; chains are numbered from 0 in the order of their first nodes. A node runs in
// the chain of its only producer if a forward edge to the same parallelism leads to it, or if both
// run on one subtask. EXPLAIN prints what task::PlanChains will decide at the start, for graphs
// that planner/lower made.
std::vector<int> ChainsOf(const JobGraph& graph, uint32_t job_parallelism);
// The edge as text, with columns by the producer's names: "forward", "hash(a, b)", ….
std::string ToString(const Edge& edge, const JobGraph& graph);
// One line for each node, producers before consumers: index, uid, operator, inputs.
std::string ToString(const JobGraph& graph);

}  // namespace weir::graph
