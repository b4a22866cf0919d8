#include "planner/catalog/catalog.h"

#include <fmt/format.h>

#include "runtime/base/names.h"
#include "runtime/base/quoted.h"

namespace weir::catalog {
namespace {

std::string Dotted(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, "."));
}

template <typename T>
std::vector<std::string> KeysOf(const std::map<std::string, T>& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

// The key that `name` means, an exact match first; null when there is none.
template <typename T>
Result<const std::string*> MatchKey(const std::map<std::string, T>& map, std::string_view name,
                                    SourceSpan span) {
  if (const auto exact = map.find(std::string(name)); exact != map.end()) return &exact->first;
  const std::string* found = nullptr;
  for (const auto& [key, value] : map) {
    if (!EqualsIgnoreCase(key, name)) continue;
    if (found != nullptr) {
      return Status::InvalidSql(
                 fmt::format("the name \"{}\" is ambiguous: \"{}\" or \"{}\"", name, *found, key))
          .WithId("E2004")
          .WithSpan(span);
    }
    found = &key;
  }
  return found;
}

Status NoSuch(std::string_view what, std::string_view name, const std::vector<std::string>& known,
              SourceSpan span) {
  return Status::InvalidSql(fmt::format("there is no {} \"{}\"", what, name))
      .WithId("E2014")
      .WithHint(DidYouMean(name, known))
      .WithSpan(span);
}

Status ExistsAlready(std::string_view what, std::string_view name, SourceSpan span) {
  return Status::InvalidSql(fmt::format("there is already a {} \"{}\"", what, name))
      .WithId("E2002")
      .WithSpan(span);
}

// `text` against a LIKE pattern: % any characters, _ one, \ makes the next one plain.
bool MatchesLike(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%') {
    for (size_t skip = 0; skip <= text.size(); ++skip) {
      if (MatchesLike(text.substr(skip), pattern.substr(1))) return true;
    }
    return false;
  }
  if (text.empty()) return false;
  const bool escaped = pattern[0] == '\\' && pattern.size() > 1;
  const char expected = escaped ? pattern[1] : pattern[0];
  const bool wildcard = !escaped && expected == '_';
  if (!wildcard && expected != text[0]) return false;
  return MatchesLike(text.substr(1), pattern.substr(escaped ? 2 : 1));
}

std::vector<std::string> Kept(std::vector<std::string> names, const NameFilter& filter) {
  std::erase_if(names, [&](const std::string& name) { return !filter.Keeps(name); });
  return names;
}

const char* KindName(const CatalogObject& object) {
  return object.table ? "table" : "view";
}

}  // namespace

std::string QuoteName(std::string_view name) {
  return Quoted(name, '`');
}

bool NameFilter::Keeps(std::string_view name) const {
  if (!present) return true;
  const bool matches =
      ignore_case ? MatchesLike(ToLower(name), ToLower(pattern)) : MatchesLike(name, pattern);
  return matches != negated;
}

Catalog::Catalog(graph::ConnectorCatalog connectors)
    : connectors_(std::move(connectors)),
      current_catalog_(kDefaultCatalog),
      current_database_(kDefaultDatabase) {
  catalogs_[current_catalog_][current_database_] = {};
}

Catalog Catalog::WithCurrent(std::string catalog, std::string database) const {
  Catalog copy = *this;
  copy.current_catalog_ = std::move(catalog);
  copy.current_database_ = std::move(database);
  return copy;
}

Result<std::string> Catalog::FindCatalog(std::string_view name, SourceSpan span) const {
  const std::string* key = TRY(MatchKey(catalogs_, name, span));
  if (key == nullptr) return NoSuch("catalog", name, KeysOf(catalogs_), span);
  return *key;
}

Result<Catalog::Place> Catalog::FindPlace(const std::vector<std::string>& parts,
                                          SourceSpan span) const {
  if (parts.size() > 2) {
    return Status::InvalidSql(fmt::format("the name \"{}\" has too many parts", Dotted(parts)))
        .WithId("E2014")
        .WithHint("a name is [catalog.][database.]object")
        .WithSpan(span);
  }
  Place place{current_catalog_, current_database_};
  if (parts.size() == 2) place.catalog = TRY(FindCatalog(parts[0], span));
  const auto databases = catalogs_.find(place.catalog);
  if (databases == catalogs_.end())
    return NoSuch("catalog", place.catalog, KeysOf(catalogs_), span);
  const std::string& name = parts.empty() ? place.database : parts.back();
  const std::string* key = TRY(MatchKey(databases->second, name, span));
  if (key == nullptr) return NoSuch("database", name, KeysOf(databases->second), span);
  place.database = *key;
  return place;
}

Result<const Catalog::Database*> Catalog::FindDatabase(const std::vector<std::string>& parts,
                                                       SourceSpan span) const {
  const Place place = TRY(FindPlace(parts, span));
  return &catalogs_.at(place.catalog).at(place.database);
}

