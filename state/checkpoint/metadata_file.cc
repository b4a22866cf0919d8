#include "state/checkpoint/metadata_file.h"

#include <fmt/format.h>

#include <optional>

#include "state/checkpoint/metadata_codec.h"
#include "state/files/checkpoint_files.h"

namespace weir::state {

Result<CheckpointMetadata> ReadMetadata(HeldDirectory& directory, const std::string& path,
                                        const SigningKey& key) {
  const std::string bytes = TRY(ReadFile(directory, path, kGreatestMetadata));
  if (key.empty()) return DecodeMetadata(bytes);
  RETURN_IF_ERROR(CheckSignature(directory, key, bytes));
  CheckpointMetadata metadata = TRY(DecodeMetadata(bytes));
  for (const StateFile& file : metadata.files) {
    if (file.sha256.empty()) return BadCheckpointFile("is signed without its SHA-256", file.path);
  }
  return metadata;
}

Status CheckNumber(const std::string& directory, const CheckpointMetadata& metadata) {
  constexpr std::string_view kChk = "chk-";
  const std::string_view name = std::string_view(directory).substr(directory.rfind('/') + 1);
  if (metadata.kind != CheckpointKind::kCheckpoint || !name.starts_with(kChk)) return {};
  const std::optional<uint64_t> number = ParseNumber(name.substr(kChk.size()));
  if (!number || *number == metadata.checkpoint_id) return {};
  return BadCheckpointFile(fmt::format("is of checkpoint {}", metadata.checkpoint_id),
                           JoinPath(directory, "_metadata"));
}

}  // namespace weir::state
