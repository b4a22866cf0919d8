#include "planner/traits/traits.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "planner/logical/rewrite.h"
#include "planner/traits/join_traits.h"
#include "planner/traits/late_marks.h"
#include "planner/traits/rank_traits.h"
#include "planner/traits/upsert_key.h"

namespace weir::traits {

bool EndsByItself(const logical::Scan& scan, const graph::ConnectorCatalog& connectors) {
  const graph::ConnectorDescriptor* connector =
      connectors.FindConnector(graph::OptionValue(scan.spec.options, "connector"));
  return connector == nullptr || connector->unbounded == nullptr ||
         !connector->unbounded(scan.spec.options);
}

namespace {

using logical::Node;
using logical::NodePtr;

// Whether a consumer needs the old rows of the updates of its input number `side`; `own` are the
// consumer's own traits.
bool NeedsUpdateBefore(const Node& consumer, size_t side, const NodeTraits& own) {
  const auto* join = std::get_if<logical::Join>(&consumer.operation);
  if (join != nullptr && join->versions) {
    // The next version ends the one before. An inner join may cut an update of the left side in
    // half, as a filter does.
    return side == 0 && (own.needs_update_before || join->type == graph::JoinType::kInner);
  }
  if (const auto* sink = std::get_if<logical::Sink>(&consumer.operation)) {
    return sink->accepts.update_before || own.materialize ||
           own.old_rows == graph::OldRows::kDeleted;
  }
  if (std::holds_alternative<logical::Normalize>(consumer.operation)) return false;
  // An operator that only passes rows on needs what its consumers need. A filter may cut an update
  // in half: if the new row does not pass, only the old one tells that the row is gone.
  if (std::holds_alternative<logical::Project>(consumer.operation) ||
      std::holds_alternative<logical::Watermark>(consumer.operation) ||
      std::holds_alternative<logical::WindowTable>(consumer.operation) ||
      std::holds_alternative<logical::Union>(consumer.operation)) {
    return own.needs_update_before;
  }
  if (const auto* rank = std::get_if<logical::Rank>(&consumer.operation)) {
    return rank->strategy == graph::RankStrategy::kRetract;
  }
  return true;
}

ChangelogMode Merge(const ChangelogMode& a, const ChangelogMode& b) {
  return {a.insert || b.insert, a.update_before || b.update_before,
          a.update_after || b.update_after, a.remove || b.remove};
}

ChangelogMode GivenByAggregate(const logical::Aggregate& aggregate, const ChangelogMode& input,
                               bool needs_update_before) {
  const bool retracts = !input.append_only();
  if (aggregate.calls.empty()) return {true, false, false, retracts};
  return {true, needs_update_before, true, retracts};
}

ChangelogMode Given(const Node& node, const ChangelogMode& input, bool needs_update_before) {
  if (const auto* scan = std::get_if<logical::Scan>(&node.operation)) return scan->spec.changelog;
  if (const auto* aggregate = std::get_if<logical::Aggregate>(&node.operation)) {
    return GivenByAggregate(*aggregate, input, needs_update_before);
  }
  if (const auto* over = std::get_if<logical::Over>(&node.operation)) {
    return GivenByOver(node, *over, input);
  }
  if (const auto* over = std::get_if<logical::OverAggregate>(&node.operation);
      over != nullptr && over->recomputed) {
    return {true, needs_update_before, true, !input.append_only()};
  }
  if (const auto* rank = std::get_if<logical::Rank>(&node.operation)) {
    return GivenByRank(*rank, needs_update_before);
  }
  if (const auto* deduplicate = std::get_if<logical::Deduplicate>(&node.operation)) {
    return GivenByDeduplicate(*deduplicate, needs_update_before);
  }
  if (std::holds_alternative<logical::Normalize>(node.operation)) {
    return {true, needs_update_before, true, input.remove};
  }
  if (const auto* changes = std::get_if<logical::FromChangelog>(&node.operation))
    return graph::GivenBy(changes->spec);
  const bool final_only = std::holds_alternative<logical::ToChangelog>(node.operation) ||
                          std::holds_alternative<logical::Values>(node.operation) ||
                          std::holds_alternative<logical::Recursion>(node.operation) ||
                          std::holds_alternative<logical::RecursiveScan>(node.operation) ||
                          std::holds_alternative<logical::WindowAggregate>(node.operation) ||
                          std::holds_alternative<logical::WindowRank>(node.operation) ||
                          std::holds_alternative<logical::Match>(node.operation) ||
                          std::holds_alternative<logical::BadRecords>(node.operation) ||
                          std::holds_alternative<logical::Sort>(node.operation);
  return final_only ? ChangelogMode::AppendOnly() : input;
}

// How the updates of a node come, given how those of its inputs do. What may cut an update in half,
// as filters and joins do, or move a row to another key, as windows do, is not named here.
Updates GivenUpdates(const Node& node, Updates input) {
  if (std::holds_alternative<logical::Project>(node.operation) ||
      std::holds_alternative<logical::Watermark>(node.operation)) {
    return input;
  }
  if (const auto* rank = std::get_if<logical::Rank>(&node.operation)) {
    return RowsCross(*rank) ? Updates::kCrossed : Updates::kWhole;
  }
  if (const auto* sort = std::get_if<logical::Sort>(&node.operation)) {
    return sort->limit > 0 && RowsCross(RankOfSort(*sort, true)) ? Updates::kCrossed
                                                                 : Updates::kApart;
  }
  const bool makes_them = std::holds_alternative<logical::Scan>(node.operation) ||
                          std::holds_alternative<logical::Aggregate>(node.operation) ||
                          std::holds_alternative<logical::Deduplicate>(node.operation) ||
                          std::holds_alternative<logical::Normalize>(node.operation);
  return makes_them ? Updates::kWhole : std::max(input, Updates::kApart);
}

// What the sink does with the old rows of its input (Flink: FlinkChangelogModeInferenceProgram,
// inferSinkRequiredTraits). Where its primary key only has more columns than the key of the
// updates, the changes of each primary key still come in order, and nothing need be kept.
graph::OldRows OldRowsOf(const logical::Sink& sink, const NodeTraits& input) {
  const std::vector<int>& key = sink.spec.primary_key;
  if (sink.accepts.update_before || key.empty() || input.gives.append_only())
    return graph::OldRows::kWritten;
  const bool stays =
      input.updates == Updates::kWhole &&
      std::is_permutation(key.begin(), key.end(), input.upsert_key.begin(), input.upsert_key.end());
  return stays ? graph::OldRows::kSkipped : graph::OldRows::kDeleted;
}

// Whether changes of a row may arrive under another primary key than the sink's, so that they pass
// each other on the way (Flink: FlinkChangelogModeInferenceProgram, analyzeUpsertMaterialize).
bool Materializes(const logical::Sink& sink, const NodeTraits& input) {
  const std::vector<int>& key = sink.spec.primary_key;
  if (key.empty() || sink.materialize == logical::Materialize::kNone) return false;
  if (sink.materialize == logical::Materialize::kForce) return true;
  if (sink.accepts.append_only()) return false;
  // Inserts replace each other in the sink; whoever does not want that has to look.
  if (input.gives.append_only() && sink.conflict == graph::Conflict::kDeduplicate) return false;
  if (input.updates == Updates::kCrossed && !sink.accepts.update_before) return true;
  const auto in_key = [&](int column) {
    return std::find(key.begin(), key.end(), column) != key.end();
  };
  return input.upsert_key.empty() ||
         !std::all_of(input.upsert_key.begin(), input.upsert_key.end(), in_key);
}

class Inference {
 public:
  // `connectors` may be null.
  Inference(const logical::Plan& plan, const graph::ConnectorCatalog* connectors)
      : order_(logical::ProducersFirst(plan)), connectors_(connectors) {}

