// The messages of an epoch in a file, so that they can be sent again when brokers have ended the
// transaction that they were in. Layout: state/FORMAT.md, "Epochs of a topic".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/file_system.h"

namespace weir::connectors::kafka {

struct LoggedMessage {
  int32_t partition = -1;  // by its key
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;  // nothing: a tombstone
};

// Used by one thread, then by another for Sync.
class EpochLogWriter {
 public:
  // The directory of `path` is there.
  static Result<std::unique_ptr<EpochLogWriter>> Create(FileSystem& files, std::string path);
  Status Add(const LoggedMessage& message);
  // No more come.
  Status End();
  // Makes it durable, and closes it.
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

// Gives all messages of a log of so many bytes in their order, each for the time of the call.
// kCorruption E7001 for bytes that are not as they were written; then some may have been given.
Status ReadEpochLog(const ReadableFile& file, uint64_t bytes,
                    const std::function<Status(const LoggedMessage&)>& take);

}  // namespace weir::connectors::kafka
