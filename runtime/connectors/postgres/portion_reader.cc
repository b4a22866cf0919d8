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

KeyTerm TermOf(const LoggedTable& table, size_t i, std::string expression,
               const std::string& value) {
  return {std::move(expression), table.table.Find(table.key[i].name)->operators,
          Quoted(value, '\'')};
}

// Whether the key of a row of "keys", with the type and the collation of the table's, is at most
// this one; no key is where there is none.
std::string AtMost(const LoggedTable& table, const std::vector<std::string>& key) {
  if (key.empty()) return "false";
  std::vector<KeyTerm> terms;
  for (size_t i = 0; i < table.key.size(); ++i) {
    const KeyColumn& column = table.key[i];
    const std::string collation = column.collation.empty() ? "" : " COLLATE " + column.collation;
    terms.push_back(
        TermOf(table, i, fmt::format("CAST(k{} AS {}){}", i, column.type, collation), key[i]));
  }
  return fmt::format("NOT ({})", BehindKey(terms));
}

}  // namespace

Result<Visibility> SeenNow(Connection& connection) {
  const Answer seen = TRY(connection.Ask("SELECT txid_current_snapshot()::text"));
  return ParseVisibility(seen.Text(0, 0));
}

std::string PortionReader::Query() const {
  std::string list = NameList(columns_);
  std::string key;
  std::vector<KeyTerm> terms;
  for (size_t i = 0; i < table_.key.size(); ++i) {
    const std::string column = fmt::format("weir_t.{}", QuotedName(table_.key[i].name));
    if (!list.empty()) list.append(", ");
    list.append(fmt::format("({})::text", column));
    if (!key.empty()) key.append(", ");
    key.append(column);
    if (!behind_.empty()) terms.push_back(TermOf(table_, i, column, behind_[i]));
  }
  const std::string condition = behind_.empty() ? "" : " WHERE " + BehindKey(terms);
  return fmt::format("SELECT {} FROM {} AS weir_t{} ORDER BY {} LIMIT {}", list, table_.table.name,
                     condition, key, rows_now_);
}

Status PortionReader::Ask(const std::vector<std::string>& behind,
                          const std::set<uint64_t>& passed) {
  portion_ = Portion();
  behind_ = behind;
  passed_ = passed;
  RETURN_IF_ERROR(connection_.Run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  RETURN_IF_ERROR(
      connection_.Send(fmt::format("LOCK TABLE {} IN ACCESS SHARE MODE", table_.table.name)));
  step_ = Step::kLocking;
  return {};
}

Status PortionReader::Read() {
  portion_.seen = TRY(SeenNow(connection_));
  for (const uint64_t transaction : passed_) {
    if (portion_.seen.Sees(transaction)) continue;
    step_ = Step::kIdle;
    return connection_.Run("COMMIT");
  }
  step_ = Step::kReading;
  return connection_.Send(Query());
}

Result<std::optional<Answer>> PortionReader::Poll(int64_t millis) {
  if (step_ == Step::kFlushing) return Flushed();
  std::optional<Answer> answer = TRY(connection_.Poll(millis));
  if (!answer) return answer;
  if (step_ == Step::kLocking) {
    RETURN_IF_ERROR(Read());
    if (step_ == Step::kIdle) return std::optional<Answer>();
    answer = TRY(connection_.Poll(millis));
    if (!answer) return answer;
  }
  RETURN_IF_ERROR(connection_.Run("COMMIT"));
  rows_read_ = std::move(*answer);
  const Answer written = TRY(connection_.Ask("SELECT pg_current_wal_insert_lsn()::text"));
  portion_.until = WithoutHeader(TRY(PlaceIn(written)));
  portion_.last = rows_read_.rows() < rows_now_;
  step_ = Step::kFlushing;
  return Flushed();
}

// A commit that does not wait for the disk is seen before it is there; after a crash its number is
// given to another transaction.
Result<std::optional<Answer>> PortionReader::Flushed() {
  const uint64_t flushed =
      TRY(PlaceIn(TRY(connection_.Ask("SELECT pg_current_wal_flush_lsn()::text"))));
  if (flushed < portion_.until) return std::optional<Answer>();
  step_ = Step::kIdle;
  constexpr int64_t kGrowth = 4;
  const size_t bytes = rows_read_.bytes();
  if (bytes > kPortionBytes) {
    rows_now_ = std::max<int64_t>(1, rows_now_ / kGrowth);
  } else if (bytes < kPortionBytes / kGrowth) {
    rows_now_ = std::min(rows_, rows_now_ * kGrowth);
  }
  return std::optional(std::move(rows_read_));
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
