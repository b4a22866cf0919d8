#include "runtime/task/loss_watch.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/fault_point.h"

namespace weir::task {
namespace {

using Figure = uint64_t OperatorSnapshot::*;

uint64_t Sum(const JobSnapshot& job, Figure figure) {
  uint64_t sum = 0;
  for (const OperatorSnapshot& node : job.operators) sum += node.*figure;
  return sum;
}

// The operator with the greatest value of this figure. REQUIRES: the job has operators.
const OperatorSnapshot& Greatest(const JobSnapshot& job, Figure figure) {
  return *std::max_element(
      job.operators.begin(), job.operators.end(),
      [figure](const auto& a, const auto& b) { return a.*figure < b.*figure; });
}

// Why rows are too late for an operator of this kind.
std::string_view WhatWasOver(std::string_view kind) {
  if (kind == "IntervalJoin") return "the time for their matches was over";
  if (kind == "OverAggregate" || kind == "OverAhead" || kind == "Match")
    return "rows of their times were given";
  if (kind == "TemporalSort") return "rows of later times were given";
  if (kind == "Deduplicate") return "the first rows of their time were chosen";
  return "their windows were closed";
}

// The operator's uid, or its kind where the uid was derived (~wagg:…) and would mean nothing to a
// user.
std::string_view PlaceOf(const OperatorSnapshot& at) {
  return at.uid.starts_with('~') ? at.kind : at.uid;
}

std::string WhyLate(const OperatorSnapshot& at) {
  return fmt::format("{} before they came, at {}", WhatWasOver(at.kind), PlaceOf(at));
}

// Raises `seen` to `now`. Returns by how much.
uint64_t Raise(uint64_t& seen, uint64_t now) {
  const uint64_t more = now > seen ? now - seen : 0;
  seen += more;
  return more;
}

}  // namespace

void LossWatch::Begin(const JobSnapshot& restored) {
  late_ = Sum(restored, &OperatorSnapshot::late_rows);
  skipped_ = Sum(restored, &OperatorSnapshot::skipped_records);
}

void LossWatch::Update(const JobSnapshot& job, Notices& notices) {
  if (DefectPlanted("losses-unsaid")) return;
  if (const uint64_t more = Raise(late_, Sum(job, &OperatorSnapshot::late_rows)); more > 0) {
    notices.Report(NoticeKind::kLateRow, more,
                   WhyLate(Greatest(job, &OperatorSnapshot::late_rows)));
  }
  if (const uint64_t more = Raise(skipped_, Sum(job, &OperatorSnapshot::skipped_records));
      more > 0) {
    notices.Report(NoticeKind::kSkippedRecord, more,
                   fmt::format("they could not be read, at {}",
                               PlaceOf(Greatest(job, &OperatorSnapshot::skipped_records))));
  }
}

}  // namespace weir::task
