#include "runtime/checkpoint/followed_calls.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "runtime/checkpoint/name_list.h"
#include "runtime/checkpoint/schema_lookup.h"
#include "runtime/fault_point.h"
#include "runtime/graph/aggregate_state.h"
#include "runtime/types/moments_fields.h"

namespace weir::checkpoint {
namespace {

// Names of the calls whose accumulators are kept.
std::vector<std::string> CallsOf(const OperatorStateSchema& schema) {
  std::vector<std::string> calls;
  for (const StateSchema& table : schema.tables) {
    if (FindField(table.value, "row_count") == nullptr) continue;
    for (const Field& field : table.value) {
      std::string name = AccumulatorOf(field.name);
      if (!IsBookkeeping(name) && !Contains(calls, name)) calls.push_back(std::move(name));
    }
  }
  return calls;
}

// The table that counts a call's values, where there is one.
std::string ValuesOf(const std::string& call) {
  const graph::CallTexts texts = graph::TextsOfCall(call);
  return fmt::format("{}({})", texts.distinct ? "distinct" : "values", texts.argument);
}

// The name of the field, in such a table, that counts the values which pass the filter of a call.
std::string CountOf(const std::string& call) {
  return "count" + graph::TextsOfCall(call).filter;
}

class Following {
 public:
  Following(const OperatorStateSchema& saved, const std::vector<MeaningPart>& before,
            const OperatorStateSchema& wanted, const std::vector<MeaningPart>& now)
      : saved_(saved),
        before_(before),
        wanted_(wanted),
        now_(now),
        saved_calls_(CallsOf(saved)),
        wanted_calls_(CallsOf(wanted)) {}

  CallNames Run() {
    Renames calls = WrittenOtherwise();
    CallNames names{TablesOf(calls), {}};
    for (const StateSchema& table : saved_.tables) names.fields.push_back(FieldsOf(table, calls));
    return names;
  }

 private:
  // Whether the wanted operator has the saved call of this name, and means the same by it.
  bool Stays(const std::string& name) const {
    return Contains(saved_calls_, name) && Contains(wanted_calls_, name) &&
           CallText(before_, name) == CallText(now_, name);
  }

  // Saved names of calls that the wanted operator has under another one.
  Renames WrittenOtherwise() const {
    Renames renames;
    for (const std::string& name : saved_calls_) {
      const bool by_name = Contains(wanted_calls_, name) && DefectPlanted("calls-by-name");
      if (by_name || Stays(name)) continue;
      for (const std::string& now : wanted_calls_) {
        const bool taken = Stays(now) || std::ranges::any_of(renames, [&](const auto& one) {
                             return one.second == now;
                           });
        if (taken || CallText(before_, name) != CallText(now_, now)) continue;
        renames.emplace_back(name, now);
        break;
      }
    }
    return renames;
  }

  // New names of the tables that count the values of `calls`. Where such a table is also that of a
  // call which keeps its name, the table cannot be renamed: then the call is removed from `calls`.
  Renames TablesOf(Renames& calls) const {
    std::set<std::string> stay;
    for (const std::string& name : saved_calls_) {
      if (Stays(name)) stay.insert(ValuesOf(name));
    }
    Renames tables;
    std::erase_if(calls, [&](const auto& call) {
      const std::string from = ValuesOf(call.first);
      const std::string to = ValuesOf(call.second);
      if (from == to || FindTable(saved_, from) == nullptr) return false;
      const bool fits =
          !stay.contains(from) && !stay.contains(to) && FindTable(wanted_, to) != nullptr;
      const bool known = std::ranges::find(tables, std::pair(from, to)) != tables.end();
      const bool taken = std::ranges::any_of(
          tables, [&](const auto& one) { return one.first == from || one.second == to; });
      if (fits && !known && !taken) tables.emplace_back(from, to);
      return !fits || (taken && !known);
    });
    return WithRoomMade(std::move(tables), [&](const std::string& name) {
      return FindTable(saved_, name) != nullptr;
    });
  }

  static Renames FieldsOf(const StateSchema& table, const Renames& calls) {
    Renames fields;
    for (const Field& field : table.value) {
      for (const auto& [name, now] : calls) {
        std::string renamed;
        if (AccumulatorOf(field.name) == name) {
          renamed = now + field.name.substr(name.size());
        } else if (ValuesOf(name) == table.name && field.name == CountOf(name)) {
          renamed = CountOf(now);
        }
        if (renamed.empty()) continue;
        if (renamed != field.name) fields.emplace_back(field.name, std::move(renamed));
        break;
      }
    }
    return WithRoomMade(std::move(fields), [&](const std::string& name) {
      return FindField(table.value, name) != nullptr;
    });
  }

  const OperatorStateSchema& saved_;
  const std::vector<MeaningPart>& before_;
  const OperatorStateSchema& wanted_;
  const std::vector<MeaningPart>& now_;
  const std::vector<std::string> saved_calls_;
  const std::vector<std::string> wanted_calls_;
};

}  // namespace

bool IsBookkeeping(const std::string& field) {
  return field == "row_count" || field == "session_start" || field == "session_end";
}

std::string CallText(const std::vector<MeaningPart>& meaning, const std::string& name) {
  const auto found = std::ranges::find_if(
      meaning, [&](const MeaningPart& one) { return one.part == "call" && one.name == name; });
  return found == meaning.end() ? name : found->text;
}

CallNames FollowedCalls(const OperatorStateSchema& saved, const std::vector<MeaningPart>& before,
                        const OperatorStateSchema& wanted, const std::vector<MeaningPart>& now) {
  return Following(saved, before, wanted, now).Run();
}

}  // namespace weir::checkpoint