  TraitMap RunUnchecked(const logical::Plan& plan) {
    for (const NodePtr& root : plan.roots) traits_[root.get()].needs_update_before = true;
    for (auto node = order_.rbegin(); node != order_.rend(); ++node) InferNeeds(**node);
    for (const NodePtr& node : order_) InferOutput(*node);
    return std::move(traits_);
  }

  Result<TraitMap> Run() {
    // First the keys and how updates come, which depend on nothing else; they decide which sinks
    // are materialised and what becomes of old rows, and that decides what these need of their
    // inputs.
    for (const NodePtr& node : order_) InferOutput(*node);
    for (auto node = order_.rbegin(); node != order_.rend(); ++node) InferNeeds(**node);
    for (const NodePtr& node : order_) {
      InferOutput(*node);
      RETURN_IF_ERROR(Check(*node));
    }
    return std::move(traits_);
  }

 private:
  void InferNeeds(const Node& node) {
    const NodeTraits& own = traits_[&node];
    graph::LateMarks marks = LateMarksNeeded(node, own.late_marks);
    // Their marks tell which changes belong to one moment.
    if (own.materialize && WaitsForConflicts(node)) marks = graph::LateMarks::kEveryRow;
    for (size_t side = 0; side < node.inputs.size(); ++side) {
      NodeTraits& traits = traits_[node.inputs[side].get()];
      traits.needs_update_before = traits.needs_update_before || NeedsUpdateBefore(node, side, own);
      traits.late_marks = std::max(traits.late_marks, marks);
    }
  }

