#include "shell/engine/jobs/job_record.h"

#include <fmt/format.h>

#include "runtime/base/bytes.h"
#include "runtime/base/sealed.h"
#include "runtime/entropy.h"

namespace weir::shell {
namespace {

constexpr std::string_view kMagic = "WEIRJOB1";
constexpr std::string_view kVoidingMagic = "WEIRJOB2";  // every part is there, and one more
constexpr uint64_t kMostElements = 1 << 16;

void AppendFigures(std::string& body, const LastFigures& figures) {
  AppendVarint(body, figures.source_rows);
  AppendVarint(body, figures.restarts);
  AppendVarint(body, figures.losses.late_rows);
  AppendVarint(body, figures.losses.skipped_records);
}

LastFigures TakeFigures(ByteReader& reader) {
  LastFigures figures;
  figures.source_rows = reader.Varint();
  figures.restarts = reader.Varint();
  figures.losses.late_rows = reader.Varint();
  figures.losses.skipped_records = reader.Varint();
  return figures;
}

void AppendVoided(std::string& body, const checkpoint::VoidedNumbers& voided) {
  AppendVarint(body, voided.size());
  for (const checkpoint::NumberRange& range : voided) {
    AppendVarint(body, range.first);
    AppendVarint(body, range.last);
  }
}

Result<checkpoint::VoidedNumbers> TakeVoided(ByteReader& reader) {
  checkpoint::VoidedNumbers voided;
  const uint64_t ranges = reader.Varint();
  if (ranges > kMostElements) return Status::Corruption("it has too many voided numbers");
  for (uint64_t i = 0; i < ranges; ++i) {
    const uint64_t first = reader.Varint();
    voided.push_back({first, reader.Varint()});
  }
  return voided;
}

}  // namespace

std::string StartOf(const JobRecord& record) {
  return fmt::format("{}/{}", record.id, record.attempts);
}

std::string NewJobId() {
  const uint64_t first = DrawEntropy();
  return fmt::format("{:016x}{:016x}", first, DrawEntropy());
}

std::string EncodeJobRecord(const JobRecord& record) {
  std::string body;
  AppendText(body, record.id);
  AppendText(body, record.name);
  AppendText(body, record.sql);
  AppendVarint(body, record.definitions.size());
  for (const std::string& definition : record.definitions) AppendText(body, definition);
  AppendVarint(body, record.options.size());
  for (const auto& [key, value] : record.options) {
    AppendText(body, key);
    AppendText(body, value);
  }
  AppendVarint(body, static_cast<uint64_t>(record.state));
  AppendVarint(body, static_cast<uint64_t>(record.started_millis));
  AppendVarint(body, static_cast<uint64_t>(record.ended_millis));
  AppendVarint(body, record.attempts);
  AppendText(body, record.failure);
  const bool voids = !record.voided.empty();
  const bool ends = record.resumes || record.figures || voids;
  const bool places = record.numbers_given > 0 || !record.checkpoint_directories.empty() || ends;
  const bool more =
      !record.restored_from.empty() || record.claims || record.last_checkpoint > 0 || places;
  if (more) {
    AppendText(body, record.restored_from);
    AppendVarint(body, record.restore_clauses.size());
    for (const std::string& clause : record.restore_clauses) AppendText(body, clause);
    AppendVarint(body, record.claims ? 1 : 0);
    AppendVarint(body, record.last_checkpoint);
  }
  if (places) {
    AppendVarint(body, record.numbers_given);
    AppendVarint(body, record.checkpoint_directories.size());
    for (const std::string& path : record.checkpoint_directories) AppendText(body, path);
  }
  if (ends) AppendVarint(body, record.resumes ? 1 : 0);
  if (voids) AppendVarint(body, record.figures ? 1 : 0);
  if (record.figures) AppendFigures(body, *record.figures);
  if (voids) AppendVoided(body, record.voided);
  return Sealed(voids ? kVoidingMagic : kMagic, body);
}

Result<JobRecord> DecodeJobRecord(std::string_view bytes) {
  const bool voids = bytes.starts_with(kVoidingMagic);
  if (!voids && !bytes.starts_with(kMagic))
    return Status::Corruption("it is not a job record of this version");
  ByteReader reader(TRY(Unsealed(voids ? kVoidingMagic : kMagic, bytes)));
  JobRecord record;
  record.id = TakeText(reader);
  record.name = TakeText(reader);
  record.sql = TakeText(reader);
  const uint64_t definitions = reader.Varint();
  if (definitions > kMostElements) return Status::Corruption("it has too many definitions");
  for (uint64_t i = 0; i < definitions; ++i) record.definitions.push_back(TakeText(reader));
  const uint64_t options = reader.Varint();
  if (options > kMostElements) return Status::Corruption("it has too many options");
  for (uint64_t i = 0; i < options; ++i) {
    std::string key = TakeText(reader);
    record.options[std::move(key)] = TakeText(reader);
  }
  const uint64_t state = reader.Varint();
  record.started_millis = static_cast<int64_t>(reader.Varint());
  record.ended_millis = static_cast<int64_t>(reader.Varint());
  record.attempts = reader.Varint();
  record.failure = TakeText(reader);
  // Where there is nothing more to say the record ends here, and in earlier builds behind the
  // clauses.
  if (!reader.failed() && !reader.at_end()) {
    record.restored_from = TakeText(reader);
    const uint64_t clauses = reader.Varint();
    if (clauses > kMostElements) return Status::Corruption("it has too many clauses");
    for (uint64_t i = 0; i < clauses; ++i) record.restore_clauses.push_back(TakeText(reader));
  }
  if (!reader.failed() && !reader.at_end()) {
    record.claims = reader.Varint() != 0;
    record.last_checkpoint = reader.Varint();
  }
  if (!reader.failed() && !reader.at_end()) {
    record.numbers_given = reader.Varint();
    const uint64_t paths = reader.Varint();
    if (paths > kMostElements) return Status::Corruption("it has too many directories");
    for (uint64_t i = 0; i < paths; ++i) record.checkpoint_directories.push_back(TakeText(reader));
  }
  if (!reader.failed() && !reader.at_end()) record.resumes = reader.Varint() != 0;
  const bool figures = voids ? reader.Varint() != 0 : !reader.failed() && !reader.at_end();
  if (figures) record.figures = TakeFigures(reader);
  if (voids) record.voided = TRY(TakeVoided(reader));
  if (reader.failed() || !reader.at_end() ||
      state > static_cast<uint64_t>(RecordedState::kCanceled)) {
    return Status::Corruption("its fields do not fit its length");
  }
  record.state = static_cast<RecordedState>(state);
  return record;
}

}  // namespace weir::shell
