// Scans. Where a table has 'errors.table', one operator gives its rows and its bad records, with
// columns for both, and a Calc for each kind of reader takes its own out.
#include "planner/logical/rewrite.h"
#include "planner/lower/lowering.h"
#include "runtime/expr/binding.h"
#include "runtime/graph/any_table_options.h"
#include "runtime/graph/bad_records.h"

namespace weir::lower {
namespace {

using logical::Node;

// Passes on `count` columns from `first` on of the rows of which `test` ("IS NULL") holds for the
// message that each bad record has. `width`: the columns of the table.
Result<graph::CalcSpec> Choose(size_t width, std::string_view test, size_t first, size_t count,
                               const graph::Node& scan) {
  const auto column = [&](size_t place) {
    return expr::MakeColumnRef(static_cast<int>(place), scan.output.fields[place].type);
  };
  graph::CalcSpec calc;
  calc.filter = TRY(expr::BindCall(test, {column(width + graph::kBadRecordMessage)}, {}));
  for (size_t i = 0; i < count; ++i) calc.projections.push_back(column(first + i));
  return calc;
}

}  // namespace

Result<int> Lowering::LowerScan(const Node& node, const logical::Scan& scan) {
  const uint32_t subtasks = graph::SubtasksOf(scan.spec.options, graph::kScanParallelism);
  const auto reporting = reporting_scans_.find(&node);
  if (reporting == reporting_scans_.end()) return Add({&node, scan.spec, {}, subtasks, ""});
  graph::ScanSpec spec = scan.spec;
  spec.reports_bad = true;
  const int index = reporting->second = Add({&node, std::move(spec), {}, subtasks, ""});
  graph::Node& added = graph_.nodes[static_cast<size_t>(index)];
  for (Field& field : graph::BadRecordColumns().fields)
    added.output.fields.push_back(std::move(field));
  const size_t width = node.columns.size();
  graph::CalcSpec good = TRY(Choose(width, "IS NULL", 0, width, added));
  return AddBehind(node, std::move(good), index, "records");
}

Result<int> Lowering::LowerBadRecords(const Node& node) {
  const Node& scan = *node.inputs[0];
  TRY(Lower(node.inputs[0]));
  const int index = reporting_scans_.at(&scan);
  const size_t width = scan.columns.size();
  graph::CalcSpec bad = TRY(Choose(width, "IS NOT NULL", width, node.columns.size(), At(index)));
  return AddBehind(node, std::move(bad), index, "errors");
}

}  // namespace weir::lower
