// Bad records as rows of a scan ('errors.table'; graph::ScanSpec::reports_bad).
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/graph/operator_spec.h"
#include "runtime/types/batch.h"

namespace weir::connectors {

// The values of graph::BadRecordColumns(); an empty `column` is NULL.
struct BadRow {
  std::string raw;
  std::string place;
  std::string column;
  std::string message;
};

// The rows of bad records, with NULL in the scan's own columns. A reader never returns them in one
// batch with others: those move the watermark, and these have no time.
Batch MakeBadRows(const graph::ScanSpec& spec, const std::vector<BadRow>& rows);

// Adds the columns of bad records, with NULLs, behind those of rows that are none.
void AddNoBadRecord(Batch& rows);

// How many rows to ask a decoder for: few behind a bad record, as what it has decoded before it
// meets the next one is decoded again.
class RowBudget {
 public:
  explicit RowBudget(uint32_t most) : most_(most), rows_(most) {}
  uint32_t rows() const { return rows_; }
  void Reduce() { rows_ = std::min(most_, kFewest); }
  void Raise() { rows_ = std::min(most_, rows_ * 2); }

 private:
  static constexpr uint32_t kFewest = 16;
  uint32_t most_;
  uint32_t rows_;
};

}  // namespace weir::connectors
