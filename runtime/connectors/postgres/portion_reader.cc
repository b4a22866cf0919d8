#include "runtime/connectors/postgres/portion_reader.h"

#include <fmt/format.h>

#include "runtime/base/quoted.h"

namespace weir::connectors::postgres {
namespace {

std::string Literals(const std::vector<std::string>& values) {
  std::string list;
  for (const std::string& value : values) {
    if (!list.empty()) list.append(", ");
    list.append(Quoted(value, '\''));
  }
  return list;
}

// The place behind a commit that is the last on its page: the server counts the next page's header
// to what is written, though nothing follows that could be waited for.
uint64_t WithoutHeader(uint64_t place) {
  constexpr uint64_t kPage = 8192;
  constexpr uint64_t kHeader = 40;
  return place % kPage <= kHeader ? place - place % kPage : place;
}

// The key of a row of "keys", with the type and the collation of the table's.
std::string KeyOf(const LoggedTable& table) {
  std::string key;
  for (size_t i = 0; i < table.key.size(); ++i) {
    const KeyColumn& column = table.key[i];
    if (i > 0) key.append(", ");
    key.append(fmt::format("CAST(k{} AS {}){}", i, column.type,
                           column.collation.empty() ? "" : " COLLATE " + column.collation));
  }
  return key;
}

// Whether the key is at most this one; no key is where there is none.
std::string AtMost(const LoggedTable& table, const std::vector<std::string>& key) {
  if (key.empty()) return "false";
  return fmt::format("({}) <= ({})", KeyOf(table), Literals(key));
}

}  // namespace

Result<Visibility> SeenNow(Connection& connection) {
  const Answer seen = TRY(connection.Ask("SELECT txid_current_snapshot()::text"));
  return ParseVisibility(seen.Text(0, 0));
}

std::string PortionReader::Query(const std::vector<std::string>& behind) const {
  std::string list = NameList(columns_);
  std::string key;
  for (const KeyColumn& column : table_.key) {
    if (!list.empty()) list.append(", ");
    list.append(fmt::format("(weir_t.{})::text", QuotedName(column.name)));
    if (!key.empty()) key.append(", ");
    key.append(fmt::format("weir_t.{}", QuotedName(column.name)));
  }
  const std::string condition =
      behind.empty() ? "" : fmt::format(" WHERE ({}) > ({})", key, Literals(behind));
  return fmt::format("SELECT {} FROM {} AS weir_t{} ORDER BY {} LIMIT {}", list, table_.table.name,
                     condition, key, rows_);
}

Result<bool> PortionReader::Ask(const std::vector<std::string>& behind,
                                const std::set<uint64_t>& passed) {
  portion_ = Portion();
  RETURN_IF_ERROR(connection_.Run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  portion_.seen = TRY(SeenNow(connection_));
  for (const uint64_t transaction : passed) {
    if (portion_.seen.Sees(transaction)) continue;
    RETURN_IF_ERROR(connection_.Run("COMMIT"));
    return false;
  }
  RETURN_IF_ERROR(connection_.Send(Query(behind)));
  asked_ = true;
  return true;
}

Result<std::optional<Answer>> PortionReader::Poll(int64_t millis) {
  std::optional<Answer> rows = TRY(connection_.Poll(millis));
  if (!rows) return rows;
  asked_ = false;
  RETURN_IF_ERROR(connection_.Run("COMMIT"));
  const Answer written = TRY(connection_.Ask("SELECT pg_current_wal_insert_lsn()::text"));
  portion_.until = WithoutHeader(TRY(PlaceIn(written)));
  portion_.last = rows->rows() < rows_;
  return rows;
}

Result<std::vector<KeyPlace>> PlaceKeys(Connection& connection, const LoggedTable& table,
                                        const TablePosition& position,
                                        std::span<const std::vector<std::string>> keys) {
  const std::vector<std::string> to =
      position.portion ? position.portion->to : std::vector<std::string>();
  const bool to_the_end = position.portion && position.portion->last;
  std::string names = "n";
  for (size_t i = 0; i < table.key.size(); ++i) names.append(fmt::format(", k{}", i));
  std::string rows;
  for (size_t i = 0; i < keys.size(); ++i)
    rows.append(fmt::format("{}({}, {})", i > 0 ? ", " : "", i, Literals(keys[i])));
  const Answer answer = TRY(connection.Ask(fmt::format(
      "SELECT {}, {} FROM (VALUES {}) AS keys ({}) ORDER BY n", AtMost(table, position.done),
      to_the_end ? "true" : AtMost(table, to), rows, names)));
  std::vector<KeyPlace> places;
  for (int i = 0; i < answer.rows(); ++i) {
    const KeyPlace place = answer.Text(i, 0) == "t"   ? KeyPlace::kDone
                           : answer.Text(i, 1) == "t" ? KeyPlace::kInPortion
                                                      : KeyPlace::kBehind;
    places.push_back(place);
  }
  if (places.size() != keys.size()) return Status::Internal("PostgreSQL has not placed all keys");
  return places;
}

}  // namespace weir::connectors::postgres
