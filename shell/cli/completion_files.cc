#include "shell/cli/completion_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "runtime/base/check.h"
#include "shell/cli/verbs.h"

namespace weir::shell {
namespace {

// A command of the shell that lists the names of jobs: the second column of `weir list`.
constexpr std::string_view kJobs =
    "weir list -a -q --format tsv 2>/dev/null | tail -n +2 | cut -f2";

std::vector<std::string> VerbNames() {
  std::vector<std::string> names;
  for (const Verb& verb : Verbs()) {
    if (!verb.hidden && !verb.is_plain()) names.emplace_back(verb.name);
  }
  return names;
}

std::vector<const OptionRow*> OptionsOf(const Verb& verb) {
  std::vector<const OptionRow*> options;
  for (const std::span<const OptionRow> group : verb.options) {
    for (const OptionRow& option : group) options.push_back(&option);
  }
  return options;
}

// What a shell takes as one word.
std::string Quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

// --- bash ----------------------------------------------------------------------------------------

// The command that fills COMPREPLY.
std::string BashAnswer(Names of, std::string_view choices) {
  switch (of) {
    case Names::kAnything:
      return "COMPREPLY=()";
    case Names::kFile:
      return "COMPREPLY=($(compgen -f -- \"$word\"))";
    case Names::kDirectory:
      return "COMPREPLY=($(compgen -d -- \"$word\"))";
    case Names::kJob:
      return "COMPREPLY=($(compgen -W \"$(_weir_jobs)\" -- \"$word\") $(compgen -d -- \"$word\"))";
    case Names::kVerb:
      return fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$word\"))",
                         fmt::join(VerbNames(), " "));
    case Names::kChoice:
      return fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$word\"))",
                         fmt::join(ChoicesOf(choices), " "));
  }
  WEIR_UNREACHABLE();
}

std::string BashVerb(const Verb& verb) {
  std::string out = fmt::format("    {})\n      case $before in\n", Quoted(verb.name));
  std::vector<std::string> names;
  for (const OptionRow* option : OptionsOf(verb)) {
    const std::vector<std::string> of_it = NamesOf(*option);
    names.insert(names.end(), of_it.begin(), of_it.end());
    if (!option->value.empty())
      out += fmt::format("        {}) {}; return ;;\n", fmt::join(of_it, "|"),
                         BashAnswer(option->of, option->choices));
  }
  out += fmt::format(
      "      esac\n      if [[ $word == -* ]]; then\n        COMPREPLY=($(compgen -W '{}' -- "
      "\"$word\"))\n        return\n      fi\n",
      fmt::join(names, " "));
  std::string arguments = "COMPREPLY=()";
  if (!verb.arguments.empty())
    arguments = BashAnswer(verb.arguments.front().of, verb.arguments.front().choices);
  if (verb.is_plain())
    arguments =
        fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$word\") $(compgen -f -- \"$word\"))",
                    fmt::join(VerbNames(), " "));
  return out + "      " + arguments + "\n      ;;\n";
}

std::string BashFile() {
  std::string out = fmt::format(
      "# Completes the words of weir in bash. Made by: weir completion bash\n"
      "_weir_jobs() {{ {}; }}\n\n"
      "_weir() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} verb='' i\n"
      "  [[ $word == = ]] && word=''\n"
      "  [[ $before == = ]] && before=${{COMP_WORDS[COMP_CWORD-2]}}\n"
      "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
      "    case ${{COMP_WORDS[i]}} in {}) verb=${{COMP_WORDS[i]}}; break ;; esac\n"
      "  done\n"
      "  case $verb in\n",
      kJobs, fmt::join(VerbNames(), "|"));
  for (const Verb& verb : Verbs()) {
    if (!verb.hidden) out += BashVerb(verb);
  }
  return out + "  esac\n}\ncomplete -o filenames -F _weir weir\n";
}

// --- zsh -----------------------------------------------------------------------------------------

std::string ZshAction(Names of, std::string_view choices) {
  switch (of) {
    case Names::kAnything:
      return " ";
    case Names::kFile:
      return "_files";
    case Names::kDirectory:
      return "_files -/";
    case Names::kJob:
      return "_weir_jobs";
    case Names::kVerb:
      return fmt::format("({})", fmt::join(VerbNames(), " "));
    case Names::kChoice:
      return fmt::format("({})", fmt::join(ChoicesOf(choices), " "));
  }
  WEIR_UNREACHABLE();
}

