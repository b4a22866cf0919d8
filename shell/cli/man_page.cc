#include "shell/cli/man_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "shell/cli/help_page.h"
#include "shell/cli/verbs.h"
#include "shell/output/script.h"

namespace weir::shell {
namespace {

struct Exit {
  int code;
  std::string_view meaning;
};

constexpr Exit kExits[] = {
    {kExitOk, "All statements and bounded jobs finished."},
    {kExitFailure, "A wrong option, a missing file."},
    {kExitUnreachable, "No process has the data directory, where one must; or it has ended."},
    {kExitSqlError, "A statement is wrong, or there is no such job."},
    {kExitJobFailed, "A job or a SELECT failed at run time."},
    {kExitRestoreRefused, "Saved state does not fit the SQL."},
    {kExitTimeout, "The time of --timeout is over."},
    {kExitInterrupted, "SIGINT: jobs were stopped with a last checkpoint."},
    {kExitTerminated, "SIGTERM: the same."},
};

// Escapes text for roff: dashes that can be typed after copying, and no line that begins a request.
std::string Roff(std::string_view text) {
  std::string out;
  bool begins = true;
  for (const char c : text) {
    if (begins && (c == '.' || c == '\'')) out += "\\&";
    begins = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

// Writes the ellipsis, the only character beyond ASCII, by roff's name for its dots.
std::string WithDotsNamed(std::string text) {
  constexpr std::string_view kDots = "…";
  for (size_t at = text.find(kDots); at != std::string::npos; at = text.find(kDots))
    text.replace(at, kDots.size(), "\\&.\\|.\\|.");
  return text;
}

std::string Term(std::string_view term, std::string_view text) {
  return fmt::format(".TP\n.B {}\n{}\n", WithDotsNamed(Roff(term)), WithDotsNamed(Roff(text)));
}

std::string OptionTerms(std::span<const OptionRow> options) {
  std::string out;
  for (const OptionRow& option : options) out += Term(OptionText(option), option.help);
  return out;
}

std::string UsageLines(const Verb& verb) {
  std::string out;
  std::string_view usage = verb.usage;
  while (!usage.empty()) {
    const size_t end = std::min(usage.find('\n'), usage.size());
    out += fmt::format("{}.B weir {}\n", out.empty() ? "" : ".br\n",
                       WithDotsNamed(Roff(usage.substr(0, end))));
    usage.remove_prefix(std::min(end + 1, usage.size()));
  }
  return out;
}

std::string VerbSection(const Verb& verb) {
  std::string out = fmt::format(".SS {}\n{}.PP\n{}.\n", Roff(verb.name), UsageLines(verb),
                                WithDotsNamed(Roff(verb.help)));
  if (!verb.more.empty()) out += WithDotsNamed(Roff(verb.more)) + "\n";
  // Options of scripts, and those of every verb, have sections of their own.
  for (const std::span<const OptionRow> group : verb.options) {
    const bool shared = group.data() == CommonOptions().data() ||
                        group.data() == Verbs().front().options.front().data();
    if (!shared) out += OptionTerms(group);
  }
  if (!verb.example.empty())
    out += fmt::format(".PP\nExample:\n.PP\n.RS\n.nf\n{}\n.fi\n.RE\n", Roff(verb.example));
  return out;
}

}  // namespace

std::string ManPage(std::string_view version) {
  const Verb& plain = Verbs().front();
  std::string out = fmt::format(
      ".TH WEIR 1 \"\" \"{}\" \"User Commands\"\n.SH NAME\nweir \\- streaming SQL with state that "
      "survives edits\n.SH SYNOPSIS\n{}.SH DESCRIPTION\n{}.\n{}\n",
      Roff(version), UsageLines(plain), WithDotsNamed(Roff(plain.help)),
      WithDotsNamed(Roff(plain.more)));
  out += ".SH VERBS\n";
  for (const Verb& verb : Verbs()) {
    if (!verb.hidden && !verb.is_plain()) out += VerbSection(verb);
  }
  out += ".SH OPTIONS OF SCRIPTS\n" + OptionTerms(plain.options.front());
  out += ".SH OPTIONS OF EVERY VERB\n" + OptionTerms(CommonOptions());
  out += ".SH EXIT STATUS\n";
  for (const Exit& exit : kExits) out += Term(std::to_string(exit.code), exit.meaning);
  out += ".SH ENVIRONMENT\n" + Term("WEIR_DATA_DIR", "The data directory without --data-dir.") +
         Term("NO_COLOR", "If set, nothing is coloured.");
  out += ".SH FILES\n" +
         Term("./weir.yaml, ~/.config/weir/weir.yaml",
              "Options, without --conf; the first one there is.") +
         Term("~/.weirrc", "A script that the shell runs before its first prompt, without -i.");
  return out;
}

}  // namespace weir::shell
