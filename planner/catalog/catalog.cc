#include "planner/catalog/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "planner/ast/to_sql.h"
#include "runtime/base/names.h"
#include "runtime/base/quoted.h"
#include "runtime/base/utf8.h"

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

// FROM sales.csv, FROM "data/sales.csv".
bool LooksLikeFile(std::string_view last) {
  if (last.find('/') != std::string_view::npos) return true;
  const std::string_view ending = last.substr(last.rfind('.') + 1);
  static constexpr auto kEndings =
      std::to_array<std::string_view>({"csv", "tsv", "json", "jsonl", "ndjson", "gz", "parquet"});
  return std::ranges::any_of(kEndings, [&](auto one) { return EqualsIgnoreCase(one, ending); });
}

std::string HintOfFile(const std::vector<std::string>& parts) {
  return fmt::format("a file stands in single quotes: FROM '{}'", Dotted(parts));
}

// What `name` means among the `count` names that `name_of` gives; -1 for nothing.
template <typename NameOf>
Result<ptrdiff_t> Match(size_t count, const NameOf& name_of, std::string_view name,
                        SourceSpan span) {
  ptrdiff_t found = -1;
  for (size_t i = 0; i < count; ++i) {
    const auto index = static_cast<ptrdiff_t>(i);
    if (!EqualsIgnoreCase(name_of(index), name)) continue;
    if (found >= 0) {
      return Status::InvalidSql(fmt::format("the name \"{}\" is ambiguous: \"{}\" or \"{}\"", name,
                                            name_of(found), name_of(index)))
          .WithId("E2004")
          .WithSpan(span);
    }
    found = index;
  }
  return found;
}

// The key that `name` means, an exact match first; null when there is none.
template <typename T>
Result<const std::string*> MatchKey(const std::map<std::string, T>& map, std::string_view name,
                                    SourceSpan span) {
  if (const auto exact = map.find(std::string(name)); exact != map.end()) return &exact->first;
  std::vector<const std::string*> keys;
  for (const auto& [key, value] : map) keys.push_back(&key);
  const auto key_at = [&](ptrdiff_t i) -> const std::string& {
    return *keys[static_cast<size_t>(i)];
  };
  const ptrdiff_t found = TRY(Match(keys.size(), key_at, name, span));
  return found < 0 ? nullptr : &key_at(found);
}

// The object of a database that `name` means, whatever its case, among those that share names with
// `kind`; null when there is none.
Result<PermanentObjectPtr> MatchObject(const PermanentObjects::Database& database,
                                       std::string_view name, ObjectKind kind, SourceSpan span) {
  std::vector<const PermanentObjectPtr*> sharing;
  for (const PermanentObjectPtr& object : database) {
    if (ShareNames(object->kind(), kind)) sharing.push_back(&object);
  }
  const auto name_at = [&](ptrdiff_t i) -> const std::string& {
    return (*sharing[static_cast<size_t>(i)])->name().object;
  };
  const ptrdiff_t found = TRY(Match(sharing.size(), name_at, name, span));
  return found < 0 ? nullptr : *sharing[static_cast<size_t>(found)];
}

// Whether `text` matches a LIKE pattern: % stands for any characters, _ for one, and \ makes the
// next one plain. Only the last % met so far is ever tried at another place: what an earlier one
// could take more of, the last one can take as well, so that the time is |text| * |pattern|.
bool MatchesLike(std::string_view text, std::string_view pattern) {
  size_t at = 0;
  size_t next = 0;
  std::optional<size_t> behind_percent;  // in the pattern
  size_t taken = 0;                      // where the rest of the text begins that % leaves
  while (at < text.size()) {
    if (next < pattern.size() && pattern[next] == '%') {
      behind_percent = ++next;
      taken = at;
      continue;
    }
    const bool escaped = next + 1 < pattern.size() && pattern[next] == '\\';
    const size_t expected = next + (escaped ? 1 : 0);
    const bool any = !escaped && expected < pattern.size() && pattern[expected] == '_';
    if (any || (expected < pattern.size() && pattern[expected] == text[at])) {
      at = any ? EndOfCharacter(text, at) : at + 1;
      next = expected + 1;
      continue;
    }
    if (!behind_percent) return false;
    next = *behind_percent;
    at = ++taken;
  }
  while (next < pattern.size() && pattern[next] == '%') ++next;
  return next == pattern.size();
}

