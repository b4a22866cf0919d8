#include "runtime/connectors/postgres/change_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "runtime/clock.h"
#include "runtime/connectors/postgres/change_rows.h"
#include "runtime/connectors/postgres/log_message.h"
#include "runtime/connectors/postgres/log_stream.h"
#include "runtime/connectors/postgres/portion_reader.h"
#include "runtime/fault_point.h"
#include "runtime/types/datetime.h"

namespace weir::connectors::postgres {
namespace {

// How long a reader waits for something before others get their turn.
constexpr int64_t kPatienceMillis = 50;
constexpr int64_t kAgainMillis = 20;     // until a transaction is looked for again
constexpr int64_t kReopenMillis = 1000;  // until a lost connection is made anew
// A connection that has held so long is no failure in a row with the next one.
constexpr int64_t kHeldMillis = 2000;
constexpr int64_t kTellMillis = 10'000;  // until it is said what is waited for
// How often a slot is asked for that another reader has: until a server notices that its client is
// gone (TCP's keepalives: two minutes).
constexpr int64_t kTriesWhileHeld = 150;
// Messages that are taken at a time; so many keys are placed by one question, too.
constexpr size_t kMostMessages = 2048;

int64_t NowMillis() {
  return Clock::System().MonotonicNanos() / kNanosPerMilli;
}

// One thing of the log that waits for its turn.
struct Entry {
  Logged logged;
  LogMessage message;                    // points into it
  std::shared_ptr<const ColumnMap> map;  // of the table; null before the log has said it
  KeyPlace before = KeyPlace::kDone;
  KeyPlace after = KeyPlace::kDone;
};

// The rows that a change is, in their order: at most two.
struct Rows {
  std::array<RowOfLog, 2> rows;
  size_t count = 0;

  void Add(const RowOfLog& row) { rows[count++] = row; }
};

class ChangeReader final : public SplitReader {
 public:
  ChangeReader(const ChangeScan& scan, const std::atomic<uint64_t>& confirmed)
      : scan_(scan), confirmed_(confirmed), entries_(kMostMessages), rows_(scan) {}

  Status Open(const std::string& position) {
    if (!position.empty()) {
      position_ = TRY(ParseChangePosition(position));
      begun_ = true;
    }
    Status connected = Connect();
    if (connected.ok()) return {};
    return TryLater(std::move(connected)).status();
  }

  Result<ReadOutcome> Read(uint32_t max_rows, Batch& out) override {
    if (stream_ != nullptr && NowMillis() - connected_at_ > kHeldMillis) failures_ = 0;
    if (stream_ == nullptr) {
      if (NowMillis() < reopen_at_) return ReadOutcome::kComing;
      Status connected = Connect();
      if (!connected.ok()) return TryLater(std::move(connected));
    }
    Result<ReadOutcome> outcome = ReadOn(max_rows, out);
    if (!outcome.ok()) return TryLater(std::move(outcome).status());
    if (*outcome == ReadOutcome::kRows) {
      failures_ = 0;
      WEIR_FAULT_POINT("postgres.after_read");
    }
    return outcome;
  }

  std::string Position() const override { return begun_ ? position_.Text() : ""; }
  ReaderStatistics statistics() const override {
    return {.bytes_read = bytes_, .rows_read = position_.rows};
  }

 private:
  // --- connections ------------------------------------------------------------------------------

  Status Connect() {
    portions_.reset();
    may_pass_ = held_ = false;
    connection_ = TRY(Connection::Open(scan_.access, &may_pass_));
    std::unique_ptr<Connection> replication =
        TRY(Connection::Open(ForReplication(scan_.access), &may_pass_));
    Status prepared = Prepare(*replication);
    may_pass_ = connection_->may_pass() || replication->may_pass();
    RETURN_IF_ERROR(std::move(prepared));
    Result<std::unique_ptr<LogStream>> stream =
        LogStream::Open(std::move(replication), position_.slot, scan_.publication, position_.log);
    if (!stream.ok()) {
      // One that was killed a moment ago may hold the slot still.
      held_ = stream.status().message().find("is active for PID") != std::string::npos;
      may_pass_ = held_;
      return std::move(stream).status();
    }
    may_pass_ = false;
    stream_ = std::move(*stream);
    count_ = 0;
    next_ = 0;
    next_row_ = 0;
    next_of_entry_ = 0;
    portion_ = Answer();
    map_.reset();
    within_ = false;
    connected_at_ = NowMillis();
    look_again_at_ = connected_at_ + scan_.look_again_millis;
    return {};
  }

