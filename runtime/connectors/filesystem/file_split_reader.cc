#include "runtime/connectors/filesystem/file_split_reader.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "runtime/fault_point.h"
#include "runtime/types/datetime.h"

namespace weir::connectors {
namespace {

// A file whose last line, or which itself, has no end must have been unchanged for this many settle
// intervals, since its writer is probably in the middle of it.
constexpr int64_t kIntervalsWithinLine = 10;

// What TakenFiles::SameSince is told of a followed file that was not moved; of one that was, where
// reading stopped.
constexpr uint64_t kAtItsPath = std::numeric_limits<uint64_t>::max();
constexpr int64_t kNotLooked = -1;

// All that can be checked with a position of version 1, which says where reading stopped but
// nothing about the file: that the file is not shorter.
Status CheckLength(const FileInfo& file, const FilePosition& position) {
  const bool cut = file.is_regular && !file.path.ends_with(".gz") && file.bytes < position.offset;
  return cut ? FileWasTruncated(file, position.offset) : Status();
}

// Sums up the figures of a split's files, of which at most one is open.
class Counted {
 public:
  void AddFile(const FileInfo& file) { total_.bytes_total += file.bytes; }
  void AddRead(uint64_t bytes) { total_.bytes_read += bytes; }
  void Close(const FileReader& file) {
    total_.bytes_read += file.info().bytes;
    total_.records_skipped += file.skipped();
  }
  ReaderStatistics With(const FileReader* open) const {
    ReaderStatistics now = total_;
    if (open != nullptr) {
      now.bytes_read += open->bytes_read();
      now.records_skipped += open->skipped();
    }
    return now;
  }

 private:
  ReaderStatistics total_;
};

class FileListReader final : public SplitReader {
 public:
  FileListReader(const FileScan& scan, std::vector<FileInfo> files, FilePosition position,
                 uint32_t threads)
      : scan_(scan), files_(std::move(files)), position_(std::move(position)), threads_(threads) {
    for (const FileInfo& file : files_) counted_.AddFile(file);
    if (position_.file.empty()) return;
    while (at_ < files_.size() && files_[at_].path != position_.file) {
      counted_.AddRead(files_[at_++].bytes);
    }
  }

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    for (;;) {
      if (!file_) {
        if (at_ == files_.size()) return ReadOutcome::kEndOfSplit;
        RETURN_IF_ERROR(OpenFile(files_[at_], max_rows));
      }
      const bool found = TRY(file_->Next(out));
      if (found && within_line_ && file_->offset() >= position_.identity.bytes)
        RETURN_IF_ERROR(CheckLastLine());
      position_.offset = file_->offset();
      if (found) return ReadOutcome::kRows;
      FinishFile();
    }
  }

  std::string Position() const override { return position_.ToString(); }
  ReaderStatistics statistics() const override { return counted_.With(file_.get()); }

 private:
  Status OpenFile(const FileInfo& file, uint32_t max_rows) {
    if (position_.known) {
      RETURN_IF_ERROR(CheckIdentity(*scan_.files, file, position_.identity, true));
    } else if (file.is_regular) {
      RETURN_IF_ERROR(CheckLength(file, position_));
      position_.identity = TRY(Identify(*scan_.files, file, file.bytes));
      position_.known = true;
    }
    if (files_.size() > 1) position_.file = file.path;
    file_ = std::make_unique<FileReader>(scan_, file, threads_);
    if (!position_.known) return file_->Open(position_.offset, max_rows);
    // Nothing is ever added to an object.
    within_line_ = scan_.format->open_file == nullptr && file.version.empty() &&
                   TRY(EndsWithinLine(*scan_.files, file, position_.identity.bytes));
    return file_->Open(position_.offset, max_rows, position_.identity.bytes);
  }

  // Called before the last row is emitted: it is incomplete if the file has since grown and the
  // line goes on.
  Status CheckLastLine() const {
    const Result<FileInfo> now = scan_.files->Stat(files_[at_].path);
    const bool grown = now.ok() && now->bytes > position_.identity.bytes;
    return grown ? LineIsBeingWritten(*now, position_.identity.bytes) : Status();
  }

