#include "runtime/connectors/sample/file_sample.h"

#include <fmt/format.h>

#include "runtime/base/local_path.h"
#include "runtime/connectors/filesystem/block_reader.h"
#include "runtime/connectors/filesystem/byte_stream.h"
#include "runtime/connectors/filesystem/file_ending.h"
#include "runtime/connectors/filesystem/file_names.h"
#include "runtime/connectors/filesystem/json_array_stream.h"
#include "runtime/connectors/formats/parquet/parquet_reader.h"

namespace weir::connectors {
namespace {

constexpr size_t kReadBytes = 256 << 10;  // at a time

Result<FileEnding> EndingOfSampled(std::string_view path) {
  if (const std::optional<FileEnding> ending = EndingOf(path)) return *ending;
  return Status::Unsupported(
             fmt::format("a file whose name does not say its format is not supported: '{}'", path))
      .WithId("E1002")
      .WithHint(fmt::format("names end in {}; else CREATE TABLE with a format", kFileEndings));
}

// The beginning of a file, a JSON array in it as an object per line. Sets `cut` where the file goes
// on behind it.
Result<std::string> ReadHead(FileSystem& files, const FileInfo& file, const FileEnding& ending,
                             bool& cut) {
  std::unique_ptr<ByteStream> stream = TRY(OpenByteStream(files, file));
  if (ending.format == "json") stream = LinesOfJsonArray(std::move(stream), file.path);
  std::string text;
  while (text.size() <= kSampledBytes) {
    const size_t size = text.size();
    text.resize(std::min(size + kReadBytes, kSampledBytes + 1));
    const size_t read = TRY(stream->Read(text.size() - size, text.data() + size));
    text.resize(size + read);
    if (read == 0) break;
  }
  cut = text.size() > kSampledBytes;
  if (cut) text.pop_back();
  return text;
}

Result<FileSample> SampleParquet(FileSystem& files, const FileInfo& file) {
  return FileSample{TRY(parquet::ParquetColumns(files, file)), {{"format", "parquet"}}};
}

Result<FileSample> SampleRecords(FileSystem& files, const FileInfo& file,
                                 const FileEnding& ending) {
  bool cut = false;
  const std::string text = TRY(ReadHead(files, file, ending, cut));
  if (ending.format != "json") return SampleCsv(text, cut, ending.delimiter);
  return SampleJson(text, cut, [&](size_t offset) {
    const Result<uint64_t> line = LineOfOffset(files, file.path, offset);
    return line.ok() ? *line : 0;
  });
}

}  // namespace

Result<FileSample> SampleFiles(FileSystem& files, const std::string& path) {
  const std::string local = TRY(FilePath(path));
  const std::vector<FileInfo> found = TRY(FindFiles(files, local));
  if (found.empty()) {
    return Status::NotFound(fmt::format("no file is found at '{}'", path))
        .WithId("E4002")
        .WithHint("relative paths begin at the working directory");
  }
  const std::string& first = found.front().path;
  const FileEnding ending = TRY(EndingOfSampled(first));
  Result<FileSample> sampled = ending.format == "parquet"
                                   ? SampleParquet(files, found.front())
                                   : SampleRecords(files, found.front(), ending);
  if (!sampled.ok()) return std::move(sampled).status().WithContext(first);
  FileSample sample = std::move(*sampled);
  if (sample.schema.fields.empty()) {
    return Status::DataError(
               fmt::format("'{}' has no records whose columns could be found out", first))
        .WithId("E3005")
        .WithHint("CREATE TABLE … WITH ('connector' = 'filesystem', …) says them");
  }
  sample.options.insert(sample.options.begin(), {{"connector", "filesystem"}, {"path", path}});
  return sample;
}

}  // namespace weir::connectors
