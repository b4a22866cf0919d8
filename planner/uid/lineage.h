// Where the rows of a node come from, down to the next state or table, as texts that do not depend
// on rules, names of clauses and aliases, or the order of branches and conjuncts.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "planner/logical/plan.h"
#include "planner/uid/canonical.h"

namespace weir::uid {

// Longer texts are cut and end with a hash of the whole, since the texts of a query whose CTEs each
// read their predecessor twice would double with each. The length is persisted with the texts, so
// it cannot change.
constexpr size_t kLongestText = 4096;
// More branches are replaced by a single one with a hash of all.
constexpr size_t kMostBranches = 64;

// `text`, or the first 200 bytes of a longer one with a hash of all of it.
std::string Shortened(std::string text);

// The text without parentheses around the whole.
std::string Bare(const std::string& text);

// A lookup table, which has no operator of its own whose meaning could say what it is.
struct Lookup {
  std::string table;
  std::string text;  // how it is looked up, and its options

  friend auto operator<=>(const Lookup&, const Lookup&) = default;
};

// One path of rows from a table or state: the filters and lookups on it, and the columns as
// expressions over that table or state.
struct Branch {
  std::string from;
  std::vector<std::string> filters;
  std::vector<std::string> columns;
  std::vector<Lookup> lookups = {};
  // The columns once more as canonical expressions (canonical.h) over those of the table or state,
  // and the names of the latter. Only where Simplifies(wording): expressions that are divided
  // among projections are simplified as one.
  std::vector<expr::ExprPtr> trees = {};
  std::vector<std::string> names = {};
  // Where the columns of lookup tables come from ("titles.name TAB value 2 of a record"), their
  // types, and of tables whose bad records are left out all columns ("titles TAB id INT, name
  // STRING"). No part of the text. Only where Simplifies(wording).
  std::vector<std::string> found_columns = {};
  std::vector<std::string> found_types = {};
  std::vector<std::string> found_records = {};
  // How often each row of the table or state is there, and by what, where windows make copies of
  // rows. No part of the text, as versions of meanings before 11 have none. Only where
  // Simplifies(wording).
  std::vector<std::string> copies = {};

  // "<from> where <filters> with <table> …".
  std::string Text() const;
};
using Branches = std::vector<Branch>;

// "VALUES (1, 'a'), (2, 'b')"
std::string RowsText(const logical::Values& values);

// Column `index` over all branches: one text if they agree, else the texts in the order of the
// branches, so that it is known which branch has which.
std::string ColumnText(const Branches& branches, int index);

// A call over the columns of its input: "sum(v * 2)", "count(distinct k) filter (v > 1)".
std::string CallText(const Branches& input, const expr::AggregateCall& call);

// Sort keys as they are below, with the order of NULLs if it is not the default: "v DESC, id".
std::string OrderText(const Branches& input, const std::vector<graph::SortKey>& keys);

// The text of one input: where its rows come from, and its columns.
std::string SideText(const Branches& branches);

// The wording of meanings. kFormer writes what version 1 of fingerprints did, for savepoints of
// that time and for the names of accumulators. kThird is that of versions 2 and 3, which recorded
// more. kFifth, that of versions 4 and 5, recognises more texts as equal. kSixth also says what
// the columns are of an ORDER BY … LIMIT, and by which time a window is made, and nothing of
// options that say what a start does. kSeventh says the types that expressions depend on, and
// kCurrent those that they are computed in.
enum class Wording : uint8_t { kFormer, kThird, kFifth, kSixth, kSeventh, kCurrent };

// Whether this wording gives equal expressions that are written differently the same text.
constexpr bool Simplifies(Wording wording) {
  return wording >= Wording::kFifth;
}

// The branches of every node that was asked for and of those below it, each computed once.
// REQUIRES: nodes outlive it, or at least their addresses are not reused.
class Lineage {
 public:
  // `time_zone`: for expressions that depend on it. `connectors`: their descriptors say what
  // options do and how they are spelled; borrowed. Null for none: every option then counts as part
  // of what a table contains.
  explicit Lineage(Wording wording = Wording::kCurrent, std::string time_zone = "UTC",
                   const graph::ConnectorCatalog* connectors = nullptr);

  Wording wording() const { return wording_; }
  bool simplifies() const { return Simplifies(wording_); }
  // Whether columns are followed through an ORDER BY … LIMIT, and windows to their times.
  bool follows_columns() const { return wording_ >= Wording::kSixth; }
  // The same columns and nodes in the previous wording; null if there is none after
  // kThird.
  Lineage* before() const { return before_.get(); }
  const std::string& time_zone() const { return setting_.zone; }
  const Setting& setting() const { return setting_; }
  // An expression over columns with these texts.
  std::string TextOf(const expr::ExprPtr& expression, const std::vector<std::string>& names) const;

  // Gives columns of a table other names from here on (name in the plan -> here). A different
  // column with such a name, unknown to the savepoint, gets another name. REQUIRES: nothing was
  // asked for yet.
  void CallColumns(const logical::Node& scan, const std::map<std::string, std::string>& names);
  // What the rows of a recursion are, for those who read them in its own step; "" unless it was
  // said.
  void DescribeRecursion(int id, std::string rows);
  std::string RowsOfRecursion(int id) const;
  // The options that say what a table contains, in the form in which they are compared
  // (table_options.h).
  graph::TableOptions ContentsOf(const graph::TableOptions& options) const;
  // Whether records of the table contain column names, so that the order of columns says nothing.
  bool NamesColumns(const graph::TableOptions& options) const;
  // Whether reading the table finds values by column names, which a header may say as well.
  bool FindsByName(const graph::TableOptions& options) const;
  // What the table reads beyond what exists at the start: ConnectorDescriptor::reads_later.
  std::string_view ReadsLater(const graph::TableOptions& options) const;
  // The name of a table's column here.
  std::string NameOf(const logical::Node& scan, const std::string& column) const;

  // Sorted. The reference is valid as long as this object.
  const Branches& Of(const logical::Node& node);

  // The columns of both inputs of a join as expressions below them, qualified by their sides.
  const std::vector<std::string>& JoinedColumns(const logical::Node& node);
  // "left.a = right.b" for each pair of keys.
  std::vector<std::string> JoinKeyTexts(const logical::Node& node, const logical::Join& join);

  // How many times the branches of a node were computed; for tests, which cannot rely on a clock.
  size_t visits() const { return visits_; }

 private:
  std::unordered_map<const logical::Node*, Branches> branches_;
  std::unordered_map<const logical::Node*, std::vector<std::string>> joined_;
  std::unordered_map<const logical::Node*, std::map<std::string, std::string>> called_;
  std::map<int, std::string> recursions_;
  size_t visits_ = 0;
  std::unique_ptr<Lineage> before_;
  const Wording wording_;
  const Setting setting_;
  const graph::ConnectorCatalog* const connectors_;
};

}  // namespace weir::uid