// Escapes brackets and colons, which separate the parts of a specification of _arguments.
std::string ZshText(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string ZshOption(const OptionRow& option) {
  const std::vector<std::string> names = NamesOf(option);
  std::string out;
  for (const std::string& name : names) {
    const std::string others = option.repeats ? "*" : fmt::format("({})", fmt::join(names, " "));
    std::string value;
    if (!option.value.empty())
      value = fmt::format("{}{}:{}", option.value.front() == '[' ? "::" : ":",
                          ZshText(option.value), ZshAction(option.of, option.choices));
    out +=
        fmt::format("    {} \\\n",
                    Quoted(fmt::format("{}{}[{}]{}", others, name, ZshText(option.help), value)));
  }
  return out;
}

std::string ZshVerb(const Verb& verb) {
  std::string out = fmt::format("_weir_{}() {{\n  _arguments -s \\\n", verb.name);
  for (const OptionRow* option : OptionsOf(verb)) out += ZshOption(*option);
  for (const ArgumentRow& row : verb.arguments)
    out +=
        fmt::format("    {} \\\n", Quoted(fmt::format("{}:{}:{}", row.most > 1 ? "*" : "", row.name,
                                                      ZshAction(row.of, row.choices))));
  return out + "    && return 0\n}\n\n";
}

std::string ZshFile() {
  std::string out = fmt::format(
      "#compdef weir\n# Completes the words of weir in zsh. Made by: weir completion zsh\n\n"
      "_weir_jobs() {{\n  local -a jobs\n  jobs=(${{(f)\"$({})\"}})\n  _alternative "
      "'jobs:job:compadd -a jobs' 'files:path:_files -/'\n}}\n\n",
      kJobs);
  std::string cases, described;
  for (const Verb& verb : Verbs()) {
    if (verb.hidden || verb.is_plain()) continue;
    out += ZshVerb(verb);
    cases += fmt::format("{0}) _weir_{0} ;; ", verb.name);
    described += "    " + Quoted(fmt::format("{}:{}", verb.name, ZshText(verb.help))) + "\n";
  }
  out +=
      "_weir_words() {\n  local -a verbs=(\n" + described +
      "  )\n  _describe -t verbs verb verbs\n  _files\n}\n\n_weir_plain() {\n  _arguments -s \\\n";
  for (const OptionRow* option : OptionsOf(Verbs().front())) out += ZshOption(*option);
  out += "    '*: :_weir_words'\n}\n\n";
  return out +
         fmt::format(
             "_weir() {{\n  local word at=0\n  for word in ${{words[2,CURRENT-1]}}; do\n    "
             "(( ++at ))\n    case $word in {})\n      words=(weir ${{words[at+2,-1]}})\n      "
             "(( CURRENT -= at ))\n      _weir_$word\n      return ;;\n    esac\n  done\n  "
             "_weir_plain\n}}\n\n_weir \"$@\"\n",
             fmt::join(VerbNames(), "|"));
}

// --- fish ----------------------------------------------------------------------------------------

std::string FishWords(Names of, std::string_view choices) {
  switch (of) {
    case Names::kAnything:
      return " -x";
    case Names::kFile:
      return " -r -F";
    case Names::kDirectory:
      return " -x -a '(__fish_complete_directories)'";
    case Names::kJob:
      return " -a '(__weir_jobs)'";
    case Names::kVerb:
      return fmt::format(" -f -a '{}'", fmt::join(VerbNames(), " "));
    case Names::kChoice:
      return fmt::format(" -x -a '{}'", fmt::join(ChoicesOf(choices), " "));
  }
  WEIR_UNREACHABLE();
}

std::string FishOption(std::string_view condition, const OptionRow& option) {
  std::string names;
  for (const std::string& name : NamesOf(option)) {
    const std::string_view kind = name.starts_with("--") ? "-l" : name.size() > 2 ? "-o" : "-s";
    names += fmt::format(" {} {}", kind, name.substr(name.starts_with("--") ? 2 : 1));
  }
  return fmt::format("complete -c weir -n {}{}{} -d {}\n", Quoted(condition), names,
                     option.value.empty() ? "" : FishWords(option.of, option.choices),
                     Quoted(option.help));
}

std::string FishVerb(const Verb& verb) {
  const std::string condition = fmt::format("__weir_verb '{}'", verb.name);
  std::string out;
  for (const OptionRow* option : OptionsOf(verb)) out += FishOption(condition, *option);
  if (!verb.arguments.empty() && !verb.is_plain())
    out += fmt::format("complete -c weir -n {}{}\n", Quoted(condition),
                       FishWords(verb.arguments.front().of, verb.arguments.front().choices));
  if (!verb.is_plain())
    out += fmt::format("complete -c weir -n {} -a {} -d {}\n", Quoted("__weir_verb ''"), verb.name,
                       Quoted(verb.help));
  return out;
}

std::string FishFile() {
  std::string out = fmt::format(
      "# Completes the words of weir in fish. Made by: weir completion fish\n"
      "function __weir_jobs\n    {}\nend\n\n"
      "# Whether the line has this verb; '' for none.\n"
      "function __weir_verb\n    set -l said ''\n    for word in (commandline -opc)[2..-1]\n       "
      " "
      "if contains -- $word {}\n            set said $word\n            break\n        end\n    "
      "end\n    test \"$said\" = \"$argv[1]\"\nend\n\n",
      kJobs, fmt::join(VerbNames(), " "));
  for (const Verb& verb : Verbs()) {
    if (!verb.hidden) out += FishVerb(verb);
  }
  return out;
}

}  // namespace

std::string CompletionFile(std::string_view shell) {
  if (shell == "bash") return BashFile();
  if (shell == "zsh") return ZshFile();
  WEIR_CHECK_EQ(shell, "fish");
  return FishFile();
}

}  // namespace weir::shell