Status Catalog::UseCatalog(std::string_view name, SourceSpan span) {
  current_catalog_ = TRY(FindCatalog(name, span));
  const Databases& databases = catalogs_.at(current_catalog_);
  const std::string fallback(kDefaultDatabase);
  current_database_ =
      databases.contains(fallback) || databases.empty() ? fallback : databases.begin()->first;
  return {};
}

Status Catalog::UseDatabase(const std::vector<std::string>& parts, SourceSpan span) {
  Place place = TRY(FindPlace(parts, span));
  current_catalog_ = std::move(place.catalog);
  current_database_ = std::move(place.database);
  return {};
}

Result<bool> Catalog::CreateCatalog(const std::string& name, bool if_not_exists, SourceSpan span) {
  if (catalogs_.contains(name)) {
    if (if_not_exists) return false;
    return ExistsAlready("catalog", name, span);
  }
  catalogs_[name][std::string(kDefaultDatabase)] = {};
  return true;
}

Result<bool> Catalog::CreateDatabase(const std::vector<std::string>& parts, bool if_not_exists,
                                     SourceSpan span) {
  if (parts.size() > 2) return FindPlace(parts, span).status();
  const std::string catalog = parts.size() == 2 ? TRY(FindCatalog(parts[0], span))
                                                : TRY(FindCatalog(current_catalog_, span));
  const auto [place, inserted] = catalogs_[catalog].try_emplace(parts.back());
  if (!inserted && !if_not_exists) return ExistsAlready("database", parts.back(), span);
  return inserted;
}

Result<bool> Catalog::DropCatalog(std::string_view name, bool if_exists, SourceSpan span) {
  const std::string* key = TRY(MatchKey(catalogs_, name, span));
  if (key == nullptr) {
    if (if_exists) return false;
    return NoSuch("catalog", name, KeysOf(catalogs_), span);
  }
  if (*key == current_catalog_) {
    return Status::InvalidSql(fmt::format("the current catalog cannot be dropped: \"{}\"", *key))
        .WithId("E2015")
        .WithHint("USE CATALOG another one first")
        .WithSpan(span);
  }
  catalogs_.erase(std::string(*key));
  return true;
}

Result<bool> Catalog::DropDatabase(const std::vector<std::string>& parts, DropOptions options,
                                   SourceSpan span) {
  Result<Place> found = FindPlace(parts, span);
  if (!found.ok()) {
    if (options.if_exists && found.status().id() == "E2014") return false;
    return found.status();
  }
  const Place& place = *found;
  const Database& database = catalogs_.at(place.catalog).at(place.database);
  const bool current = place.catalog == current_catalog_ && place.database == current_database_;
  if (current) {
    return Status::InvalidSql(
               fmt::format("the current database cannot be dropped: \"{}\"", place.database))
        .WithId("E2015")
        .WithHint("USE another one first")
        .WithSpan(span);
  }
  if (!options.cascade && (!database.permanent.empty() || !database.temporary.empty())) {
    return Status::InvalidSql(fmt::format("the database is not empty: \"{}\"", place.database))
        .WithId("E2015")
        .WithHint("DROP DATABASE … CASCADE drops its tables and views, too")
        .WithSpan(span);
  }
  catalogs_[place.catalog].erase(place.database);
  return true;
}

Result<ObjectName> Catalog::NameNew(const std::vector<std::string>& parts, SourceSpan span) const {
  const Place place = TRY(FindPlace({parts.begin(), parts.end() - 1}, span));
  return ObjectName{place.catalog, place.database, parts.back()};
}

Status Catalog::NoSuchObject(const std::vector<std::string>& parts, const Database& database,
                             SourceSpan span) const {
  std::vector<std::string> known = KeysOf(database.permanent);
  for (std::string& name : KeysOf(database.temporary)) known.push_back(std::move(name));
  std::string hint = DidYouMean(parts.back(), known);
  if (hint.empty() && known.empty()) hint = "the database is empty";
  return Status::InvalidSql(fmt::format("there is no table or view \"{}\"", Dotted(parts)))
      .WithId("E2001")
      .WithHint(std::move(hint))
      .WithSpan(span);
}

Result<CatalogObject> Catalog::Find(const std::vector<std::string>& parts, SourceSpan span) const {
  const Database* database = TRY(FindDatabase({parts.begin(), parts.end() - 1}, span));
  const std::string& name = parts.back();
  // An exact permanent match beats a temporary one that differs in case.
  for (const auto* shelf : {&database->temporary, &database->permanent}) {
    if (const auto exact = shelf->find(name); exact != shelf->end()) return exact->second;
  }
  for (const auto* shelf : {&database->temporary, &database->permanent}) {
    const std::string* key = TRY(MatchKey(*shelf, name, span));
    if (key != nullptr) return shelf->at(*key);
  }
  return NoSuchObject(parts, *database, span);
}

