#include "runtime/put_in_place.h"

#include <memory>

#include "runtime/fault_point.h"

namespace weir {
namespace {

constexpr size_t kPieceBytes = 256 << 10;

Status Copy(FileSystem& files, const std::string& from, const std::string& to, Contents contents) {
  const std::unique_ptr<ReadableFile> source = TRY(files.Open(from));
  const std::unique_ptr<WritableFile> target =
      TRY(contents == Contents::kOutput ? files.CreateOutput(to) : files.Create(to));
  std::string piece(kPieceBytes, '\0');
  for (uint64_t at = 0;;) {
    const size_t count = TRY(source->Read(at, piece.size(), piece.data()));
    RETURN_IF_ERROR(target->Append(std::string_view(piece).substr(0, count)));
    at += count;
    if (count < piece.size()) break;
  }
  RETURN_IF_ERROR(target->Sync());
  return target->Close();
}

}  // namespace

Status PutInPlace(FileSystem& files, const std::string& from, const std::string& to,
                  Contents contents) {
  Status renamed = files.Rename(from, to);
  if (renamed.code() != StatusCode::kUnsupported) return renamed;
  WEIR_FAULT_POINT("object.before_copy");
  // A store copies by itself what is in it, which replaces `to` as well.
  if (!files.Link(from, to).ok()) RETURN_IF_ERROR(Copy(files, from, to, contents));
  WEIR_FAULT_POINT("object.after_copy");
  return files.Remove(from);
}

}  // namespace weir
