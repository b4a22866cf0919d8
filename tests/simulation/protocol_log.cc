#include "tests/simulation/protocol_log.h"

#include <filesystem>

namespace weir::simulation {
namespace {

std::string NameOf(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// "7" of ".../chk-7"; "" of others.
std::string NumberOf(const std::string& path) {
  const std::string name = NameOf(path);
  return name.starts_with("chk-") ? name.substr(4) : std::string();
}

}  // namespace

std::string ProtocolLog::Latest(const std::string& path) const {
  const Result<std::string> text = ReadFile(files_, path);
  if (!text.ok()) return "0";
  const size_t line = text->find('\n') + 1;
  return text->substr(line, text->find('\n', line) - line);
}

void ProtocolLog::Life() {
  std::string latest = "0";
  const std::string jobs = root_ + "/data/jobs";
  if (std::filesystem::exists(jobs)) {
    // A start that lost its power may have left a directory without a record beside the job's.
    for (const auto& job : std::filesystem::directory_iterator(jobs)) {
      const std::string number = Latest(job.path().string() + "/checkpoints/LATEST");
      if (number != "0") latest = number;
    }
  }
  say_("life " + latest);
}

void ProtocolLog::Note(std::string_view what, const std::string& path) {
  for (const char* sink : {"windows", "totals"}) {
    if (path.starts_with(root_ + "/" + sink + "/")) NoteSink(what, sink, NameOf(path));
  }
  if (path.find("/checkpoints") != std::string::npos) NoteCheckpoint(what, path);
}

void ProtocolLog::NoteSink(std::string_view what, const std::string& sink,
                           const std::string& name) {
  const bool in_progress = name.starts_with('.');
  if (what == "sync" && in_progress) say_("sync " + sink + " " + name);
  if (what == "rename" && !in_progress) say_("commit " + sink + " " + name);
}

void ProtocolLog::NoteCheckpoint(std::string_view what, const std::string& path) {
  const std::string number = NumberOf(path);
  if (what == "create directory" && !number.empty() && number != begun_) {
    begun_ = number;
    say_("begin " + number);
  }
  const bool metadata = !number.empty() && files_.Stat(path + "/_metadata").ok();
  if (what == "sync directory" && metadata && number == begun_ && number != durable_) {
    durable_ = number;
    say_("metadata " + number);
  }
  if (what == "rename" && NameOf(path) == "LATEST") {
    pointed_ = true;
    say_("pointer " + Latest(path));
  }
  if (what == "sync directory" && pointed_ && NameOf(path) == "checkpoints") {
    pointed_ = false;
    say_("sure");
  }
}

}  // namespace weir::simulation
