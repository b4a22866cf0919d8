// Statements that are derived from the grammar's rules.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "tests/unit/planner/parse/grammar_rules.h"

namespace weir::parse {

// What was written: every name, text and number of it occurs once, so that one that is lost shows.
struct Sentence {
  std::string text;
  std::vector<std::string> words;   // of the grammar, in upper case
  std::vector<std::string> leaves;  // names, contents of strings, numbers
};

// Derives statements. One thread; `grammar` outlives it.
class Sentences {
 public:
  Sentences(const Grammar& grammar, uint64_t seed);

  // A statement in which the grammar was left by this way at this place.
  Sentence Through(const GrammarChoice& choice);
  // Any.
  Sentence Any();

 private:
  static constexpr int kFar = 1 << 20;

  int Height(const GrammarTerm& term) const;
  int Height(const GrammarSequence& terms) const;
  int Distance(const GrammarTerm& term) const;
  int Distance(const GrammarSequence& terms) const;
  void FindHeights();
  void FindDistances();

  Sentence Derive();
  void PutRule(const std::string& name, bool steered, int depth);
  void PutSequence(const GrammarSequence& terms, bool steered, int depth);
  void PutTerm(const GrammarTerm& term, bool steered, int depth);
  void PutOnce(const GrammarTerm& term, bool steered, int depth);
  // The way to go where `ways` lead on: what is asked for, what leads there, the shortest, or any.
  size_t Choose(int place, const std::vector<const GrammarSequence*>& ways, bool steered,
                int depth);
  int Count(const GrammarTerm& term, bool steered, int depth);
  // Whether it is time to come to an end.
  bool IsLong(int depth);
  void PutWord(const std::string& word);
  void PutToken(const std::string& token);
  bool Chance(int percent) { return static_cast<int>(random_() % 100) < percent; }

  const Grammar& grammar_;
  std::mt19937_64 random_;
  std::map<std::string, int, std::less<>> heights_;
  std::map<std::string, int, std::less<>> distances_;
  // The choice that is asked for; place -1 once it is made.
  GrammarChoice wanted_;
  Sentence sentence_;
  int next_ = 0;
};

}  // namespace weir::parse