  void InferOutput(const Node& node) {
    ChangelogMode input{};
    Updates updates = Updates::kWhole;
    bool bounded = true;
    bool ends = true;
    bool event_time = !node.inputs.empty();
    for (const NodePtr& producer : node.inputs) {
      const NodeTraits& traits = traits_[producer.get()];
      input = Merge(input, traits.gives);
      updates = std::max(updates, traits.updates);
      bounded = bounded && traits.bounded;
      ends = ends && traits.ends;
      event_time = event_time && traits.event_time;
    }
    NodeTraits& own = traits_[&node];
    own.gives = Given(node, input, own.needs_update_before);
    const auto* lookup = std::get_if<logical::Join>(&node.operation);
    if (lookup != nullptr && lookup->lookup) {
      bounded = traits_[node.inputs[0].get()].bounded;
      ends = traits_[node.inputs[0].get()].ends;
      event_time = traits_[node.inputs[0].get()].event_time;
    }
    own.bounded = bounded;
    own.ends = ends;
    own.event_time = event_time || std::holds_alternative<logical::Watermark>(node.operation);
    own.upsert_key = UpsertKeyOf(
        node, node.inputs.empty() ? std::vector<int>() : traits_[node.inputs[0].get()].upsert_key,
        !input.append_only());
    if (const auto* scan = std::get_if<logical::Scan>(&node.operation)) {
      own.bounded = own.ends = connectors_ != nullptr && EndsByItself(*scan, *connectors_);
    }
    if (const auto* sink = std::get_if<logical::Sink>(&node.operation)) {
      const NodeTraits& rows = traits_[node.inputs[0].get()];
      own.materialize = Materializes(*sink, rows);
      if (!own.materialize) own.old_rows = OldRowsOf(*sink, rows);
      if (own.materialize) own.gives = {true, sink->accepts.update_before, true, true};
    }
    const auto* sort = std::get_if<logical::Sort>(&node.operation);
    if (sort != nullptr && !bounded && sort->limit > 0) {
      own.gives = GivenBySort(*sort, !input.append_only(), own.needs_update_before);
    }
    if (sort != nullptr && sort->limit >= 0)
      own.ends = ends || sort->keys.empty() || sort->limit == 0;
    if (const auto* join = std::get_if<logical::Join>(&node.operation)) {
      own.gives = GivenByJoin(node, *join, JoinInputOf(node, 0), JoinInputOf(node, 1));
      own.upsert_key = UpsertKeyOfJoin(node, *join, JoinInputOf(node, 0), JoinInputOf(node, 1));
    }
    own.updates = own.gives.append_only() ? Updates::kWhole : GivenUpdates(node, updates);
    // Over inserts it makes the updates itself; those of its input become -D and +I.
    if (std::holds_alternative<logical::OverAggregate>(node.operation) && input.append_only())
      own.updates = Updates::kWhole;
  }

