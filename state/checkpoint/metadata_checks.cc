#include "state/checkpoint/metadata_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <string_view>

#include "runtime/checkpoint/restore_rules.h"
#include "runtime/checkpoint_storage.h"
#include "runtime/file_system.h"
#include "runtime/types/type.h"
#include "state/checkpoint/backends.h"

namespace weir::state {
namespace {

constexpr int64_t kGreatestParallelism = 32767;  // as option pipeline.max-parallelism
constexpr int64_t kGreatestId = int64_t{1} << 60;
constexpr int64_t kGreatestBytes = int64_t{1} << 60;  // of all files together
constexpr int64_t kGreatestRows = int64_t{1} << 60;
constexpr int64_t kFirstMillis = -62'135'596'800'000;  // 0001-01-01
constexpr int64_t kLastMillis = 253'402'300'799'999;   // 9999-12-31
constexpr int64_t kGreatestTtl = kLastMillis;
constexpr size_t kLongestPath = 4096;
constexpr size_t kLongestJobId = 64;
constexpr size_t kSha256Bytes = 32;
constexpr size_t kQuoted = 100;

std::string Quoted(std::string_view text) {
  return fmt::format("'{}{}'", text.substr(0, kQuoted), text.size() > kQuoted ? "…" : "");
}

Status InRange(std::string_view what, int64_t value, int64_t least, int64_t greatest) {
  if (least <= value && value <= greatest) return {};
  return MalformedMetadata(
      fmt::format("has a {} out of range: {} is not in {}..{}", what, value, least, greatest));
}

Status Known(std::string_view what, int64_t value, int64_t greatest) {
  if (0 <= value && value <= greatest) return {};
  return MalformedMetadata(fmt::format("has an unknown {}: {}", what, value));
}

// Versions from `oldest` to `newest` can be read.
Status CheckVersion(std::string_view what, int64_t value, int64_t oldest, int64_t newest) {
  if (oldest <= value && value <= newest) return {};
  return MalformedMetadata(fmt::format("has an unknown {}: {}", what, value))
      .WithHint("a newer weir may have written it");
}

Status CheckType(const wire::Type& type) {
  RETURN_IF_ERROR(Known("kind of type", type.kind, static_cast<int64_t>(TypeKind::kRow)));
  for (const wire::Type& field : type.fields) RETURN_IF_ERROR(CheckType(field));
  return {};
}

Status CheckFields(const std::vector<wire::Field>& fields) {
  for (const wire::Field& field : fields) RETURN_IF_ERROR(CheckType(field.type));
  return {};
}

Status CheckSchema(const wire::StateSchema& schema) {
  RETURN_IF_ERROR(Known("layout of state", schema.layout, static_cast<int64_t>(StateLayout::kMap)));
  RETURN_IF_ERROR(InRange("time-to-live", schema.ttl_millis, 0, kGreatestTtl));
  RETURN_IF_ERROR(CheckFields(schema.key));
  RETURN_IF_ERROR(CheckFields(schema.sub_key));
  return CheckFields(schema.value);
}

Status CheckOperator(const wire::Operator& op) {
  RETURN_IF_ERROR(InRange("number of rows", op.rows, 0, kGreatestRows));
  RETURN_IF_ERROR(InRange("number of bytes of state", op.bytes, 0, kGreatestBytes));
  for (const wire::StateSchema& table : op.tables) RETURN_IF_ERROR(CheckSchema(table));
  for (const wire::OutputRows& rows : op.output) {
    RETURN_IF_ERROR(InRange("number of rows of output", rows.rows, 0, kGreatestRows));
  }
  for (const wire::SubtaskState& state : op.subtask_states) {
    RETURN_IF_ERROR(InRange("number of a subtask", state.subtask, 0, kGreatestParallelism - 1));
  }
  return {};
}

bool KeepsSomething(const wire::Operator& op) {
  return !op.tables.empty() || !op.splits.empty() || !op.subtask_states.empty() ||
         !op.committables.empty();
}

Status CheckOperators(const std::vector<wire::Operator>& operators) {
  std::set<std::string_view> uids;
  for (const wire::Operator& op : operators) {
    RETURN_IF_ERROR(CheckOperator(op));
    if (KeepsSomething(op) && !op.continued && !uids.insert(op.uid).second) {
      return MalformedMetadata(fmt::format("has two operators of one uid: {}", Quoted(op.uid)));
    }
  }
  return {};
}

// The files that were checked so far.
struct FilesSeen {
  std::set<std::string_view> paths;
  int64_t total = 0;
};

Status CheckFiles(const std::vector<wire::File>& files, FilesSeen& seen) {
  auto& [paths, total] = seen;
  for (const wire::File& file : files) {
    if (file.path.size() > kLongestPath) return MalformedMetadata("has a path that is too long");
    RETURN_IF_ERROR(CheckBelow(file.path).WithContext("the metadata of a checkpoint"));
    if (!paths.insert(file.path).second) {
      return MalformedMetadata(fmt::format("lists a file twice: {}", Quoted(file.path)));
    }
    RETURN_IF_ERROR(InRange("size of a file", file.bytes, 0, kGreatestBytes - total));
    RETURN_IF_ERROR(InRange("checksum", file.crc32c, 0, std::numeric_limits<uint32_t>::max()));
    RETURN_IF_ERROR(InRange("number of new bytes of a file", file.dirty_bytes, 0, kGreatestBytes));
    if (file.__isset.sha256 && file.sha256.size() != kSha256Bytes)
      return MalformedMetadata(fmt::format("has a malformed SHA-256 of {}", Quoted(file.path)));
    if (file.__isset.contents && file.contents.size() != static_cast<uint64_t>(file.bytes))
      return MalformedMetadata(
          fmt::format("has other contents of {} than it says: {} bytes, not {}", Quoted(file.path),
                      file.contents.size(), file.bytes));
    total += file.bytes;
  }
  return {};
}

// The id becomes part of file names.
Status CheckJobId(const std::string& id) {
  const bool plain = std::ranges::all_of(id, [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
  });
  if (plain && id.size() <= kLongestJobId) return {};
  return MalformedMetadata(fmt::format("has an id of a job that none can have: {}", Quoted(id)));
}

Status CheckBackend(const std::string& backend) {
  if (backend == "rocksdb" || backend == "memory" || backend == kCanonicalBackend) return {};
  return MalformedMetadata(fmt::format("has an unknown backend: {}", Quoted(backend)));
}

}  // namespace

Status MalformedMetadata(std::string_view why) {
  return Status::Corruption(fmt::format("the metadata of a checkpoint {}", why)).WithId("E7001");
}

Status CheckMetadata(const wire::Metadata& metadata) {
  RETURN_IF_ERROR(CheckVersion("format version", metadata.format_version, 1, kMetadataVersion));
  RETURN_IF_ERROR(CheckVersion("version of the encoding of keys", metadata.key_encoding_version,
                               kKeyEncodingVersion, kKeyEncodingVersion));
  RETURN_IF_ERROR(Known("kind", metadata.kind, static_cast<int64_t>(CheckpointKind::kSavepoint)));
  RETURN_IF_ERROR(CheckBackend(metadata.backend));
  RETURN_IF_ERROR(CheckJobId(metadata.job_id));
  RETURN_IF_ERROR(InRange("checkpoint_id", metadata.checkpoint_id, 0, kGreatestId));
  RETURN_IF_ERROR(InRange("max_parallelism", metadata.max_parallelism, 1, kGreatestParallelism));
  RETURN_IF_ERROR(InRange("parallelism", metadata.parallelism, 1, kGreatestParallelism));
  RETURN_IF_ERROR(InRange("time", metadata.trigger_millis, kFirstMillis, kLastMillis));
  RETURN_IF_ERROR(InRange("time", metadata.complete_millis, kFirstMillis, kLastMillis));
  RETURN_IF_ERROR(CheckOperators(metadata.operators));
  FilesSeen seen;
  RETURN_IF_ERROR(CheckFiles(metadata.files, seen));
  for (const wire::FileList& more : metadata.more_files) {
    RETURN_IF_ERROR(CheckFiles(more.files, seen));
  }
  return {};
}

Status CheckOperatorKinds(const CheckpointMetadata& metadata) {
  for (const OperatorCheckpoint& op : metadata.operators) {
    if (checkpoint::RulesOf(op.kind) != nullptr) continue;
    return MalformedMetadata(
               fmt::format("has an unknown kind of operator: {} of {}", Quoted(op.kind), op.uid))
        .WithHint("a newer weir may have written it");
  }
  return {};
}

}  // namespace weir::state
