#include "runtime/checkpoint/compare_state.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "runtime/base/check.h"
#include "runtime/checkpoint/fingerprint.h"
#include "runtime/checkpoint/followed_calls.h"
#include "runtime/checkpoint/kept_columns.h"
#include "runtime/checkpoint/meaning_versions.h"
#include "runtime/checkpoint/name_list.h"
#include "runtime/checkpoint/restore_rules.h"
#include "runtime/checkpoint/retyped_calls.h"
#include "runtime/checkpoint/schema_lookup.h"
#include "runtime/checkpoint/union_names.h"
#include "runtime/fault_point.h"
#include "runtime/graph/aggregate_state.h"
#include "runtime/graph/connector_descriptor.h"
#include "runtime/graph/join_state.h"
#include "runtime/graph/meaning_line.h"
#include "runtime/types/moments_fields.h"
#include "runtime/types/time_to_live.h"
#include "runtime/types/widening.h"

namespace weir::checkpoint {
namespace {

const std::vector<Field>* KeyOf(const OperatorStateSchema& schema) {
  return schema.tables.empty() ? nullptr : &schema.tables.front().key;
}

std::string FieldsInWords(const std::vector<Field>& fields) {
  std::vector<std::string> words;
  for (const Field& field : fields)
    words.push_back(fmt::format("{} {}", field.name, field.type.ToString()));
  return fmt::format("{}", fmt::join(words, ", "));
}

// What key columns are computed from.
std::string TextsOf(const std::vector<Field>& key, const std::vector<MeaningPart>& meaning) {
  std::vector<std::string> texts;
  for (const Field& field : key) texts.push_back(KeyText(meaning, field.name));
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string PathOf(const std::vector<MeaningPart>& meaning) {
  const auto found = std::ranges::find_if(
      meaning, [](const MeaningPart& one) { return one.part == "option" && one.name == "path"; });
  return found == meaning.end() ? "" : found->text;
}

// Whether rows come from the same tables or states through the same filters.
bool SameBranches(const std::vector<MeaningPart>& saved, const std::vector<MeaningPart>& wanted) {
  const auto only = [](std::vector<MeaningPart> meaning) {
    std::erase_if(meaning, [](const MeaningPart& one) {
      return one.part != "from" && one.part != "input" && one.part != "filter";
    });
    return meaning;
  };
  return only(saved) == only(wanted);
}

constexpr std::string_view kValues = "values";

// Whether an accumulator, on a retraction, takes its new result from the values of this table, as
// MIN and MAX do. Counts, and sums with a count next to them, subtract instead.
bool FindsResultIn(const StateSchema& values, const std::string& name, const StateSchema& groups) {
  const std::string argument = values.name.substr(kValues.size());
  const size_t open = name.find('(');
  if (open == std::string::npos || !name.substr(open).starts_with(argument)) return false;
  return !name.starts_with("count(") && FindField(groups.value, name + ".count") == nullptr;
}

// Names in one list of tables that the other lacks; `name_of` returns the names of one table.
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

// Replaces each path by its plain form, based on the directory that relative paths refer to, so
// that different spellings of one directory compare equal.
std::vector<MeaningPart> WithPaths(std::vector<MeaningPart> meaning, const std::string& directory) {
  std::erase_if(meaning, [](const MeaningPart& part) { return part.part == "below"; });
  if (DefectPlanted("meaning-of-paths")) return meaning;
  for (MeaningPart& part : meaning) {
    if (part.part == "option" && graph::IsPathOption(part.name))
      part.text = PlainPath(part.text, directory);
    if (part.part == "lookup") part.text = WithPlainPath(part.text, directory);
  }
  return meaning;
}

// For each saved field the index of the wanted one; empty if the sets differ.
std::vector<int> MatchFields(const std::vector<Field>& from, const std::vector<MeaningPart>& before,
                             const std::vector<Field>& to, const std::vector<MeaningPart>& now) {
  if (from.size() != to.size()) return {};
  std::vector<bool> taken(to.size(), false);
  std::vector<int> order(from.size(), -1);
  // What a column is computed from says more than its name, which an alias further down may have
  // changed.
  const auto match = [&](auto&& equal) {
    for (size_t i = 0; i < from.size(); ++i) {
      for (size_t j = 0; j < to.size() && order[i] < 0; ++j) {
        if (taken[j] || !equal(from[i].name, to[j].name)) continue;
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

std::string OtherSide(const std::string& name) {
  return name == "left" ? "right" : name == "right" ? "left" : name;
}

// Describes a saved join as if its inputs had been exchanged, when the wanted one has them
// exchanged.
std::vector<MeaningPart> Exchanged(const std::vector<MeaningPart>& saved,
                                   const std::vector<MeaningPart>& wanted) {
  static constexpr std::string_view kOfBoth[] = {"join",     "left", "right",  "condition",
                                                 "interval", "time", "window", "self"};
  const auto of_both = [](const MeaningPart& part) {
    return std::ranges::find(kOfBoth, part.part) != std::end(kOfBoth);
  };
  std::vector<MeaningPart> parts;
  std::ranges::copy_if(wanted, std::back_inserter(parts), of_both);
  for (MeaningPart part : saved) {
    if (of_both(part)) continue;
    if (part.part == "row") part.name = OtherSide(part.name);
    if (part.part == "column") {
      const size_t dot = std::min(part.name.find('.'), part.name.size());
      part.name = OtherSide(part.name.substr(0, dot)) + part.name.substr(dot);
    }
    if (part.part == "key") {
      for (const MeaningPart& mirrored : wanted) {
        if (mirrored.part != "mirror-key" || mirrored.text != part.text) continue;
        part.text = KeyText(wanted, mirrored.name);
        break;
      }
    }
    parts.push_back(std::move(part));
  }
  std::sort(parts.begin(), parts.end());
  return parts;
}

class Comparer {
 public:
  Comparer(const OperatorCheckpoint& saved, const WantedOperator& wanted)
      : saved_(saved),
        wanted_(wanted),
        rules_(*RulesOf(wanted.kind)),
        schema_(saved.schema),
        before_(WithPaths(graph::WithoutFormer(ParseMeaning(saved.fingerprint)),
                          wanted.former_directory)),
        now_(WithoutLater(before_, WithPaths(MeaningFor(before_, wanted), wanted.directory))),
        by_meaning_(!IsFormer(saved.fingerprint)),
        renames_(schema_.tables.size()) {}

  Comparison Run() {
    if (saved_.kind != wanted_.kind) {
      Raise(Verdict::kIncompatible, fmt::format("it was a {}, is a {}", saved_.kind, wanted_.kind));
      return std::move(result_);
    }
    ExchangeSides();
    if (rules_.accumulates) {
      FollowBranches();
    } else if (by_meaning_) {
      FollowColumns();
    }
    CarryMoments();
    CompareMeaning();
    CompareKeys();
    for (const StateSchema& table : wanted_.schema.tables) CompareTable(table);
    if (!wanted_.schema.tables.empty()) CompareAccumulators();
    for (size_t i = 0; i < schema_.tables.size(); ++i) {
      const StateSchema& table = schema_.tables[i];
      if (const StateSchema* wanted = FindTable(wanted_.schema, table.name); wanted != nullptr) {
        result_.tables.push_back({saved_.schema.tables[i].name, table.name, renames_[i],
                                  EndedTimeToLive(table, *wanted)});
      } else if (i == 0) {
        Raise(Verdict::kIncompatible, fmt::format("its rows were kept as {}", table.name));
      }
    }
    CompareTimeToLive();
    return std::move(result_);
  }

 private:
  // Handles the same join with exchanged inputs: what was kept of the left one belongs to the right
  // one now.
  void ExchangeSides() {
    const std::string self = TextOf(before_, "self");
    const bool alike = self == TextOf(now_, "self");
    if (self.empty() || (alike && !wanted_.exchanged) || self != TextOf(now_, "mirror")) return;
    if (DefectPlanted("meaning-of-sides")) return;
    before_ = Exchanged(before_, now_);
    for (StateSchema& table : schema_.tables) table.name = OtherSide(table.name);
    result_.reasons.emplace_back("its inputs have changed their places");
  }

  // Over a UNION ALL, calls and the tables of their values are named after the columns of all
  // branches. If branches were added, removed or changed, calls that are otherwise the same get
  // their new names here.
  void FollowBranches() {
    if (by_meaning_) FollowCalls();
    const Renames tables = FindRenamed(schema_, wanted_.schema, NameOf);
    const Renames fields = FindRenamed(schema_, wanted_.schema, ValuesOf);
    for (size_t i = 0; i < schema_.tables.size(); ++i) {
      StateSchema& table = schema_.tables[i];
      table.name = Renamed(table.name, tables);
      for (Field& field : table.value) field.name = Renamed(field.name, fields);
      renames_[i].insert(renames_[i].end(), fields.begin(), fields.end());
    }
    // A change of the branches themselves is reported by another part of the meaning.
    if (!by_meaning_ || !SameBranches(before_, now_) || DefectPlanted("meaning-of-branches"))
      return;
    for (const auto& [before, now] : fields) {
      Raise(Verdict::kSemantic, fmt::format("{} is {} now", before, now));
    }
  }

  void FollowCalls() {
    const CallNames names = FollowedCalls(schema_, before_, wanted_.schema, now_);
    for (size_t i = 0; i < schema_.tables.size(); ++i) {
      StateSchema& table = schema_.tables[i];
      renames_[i] = names.fields[i];
      for (Field& field : table.value) field.name = Renamed(field.name, renames_[i]);
      table.name = Renamed(table.name, names.tables);
    }
  }

  // Older versions kept means for VAR and STDDEV, where sums are kept now. Rows with means are
  // converted to sums when they are read.
  void CarryMoments() {
    std::vector<std::string> names;
    for (StateSchema& table : schema_.tables) {
      const StateSchema* wanted = FindTable(wanted_.schema, table.name);
      if (wanted == nullptr) continue;
      const std::vector<Field> older = table.value;
      for (const CarriedMoments& moments : CarriedBetween(older, wanted->value)) {
        std::erase_if(table.value, [&](const Field& field) {
          return std::ranges::any_of(moments.from,
                                     [&](size_t from) { return older[from].name == field.name; });
        });
        const auto first = wanted->value.begin() + static_cast<std::ptrdiff_t>(moments.to);
        table.value.insert(table.value.end(), first,
                           first + static_cast<std::ptrdiff_t>(moments.fields));
        if (!Contains(names, moments.name)) names.push_back(moments.name);
      }
    }
    if (names.empty()) return;
    Raise(Verdict::kMigrate,
          fmt::format("{}: what was rounded until now stays so", fmt::join(names, ", ")));
  }

  // Kept columns go on under the names that wanted columns with the same meaning have.
  void FollowColumns() {
    if (DefectPlanted("meaning-of-aliases") || DefectPlanted("meaning-of-swapped")) return;
    for (size_t i = 0; i < schema_.tables.size(); ++i) {
      StateSchema& table = schema_.tables[i];
      const StateSchema* wanted = FindTable(wanted_.schema, table.name);
      if (wanted == nullptr) continue;
      renames_[i] = RenamedColumns(table, before_, *wanted, now_);
      for (Field& field : table.value) field.name = Renamed(field.name, renames_[i]);
    }
  }
  // The meaning of the saved table's field that is called `name` now; "" if it is unknown.
  std::string SavedText(const StateSchema& table, const std::string& name) const {
    for (size_t i = 0; i < schema_.tables.size(); ++i) {
      if (schema_.tables[i].name != table.name) continue;
      for (const auto& [from, to] : renames_[i]) {
        if (to == name) return ColumnText(before_, table.name, from);
      }
    }
    return ColumnText(before_, table.name, name);
  }

  void Raise(Verdict verdict, std::string reason) {
    result_.verdict = std::max(result_.verdict, verdict);
    if (verdict == Verdict::kPartial) result_.needs_partial = true;
    if (verdict == Verdict::kSemantic) result_.needs_accept = true;
    result_.reasons.push_back(std::move(reason));
  }

  // Checkpoints from before meanings were saved are compared by their layout alone.
  void CompareMeaning() {
    if (saved_.fingerprint.empty()) return;
    if (!rules_.fixed_parts.empty()) {
      std::string fixed = DifferenceInWords(before_, now_, rules_.fixed_parts, {});
      if (!fixed.empty()) Raise(Verdict::kIncompatible, std::move(fixed));
    }
    std::vector<std::string_view> except = rules_.fixed_parts;
    except.insert(except.end(), rules_.free_parts.begin(), rules_.free_parts.end());
    // These parts are about columns, which are compared one by one elsewhere.
    for (const std::string_view part :
         {"version", "columns of version 2", "columns of version 4", "column", "type", "row",
          "places", "of", "self", "mirror", "mirror-key", "call"})
      except.push_back(part);
    for (const PartRule& rule : rules_.compared_parts) {
      except.push_back(rule.part);
      ApplyRule(rule, before_, now_);
    }
    std::string other = DifferenceInWords(before_, now_, {}, except);
    if (!other.empty()) {
      const bool elsewhere = wanted_.kind == "Scan" && PathOf(before_) != PathOf(now_);
      if (elsewhere) other += ": files that were not read before are read from the start";
      Raise(Verdict::kSemantic, std::move(other));
    }
    if (by_meaning_ && rules_.writes && !DefectPlanted("meaning-of-output")) {
      std::string output = OutputDifference(before_, now_);
      if (!output.empty()) Raise(Verdict::kSemantic, std::move(output));
    }
  }

  void ApplyRule(const PartRule& rule, const std::vector<MeaningPart>& saved,
                 const std::vector<MeaningPart>& wanted) {
    const std::string before = TextOf(saved, rule.part);
    const std::string now = TextOf(wanted, rule.part);
    if (before == now) return;
    PartRule::Change change = rule.compare(before, now);
    // Where rows can be retracted, all of them are kept, whatever their rank.
    const bool all = rule.of_ranks && FindTable(wanted_.schema, "places") != nullptr;
    if (all && change.verdict == Verdict::kIncompatible) {
      change = {Verdict::kFull, "what was put out is put right at the start"};
    }
    if (!change.reason.empty()) Raise(change.verdict, std::move(change.reason));
  }

  void CompareKeys() {
    const std::vector<Field>* saved = KeyOf(schema_);
    const std::vector<Field>* wanted = KeyOf(wanted_.schema);
    if (saved == nullptr || wanted == nullptr) return;
    result_.key_order = MatchFields(*saved, before_, *wanted, now_);
    const bool as_many = saved->size() == wanted->size() || DefectPlanted("restore-of-no-keys");
    if (!as_many || result_.key_order.size() != saved->size()) {
      const std::string before = FieldsInWords(*saved);
      const std::string now = FieldsInWords(*wanted);
      const bool alike = before == now;
      return Raise(Verdict::kIncompatible, fmt::format("the key was ({}), is ({})",
                                                       alike ? TextsOf(*saved, before_) : before,
                                                       alike ? TextsOf(*wanted, now_) : now));
    }
    for (size_t i = 0; i < saved->size(); ++i) {
      const Field& from = (*saved)[i];
      const Field& to = (*wanted)[static_cast<size_t>(result_.key_order[i])];
      const bool retyped = WasRetyped(before_, KeyText(before_, from.name), from.type, to.type);
      if (!retyped && KeyWidening(from.type, to.type) == Widening::kNarrow) {
        Raise(Verdict::kIncompatible, fmt::format("the key column {} was {}, is {}", to.name,
                                                  from.type.ToString(), to.type.ToString()));
      } else if (from.name != to.name) {
        result_.reasons.push_back(fmt::format("the key column {} is {} now", from.name, to.name));
      }
    }
    CompareKeyTexts(*saved, *wanted);
    if (std::is_sorted(result_.key_order.begin(), result_.key_order.end())) return;
    if (rules_.reorder_keys == nullptr) {
      return Raise(Verdict::kIncompatible,
                   fmt::format("the key was ({}), is ({}): the order matters",
                               FieldsInWords(*saved), FieldsInWords(*wanted)));
    }
    result_.reasons.push_back("the key columns keep their saved order");
  }

  // The same key column may be computed by another expression now, such as in a branch of a UNION
  // ALL. Its groups can go on, but the user must accept that.
  void CompareKeyTexts(const std::vector<Field>& saved, const std::vector<Field>& wanted) {
    if (!by_meaning_ || saved_.fingerprint.empty()) return;
    for (size_t i = 0; i < saved.size(); ++i) {
      const std::string& name = wanted[static_cast<size_t>(result_.key_order[i])].name;
      const std::string before = KeyText(before_, saved[i].name);
      const std::string now = KeyText(now_, name);
      if (before == now) continue;
      Raise(Verdict::kSemantic, fmt::format("the key column {} was {}, is {}", name, before, now));
    }
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
      if (!both || !IdentifiesAsBefore(*saved, wanted, i)) {
        return Raise(Verdict::kIncompatible,
                     fmt::format("the values of {} have another type", wanted.name));
      }
      CompareIdentity(*saved, wanted, i);
    }
    for (const Field& field : wanted.value) CompareField(*saved, field);
    if (!rules_.accumulates) NoteRemovedColumns(wanted, *saved);
    CompareHashedRows(wanted);
  }

  // Whether the saved bytes of a column that identifies rows are those of the wanted one. Values
  // that calls count are named by their table.
  bool IdentifiesAsBefore(const StateSchema& saved, const StateSchema& wanted, size_t i) const {
    const Field& from = saved.sub_key[i];
    const Type& to = wanted.sub_key[i].type;
    const std::string column = ColumnText(before_, wanted.name, from.name);
    return KeyWidening(from.type, to) != Widening::kNarrow ||
           WasRetyped(before_, column.empty() ? wanted.name : column, from.type, to);
  }

  // Compares column `i` of the sub-key, which tells the rows of a key apart.
  void CompareIdentity(const StateSchema& saved, const StateSchema& wanted, size_t i) {
    if (!by_meaning_) return;
    const std::string before = ColumnText(before_, wanted.name, saved.sub_key[i].name);
    const std::string now = ColumnText(now_, wanted.name, wanted.sub_key[i].name);
    if (before == now) return;
    Raise(Verdict::kIncompatible,
          fmt::format("rows of one key were told apart by {}, are by {}", before, now));
  }

  static bool IsHash(const Field& field) { return field.name == graph::kRowHashField; }
  bool FindsByHash() const {
    return std::ranges::any_of(wanted_.schema.tables, [](const StateSchema& table) {
      return std::ranges::any_of(table.sub_key, IsHash);
    });
  }

  // A retraction finds its row by a hash over all of its columns in their order, so none of them
  // may change.
  void CompareHashedRows(const StateSchema& wanted) {
    if (!by_meaning_ || std::ranges::none_of(wanted.sub_key, IsHash)) return;
    const bool of_side = wanted.name == "left" || wanted.name == "right";
    const std::string input = of_side ? wanted.name : "";
    const std::vector<std::string> before = RowTexts(before_, saved_.schema, input);
    const std::vector<std::string> now = RowTexts(now_, wanted_.schema, input);
    if (before == now || DefectPlanted("meaning-of-hashed-rows")) return;
    Raise(Verdict::kIncompatible,
          fmt::format("rows are found by all of their columns, which were ({}), are ({})",
                      fmt::join(before, ", "), fmt::join(now, ", ")));
  }

  void NoteRemovedColumns(const StateSchema& wanted, const StateSchema& saved) {
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
    if (!rules_.accumulates && by_meaning_) CompareColumn(saved, wanted);
    const std::string text = rules_.accumulates ? wanted.name : SavedText(saved, wanted.name);
    if (WasRetyped(before_, text, from->type, wanted.type)) return;
    // Rows that are found by a hash of their values must keep the same bytes, as keys must.
    const bool hashed = by_meaning_ && FindsByHash();
    switch (hashed ? KeyWidening(from->type, wanted.type)
                   : ValueWidening(from->type, wanted.type)) {
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

  void CompareColumn(const StateSchema& saved, const Field& wanted) {
    // What OVER keeps is called what it is, which need not be the name of a column of its input.
    const auto or_name = [&](const std::string& text) {
      return text.empty() && !DefectPlanted("meaning-of-kept-names") ? wanted.name : text;
    };
    const std::string before = or_name(SavedText(saved, wanted.name));
    const std::string now = or_name(ColumnText(now_, saved.name, wanted.name));
    if (before == now) return;
    const auto kept = [&](const Field& one) { return SavedText(saved, one.name) == now; };
    if (DefectPlanted("meaning-of-swapped") && std::ranges::any_of(saved.value, kept)) return;
    Raise(Verdict::kSemantic, fmt::format("the column {} was {}, is {}", wanted.name, before, now));
  }

  void NoteColumnMissing(const Field& wanted) {
    if (!rules_.columns_may_start_late || !wanted.type.nullable()) {
      return Raise(Verdict::kIncompatible, fmt::format("it kept no {}", wanted.name));
    }
    Raise(Verdict::kPartial,
          fmt::format("{} is NULL in {} that are kept", wanted.name, rules_.rows_in_words));
    result_.needs_accept = true;
  }

  // Accumulators are added and removed one by one. One that lacks a part, because its input has
  // retractions now and had none before, cannot go on.
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
      if (exists) CompareCall(*saved, field.name, name);
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

  // Same name, but another expression: one that depends on the time zone.
  void CompareCall(const StateSchema& saved, const std::string& field, const std::string& name) {
    if (!by_meaning_ || field != name || WasRenamed(saved, field)) return;
    const std::string before = CallText(before_, name);
    const std::string now = CallText(now_, name);
    if (before == now || DefectPlanted("meaning-of-calls")) return;
    Raise(Verdict::kSemantic, fmt::format("{} was {}, is {}", name, before, now));
  }
  bool WasRenamed(const StateSchema& table, const std::string& field) const {
    for (size_t i = 0; i < schema_.tables.size(); ++i) {
      if (&schema_.tables[i] != &table) continue;
      return std::ranges::any_of(renames_[i],
                                 [&](const auto& rename) { return rename.second == field; });
    }
    return false;
  }

  // The table with the saved accumulators. Slices and single windows contain the same ones.
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
    // Without rows nothing is partial. Which windows or groups are concerned, MixedValues says.
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
  OperatorStateSchema schema_;       // the saved one, with the names of the wanted one
  std::vector<MeaningPart> before_;  // the saved one, with inputs in the places of the wanted one
  const std::vector<MeaningPart> now_;
  const bool by_meaning_;         // the saved meaning identifies columns
  std::vector<Renames> renames_;  // for each saved table
  Comparison result_;
};

// Found by the names of the spec's members, so that a new operator need not be listed here.
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
  switch (verdict) {
    case Verdict::kFull:
      return "FULL";
    case Verdict::kNew:
      return "NEW";
    case Verdict::kMigrate:
      return "MIGRATE";
    case Verdict::kPartial:
      return "PARTIAL";
    case Verdict::kDrop:
      return "DROP";
    case Verdict::kReset:
      return "RESET";
    case Verdict::kSemantic:
      return "SEMANTIC";
    case Verdict::kIncompatible:
      return "INCOMPATIBLE";
  }
  WEIR_UNREACHABLE();
}

WantedOperator WantedOf(const graph::JobGraph& graph, const graph::Node& node) {
  return {node.index,
          node.uid,
          node.also,
          std::string(graph::OperatorKindName(node.spec)),
          node.uid_stable,
          node.fingerprint,
          node.former_fingerprint,
          node.third_fingerprint,
          node.renamed_fingerprint,
          graph::StateOf(node.spec, graph::InputSchema(graph, node)),
          Retracts(node.spec),
          node.span,
          WindowOf(node.spec)};
}

std::vector<WantedOperator> StatefulOperators(const graph::JobGraph& graph) {
  std::vector<WantedOperator> wanted;
  for (const graph::Node& node : graph.nodes) {
    WantedOperator one = WantedOf(graph, node);
    if (one.schema.tables.empty() && one.schema.operator_state.empty()) continue;
    wanted.push_back(std::move(one));
  }
  return wanted;
}

bool SameMeaning(const OperatorCheckpoint& saved, const WantedOperator& wanted) {
  std::vector<MeaningPart> before =
      WithPaths(graph::WithoutFormer(ParseMeaning(saved.fingerprint)), wanted.former_directory);
  std::vector<MeaningPart> now =
      WithoutLater(before, WithPaths(MeaningFor(before, wanted), wanted.directory));
  for (std::vector<MeaningPart>* meaning : {&before, &now}) {
    std::erase_if(*meaning, [](const MeaningPart& part) { return part.part == "version"; });
    std::sort(meaning->begin(), meaning->end());
  }
  return before == now;
}

bool KeepsState(const OperatorCheckpoint& saved) {
  return !saved.schema.tables.empty() || !saved.schema.operator_state.empty() ||
         !saved.splits.empty() || !saved.committables.empty() || !saved.output.empty();
}

Comparison CompareState(const OperatorCheckpoint& saved, const WantedOperator& wanted) {
  return Comparer(saved, wanted).Run();
}

std::vector<std::string> InexactCalls(const OperatorCheckpoint& saved,
                                      const OperatorStateSchema& schema) {
  std::vector<std::string> names = saved.inexact;
  for (const StateSchema& table : saved.schema.tables) {
    for (const std::string& name : RoundedMoments(table.value)) {
      if (!Contains(names, name)) names.push_back(name);
    }
  }
  const bool any = std::ranges::any_of(schema.tables, [](const StateSchema& table) {
    return std::ranges::any_of(table.value, [](const Field& f) { return IsOfMoments(f.name); });
  });
  return any ? names : std::vector<std::string>();
}

bool Expires(const OperatorStateSchema& schema) {
  return std::ranges::any_of(schema.tables,
                             [](const StateSchema& table) { return table.ttl_millis > 0; });
}

bool Forgot(const OperatorCheckpoint& saved) {
  return saved.forgot || Expires(saved.schema);
}

int64_t EndedTimeToLive(const StateSchema& saved, const StateSchema& wanted) {
  const bool lives_on = wanted.ttl_millis == 0 || wanted.ttl_millis > saved.ttl_millis;
  const bool kept = lives_on && !saved.sliced && !DefectPlanted("expired-come-back");
  return kept ? saved.ttl_millis : 0;
}

// A row expires when so long has passed; the tasks had not seen a later time when they were saved.
int64_t ExpiredBefore(const CheckpointMetadata& saved, int64_t ended_ttl_millis) {
  return ended_ttl_millis > 0 ? saved.complete_millis - ended_ttl_millis + 1 : 0;
}

std::string InexactInWords(const std::string& uid, const std::vector<std::string>& names) {
  if (names.empty()) return "";
  return fmt::format("Inexact in {}: {}, whose values before an upgrade of Weir were rounded\n",
                     uid, fmt::join(names, ", "));
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
