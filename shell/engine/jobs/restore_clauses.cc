#include "shell/engine/jobs/restore_clauses.h"

#include <fmt/format.h>

#include "runtime/checkpoint/renamed_columns.h"

namespace weir::shell {
namespace {

constexpr std::string_view kDrop = "drop ";
constexpr std::string_view kAccept = "accept ";
constexpr std::string_view kMap = "map ";
constexpr std::string_view kDirectory = "directory ";
constexpr std::string_view kFormer = "former ";

}  // namespace

checkpoint::RestoreClauses ClausesOf(const ast::RestoreJob& statement, bool match_unique) {
  checkpoint::RestoreClauses clauses;
  clauses.allow_non_restored = statement.allow_non_restored;
  clauses.allow_partial = statement.allow_partial;
  clauses.match_unique = match_unique;
  for (const ast::Text& uid : statement.allow_drop) clauses.allow_drop.push_back(uid.text);
  for (const ast::Text& uid : statement.accept_changes) clauses.accept_changes.push_back(uid.text);
  for (const ast::StateMapping& mapping : statement.mappings) {
    clauses.mappings.emplace_back(mapping.from.text, mapping.to.text);
  }
  return clauses;
}

std::vector<uid::FormerName> FormerNamesOf(const checkpoint::RestoreClauses& clauses) {
  std::vector<uid::FormerName> names;
  for (const auto& [from, to] : checkpoint::ColumnMappings(clauses.mappings))
    names.push_back({to.source, to.column, from.column});
  return names;
}

std::vector<std::string> EncodeClauses(const checkpoint::RestoreClauses& clauses) {
  std::vector<std::string> texts;
  if (clauses.allow_non_restored) texts.emplace_back("non-restored");
  if (clauses.allow_partial) texts.emplace_back("partial");
  if (!clauses.match_unique) texts.emplace_back("exact");
  if (!clauses.directory.empty()) texts.push_back(std::string(kDirectory) + clauses.directory);
  if (!clauses.former_directory.empty())
    texts.push_back(std::string(kFormer) + clauses.former_directory);
  for (const std::string& uid : clauses.allow_drop) texts.push_back(std::string(kDrop) + uid);
  for (const std::string& uid : clauses.accept_changes) texts.push_back(std::string(kAccept) + uid);
  for (const auto& [from, to] : clauses.mappings)
    texts.push_back(fmt::format("{}{}\n{}", kMap, from, to));
  return texts;
}

checkpoint::RestoreClauses DecodeClauses(const std::vector<std::string>& texts) {
  checkpoint::RestoreClauses clauses;
  for (const std::string& text : texts) {
    clauses.allow_non_restored |= text == "non-restored";
    clauses.allow_partial |= text == "partial";
    if (text == "exact") clauses.match_unique = false;
    if (text.starts_with(kDrop)) clauses.allow_drop.push_back(text.substr(kDrop.size()));
    if (text.starts_with(kAccept)) clauses.accept_changes.push_back(text.substr(kAccept.size()));
    if (text.starts_with(kDirectory)) clauses.directory = text.substr(kDirectory.size());
    if (text.starts_with(kFormer)) clauses.former_directory = text.substr(kFormer.size());
    const size_t end = text.find('\n');
    if (!text.starts_with(kMap) || end == std::string::npos) continue;
    clauses.mappings.emplace_back(text.substr(kMap.size(), end - kMap.size()),
                                  text.substr(end + 1));
  }
  return clauses;
}

}  // namespace weir::shell
