#include "planner/uid/canonical.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>

#include "planner/logical/coercions.h"
#include "planner/logical/expression_kind.h"
#include "planner/uid/computed_type.h"
#include "planner/uid/integers.h"
#include "planner/uid/lineage.h"
#include "planner/uid/simplify.h"
#include "planner/uid/types_read.h"
#include "runtime/expr/binding.h"
#include "runtime/expr/foreign.h"
#include "runtime/expr/function.h"
#include "runtime/fault_point.h"

namespace weir::uid {
namespace {

using expr::Expr;
using expr::ExprKind;
using expr::ExprPtr;
using logical::IsCallOf;
using Names = std::vector<std::string>;

// The same comparison for exchanged operands; "" if the function is no comparison.
std::string_view Mirrored(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kPairs = {
      {{"=", "="}, {"<>", "<>"}, {"<", ">"}, {">", "<"}, {"<=", ">="}, {">=", "<="}}};
  const auto found = std::ranges::find_if(kPairs, [&](const auto& p) { return p.first == name; });
  return found == kPairs.end() ? "" : found->second;
}

bool IsSymmetric(std::string_view name) {
  return name == "IS DISTINCT FROM" || name == "IS NOT DISTINCT FROM";
}

// The comparison that is TRUE where this one is FALSE; "" if the function is no comparison.
std::string_view Opposite(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kPairs = {
      {{"=", "<>"}, {"<>", "="}, {"<", ">="}, {">", "<="}, {"<=", ">"}, {">=", "<"}}};
  const auto found = std::ranges::find_if(kPairs, [&](const auto& p) { return p.first == name; });
  return found == kPairs.end() ? "" : found->second;
}

bool IsTrue(const Expr& expression) {
  if (DefectPlanted("meaning-of-truth")) return false;
  return logical::TruthOf(expression) == true;
}

// Whether two evaluations for the same row always give the same result.
bool AlwaysAgrees(const Expr& expression) {
  return expr::IsDeterministic(expression) || DefectPlanted("meaning-of-chance");
}

// Longer sums and products stay as they are written, because each operand is a level of the tree
// and recursion must not exhaust the stack.
constexpr size_t kLongestChain = 256;

// Whose spelling: of versions 2 and 3 of meanings, of 4 to 7, or today's. Former ones must be
// reproduced exactly, since savepoints contain them.
enum class Version : uint8_t { kThird, kSeventh, kCurrent };

class Spelling {
 public:
  Spelling(const Names& names, Version version)
      : names_(names), third_(version == Version::kThird), typed_(version == Version::kCurrent) {}

  ExprPtr Of(const ExprPtr& expression) const {
    if (expression->args.empty()) return expression;
    const ExprKind kind = expression->kind;
    if (kind == ExprKind::kAnd || kind == ExprKind::kOr) return Connected(*expression);
    if (third_ && IsCallOf(*expression, "NOT")) return Negated(*expression);
    if (std::vector<ExprPtr> operands;
        !third_ && IsChain(*expression) && CollectChain(*expression, operands))
      return Chained(*expression, operands);
    auto copy = std::make_shared<Expr>(*expression);
    for (ExprPtr& argument : copy->args) argument = Of(argument);
    if (copy->kind == ExprKind::kIn) return Listed(std::move(copy));
    if (!third_ && IsExtreme(*copy)) Sort(copy->args, 0);
    if (copy->kind == ExprKind::kCall && copy->args.size() == 2) Exchange(*copy);
    return typed_ ? WithComputedType(std::move(copy)) : copy;
  }

 private:
  std::string Text(const Expr& expression) const { return expr::ToString(expression, names_); }

