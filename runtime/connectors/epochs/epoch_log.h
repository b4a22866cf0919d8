// What a sink got between two barriers, in a file, so that it can be sent (again) when the
// checkpoint is complete: messages of a topic, or changes of a table by their keys. Layout:
// state/FORMAT.md, "Epochs".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/file_system.h"

namespace weir::connectors::epochs {

struct LoggedMessage {
  int32_t partition = -1;  // of a topic; -1: by its key
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;  // nothing: the key is deleted
};

// Used by one thread, then by another for Sync.
class EpochLogWriter {
 public:
  // Creates the file. REQUIRES: its directory exists.
  static Result<std::unique_ptr<EpochLogWriter>> Create(FileSystem& files, std::string path);
  Status Add(const LoggedMessage& message);
  // Writes what is buffered and the end. To be called once, before Sync and after the last Add.
  Status End();
  // Makes the file durable and closes it. Not to be repeated after a failure (WritableFile).
  Status Sync();
  const std::string& path() const { return path_; }
  uint64_t records() const { return records_; }
  uint64_t bytes() const { return file_->size(); }

 private:
  EpochLogWriter(std::string path, std::unique_ptr<WritableFile> file)
      : path_(std::move(path)), file_(std::move(file)) {}
  Status EndBlock();

  const std::string path_;
  const std::unique_ptr<WritableFile> file_;
  std::string block_;  // not compressed yet
  std::string stored_;
  uint32_t block_records_ = 0;
  uint64_t records_ = 0;
};

// Calls `take` for each message of a log of `bytes` bytes, in the order in which they were added.
// Views are valid for the call. kCorruption E7001 for bytes that are not as they were written; by
// then `take` may have been called for the messages in front of them.
Status ReadEpochLog(const ReadableFile& file, uint64_t bytes,
                    const std::function<Status(const LoggedMessage&)>& take);

}  // namespace weir::connectors::epochs
