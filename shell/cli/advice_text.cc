#include "shell/cli/advice_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "shell/engine/text/quantity.h"

namespace weir::shell {
namespace {

using flink::Estimate;
using flink::Ratio;

constexpr std::string_view kNothing = "-";
constexpr double kHours = 24;

std::string Grouped(double count) {
  return GroupedText(static_cast<uint64_t>(std::llround(count)));
}

// One digit behind the point below ten, where it says something.
std::string Figure(double figure) {
  return figure < 10 ? fmt::format("{:.1f}", figure) : Grouped(figure);
}

std::string TimesText(const Ratio& ratio) {
  return fmt::format("{:.0f} ({:.0f} to {:.0f})", ratio.usual, ratio.least, ratio.most);
}

std::string SourceOf(const Ratio& ratio) {
  return ratio.measured ? fmt::format("{}", fmt::join(ratio.queries, " "))
                        : "none has one: all queries";
}

Ratio RatioOfTrial(const Trial& trial) {
  std::vector<flink::OperatorTime> times;
  for (const TrialOperator& one : trial.operators) times.push_back({one.kind, one.busy_seconds});
  return flink::RatioOfJob(times);
}

Estimate Times(const Estimate& estimate, double by) {
  return {estimate.usual * by, estimate.least * by, estimate.most * by};
}

void AddNeed(const std::string& what, const std::string& here, const Estimate& there,
             std::string (*text)(double), ResultTable& table) {
  table.AddTextRow({what, here, text(there.usual), text(there.least), text(there.most)});
}

std::string Money(double amount) {
  return fmt::format("{:.2f}", amount);
}

double CoresToHave(const flink::Sizing& sizing) {
  return std::max(1.0, std::ceil(sizing.cores_here));
}

}  // namespace

const std::string_view kTrustText =
    "How far to trust this: cores of Flink are those that were busy here, times what NEXMark's "
    "queries took on Flink 2.3 beside us: from JSON, on 2 cores, with RocksDB and a checkpoint a "
    "second. Other rows, formats and connectors have other ratios, between the least and the most "
    "or beyond. A core there counts as one here, the network between task managers as nothing, and "
    "a job manager comes on top. Only a run there says what it takes there.";

std::string RunText(const Trial& trial, uint32_t parallelism) {
  return fmt::format(
      "{} read in {} {}, by {} of processor time at parallelism {}; nothing was "
      "written",
      Plural(trial.figures.rows, "row"), DurationText(trial.seconds),
      trial.ended ? "to the end of the input" : "of an input that had not ended",
      DurationText(trial.figures.cpu_seconds), parallelism);
}

Advice::Advice(const Trial& trial, const AdviceGoal& goal)
    : trial_(trial),
      goal_(goal),
      ratio_(RatioOfTrial(trial)),
      sizing_(flink::SizeOf(trial.figures, ratio_, goal.sizing)) {}

ResultTable Advice::Operators() const {
  ResultTable table;
  table.columns = {{"operator", Type::String()},
                   {"rows", Type::BigInt()},
                   {"rows/s of a busy core", Type::String()},
                   {"share", Type::String()},
                   {"state rows", Type::BigInt()},
                   {"state bytes", Type::BigInt()},
                   {"bytes a row", Type::String()},
                   {"times on Flink", Type::String()},
                   {"by NEXMark's", Type::String()}};
  double all = 0;
  for (const TrialOperator& one : trial_.operators) all += one.busy_seconds;
  for (const TrialOperator& one : trial_.operators) {
    const Ratio ratio = flink::RatioOf(one.kind);
    const bool timed = one.busy_seconds > 1e-6 && one.rows > 0;
    const double rate = timed ? static_cast<double>(one.rows) / one.busy_seconds : 0;
    const double share = all > 0 ? one.busy_seconds / all : 0;
    const double bytes = one.state_rows > 0 ? static_cast<double>(one.state_bytes) /
                                                  static_cast<double>(one.state_rows)
                                            : 0;
    table.rows.push_back(
        {TextCell(fmt::format("{} {}", one.kind, one.uid)), NumberCell(one.rows),
         TextCell(timed ? RateText(rate) : std::string(kNothing)),
         TextCell(fmt::format("{:.1f} %", share * 100)), NumberCell(one.state_rows),
         NumberCell(one.state_bytes),
         TextCell(bytes > 0 ? fmt::format("{:.1f}", bytes) : std::string(kNothing)),
         TextCell(TimesText(ratio)), TextCell(SourceOf(ratio))});
  }
  return table;
}

ResultTable Advice::Needs() const {
  ResultTable table = TextTable({"what it needs", "here", "on Flink 2.3", "least", "most"});
  const flink::TaskManager& each = goal_.sizing.task_manager;
  const double gigabytes = static_cast<double>(each.memory_bytes) / (1 << 30);
  const double cores = CoresToHave(sizing_);
  const Estimate bought = Times(sizing_.task_managers, each.slots);
  AddNeed("rows a second", Grouped(sizing_.rate), {sizing_.rate, sizing_.rate, sizing_.rate},
          Grouped, table);
  const double a_core = sizing_.core_rate;
  AddNeed("rows a second of a busy core", Grouped(a_core),
          {a_core / ratio_.usual, a_core / ratio_.most, a_core / ratio_.least}, Grouped, table);
  AddNeed("cores busy", Figure(sizing_.busy_here), sizing_.busy_there, Figure, table);
  AddNeed(fmt::format("cores to have, {:.0f} % busy", flink::kPlannedLoad * 100),
          fmt::format("{:.0f} (it has {})", cores, goal_.sizing.cores_here), sizing_.slots, Grouped,
          table);
  AddNeed(fmt::format("task managers of {} and {:.3g} GB", Plural(each.slots, "slot"), gigabytes),
          std::string(kNothing), sizing_.task_managers, Grouped, table);
  AddNeed("memory of these, GB", std::string(kNothing), Times(sizing_.task_managers, gigabytes),
          Grouped, table);
  AddNeed("core-hours a day", Grouped(cores * kHours), Times(bought, kHours), Grouped, table);
  AddNeed("GB-hours a day", std::string(kNothing), Times(sizing_.task_managers, gigabytes * kHours),
          Grouped, table);
  if (goal_.core_hour) {
    AddNeed("cost a day", Money(cores * kHours * *goal_.core_hour),
            Times(bought, kHours * *goal_.core_hour), Money, table);
  }
  return table;
}

std::string Advice::EnoughText() const {
  const uint32_t has = goal_.sizing.cores_here;
  const std::string rate = fmt::format("{} rows a second", Grouped(sizing_.rate));
  const bool narrow = sizing_.narrow_rate > 0 && sizing_.rate > sizing_.narrow_rate;
  if (sizing_.cores_here <= has * (1 + 1e-9) && !narrow) {
    return fmt::format("One machine is enough: {} keep {} of the {} of this one busy.", rate,
                       Figure(sizing_.busy_here), Plural(has, "core"));
  }
  if (is_slow())
    return fmt::format("Whether this machine is enough for {} this run does not say.", rate);
  if (narrow) return fmt::format("This machine is not enough for {}, and no other is.", rate);
  return fmt::format(
      "This machine is not enough for {}: it has {}, and {:.0f} are needed. One machine with these "
      "is, where such a one can be had.",
      rate, Plural(has, "core"), CoresToHave(sizing_));
}

std::string Advice::NarrowText() const {
  if (sizing_.narrow_rate <= 0) return "";
  const double used = sizing_.rate / sizing_.narrow_rate;
  // What is far from its limit is no news.
  if (used < flink::kPlannedLoad * (1 - 1e-9)) return "";
  return fmt::format(
      "{} runs in one thread, whatever the cores: above {} rows a second it is too slow here, and "
      "above some {} on Flink, where no parallelism helps it either.",
      trial_.figures.narrow_uid, Grouped(sizing_.narrow_rate),
      Grouped(sizing_.narrow_rate / ratio_.usual));
}

std::string Advice::GrowthText(const DiskRoom& disk) const {
  if (trial_.figures.state_bytes == 0) return "It keeps no state.";
  const std::string now = BytesText(trial_.figures.state_bytes);
  if (is_short())
    return fmt::format("State: {} at the most; such a short run does not say how it grows.", now);
  if (trial_.figures.state_bytes_a_row < 0.01) {
    return fmt::format("State: {}, and no more in the second half of the run than in the first.",
                       now);
  }
  std::string text = fmt::format(
      "State: {} at the most, which grew by {:.1f} bytes a row at last: {} a day at this rate, if "
      "it goes on like this. Windows that end, a 'table.exec.state.ttl' and keys that come back "
      "bound it, which a run of seconds does not show.",
      now, trial_.figures.state_bytes_a_row, BytesText(static_cast<uint64_t>(sizing_.grown_bytes)));
  if (disk.free_bytes > 0) {
    const double seconds = 86'400 * static_cast<double>(disk.free_bytes) / sizing_.grown_bytes;
    constexpr double kLong = 1e10;
    text += fmt::format(" The disk of {} has {} free: full after {} of that.", disk.directory,
                        BytesText(disk.free_bytes),
                        seconds < kLong ? DurationText(seconds) : "centuries");
  }
  return text;
}

std::string Advice::MemoryText() const {
  const double of_day = is_short() ? 0 : sizing_.grown_bytes / sizing_.slots.usual;
  if (sizing_.state_bytes + of_day <= static_cast<double>(sizing_.managed_bytes)) return "";
  return fmt::format(
      "There a slot has {} of memory for RocksDB, by Flink's defaults, and within a day more state "
      "than that: what it reads from disk makes it slower than said, which is from runs with 2 GB "
      "a slot. --memory and --slots say of what shape task managers are.",
      BytesText(sizing_.managed_bytes));
}

std::string Advice::MeasuredText() const {
  if (is_short()) {
    return fmt::format(
        "The run took {} of processor time: too little to tell the job from its start. More input, "
        "or more --seconds, say more.",
        DurationText(trial_.figures.cpu_seconds));
  }
  if (is_slow()) {
    return "The input came more slowly than one core takes it, in small pieces, which cost more a "
           "row than many at once: the job needs no more than said, and perhaps much less. A run "
           "over rows that have been stored says how much.";
  }
  return "";
}

std::vector<std::string> Advice::Remarks(const DiskRoom& disk) const {
  std::vector<std::string> remarks = {EnoughText(), NarrowText(), GrowthText(disk)};
  remarks.emplace_back(
      "What one machine cannot give, whatever its size: while it is down the job is down, until it "
      "goes on there, or elsewhere from a checkpoint on storage that others see; and its state is "
      "never more than its disks hold. Flink has both where several machines run it.");
  remarks.push_back(MemoryText());
  if (!ratio_.measured) {
    remarks.emplace_back(
        "For some of its operators no query of NEXMark was measured; they count with the mean of "
        "all queries, and with all of their range.");
  }
  remarks.push_back(MeasuredText());
  std::erase(remarks, "");
  return remarks;
}

void AdviceSum::Add(const Advice& advice) {
  ++jobs_;
  cores_ = advice.goal().sizing.cores_here;
  cores_here_ += advice.sizing().cores_here;
  slots_.usual += advice.sizing().slots.usual;
  slots_.least += advice.sizing().slots.least;
  slots_.most += advice.sizing().slots.most;
}

std::string AdviceSum::Text() const {
  return fmt::format(
      "The {} together, each at its rate: {:.0f} cores here, which has {}; {} slots "
      "on Flink ({} to {}).",
      Plural(jobs_, "job"), std::max(1.0, std::ceil(cores_here_)), cores_, Grouped(slots_.usual),
      Grouped(slots_.least), Grouped(slots_.most));
}

}  // namespace weir::shell