  // Sorts the arguments from `from` on, and removes repetitions of those that always agree. RAND()
  // < 0.5 AND RAND() < 0.5 must keep both, as it asks twice.
  void Sort(std::vector<ExprPtr>& arguments, size_t from) const {
    std::vector<std::pair<std::string, ExprPtr>> sorted;
    for (size_t i = from; i < arguments.size(); ++i) {
      sorted.emplace_back(Text(*arguments[i]), arguments[i]);
    }
    std::ranges::stable_sort(sorted, {}, &std::pair<std::string, ExprPtr>::first);
    // clang 14 cannot compile the result of std::ranges::unique of libstdc++.
    const auto same = [this](const auto& x, const auto& y) {
      return x.first == y.first && (third_ || AlwaysAgrees(*x.second));
    };
    sorted.erase(std::unique(sorted.begin(), sorted.end(), same), sorted.end());
    arguments.resize(from);
    for (auto& [text, argument] : sorted) arguments.push_back(std::move(argument));
  }

  // NOT a < b becomes a >= b, and NOT NOT a becomes a.
  ExprPtr Negated(const Expr& negation) const {
    const ExprPtr operand = Of(negation.args.front());
    if (IsCallOf(*operand, "NOT")) return operand->args.front();
    const bool call = operand->kind == ExprKind::kCall;
    const std::string_view opposite = call ? Opposite(operand->function->name) : "";
    auto copy = std::make_shared<Expr>(opposite.empty() ? negation : *operand);
    if (opposite.empty()) {
      copy->args = {operand};
    } else {
      copy->function = expr::FindFunction(opposite);
    }
    return copy;
  }

  // IN with a single value becomes a comparison with it.
  ExprPtr Listed(std::shared_ptr<Expr> list) const {
    Sort(list->args, 1);
    if (!third_ && list->args.size() == 2) {
      list->kind = ExprKind::kCall;
      list->function = expr::FindFunction("=");
    }
    return list;
  }

  // Whether the result has the same bits in any order of the arguments. Not for floats, one of
  // which may be -0.0.
  static bool IsExtreme(const Expr& call) {
    const bool extreme = IsCallOf(call, "GREATEST") || IsCallOf(call, "LEAST");
    return extreme && call.type.kind() != TypeKind::kFloat && call.type.kind() != TypeKind::kDouble;
  }

  // Integer sums and products wrap around, so their operands may be reordered.
  static bool IsChain(const Expr& call) {
    return (IsCallOf(call, "+") || IsCallOf(call, "*")) && call.args.size() == 2 &&
           call.type.is_integer();
  }
  // Collects the operands of nested calls of the same function and type; false if there are too
  // many.
  static bool CollectChain(const Expr& call, std::vector<ExprPtr>& operands) {
    for (const ExprPtr& operand : call.args) {
      const bool inside = operand->kind == ExprKind::kCall && operand->function == call.function &&
                          IsChain(*operand) && operand->type.EqualsIgnoringNullability(call.type);
      if (inside) {
        if (!CollectChain(*operand, operands)) return false;
      } else {
        operands.push_back(operand);
      }
      if (operands.size() > kLongestChain) return false;
    }
    return true;
  }
  // A sum of INTs within one of BIGINTs wraps around earlier, so (i + j) + b differs from (b + i) +
  // j.
  static bool IsNarrowerChain(const Expr& operand, const Expr& chain) {
    return operand.kind == ExprKind::kCall && operand.function == chain.function &&
           IsChain(operand) && !operand.type.EqualsIgnoringNullability(chain.type) &&
           !DefectPlanted("meaning-of-wrapping");
  }
  // Where the operands of a chain do not give its type, shows narrower ones as casts, and the
  // constant as one if it seems wider.
  using Operands = std::vector<std::pair<std::string, ExprPtr>>;
  static void ShowType(const Type& type, Operands& operands) {
    const auto given = [](const auto& operand) { return TypeAsWritten(*operand.second).kind(); };
    const TypeKind widest = given(*std::ranges::max_element(operands, {}, given));
    if (widest == type.kind() || DefectPlanted("meaning-of-computed-types")) return;
    for (auto& [text, operand] : operands) {
      const bool literal = operand->kind == ExprKind::kLiteral;
      if (literal ? widest > type.kind() : !operand->type.EqualsIgnoringNullability(type))
        operand = ShownAs(std::move(operand), type);
    }
  }
  ExprPtr Chained(const Expr& chain, const std::vector<ExprPtr>& operands) const {
    const bool sum = chain.function->name == "+";
    const int64_t neutral = sum ? 0 : 1;
    auto constant = static_cast<uint64_t>(neutral);
    Operands sorted;
    for (const ExprPtr& operand : operands) {
      if (const std::optional<int64_t> value = IntegerOf(*operand)) {
        const auto more = static_cast<uint64_t>(*value);
        constant = sum ? constant + more : constant * more;
        continue;
      }
      ExprPtr spelled = Of(operand);
      if (IsNarrowerChain(*operand, chain)) spelled = ShownAs(std::move(spelled), chain.type);
      std::string text = Text(*spelled);
      sorted.emplace_back(std::move(text), std::move(spelled));
    }
    std::ranges::stable_sort(sorted, {}, &std::pair<std::string, ExprPtr>::first);
    const ExprPtr literal = IntegerLiteral(chain.type, static_cast<int64_t>(constant));
    const bool narrower =
        sorted.size() == 1 && !sorted[0].second->type.EqualsIgnoringNullability(chain.type);
    if (sorted.empty() || narrower || IntegerOf(*literal) != neutral)
      sorted.emplace_back("", literal);
    if (typed_) ShowType(chain.type, sorted);
    ExprPtr result = std::move(sorted[0].second);
    for (size_t i = 1; i < sorted.size(); ++i) {
      auto call = std::make_shared<Expr>(chain);
      call->args = {std::move(result), std::move(sorted[i].second)};
      result = std::move(call);
    }
    return result;
  }