Result<TablePtr> Catalog::FindFiles(const std::string& path, SourceSpan span) const {
  const Database* database = TRY(FindDatabase({}, span));
  for (const auto* shelf : {&database->temporary, &database->permanent}) {
    const auto known = shelf->find(path);
    if (known != shelf->end() && known->second.table) return known->second.table;
  }
  if (!define_files_) {
    return Status::Unsupported("a file in the place of a table is not supported here")
        .WithId("E1002")
        .WithSpan(span);
  }
  Result<TablePtr> defined = define_files_(*this, path);
  if (!defined.ok()) return Status(defined.status()).WithSpan(span);
  return defined;
}

std::map<std::string, CatalogObject>& Catalog::Shelf(const ObjectName& name, bool temporary) {
  Database& database = catalogs_[name.catalog][name.database];
  return temporary ? database.temporary : database.permanent;
}

Result<bool> Catalog::Create(CatalogObject object, bool if_not_exists, SourceSpan span) {
  auto& shelf = Shelf(object.name(), object.temporary());
  const auto existing = shelf.find(object.name().object);
  if (existing != shelf.end()) {
    if (if_not_exists) return false;
    return ExistsAlready(KindName(existing->second), object.name().Short(), span);
  }
  const std::string key = object.name().object;
  shelf.emplace(key, std::move(object));
  return true;
}

Status Catalog::Replace(CatalogObject object, SourceSpan span) {
  auto& shelf = Shelf(object.name(), object.temporary());
  const auto existing = shelf.find(object.name().object);
  const bool other_kind = existing != shelf.end() && !existing->second.table != !object.table;
  if (other_kind) {
    return ExistsAlready(KindName(existing->second), object.name().Short(), span);
  }
  const std::string key = object.name().object;
  shelf.insert_or_assign(key, std::move(object));
  return {};
}

Result<bool> Catalog::Drop(const std::vector<std::string>& parts, DropObject what,
                           SourceSpan span) {
  Result<CatalogObject> found = Find(parts, span);
  if (!found.ok()) {
    const std::string id(found.status().id());
    if (what.if_exists && (id == "E2001" || id == "E2014")) return false;
    return found.status();
  }
  const CatalogObject& object = *found;
  const bool is_table = object.table != nullptr;
  if (is_table != (what.kind == ObjectKind::kTable)) {
    return Status::InvalidSql(
               fmt::format("\"{}\" is a {}", object.name().Short(), KindName(object)))
        .WithId("E2015")
        .WithHint(is_table ? "use DROP TABLE" : "use DROP VIEW")
        .WithSpan(span);
  }
  if (what.temporary && !object.temporary()) {
    if (what.if_exists) return false;
    return Status::InvalidSql(fmt::format("there is no temporary {} \"{}\"", KindName(object),
                                          object.name().Short()))
        .WithId("E2001")
        .WithHint("the one of this name is permanent")
        .WithSpan(span);
  }
  if (!what.temporary && object.temporary()) {
    const std::string kind = is_table ? "TABLE" : "VIEW";
    return Status::InvalidSql(
               fmt::format("\"{}\" is a temporary {}", object.name().Short(), KindName(object)))
        .WithId("E2015")
        .WithHint("use DROP TEMPORARY " + kind)
        .WithSpan(span);
  }
  const ObjectName name = object.name();
  Shelf(name, object.temporary()).erase(name.object);
  return true;
}

std::vector<std::string> Catalog::ListCatalogs(const NameFilter& filter) const {
  return Kept(KeysOf(catalogs_), filter);
}

Result<std::vector<std::string>> Catalog::ListDatabases(std::string_view catalog,
                                                        const NameFilter& filter,
                                                        SourceSpan span) const {
  const std::string name = TRY(FindCatalog(catalog.empty() ? current_catalog_ : catalog, span));
  return Kept(KeysOf(catalogs_.at(name)), filter);
}

Result<std::vector<std::string>> Catalog::ListTables(const std::vector<std::string>& database,
                                                     const NameFilter& filter,
                                                     SourceSpan span) const {
  const Database* found = TRY(FindDatabase(database, span));
  std::map<std::string, CatalogObject> all = found->temporary;
  all.insert(found->permanent.begin(), found->permanent.end());
  return Kept(KeysOf(all), filter);
}

Result<std::vector<std::string>> Catalog::ListViews(const std::vector<std::string>& database,
                                                    const NameFilter& filter,
                                                    SourceSpan span) const {
  const Database* found = TRY(FindDatabase(database, span));
  std::map<std::string, CatalogObject> all = found->temporary;
  all.insert(found->permanent.begin(), found->permanent.end());
  std::erase_if(all, [](const auto& entry) { return entry.second.view == nullptr; });
  return Kept(KeysOf(all), filter);
}

std::vector<CatalogObject> Catalog::AllObjects() const {
  std::vector<CatalogObject> all;
  for (const auto& [catalog, databases] : catalogs_) {
    for (const auto& [name, database] : databases) {
      for (const auto& [key, object] : database.permanent) all.push_back(object);
      for (const auto& [key, object] : database.temporary) all.push_back(object);
    }
  }
  return all;
}

}  // namespace weir::catalog
