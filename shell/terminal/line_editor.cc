#include "shell/terminal/line_editor.h"

#include <fmt/format.h>
#include <histedit.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <cwchar>

#include "shell/output/render.h"
#include "shell/output/signals.h"
#include "shell/output/streams.h"

namespace weir::shell {
namespace {

class EditLineEditor final : public LineEditor {
 public:
  EditLineEditor(std::string history_file, Completer completer, LinesAbove above)
      : history_file_(std::move(history_file)),
        completer_(std::move(completer)),
        above_(std::move(above)) {
    edit_ = el_init("weir", stdin, stdout, stderr);
    history_ = history_init();
    HistEvent event;
    constexpr int kKept = 10'000;
    history(history_, &event, H_SETSIZE, kKept);
    history(history_, &event, H_SETUNIQUE, 1);
    if (!history_file_.empty()) history(history_, &event, H_LOAD, history_file_.c_str());
    el_set(edit_, EL_CLIENTDATA, this);
    el_set(edit_, EL_PROMPT, &EditLineEditor::Prompt);
    el_set(edit_, EL_EDITOR, "emacs");
    el_set(edit_, EL_SIGNAL, 1);
    el_set(edit_, EL_GETCFN, &EditLineEditor::ReadCharacter);
    el_set(edit_, EL_HIST, history, history_);
    el_set(edit_, EL_ADDFN, "weir-complete", "complete the word", &EditLineEditor::Complete);
    el_set(edit_, EL_BIND, "^I", "weir-complete", nullptr);
    el_set(edit_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  }
  ~EditLineEditor() override {
    history_end(history_);
    el_end(edit_);
  }

  std::optional<std::string> ReadLine(const std::string& prompt, int& signal) override {
    prompt_ = prompt;
    int length = 0;
    const char* line = el_gets(edit_, &length);
    signal = TakeSignal();
    if (signal != 0) {
      el_reset(edit_);
      std::fputc('\n', stdout);
      return "";
    }
    if (line == nullptr || length <= 0) return std::nullopt;
    std::string text(line, static_cast<size_t>(length));
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
  }

  void AddHistory(const std::string& statement) override {
    HistEvent event;
    history(history_, &event, H_ENTER, statement.c_str());
    if (!history_file_.empty()) history(history_, &event, H_SAVE, history_file_.c_str());
  }

 private:
  static EditLineEditor& Self(EditLine* edit) {
    void* self = nullptr;
    el_get(edit, EL_CLIENTDATA, &self);
    return *static_cast<EditLineEditor*>(self);
  }
  // One character: 1, 0 at the end of input, -1 when a signal wants the shell. Looks for signals
  // from time to time: one that comes just before a blocking read would wait for the next key.
  static int ReadCharacter(EditLine* edit, wchar_t* character) {
    constexpr int kPollMillis = 100;
    std::mbstate_t state{};
    for (;;) {
      if (PendingSignal() != 0) return -1;
      Self(edit).ShowLinesAbove();
      pollfd input{STDIN_FILENO, POLLIN, 0};
      if (::poll(&input, 1, kPollMillis) <= 0) continue;
      char byte = 0;
      const ssize_t count = ::read(STDIN_FILENO, &byte, 1);
      if (count == 0) return 0;
      if (count < 0) {
        if (errno == EINTR || errno == EAGAIN) continue;
        return -1;
      }
      const size_t used = std::mbrtowc(character, &byte, 1, &state);
      if (used == static_cast<size_t>(-2)) continue;  // more bytes of this character follow
      if (used == static_cast<size_t>(-1)) state = std::mbstate_t{};
      if (used <= 1) return 1;
    }
  }

  void ShowLinesAbove() {
    const std::string lines = above_();
    if (lines.empty()) return;
    // What is edited may take several rows: all go, and are shown again below.
    const int up = RowOfCursor();
    (void)WriteOut(stdout,
                   (up > 0 ? fmt::format("\033[{}A", up) : "") + fmt::format("\r\033[J{}", lines));
    el_set(edit_, EL_REFRESH);
  }

  // Rows of the terminal above the cursor that the prompt and the line take.
  int RowOfCursor() const {
    const LineInfo* line = el_line(edit_);
    const std::string_view before(line->buffer, static_cast<size_t>(line->cursor - line->buffer));
    winsize size{};
    const int columns = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
    // Behind a row that is full the cursor is in the next one, where this puts a character.
    return ScreenLines(prompt_ + std::string(before) + "_", columns) - 1;
  }

  static char* Prompt(EditLine* edit) { return Self(edit).prompt_.data(); }

  static unsigned char Complete(EditLine* edit, int) {
    EditLineEditor& self = Self(edit);
    const LineInfo* line = el_line(edit);
    const std::string_view before(line->buffer, static_cast<size_t>(line->cursor - line->buffer));
    size_t replaced = 0;
    const std::vector<std::string> candidates = self.completer_(before, replaced);
    if (candidates.empty()) return CC_REFRESH_BEEP;
    std::string common = candidates[0];
    for (const std::string& candidate : candidates) {
      size_t same = 0;
      while (same < common.size() && same < candidate.size() && common[same] == candidate[same])
        ++same;
      common.resize(same);
    }
    if (candidates.size() > 1 && common.size() <= replaced) {
      ShowCandidates(candidates);
      return CC_REDISPLAY;
    }
    el_deletestr(edit, static_cast<int>(replaced));
    if (candidates.size() == 1) common += " ";
    el_insertstr(edit, common.c_str());
    return CC_REFRESH;
  }

  static void ShowCandidates(const std::vector<std::string>& candidates) {
    constexpr size_t kMost = 60;
    std::string text = "\n";
    for (size_t i = 0; i < candidates.size() && i < kMost; ++i) text += candidates[i] + "  ";
    if (candidates.size() > kMost)
      text += "… and " + std::to_string(candidates.size() - kMost) + " more";
    std::fprintf(stdout, "%s\n", text.c_str());
    std::fflush(stdout);
  }

  std::string history_file_;
  Completer completer_;
  LinesAbove above_;
  EditLine* edit_;
  History* history_;
  std::string prompt_;
};

}  // namespace

std::unique_ptr<LineEditor> MakeLineEditor(const std::string& history_file, Completer completer,
                                           LinesAbove above) {
  return std::make_unique<EditLineEditor>(history_file, std::move(completer), std::move(above));
}

}  // namespace weir::shell