  // Finds the table, and the slot as the position needs it, or makes it for one that begins.
  Status Prepare(Connection& replication) {
    // A reader that is held up does not answer: the server is not to take it for dead. Servers
    // before 12 do not let it be said.
    static_cast<void>(replication.Run("SET wal_sender_timeout = '10min'"));
    // A policy that hides rows from us must fail, as the log has all of them.
    RETURN_IF_ERROR(connection_->Run("SET row_security = off"));
    table_ = TRY(FindTable(scan_, *connection_));
    if (!begun_) {
      position_ = TRY(BeginChanges(scan_, table_, *connection_, replication));
      begun_ = true;
      RETURN_IF_ERROR(FindColumns());
    } else {
      RETURN_IF_ERROR(CheckPosition(scan_, position_, *connection_, replication));
      RETURN_IF_ERROR(FindColumns());
      RETURN_IF_ERROR(GoOnWith(table_));
      RETURN_IF_ERROR(NeedPublication(*connection_, table_, scan_.publication, false));
    }
    if (position_.table) near_ = TRY(SeenNow(*connection_)).next;
    return {};
  }

  Status FindColumns() {
    columns_ = TRY(ColumnsRead(scan_, table_));
    if (!position_.table) return {};
    TablePosition& at = *position_.table;
    std::vector<std::string> sorted = SortedBy(table_.table);
    // A position of a former version does not say what it was sorted by.
    const bool resorted = !at.sorted.empty() && at.sorted != sorted;
    if (at.by != table_.table.primary_key || resorted) {
      return Status::RestoreRefused(
                 fmt::format("table {} cannot be read on: the primary key of {} is not that of the "
                             "checkpoint, or has another type or collation",
                             scan_.table, table_.table.name))
          .WithHint("undo what has been altered there, or start the job afresh");
    }
    at.sorted = std::move(sorted);
    portions_ = std::make_unique<PortionReader>(*connection_, table_, NamesOf(columns_),
                                                scan_.portion_rows);
    return {};
  }

  // What may pass is tried again in a while; a slot that is temporary went with its connection.
  Result<ReadOutcome> TryLater(Status failure) {
    const bool passes = may_pass_ || (stream_ != nullptr && stream_->may_pass()) ||
                        (connection_ != nullptr && connection_->may_pass());
    stream_.reset();
    // The position is ahead of what was returned.
    if (rows_.size() > 0) return failure;
    const int64_t most = held_ ? kTriesWhileHeld : scan_.retries;
    if (!passes || scan_.temporary || failures_ >= most) return failure;
    ++failures_;
    if (scan_.notices != nullptr)
      scan_.notices->Report(NoticeKind::kUnanswered, 1, failure.message());
    reopen_at_ = NowMillis() + kReopenMillis;
    return ReadOutcome::kComing;
  }

  // --- reading ----------------------------------------------------------------------------------

  Result<ReadOutcome> ReadOn(uint32_t max_rows, Batch& out) {
    stream_->Confirm(scan_.temporary ? position_.log : confirmed_.load());
    if (next_row_ < portion_.rows()) return ReadPortion(max_rows, out);
    // A transaction is judged by one portion from its beginning to its end.
    if (position_.table && !position_.table->portion && position_.commit == 0) {
      if (!TRY(PollPortion())) return ReadOutcome::kComing;
      if (next_row_ < portion_.rows()) return ReadPortion(max_rows, out);
    }
    if (next_ == count_) RETURN_IF_ERROR(Fetch());
    if (position_.table && !placed_) RETURN_IF_ERROR(PlaceEntries());
    while (next_ < count_ && rows_.size() < max_rows) {
      if (!TRY(TakeEntry(entries_[next_], max_rows))) break;
      ++next_;
      next_of_entry_ = 0;
      // What follows is placed by what was read of the table by then.
      if (position_.table && !position_.table->portion && position_.commit == 0) break;
    }
    if (rows_.size() > 0) {
      Result<Batch> batch = rows_.Take();
      if (!batch.ok()) return InLog(std::move(batch).status());
      out = std::move(*batch);
      return ReadOutcome::kRows;
    }
    RETURN_IF_ERROR(LookAgain());
    return position_.table || next_ < count_ ? ReadOutcome::kComing : ReadOutcome::kNothing;
  }

