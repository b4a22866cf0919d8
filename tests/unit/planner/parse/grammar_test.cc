// What the language can say comes back as it was said: statements derived from the grammar's file
// go each way that it leaves at each place, and the corpus has every labelled alternative and every
// rule. A job's stored SQL is such a print.
#include <cxxabi.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "grammar/WeirParser.h"
#include "planner/ast/to_sql.h"
#include "planner/parse/byte_stream.h"
#include "planner/parse/parse.h"
#include "planner/parse/tokens.h"
#include "tests/unit/planner/parse/grammar_sentences.h"

namespace weir::parse {
namespace {

constexpr const char* kGrammar = "grammar/WeirParser.g4";

// Ways that the grammar leaves open and the builder refuses, always.
struct Refused {
  const char* way;
  const char* error;
};
constexpr Refused kRefused[] = {
    {"limitClause, 1 of ( , … )", "LIMIT takes one number"},
    {"operand, 3 of operand AT ( LOCAL … )", "AT TIME ZONE is not supported"},
    {"operand, 0 of LOCAL", "AT TIME ZONE is not supported"},
    {"operand, 1 of TIME ZONE primary", "AT TIME ZONE is not supported"},
};
// And labels that are nothing else.
constexpr const char* kRefusedLabels[] = {"atTimeZone"};

// A word that ToSql need not print where `beside` was written ("" anywhere): it says nothing, or
// another word says it as well.
struct Noise {
  std::string_view word;
  std::string_view beside;
};
constexpr Noise kNoise[] = {
    // Clauses that are as good as none.
    {"AS", ""},
    {"WITH", "WITH ( )"},
    {"LIMIT", "LIMIT ALL"},
    {"ALL", "LIMIT ALL"},
    {"ASYMMETRIC", "BETWEEN"},
    {"DISTINCT", "UNION DISTINCT"},
    {"DISTINCT", "INTERSECT DISTINCT"},
    {"DISTINCT", "EXCEPT DISTINCT"},
    {"DISTINCT", "MINUS DISTINCT"},
    {"INNER", "INNER JOIN"},
    {"OUTER", "OUTER JOIN"},
    {"LATERAL", "LATERAL UNNEST"},
    {"BOTH", "TRIM ( BOTH"},
    {"FROM", "TRIM ( BOTH FROM"},
    {"ROW", "VALUES"},
    {"ROW", "OFFSET"},
    {"ROWS", "OFFSET"},
    {"PLAN", "EXPLAIN PLAN FOR"},
    {"FOR", "EXPLAIN PLAN FOR"},
    {"SET", "END STATEMENT SET"},
    {"STATEMENT", "END STATEMENT SET"},
    {"UESCAPE", "U&'"},
    // Other words for it.
    {"SOME", ""},
    {"MINUS", ""},
    {"FETCH", "ONLY"},
    {"FIRST", "FETCH FIRST"},
    {"NEXT", "FETCH NEXT"},
    {"ROW", "FETCH"},
    {"ROWS", "FETCH"},
    {"ONLY", "FETCH"},
    {"FROM", "SUBSTRING ("},
    {"FOR", "SUBSTRING ("},
    {"PLACING", "OVERLAY ("},
    {"FROM", "OVERLAY ("},
    {"FOR", "OVERLAY ("},
    {"CEILING", "CEILING ("},
    {"DESC", "DESC"},
    {"EXIT", "EXIT"},
    {"TABLE", "TABLE ( TABLE"},
    {"VALUE", "JSON_OBJECT"},
    {"TIME", "WITHOUT TIME ZONE"},
    {"WITHOUT", "WITHOUT TIME ZONE"},
    {"ZONE", "WITHOUT TIME ZONE"},
    {"TIMESTAMP", "TIMESTAMP"},
    {"WITH", "LOCAL TIME ZONE"},
    {"LOCAL", "LOCAL TIME ZONE"},
    {"TIME", "LOCAL TIME ZONE"},
    {"ZONE", "LOCAL TIME ZONE"},
    {"INTEGER", ""},
    {"REAL", ""},
    {"PRECISION", "DOUBLE PRECISION"},
    {"DEC", ""},
    {"NUMERIC", ""},
    {"CHARACTER", ""},
    {"CHAR", "CHAR VARYING"},
    {"BINARY", "BINARY VARYING"},
    {"VARYING", "VARYING"},
    {"ARRAY", "WRAPPER"},
    // Said twice.
    {"ALLOW", "RESTORE"},
    {"NON", "RESTORE"},
    {"RESTORED", "RESTORE"},
    {"STATE", "RESTORE"},
    {"PARTIAL", "RESTORE"},
    {"DROP", "RESTORE"},
    {"ACCEPT", "RESTORE"},
    {"CHANGES", "RESTORE"},
    {"MAPPING", "RESTORE"},
    {"WITH", "RESTORE"},
};

bool IsNoise(const std::string& word, const std::string& text) {
  return std::any_of(std::begin(kNoise), std::end(kNoise), [&](const Noise& noise) {
    return noise.word == word && text.find(noise.beside) != std::string::npos;
  });
}

bool IsDigit(char c) {
  return std::isdigit(static_cast<unsigned char>(c));
}

// The names, words and numbers of a text, and what its quotes hold.
std::vector<std::string> Pieces(const std::string& text) {
  const auto goes_on = [](char first, char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || (c == '.' && IsDigit(first));
  };
  std::vector<std::string> pieces;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && goes_on(text[i], text[end])) ++end;
    if (end > i) pieces.push_back(text.substr(i, end - i));
    i = end > i ? end : i + 1;
  }
  return pieces;
}

