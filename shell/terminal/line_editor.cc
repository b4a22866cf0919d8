#include "shell/terminal/line_editor.h"

#include <fmt/format.h>
#include <histedit.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cwchar>
#include <utility>

#include "runtime/base/utf8.h"
#include "shell/output/render.h"
#include "shell/output/signals.h"
#include "shell/output/streams.h"
#include "shell/output/terminal_size.h"
#include "shell/terminal/history_file.h"
#include "shell/terminal/paste.h"

namespace weir::shell {
namespace {

// Asks the terminal to put marks around what is pasted (DEC private mode 2004, of xterm).
constexpr std::string_view kMarkPastes = "\033[?2004h";
constexpr std::string_view kNoMarks = "\033[?2004l";

int CharactersIn(std::string_view text) {
  return static_cast<int>(
      std::ranges::count_if(text, [](char c) { return !ContinuesCharacter(c); }));
}

// `text` with its tabs as the blanks that a terminal shows.
std::string WithoutTabs(std::string_view text) {
  constexpr int kTabStop = 8;
  std::string out;
  size_t line = 0;  // where it begins in `out`
  for (const char c : text) {
    if (c == '\t') {
      const int column = DisplayWidth(std::string_view(out).substr(line));
      out.append(static_cast<size_t>(kTabStop - column % kTabStop), ' ');
      continue;
    }
    out += c;
    if (c == '\n') line = out.size();
  }
  return out;
}

// The editor of libedit. Failures of standard output are not looked at here: streams.h keeps the
// first, which ends the shell.
class EditLineEditor final : public LineEditor {
 public:
  EditLineEditor(std::string history_file, EditorHooks hooks)
      : history_file_(std::move(history_file)), hooks_(std::move(hooks)) {
    edit_ = el_init("weir", stdin, stdout, stderr);
    history_ = history_init();
    HistEvent event;
    history(history_, &event, H_SETSIZE, kStatementsKept);
    history(history_, &event, H_SETUNIQUE, 1);
    if (!history_file_.empty()) LoadHistory(history_, history_file_);
    el_set(edit_, EL_CLIENTDATA, this);
    el_set(edit_, EL_PROMPT, &EditLineEditor::Prompt);
    el_set(edit_, EL_EDITOR, "emacs");
    // libedit resets the terminal on a signal, then raises it again for our handler (signals.h).
    el_set(edit_, EL_SIGNAL, 1);
    el_set(edit_, EL_GETCFN, &EditLineEditor::ReadCharacter);
    el_set(edit_, EL_HIST, history, history_);
    el_set(edit_, EL_ADDFN, "weir-complete", "complete the word", &EditLineEditor::Complete);
    el_set(edit_, EL_ADDFN, "weir-paste", "take what is pasted", &EditLineEditor::Paste);
    el_set(edit_, EL_BIND, "^I", "weir-complete", nullptr);
    el_set(edit_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    el_set(edit_, EL_BIND, "\\e[200~", "weir-paste", nullptr);
  }
  ~EditLineEditor() override {
    history_end(history_);
    el_end(edit_);
  }

  std::optional<InputLine> ReadLine(const std::string& prompt) override {
    prompt_ = prompt;
    size_ = SizeOfTerminal();
    el_resize(edit_);
    Print(kMarkPastes);
    int length = 0;
    const char* line = el_gets(edit_, &length);
    Print(kNoMarks);
    InputLine read;
    read.signal = TakeSignal();
    if (read.signal != 0) {
      rest_ = {};
      el_reset(edit_);
      Print("\n");
      return read;
    }
    if (line == nullptr || length <= 0) return std::nullopt;
    read.text.assign(line, static_cast<size_t>(length));
    while (!read.text.empty() && (read.text.back() == '\n' || read.text.back() == '\r'))
      read.text.pop_back();
    read.pasted = std::exchange(rest_.lines, {});
    return read;
  }

  void AddHistory(const std::string& statement) override {
    HistEvent event;
    const bool is_new = history(history_, &event, H_ENTER, statement.c_str()) > 0;
    if (is_new && !history_file_.empty()) AppendHistory(statement, history_file_);
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
    return Self(edit).NextCharacter(character);
  }

  int NextCharacter(wchar_t* character) {
    if (std::exchange(ends_line_, false)) {
      Paint();
      *character = L'\n';
      return 1;
    }
    InsertRest();
    std::mbstate_t state{};
    for (;;) {
      char byte = 0;
      const int count = NextByte(&byte);
      if (count <= 0) return count;
      const size_t used = std::mbrtowc(character, &byte, 1, &state);
      if (used == static_cast<size_t>(-2)) continue;  // more bytes of this character follow
      if (used == static_cast<size_t>(-1)) state = std::mbstate_t{};
      if (used <= 1) break;
    }
    if (*character == L'\n' || *character == L'\r') Paint();
    return 1;
  }

  int NextByte(char* byte) {
    if (!unread_.empty()) {
      *byte = unread_.front();
      unread_.erase(0, 1);
      return 1;
    }
    constexpr int kPollMillis = 100;
    int wait = 0;  // colours wait until nothing is left to be read
    for (;;) {
      if (PendingSignal() != 0) return -1;
      FollowSize();
      ShowLinesAbove();
      pollfd input{STDIN_FILENO, POLLIN, 0};
      if (::poll(&input, 1, wait) <= 0) {
        if (std::exchange(wait, kPollMillis) == 0) Paint();
        continue;
      }
      const ssize_t count = ::read(STDIN_FILENO, byte, 1);
      if (count >= 0) return static_cast<int>(count);
      if (errno != EINTR && errno != EAGAIN) return -1;
    }
  }

  // Inserts what was pasted behind the last newline, as if it had been typed, and puts the cursor
  // where it was.
  void InsertRest() {
    if (rest_.begun.empty() && rest_.behind.empty()) return;
    el_insertstr(edit_, (rest_.begun + rest_.behind).c_str());
    el_cursor(edit_, -CharactersIn(rest_.behind));
    rest_ = {};
    Print("\r\033[J");  // the prompt, which is shown again
    el_set(edit_, EL_REFRESH);
  }

  // --- the screen ---

  // Shows the line anew when the terminal has another size. libedit itself looks at the size once
  // in a line, when SIGWINCH comes, and shows nothing.
  void FollowSize() {
    const TerminalSize size = SizeOfTerminal();
    if (size.columns == size_.columns && size.lines == size_.lines) return;
    const bool first = size_.columns == 0;
    size_ = size;
    if (first) return;
    Print(ToFirstRow() + "\r\033[J");
    el_resize(edit_);
    el_set(edit_, EL_REFRESH);
    Paint();
  }

  void ShowLinesAbove() {
    const std::string lines = hooks_.lines_above();
    if (lines.empty()) return;
    // What is edited may take several rows: all go, and are shown again below.
    Print(ToFirstRow() + fmt::format("\r\033[J{}", lines));
    el_set(edit_, EL_REFRESH);
    Paint();
  }

  std::string_view LineBefore() const {
    const LineInfo* line = el_line(edit_);
    return {line->buffer, static_cast<size_t>(line->cursor - line->buffer)};
  }
  std::string_view LineBehind() const {
    const LineInfo* line = el_line(edit_);
    return {line->cursor, static_cast<size_t>(line->lastchar - line->cursor)};
  }

  // Rows that the prompt and `text` behind it take.
  int RowsOf(std::string_view text) const {
    return ScreenLines(WithoutTabs(prompt_ + std::string(text)), SizeOfTerminal().columns);
  }
  // From the cursor to the row of the prompt.
  std::string ToFirstRow() const {
    // Behind a row that is full the cursor is in the next one, where this puts a character.
    const int up = RowsOf(std::string(LineBefore()) + "_") - 1;
    return up > 0 ? fmt::format("\033[{}A", up) : "";
  }

  // Writes the line over itself, in colours. libedit knows of none: it goes on as if the characters
  // were its own, and what it writes again is painted again.
  void Paint() {
    if (!hooks_.highlight) return;
    const std::string line = std::string(LineBefore()) + std::string(LineBehind());
    if (line.empty() || RowsOf(line) >= SizeOfTerminal().lines) return;
    std::string text;
    for (const char c : hooks_.highlight(line)) {
      if (c == '\n')
        text += "\r\n";
      else
        text += c;
    }
    // Saves the cursor, and puts it back (DECSC, DECRC).
    Print(fmt::format("\0337{}\r{}{}\0338", ToFirstRow(), prompt_, text));
  }

  static char* Prompt(EditLine* edit) { return Self(edit).prompt_.data(); }

  // --- keys ---

  static unsigned char Paste(EditLine* edit, int) { return Self(edit).TakePaste(); }

  unsigned char TakePaste() {
    const std::optional<std::string> text = ReadPaste(STDIN_FILENO, unread_);
    if (!text) return CC_REFRESH_BEEP;
    PastedText pasted = CutPaste(*text);
    if (!pasted.has_lines) {
      el_insertstr(edit_, pasted.first.c_str());
      return CC_REFRESH;
    }
    // What stands behind the cursor ends the last line instead of the first.
    const std::string behind(LineBehind());
    el_cursor(edit_, CharactersIn(behind));
    el_deletestr(edit_, CharactersIn(behind));
    el_insertstr(edit_, pasted.first.c_str());
    rest_ = {std::move(pasted.lines), std::move(pasted.begun), behind};
    ends_line_ = true;
    return CC_REFRESH;
  }

  static unsigned char Complete(EditLine* edit, int) { return Self(edit).CompleteWord(); }

  unsigned char CompleteWord() {
    // Behind a tab that somebody typed nothing waits to be read; one in a paste without marks is
    // text.
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (unread_.empty() && ::poll(&input, 1, 0) > 0 && IsTextBehindTab()) {
      el_insertstr(edit_, "\t");
      return CC_REFRESH;
    }
    const Completions found = hooks_.complete(LineBefore(), LineBehind());
    if (found.candidates.empty()) return CC_REFRESH_BEEP;
    std::string common = found.candidates[0];
    for (const std::string& candidate : found.candidates) {
      const auto differ = std::ranges::mismatch(common, candidate);
      common.erase(differ.in1, common.end());
    }
    // Not half a character, which libedit would not insert.
    const std::string& whole = found.candidates[0];
    while (common.size() < whole.size() && ContinuesCharacter(whole[common.size()]))
      common.pop_back();
    if (found.candidates.size() > 1 && common.size() <= found.replaced) {
      ShowCandidates(found.candidates);
      return CC_REDISPLAY;
    }
    const std::string_view before = LineBefore();
    const std::string_view replaced =
        before.substr(before.size() - std::min(found.replaced, before.size()));
    const bool done = found.candidates.size() == 1 && !common.ends_with('/');
    el_deletestr(edit_, CharactersIn(replaced));
    el_insertstr(edit_, (common + (done ? " " : "")).c_str());
    return CC_REFRESH;
  }

  // Whether the next byte, which stays unread, is a character of text: nobody types one so soon
  // behind a tab, so that the tab was pasted and asks for no completion.
  bool IsTextBehindTab() {
    char next = 0;
    if (::read(STDIN_FILENO, &next, 1) != 1) return false;
    unread_ += next;
    return static_cast<unsigned char>(next) > ' ';
  }

  static void ShowCandidates(const std::vector<std::string>& candidates) {
    constexpr size_t kMost = 60;
    std::string text = "\n";
    for (size_t i = 0; i < candidates.size() && i < kMost; ++i) text += candidates[i] + "  ";
    if (candidates.size() > kMost) text += fmt::format("… and {} more", candidates.size() - kMost);
    Print(text + "\n");
  }

  struct Rest {
    std::string lines;   // that ReadLine returns
    std::string begun;   // of the next line, which lacks its end
    std::string behind;  // the cursor, there
  };

  const std::string history_file_;
  const EditorHooks hooks_;
  EditLine* edit_;
  History* history_;
  std::string prompt_;
  TerminalSize size_;   // that the line is shown for
  std::string unread_;  // bytes that were read too early
  Rest rest_;           // of a paste
  bool ends_line_ = false;
};

}  // namespace

std::unique_ptr<LineEditor> MakeLineEditor(const std::string& history_file, EditorHooks hooks) {
  return std::make_unique<EditLineEditor>(history_file, std::move(hooks));
}

}  // namespace weir::shell
