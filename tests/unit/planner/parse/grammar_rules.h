// The grammar as its file says it, for tests that hold something for each of its alternatives.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weir::parse {

struct GrammarTerm;
using GrammarSequence = std::vector<GrammarTerm>;

// A piece of an alternative, with what repeats it: '?', '*', '+', or 0. Each place where the
// grammar lets one choose has a number: `chosen` for the alternatives of a group, `repeated` for
// how often; -1 where there is no choice.
struct GrammarTerm {
  // kWord: a token as it is written, without its quotes. kToken: IDENTIFIER, STRING, …. kAnyBut:
  // `~(…)`, whose words nobody asks for.
  enum class Kind { kWord, kToken, kRule, kGroup, kAnyBut };
  Kind kind = Kind::kWord;
  std::string text;
  std::vector<GrammarSequence> alternatives;  // kGroup
  char repeat = 0;
  int chosen = -1;
  int repeated = -1;
};

struct GrammarAlternative {
  GrammarSequence terms;
  std::string label;  // "" without one
};

struct GrammarRule {
  std::vector<GrammarAlternative> alternatives;
  int chosen = -1;
};

// One way to go at a place: an alternative by number, or how often a term stands there.
struct GrammarChoice {
  int place = 0;
  int way = 0;
  std::string words;  // for messages: the rule, and what is chosen
};

// The rules of grammar/WeirParser.g4.
struct Grammar {
  std::map<std::string, GrammarRule, std::less<>> rules;
  // Every way at every place, in the order of the file.
  std::vector<GrammarChoice> choices;

  // REQUIRES: the file is there and has no actions, which ours never has.
  static Grammar Read(const std::string& path);
  // The labels behind #, in the order of the file, each once.
  std::vector<std::string> Labels() const;

 private:
  std::vector<std::string> labels_;
};

// How often a repeated term may stand: "?" 0 or 1, "*" 0 to 2, "+" 1 or 2; "" once.
std::vector<int> Counts(char repeat);

}  // namespace weir::parse
