#include "tests/unit/planner/parse/grammar_sentences.h"

#include <algorithm>
#include <cctype>

namespace weir::parse {
namespace {

using Kind = GrammarTerm::Kind;

// Beyond them only the shortest ways are gone.
constexpr int kDeep = 14;
constexpr size_t kLong = 80;

constexpr const char* kUnits[] = {"YEAR", "MONTH",   "DAY",    "HOUR", "MINUTE", "SECOND",
                                  "WEEK", "QUARTER", "DECADE", "DOW",  "EPOCH",  "NANOSECOND"};

// What the builder always refuses is gone only where it is asked for, or nothing would pass.
bool IsRefused(const GrammarSequence& terms) {
  return terms.size() > 1 && terms[1].text == "AT";
}

}  // namespace

Sentences::Sentences(const Grammar& grammar, uint64_t seed) : grammar_(grammar), random_(seed) {
  FindHeights();
}

int Sentences::Height(const GrammarTerm& term) const {
  if (term.repeat == '?' || term.repeat == '*') return 0;
  if (term.kind == Kind::kRule) {
    const auto found = heights_.find(term.text);
    return found == heights_.end() ? kFar : found->second + 1;
  }
  if (term.kind != Kind::kGroup) return 1;
  int least = kFar;
  for (const GrammarSequence& one : term.alternatives) least = std::min(least, Height(one));
  return least;
}

int Sentences::Height(const GrammarSequence& terms) const {
  int most = 0;
  for (const GrammarTerm& term : terms) most = std::max(most, Height(term));
  return most;
}

void Sentences::FindHeights() {
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [name, rule] : grammar_.rules) {
      int least = kFar;
      for (const auto& alternative : rule.alternatives) {
        least = std::min(least, Height(alternative.terms));
      }
      const auto [found, added] = heights_.emplace(name, least);
      changed |= added || least < found->second;
      found->second = std::min(found->second, least);
    }
  }
}

int Sentences::Distance(const GrammarTerm& term) const {
  if (wanted_.place >= 0 && (term.chosen == wanted_.place || term.repeated == wanted_.place)) {
    return 0;
  }
  if (term.kind == Kind::kRule) {
    const auto found = distances_.find(term.text);
    return found == distances_.end() ? kFar : found->second + 1;
  }
  int least = kFar;
  for (const GrammarSequence& one : term.alternatives) least = std::min(least, Distance(one));
  return least;
}

int Sentences::Distance(const GrammarSequence& terms) const {
  int least = kFar;
  for (const GrammarTerm& term : terms) least = std::min(least, Distance(term));
  return least;
}

void Sentences::FindDistances() {
  distances_.clear();
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [name, rule] : grammar_.rules) {
      int least = rule.chosen == wanted_.place ? 0 : kFar;
      for (const auto& alternative : rule.alternatives) {
        least = std::min(least, Distance(alternative.terms));
      }
      const auto [found, added] = distances_.emplace(name, kFar);
      changed |= least < found->second;
      found->second = std::min(found->second, least);
    }
  }
}

Sentence Sentences::Through(const GrammarChoice& choice) {
  wanted_ = choice;
  FindDistances();
  return Derive();
}

Sentence Sentences::Any() {
  wanted_.place = -1;
  return Derive();
}

Sentence Sentences::Derive() {
  sentence_ = {};
  next_ = 0;
  PutRule("statement", wanted_.place >= 0, 0);
  return std::move(sentence_);
}

void Sentences::PutRule(const std::string& name, bool steered, int depth) {
  if (name == "timeUnit") return PutWord(kUnits[random_() % std::size(kUnits)]);
  // Most names are plain ones, and most operands columns.
  if (name == "identifier" && !steered && Chance(85)) return PutToken("IDENTIFIER");
  if (name == "primary" && !steered && (IsLong(depth) || Chance(60)))
    return PutRule("name", false, depth);
  const GrammarRule& rule = grammar_.rules.find(name)->second;
  std::vector<const GrammarSequence*> ways;
  for (const auto& alternative : rule.alternatives) ways.push_back(&alternative.terms);
  PutSequence(*ways[Choose(rule.chosen, ways, steered, depth)], steered, depth);
}

bool Sentences::IsLong(int depth) {
  return depth > kDeep || (sentence_.text.size() > kLong && Chance(85));
}

void Sentences::PutSequence(const GrammarSequence& terms, bool steered, int depth) {
  const int nearest = steered ? Distance(terms) : kFar;
  for (const GrammarTerm& term : terms) {
    const bool leads = steered && wanted_.place >= 0 && Distance(term) == nearest;
    PutTerm(term, leads, depth);
    if (leads) steered = false;
  }
}