// What of `wanted` is not in `found`, as often as it is wanted.
std::vector<std::string> Lost(std::vector<std::string> wanted, std::vector<std::string> found) {
  std::sort(wanted.begin(), wanted.end());
  std::sort(found.begin(), found.end());
  std::vector<std::string> lost;
  std::set_difference(wanted.begin(), wanted.end(), found.begin(), found.end(),
                      std::back_inserter(lost));
  return lost;
}

// What is wrong with the print of a statement that was accepted; "" if nothing.
std::string Complaint(const Sentence& sentence, const ast::Statement& statement) {
  const std::string printed = ast::ToSql(statement);
  const auto again = ParseStatement(printed);
  const std::string about = "\n  said    " + sentence.text + "\n  printed " + printed;
  if (!again.ok()) return "the print does not parse: " + again.status().ToString() + about;
  if (printed != ast::ToSql(**again)) return "the print of the print differs" + about;
  if (!(statement == **again)) return "the print is another tree" + about;
  if (printed.find("  ") != std::string::npos) return "the print has two blanks" + about;
  for (const std::string& leaf : sentence.leaves) {
    if (printed.find(leaf) == std::string::npos) return "the print has lost " + leaf + about;
  }
  for (const std::string& word : Lost(sentence.words, Pieces(printed))) {
    if (!IsNoise(word, sentence.text)) return "the print has lost " + word + about;
  }
  return "";
}

struct Outcome {
  bool accepted = false;
  std::string error;
};

// A statement through `choice`: up to so many are tried until one is accepted. The error has the
// words `wanted` if any had: a statement may be wrong elsewhere, too.
Outcome TryChoice(Sentences* sentences, const GrammarChoice& choice, int tries,
                  std::string_view wanted) {
  Outcome outcome;
  for (int i = 0; i < tries && !outcome.accepted; ++i) {
    const Sentence sentence = sentences->Through(choice);
    const auto statement = ParseStatement(sentence.text);
    outcome.accepted = statement.ok();
    if (outcome.accepted) {
      EXPECT_EQ(Complaint(sentence, **statement), "") << choice.words;
    } else if (wanted.empty() || outcome.error.find(wanted) == std::string::npos) {
      outcome.error = statement.status().ToString() + "\n  " + sentence.text;
    }
  }
  return outcome;
}

const Refused* FindRefused(const GrammarChoice& choice) {
  for (const Refused& refused : kRefused) {
    if (choice.words == refused.way) return &refused;
  }
  return nullptr;
}

TEST(GrammarTest, EveryWayIsPrintedAndParsedBack) {
  const Grammar grammar = Grammar::Read(kGrammar);
  Sentences sentences(grammar, 1);
  size_t through = 0;
  for (const GrammarChoice& choice : grammar.choices) {
    const Refused* refused = FindRefused(choice);
    const Outcome outcome = refused == nullptr ? TryChoice(&sentences, choice, 20000, "")
                                               : TryChoice(&sentences, choice, 20, refused->error);
    through += outcome.accepted ? 1 : 0;
    if (refused == nullptr) {
      EXPECT_TRUE(outcome.accepted) << choice.words << " is never accepted: " << outcome.error;
    } else {
      EXPECT_FALSE(outcome.accepted) << choice.words << " is accepted";
      EXPECT_NE(outcome.error.find(refused->error), std::string::npos) << outcome.error;
    }
  }
  std::printf("ways: %zu of %zu\n", through, grammar.choices.size());
  EXPECT_GT(through, 1400u);
}