  // That nothing has happened to the table and its publication of which the log says nothing.
  Status LookAgain() {
    const bool busy = portions_ != nullptr && portions_->asked();
    if (busy || NowMillis() < look_again_at_) return {};
    look_again_at_ = NowMillis() + scan_.look_again_millis;
    const LoggedTable now = TRY(FindTable(scan_, *connection_));
    RETURN_IF_ERROR(GoOnWith(now));
    return NeedPublication(*connection_, now, scan_.publication, false);
  }

  // That the table is what it was when it was read last, or has become something that the log tells
  // of.
  Status GoOnWith(const LoggedTable& now) {
    const TableForm form = FormOf(now, columns_);
    if (position_.form.oid != 0) RETURN_IF_ERROR(CheckForm(scan_, position_.form, form));
    position_.form = form;
    return {};
  }

  Status InLog(Status failure) const {
    return std::move(failure).WithContext(
        fmt::format("{}.{}, log at {}", scan_.schema, scan_.name,
                    PlaceText(position_.commit != 0 ? position_.commit : position_.log)));
  }

  // --- the table --------------------------------------------------------------------------------

  // False while the rows are not there yet.
  Result<bool> PollPortion() {
    TablePosition& table = *position_.table;
    if (NowMillis() < ask_at_) return false;
    if (!portions_->asked()) RETURN_IF_ERROR(portions_->Ask(table.done, table.passed));
    std::optional<Answer> rows = TRY(portions_->Poll(kPatienceMillis));
    if (!rows) {
      ask_at_ = NowMillis() + kAgainMillis;
      return TellOfWaiting();
    }
    waits_since_ = 0;
    portion_ = std::move(*rows);
    next_row_ = 0;
    near_ = portions_->portion().seen.next;
    WEIR_FAULT_POINT("postgres.after_portion");
    if (portion_.rows() == 0) EnterPortion(0);
    return true;
  }

  // Says once in a while what the next portion waits for. False, as there is none.
  bool TellOfWaiting() {
    const int64_t now = NowMillis();
    if (waits_since_ == 0) waits_since_ = now;
    if (now - waits_since_ < kTellMillis || scan_.notices == nullptr) return false;
    waits_since_ = now;
    scan_.notices->Report(
        NoticeKind::kUnanswered, 1,
        fmt::format("{}.{}: the next rows wait for a lock on the table, or for transactions that "
                    "were running when the last ones were read (pg_stat_activity has them)",
                    scan_.schema, scan_.name));
    return false;
  }

  // The rows before `end` are returned.
  void EnterPortion(int end) {
    TablePosition& table = *position_.table;
    table.passed.clear();
    if (!table.portion) table.portion = portions_->portion();
    table.portion->last = portions_->portion().last && end == portion_.rows();
    placed_ = false;
    if (end == 0) return;
    table.portion->to.clear();
    const auto columns = static_cast<int>(columns_.size());
    for (size_t i = 0; i < table_.key.size(); ++i)
      table.portion->to.emplace_back(portion_.Text(end - 1, columns + static_cast<int>(i)));
  }

  Result<ReadOutcome> ReadPortion(uint32_t max_rows, Batch& out) {
    const int end = static_cast<int>(
        std::min<int64_t>(portion_.rows(), int64_t{next_row_} + static_cast<int64_t>(max_rows)));
    std::vector<RowKind> kinds;
    if (scan_.upserts) kinds.assign(static_cast<size_t>(end - next_row_), RowKind::kUpdateAfter);
    out = TRY(BatchOf(scan_, {portion_, next_row_, end}, kinds, {}));
    for (int row = next_row_; row < end; ++row) {
      for (size_t c = 0; c < columns_.size(); ++c)
        bytes_ += portion_.Text(row, static_cast<int>(c)).size();
    }
    position_.rows += static_cast<uint64_t>(end - next_row_);
    EnterPortion(end);
    next_row_ = end;
    return ReadOutcome::kRows;
  }

