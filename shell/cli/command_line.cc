#include "shell/cli/command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "runtime/base/names.h"

namespace weir::shell {
namespace {

std::string CallOf(const Verb& verb) {
  return verb.is_plain() ? "weir" : fmt::format("weir {}", verb.name);
}

Status Wrong(const Verb& verb, std::string message, std::string_view meant = "") {
  return Status::InvalidArgument(std::move(message))
      .WithHint(fmt::format("{}{}{} --help says what there is", meant, meant.empty() ? "" : "; ",
                            CallOf(verb)));
}

// The verbs that have an option of this name.
std::vector<std::string> VerbsWith(std::string_view name) {
  std::vector<std::string> calls;
  for (const Verb& verb : Verbs()) {
    if (!verb.hidden && FindOption(verb, name) != nullptr)
      calls.push_back(fmt::format("'{}'", CallOf(verb)));
  }
  return calls;
}

Status UnknownOption(const Verb& verb, const std::string& name) {
  std::string message = fmt::format("{} is no option of '{}'", name, CallOf(verb));
  if (const std::vector<std::string> others = VerbsWith(name); !others.empty())
    return Wrong(verb, message, fmt::format("it is one of {}", fmt::join(others, ", ")));
  std::vector<std::string> known;
  for (const std::span<const OptionRow> group : verb.options) {
    for (const OptionRow& option : group)
      std::ranges::copy(NamesOf(option), std::back_inserter(known));
  }
  // For a name of one letter every other one is near, so a suggestion would mean nothing.
  return Wrong(verb, message, name.size() > 2 ? DidYouMean(name, known) : "");
}

// Only these are taken for a script: any other first word is a mistyped verb.
bool LooksLikeScript(std::string_view name) {
  return name == "-" || name.find('/') != std::string::npos || name.ends_with(".sql");
}

Status NoVerb(const Verb& verb, const std::string& name) {
  std::vector<std::string> known;
  for (const Verb& row : Verbs()) {
    if (!row.hidden && !row.is_plain()) known.emplace_back(row.name);
  }
  return Wrong(verb,
               fmt::format("'{}' is no verb and no script (a script's name ends with .sql or has a "
                           "'/')",
                           name),
               DidYouMean(name, known));
}

Status CheckChoice(const Verb& verb, std::string_view what, std::string_view choices,
                   const std::string& value) {
  const std::vector<std::string> known = ChoicesOf(choices);
  const bool one = std::ranges::any_of(
      known, [&](const std::string& choice) { return EqualsIgnoreCase(choice, value); });
  if (one || value.empty()) return {};
  return Wrong(verb, fmt::format("{} takes {}, not '{}'", what, fmt::join(known, ", "), value),
               DidYouMean(value, known));
}

class Parser {
 public:
  explicit Parser(std::span<const std::string> words) : words_(words) {
    line_.verb = Verbs().data();
  }

  Result<CommandLine> Parse() {
    while (at_ < words_.size()) RETURN_IF_ERROR(TakeWord(words_[at_++]));
    if (!line_.Has(OptionId::kWantsHelp) && !line_.Has(OptionId::kVersion))
      RETURN_IF_ERROR(CheckCounts());
    return std::move(line_);
  }

 private:
  Status TakeWord(const std::string& word) {
    if (!only_arguments_ && word == "--") {
      only_arguments_ = true;
      return {};
    }
    if (only_arguments_ || word.size() < 2 || word.front() != '-') return TakeArgument(word);
    if (word.starts_with("--")) return TakeLong(word);
    // -rm is an option before it is -r and -m.
    const OptionRow* whole = FindOption(*line_.verb, word);
    return whole != nullptr ? TakeOption(*whole, word, std::nullopt) : TakeLetters(word);
  }

  Status TakeLong(const std::string& word) {
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const OptionRow* option = FindOption(*line_.verb, name);
    if (option == nullptr) return UnknownOption(*line_.verb, name);
    if (equals == std::string::npos) return TakeOption(*option, name, std::nullopt);
    if (option->value.empty()) return Wrong(*line_.verb, fmt::format("{} takes no value", name));
    return TakeOption(*option, name, word.substr(equals + 1));
  }

