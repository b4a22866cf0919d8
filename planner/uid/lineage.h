// Where the rows of a node come from: down to the next state or table, as texts that depend neither
// on rules, names of clauses and aliases, nor on the order of branches and conjuncts.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "planner/logical/plan.h"

namespace weir::uid {

// Longer texts are cut, with a hash of the whole: a query whose CTEs read their predecessors twice
// has texts that double with each. The length is a part of what is persisted, as the texts are.
constexpr size_t kLongestText = 4096;
// More branches than these are one, told by the hash of all.
constexpr size_t kMostBranches = 64;

// `text`, or of a longer one its first 200 bytes and a hash of all of it.
std::string Shortened(std::string text);

// Without the parentheses around the whole.
std::string Bare(const std::string& text);

// A table that is looked up, which has no operator of its own to answer for it.
struct Lookup {
  std::string table;
  std::string text;  // how it is looked up, and its options

  friend auto operator<=>(const Lookup&, const Lookup&) = default;
};

// One way that rows take from a table or state: what they are filtered by and looked up in, and
// their columns as expressions over it.
struct Branch {
  std::string from;
  std::vector<std::string> filters;
  std::vector<std::string> columns;
  std::vector<Lookup> lookups = {};
  // The columns once more, as canonical.h has them, over those of the table or state, and what
  // these are called. In Wording::kCurrent alone: what is spread over projections is simplified as
  // one.
  std::vector<expr::ExprPtr> trees = {};
  std::vector<std::string> names = {};

  // "<from> where <filters> with <table> …".
  std::string Text() const;
};
using Branches = std::vector<Branch>;

// "VALUES (1, 'a'), (2, 'b')"
std::string RowsText(const logical::Values& values);

// Column `index` in all branches: one text when they agree, else that of each in the order of the
// branches, so that it shows which of them gives what.
std::string ColumnText(const Branches& branches, int index);

// "sum(v * 2)", "count(distinct k) filter (v > 1)": a call over the columns of its input.
std::string CallText(const Branches& input, const expr::AggregateCall& call);

// "v DESC, id": sort keys as they are below; the order of NULLs where it is not the usual one.
std::string OrderText(const Branches& input, const std::vector<graph::SortKey>& keys);

// The texts of one input: where its rows come from, and its columns.
std::string SideText(const Branches& branches);

// In which words. kFormer writes what version 1 of fingerprints did, for savepoints of that time
// and for the names of accumulators; kThird, as versions 2 and 3 did, says more; kCurrent says the
// same of more that is the same.
enum class Wording : uint8_t { kFormer, kThird, kCurrent };

// The branches of every node that was asked for and of those below it, each worked out once.
// REQUIRES: nodes outlive it, or at least nothing else comes to lie where they lay.
class Lineage {
 public:
  // `time_zone` of expressions that depend on it.
  // `connectors`: whose descriptors say what options do and how they are spelled; borrowed. Null
  // for none: every option says what a table is.
  explicit Lineage(Wording wording = Wording::kCurrent, std::string time_zone = "UTC",
                   const graph::ConnectorCatalog* connectors = nullptr)
      : wording_(wording), time_zone_(std::move(time_zone)), connectors_(connectors) {}

  Wording wording() const { return wording_; }
  const std::string& time_zone() const { return time_zone_; }
  // An expression over columns of these texts.
  std::string TextOf(const expr::ExprPtr& expression, const std::vector<std::string>& names) const;

  // A table's columns have these names from here on (name in the plan -> here); another one of such
  // a name, which the savepoint does not know, is told apart. REQUIRES: nothing was asked for yet.
  void CallColumns(const logical::Node& scan, const std::map<std::string, std::string>& names);
  // The options that say what is in a table, as they are compared (table_options.h).
  graph::TableOptions ContentsOf(const graph::TableOptions& options) const;
  // Whether the values of a table's records are known by the names of its columns, so that their
  // order says nothing.
  bool NamesColumns(const graph::TableOptions& options) const;
  // What the table reads beyond what is there at the start: ConnectorDescriptor::reads_later.
  std::string_view ReadsLater(const graph::TableOptions& options) const;
  // What a column of a table is called here.
  std::string NameOf(const logical::Node& scan, const std::string& column) const;

  // Sorted. The reference holds as long as the object.
  const Branches& Of(const logical::Node& node);

  // Of a join. Columns of both inputs as expressions below them, told apart by their sides.
  const std::vector<std::string>& JoinedColumns(const logical::Node& node);
  // "left.a = right.b", a key each.
  std::vector<std::string> JoinKeyTexts(const logical::Node& node, const logical::Join& join);

  // How many times a node's branches were worked out; for tests, which cannot trust a clock.
  size_t visits() const { return visits_; }

 private:
  std::unordered_map<const logical::Node*, Branches> branches_;
  std::unordered_map<const logical::Node*, std::vector<std::string>> joined_;
  std::unordered_map<const logical::Node*, std::map<std::string, std::string>> called_;
  size_t visits_ = 0;
  const Wording wording_;
  const std::string time_zone_;
  const graph::ConnectorCatalog* const connectors_;
};

}  // namespace weir::uid
