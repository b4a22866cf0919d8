#include "shell/engine/jobs/checkpoint_places.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/hash.h"
#include "runtime/base/local_path.h"
#include "runtime/base/names.h"
#include "runtime/connectors/filesystem/committed_files.h"
#include "runtime/connectors/filesystem/output_mark.h"
#include "runtime/fault_point.h"
#include "runtime/memory_files.h"
#include "runtime/task/job_options.h"
#include "shell/engine/jobs/memory_checkpoints.h"
#include "shell/engine/jobs/savepoint_list.h"
#include "shell/engine/jobs/stored_path.h"
#include "shell/engine/jobs/table_paths.h"
#include "state/checkpoint/backends.h"
#include "state/checkpoint/checkpoint_directory.h"
#include "state/checkpoint/checkpoint_owner.h"
#include "state/checkpoint/metadata_file.h"

namespace weir::shell {
namespace {

constexpr std::string_view kDirectoryKey = "execution.checkpointing.dir";
constexpr std::string_view kSubdirectoryKey = "execution.checkpointing.create-subdir";
constexpr std::string_view kLocalKey = "state.backend.rocksdb.localdir";
constexpr std::string_view kFallbackKey = "execution.state-recovery.fallback";

std::string OptionIn(const JobRecord& record, std::string_view key) {
  const auto found = record.options.find(std::string(key));
  return found == record.options.end() ? "" : found->second;
}

bool HasSubdirectory(const JobRecord& record) {
  return OptionIn(record, kSubdirectoryKey) != "false";
}

void AddOnce(std::vector<std::string>& places, std::string place) {
  if (std::find(places.begin(), places.end(), place) == places.end())
    places.push_back(std::move(place));
}

// The marks that jobs of this name left in the directories of the job's tables.
std::vector<std::pair<std::string, connectors::OutputMark>> OutputMarksOf(FileSystem& files,
                                                                          const JobRecord& record) {
  std::vector<std::pair<std::string, connectors::OutputMark>> marks;
  for (const std::string& path : TablePaths(record.definitions)) {
    for (connectors::OutputMark& mark : connectors::ReadOutputMarks(files, path, record.name))
      marks.emplace_back(path, std::move(mark));
  }
  return marks;
}

// What the marks say about this very job. Raises `starts` to the newest start that they know of.
std::vector<checkpoint::CommittedOutput> CommittedOutputs(FileSystem& files,
                                                          const JobRecord& record,
                                                          uint64_t& starts) {
  std::vector<checkpoint::CommittedOutput> outputs;
  if (DefectPlanted("older-copy-unnoticed")) return outputs;
  for (const auto& [path, mark] : OutputMarksOf(files, record)) {
    if (mark.job_id != record.id) continue;
    outputs.push_back({path, mark.checkpoint, mark.replaced});
    starts = std::max(starts, task::StartOfAttempt(mark.attempt));
  }
  return outputs;
}

// Whether the settings want new checkpoints elsewhere than in `current`, where they go so far.
bool SaysAnother(const JobRecord& record, const std::string& current,
                 const conf::Settings& settings) {
  const bool in_memory = KeepsCheckpointsInMemory(settings);
  if (in_memory || IsInMemory(current)) return in_memory != IsInMemory(current);
  const std::string said = settings.Get(kDirectoryKey);
  return !said.empty() && (said != OptionIn(record, kDirectoryKey) ||
                           settings.GetBool(kSubdirectoryKey) != HasSubdirectory(record));
}

// Whether a checkpoint of this number, or a later one, is there. Of number 0: always.
bool HasCheckpoint(const checkpoint::CheckpointPlace& place, uint64_t id) {
  return id == 0 || (!place.completed.empty() && place.completed.back().id >= id);
}

// The places to record: the one for new checkpoints first. A directory that was only searched, and
// does not exist, is left out.
std::vector<std::string> PlacesAfter(const JobRecovery& recovery,
                                     const std::vector<std::string>& recorded) {
  const std::vector<checkpoint::CheckpointPlace>& all = recovery.facts.places;
  const size_t first = recovery.moved ? recovery.decision.place : 0;
  std::vector<std::string> places = {all[first].path};
  for (const std::string& place : recorded) AddOnce(places, place);
  for (const checkpoint::CheckpointPlace& place : all) {
    if (place.exists) AddOnce(places, place.path);
  }
  return places;
}

checkpoint::Fallback FallbackIn(const conf::Settings& settings) {
  const std::string said = settings.Get(kFallbackKey);
  if (EqualsIgnoreCase(said, "always")) return checkpoint::Fallback::kAlways;
  if (EqualsIgnoreCase(said, "never")) return checkpoint::Fallback::kRefuse;
  return checkpoint::Fallback::kIfSafe;
}

void AddDamage(const std::map<std::string, std::string>& damaged,
               checkpoint::RecoveryFacts& facts) {
  for (checkpoint::CheckpointPlace& place : facts.places) {
    for (checkpoint::CompletedCheckpoint& one : place.completed) {
      const auto found = damaged.find(one.path);
      if (found != damaged.end() && one.damage.empty()) one.damage = found->second;
    }
  }
}

// What the checkpoint at `path` promised and is committed. Its metadata has a checksum of its own,
// so it can be believed even where a file of its state is damaged.
Status AddCommitted(FileSystem& files, const std::string& path,
                    connectors::CommittedFiles& committed) {
  const std::unique_ptr<HeldDirectory> held = TRY(files.Hold(path));
  const CheckpointMetadata metadata = TRY(state::ReadMetadata(*held, "_metadata"));
  RETURN_IF_ERROR(state::CheckNumber(path, metadata));
  for (const OperatorCheckpoint& op : metadata.operators) {
    if (!op.place.empty())
      RETURN_IF_ERROR(AddCommittedFiles(files, SavedOutputOf(metadata, op), committed));
  }
  return {};
}

}  // namespace

std::string OutputOfAnother(FileSystem& files, const JobRecord& record,
                            const std::function<bool(const std::string& job_id)>& is_known) {
  // Of each directory the newest one counts: if that is of this data directory, those before it are
  // of earlier runs, whose records are gone, or were spoken of when it began.
  std::string done;
  for (const auto& [path, mark] : OutputMarksOf(files, record)) {
    if (mark.replaced || mark.job_id == record.id || path == done) continue;
    done = path;
    const bool ours = is_known(mark.job_id);
    return fmt::format(
        "it begins anew, and {0} has output of {1}, {2} up to checkpoint {3}, {4}: its rows stay, "
        "and those of this run come beside them; to have rows once, empty {0} first",
        path, ours ? "its last run" : "another job of this name", mark.job_id, mark.checkpoint,
        ours ? "which has ended"
             : "which is not in this data directory: it was dropped, or is of another one");
  }
  return "";
}

bool HadCheckpoints(const JobRecord& record) {
  return record.last_checkpoint > 0;
}

state::KnownNumbers KnownOf(const JobRecord& record) {
  return {.published = record.last_checkpoint, .voided = record.voided};
}

// The directory for checkpoints that a value of the option means; "" is the one in the data
// directory.
std::string CheckpointPlaces::Named(const std::string& said, bool subdirectory,
                                    const std::string& job_id) const {
  const Result<std::string> path =
      DefectPlanted("file-url-is-relative") ? Result<std::string>(said) : FilePath(said);
  if (said.empty() || !path.ok()) return directory_.CheckpointDirectory(job_id);
  return AbsolutePath(subdirectory ? JoinPath(*path, job_id) : *path);
}

std::string CheckpointPlaces::Wanted(const std::string& job_id,
                                     const conf::Settings& settings) const {
  return KeepsCheckpointsInMemory(settings)
             ? MemoryPlace(job_id)
             : Named(settings.Get(kDirectoryKey), settings.GetBool(kSubdirectoryKey), job_id);
}

std::vector<std::string> CheckpointPlaces::New(const std::string& job_id,
                                               const conf::Settings& settings) const {
  return {Wanted(job_id, settings)};
}

std::vector<std::string> CheckpointPlaces::AllLocal(const JobRecord& record) const {
  std::vector<std::string> places;
  for (const std::string& directory : conf::PathsOf(OptionIn(record, kLocalKey)))
    places.push_back(JoinPath(directory, "weir-" + record.id));
  places.push_back(Beside(record));
  // The database is on this machine's disk in any case.
  if (IsInMemory(places.back()) || IsObjectPath(places.back()))
    places.back() = directory_.CheckpointDirectory(record.id);
  return places;
}

std::string CheckpointPlaces::Beside(const JobRecord& record) const {
  std::string place = Of(record).front();
  if (IsInMemory(place) || state::IsNamedByJob(place, record.id)) return place;
  return JoinPath(place, "weir-" + record.id);
}

// Ids are random, so that their checksums deal jobs evenly to the directories of the option. The
// last place of AllLocal is none of these: it is used where the option names none.
std::string CheckpointPlaces::Local(const JobRecord& record) const {
  const std::vector<std::string> places = AllLocal(record);
  if (places.size() == 1) return places.front();
  return places[Crc32c(0, record.id.data(), record.id.size()) % (places.size() - 1)];
}

std::vector<std::string> CheckpointPlaces::Of(const JobRecord& record) const {
  const bool recorded = !record.checkpoint_directories.empty();
  if (recorded && !DefectPlanted("relative-as-of-now")) return record.checkpoint_directories;
  // Earlier builds took the value literally, even a URL, and below the working directory that the
  // process happened to have.
  const std::string said = OptionIn(record, kDirectoryKey);
  std::vector<std::string> places = {Named(said, true, record.id)};
  if (!said.empty()) AddOnce(places, AbsolutePath(JoinPath(said, record.id)));
  return places;
}

std::string CheckpointPlaces::Copies(const JobRecord& record) const {
  const std::string said = OptionIn(record, kDirectoryKey);
  return said.empty() || !IsInMemory(Of(record).front())
             ? ""
             : Named(said, HasSubdirectory(record), record.id);
}

std::vector<std::string> CheckpointPlaces::Owned(const JobRecord& record) const {
  std::vector<std::string> places = Of(record);
  std::string copies = Copies(record);
  if (!copies.empty()) AddOnce(places, std::move(copies));
  return places;
}

// What to type to go on from a copy of checkpoints that are forgotten.
std::string CheckpointPlaces::WayToCopies(const JobRecord& record) const {
  const std::string copies = Copies(record);
  if (copies.empty()) return "";
  const state::CheckpointsFound found = state::FindCheckpoints(files_, copies);
  if (found.checkpoints.empty()) return "";
  return fmt::format(". RESTORE JOB `{}` FROM '{}' goes on from what was written of the last one",
                     record.name, found.checkpoints.back().path);
}

std::vector<std::string> CheckpointPlaces::For(const JobRecord& record,
                                               const conf::Settings& settings) const {
  const std::string wanted = Wanted(record.id, settings);
  std::vector<std::string> places = Of(record);
  if (!SaysAnother(record, places.front(), settings)) {
    AddOnce(places, wanted);
    return places;
  }
  std::erase(places, wanted);
  places.insert(places.begin(), wanted);
  return places;
}

checkpoint::RecoveryFacts CheckpointPlaces::Observe(const JobRecord& record,
                                                    const std::vector<std::string>& places) const {
  checkpoint::RecoveryFacts facts;
  facts.job = record.name;
  facts.had_checkpoints = HadCheckpoints(record);
  facts.last_recorded = record.last_checkpoint;
  facts.given = record.numbers_given;
  if (!record.voided.empty()) facts.last_voided = record.voided.back().last;
  facts.restored_from = record.restored_from;
  const std::string current = Of(record).front();
  for (const std::string& place : places) {
    // A place that belongs to another job by now counts as empty.
    facts.places.emplace_back().path = place;
    if (IsInMemory(place) || state::IsOwned(files_, place, record.id))
      facts.places.back() = state::FindCheckpoints(files_, place, KnownOf(record)).place;
    if (place == current && IsInMemory(place))
      facts.forgotten = !HasCheckpoint(facts.places.back(), record.last_checkpoint);
  }
  // Savepoints take their numbers from the same sequence as checkpoints, so that the next number
  // must be greater than theirs.
  const Result<std::vector<SavepointEntry>> saved =
      SavepointList(files_, JoinPath(directory_.path(), "savepoints")).All();
  if (!saved.ok()) return facts;
  for (const SavepointEntry& entry : *saved) {
    if (entry.job_id == record.id) facts.given = std::max(facts.given, entry.checkpoint_id);
  }
  return facts;
}

JobRecovery CheckpointPlaces::Recovery(const JobRecord& record, const conf::Settings& settings,
                                       const std::map<std::string, std::string>& damaged) const {
  JobRecovery recovery;
  recovery.starts = record.attempts;
  // Read before the checkpoints: whatever a running job commits meanwhile belongs to a checkpoint
  // that is then found.
  std::vector<checkpoint::CommittedOutput> outputs =
      CommittedOutputs(files_, record, recovery.starts);
  recovery.facts = Observe(record, For(record, settings));
  recovery.facts.outputs = std::move(outputs);
  AddDamage(damaged, recovery.facts);
  recovery.facts.fallback = FallbackIn(settings);
  const checkpoint::FallbackChain chain = checkpoint::FallbackOf(recovery.facts);
  if (chain.whole != nullptr && chain.is_new()) recovery.facts.repeated = Repeated(record, chain);
  recovery.decision = checkpoint::DecideRecovery(recovery.facts);
  if (recovery.facts.forgotten) recovery.decision.notes.front() += WayToCopies(record);
  const checkpoint::CheckpointPlace& first = recovery.facts.places.front();
  recovery.moved = !first.exists && !IsInMemory(first.path) && recovery.decision.place > 0 &&
                   !SaysAnother(record, Of(record).front(), settings);
  recovery.places = PlacesAfter(recovery, Of(record));
  return recovery;
}

JobRecovery CheckpointPlaces::VerifiedRecovery(const JobRecord& record,
                                               const conf::Settings& settings) const {
  std::map<std::string, std::string> damaged;
  while (true) {
    JobRecovery recovery = Recovery(record, settings, damaged);
    if (recovery.decision.kind != checkpoint::RecoveryKind::kContinue) return recovery;
    const Status read = state::ReadCheckpoint(files_, recovery.decision.path).status();
    // One that its running job has dropped meanwhile is not damaged.
    const bool found = read.code() == StatusCode::kCorruption &&
                       damaged.emplace(recovery.decision.path, read.message()).second;
    if (!found) return recovery;
  }
}

// The output that is written a second time by now: that of checkpoints which are passed over for
// the first time. An earlier start has reported that of the others.
checkpoint::RepeatedOutput CheckpointPlaces::Repeated(
    const JobRecord& record, const checkpoint::FallbackChain& chain) const {
  checkpoint::RepeatedOutput repeated;
  connectors::CommittedFiles committed;
  for (const std::string& table : TablesWrittenAtOnce(record.sql, record.definitions))
    repeated.unknown.push_back("table " + table + " shows rows at once");
  const bool commits = !WrittenTables(record.sql, record.definitions).empty();
  for (const checkpoint::CompletedCheckpoint* one : chain.damaged) {
    if (one->passed_over) continue;
    const Status added = AddCommitted(files_, one->path, committed);
    if (added.ok() || !commits) continue;
    repeated.unknown.push_back(
        fmt::format("what checkpoint {} committed cannot be read: {}", one->id, added.message()));
  }
  repeated.rows = committed.rows;
  repeated.files.assign(committed.paths.begin(), committed.paths.end());
  return repeated;
}

}  // namespace weir::shell