// More of them from other seeds: WEIR_SENTENCES says how many.
TEST(GrammarTest, AnyStatementIsPrintedAndParsedBack) {
  const char* said = std::getenv("WEIR_SENTENCES");
  const char* seed = std::getenv("WEIR_SENTENCES_SEED");
  const Grammar grammar = Grammar::Read(kGrammar);
  Sentences sentences(grammar, seed == nullptr ? 1 : std::strtoull(seed, nullptr, 10));
  const long count = said == nullptr ? 200 : std::atol(said);
  long accepted = 0;
  for (long i = 0; i < count; ++i) {
    const Sentence sentence = sentences.Any();
    const auto statement = ParseStatement(sentence.text);
    if (!statement.ok()) continue;
    ++accepted;
    EXPECT_EQ(Complaint(sentence, **statement), "") << "statement " << i;
  }
  std::printf("statements: %ld of %ld accepted\n", accepted, count);
  EXPECT_GT(accepted, count / 4);
}

// --- labels --------------------------------------------------------------------------------------

using Context = antlr4::ParserRuleContext;

// "QueryBodyTerm" for the context that stands for `# queryBodyTerm`.
std::string ClassOf(const Context& context) {
  int status = 0;
  char* name = abi::__cxa_demangle(typeid(context).name(), nullptr, nullptr, &status);
  std::string text(name);
  std::free(name);
  text = text.substr(text.rfind(':') + 1);
  return text.substr(0, text.size() - std::string_view("Context").size());
}

void Collect(antlr4::tree::ParseTree* tree, std::set<std::string>* classes) {
  if (auto* context = dynamic_cast<Context*>(tree)) classes->insert(ClassOf(*context));
  for (antlr4::tree::ParseTree* child : tree->children) Collect(child, classes);
}

// The classes of the contexts in the tree of one statement.
void CollectStatement(std::string_view text, SourceSpan part, std::set<std::string>* classes) {
  ByteStream stream(text, {0, static_cast<uint32_t>(text.size())});
  const auto make = [&](size_t type, size_t begin, size_t end) {
    return std::make_unique<antlr4::CommonToken>(
        std::make_pair<antlr4::TokenSource*, antlr4::CharStream*>(nullptr, &stream), type,
        antlr4::Token::DEFAULT_CHANNEL, begin, end);
  };
  std::vector<std::unique_ptr<antlr4::Token>> tokens;
  for (const Token& token : Tokenize(text, part)) {
    tokens.push_back(make(token.type, token.span.begin, token.span.end - 1));
  }
  tokens.push_back(make(antlr4::Token::EOF, part.end, part.end));
  antlr4::ListTokenSource source(std::move(tokens));
  antlr4::CommonTokenStream list(&source);
  grammar::WeirParser parser(&list);
  Collect(parser.oneStatement(), classes);
}

std::set<std::string> ClassesOfCorpus() {
  std::set<std::string> classes;
  for (const auto& entry : std::filesystem::directory_iterator("tests/unit/planner/parse/corpus")) {
    std::ifstream in(entry.path());
    std::ostringstream text;
    text << in.rdbuf();
    const std::string script = text.str();
    for (const SourceSpan part : SplitScript(script)) CollectStatement(script, part, &classes);
  }
  return classes;
}

std::string Capital(std::string word) {
  word[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(word[0])));
  return word;
}

// RoundTripTest prints and parses back each statement of the corpus.
TEST(GrammarTest, TheCorpusReachesEveryLabelAndRule) {
  const Grammar grammar = Grammar::Read(kGrammar);
  const std::set<std::string> classes = ClassesOfCorpus();
  size_t reached = 0;
  for (const std::string& label : grammar.Labels()) {
    const bool refused = std::find(std::begin(kRefusedLabels), std::end(kRefusedLabels), label) !=
                         std::end(kRefusedLabels);
    reached += classes.contains(Capital(label)) || refused ? 1 : 0;
    EXPECT_NE(classes.contains(Capital(label)), refused) << "in the corpus: # " << label;
  }
  std::printf("labelled alternatives: %zu of %zu, %zu of them refused\n", reached,
              grammar.Labels().size(), std::size(kRefusedLabels));
  EXPECT_GE(grammar.Labels().size(), 100u);
  for (const auto& [name, rule] : grammar.rules) {
    const bool labelled = !rule.alternatives[0].label.empty();
    if (labelled || name == "oneExpression") continue;
    EXPECT_TRUE(classes.contains(Capital(name))) << "no statement of the corpus has a " << name;
  }
}

}  // namespace
}  // namespace weir::parse
