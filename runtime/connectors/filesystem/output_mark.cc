#include "runtime/connectors/filesystem/output_mark.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "runtime/base/hash.h"
#include "runtime/base/names.h"

namespace weir::connectors {
namespace {

constexpr std::string_view kMagic = "weir-committed 1\n";
constexpr std::string_view kReplaced = "replaced";
constexpr size_t kMarksKept = 64;     // the newest ones, so that the file does not grow for ever
constexpr size_t kChecksumBytes = 9;  // eight hexadecimal digits and a line end

std::string Encode(std::span<const OutputMark> marks) {
  std::string text(kMagic);
  for (const OutputMark& mark : marks) {
    const std::string upto =
        mark.replaced ? std::string(kReplaced) : std::to_string(mark.checkpoint);
    text += fmt::format("{} {} {}\n", mark.job_id, upto, mark.attempt);
  }
  return text + fmt::format("{:08x}\n", Crc32c(0, text.data(), text.size()));
}

// Takes the text in front of `end`, and `end` itself.
std::string_view Take(std::string_view& text, char end) {
  const size_t at = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

uint64_t Number(std::string_view text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::vector<OutputMark> Decode(std::string_view text) {
  if (text.size() < kMagic.size() + kChecksumBytes || !text.starts_with(kMagic)) return {};
  const std::string_view body = text.substr(0, text.size() - kChecksumBytes);
  if (text.substr(body.size()) != fmt::format("{:08x}\n", Crc32c(0, body.data(), body.size())))
    return {};
  std::vector<OutputMark> marks;
  for (std::string_view rest = body.substr(kMagic.size()); !rest.empty();) {
    std::string_view line = Take(rest, '\n');
    OutputMark mark;
    mark.job_id = Take(line, ' ');
    const std::string_view upto = Take(line, ' ');
    mark.replaced = upto == kReplaced;
    if (!mark.replaced) mark.checkpoint = Number(upto);
    mark.attempt = Number(line);
    marks.push_back(std::move(mark));
  }
  return marks;
}

// Replaces the file. Not synced: if it is lost in a power failure, only a warning is lost, no row.
Status Write(FileSystem& files, const std::string& path, std::string_view text) {
  const std::string temporary = path + ".tmp";
  const std::unique_ptr<WritableFile> file = TRY(files.CreateOutput(temporary));
  RETURN_IF_ERROR(file->Append(text));
  RETURN_IF_ERROR(file->Close());
  return files.Rename(temporary, path);
}

OutputMark TakeOut(std::vector<OutputMark>& marks, std::string_view job_id) {
  const auto found = std::ranges::find(marks, job_id, &OutputMark::job_id);
  OutputMark mark{.job_id = std::string(job_id)};
  if (found == marks.end()) return mark;
  mark = *std::move(found);
  marks.erase(found);
  return mark;
}

}  // namespace

std::string OutputMarkPath(std::string_view directory, std::string_view job_name) {
  const std::string folded = ToLower(job_name);
  return JoinPath(directory,
                  fmt::format(".weir-committed-{:016x}", Hash64(folded.data(), folded.size())));
}

std::vector<OutputMark> ReadOutputMarks(FileSystem& files, std::string_view directory,
                                        std::string_view job_name) {
  const Result<std::string> text = ReadFile(files, OutputMarkPath(directory, job_name));
  return text.ok() ? Decode(*text) : std::vector<OutputMark>();
}

Status NoteCommitted(FileSystem& files, std::string_view directory, std::string_view job_name,
                     const OutputMark& mark, std::span<const std::string> origins) {
  std::vector<OutputMark> marks = ReadOutputMarks(files, directory, job_name);
  OutputMark own = TakeOut(marks, mark.job_id);
  own.checkpoint = std::max(own.checkpoint, mark.checkpoint);
  own.attempt = std::max(own.attempt, mark.attempt);
  for (const std::string& origin : origins) {
    OutputMark former = TakeOut(marks, origin);
    former.replaced = true;
    marks.insert(marks.begin(), std::move(former));
  }
  marks.insert(marks.begin(), std::move(own));
  marks.resize(std::min(marks.size(), kMarksKept));
  return Write(files, OutputMarkPath(directory, job_name), Encode(marks));
}

}  // namespace weir::connectors