  JoinInputTraits JoinInputOf(const Node& node, size_t side) {
    const NodeTraits& traits = traits_[node.inputs[side].get()];
    return {traits.gives, traits.upsert_key};
  }

  Status Check(const Node& node) {
    RETURN_IF_ERROR(CheckWatermarkReads(node));
    if (const auto* join = std::get_if<logical::Join>(&node.operation)) {
      return CheckJoinInputs(node, *join, JoinInputOf(node, 0), JoinInputOf(node, 1));
    }
    if (const auto* sink = std::get_if<logical::Sink>(&node.operation)) {
      return CheckSink(node, *sink);
    }
    if (const auto* recursion = std::get_if<logical::Recursion>(&node.operation))
      return CheckRecursion(node, *recursion);
    if (const auto* sort = std::get_if<logical::Sort>(&node.operation)) {
      return CheckSort(node, *sort);
    }
    if (const auto* over = std::get_if<logical::OverAggregate>(&node.operation)) {
      return CheckOver(node, *over);
    }
    if (const auto* match = std::get_if<logical::Match>(&node.operation))
      return CheckMatch(node, match->spec);
    return CheckChangelog(node);
  }

  // What says which changes its rows are, or when they were, cannot have changes itself.
  Status CheckChangelog(const Node& node) {
    const auto* to = std::get_if<logical::ToChangelog>(&node.operation);
    const bool from = std::holds_alternative<logical::FromChangelog>(node.operation);
    if (!from && (to == nullptr || !to->on_time)) return {};
    if (traits_[node.inputs[0].get()].gives.append_only()) return {};
    const Node& cause = Cause(*node.inputs[0]);
    return Status::InvalidSql(fmt::format("{} takes inserts only, but {} produces {}",
                                          from ? "FROM_CHANGELOG" : "on_time of TO_CHANGELOG",
                                          Clause(cause), InWords(traits_[&cause].gives)))
        .WithId("E2011")
        .WithHint(from ? "TO_CHANGELOG makes rows of changes" : "leave on_time out")
        .WithSpan(node.origin.span);
  }

  Status CheckRecursion(const Node& node, const logical::Recursion& recursion) {
    for (const NodePtr& input : node.inputs) {
      if (traits_[input.get()].gives.append_only()) continue;
      const Node& cause = Cause(*input);
      return Status::Unsupported(
                 fmt::format("the recursive CTE \"{}\" takes inserts only, but {} produces {}",
                             recursion.name, Clause(cause), InWords(traits_[&cause].gives)))
          .WithSpan(cause.origin.span);
    }
    return {};
  }

  // Whether a call reads all rows up to the last one, or counts them.
  static bool WaitsForTheEnd(const logical::OverAggregate& over) {
    for (size_t i = 0; i < over.calls.size(); ++i) {
      switch (over.calls[i].function) {
        case graph::OverFunction::kAggregate:
        case graph::OverFunction::kNthValue:
          if (!over.frames[i].following) return true;
          break;
        case graph::OverFunction::kPercentRank:
        case graph::OverFunction::kCumeDist:
        case graph::OverFunction::kNtile:
          return true;
        default:
          break;
      }
    }
    return false;
  }

  // Over updates it is recomputed, if rows have an order of their own.
  Status CheckOver(const Node& node, const logical::OverAggregate& over) {
    const bool inserts = traits_[node.inputs[0].get()].gives.append_only();
    if (over.ahead && WaitsForTheEnd(over) && !traits_[node.inputs[0].get()].bounded) {
      return Status::InvalidSql(
                 "OVER in the order of an event time would wait for the last row, and its input "
                 "does not end")
          .WithId("E2015")
          .WithHint(
              "let the frame end some rows or an INTERVAL behind the row, or ORDER BY a second "
              "column, too: results are then put right as rows come")
          .WithSpan(node.origin.span);
    }
    if (inserts || over.recomputed) return {};
    const Node& cause = Cause(node);
    return Status::Unsupported(
               fmt::format("OVER in the order of a processing time takes inserts only, but {} "
                           "produces {}",
                           Clause(cause), InWords(traits_[&cause].gives)))
        .WithId("E1002")
        .WithHint("ORDER BY a column of the rows, which does not change with when they come")
        .WithSpan(node.origin.span);
  }

