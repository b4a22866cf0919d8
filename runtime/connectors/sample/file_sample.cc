#include "runtime/connectors/sample/file_sample.h"

#include <fmt/format.h>

#include <array>

#include "runtime/base/local_path.h"
#include "runtime/base/names.h"
#include "runtime/connectors/filesystem/byte_stream.h"
#include "runtime/connectors/filesystem/file_names.h"

namespace weir::connectors {
namespace {

constexpr size_t kReadBytes = 256 << 10;  // at a time

struct Ending {
  std::string_view text;
  bool json;
  char delimiter;  // of csv; 0: found out
};

constexpr auto kEndings = std::to_array<Ending>({
    {".csv", false, 0},
    {".tsv", false, '\t'},
    {".json", true, 0},
    {".jsonl", true, 0},
    {".ndjson", true, 0},
});

Result<const Ending*> EndingOf(std::string_view path) {
  std::string_view name = path;
  if (name.ends_with(".gz")) name.remove_suffix(3);
  for (const Ending& ending : kEndings) {
    if (name.size() > ending.text.size() &&
        EqualsIgnoreCase(name.substr(name.size() - ending.text.size()), ending.text)) {
      return &ending;
    }
  }
  return Status::Unsupported(
             fmt::format("a file whose name does not say its format is not supported: '{}'", path))
      .WithId("E1002")
      .WithHint(
          "names end in .csv, .tsv, .json, .jsonl or .ndjson, and .gz behind it; else CREATE TABLE "
          "with a format");
}

// The beginning of a file; `cut` says whether it goes on.
Result<std::string> ReadHead(FileSystem& files, const std::string& path, bool& cut) {
  const std::unique_ptr<ByteStream> stream = TRY(OpenByteStream(files, path));
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

}  // namespace

Result<FileSample> SampleFiles(FileSystem& files, const std::string& path) {
  const std::string local = TRY(LocalPath(path));
  const std::vector<FileInfo> found = TRY(FindFiles(files, local));
  if (found.empty()) {
    return Status::NotFound(fmt::format("no file is found at '{}'", path))
        .WithId("E4002")
        .WithHint("relative paths begin at the working directory");
  }
  const std::string& first = found.front().path;
  const Ending* ending = TRY(EndingOf(first));
  bool cut = false;
  const std::string text = TRY(ReadHead(files, first, cut));
  Result<FileSample> sampled =
      ending->json ? SampleJson(text, cut) : SampleCsv(text, cut, ending->delimiter);
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
