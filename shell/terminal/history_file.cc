#include "shell/terminal/history_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

namespace weir::shell {
namespace {

struct CloseHistory {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseHistory>;

// The file for appending, locked until it is closed; null when there is none to be had.
File OpenLocked(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return nullptr;
  File file(::fdopen(descriptor, "a+"));
  if (file == nullptr) {
    ::close(descriptor);
    return nullptr;
  }
  // The lock is held for a short write only, so waiting is fine.
  (void)::flock(descriptor, LOCK_EX);
  (void)std::fseek(file.get(), 0, SEEK_END);
  return file;
}

int EntriesOf(const std::string& path) {
  const File file(std::fopen(path.c_str(), "re"));
  int lines = 0;
  for (int c = 0; file != nullptr && (c = std::fgetc(file.get())) != EOF;)
    lines += c == '\n' ? 1 : 0;
  return lines;
}

}  // namespace

void LoadHistory(History* history, const std::string& path) {
  HistEvent event;
  ::history(history, &event, H_LOAD, path.c_str());
  if (EntriesOf(path) <= 2 * kStatementsKept) return;
  // In place: another shell appends to the file that it finds under this name.
  const File file = OpenLocked(path);
  if (file == nullptr || ::ftruncate(::fileno(file.get()), 0) != 0) return;
  std::rewind(file.get());
  ::history(history, &event, H_SAVE_FP, file.get());
}

void AppendHistory(const std::string& statement, const std::string& path) {
  const File file = OpenLocked(path);
  if (file == nullptr) return;
  // A history of this entry alone, as libedit writes all that a history has.
  History* one = ::history_init();
  HistEvent event;
  ::history(one, &event, H_SETSIZE, 1);
  ::history(one, &event, H_ENTER, statement.c_str());
  ::history(one, &event, H_SAVE_FP, file.get());
  ::history_end(one);
}

}  // namespace weir::shell
