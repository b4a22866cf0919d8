#include "runtime/checkpoint/compare_state.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "runtime/checkpoint/fingerprint.h"
#include "runtime/checkpoint/restore_rules.h"
#include "runtime/checkpoint/union_names.h"
#include "runtime/types/time_to_live.h"
#include "runtime/types/widening.h"

namespace weir::checkpoint {
namespace {

const Field* FindField(const std::vector<Field>& fields, std::string_view name) {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

const StateSchema* FindTable(const OperatorStateSchema& schema, std::string_view name) {
  const auto found = std::find_if(schema.tables.begin(), schema.tables.end(),
                                  [&](const StateSchema& table) { return table.name == name; });
  return found == schema.tables.end() ? nullptr : &*found;
}

const std::vector<Field>* KeyOf(const OperatorStateSchema& schema) {
  return schema.tables.empty() ? nullptr : &schema.tables.front().key;
}

std::string FieldsInWords(const std::vector<Field>& fields) {
  std::vector<std::string> words;
  for (const Field& field : fields)
    words.push_back(fmt::format("{} {}", field.name, field.type.ToString()));
  return fmt::format("{}", fmt::join(words, ", "));
}

// An accumulator of several fields: "avg(x)" and "avg(x).count".
std::string AccumulatorOf(const std::string& field) {
  constexpr std::string_view kCount = ".count";
  return field.ends_with(kCount) ? field.substr(0, field.size() - kCount.size()) : field;
}

// Of a part that occurs once; "" when it does not.
std::string TextOf(const std::vector<MeaningPart>& meaning, std::string_view part) {
  const auto found = std::find_if(meaning.begin(), meaning.end(),
                                  [&](const MeaningPart& one) { return one.part == part; });
  return found == meaning.end() ? "" : found->text;
}

// Fields beside the accumulators, of every group and of sessions.
bool IsBookkeeping(const std::string& field) {
  return field == "row_count" || field == "session_start" || field == "session_end";
}

constexpr std::string_view kValues = "values";

// Whether an accumulator, when a row is taken back, looks for its result among the values of this
// table: unlike counts, and sums with a count beside them, which can subtract.
bool FindsResultIn(const StateSchema& values, const std::string& name, const StateSchema& groups) {
  const std::string argument = values.name.substr(kValues.size());
  const size_t open = name.find('(');
  if (open == std::string::npos || !name.substr(open).starts_with(argument)) return false;
  return !name.starts_with("count(") && FindField(groups.value, name + ".count") == nullptr;
}

bool Contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// Names in one list of tables that the other lacks; `name_of` gives the names of one table.
template <typename F>
std::vector<std::string> NamesMissing(const OperatorStateSchema& from,
                                      const OperatorStateSchema& in, F&& names_of) {
  std::set<std::string> missing;
  for (const StateSchema& table : from.tables) {
    for (const std::string& name : names_of(table)) missing.insert(name);
  }
  for (const StateSchema& table : in.tables) {
    for (const std::string& name : names_of(table)) missing.erase(name);
  }
  return {missing.begin(), missing.end()};
}

std::vector<std::string> NameOf(const StateSchema& table) {
  return {table.name};
}
std::vector<std::string> ValuesOf(const StateSchema& table) {
  std::vector<std::string> names;
  for (const Field& field : table.value) names.push_back(field.name);
  return names;
}

template <typename F>
Renames FindRenamed(const OperatorStateSchema& saved, const OperatorStateSchema& wanted,
                    F&& names_of) {
  return RenamedOverBranches(NamesMissing(saved, wanted, names_of),
                             NamesMissing(wanted, saved, names_of));
}

class Comparer {
 public:
  Comparer(const OperatorCheckpoint& saved, const WantedOperator& wanted)
      : saved_(saved), wanted_(wanted), rules_(*RulesOf(wanted.kind)), schema_(saved.schema) {
    if (rules_.accumulates) FollowBranches();
  }

  Comparison Run() {
    if (saved_.kind != wanted_.kind) {
      Raise(Verdict::kIncompatible, fmt::format("it was a {}, is a {}", saved_.kind, wanted_.kind));
      return std::move(result_);
    }
    CompareMeaning();
    CompareKeys();
    for (const StateSchema& table : wanted_.schema.tables) CompareTable(table);
    if (!wanted_.schema.tables.empty()) CompareAccumulators();
    for (size_t i = 0; i < schema_.tables.size(); ++i) {
      const StateSchema& table = schema_.tables[i];
      if (FindTable(wanted_.schema, table.name) != nullptr) {
        result_.tables.emplace_back(saved_.schema.tables[i].name, table.name);
      } else if (i == 0) {
        Raise(Verdict::kIncompatible, fmt::format("its rows were kept as {}", table.name));
      }
    }
    CompareTimeToLive();
    return std::move(result_);
  }

 private:
  // Over a UNION ALL, calls and the tables of their values are named by the columns of all
  // branches: those that are the same but for a branch that came or went have their new names from
  // here on.
  void FollowBranches() {
    const Renames tables = FindRenamed(schema_, wanted_.schema, NameOf);
    result_.fields = FindRenamed(schema_, wanted_.schema, ValuesOf);
    for (StateSchema& table : schema_.tables) {
      table.name = Renamed(table.name, tables);
      for (Field& field : table.value) field.name = Renamed(field.name, result_.fields);
    }
  }
  void Raise(Verdict verdict, std::string reason) {
    result_.verdict = std::max(result_.verdict, verdict);
    if (verdict == Verdict::kPartial) result_.needs_partial = true;
    if (verdict == Verdict::kSemantic) result_.needs_accept = true;
    result_.reasons.push_back(std::move(reason));
  }

  // A checkpoint from before meanings were saved is compared by its layout alone.
  void CompareMeaning() {
    if (saved_.fingerprint.empty()) return;
    const std::vector<MeaningPart> saved = ParseFingerprint(saved_.fingerprint);
    const std::vector<MeaningPart> wanted = ParseFingerprint(wanted_.fingerprint);
    if (!rules_.fixed_parts.empty()) {
      std::string fixed = DifferenceInWords(saved, wanted, rules_.fixed_parts, {});
      if (!fixed.empty()) Raise(Verdict::kIncompatible, std::move(fixed));
    }
    std::vector<std::string_view> except = rules_.fixed_parts;
    except.insert(except.end(), rules_.free_parts.begin(), rules_.free_parts.end());
    for (const PartRule& rule : rules_.judged_parts) {
      except.push_back(rule.part);
      Judge(rule, saved, wanted);
    }
    std::string other = DifferenceInWords(saved, wanted, {}, except);
    if (!other.empty()) Raise(Verdict::kSemantic, std::move(other));
  }

  void Judge(const PartRule& rule, const std::vector<MeaningPart>& saved,
             const std::vector<MeaningPart>& wanted) {
    const std::string before = TextOf(saved, rule.part);
    const std::string now = TextOf(wanted, rule.part);
    if (before == now) return;
    PartRule::Change change = rule.judge(before, now);
    Raise(change.verdict, std::move(change.reason));
  }

  void CompareKeys() {
    const std::vector<Field>* saved = KeyOf(schema_);
    const std::vector<Field>* wanted = KeyOf(wanted_.schema);
    if (saved == nullptr || wanted == nullptr) return;
    result_.key_order = MatchKeys(saved_, wanted_);
    if (result_.key_order.size() != saved->size()) {
      return Raise(
          Verdict::kIncompatible,
          fmt::format("the key was ({}), is ({})", FieldsInWords(*saved), FieldsInWords(*wanted)));
    }
    for (size_t i = 0; i < saved->size(); ++i) {
      const Field& from = (*saved)[i];
      const Field& to = (*wanted)[static_cast<size_t>(result_.key_order[i])];
      if (KeyWidening(from.type, to.type) == Widening::kNarrow) {
        Raise(Verdict::kIncompatible, fmt::format("the key column {} was {}, is {}", to.name,
                                                  from.type.ToString(), to.type.ToString()));
      } else if (from.name != to.name) {
        result_.reasons.push_back(fmt::format("the key column {} is {} now", from.name, to.name));
      }
    }
    if (std::is_sorted(result_.key_order.begin(), result_.key_order.end())) return;
    if (rules_.reorder_keys == nullptr) {
      return Raise(Verdict::kIncompatible,
                   fmt::format("the key was ({}), is ({}): the order matters",
                               FieldsInWords(*saved), FieldsInWords(*wanted)));
    }
    result_.reasons.push_back("the key columns keep their saved order");
  }

  void CompareTable(const StateSchema& wanted) {
    const StateSchema* saved = FindTable(schema_, wanted.name);
    if (saved == nullptr) {
      if (!rules_.accumulates && !rules_.tables_may_start_empty)
        Raise(Verdict::kIncompatible, fmt::format("it kept no {}", wanted.name));
      return;
    }
    if (saved->layout != wanted.layout || saved->sliced != wanted.sliced) {
      return Raise(Verdict::kIncompatible,
                   fmt::format("{} is kept in another layout", wanted.name));
    }
    for (size_t i = 0; i < std::max(saved->sub_key.size(), wanted.sub_key.size()); ++i) {
      const bool both = i < saved->sub_key.size() && i < wanted.sub_key.size();
      if (both && KeyWidening(saved->sub_key[i].type, wanted.sub_key[i].type) != Widening::kNarrow)
        continue;
      return Raise(Verdict::kIncompatible,
                   fmt::format("the values of {} have another type", wanted.name));
    }
    for (const Field& field : wanted.value) CompareField(*saved, field);
    if (!rules_.accumulates) NoteColumnsGone(wanted, *saved);
  }

  void NoteColumnsGone(const StateSchema& wanted, const StateSchema& saved) {
    std::vector<std::string> gone;
    for (const Field& field : saved.value) {
      if (FindField(wanted.value, field.name) == nullptr) gone.push_back(field.name);
    }
    if (gone.empty()) return;
    Raise(Verdict::kMigrate, fmt::format("{} no longer kept", fmt::join(gone, ", ")));
  }

  void CompareField(const StateSchema& saved, const Field& wanted) {
    const Field* from = FindField(saved.value, wanted.name);
    if (from == nullptr) {
      if (!rules_.accumulates) NoteColumnMissing(wanted);
      return;
    }
    switch (ValueWidening(from->type, wanted.type)) {
      case Widening::kSame:
        return;
      case Widening::kWider:
        return Raise(Verdict::kMigrate, fmt::format("{} was {}, is {}", wanted.name,
                                                    from->type.ToString(), wanted.type.ToString()));
      case Widening::kNarrow:
        return Raise(Verdict::kIncompatible,
                     fmt::format("{} was {}, is {}, which may not hold what is saved", wanted.name,
                                 from->type.ToString(), wanted.type.ToString()));
    }
  }

  void NoteColumnMissing(const Field& wanted) {
    if (!rules_.columns_may_start_late || !wanted.type.nullable()) {
      return Raise(Verdict::kIncompatible, fmt::format("it kept no {}", wanted.name));
    }
    Raise(Verdict::kPartial,
          fmt::format("{} is NULL in {} that are kept", wanted.name, rules_.rows_in_words));
    result_.needs_accept = true;
  }

  // Accumulators come and go one by one. One that exists in part, because its input takes rows back
  // now and did not before, cannot go on.
  void CompareAccumulators() {
    if (!rules_.accumulates || schema_.tables.empty()) return;
    const StateSchema& wanted = wanted_.schema.tables.front();
    const StateSchema* saved = SavedGroups();
    if (saved == nullptr) return;
    std::vector<std::string> added;
    std::vector<std::string> kept;
    for (const Field& field : wanted.value) {
      if (IsBookkeeping(field.name)) continue;
      const std::string name = AccumulatorOf(field.name);
      const bool exists = FindField(saved->value, field.name) != nullptr;
      std::vector<std::string>& list = exists ? kept : added;
      if (!Contains(list, name)) list.push_back(name);
    }
    for (const std::string& name : added) {
      if (!Contains(kept, name)) continue;
      Raise(Verdict::kIncompatible,
            fmt::format("{} was kept for input that takes no rows back, and now does", name));
    }
    for (const StateSchema& table : wanted_.schema.tables) {
      if (FindTable(schema_, table.name) != nullptr || !table.name.starts_with(kValues)) continue;
      for (const std::string& name : kept) {
        if (!FindsResultIn(table, name, wanted)) continue;
        Raise(Verdict::kIncompatible,
              fmt::format("{} kept no {}, and the input takes rows back now", name, table.name));
      }
    }
    NoteAdded(added, kept, *saved);
    NoteDropped(wanted, *saved);
  }

  // Where the accumulators were kept: slices and single windows hold the same ones.
  const StateSchema* SavedGroups() const {
    for (const StateSchema& table : wanted_.schema.tables) {
      const StateSchema* saved = FindTable(schema_, table.name);
      if (saved != nullptr && FindField(saved->value, "row_count") != nullptr) return saved;
    }
    return nullptr;
  }

  void NoteAdded(const std::vector<std::string>& added, const std::vector<std::string>& kept,
                 const StateSchema& saved) {
    if (added.empty()) return;
    const std::string start = fmt::format("{} start{} with this restore", fmt::join(added, ", "),
                                          added.size() == 1 ? "s" : "");
    // Nothing is partial where there is nothing; which windows or groups are, MixedValues says.
    Raise(Verdict::kPartial,
          saved_.rows == 0 ? start : fmt::format("{}, also in {}", start, rules_.rows_in_words));
    if (wanted_.input_retracts) {
      Raise(Verdict::kSemantic,
            fmt::format("the input takes rows back that {} never saw", fmt::join(added, ", ")));
    }
    const bool had_some =
        std::any_of(saved.value.begin(), saved.value.end(),
                    [](const Field& field) { return !IsBookkeeping(field.name); });
    if (kept.empty() || !had_some) {
      result_.needs_accept = true;
      result_.reasons.push_back("no accumulator is kept but the count of rows");
    }
  }

  void NoteDropped(const StateSchema& wanted, const StateSchema& saved) {
    std::vector<std::string> dropped;
    for (const Field& field : saved.value) {
      const std::string name = AccumulatorOf(field.name);
      if (FindField(wanted.value, name) == nullptr && !Contains(dropped, name))
        dropped.push_back(name);
    }
    if (!dropped.empty())
      result_.reasons.push_back(fmt::format("{} no longer kept", fmt::join(dropped, ", ")));
  }

  void CompareTimeToLive() {
    if (schema_.tables.empty() || wanted_.schema.tables.empty()) return;
    const std::string before = TimeToLiveInWords(schema_);
    const std::string now = TimeToLiveInWords(wanted_.schema);
    if (before != now) {
      result_.reasons.push_back(fmt::format("its time-to-live was {}, is {}", before, now));
    }
  }

  const OperatorCheckpoint& saved_;
  const WantedOperator& wanted_;
  const KindRules& rules_;
  OperatorStateSchema schema_;  // the saved one, as the wanted one names it
  Comparison result_;
};

// Found by the names of the spec's members, so that a new operator need not be named here.
bool Retracts(const graph::OperatorSpec& spec) {
  return std::visit(
      [](const auto& one) {
        if constexpr (requires { bool{one.input_retracts}; }) return one.input_retracts;
        return false;
      },
      spec);
}

std::optional<window::WindowSpec> WindowOf(const graph::OperatorSpec& spec) {
  return std::visit(
      [](const auto& one) -> std::optional<window::WindowSpec> {
        if constexpr (requires { window::WindowSpec{one.window}; }) return one.window;
        return std::nullopt;
      },
      spec);
}

}  // namespace

std::string_view VerdictName(Verdict verdict) {
  static constexpr std::string_view kNames[] = {"FULL", "NEW",      "MIGRATE",     "PARTIAL",
                                                "DROP", "SEMANTIC", "INCOMPATIBLE"};
  return kNames[static_cast<size_t>(verdict)];
}

std::vector<WantedOperator> StatefulOperators(const graph::JobGraph& graph) {
  std::vector<WantedOperator> wanted;
  for (const graph::Node& node : graph.nodes) {
    OperatorStateSchema schema = graph::StateOf(node.spec, graph::InputSchema(graph, node));
    if (schema.tables.empty() && schema.operator_state.empty()) continue;
    wanted.push_back({node.index, node.uid, node.also,
                      std::string(graph::OperatorKindName(node.spec)), node.uid_stable,
                      node.fingerprint, std::move(schema), Retracts(node.spec), node.span,
                      WindowOf(node.spec)});
  }
  return wanted;
}

bool KeepsState(const OperatorCheckpoint& saved) {
  return !saved.schema.tables.empty() || !saved.schema.operator_state.empty() ||
         !saved.splits.empty() || !saved.committables.empty();
}

Comparison CompareState(const OperatorCheckpoint& saved, const WantedOperator& wanted) {
  return Comparer(saved, wanted).Run();
}

std::vector<int> MatchKeys(const OperatorCheckpoint& saved, const WantedOperator& wanted) {
  const std::vector<Field>* from = KeyOf(saved.schema);
  const std::vector<Field>* to = KeyOf(wanted.schema);
  if (from == nullptr || to == nullptr || from->size() != to->size()) return {};
  const std::vector<MeaningPart> before = ParseFingerprint(saved.fingerprint);
  const std::vector<MeaningPart> now = ParseFingerprint(wanted.fingerprint);
  std::vector<bool> taken(to->size(), false);
  std::vector<int> order(from->size(), -1);
  // What a column is made from says more than its name, which an alias below may have changed.
  const auto match = [&](auto&& equal) {
    for (size_t i = 0; i < from->size(); ++i) {
      for (size_t j = 0; j < to->size() && order[i] < 0; ++j) {
        if (taken[j] || !equal((*from)[i].name, (*to)[j].name)) continue;
        order[i] = static_cast<int>(j);
        taken[j] = true;
      }
    }
  };
  match([&](const std::string& a, const std::string& b) {
    return a == b && KeyText(before, a) == KeyText(now, b);
  });
  match([&](const std::string& a, const std::string& b) {
    return KeyText(before, a) == KeyText(now, b);
  });
  match([&](const std::string& a, const std::string& b) {
    return SameOverBranches(KeyText(before, a), KeyText(now, b));
  });
  if (std::find(order.begin(), order.end(), -1) != order.end()) return {};
  return order;
}

std::string SchemaInWords(const OperatorStateSchema& schema) {
  std::vector<std::string> words;
  for (const StateSchema& table : schema.tables) {
    std::string text = fmt::format("{}({}", table.name, FieldsInWords(table.key));
    if (!table.sub_key.empty()) text += fmt::format("; {}", FieldsInWords(table.sub_key));
    words.push_back(fmt::format("{}: {})", text, FieldsInWords(table.value)));
  }
  for (const std::string& name : schema.operator_state) words.push_back(name);
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace weir::checkpoint