  void FinishFile() {
    counted_.Close(*file_);
    file_.reset();
    if (++at_ < files_.size()) position_ = {.offset = 0, .file = files_[at_].path};
  }

  const FileScan& scan_;
  std::vector<FileInfo> files_;
  FilePosition position_;
  uint32_t threads_;
  size_t at_ = 0;
  bool within_line_ = false;  // the open file does not end with a line end
  std::unique_ptr<FileReader> file_;
  Counted counted_;
};

class SettledFileReader final : public SplitReader {
 public:
  SettledFileReader(const FileScan& scan, const Watching& watching, WatchedFile watched,
                    uint32_t threads)
      : scan_(scan),
        watching_(watching),
        split_(std::move(watched.split)),
        found_(std::move(watched.file)),
        position_(std::move(watched.position)),
        threads_(threads) {
    counted_.AddFile(found_);
  }

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    if (!file_) {
      // An object was looked at when the split was opened, and is read as it was then.
      const Result<FileInfo> now =
          found_.version.empty() ? scan_.files->Stat(found_.path) : Result<FileInfo>(found_);
      const bool begun = position_.offset > 0;
      if (!now.ok() && (begun || now.status().code() != StatusCode::kNotFound)) {
        return now.status();
      }
      if (!now.ok()) return OnRemoved();
      if (!TRY(IsWhole(*now))) return ReadOutcome::kWaiting;
      RETURN_IF_ERROR(OpenFile(*now, max_rows));
    }
    const bool found = TRY(file_->Next(out));
    position_.offset = file_->offset();
    if (found) return ReadOutcome::kRows;
    counted_.Close(*file_);
    file_.reset();
    if (!found_.version.empty()) return ReadOutcome::kEndOfSplit;
    const Result<FileInfo> end = scan_.files->Stat(found_.path);
    if (end.ok()) {
      RETURN_IF_ERROR(CheckIdentity(*scan_.files, *end, position_.identity, false));
      position_.identity.inode = end->inode;
      position_.identity.born_nanos = end->born_nanos;
      position_.identity.modified_nanos = end->modified_nanos;
    }
    return ReadOutcome::kEndOfSplit;
  }

  std::string Position() const override { return position_.ToString(); }
  ReaderStatistics statistics() const override { return counted_.With(file_.get()); }

 private:
  Result<ReadOutcome> OnRemoved() {
    watching_.taken->Forget(split_);
    return ReadOutcome::kGone;
  }

  // Once settled, the file is final, and any later change is an error. If it ends within a line, it
  // must be silent for longer first.
  Result<bool> IsWhole(const FileInfo& now) {
    const bool object = !now.version.empty();  // which is whole from the first
    const bool waits = !object && (!position_.known || position_.offset == 0);
    const int64_t silent = waits ? SilentFor(now) : 0;
    if (position_.known) {
      RETURN_IF_ERROR(CheckIdentity(*scan_.files, now, position_.identity, false));
      return !waits || TRY(HasItsEnd(now, silent));
    }
    if (waits && silent < watching_.settle_millis) return false;
    const bool whole = object || TRY(HasItsEnd(now, silent));
    // Nothing of a file that is read by itself has been seen that could not change while it lacks
    // its end.
    if (!whole && scan_.format->open_file != nullptr) return false;
    RETURN_IF_ERROR(CheckLength(now, position_));
    position_.identity = TRY(Identify(*scan_.files, now, now.bytes));
    position_.known = true;
    return whole;
  }

  // Whether nothing more is to be expected.
  Result<bool> HasItsEnd(const FileInfo& now, int64_t silent) const {
    if (silent >= watching_.settle_millis * kIntervalsWithinLine) return true;
    const uint64_t bytes = position_.known ? position_.identity.bytes : now.bytes;
    return !TRY(EndsWithinLine(*scan_.files, now, bytes, scan_.format->file_end));
  }

