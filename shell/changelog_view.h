// Shows the changes of a SELECT as they come.
#pragma once

#include <cstdio>

#include "shell/query_view.h"
#include "shell/render.h"

namespace weir::shell {

// Prints every change on a line: an `op` column (+I -U +U -D) and the row in csv, tsv and json; Flink's
// "+I[1, a]" otherwise. Writes to `out`, which outlives it, flushing after each batch.
class ChangelogView final : public QueryView {
 public:
  ChangelogView(std::FILE* out, OutputFormat format) : out_(out), format_(format) {}
  void Begin(const ResultTable& header, bool bounded) override;
  Status OnBatch(const Batch& batch) override;
  std::optional<ResultTable> End() override { return std::nullopt; }

 private:
  std::FILE* out_;
  OutputFormat format_;
  ResultTable header_;  // with `op` in front
};

}  // namespace weir::shell
