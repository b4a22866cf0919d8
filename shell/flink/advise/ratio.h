// How many times our processor time Flink takes for the same rows, as NEXMark's queries have it
// (flink_ratios.def).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::shell::flink {

// Each query was measured twice: both systems in turn on one busy machine, and Flink alone on a
// quiet one beside our figure. `usual` is the geometric mean of the first over the queries, `least`
// and `most` are the ends of both.
struct Ratio {
  double usual = 1;
  double least = 1;
  double most = 1;
  std::vector<std::string_view> queries;  // where it is from
  bool measured = true;                   // false: no query has such an operator; of all queries
};

// An operator of a job, and how long its code ran.
struct OperatorTime {
  std::string kind;  // graph::OperatorKindName
  double busy_seconds = 0;
};

// Of operators of this kind (graph::OperatorKindName).
Ratio RatioOf(std::string_view kind);
// Whether operators of this kind keep no state and are in every query: sources, projections,
// filters, sinks.
bool IsStateless(std::string_view kind);

// Of a job with these operators. A query's ratio is of all that the query does, its source
// included, so a job has the ratios of the operators that tell it from a copy of its input, by the
// time that they take; where those take less than a twentieth of it, of all operators. The ends are
// those of every kind that takes a hundredth.
Ratio RatioOfJob(std::span<const OperatorTime> operators);

}  // namespace weir::shell::flink