  // Options without a value, and at the end perhaps one with it: -qfFILE.
  Status TakeLetters(const std::string& word) {
    for (size_t i = 1; i < word.size(); ++i) {
      const std::string name = {'-', word[i]};
      const OptionRow* option = FindOption(*line_.verb, name);
      if (option == nullptr) return UnknownOption(*line_.verb, i == 1 ? word : name);
      const bool last = i + 1 == word.size();
      if (!option->value.empty())
        return TakeOption(*option, name, last ? std::nullopt : std::optional(word.substr(i + 1)));
      RETURN_IF_ERROR(TakeOption(*option, name, std::nullopt));
    }
    return {};
  }

  Status TakeOption(const OptionRow& option, const std::string& name,
                    std::optional<std::string> value) {
    if (!option.value.empty() && !value) {
      value = NextValue(option);
      if (!value)
        return Wrong(*line_.verb, fmt::format("{} takes a value: {} {}", name, name, option.value));
    }
    if (value && option.of == Names::kChoice && option.id != OptionId::kFormat)
      RETURN_IF_ERROR(CheckChoice(*line_.verb, name, option.choices, *value));
    if (!option.value.empty() && !option.repeats && line_.Has(option.id))
      return Wrong(*line_.verb, fmt::format("{} is given twice", name));
    line_.said.push_back({option.id, value.value_or("")});
    names_.push_back(name);
    return {};
  }

  // The next word, whatever it is, unless the value may be left out and it is an option.
  std::optional<std::string> NextValue(const OptionRow& option) {
    const bool may_lack = option.value.front() == '[';
    const bool there = at_ < words_.size() && !(may_lack && words_[at_].starts_with('-'));
    if (there) return words_[at_++];
    return may_lack ? std::optional<std::string>("") : std::nullopt;
  }

  Status TakeArgument(const std::string& word) {
    const bool first = !line_.Has(OptionId::kArgument);
    if (first && line_.verb->is_plain() && !only_arguments_) {
      if (const Verb* verb = word.empty() ? nullptr : FindVerb(word); verb != nullptr)
        return TakeVerb(*verb);
    }
    const bool scripts = line_.id() == VerbId::kScripts || line_.id() == VerbId::kShell;
    if (scripts && !LooksLikeScript(word)) return NoVerb(*line_.verb, word);
    line_.said.push_back({OptionId::kArgument, word});
    names_.push_back(word);
    return {};
  }

  // What stood before the verb must be among its options.
  Status TakeVerb(const Verb& verb) {
    line_.verb = &verb;
    for (size_t i = 0; i < line_.said.size(); ++i) {
      if (!Takes(verb, line_.said[i].id)) return UnknownOption(verb, names_[i]);
    }
    return {};
  }

  Status CheckCounts() const {
    const Verb& verb = *line_.verb;
    const std::vector<std::string> arguments = line_.Arguments();
    // A script may be said by an option instead.
    const bool scripted = line_.Has(OptionId::kFile) || line_.Has(OptionId::kCommand);
    size_t at = 0;
    for (const ArgumentRow& row : verb.arguments) {
      const size_t there = std::min(arguments.size() - at, row.most);
      if (there < row.least && !scripted)
        return Wrong(verb, fmt::format("{} is missing: weir {}", row.name, verb.usage));
      if (there > 0 && !row.choices.empty())
        RETURN_IF_ERROR(CheckChoice(verb, row.name, row.choices, arguments[at]));
      at += there;
    }
    if (at < arguments.size())
      return Wrong(verb, fmt::format("'{}' takes no more arguments: '{}' is one too many",
                                     CallOf(verb), arguments[at]));
    if (line_.Has(OptionId::kCatalog) && line_.Has(OptionId::kNoCatalog))
      return Wrong(verb, "--catalog excludes --no-catalog");
    return {};
  }

  std::span<const std::string> words_;
  size_t at_ = 0;
  bool only_arguments_ = false;
  CommandLine line_;
  std::vector<std::string> names_;  // of line_.said, as they were written
};

}  // namespace

bool CommandLine::Has(OptionId id) const {
  return std::ranges::count(said, id, &Said::id) > 0;
}

std::string CommandLine::Value(OptionId id) const {
  const auto found = std::ranges::find(said, id, &Said::id);
  return found == said.end() ? "" : found->value;
}

std::vector<std::string> CommandLine::Values(OptionId id) const {
  std::vector<std::string> values;
  for (const Said& one : said) {
    if (one.id == id) values.push_back(one.value);
  }
  return values;
}

Result<CommandLine> ParseCommandLine(std::span<const std::string> words) {
  return Parser(words).Parse();
}

}  // namespace weir::shell