  // Milliseconds without a change: according to the file's times, or, since those may be another
  // machine's, as long as it was seen unchanged, whichever is longer.
  int64_t SilentFor(const FileInfo& now) {
    const int64_t looked = watching_.clock->MonotonicNanos();
    const int64_t same_since = watching_.taken->SameSince(
        split_.id, TakenFiles::SignatureOf(now.inode, now.bytes, now.modified_nanos), looked);
    found_ = now;
    const int64_t changed = std::max(now.modified_nanos, now.changed_nanos) / kNanosPerMilli;
    return std::max(watching_.clock->Now().millis - changed,
                    (looked - same_since) / kNanosPerMilli);
  }

  Status OpenFile(const FileInfo& now, uint32_t max_rows) {
    watching_.taken->Begun(split_.id);
    file_ = std::make_unique<FileReader>(scan_, now, threads_);
    return file_->Open(position_.offset, max_rows, position_.identity.bytes);
  }

  const FileScan& scan_;
  const Watching& watching_;
  const Split split_;
  FileInfo found_;
  FilePosition position_;
  uint32_t threads_;
  std::unique_ptr<FileReader> file_;
  Counted counted_;
};

class FollowedFileReader final : public SplitReader {
 public:
  FollowedFileReader(const FileScan& scan, const Watching& watching, Split split,
                     FilePosition position)
      : scan_(scan),
        watching_(watching),
        split_(std::move(split)),
        path_(position.file.empty() ? split_.id : position.file),
        position_(std::move(position)) {}

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    if (ended_) return ReadOutcome::kEndOfSplit;
    if (raw_ == nullptr) {
      const Status opened = OpenRaw();
      if (opened.code() == StatusCode::kNotFound && position_.offset == 0) {
        watching_.taken->Forget(split_);
        return ReadOutcome::kGone;
      }
      RETURN_IF_ERROR(opened);
      if (raw_ == nullptr) return ReadOutcome::kNothing;
    }
    if (!file_ && !TRY(Open(max_rows))) {
      if (TRY(StatAgain())) return ReadOutcome::kNothing;
      ending_ = true;
      if (!TRY(Open(max_rows))) return End();
    }
    if (TRY(file_->Next(out))) {
      RETURN_IF_ERROR(CheckPrefix());
      position_.offset = file_->offset();
      moved_since_ = 0;
      return ReadOutcome::kRows;
    }
    position_.offset = file_->offset();
    if (ending_) return End();
    if (!TRY(StatAgain())) {
      // The file was moved away, and nobody writes to it any more: what it has is all, including
      // its last line.
      ending_ = true;
      file_->EndFollowing();
      return Read(max_rows, out);
    }
    RETURN_IF_ERROR(NotePrefix());
    return moved_since_ != 0 ? ReadOutcome::kWaiting : ReadOutcome::kNothing;
  }

  std::string Position() const override {
    FilePosition now = position_;
    if (raw_ != nullptr && (!now.known || now.offset != now.identity.prefix)) {
      const Result<FileIdentity> identity = Identify(*raw_, found_, position_.offset);
      if (identity.ok()) now.identity = *identity;
      now.known = identity.ok();
    }
    return now.ToString();
  }
  ReaderStatistics statistics() const override {
    ReaderStatistics now;
    if (file_) now = {.bytes_read = file_->bytes_read(), .records_skipped = file_->skipped()};
    return now;
  }

 private:
  Result<ReadOutcome> End() {
    ended_ = true;
    RETURN_IF_ERROR(NotePrefix());
    return ReadOutcome::kEndOfSplit;
  }

  // Opens the file under the name that it has now. It may be moved between being found and opened;
  // raw_ stays null if that happened each time. kNotFound if it is gone.
  Status OpenRaw() {
    constexpr int kMostTries = 10;
    for (int i = 0; i < kMostTries; ++i) {
      FileInfo found = TRY(watching_.find(split_, position_));
      auto raw = scan_.files->Open(found.path);
      if (!raw.ok() && raw.status().code() != StatusCode::kNotFound) return raw.status();
      const Result<FileInfo> now = scan_.files->Stat(found.path);
      if (!now.ok() && now.status().code() != StatusCode::kNotFound) return now.status();
      if (!raw.ok() || !now.ok() || now->inode != found.inode) continue;
      found_ = *now;
      if (position_.known) {
        RETURN_IF_ERROR(CheckIdentity(*scan_.files, found_, position_.identity, true));
      }
      raw_ = std::move(*raw);
      watching_.taken->Begun(split_.id);
      return NotePrefix();
    }
    return {};
  }

  // Starts to decode the open file. False as long as the file's beginning (header line, byte order
  // mark) is incomplete.
  Result<bool> Open(uint32_t max_rows) {
    auto file = std::make_unique<FileReader>(scan_, found_, 1);
    if (!TRY(file->Follow(raw_, position_.offset, max_rows, ending_))) return false;
    position_.offset = std::max(position_.offset, file->offset());
    file_ = std::move(file);
    return true;
  }

  // Checks the file at its path, if it is still there. False once it has been moved or removed and
  // silent for the settle interval, in which its writer may still hold it open, whatever reader saw
  // it so first.
  Result<bool> StatAgain() {
    const Result<FileInfo> now = scan_.files->Stat(path_);
    if (!now.ok() && now.status().code() != StatusCode::kNotFound) return now.status();
    if (now.ok() && now->inode == found_.inode) {
      if (now->bytes < position_.offset) return FileWasTruncated(*now, position_.offset);
      found_ = *now;
      if (moved_since_ != 0) watching_.taken->SameSince(split_.id, kAtItsPath, 0);
      moved_since_ = 0;
      return true;
    }
    const int64_t clock = watching_.clock->MonotonicNanos();
    if (!DefectPlanted("silence-of-one-reader")) {
      moved_since_ = watching_.taken->SameSince(split_.id, position_.offset, clock);
    } else if (moved_since_ <= 0) {
      moved_since_ = clock;
    }
    return clock - moved_since_ < watching_.settle_millis * kNanosPerMilli;
  }

  // Notes the bytes in front of the position before the file falls silent, to recognise it later.
  Status NotePrefix() {
    if (position_.known && position_.identity.prefix == position_.offset) {
      position_.identity.inode = found_.inode;  // a copy has another one than the original
      position_.identity.born_nanos = found_.born_nanos;
      position_.identity.bytes = found_.bytes;
      position_.identity.modified_nanos = found_.modified_nanos;
      return {};
    }
    position_.identity = TRY(Identify(*raw_, found_, position_.offset));
    position_.known = true;
    return {};
  }

  // Called when rows arrive after a silence: a file that was truncated and rewritten soon is as
  // long as before, so its length alone shows nothing.
  Status CheckPrefix() {
    if (!position_.known || position_.identity.prefix == 0) return {};
    const FileIdentity now = TRY(Identify(*raw_, found_, position_.identity.prefix));
    const bool same = now.head == position_.identity.head && now.tail == position_.identity.tail;
    if (!same) return FileWasReplaced(found_, position_.identity.prefix);
    position_.known = false;  // noted again at the next silence, and in positions
    return {};
  }

  const FileScan& scan_;
  const Watching& watching_;
  const Split split_;
  FileInfo found_;
  const std::string path_;
  FilePosition position_;
  std::shared_ptr<const ReadableFile> raw_;  // stays open when the file is moved
  std::unique_ptr<FileReader> file_;
  // Monotonic nanoseconds; 0: the file is at its path, or has just given rows. kNotLooked: this
  // reader has not seen which.
  int64_t moved_since_ = kNotLooked;
  bool ending_ = false;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<SplitReader> ReadFiles(const FileScan& scan, std::vector<FileInfo> files,
                                       FilePosition position, uint32_t threads) {
  return std::make_unique<FileListReader>(scan, std::move(files), std::move(position), threads);
}

std::unique_ptr<SplitReader> ReadSettledFile(const FileScan& scan, const Watching& watching,
                                             WatchedFile watched, uint32_t threads) {
  return std::make_unique<SettledFileReader>(scan, watching, std::move(watched), threads);
}

std::unique_ptr<SplitReader> FollowFile(const FileScan& scan, const Watching& watching, Split split,
                                        FilePosition position) {
  return std::make_unique<FollowedFileReader>(scan, watching, std::move(split),
                                              std::move(position));
}

}  // namespace weir::connectors
