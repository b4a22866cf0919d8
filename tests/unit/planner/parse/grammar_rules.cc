#include "tests/unit/planner/parse/grammar_rules.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

namespace weir::parse {
namespace {

using Kind = GrammarTerm::Kind;

// 'SELECT', IDENTIFIER, rule, # and the signs of ANTLR's notation; comments are left out.
std::vector<std::string> NotationPieces(const std::string& text) {
  std::vector<std::string> pieces;
  const auto is_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
  };
  for (size_t i = 0; i < text.size();) {
    size_t end = i + 1;
    if (text.compare(i, 2, "//") == 0) {
      i = text.find('\n', i);
      continue;
    }
    if (text[i] == '\'') {
      end = text.find('\'', end) + 1;
    } else if (is_name(text[i])) {
      while (is_name(text[end])) ++end;
    }
    if (!std::isspace(static_cast<unsigned char>(text[i])))
      pieces.push_back(text.substr(i, end - i));
    i = end;
  }
  return pieces;
}

// What a term may begin with.
std::string Head(const GrammarTerm& term) {
  const bool leads = term.kind == Kind::kGroup && !term.alternatives[0].empty();
  return leads ? Head(term.alternatives[0][0]) : term.text;
}

class Reader {
 public:
  Reader(std::vector<std::string> pieces, Grammar* grammar)
      : pieces_(std::move(pieces)), grammar_(grammar) {}

  void ReadRules() {
    // "parser grammar WeirParser; options { … }"
    while (pieces_[at_] != "}") ++at_;
    for (++at_; at_ < pieces_.size();) {
      rule_ = pieces_[at_];
      at_ += 2;  // name :
      GrammarRule rule = ReadRule();
      grammar_->rules.emplace(rule_, std::move(rule));
    }
  }

  const std::vector<std::string>& labels() const { return labels_; }

 private:
  bool Take(std::string_view piece) {
    if (pieces_[at_] != piece) return false;
    ++at_;
    return true;
  }

  GrammarRule ReadRule() {
    GrammarRule rule;
    do {
      GrammarAlternative alternative{ReadSequence(), ""};
      if (Take("#")) {
        alternative.label = pieces_[at_++];
        labels_.push_back(alternative.label);
      }
      rule.alternatives.push_back(std::move(alternative));
    } while (Take("|"));
    ++at_;  // ;
    if (rule.alternatives.size() > 1) rule.chosen = Place();
    for (size_t way = 0; rule.chosen >= 0 && way < rule.alternatives.size(); ++way) {
      AddChoice(rule.chosen, way, rule.alternatives[way].terms);
    }
    return rule;
  }

  GrammarSequence ReadSequence() {
    GrammarSequence terms;
    while (pieces_[at_] != "|" && pieces_[at_] != ")" && pieces_[at_] != ";" &&
           pieces_[at_] != "#") {
      terms.push_back(ReadTerm());
    }
    return terms;
  }

  GrammarTerm ReadTerm() {
    GrammarTerm term;
    if (pieces_[at_ + 1] == "=") at_ += 2;  // a name for the builder
    if (Take("~")) {
      ++at_;
      ReadSequences();
      term.kind = Kind::kAnyBut;
    } else if (Take("(")) {
      term.kind = Kind::kGroup;
      term.alternatives = ReadSequences();
      if (term.alternatives.size() > 1) term.chosen = Place();
      for (size_t way = 0; term.chosen >= 0 && way < term.alternatives.size(); ++way) {
        AddChoice(term.chosen, way, term.alternatives[way]);
      }
    } else {
      const std::string& piece = pieces_[at_++];
      const bool word = piece[0] == '\'';
      term.text = word ? piece.substr(1, piece.size() - 2) : piece;
      const bool token = std::isupper(static_cast<unsigned char>(piece[0]));
      term.kind = word ? Kind::kWord : token ? Kind::kToken : Kind::kRule;
    }
    ReadRepeat(&term);
    return term;
  }

  std::vector<GrammarSequence> ReadSequences() {
    std::vector<GrammarSequence> sequences;
    do {
      sequences.push_back(ReadSequence());
    } while (Take("|"));
    ++at_;  // )
    return sequences;
  }

  void ReadRepeat(GrammarTerm* term) {
    const std::string& piece = pieces_[at_];
    if (piece != "?" && piece != "*" && piece != "+") return;
    term->repeat = piece[0];
    ++at_;
    term->repeated = Place();
    for (const int count : Counts(term->repeat)) {
      AddChoice(term->repeated, static_cast<size_t>(count), {*term});
    }
  }

  int Place() { return places_++; }

  void AddChoice(int place, size_t way, const GrammarSequence& terms) {
    std::string words = rule_ + ", " + std::to_string(way) + " of";
    for (const GrammarTerm& term : terms) {
      const bool group = term.kind == Kind::kGroup;
      words += group ? " ( " + Head(term) + " … )" : ' ' + term.text;
    }
    grammar_->choices.push_back({place, static_cast<int>(way), std::move(words)});
  }

  std::vector<std::string> pieces_;
  Grammar* grammar_;
  std::string rule_;
  std::vector<std::string> labels_;
  size_t at_ = 0;
  int places_ = 0;
};

}  // namespace

std::vector<int> Counts(char repeat) {
  switch (repeat) {
    case '?':
      return {0, 1};
    case '*':
      return {0, 1, 2};
    case '+':
      return {1, 2};
    default:
      return {1};
  }
}

Grammar Grammar::Read(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  Grammar grammar;
  Reader reader(NotationPieces(text.str()), &grammar);
  reader.ReadRules();
  for (const std::string& label : reader.labels()) {
    const bool known =
        std::find(grammar.labels_.begin(), grammar.labels_.end(), label) != grammar.labels_.end();
    if (!known) grammar.labels_.push_back(label);
  }
  return grammar;
}

std::vector<std::string> Grammar::Labels() const {
  return labels_;
}

}  // namespace weir::parse