  Status CheckMatch(const Node& node, const graph::MatchSpec& spec) {
    const NodeTraits& input = traits_[node.inputs[0].get()];
    if (spec.to_end && !input.bounded) {
      return Status::InvalidSql(
                 "$ in a PATTERN needs input that ends: no row is the last one before")
          .WithId("E2015")
          .WithHint("read a bounded table, or let the pattern end with a row that says so")
          .WithSpan(node.origin.span);
    }
    if (input.gives.append_only()) return {};
    const Node& cause = Cause(*node.inputs[0]);
    return Status::InvalidSql(fmt::format("MATCH_RECOGNIZE takes inserts only, but {} produces {}",
                                          Clause(cause), InWords(traits_[&cause].gives)))
        .WithId("E2011")
        .WithHint("group by window_start and window_end of a windowed table below it")
        .WithSpan(node.origin.span);
  }

  Status CheckSort(const Node& node, const logical::Sort& sort) {
    const NodeTraits& input = traits_[node.inputs[0].get()];
    if (sort.limit >= 0 || input.bounded) return {};
    if (sort.time == logical::TimeAttribute::kNone) {
      return Status::Unsupported(
                 "ORDER BY over input that never ends is not supported without LIMIT, unless it "
                 "begins with a time attribute, ascending")
          .WithId("E1002")
          .WithHint(
              "ORDER BY the column that has the WATERMARK (or PROCTIME()) first, add a LIMIT, read "
              "a bounded table, or aggregate in windows")
          .WithSpan(node.origin.span);
    }
    if (input.gives.append_only()) return {};
    const Node& cause = Cause(node);
    return Status::InvalidSql(
               fmt::format("ORDER BY a time attribute takes inserts only, but {} produces {}: what "
                           "was put out keeps its place",
                           Clause(cause), InWords(traits_[&cause].gives)))
        .WithId("E2011")
        .WithHint("add a LIMIT, or group by window_start and window_end of a windowed table")
        .WithSpan(cause.origin.span);
  }

  static bool WaitsForConflicts(const Node& node) {
    const auto* sink = std::get_if<logical::Sink>(&node.operation);
    return sink != nullptr && sink->conflict != graph::Conflict::kDeduplicate;
  }

  // Whether every table that is read has a watermark, as far as time goes through `node`.
  static bool HasWatermarks(const Node& node) {
    if (std::holds_alternative<logical::Watermark>(node.operation)) return true;
    if (std::holds_alternative<logical::Scan>(node.operation)) return false;
    const auto* join = std::get_if<logical::Join>(&node.operation);
    if (join != nullptr && join->lookup) return HasWatermarks(*node.inputs[0]);
    return std::ranges::all_of(node.inputs,
                               [](const NodePtr& input) { return HasWatermarks(*input); });
  }

  // Rows wait for the watermark (Flink: StreamPhysicalSink, validateSourcesHaveWatermarks).
  static Status CheckConflict(const Node& node, const logical::Sink& sink) {
    const std::string_view name = graph::ConflictName(sink.conflict);
    if (sink.accepts.append_only()) {
      return Status::InvalidSql(
                 fmt::format("ON CONFLICT DO {} is for tables that take updates, and \"{}\" takes "
                             "inserts only",
                             name, sink.spec.table))
          .WithId("E2015")
          .WithSpan(node.origin.span);
    }
    if (HasWatermarks(*node.inputs[0])) return {};
    return Status::InvalidSql(
               fmt::format("ON CONFLICT DO {} waits for watermarks, and a table that the query "
                           "reads has none",
                           name))
        .WithId("E2010")
        .WithHint(
            "declare WATERMARK FOR a column of every table that is read, or say ON CONFLICT "
            "DO DEDUPLICATE")
        .WithSpan(node.origin.span);
  }

