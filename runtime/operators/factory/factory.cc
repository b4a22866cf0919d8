#include "runtime/operators/factory/factory.h"

#include <utility>

#include "runtime/operators/operator_list.h"
#include "runtime/operators/time/watermark.h"

namespace weir::operators {
namespace {

// One overload for each spec: a new alternative of OperatorSpec does not compile until it has a
// line here.
struct Maker {
  const graph::Node& node;
  OperatorPorts& ports;

  Result<OperatorPtr> operator()(const graph::ScanSpec&) const { return NotAnOperator("a scan"); }
  Result<OperatorPtr> operator()(const graph::ValuesSpec&) const { return NotAnOperator("VALUES"); }
  Result<OperatorPtr> operator()(const graph::WatermarkSpec& spec) const {
    return MakeWatermark(spec);
  }
  Result<OperatorPtr> operator()(const graph::CalcSpec&) const { return MakeCalc(node); }
  Result<OperatorPtr> operator()(const graph::GroupAggregateSpec& spec) const {
    return spec.phase == graph::AggregatePhase::kLocal ? MakeLocalGroupAggregate(node)
                                                       : MakeGroupAggregate(node);
  }
  Result<OperatorPtr> operator()(const graph::WindowAssignSpec& spec) const {
    return spec.window.kind == window::WindowKind::kSession ? MakeSessionAssign(node)
                                                            : MakeWindowAssign(node);
  }
  Result<OperatorPtr> operator()(const graph::WindowAggregateSpec& spec) const {
    if (spec.window.kind == window::WindowKind::kSession && spec.end_column < 0) {
      return MakeSessionAggregate(node);
    }
    return spec.phase == graph::AggregatePhase::kLocal ? MakeLocalWindowAggregate(node)
                                                       : MakeWindowAggregate(node);
  }
  Result<OperatorPtr> operator()(const graph::UnionSpec&) const { return MakeUnion(node); }
  Result<OperatorPtr> operator()(const graph::ReplicateSpec&) const { return MakeReplicate(node); }
  Result<OperatorPtr> operator()(const graph::ToChangelogSpec&) const {
    return MakeToChangelog(node);
  }
  Result<OperatorPtr> operator()(const graph::FromChangelogSpec&) const {
    return MakeFromChangelog(node);
  }
  Result<OperatorPtr> operator()(const graph::RecursionSpec&) const { return MakeRecursion(node); }
  Result<OperatorPtr> operator()(const graph::LookupSpec&) const {
    return MakeLookupJoin(node, std::move(ports.lookup_table));
  }
  Result<OperatorPtr> operator()(const graph::SortLimitSpec&) const { return MakeSortLimit(node); }
  Result<OperatorPtr> operator()(const graph::TemporalSortSpec&) const {
    return MakeTemporalSort(node);
  }
  Result<OperatorPtr> operator()(const graph::RankSpec& spec) const {
    return spec.strategy == graph::RankStrategy::kRetract ? MakeRetractableRank(node)
                                                          : MakeRank(node);
  }
  Result<OperatorPtr> operator()(const graph::OverAggregateSpec&) const {
    return MakeOverAggregate(node);
  }
  Result<OperatorPtr> operator()(const graph::OverAheadSpec&) const { return MakeOverAhead(node); }
  Result<OperatorPtr> operator()(const graph::OverRecomputeSpec&) const {
    return MakeOverRecompute(node);
  }
  Result<OperatorPtr> operator()(const graph::MatchSpec&) const { return MakeMatch(node); }
  Result<OperatorPtr> operator()(const graph::DeduplicateSpec&) const {
    return MakeDeduplicate(node);
  }
  Result<OperatorPtr> operator()(const graph::ChangelogNormalizeSpec&) const {
    return MakeChangelogNormalize(node);
  }
  Result<OperatorPtr> operator()(const graph::UpsertMaterializeSpec&) const {
    return MakeUpsertMaterialize(node);
  }
  Result<OperatorPtr> operator()(const graph::UpsertCompactSpec&) const {
    return MakeUpsertCompact(node);
  }
  Result<OperatorPtr> operator()(const graph::WindowRankSpec&) const {
    return MakeWindowRank(node);
  }
  Result<OperatorPtr> operator()(const graph::SinkSpec&) const {
    return MakeSink(node, std::move(ports.sink_writer));
  }
  Result<OperatorPtr> operator()(const graph::JoinSpec&) const { return MakeJoin(node); }
  Result<OperatorPtr> operator()(const graph::IntervalJoinSpec&) const {
    return MakeIntervalJoin(node);
  }
  Result<OperatorPtr> operator()(const graph::WindowJoinSpec&) const {
    return MakeWindowJoin(node);
  }
  Result<OperatorPtr> operator()(const graph::TemporalJoinSpec&) const {
    return MakeTemporalJoin(node);
  }
  Result<OperatorPtr> operator()(const graph::CollectSpec&) const {
    return MakeCollect(node, ports.listener);
  }

  static Result<OperatorPtr> NotAnOperator(const char* what) {
    return Status::Internal(std::string(what) + " is run by its source task, not as an operator");
  }
};

}  // namespace

Result<std::unique_ptr<Operator>> MakeOperator(const graph::Node& node, OperatorPorts ports) {
  return std::visit(Maker{node, ports}, node.spec);
}

}  // namespace weir::operators
