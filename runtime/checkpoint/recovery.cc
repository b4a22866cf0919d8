#include "runtime/checkpoint/recovery.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <span>

#include "runtime/base/check.h"
#include "runtime/fault_point.h"

namespace weir::checkpoint {
namespace {

struct Newest {
  const CompletedCheckpoint* checkpoint = nullptr;  // null if there is none
  size_t place = 0;
};

// Of several with the same number, as in a copy of a directory, the one in the first place.
Newest FindNewest(const RecoveryFacts& facts) {
  Newest newest;
  for (size_t i = 0; i < facts.places.size(); ++i) {
    if (facts.places[i].completed.empty()) continue;
    const CompletedCheckpoint& last = facts.places[i].completed.back();
    const bool newer = newest.checkpoint == nullptr || last.id > newest.checkpoint->id;
    // Of two copies of a checkpoint, one that is whole.
    const bool better =
        !newer && last.id == newest.checkpoint->id && last.usable() && !newest.checkpoint->usable();
    if (newer || better) newest = {&last, i};
  }
  return newest;
}

// The newest checkpoint that is known to have been completed, according to the record, a pointer or
// the output.
uint64_t LastKnown(const RecoveryFacts& facts) {
  uint64_t last = facts.last_recorded;
  for (const CommittedOutput& output : facts.outputs) last = std::max(last, output.checkpoint);
  for (const CheckpointPlace& place : facts.places) {
    if (place.latest.state == NumberFileState::kWhole) last = std::max(last, place.latest.number);
  }
  return last;
}

// What the user can type to go on, from what loses nothing to what writes output again.
std::string WaysOn(const RecoveryFacts& facts, bool lost) {
  std::string ways;
  if (lost) {
    ways +=
        "mount or put back what is missing and run it again, or say where its checkpoints are now "
        "(the directory that holds one named as the job's id):\n"
        "  SET 'execution.checkpointing.dir' = 'directory';\n";
  }
  const std::string name = "`" + facts.job + "`";
  if (const CompletedCheckpoint* whole = FallbackOf(facts).whole; whole != nullptr) {
    ways += fmt::format(
        "{}go on from the newest whole one that there is; output that was committed since is "
        "written once more:\n  RESTORE JOB {} FROM '{}';\n",
        ways.empty() ? "" : "or ", name, whole->path);
  }
  ways += fmt::format(
      "{}forget the job and run it anew; all of its output is written once more:\n  DROP JOB {};",
      ways.empty() ? "" : "or ", name);
  return ways;
}

// "; the output of 7 is in /out", if only the output shows that there was a newer checkpoint.
std::string SeenInOutput(const RecoveryFacts& facts) {
  for (const CommittedOutput& output : facts.outputs) {
    if (output.checkpoint > facts.last_recorded && output.checkpoint == LastKnown(facts))
      return fmt::format("; the output of {} was committed into {}", output.checkpoint,
                         output.path);
  }
  return "";
}

Status RefuseNoneFound(const RecoveryFacts& facts) {
  std::vector<std::string> looked;
  for (const CheckpointPlace& place : facts.places)
    looked.push_back(fmt::format("{} ({})", place.path, PlaceInWords(place)));
  const uint64_t known = LastKnown(facts);
  const std::string last = known == 0 ? "" : fmt::format(" (the last was {})", known);
  return Status::RestoreRefused(
             fmt::format("job \"{}\" had checkpoints{}, and none is found; looked in {}{}",
                         facts.job, last, fmt::join(looked, ", "), SeenInOutput(facts)))
      .WithId("E7004")
      .WithHint(WaysOn(facts, true));
}

Status RefuseOlder(const RecoveryFacts& facts, const Newest& newest, uint64_t known) {
  return Status::RestoreRefused(
             fmt::format("job \"{}\" completed checkpoint {}, and the newest that is found is {}: "
                         "{}{}; was an older copy put back?",
                         facts.job, known, newest.checkpoint->id, newest.checkpoint->path,
                         SeenInOutput(facts)))
      .WithId("E7004")
      .WithHint(WaysOn(facts, true));
}

Status RefuseReplaced(const RecoveryFacts& facts, const CommittedOutput& output) {
  return Status::RestoreRefused(
             fmt::format(
                 "another job went on from job \"{}\" and has committed output into {}; was "
                 "an older copy of the data directory put back?",
                 facts.job, output.path))
      .WithId("E7004")
      .WithHint(WaysOn(facts, true));
}

// "12 rows in 2 files that are committed already: a, b; and perhaps more: …"
std::string RepeatedText(const RepeatedOutput& repeated) {
  constexpr size_t kNamed = 100;
  std::string text;
  if (!repeated.files.empty()) {
    text = fmt::format(
        "{} committed row{} in {} file{}: {}", repeated.rows, repeated.rows == 1 ? "" : "s",
        repeated.files.size(), repeated.files.size() == 1 ? "" : "s",
        fmt::join(std::span(repeated.files).first(std::min(kNamed, repeated.files.size())), ", "));
    if (repeated.files.size() > kNamed)
      text += fmt::format(" and {} more", repeated.files.size() - kNamed);
  }
  if (repeated.unknown.empty()) return text;
  return fmt::format("{}{}: {}", text,
                     text.empty() ? "committed rows, nobody can say which"
                                  : "; and perhaps more, nobody can say which",
                     fmt::join(repeated.unknown, ", "));
}

// "the newest checkpoint is damaged: …; the newest whole one is 7, 2 back".
std::string ChainText(const FallbackChain& chain) {
  std::string text;
  for (const CompletedCheckpoint* one : chain.damaged) {
    text += fmt::format(
        "{}{}: {}",
        text.empty() ? "the newest checkpoint is damaged: " : "; so is the one before: ", one->path,
        one->damage);
  }
  return text + fmt::format("; the newest whole one is {}, {} back: {}", chain.whole->id,
                            chain.damaged.size(), chain.whole->path);
}

// The warning that a start goes back to an older checkpoint.
std::string FallbackText(const FallbackChain& chain, const RepeatedOutput& repeated) {
  return fmt::format(
      "{}; it goes on from there, and reads its input since then again; {}; what is damaged is "
      "kept and never gone on from",
      ChainText(chain),
      repeated.none() ? "no output of it was committed since, so that none comes twice"
                      : "written once more: " + RepeatedText(repeated));
}

Status RefuseDamaged(const RecoveryFacts& facts, const Newest& newest, const FallbackChain& chain) {
  if (chain.whole == nullptr) {
    return Status::RestoreRefused(
               fmt::format("the newest checkpoint of job \"{}\" is damaged: {}: {}", facts.job,
                           newest.checkpoint->path, newest.checkpoint->damage))
        .WithId("E7001")
        .WithHint(WaysOn(facts, false));
  }
  const std::string why =
      facts.fallback == Fallback::kRefuse ? "'execution.state-recovery.fallback' is never"
      : facts.repeated
          ? "going on from there would write once more " + RepeatedText(*facts.repeated)
          : "nobody has looked what going on from there would write once more";
  return Status::RestoreRefused(fmt::format("job \"{}\": {}; {}", facts.job, ChainText(chain), why))
      .WithId("E7001")
      .WithHint(fmt::format(
          "put back what is damaged and run it again; or go back, output that was committed since "
          "is written once more:\n"
          "  SET 'execution.state-recovery.fallback' = 'always';\n"
          "  RESTORE JOB `{}` FROM LATEST CHECKPOINT;\nor {}",
          facts.job, WaysOn(facts, false)));
}

// Whether a start may go back to the whole one of the chain. Where all that is damaged was passed
// over before, that was decided and said then, and nothing was committed since.
bool MayFallBack(const RecoveryFacts& facts, const FallbackChain& chain) {
  if (chain.whole == nullptr) return false;
  if (!chain.is_new()) return true;
  if (DefectPlanted("fallback-unsafe")) return true;
  switch (facts.fallback) {
    case Fallback::kAlways:
      return true;
    case Fallback::kRefuse:
      return false;
    case Fallback::kIfSafe:
      return facts.repeated && facts.repeated->none();
  }
  return false;
}

void FallBack(const RecoveryFacts& facts, const FallbackChain& chain, RecoveryDecision& decision) {
  decision.kind = RecoveryKind::kContinue;
  decision.checkpoint = chain.whole->id;
  decision.path = chain.whole->path;
  decision.place = chain.place;
  for (const CompletedCheckpoint* one : chain.damaged) decision.passed_over.push_back(*one);
  if (chain.is_new()) {
    decision.fallback = FallbackText(chain, facts.repeated.value_or(RepeatedOutput()));
    return;
  }
  decision.notes.push_back(fmt::format(
      "{} was passed over before, as it is damaged; the job goes on from checkpoint {} again",
      chain.damaged.front()->path, chain.whole->id));
}

// Of one that names no checkpoint.
std::string PointerInWords(const NumberFileFacts& latest) {
  if (latest.state == NumberFileState::kVoided)
    return fmt::format("LATEST names {}, which does not count,", latest.number);
  return latest.state == NumberFileState::kBroken ? "LATEST is broken" : "LATEST is missing";
}

void NotePointers(const RecoveryFacts& facts, const Newest& newest,
                  std::vector<std::string>& notes) {
  for (const CheckpointPlace& place : facts.places) {
    if (place.outdated) {
      notes.push_back(fmt::format(
          "LATEST says {} in {}; the job's record knows that checkpoint {}, which is there, was "
          "completed: the greatest holds",
          *place.outdated, place.path, place.latest.number));
    }
    if (!place.voided.empty()) {
      notes.push_back(fmt::format(
          "checkpoint {} is in {}, but a start that had not found it went on without it: it does "
          "not count",
          fmt::join(place.voided, ", "), place.path));
    }
    if (place.latest.state == NumberFileState::kWhole || place.completed.empty()) continue;
    notes.push_back(fmt::format("{} in {}; its newest whole checkpoint counts: {}",
                                PointerInWords(place.latest), place.path,
                                place.completed.back().id));
  }
  if (newest.checkpoint == nullptr || facts.last_recorded == 0 ||
      newest.checkpoint->id <= facts.last_recorded)
    return;
  notes.push_back(
      fmt::format("the job's record names checkpoint {} as the last, the directory {}; "
                  "the greatest holds",
                  facts.last_recorded, newest.checkpoint->id));
}

// Numbers are never used twice, because files and output are named by them. NEXT-ID is trusted if
// it is ahead of everything known to exist; otherwise every number that may have been used is
// skipped.
uint64_t NextId(const RecoveryFacts& facts, std::vector<std::string>& notes) {
  uint64_t least = std::max(LastKnown(facts), facts.last_voided) + 1;
  uint64_t said = 0;
  bool expected = facts.had_checkpoints;
  const CheckpointPlace* at = facts.places.empty() ? nullptr : &facts.places.front();
  for (const CheckpointPlace& place : facts.places) {
    least = std::max(least, place.greatest_directory + 1);
    if (!place.completed.empty()) least = std::max(least, place.completed.back().id + 1);
    expected |= place.greatest_directory > 0;
    if (place.next_id.state == NumberFileState::kAbsent) continue;
    expected = true;
    if (place.next_id.number >= said) at = &place;
    said = std::max(said, place.next_id.number);
  }
  if (said >= least) return said;
  const uint64_t next = std::max(least, facts.given + 1);
  if (!expected || at == nullptr || !at->exists) return next;
  const bool broken = at->next_id.state == NumberFileState::kBroken;
  const std::string what = said > 0 ? fmt::format("says {}", said)
                           : broken ? std::string("is broken")
                                    : std::string("is missing");
  notes.push_back(fmt::format("NEXT-ID {} in {}; the next checkpoint is {}", what, at->path, next));
  return next;
}

}  // namespace

bool FallbackChain::is_new() const {
  return std::ranges::any_of(damaged, [](const auto* one) { return !one->passed_over; });
}

FallbackChain FallbackOf(const RecoveryFacts& facts) {
  FallbackChain chain;
  for (size_t i = 0; i < facts.places.size(); ++i) {
    for (const CompletedCheckpoint& one : facts.places[i].completed) {
      const bool newer = chain.whole == nullptr || one.id > chain.whole->id;
      if (!one.usable() || !newer) continue;
      chain.whole = &one;
      chain.place = i;
    }
  }
  for (const CheckpointPlace& place : facts.places) {
    for (const CompletedCheckpoint& one : place.completed) {
      if (chain.whole == nullptr || one.id > chain.whole->id) chain.damaged.push_back(&one);
    }
  }
  std::ranges::sort(chain.damaged, std::greater(), &CompletedCheckpoint::id);
  return chain;
}

std::string PlaceInWords(const CheckpointPlace& place) {
  if (!place.unreadable.empty()) return "it cannot be read: " + place.unreadable;
  if (!place.exists) return "it is not there";
  std::string text =
      place.completed.empty()
          ? std::string("no checkpoint is in it")
          : fmt::format("{} checkpoint{}, the newest {}", place.completed.size(),
                        place.completed.size() == 1 ? "" : "s", place.completed.back().id);
  NumberFileFacts latest = place.latest;
  if (place.outdated) latest.number = *place.outdated;
  for (const auto& [name, file] :
       {std::pair("LATEST", latest), std::pair("NEXT-ID", place.next_id)}) {
    text += file.state == NumberFileState::kAbsent   ? fmt::format(", no {}", name)
            : file.state == NumberFileState::kBroken ? fmt::format(", {} broken", name)
                                                     : fmt::format(", {} {}", name, file.number);
  }
  return text;
}

namespace {

// The note about checkpoints that were lost with their process.
std::string ForgottenText(const RecoveryFacts& facts, const RecoveryDecision& decision) {
  std::string what = fmt::format(
      "its checkpoints, the last of them {}, were in the memory of a process that has ended "
      "('execution.checkpointing.storage' = 'jobmanager')",
      facts.last_recorded);
  switch (decision.kind) {
    case RecoveryKind::kBegin:
      return what + "; it begins anew";
    case RecoveryKind::kContinue:
      return fmt::format("{}; it goes on from {}, which is older", what, decision.path);
    case RecoveryKind::kRestore:
      return fmt::format("{}; it begins anew from what it was restored from: {}", what,
                         decision.path);
    case RecoveryKind::kRefuse:
      return what;
  }
  WEIR_UNREACHABLE();
}

// Decides as if the checkpoints that were lost with their process had never been, except that their
// numbers are not used again.
RecoveryDecision DecideWithoutForgotten(const RecoveryFacts& facts) {
  RecoveryFacts known = facts;
  known.forgotten = false;
  known.had_checkpoints = false;
  known.last_recorded = 0;
  RecoveryDecision decision = DecideRecovery(known);
  decision.next_id = std::max(decision.next_id, std::max(facts.given, facts.last_recorded) + 1);
  decision.notes.insert(decision.notes.begin(), ForgottenText(facts, decision));
  return decision;
}

}  // namespace

RecoveryDecision DecideRecovery(const RecoveryFacts& facts) {
  if (facts.forgotten) return DecideWithoutForgotten(facts);
  RecoveryDecision decision;
  const Newest newest = FindNewest(facts);
  const uint64_t known = LastKnown(facts);
  NotePointers(facts, newest, decision.notes);
  decision.next_id = NextId(facts, decision.notes);
  const auto replaced = std::ranges::find(facts.outputs, true, &CommittedOutput::replaced);
  if (replaced != facts.outputs.end()) {
    decision.kind = RecoveryKind::kRefuse;
    decision.refusal = RefuseReplaced(facts, *replaced);
    return decision;
  }
  if (newest.checkpoint == nullptr) {
    if (facts.had_checkpoints || known > 0) {
      decision.kind = RecoveryKind::kRefuse;
      decision.refusal = RefuseNoneFound(facts);
    } else if (!facts.restored_from.empty()) {
      decision.kind = RecoveryKind::kRestore;
      decision.path = facts.restored_from;
    }
    return decision;
  }
  decision.checkpoint = newest.checkpoint->id;
  decision.path = newest.checkpoint->path;
  decision.place = newest.place;
  const bool older = newest.checkpoint->id < known;
  if (!older && newest.checkpoint->usable()) {
    decision.kind = RecoveryKind::kContinue;
    return decision;
  }
  const FallbackChain chain = FallbackOf(facts);
  if (!older && MayFallBack(facts, chain)) {
    FallBack(facts, chain, decision);
    return decision;
  }
  decision.kind = RecoveryKind::kRefuse;
  decision.refusal =
      older ? RefuseOlder(facts, newest, known) : RefuseDamaged(facts, newest, chain);
  return decision;
}

void VoidUnseen(const RecoveryFacts& facts, const RecoveryDecision& decision,
                VoidedNumbers& voided) {
  uint64_t newest = 0;
  uint64_t oldest = 0;
  for (const CheckpointPlace& place : facts.places) {
    if (place.completed.empty()) continue;
    newest = std::max(newest, place.completed.back().id);
    const uint64_t first = place.completed.front().id;
    oldest = oldest == 0 ? first : std::min(oldest, first);
  }
  AddVoided({newest + 1, decision.next_id - 1}, oldest, voided);
}

}  // namespace weir::checkpoint
