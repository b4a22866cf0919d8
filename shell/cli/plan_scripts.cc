#include "shell/cli/plan_scripts.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/printable.h"
#include "shell/engine/text/json_text.h"
#include "shell/output/script_text.h"
#include "shell/output/signals.h"
#include "shell/output/streams.h"

namespace weir::shell {
namespace {

constexpr int kDeepestSource = 16;

void AppendField(std::string& out, std::string_view name, std::string_view text) {
  out += out.back() == '{' ? "" : ", ";
  AppendJsonString(out, name);
  out += ": ";
  AppendJsonString(out, text);
}

void AppendPlace(std::string& out, std::string_view line, std::string_view column, LineColumn at) {
  out += fmt::format(", \"{}\": {}, \"{}\": {}", line, at.line, column, at.column);
}

}  // namespace

std::string FindingsAsJson(const std::vector<Finding>& findings) {
  std::string out = "[";
  for (const Finding& finding : findings) {
    std::string object = "{";
    AppendField(object, "file", finding.file);
    AppendPlace(object, "line", "column", finding.begin);
    AppendPlace(object, "endLine", "endColumn", finding.end);
    AppendField(object, "severity", finding.is_error ? "error" : "warning");
    if (!finding.code.empty()) AppendField(object, "code", finding.code);
    AppendField(object, "message", finding.message);
    if (!finding.hint.empty()) AppendField(object, "hint", finding.hint);
    out += (out.size() > 1 ? ",\n " : "") + object + "}";
  }
  return out + "]\n";
}

int ScriptPlanner::PlanFile(const std::string& path) {
  return PlanText(ReadScript(path, *options_.files), path);
}

int ScriptPlanner::PlanStandardInput() {
  return PlanText(ReadStandardInput(), "<stdin>");
}

int ScriptPlanner::PlanText(const Result<std::string>& text, const std::string& file) {
  if (text.ok()) return Plan(*text, file);
  const Status& unread = text.status();
  const int signal = unread.code() == StatusCode::kCancelled ? TakeSignal() : 0;
  if (signal != 0) return code_ = ExitCodeOfSignal(signal);
  findings_.push_back({.file = file,
                       .code = std::string(unread.id()),
                       .message = unread.message(),
                       .hint = unread.hint()});
  if (options_.shows_findings) PrintMessage(FormatError(unread, {.color = options_.color}));
  if (code_ == kExitOk) code_ = kExitFailure;
  return code_;
}

int ScriptPlanner::Plan(std::string_view script, const std::string& file) {
  script = WithoutMark(script);
  Result<std::string> made = options_.variables.empty() ? Result<std::string>(std::string(script))
                                                        : options_.variables.Substitute(script);
  std::string& at = session_.hooks().file;
  const std::string outer = std::exchange(at, file);
  if (made.ok()) {
    PlanParts(*made, file);
  } else {
    FindError(made.status(), script, file, {});
  }
  at = outer;
  return code_;
}

void ScriptPlanner::PlanParts(std::string_view text, const std::string& file) {
  const Result<std::vector<SourceSpan>> parts = session_.Split(text);
  if (!parts.ok()) return FindError(parts.status(), text, file, {});
  for (const SourceSpan part : *parts) {
    if (!PlanStatement(text, part, file)) return;
  }
}

bool ScriptPlanner::PlanStatement(std::string_view text, SourceSpan part, const std::string& file) {
  ++statements_;
  NoRows view;
  const Result<Answer> answer = session_.Execute(text, part, view);
  if (!answer.ok()) {
    FindError(answer.status(), text, file, part);
    return answer.status().code() != StatusCode::kCancelled;
  }
  for (const std::string& notice : answer->notices) {
    if (options_.shows_findings) PrintMessage(Printable(notice) + "\n");
    constexpr std::string_view kWarning = "WARNING: ";
    if (notice.starts_with(kWarning))
      findings_.push_back({.file = file,
                           .begin = LocateOffset(text, part.begin),
                           .end = LocateOffset(text, part.end),
                           .is_error = false,
                           .message = notice.substr(kWarning.size())});
  }
  if (const Status shown = Show(*answer); !shown.ok()) {
    if (code_ == kExitOk) code_ = ExitCodeOf(shown);
    return false;
  }
  if (answer->source_file && depth_ < kDeepestSource) {
    ++depth_;
    PlanFile(*answer->source_file);
    --depth_;
  }
  return !answer->quit;
}

// Other answers than plans are about a session that has not executed anything, and are not shown.
Status ScriptPlanner::Show(const Answer& answer) {
  if (!options_.shows_plans) return {};
  RETURN_IF_ERROR(WriteOut(stdout, answer.text));
  return answer.table ? WriteOut(stdout, Render(*answer.table, options_.render)) : Status();
}

void ScriptPlanner::FindError(const Status& error, std::string_view text, const std::string& file,
                              SourceSpan part) {
  const int signal = error.code() == StatusCode::kCancelled ? TakeSignal() : 0;
  if (code_ == kExitOk || signal != 0)
    code_ = signal != 0 ? ExitCodeOfSignal(signal) : ExitCodeOf(error);
  const SourceSpan place = error.span().value_or(part);
  findings_.push_back({.file = file,
                       .begin = LocateOffset(text, place.begin),
                       .end = LocateOffset(text, place.end),
                       .code = std::string(error.id()),
                       .message = error.message(),
                       .hint = error.hint()});
  if (options_.shows_findings)
    PrintMessage(FormatError(
        error, {.text = text, .file = file, .at = part.begin, .color = options_.color}));
}

}  // namespace weir::shell
