#include "runtime/checkpoint/clause_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/base/quoted.h"

namespace weir::checkpoint {
namespace {

void AddList(std::string_view clause, const std::vector<std::string>& items,
             std::vector<std::string>& texts) {
  if (!items.empty()) texts.push_back(fmt::format("{} ({})", clause, fmt::join(items, ", ")));
}

std::vector<std::string> AllQuoted(const std::vector<std::string>& uids) {
  std::vector<std::string> quoted;
  for (const std::string& uid : uids) quoted.push_back(Quoted(uid));
  return quoted;
}

}  // namespace

std::string Quoted(std::string_view text) {
  return weir::Quoted(text, '\'');
}

std::vector<std::string> ClauseTexts(const RestoreClauses& clauses) {
  std::vector<std::string> mappings;
  for (const auto& [from, to] : clauses.mappings)
    mappings.push_back(fmt::format("{} TO {}", Quoted(from), Quoted(to)));
  std::vector<std::string> texts;
  if (clauses.allow_non_restored) texts.emplace_back("ALLOW NON RESTORED STATE");
  AddList("ALLOW DROP", AllQuoted(clauses.allow_drop), texts);
  if (clauses.allow_partial) texts.emplace_back("ALLOW PARTIAL");
  AddList("ACCEPT CHANGES", AllQuoted(clauses.accept_changes), texts);
  AddList("WITH STATE MAPPING", mappings, texts);
  return texts;
}

}  // namespace weir::checkpoint