std::vector<std::string> Kept(std::vector<std::string> names, const NameFilter& filter) {
  std::erase_if(names, [&](const std::string& name) { return !filter.Keeps(name); });
  return names;
}

Status EverySessionBeginsIn(std::string_view what, std::string_view name, SourceSpan span) {
  return Status::InvalidSql(
             fmt::format("the {} \"{}\" is where every session begins: it cannot be dropped", what,
                         name))
      .WithId("E2015")
      .WithHint("DROP TABLE, DROP VIEW and DROP FUNCTION drop what is in it")
      .WithSpan(span);
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
      permanent_(PermanentObjects::Empty()),
      current_catalog_(kDefaultCatalog),
      current_database_(kDefaultDatabase) {}

void Catalog::KeepIn(ObjectStore& store) {
  store_ = &store;
  Refresh();
}

void Catalog::Refresh() {
  if (store_ != nullptr) permanent_.reset();
}

Result<const PermanentObjects*> Catalog::Permanent() const {
  if (!permanent_) permanent_ = TRY(store_->Objects());
  return permanent_.get();
}

Result<ChangeOutcome> Catalog::Change(const CatalogChange& change) {
  if (store_ != nullptr) {
    Result<ChangeOutcome> outcome = store_->Change(change);
    Refresh();
    return outcome;
  }
  ChangedObjects changed = TRY(Apply(*permanent_, change));
  if (changed.after) permanent_ = std::move(changed.after);
  return changed.outcome;
}

Catalog Catalog::WithCurrent(std::string catalog, std::string database) const {
  Catalog copy = *this;
  copy.current_catalog_ = std::move(catalog);
  copy.current_database_ = std::move(database);
  return copy;
}

Result<std::string> Catalog::FindCatalog(std::string_view name, SourceSpan span) const {
  const PermanentObjects* permanent = TRY(Permanent());
  const std::string* key = TRY(MatchKey(permanent->catalogs, name, span));
  if (key == nullptr) return NoSuch("catalog", name, KeysOf(permanent->catalogs), span);
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
  const PermanentObjects* permanent = TRY(Permanent());
  const auto databases = permanent->catalogs.find(place.catalog);
  if (databases == permanent->catalogs.end())
    return NoSuch("catalog", place.catalog, KeysOf(permanent->catalogs), span);
  const std::string& name = parts.empty() ? place.database : parts.back();
  const std::string* key = TRY(MatchKey(databases->second, name, span));
  if (key == nullptr) return NoSuch("database", name, KeysOf(databases->second), span);
  place.database = *key;
  return place;
}

const Catalog::Shelf* Catalog::TemporaryOf(const Place& place, ObjectKind kind) const {
  const Shelves& shelves = kind == ObjectKind::kFunction ? temporary_functions_ : temporary_;
  const auto shelf = shelves.find(place);
  return shelf == shelves.end() ? nullptr : &shelf->second;
}

Catalog::Shelf& Catalog::ShelfOf(const CatalogObject& object) {
  if (object.function && object.function->system) return system_functions_;
  const ObjectName& name = object.name();
  return (object.function ? temporary_functions_ : temporary_)[{name.catalog, name.database}];
}

Status Catalog::UseCatalog(std::string_view name, SourceSpan span) {
  std::string found = TRY(FindCatalog(name, span));
  const PermanentObjects* permanent = TRY(Permanent());
  const PermanentObjects::Databases& databases = permanent->catalogs.at(found);
  const std::string fallback(kDefaultDatabase);
  current_catalog_ = std::move(found);
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

Result<ChangeOutcome> Catalog::CreateCatalog(const std::string& name, bool if_not_exists,
                                             SourceSpan span) {
  return Change({.kind = CatalogChange::Kind::kCreateCatalog,
                 .name = {name, "", ""},
                 .tolerant = if_not_exists,
                 .equal_is_fine = keeps(),
                 .span = span});
}

Result<ChangeOutcome> Catalog::CreateDatabase(const std::vector<std::string>& parts,
                                              bool if_not_exists, SourceSpan span) {
  if (parts.size() > 2) return FindPlace(parts, span).status();
  const std::string catalog =
      TRY(FindCatalog(parts.size() == 2 ? parts[0] : current_catalog_, span));
  return Change({.kind = CatalogChange::Kind::kCreateDatabase,
                 .name = {catalog, parts.back(), ""},
                 .tolerant = if_not_exists,
                 .equal_is_fine = keeps(),
                 .span = span});
}

Result<bool> Catalog::DropCatalog(std::string_view name, bool if_exists, SourceSpan span) {
  const PermanentObjects* permanent = TRY(Permanent());
  const std::string* key = TRY(MatchKey(permanent->catalogs, name, span));
  if (key == nullptr) {
    if (if_exists) return false;
    return NoSuch("catalog", name, KeysOf(permanent->catalogs), span);
  }
  if (*key == current_catalog_) {
    return Status::InvalidSql(fmt::format("the current catalog cannot be dropped: \"{}\"", *key))
        .WithId("E2015")
        .WithHint("USE CATALOG another one first")
        .WithSpan(span);
  }
  const std::string dropped = *key;
  if (keeps() && dropped == kDefaultCatalog) return EverySessionBeginsIn("catalog", dropped, span);
  const ChangeOutcome outcome = TRY(Change({.kind = CatalogChange::Kind::kDropCatalog,
                                            .name = {dropped, "", ""},
                                            .tolerant = if_exists,
                                            .span = span}));
  for (Shelves* shelves : {&temporary_, &temporary_functions_})
    std::erase_if(*shelves, [&](const auto& shelf) { return shelf.first.catalog == dropped; });
  return outcome == ChangeOutcome::kDone;
}

Status Catalog::CheckMayDropDatabase(const Place& place, bool cascade, SourceSpan span) const {
  if (place == Place{current_catalog_, current_database_}) {
    return Status::InvalidSql(
               fmt::format("the current database cannot be dropped: \"{}\"", place.database))
        .WithId("E2015")
        .WithHint("USE another one first")
        .WithSpan(span);
  }
  if (keeps() && place == Place{std::string(kDefaultCatalog), std::string(kDefaultDatabase)})
    return EverySessionBeginsIn("database", place.database, span);
  if (cascade) return {};
  for (const ObjectKind kind : {ObjectKind::kTable, ObjectKind::kFunction}) {
    const Shelf* temporary = TemporaryOf(place, kind);
    if (temporary != nullptr && !temporary->empty()) return NotEmpty(place.database, span);
  }
  return {};
}

Result<bool> Catalog::DropDatabase(const std::vector<std::string>& parts, DropOptions options,
                                   SourceSpan span) {
  Result<Place> found = FindPlace(parts, span);
  if (!found.ok()) {
    if (options.if_exists && found.status().id() == "E2014") return false;
    return found.status();
  }
  RETURN_IF_ERROR(CheckMayDropDatabase(*found, options.cascade, span));
  const ChangeOutcome outcome = TRY(Change({.kind = CatalogChange::Kind::kDropDatabase,
                                            .name = {found->catalog, found->database, ""},
                                            .tolerant = options.if_exists,
                                            .cascade = options.cascade,
                                            .span = span}));
  temporary_.erase(*found);
  temporary_functions_.erase(*found);
  return outcome == ChangeOutcome::kDone;
}

Result<ObjectName> Catalog::NameNew(const std::vector<std::string>& parts, SourceSpan span) const {
  const Place place = TRY(FindPlace({parts.begin(), parts.end() - 1}, span));
  return ObjectName{place.catalog, place.database, parts.back()};
}

Status Catalog::NoSuchObject(const std::vector<std::string>& parts, const Place& place,
                             SourceSpan span) const {
  const PermanentObjects* permanent = TRY(Permanent());
  std::vector<std::string> known;
  for (const PermanentObjectPtr& object : *permanent->Find(place.catalog, place.database)) {
    if (ShareNames(object->kind(), ObjectKind::kTable)) known.push_back(object->name().object);
  }
  if (const Shelf* temporary = TemporaryOf(place, ObjectKind::kTable); temporary != nullptr) {
    for (std::string& name : KeysOf(*temporary)) known.push_back(std::move(name));
  }
  std::string hint =
      LooksLikeFile(parts.back()) ? HintOfFile(parts) : DidYouMean(parts.back(), known);
  if (hint.empty() && known.empty()) hint = "the database is empty";
  return Status::InvalidSql(fmt::format("there is no table or view \"{}\"", Dotted(parts)))
      .WithId("E2001")
      .WithHint(std::move(hint))
      .WithSpan(span);
}

ObjectKind Catalog::Found::kind() const {
  return temporary != nullptr ? temporary->kind() : permanent->kind();
}

Result<Catalog::Found> Catalog::FindIn(const Place& place, const std::string& name, ObjectKind kind,
                                       SourceSpan span) const {
  const PermanentObjects* permanent = TRY(Permanent());
  const Shelf* temporary = TemporaryOf(place, kind);
  // An exact permanent match beats a temporary one that differs in case.
  if (temporary != nullptr) {
    if (const auto exact = temporary->find(name); exact != temporary->end())
      return Found{&exact->second, nullptr};
  }
  PermanentObjectPtr exact = permanent->Find(ObjectName{place.catalog, place.database, name}, kind);
  if (exact) return Found{nullptr, std::move(exact)};
  if (temporary != nullptr) {
    const std::string* key = TRY(MatchKey(*temporary, name, span));
    if (key != nullptr) return Found{&temporary->at(*key), nullptr};
  }
  const auto* database = permanent->Find(place.catalog, place.database);
  return Found{nullptr, TRY(MatchObject(*database, name, kind, span))};
}

Result<Catalog::Found> Catalog::FindName(const std::vector<std::string>& parts,
                                         SourceSpan span) const {
  Result<Place> place = FindPlace({parts.begin(), parts.end() - 1}, span);
  if (!place.ok() && LooksLikeFile(parts.back()))
    return std::move(place).status().WithHint(HintOfFile(parts));
  if (!place.ok()) return std::move(place).status();
  Found found = TRY(FindIn(*place, parts.back(), ObjectKind::kTable, span));
  if (!found) return NoSuchObject(parts, *place, span);
  return found;
}

Result<CatalogObject> Catalog::ObjectOf(const Found& found, SourceSpan span) const {
  if (found.temporary != nullptr) return *found.temporary;
  if (std::optional<CatalogObject> known = found.permanent->known()) return *std::move(known);
  Result<CatalogObject> read = store_->Read(*found.permanent, *this);
  if (!read.ok()) return Status(read.status()).WithSpan(span);
  return read;
}

Result<CatalogObject> Catalog::Find(const std::vector<std::string>& parts, SourceSpan span) const {
  return ObjectOf(TRY(FindName(parts, span)), span);
}

Result<std::optional<CatalogObject>> Catalog::FindExactly(const ObjectName& name,
                                                          ObjectKind kind) const {
  const PermanentObjects* permanent = TRY(Permanent());
  Found found{nullptr, permanent->Find(name, kind)};
  const Shelf* temporary = TemporaryOf({name.catalog, name.database}, kind);
  if (temporary != nullptr) {
    const auto exact = temporary->find(name.object);
    if (exact != temporary->end()) found.temporary = &exact->second;
  }
  if (!found) return std::optional<CatalogObject>();
  return std::optional(TRY(ObjectOf(found, {})));
}

Result<TablePtr> Catalog::FindFiles(const std::string& path, SourceSpan span) const {
  const Place place = TRY(FindPlace({}, span));
  const std::optional<CatalogObject> known =
      TRY(FindExactly({place.catalog, place.database, path}));
  if (known && known->table) return known->table;
  if (!define_files_) {
    return Status::Unsupported("a file in the place of a table is not supported here")
        .WithId("E1002")
        .WithSpan(span);
  }
  Result<TablePtr> defined = define_files_(*this, path);
  if (!defined.ok()) return Status(defined.status()).WithSpan(span);
  return defined;
}

Result<TablePtr> Catalog::FindState(const ast::StateOf& state, SourceSpan span) const {
  const Place place = TRY(FindPlace({}, span));
  const std::optional<CatalogObject> known =
      TRY(FindExactly({place.catalog, place.database, ast::ToSql(state)}));
  if (known && known->table) return known->table;
  if (!define_state_) {
    return Status::Unsupported("STATE OF is not supported here").WithId("E1002").WithSpan(span);
  }
  Result<TablePtr> defined = define_state_(*this, state);
  if (defined.ok()) return defined;
  Status failed = std::move(defined).status();
  return !failed.span() ? std::move(failed).WithSpan(span) : failed;
}

Result<ChangeOutcome> Catalog::Create(CatalogObject object, bool if_not_exists, SourceSpan span) {
  const ObjectName name = object.name();
  if (!object.temporary()) {
    return Change({.kind = CatalogChange::Kind::kCreateObject,
                   .name = name,
                   .object = std::make_shared<const PermanentObject>(std::move(object)),
                   .tolerant = if_not_exists,
                   .span = span});
  }
  Shelf& shelf = ShelfOf(object);
  const auto [there, created] = shelf.try_emplace(name.object, std::move(object));
  if (created) return ChangeOutcome::kDone;
  if (if_not_exists) return ChangeOutcome::kNothing;
  return ExistsAlready(ObjectKindName(there->second.kind()), name.Short(), span);
}

Status Catalog::Replace(CatalogObject object, SourceSpan span) {
  const ObjectName name = object.name();
  if (!object.temporary()) {
    return Change({.kind = CatalogChange::Kind::kReplaceObject,
                   .name = name,
                   .object = std::make_shared<const PermanentObject>(std::move(object)),
                   .span = span})
        .status();
  }
  Shelf& shelf = ShelfOf(object);
  const auto existing = shelf.find(name.object);
  if (existing != shelf.end() && existing->second.kind() != object.kind())
    return ExistsAlready(ObjectKindName(existing->second.kind()), name.Short(), span);
  shelf.insert_or_assign(name.object, std::move(object));
  return {};
}

Result<bool> Catalog::Drop(const std::vector<std::string>& parts, DropObject what,
                           SourceSpan span) {
  const Result<Found> found = FindName(parts, span);
  if (!found.ok()) {
    const std::string id(found.status().id());
    if (what.if_exists && (id == "E2001" || id == "E2014")) return false;
    return found.status();
  }
  return DropFound(*found, what, span);
}

Result<bool> Catalog::DropFound(const Found& found, DropObject what, SourceSpan span) {
  const ObjectName name = found.name();
  const bool is_temporary = found.temporary != nullptr;
  const std::string_view kind = ObjectKindName(found.kind());
  if (found.kind() != what.kind) {
    return Status::InvalidSql(fmt::format("\"{}\" is a {}", name.Short(), kind))
        .WithId("E2015")
        .WithHint("use DROP " + ToUpper(kind))
        .WithSpan(span);
  }
  if (what.temporary && !is_temporary) {
    if (what.if_exists) return false;
    return Status::InvalidSql(fmt::format("there is no temporary {} \"{}\"", kind, name.Short()))
        .WithId("E2001")
        .WithHint("the one of this name is permanent")
        .WithSpan(span);
  }
  if (!what.temporary && is_temporary) {
    return Status::InvalidSql(fmt::format("\"{}\" is a temporary {}", name.Short(), kind))
        .WithId("E2015")
        .WithHint("use DROP TEMPORARY " + ToUpper(kind))
        .WithSpan(span);
  }
  if (is_temporary) {
    ShelfOf(*found.temporary).erase(name.object);
    return true;
  }
  const ChangeOutcome outcome = TRY(Change({.kind = CatalogChange::Kind::kDropObject,
                                            .name = name,
                                            .dropped = what.kind,
                                            .tolerant = what.if_exists,
                                            .span = span}));
  return outcome == ChangeOutcome::kDone;
}

Result<std::vector<std::string>> Catalog::ListCatalogs(const NameFilter& filter) const {
  const PermanentObjects* permanent = TRY(Permanent());
  return Kept(KeysOf(permanent->catalogs), filter);
}

Result<std::vector<std::string>> Catalog::ListDatabases(std::string_view catalog,
                                                        const NameFilter& filter,
                                                        SourceSpan span) const {
  const std::string name = TRY(FindCatalog(catalog.empty() ? current_catalog_ : catalog, span));
  const PermanentObjects* permanent = TRY(Permanent());
  return Kept(KeysOf(permanent->catalogs.at(name)), filter);
}

// The kinds of a database's tables and views, by name.
Result<std::map<std::string, ObjectKind>> Catalog::KindsIn(const std::vector<std::string>& database,
                                                           SourceSpan span) const {
  const Place place = TRY(FindPlace(database, span));
  const PermanentObjects* permanent = TRY(Permanent());
  std::map<std::string, ObjectKind> kinds;
  for (const PermanentObjectPtr& object : *permanent->Find(place.catalog, place.database)) {
    if (ShareNames(object->kind(), ObjectKind::kTable))
      kinds.emplace(object->name().object, object->kind());
  }
  if (const Shelf* temporary = TemporaryOf(place, ObjectKind::kTable); temporary != nullptr) {
    for (const auto& [name, object] : *temporary) kinds.insert_or_assign(name, object.kind());
  }
  return kinds;
}

Result<std::vector<std::string>> Catalog::ListTables(const std::vector<std::string>& database,
                                                     const NameFilter& filter,
                                                     SourceSpan span) const {
  return Kept(KeysOf(TRY(KindsIn(database, span))), filter);
}

Result<std::vector<std::string>> Catalog::ListViews(const std::vector<std::string>& database,
                                                    const NameFilter& filter,
                                                    SourceSpan span) const {
  std::map<std::string, ObjectKind> kinds = TRY(KindsIn(database, span));
  std::erase_if(kinds, [](const auto& entry) { return entry.second != ObjectKind::kView; });
  return Kept(KeysOf(kinds), filter);
}

Result<FunctionPtr> Catalog::FindSystemFunction(std::string_view name, SourceSpan span) const {
  const std::string* key = TRY(MatchKey(system_functions_, name, span));
  return key == nullptr ? FunctionPtr() : system_functions_.at(*key).function;
}

Result<std::vector<ObjectName>> Catalog::AllNames(ObjectKind kind) const {
  const PermanentObjects* permanent = TRY(Permanent());
  std::vector<ObjectName> names;
  for (const auto& [catalog, databases] : permanent->catalogs) {
    for (const auto& [database, objects] : databases) {
      for (const PermanentObjectPtr& object : *objects) {
        if (ShareNames(object->kind(), kind)) names.push_back(object->name());
      }
    }
  }
  for (const auto& [place, shelf] :
       kind == ObjectKind::kFunction ? temporary_functions_ : temporary_) {
    for (const auto& [name, object] : shelf) names.push_back(object.name());
  }
  return names;
}

}  // namespace weir::catalog