  // Once the log has come to where all is that the portion has seen, what the log has of its rows
  // behind that is new.
  void LeavePortion() {
    TablePosition& table = *position_.table;
    if (!table.portion || position_.log < table.portion->until) return;
    if (table.portion->last) {
      position_.table.reset();
      return;
    }
    table.done = table.portion->to;
    table.portion.reset();
    placed_ = false;
  }

  // --- the log ----------------------------------------------------------------------------------

  Status Fetch() {
    count_ = 0;
    next_ = 0;
    next_of_entry_ = 0;
    placed_ = false;
    if (position_.table && position_.table->portion) RETURN_IF_ERROR(stream_->AskHowFar());
    int64_t wait = kPatienceMillis;
    while (count_ < kMostMessages) {
      std::optional<Logged> logged = TRY(stream_->Take(std::exchange(wait, 0)));
      if (!logged) return {};
      Entry& entry = entries_[count_];
      entry.logged = std::move(*logged);
      bytes_ += entry.logged.message.size();
      RETURN_IF_ERROR(Understand(entry));
      ++count_;
    }
    return {};
  }

  Status Understand(Entry& entry) {
    entry.message.kind = LogMessageKind::kOther;
    entry.before = entry.after = KeyPlace::kDone;
    if (entry.logged.message.empty()) return {};
    RETURN_IF_ERROR(ParseLogMessage(entry.logged.message, entry.message));
    const LogMessage& message = entry.message;
    if (message.kind == LogMessageKind::kRelation && IsOfTable(message)) {
      map_ = TRY(MapColumns(scan_, table_, columns_, message));
      RETURN_IF_ERROR(CheckRowsBefore(message));
    }
    entry.map = map_;
    if (!IsRow(message) || !IsOfTable(message)) return {};
    const auto fits = [this](const std::vector<LogCell>& cells) {
      return cells.empty() || cells.size() == map_->count;
    };
    if (map_ != nullptr && fits(message.before) && fits(message.after)) return {};
    return Status::DataError("PostgreSQL's log has a row of columns that it has not named")
        .WithId("E3001");
  }

  // That the rows before updates and deletes will have the keys by which they are found.
  Status CheckRowsBefore(const LogMessage& relation) const {
    // Whole rows are needed then, and looked for one by one.
    if (!position_.table && !scan_.upserts) return {};
    // Once all of the table was read its own key, which comes first, is of no use.
    for (size_t i = position_.table ? 0 : map_->key.size(); i < map_->identity.size(); ++i) {
      const LogColumn& column = relation.columns[map_->identity[i]];
      if (column.in_identity || DefectPlanted("identity-unlooked-at")) continue;
      return Refused(fmt::format("the log does not have \"{}\" of rows before updates and deletes "
                                 "of {}: its REPLICA IDENTITY has other columns",
                                 column.name, table_.table.name),
                     fmt::format("ALTER TABLE {} REPLICA IDENTITY FULL, and start the job afresh",
                                 table_.table.name));
    }
    return {};
  }

  static bool IsRow(const LogMessage& message) {
    return message.kind == LogMessageKind::kInsert || message.kind == LogMessageKind::kUpdate ||
           message.kind == LogMessageKind::kDelete;
  }

  bool IsOfTable(const LogMessage& message) const {
    return std::ranges::find(message.tables, table_.form.oid) != message.tables.end();
  }

  // --- where rows are ---------------------------------------------------------------------------

  static std::vector<std::string> KeyOf(const std::vector<LogCell>& cells,
                                        const std::vector<LogCell>& before, const ColumnMap& map) {
    std::vector<std::string> key;
    for (const size_t at : map.key) {
      const bool unchanged = cells[at].kind == LogCell::Kind::kUnchanged && !before.empty();
      key.emplace_back(unchanged ? before[at].text : cells[at].text);
    }
    return key;
  }