  // Nested ANDs become one list, and so do nested ORs.
  ExprPtr Connected(const Expr& list) const {
    std::vector<ExprPtr> operands;
    Collect(list, list.kind, operands);
    if (operands.empty()) return list.args.front();  // all conditions are TRUE
    if (list.kind == ExprKind::kOr) Gather(operands);
    Sort(operands, 0);
    if (operands.size() == 1) return operands.front();
    auto copy = std::make_shared<Expr>(list);
    copy->args = std::move(operands);
    return copy;
  }
  void Collect(const Expr& list, ExprKind kind, std::vector<ExprPtr>& operands) const {
    for (const ExprPtr& operand : list.args) {
      if (operand->kind == kind) {
        Collect(*operand, kind, operands);
      } else if (kind == ExprKind::kOr || !IsTrue(*operand)) {
        operands.push_back(Of(operand));
      }
    }
  }

  // a = 1 OR a = 2 becomes a IN (1, 2).
  void Gather(std::vector<ExprPtr>& operands) const {
    std::map<std::string, std::shared_ptr<Expr>> lists;  // by the expression that is looked for
    for (ExprPtr& operand : operands) {
      const bool equal = IsCallOf(*operand, "=") && operand->args[1]->kind == ExprKind::kLiteral;
      if (!equal && operand->kind != ExprKind::kIn) continue;
      if (!third_ && !AlwaysAgrees(*operand->args[0])) continue;
      std::shared_ptr<Expr>& list = lists[Text(*operand->args[0])];
      if (list == nullptr) {
        list = std::make_shared<Expr>(*operand);
      } else {
        list->kind = ExprKind::kIn;
        list->args.insert(list->args.end(), operand->args.begin() + 1, operand->args.end());
      }
      operand = nullptr;
    }
    std::erase(operands, nullptr);
    for (auto& [text, list] : lists) {
      operands.push_back(list->kind == ExprKind::kIn ? Listed(std::move(list)) : std::move(list));
    }
  }