  Status CheckSink(const Node& node, const logical::Sink& sink) {
    if (WaitsForConflicts(node)) RETURN_IF_ERROR(CheckConflict(node, sink));
    const ChangelogMode& given = traits_[node.inputs[0].get()].gives;
    const bool fits =
        (!given.update_after || sink.accepts.update_after) &&
        (!given.remove || sink.accepts.remove) &&
        (!given.update_before || sink.accepts.update_before || sink.accepts.update_after);
    if (fits) return {};
    const Node& cause = Cause(node);
    return Status::InvalidSql(
               fmt::format("a sink cannot take the changes that the query produces: \"{}\" "
                           "takes {} only, but {} produces {}",
                           sink.spec.table, InWords(sink.accepts), Clause(cause),
                           InWords(traits_[&cause].gives)))
        .WithId("E2011")
        .WithHint(fmt::format(
            "group by window_start and window_end of a windowed table, or write to a table whose "
            "connector takes updates{}",
            traits_[node.inputs[0].get()].bounded
                ? "; or, as all that is read ends, SET 'execution.runtime-mode' = 'batch', which "
                  "writes the rows of the end"
                : ""))
        .WithSpan(cause.origin.span);
  }

  // The first node, seen from the sources, whose output has more than inserts.
  const Node& Cause(const Node& node) {
    for (const NodePtr& input : node.inputs) {
      if (!traits_[input.get()].gives.append_only()) return Cause(*input);
    }
    return node;
  }

  static std::string Clause(const Node& cause) {
    if (const auto* scan = std::get_if<logical::Scan>(&cause.operation)) {
      return fmt::format("table \"{}\"", scan->table);
    }
    const auto* aggregate = std::get_if<logical::Aggregate>(&cause.operation);
    std::string clause = "the query";
    if (const auto* join = std::get_if<logical::Join>(&cause.operation)) {
      clause = fmt::format("a join ({})", graph::JoinTypeName(join->type));
    }
    if (std::holds_alternative<logical::Rank>(cause.operation)) clause = "Top-N";
    if (std::holds_alternative<logical::FromChangelog>(cause.operation)) clause = "FROM_CHANGELOG";
    if (std::holds_alternative<logical::Deduplicate>(cause.operation)) {
      clause = "keeping the last row";
    }
    if (aggregate != nullptr) {
      clause = aggregate->calls.empty()  ? "DISTINCT"
               : aggregate->keys.empty() ? "an aggregate without GROUP BY"
                                         : "GROUP BY";
    }
    const std::string& place = cause.origin.scope_words;
    return place.empty() ? clause : fmt::format("{} in {}", clause, place);
  }

  std::vector<NodePtr> order_;
  const graph::ConnectorCatalog* connectors_;
  TraitMap traits_;
};

}  // namespace

Result<TraitMap> Infer(const logical::Plan& plan, const graph::ConnectorCatalog& connectors) {
  return Inference(plan, &connectors).Run();
}

TraitMap InferOutputs(const logical::Plan& plan) {
  return Inference(plan, nullptr).RunUnchecked(plan);
}

std::string InWords(const ChangelogMode& mode) {
  std::vector<std::string> words;
  if (mode.insert) words.push_back("inserts");
  if (mode.update_before || mode.update_after) words.push_back("updates");
  if (mode.remove) words.push_back("deletes");
  if (words.size() < 2) return words.empty() ? "nothing" : words[0];
  const std::string last = words.back();
  words.pop_back();
  return fmt::format("{} and {}", fmt::join(words, ", "), last);
}

std::string InShort(const ChangelogMode& mode) {
  std::vector<std::string> letters;
  if (mode.insert) letters.push_back("I");
  if (mode.update_before) letters.push_back("UB");
  if (mode.update_after) letters.push_back("UA");
  if (mode.remove) letters.push_back("D");
  return fmt::format("{}", fmt::join(letters, ","));
}

}  // namespace weir::traits