  // Asks the server where the keys of what waits lie.
  Status PlaceEntries() {
    placed_ = true;
    std::vector<std::vector<std::string>> keys;
    std::vector<KeyPlace*> places;
    for (size_t i = next_; i < count_; ++i) {
      Entry& entry = entries_[i];
      const LogMessage& message = entry.message;
      if (!IsRow(message) || !IsOfTable(message)) continue;
      if (!message.before.empty()) {
        keys.push_back(KeyOf(message.before, {}, *entry.map));
        places.push_back(&entry.before);
      }
      if (!message.after.empty()) {
        keys.push_back(KeyOf(message.after, message.before, *entry.map));
        places.push_back(&entry.after);
      }
    }
    if (keys.empty()) return {};
    const std::vector<KeyPlace> found =
        TRY(PlaceKeys(*connection_, table_, *position_.table, keys));
    for (size_t i = 0; i < found.size(); ++i) *places[i] = found[i];
    return {};
  }

  // Whether a change of a row that lies there is to be returned. One that is not comes, or came,
  // with the rows of the table.
  bool Counts(KeyPlace place) {
    if (!position_.table || place == KeyPlace::kDone) return true;
    TablePosition& table = *position_.table;
    if (place == KeyPlace::kBehind || !table.portion) {
      if (!DefectPlanted("passed-forgotten")) table.passed.insert(transaction_);
      return false;
    }
    return !table.portion->seen.Sees(transaction_) || DefectPlanted("portion-sees-nothing");
  }

  // --- rows -------------------------------------------------------------------------------------

  Result<Rows> RowsOf(const Entry& entry) {
    const LogMessage& message = entry.message;
    Rows rows;
    const bool adds = !message.after.empty() && Counts(entry.after);
    const RowOfLog after = {scan_.upserts ? RowKind::kUpdateAfter : RowKind::kInsert,
                            &message.after, message.before_is_whole ? &message.before : nullptr,
                            false, micros_};
    if (message.kind == LogMessageKind::kInsert) {
      if (adds) rows.Add(after);
      return rows;
    }
    if (message.before.empty()) {
      if (!scan_.upserts) return NoRowBefore();
      if (adds) rows.Add(after);
      return rows;
    }
    if (!scan_.upserts && !message.before_is_whole) return NoRowBefore();
    const bool same_key =
        message.kind == LogMessageKind::kUpdate && HaveSameKey(message, *entry.map);
    const bool takes = Counts(entry.before);
    const RowOfLog before = {same_key ? RowKind::kUpdateBefore : RowKind::kDelete, &message.before,
                             nullptr, !message.before_is_whole, micros_};
    if (takes && !(scan_.upserts && same_key)) rows.Add(before);
    if (!adds) return rows;
    rows.Add(after);
    if (same_key) rows.rows[rows.count - 1].kind = RowKind::kUpdateAfter;
    return rows;
  }

  // Whether the rows before and after an update are one to the table and to the DDL.
  static bool HaveSameKey(const LogMessage& message, const ColumnMap& map) {
    return std::ranges::all_of(map.identity, [&](size_t at) {
      const LogCell& after = message.after[at];
      const LogCell& before = message.before[at];
      return after.kind == LogCell::Kind::kUnchanged ||
             (after.kind == before.kind && after.text == before.text);
    });
  }

  Status NoRowBefore() const {
    return Refused(fmt::format("the log has no row before an update or delete of {}: its REPLICA "
                               "IDENTITY was not FULL then",
                               table_.table.name),
                   fmt::format("ALTER TABLE {} REPLICA IDENTITY FULL, and start the job afresh; or "
                               "'changelog-mode' = 'upsert'",
                               table_.table.name));
  }

  // False when the rows of the entry do not all fit into the batch.
  Result<bool> TakeEntry(const Entry& entry, uint32_t max_rows) {
    const LogMessage& message = entry.message;
    if (entry.logged.message.empty()) {
      if (position_.commit == 0) Advance(entry.logged.heard);
      return true;
    }
    switch (message.kind) {
      case LogMessageKind::kBegin:
        RETURN_IF_ERROR(BeginTransaction(message));
        return true;
      case LogMessageKind::kCommit:
        position_.commit = 0;
        position_.of_it = 0;
        within_ = false;
        Advance(message.place);
        return true;
      case LogMessageKind::kTruncate:
        if (IsOfTable(message) && !scan_.skips_truncation) return InLog(Truncated());
        return true;
      case LogMessageKind::kInsert:
      case LogMessageKind::kUpdate:
      case LogMessageKind::kDelete:
        return IsOfTable(message) ? TakeRows(entry, max_rows) : Result<bool>(true);
      case LogMessageKind::kRelation:
      case LogMessageKind::kOther:
        return true;
    }
    return true;
  }