  // Whether the operand has few enough nodes to be compared by its text. Texts of all operands at
  // every level of a deep tree would take quadratic time.
  static bool IsSmall(const Expr& expression) {
    size_t left = 64;
    const auto count = [&left](const auto& self, const Expr& one) -> bool {
      if (left-- == 0) return false;
      return std::ranges::all_of(one.args, [&](const ExprPtr& arg) { return self(self, *arg); });
    };
    return count(count, expression);
  }

  void Exchange(Expr& call) const {
    if (DefectPlanted("meaning-of-mirrored")) return;
    const std::string_view name = call.function->name;
    const std::string_view mirrored = Mirrored(name);
    const bool sums = (name == "+" || name == "*") && (IsNumeric(call) || IsMoved(call));
    const bool symmetric = !third_ && IsSymmetric(name);
    if (mirrored.empty() && !sums && !symmetric) return;
    const bool literals[] = {call.args[0]->kind == ExprKind::kLiteral,
                             call.args[1]->kind == ExprKind::kLiteral};
    if (literals[0] == literals[1]) {
      if (!IsSmall(*call.args[0]) || !IsSmall(*call.args[1])) return;
      if (Text(*call.args[0]) <= Text(*call.args[1])) return;
    } else if (!literals[0]) {
      return;
    }
    std::swap(call.args[0], call.args[1]);
    if (!mirrored.empty()) call.function = expr::FindFunction(mirrored);
  }
  static bool IsNumeric(const Expr& call) {
    return call.args[0]->type.is_numeric() && call.args[1]->type.is_numeric();
  }
  // A sum or product with an interval, whose sides may be exchanged: t + INTERVAL, 2 * INTERVAL.
  // Versions 2 and 3 left these as they were written.
  bool IsMoved(const Expr& call) const {
    return !third_ && (call.args[0]->type.is_interval() || call.args[1]->type.is_interval());
  }

