#include "planner/parse/recognizer.h"

#include "runtime/base/interruption.h"

namespace weir::parse {

using antlr4::atn::ATNState;
using antlr4::atn::RuleTransition;
using antlr4::atn::Transition;

Recognizer::Recognizer(const antlr4::atn::ATN& network, size_t start_rule)
    : max_type_(network.maxTokenType) {
  positions_.push_back(std::make_unique<Position>());
  Add(positions_.back().get(), network.ruleToStartState[start_rule], 0);
  Close();
}

bool Recognizer::Accepts(size_t type) const {
  for (const Item& item : positions_.back()->items) {
    for (const Transition* transition : item.state->transitions) {
      if (!transition->isEpsilon() && transition->matches(type, 1, max_type_)) return true;
    }
  }
  return false;
}

void Recognizer::Take(size_t type) {
  CheckInterrupted();
  auto next = std::make_unique<Position>();
  for (const Item& item : positions_.back()->items) {
    for (const Transition* transition : item.state->transitions) {
      if (transition->isEpsilon() || !transition->matches(type, 1, max_type_)) continue;
      Add(next.get(), transition->target, item.origin);
    }
  }
  positions_.push_back(std::move(next));
  Close();
}

void Recognizer::Back(size_t count) {
  positions_.resize(positions_.size() - count);
}

void Recognizer::Add(Position* position, ATNState* state, uint32_t origin) {
  const uint64_t key = (static_cast<uint64_t>(state->stateNumber) << 32) | origin;
  if (position->seen.insert(key).second) position->items.push_back({state, origin});
}

// Adds everything that can be reached without a token. The loop also walks the items that it adds.
void Recognizer::Close() {
  Position* position = positions_.back().get();
  for (size_t i = 0; i < position->items.size(); ++i) {
    const Item item = position->items[i];
    if (item.state->getStateType() == ATNState::RULE_STOP) {
      Return(position, item);
    } else {
      Step(position, item);
    }
  }
}

void Recognizer::Return(Position* position, Item item) {
  const size_t rule = item.state->ruleIndex;
  if (positions_[item.origin].get() == position) position->empty_rules.insert(rule);
  const auto callers = positions_[item.origin]->callers.find(rule);
  if (callers == positions_[item.origin]->callers.end()) return;
  for (const Item& caller : callers->second) Add(position, caller.state, caller.origin);
}

void Recognizer::Step(Position* position, Item item) {
  for (const Transition* transition : item.state->transitions) {
    if (!transition->isEpsilon()) continue;
    const auto* call = dynamic_cast<const RuleTransition*>(transition);
    if (call == nullptr) {
      // Predicates of precedence choose between trees, they do not change what is accepted.
      Add(position, transition->target, item.origin);
      continue;
    }
    const size_t rule = call->target->ruleIndex;
    position->callers[rule].push_back({call->followState, item.origin});
    Add(position, call->target, static_cast<uint32_t>(positions_.size() - 1));
    if (position->empty_rules.count(rule) > 0) Add(position, call->followState, item.origin);
  }
}

}  // namespace weir::parse
