// The functions of a catalog. Tables may have their names, as in Flink.
#include <fmt/format.h>

#include <set>

#include "planner/catalog/catalog.h"
#include "runtime/base/names.h"

namespace weir::catalog {

std::string FunctionDefinition::Signature() const {
  const auto list = [](const std::vector<FunctionParameter>& all) {
    std::vector<std::string> parts;
    for (const FunctionParameter& one : all) parts.push_back(one.name + " " + one.type.ToString());
    return fmt::format("{}", fmt::join(parts, ", "));
  };
  const std::string result =
      returns ? returns->ToString() : fmt::format("TABLE ({})", list(columns));
  return fmt::format("{}({}) RETURNS {}", name.object, list(parameters), result);
}

Result<FunctionPtr> Catalog::FindFunction(const std::vector<std::string>& parts,
                                          SourceSpan span) const {
  const Place place = TRY(FindPlace({parts.begin(), parts.end() - 1}, span));
  const Found found = TRY(FindIn(place, parts.back(), ObjectKind::kFunction, span));
  if (!found) return FunctionPtr();
  return TRY(ObjectOf(found, span)).function;
}

Status Catalog::NoSuchFunction(const std::vector<std::string>& parts,
                               const std::vector<std::string>& known, SourceSpan span) const {
  return Status::InvalidSql(fmt::format("there is no function \"{}\"", fmt::join(parts, ".")))
      .WithId("E2001")
      .WithHint(DidYouMean(parts.back(), known))
      .WithSpan(span);
}

Result<bool> Catalog::DropFunction(const std::vector<std::string>& parts, DropObject what,
                                   SourceSpan span) {
  if (what.system) {
    const FunctionPtr there = TRY(FindSystemFunction(parts.back(), span));
    if (there) return system_functions_.erase(there->name.object) > 0;
    if (what.if_exists) return false;
    std::vector<std::string> known;
    for (const FunctionPtr& function : SystemFunctions()) known.push_back(function->name.object);
    return NoSuchFunction(parts, known, span);
  }
  const Result<Place> place = FindPlace({parts.begin(), parts.end() - 1}, span);
  if (!place.ok() && what.if_exists && place.status().id() == "E2014") return false;
  if (!place.ok()) return place.status();
  const Found found = TRY(FindIn(*place, parts.back(), ObjectKind::kFunction, span));
  if (found) return DropFound(found, what, span);
  if (what.if_exists) return false;
  return NoSuchFunction(parts, TRY(ListFunctions({parts.begin(), parts.end() - 1}, {}, span)),
                        span);
}

Result<std::vector<std::string>> Catalog::ListFunctions(const std::vector<std::string>& database,
                                                        const NameFilter& filter,
                                                        SourceSpan span) const {
  const Place place = TRY(FindPlace(database, span));
  const PermanentObjects* permanent = TRY(Permanent());
  std::set<std::string> names;
  for (const PermanentObjectPtr& object : *permanent->Find(place.catalog, place.database)) {
    if (object->kind() == ObjectKind::kFunction) names.insert(object->name().object);
  }
  if (const Shelf* shelf = TemporaryOf(place, ObjectKind::kFunction); shelf != nullptr) {
    for (const auto& [name, object] : *shelf) names.insert(name);
  }
  for (const auto& [name, object] : system_functions_) names.insert(name);
  std::vector<std::string> kept;
  for (const std::string& name : names) {
    if (filter.Keeps(name)) kept.push_back(name);
  }
  return kept;
}

std::vector<FunctionPtr> Catalog::SystemFunctions() const {
  std::vector<FunctionPtr> functions;
  for (const auto& [name, object] : system_functions_) functions.push_back(object.function);
  return functions;
}

}  // namespace weir::catalog
