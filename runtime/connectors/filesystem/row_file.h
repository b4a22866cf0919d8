// One file of rows in one format: what COPY writes.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "runtime/connectors/filesystem/gzip_encoder.h"
#include "runtime/connectors/filesystem/whole_file.h"
#include "runtime/connectors/formats/format.h"
#include "runtime/result_listener.h"

namespace weir::connectors {

struct RowFileSpec {
  const Format* format = nullptr;
  FormatSpec format_spec;
  bool compressed = false;  // by gzip
  std::string path;
  std::string unique;  // as WholeFile::Begin
};

// Takes the result of a query that has insertions only. The file gets its name when it is
// published; one that is destroyed before that leaves nothing behind. OnBatch is called by the task
// that collects the result, Publish by another thread after that task has ended.
class RowFile final : public ResultListener {
 public:
  // Errors of WholeFile::Begin, and those of the format about the columns: kUnsupported E1002 for a
  // type that it cannot write.
  static Result<std::unique_ptr<RowFile>> Begin(FileSystem& files, RowFileSpec spec);

  Status OnBatch(const Batch& batch) override;
  Status OnWatermark(Timestamp) override { return {}; }
  // As WholeFile::Publish.
  Status Publish();
  uint64_t rows() const { return rows_; }

 private:
  RowFile(std::unique_ptr<Encoder> encoder, std::unique_ptr<WholeFile> file, bool compressed);
  Status Drain();

  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<WholeFile> file_;
  std::optional<GzipEncoder> gzip_;
  std::string text_;        // not written yet
  std::string compressed_;  // scratch
  uint64_t rows_ = 0;
};

}  // namespace weir::connectors
