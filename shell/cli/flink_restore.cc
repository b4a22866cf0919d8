#include "shell/cli/flink_restore.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>

#include "shell/cli/session_setup.h"
#include "shell/engine/session/result_table.h"
#include "shell/output/streams.h"

namespace weir::shell {
namespace {

using checkpoint::Verdict;
using flink::FlinkVerdict;

// Nothing is lost and nothing means something else.
bool IsFree(Verdict verdict) {
  return verdict == Verdict::kFull || verdict == Verdict::kNew || verdict == Verdict::kMigrate;
}

}  // namespace

Status FlinkRestore::Compare(const flink::RunningPlan& after, const graph::JobGraph& graph) {
  verdicts_ = TRY(flink::ComparePlans(before_, after, graph));
  return {};
}

Status FlinkRestore::Show(const RenderOptions& render) const {
  ResultTable table = TextTable({"uid", "verdict", "here", "reason", "node"});
  for (const FlinkVerdict& one : verdicts_) {
    const std::string verdict(checkpoint::VerdictName(one.verdict));
    const std::string here(checkpoint::VerdictName(one.here));
    table.AddTextRow({one.name, verdict, here, one.reason, one.description});
  }
  RETURN_IF_ERROR(WriteOut(stdout, Render(table, render)));
  const Status refused = Refusal();
  if (!refused.ok()) Say(line_, fmt::format("restore: {}", refused.message()));
  return {};
}

Status FlinkRestore::Refusal() const {
  const std::vector<std::string> accepted = line_.Values(OptionId::kAccept);
  for (const std::string& uid : accepted) {
    if (std::ranges::find(verdicts_, uid, &FlinkVerdict::name) != verdicts_.end()) continue;
    return Status::RestoreRefused(fmt::format("--accept: no operator with state is '{}'", uid))
        .WithId("E7002")
        .WithHint("weir flink explain-restore shows their uids");
  }
  std::vector<std::string> objections, missing;
  bool hopeless = false;
  for (const FlinkVerdict& one : verdicts_) {
    if (IsFree(one.verdict)) continue;
    if (one.verdict == Verdict::kDrop) {
      if (line_.Has(OptionId::kNonRestored)) continue;
      missing.insert(missing.begin(), "-n");
    } else if (one.verdict == Verdict::kIncompatible) {
      hopeless = true;
    } else {
      if (std::ranges::find(accepted, one.name) != accepted.end()) continue;
      missing.push_back(fmt::format("--accept '{}'", one.name));
    }
    const std::string_view verdict = checkpoint::VerdictName(one.verdict);
    objections.push_back(fmt::format("{} is {}: {}", one.name, verdict, one.reason));
  }
  if (objections.empty()) return {};
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
  Status refused =
      Status::RestoreRefused(fmt::format("{}", fmt::join(objections, "; "))).WithId("E7002");
  if (hopeless) {
    return std::move(refused).WithHint(
        "an operator under another name (AS, or the table's) starts afresh, and -n leaves the "
        "state of the former one behind");
  }
  return std::move(refused).WithHint(fmt::format("allow it with {}", fmt::join(missing, " ")));
}

}  // namespace weir::shell