void Sentences::PutTerm(const GrammarTerm& term, bool steered, int depth) {
  const int count = Count(term, steered, depth);
  for (int i = 0; i < count; ++i) PutOnce(term, steered && i == 0, depth);
}

void Sentences::PutOnce(const GrammarTerm& term, bool steered, int depth) {
  switch (term.kind) {
    case Kind::kWord:
      return PutWord(term.text);
    case Kind::kToken:
      return PutToken(term.text);
    case Kind::kAnyBut:
      return PutToken("IDENTIFIER");
    case Kind::kRule:
      return PutRule(term.text, steered, depth + 1);
    case Kind::kGroup:
      break;
  }
  std::vector<const GrammarSequence*> ways;
  for (const GrammarSequence& one : term.alternatives) ways.push_back(&one);
  PutSequence(*ways[Choose(term.chosen, ways, steered, depth)], steered, depth);
}

size_t Sentences::Choose(int place, const std::vector<const GrammarSequence*>& ways, bool steered,
                         int depth) {
  if (ways.size() == 1) return 0;
  if (place == wanted_.place) {
    wanted_.place = -1;
    return static_cast<size_t>(wanted_.way);
  }
  const auto least = [&](auto measure) {
    const auto found = std::min_element(
        ways.begin(), ways.end(), [&](auto* a, auto* b) { return measure(*a) < measure(*b); });
    return static_cast<size_t>(found - ways.begin());
  };
  if (steered && wanted_.place >= 0) {
    // Mostly the nearest way there; MERGE would be the only statement with tables otherwise.
    const size_t way = random_() % ways.size();
    if (!IsLong(depth) && Chance(30) && Distance(*ways[way]) < kFar) return way;
    return least([this](const GrammarSequence& terms) { return Distance(terms); });
  }
  if (IsLong(depth) || Chance(30)) {
    return least([this](const GrammarSequence& terms) { return Height(terms); });
  }
  for (;;) {
    const size_t way = random_() % ways.size();
    if (!IsRefused(*ways[way])) return way;
  }
}

int Sentences::Count(const GrammarTerm& term, bool steered, int depth) {
  if (term.repeat == 0) return 1;
  if (term.repeated == wanted_.place) {
    wanted_.place = -1;
    return wanted_.way;
  }
  const std::vector<int> counts = Counts(term.repeat);
  if (steered && wanted_.place >= 0) return 1;
  if (IsLong(depth) || Chance(60)) return counts.front();
  return counts[random_() % counts.size()];
}

void Sentences::PutWord(const std::string& word) {
  if (std::isalpha(static_cast<unsigned char>(word[0]))) sentence_.words.push_back(word);
  sentence_.text += (sentence_.text.empty() ? "" : " ") + word;
}

void Sentences::PutToken(const std::string& token) {
  const std::string number = std::to_string(++next_);
  // Strings on lines of their own are one, as the standard says.
  if (!sentence_.text.empty()) sentence_.text += token == "STRING" ? "\n" : " ";
  std::string leaf = (token.ends_with("STRING") ? "s" : "n") + number + "z";
  if (token == "INTEGER") leaf = number;
  if (token == "DECIMAL") leaf = number + ".5";
  if (token == "DOUBLE") leaf = number + "e1";
  if (token == "BINARY_STRING") leaf = std::to_string(1000 + next_);
  if (token == "STRING" && !sentence_.words.empty() && sentence_.words.back() == "UESCAPE") {
    sentence_.text += "'!'";
    return;
  }
  if (token == "STRING") sentence_.text += "'" + leaf + "'";
  if (token == "UNICODE_STRING") sentence_.text += "U&'" + leaf + "'";
  if (token == "CHARSET_STRING") sentence_.text += "_UTF8'" + leaf + "'";
  if (token == "BINARY_STRING") sentence_.text += "X'" + leaf + "'";
  if (token == "BACK_QUOTED") sentence_.text += "`" + leaf + "`";
  if (token == "DOUBLE_QUOTED") sentence_.text += "\"" + leaf + "\"";
  if (token == "HINT_BEGIN") sentence_.text += "/*+";
  if (token == "HINT_END") sentence_.text += "*/";
  if (token.starts_with("HINT")) return;
  if (sentence_.text.empty() || std::isspace(static_cast<unsigned char>(sentence_.text.back()))) {
    sentence_.text += leaf;
  }
  sentence_.leaves.push_back(std::move(leaf));
}

}  // namespace weir::parse