  const Names& names_;
  const bool third_;
  const bool typed_;
};

bool IsLocal(const Type& type) {
  return type.kind() == TypeKind::kTimestampLtz;
}

// Whether a cast converts between an instant and its text or local time, which depends on the time
// zone.
bool CastsByZone(const Type& from, const Type& to) {
  return IsLocal(from) != IsLocal(to);
}

// Whether a call of which an operand is an instant gives the same in every zone: comparisons, and
// sums with an interval of days or less, which has the same length everywhere.
bool IsSameEverywhere(const Expr& call, Words words) {
  static constexpr std::array<std::string_view, 8> kComparisons = {"=",  "<>", "<",        ">",
                                                                   "<=", ">=", "GREATEST", "LEAST"};
  const std::string_view name = call.function->name;
  if (name.starts_with("IS ") || std::ranges::count(kComparisons, name) > 0) return true;
  return words != Words::kSixth && (name == "+" || name == "-") &&
         std::ranges::none_of(call.args, [](const ExprPtr& arg) {
           return arg->type.kind() == TypeKind::kIntervalYearMonth;
         });
}

bool CallsByZone(const Expr& call, Words words) {
  static constexpr std::array<std::string_view, 6> kByZone = {"LOCALTIMESTAMP", "LOCALTIME",
                                                              "CURRENT_DATE",   "CURRENT_TIME",
                                                              "UNIX_TIMESTAMP", "TO_TIMESTAMP_LTZ"};
  const std::string_view name = call.function->name;
  const bool of_number = name == "TO_TIMESTAMP_LTZ" && call.args[0]->type.is_numeric();
  if (of_number && words != Words::kSixth) return false;
  if (call.function->reads_zone || std::ranges::count(kByZone, name) > 0) return true;
  return !IsSameEverywhere(call, words) &&
         std::ranges::any_of(call.args, [](const ExprPtr& arg) { return IsLocal(arg->type); });
}

bool MeansByZone(const Expr& expression, Words words) {
  if (DefectPlanted("meaning-of-zone")) return false;
  const bool cast = expression.kind == ExprKind::kCast &&
                    CastsByZone(expression.args.front()->type, expression.type);
  if (cast || (expression.function != nullptr && CallsByZone(expression, words))) return true;
  return std::ranges::any_of(expression.args,
                             [&](const ExprPtr& arg) { return MeansByZone(*arg, words); });
}

ExprPtr Folded(const ExprPtr& expression) {
  if (DefectPlanted("meaning-of-truth")) return expression;
  Result<ExprPtr> folded = expr::FoldConstants(expression);
  return folded.ok() ? *std::move(folded) : expression;
}

// What is said of functions in other languages, whose bodies nobody sees. In an order of its own:
// that of operands may be exchanged.
void CollectSaid(const Expr& expression, std::set<std::string>& said) {
  if (const expr::ForeignFunction* foreign = expr::AsForeign(expression.function)) {
    if (!foreign->version.empty()) {
      said.insert(fmt::format(" with {} VERSION {}", foreign->shown_name,
                              Value(Type::String(), foreign->version).ToSql()));
    }
    if (foreign->called_on_null)
      said.insert(fmt::format(" with {} CALLED ON NULL INPUT", foreign->shown_name));
  }
  for (const ExprPtr& argument : expression.args) CollectSaid(*argument, said);
}

// The text with what else the value depends on.
std::string WithSetting(std::string text, const Expr& expression, const Names& names,
                        const Setting& setting) {
  std::set<std::string> said;
  CollectSaid(expression, said);
  for (const std::string& one : said) text += one;
  if (setting.words != Words::kSixth) {
    std::set<std::string> types;
    CollectTypesRead(expression, names, types);
    for (const std::string& one : types) text += one;
  }
  return MeansByZone(expression, setting.words) ? fmt::format("{} in {}", text, setting.zone)
                                                : text;
}

std::string Spelled(const ExprPtr& simplified, const Names& names, const Setting& setting) {
  const Version version = setting.words == Words::kCurrent ? Version::kCurrent : Version::kSeventh;
  return WithSetting(expr::ToString(*Spelling(names, version).Of(simplified), names), *simplified,
                     names, setting);
}

std::string SpelledThird(const ExprPtr& folded, const Names& names, const std::string& zone) {
  const ExprPtr bare = logical::WithoutCoercions(*folded);
  return WithSetting(expr::ToString(*Spelling(names, Version::kThird).Of(bare), names), *folded,
                     names, {Words::kSixth, zone});
}

bool IsTyped(const Setting& setting) {
  return setting.words == Words::kCurrent;
}

template <typename Take>
void ForEachConjunct(const ExprPtr& predicate, Take&& take) {
  if (IsTrue(*predicate)) return;
  if (predicate->kind != ExprKind::kAnd) return take(predicate);
  for (const ExprPtr& part : predicate->args) ForEachConjunct(part, take);
}

}  // namespace

ExprPtr Canonical(const ExprPtr& expression, Words words) {
  return Stripped(Folded(expression), words);
}

std::string CanonicalText(const ExprPtr& canonical, const Names& names, const Setting& setting) {
  return Spelled(Simplified(canonical, {false, IsTyped(setting)}), names, setting);
}

std::vector<Conjunct> CanonicalConjuncts(const ExprPtr& canonical, const Names& names,
                                         const Setting& setting) {
  std::vector<Conjunct> conjuncts;
  ForEachConjunct(Simplified(canonical, {true, IsTyped(setting)}), [&](const ExprPtr& part) {
    conjuncts.push_back({Bare(Spelled(part, names, setting)), AlwaysAgrees(*part)});
  });
  return conjuncts;
}

std::string ThirdText(const ExprPtr& expression, const Names& names, const std::string& zone) {
  return SpelledThird(Folded(expression), names, zone);
}

std::vector<std::string> ThirdConjuncts(const ExprPtr& predicate, const Names& names,
                                        const std::string& zone) {
  std::vector<std::string> texts;
  ForEachConjunct(Folded(predicate), [&](const ExprPtr& part) {
    texts.push_back(Bare(SpelledThird(part, names, zone)));
  });
  return texts;
}

}  // namespace weir::uid
