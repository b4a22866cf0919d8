// Determines exactly which tokens the grammar would accept next, for error messages. The generated
// parser only knows the decision that it was in.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "antlr4-runtime.h"

namespace weir::parse {

// Earley's algorithm over the grammar's transition network: takes a prefix token by token and keeps
// all ways to continue. Much slower than the parser, so for failed statements only. Jay Earley, "An
// Efficient Context-Free Parsing Algorithm", CACM 1970; rules that match nothing are completed when
// they are predicted, as in Aycock and Horspool, 2002. Not thread-safe; the network is only read.
class Recognizer {
 public:
  // REQUIRES: `network` outlives this.
  Recognizer(const antlr4::atn::ATN& network, size_t start_rule);

  // Whether a token of this type (a constant of the generated lexer, or end of file) may come next.
  bool Accepts(size_t type) const;
  // Takes one more token. REQUIRES: Accepts(type).
  void Take(size_t type);
  // Removes the last `count` tokens. REQUIRES: this many were taken.
  void Back(size_t count);

 private:
  // A place in a rule that was entered when `origin` tokens had been taken.
  struct Item {
    antlr4::atn::ATNState* state;
    uint32_t origin;
  };
  // All places after some number of tokens.
  struct Position {
    std::vector<Item> items;
    std::unordered_set<uint64_t> seen;
    std::unordered_map<size_t, std::vector<Item>> callers;  // by rule: where it returns to
    std::unordered_set<size_t> empty_rules;                 // entered and left without a token
  };

  // Adds a place unless it is there; Close adds all places that can be reached without a token.
  void Add(Position* position, antlr4::atn::ATNState* state, uint32_t origin);
  void Close();
  void Return(Position* position, Item item);
  void Step(Position* position, Item item);

  size_t max_type_;
  std::vector<std::unique_ptr<Position>> positions_;
};

}  // namespace weir::parse
