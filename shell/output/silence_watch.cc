#include "shell/output/silence_watch.h"

#include <fmt/format.h>

#include "shell/engine/text/quantity.h"

namespace weir::shell {
namespace {

// A user who sees nothing for so long begins to wonder; between windows shorter pauses are usual.
constexpr int64_t kSilenceNanos = 3'000'000'000;

// The last window operator that has taken rows in; null when there is none.
const task::OperatorSnapshot* WaitingWindow(const task::JobSnapshot& job) {
  const task::OperatorSnapshot* found = nullptr;
  for (const task::OperatorSnapshot& node : job.operators) {
    const bool takes_rows = node.kind.find("Window") != std::string::npos && node.rows_in > 0;
    if (takes_rows) found = &node;
  }
  return found;
}

std::string Holders(const task::JobSnapshot& job) {
  std::string holders;
  for (const task::OperatorSnapshot& node : job.operators) {
    if (node.kind != "Scan" || node.held_back_by.empty()) continue;
    holders += fmt::format("{}partition \"{}\" of {}", holders.empty() ? "" : ", ",
                           node.held_back_by, node.uid);
  }
  return holders;
}

}  // namespace

std::optional<std::string> SilenceWatch::Check(uint64_t shown, const task::JobSnapshot& job,
                                               int64_t now_nanos) {
  const task::OperatorSnapshot* window = WaitingWindow(job);
  if (shown != shown_ || since_nanos_ == 0) {
    shown_ = shown;
    since_nanos_ = now_nanos;
    watermark_ = window != nullptr ? window->watermark : Timestamp::Min();
    told_ = false;
    return std::nullopt;
  }
  if (told_ || now_nanos - since_nanos_ < kSilenceNanos) return std::nullopt;
  if (window == nullptr || window->watermark == Timestamp::Max()) return std::nullopt;
  told_ = true;
  const bool moves = window->watermark != watermark_ && watermark_ != Timestamp::Min();
  std::string text = fmt::format("NOTICE: no window has closed for {}: ",
                                 DurationText(static_cast<double>(now_nanos - since_nanos_) / 1e9));
  if (window->watermark == Timestamp::Min()) {
    text += "there is no watermark yet";
  } else {
    text += fmt::format("the watermark {} {}", moves ? "is at" : "stands at",
                        TimeText(window->watermark.millis));
  }
  if (moves) return text + " and moves on; a window closes when it passes its end";
  const std::string holders = Holders(job);
  if (holders.empty()) return text + "; a window closes when rows of a later time arrive";
  return text + "; " + holders +
         " holds it back\nHINT: later rows there move it on; SET 'table.exec.source.idle-timeout' "
         "= '5 s' "
         "lets silent partitions go";
}

}  // namespace weir::shell