  void Advance(uint64_t place) {
    position_.log = std::max(position_.log, place);
    if (position_.table) LeavePortion();
  }

  // A transaction that was being read begins again, and the rows that were returned are left out.
  Status BeginTransaction(const LogMessage& message) {
    if (position_.commit != 0 && position_.commit != message.place) {
      return Status::RestoreRefused(
                 fmt::format("the log of table {} does not go on where it was read: a transaction "
                             "that was committed at {} is not in it",
                             scan_.table, PlaceText(position_.commit)))
          .WithHint(
              "the publication was changed, or the server was restored; start the job afresh");
    }
    position_.commit = message.place;
    skip_ = position_.of_it;
    of_it_ = 0;
    within_ = true;
    transaction_ = WholeNumber(message.transaction, near_);
    micros_ = message.commit_micros;
    return {};
  }

  Result<bool> TakeRows(const Entry& entry, uint32_t max_rows) {
    if (!within_) return Status::DataError("a row without its transaction").WithId("E3001");
    Result<Rows> made = RowsOf(entry);
    if (!made.ok()) return InLog(std::move(made).status());
    for (; next_of_entry_ < made->count; ++next_of_entry_) {
      if (of_it_ < skip_ && !DefectPlanted("rows-of-transaction-again")) {
        ++of_it_;
        continue;
      }
      if (rows_.size() == max_rows) return false;
      Status appended = rows_.Append(made->rows[next_of_entry_], *entry.map);
      if (!appended.ok()) return InLog(std::move(appended));
      position_.of_it = ++of_it_;
      ++position_.rows;
    }
    return true;
  }

  Status Truncated() const {
    return Refused(
        fmt::format("{} was truncated, which takes rows away without naming "
                    "them",
                    table_.table.name),
        "start the job afresh; or 'scan.truncate' = 'skip' goes on as if it had not been");
  }

  const ChangeScan& scan_;
  const std::atomic<uint64_t>& confirmed_;
  ChangePosition position_;
  bool begun_ = false;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<LogStream> stream_;  // null: it is to be opened
  LoggedTable table_;
  std::vector<ServerColumn> columns_;  // that are read, as the server has them
  bool may_pass_ = false;              // what Connect failed for
  bool held_ = false;                  // by another reader of the slot
  int64_t failures_ = 0;               // in a row
  int64_t reopen_at_ = 0;
  int64_t connected_at_ = 0;
  int64_t look_again_at_ = 0;
  uint64_t bytes_ = 0;

  // While the table is read.
  std::unique_ptr<PortionReader> portions_;
  Answer portion_;
  int next_row_ = 0;  // of it
  int64_t ask_at_ = 0;
  int64_t waits_since_ = 0;  // for the portion; 0: it does not
  uint64_t near_ = 0;        // a transaction of these days
  bool placed_ = false;      // whether the entries know where their keys lie

  // What was fetched of the log.
  std::vector<Entry> entries_;
  size_t count_ = 0;
  size_t next_ = 0;
  size_t next_of_entry_ = 0;  // row of that one
  std::shared_ptr<const ColumnMap> map_;
  ChangeRows rows_;

  // The transaction that is being read.
  bool within_ = false;
  uint64_t transaction_ = 0;
  int64_t micros_ = 0;  // its commit
  uint64_t skip_ = 0;   // rows of it that an earlier start returned
  uint64_t of_it_ = 0;  // rows of it so far
};

}  // namespace

Result<std::unique_ptr<SplitReader>> OpenChangeReader(const ChangeScan& scan,
                                                      const std::string& position,
                                                      const std::atomic<uint64_t>& confirmed) {
  auto reader = std::make_unique<ChangeReader>(scan, confirmed);
  RETURN_IF_ERROR(reader->Open(position));
  return std::unique_ptr<SplitReader>(std::move(reader));
}

}  // namespace weir::connectors::postgres
