#include "runtime/connectors/postgres/table_changer.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "runtime/base/interruption.h"
#include "runtime/base/names.h"
#include "runtime/connectors/jdbc/row_changes.h"
#include "runtime/connectors/jdbc/table_source.h"
#include "runtime/connectors/postgres/connection.h"
#include "runtime/connectors/postgres/postgres_options.h"
#include "runtime/connectors/postgres/server_table.h"
#include "runtime/connectors/postgres/value_text.h"
#include "runtime/fault_point.h"
#include "runtime/graph/typed_options.h"

namespace weir::connectors::postgres {
namespace {

// Who holds a lock for longer fails the statement.
constexpr std::string_view kLockTimeout = "SET lock_timeout TO '60s'";
// More rows are copied at once.
constexpr size_t kCopyBytes = 1 << 20;
// How often the answer to COMMIT is looked for.
constexpr int64_t kCommitGlanceMillis = 50;

struct ChangePlan {
  Access access;
  std::string table;       // of the DDL, for messages
  std::string table_name;  // 'table-name'
  const graph::ConnectorDescriptor& connector;
  Schema key;
  Schema assigned;
};

// The files that a table, its partitions and the tables that inherit from it lie in. Other ones
// than before: somebody has truncated it, or written it anew, and a snapshot from before that sees
// no rows in them ("Caveats" of MVCC).
constexpr std::string_view kFiles =
    "WITH RECURSIVE tree AS (SELECT {}::regclass::oid AS id UNION "
    "SELECT inhrelid FROM pg_inherits JOIN tree ON inhparent = id) "
    "SELECT string_agg(concat(id, ':', pg_relation_filenode(id)), ',' ORDER BY id) FROM tree";

// The column's value as the type of the DDL holds it, in its own type again; "" for texts and
// bytes, which hold each.
std::string HeldText(const ServerColumn& column, const Type& type) {
  const std::string name = QuotedName(column.name);
  const auto held = [&](std::string_view words) {
    return fmt::format("{}::{}::{}", name, words, column.type);
  };
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return held("boolean");
    case TypeKind::kTinyInt:
    case TypeKind::kSmallInt:
    case TypeKind::kInt:
    case TypeKind::kBigInt:
      return held("bigint");
    case TypeKind::kFloat:
      return held("real");
    case TypeKind::kDouble:
      return held("double precision");
    case TypeKind::kDate:
      return held("date");
    case TypeKind::kTime:
      return held(fmt::format("time({})", type.precision()));
    case TypeKind::kTimestamp:
      return held(fmt::format("timestamp({})", type.precision()));
    case TypeKind::kTimestampLtz:
      return held(fmt::format("timestamptz({})", type.precision()));
    case TypeKind::kDecimal:
      return fmt::format("round({}::numeric, {})::{}", name, type.scale(), column.type);
    default:
      return "";
  }
}

class Change final : public TableChange {
 public:
  Change(const ChangePlan& plan, std::unique_ptr<Connection> connection)
      : plan_(plan), connection_(std::move(connection)), encoder_(kCopyText, {}) {}

  Status Begin(bool alone, bool& may_pass) {
    Status begun = Noted(Open(alone));
    may_pass = may_pass_;
    return begun;
  }

  void Prepare(graph::ScanSpec& scan) const override {
    const std::string_view connector = graph::OptionValue(scan.options, "connector");
    if (!EqualsIgnoreCase(connector, "jdbc") && !EqualsIgnoreCase(connector, "postgres")) return;
    const graph::TypedOptions said(plan_.connector, scan.options);
    const Result<Access> access = AccessOf(said);
    // Of other tables nobody watches the files.
    if (!access.ok() || access->place != plan_.access.place) return;
    if (said.Text(kTableName) == plan_.table_name)
      scan.options.push_back({std::string(jdbc::kSnapshot), snapshot_});
  }

  Status OnBatch(const Batch& batch) override {
    RETURN_IF_ERROR(encoder_.ForEach(batch, [this](const jdbc::RowChange& change) {
      rows_ += *change.row;
      rows_ += '\n';
      ++count_;
      return Status();
    }));
    return rows_.size() < kCopyBytes ? Status() : Noted(CopyRows());
  }

  Result<uint64_t> Commit() override {
    WEIR_FAULT_POINT("postgres.before_change");
    RETURN_IF_ERROR(Noted(CopyRows()));
    const uint64_t changed = count_ == 0 ? 0 : TRY(Apply());
    RETURN_IF_ERROR(Noted(CheckFiles()));
    WEIR_FAULT_POINT("postgres.before_commit");
    RETURN_IF_ERROR(CommitTransaction());
    WEIR_FAULT_POINT("postgres.after_commit");
    return changed;
  }

  // A scan that waits for a lock may wait for somebody who waits for us.
  bool MayPass(const Status& failure) const override {
    return may_pass_ || failure.message().find("[55P03]") != std::string_view::npos;
  }

 private:
  Status Noted(Status status) {
    may_pass_ = !status.ok() && (connection_->may_pass() || written_anew_);
    return status;
  }

  // Nothing of this locks the table beyond a statement, unless we are alone: whoever alters it
  // would wait for us, our query's scan for him, and we for our query.
  Status Open(bool alone) {
    RETURN_IF_ERROR(connection_->Run(std::string(kLockTimeout)));
    const ServerTable table = TRY(DescribeTable(*connection_, plan_.table_name));
    name_ = table.name;
    key_ = TRY(ColumnsOf(table, plan_.key, plan_.table));
    assigned_ = NamesOf(TRY(ColumnsOf(table, plan_.assigned, plan_.table)));
    RETURN_IF_ERROR(CheckKey(table, key_, plan_.table));
    RETURN_IF_ERROR(CheckChildren(table));
    RETURN_IF_ERROR(Stage());
    files_ = TRY(FilesNow());
    std::string begin = "BEGIN ISOLATION LEVEL REPEATABLE READ";
    // Before the snapshot, and not against those who read, as our query does.
    if (alone) begin += fmt::format("; LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", name_);
    RETURN_IF_ERROR(connection_->Run(begin));
    const Answer snapshot = TRY(connection_->Ask("SELECT pg_export_snapshot()"));
    snapshot_ = snapshot.Text(0, 0);
    return {};
  }

  // Rows of children may be taken for rows of the table.
  Status CheckChildren(const ServerTable& table) const {
    if (!table.has_children || DefectPlanted("changes-reach-children")) return {};
    return Refused(fmt::format("{} of PostgreSQL has children (INHERITS), whose rows may have keys "
                               "of its own rows",
                               name_),
                   "UPDATE and DELETE take tables without children, and those with partitions");
  }

  // A temporary table with the types of the table's columns, under names that cannot be equal.
  Status Stage() {
    std::string list;
    for (size_t i = 0; i < key_.size(); ++i)
      list += fmt::format("{}{} AS k{}", i == 0 ? "" : ", ", QuotedName(key_[i].name), i);
    for (size_t i = 0; i < assigned_.size(); ++i)
      list += fmt::format(", {} AS v{}", QuotedName(assigned_[i]), i);
    return connection_->Run(
        fmt::format("CREATE TABLE {} AS SELECT {} FROM {} WITH NO DATA", stage_, list, name_));
  }

  Status CopyRows() {
    if (rows_.empty()) return {};
    RETURN_IF_ERROR(connection_->CopyIn(fmt::format("COPY {} FROM STDIN", stage_), rows_));
    rows_.clear();
    return {};
  }

  Result<std::string> FilesNow() {
    const std::vector<std::string> name = {name_};
    const Answer files = TRY(connection_->Ask(fmt::format(kFiles, "$1"), name));
    return std::string(files.Text(0, 0));
  }

  // When the table is locked by what has changed it, if anything has.
  Status CheckFiles() {
    if (TRY(FilesNow()) == files_) return {};
    written_anew_ = true;
    return Refused(fmt::format("{} of PostgreSQL was written anew while it was read", name_));
  }

  std::string SameKey() const {
    std::vector<KeyTerm> terms;
    for (size_t i = 0; i < key_.size(); ++i) {
      terms.push_back({fmt::format("t.{}", QuotedName(key_[i].name)), key_[i].operators,
                       fmt::format("c.k{}", i)});
    }
    return EqualKey(terms);
  }

  std::string StatementText() const {
    if (assigned_.empty())
      return fmt::format("DELETE FROM {} AS t USING {} AS c WHERE {}", name_, stage_, SameKey());
    std::string set;
    for (size_t i = 0; i < assigned_.size(); ++i)
      set += fmt::format("{}{} = c.v{}", i == 0 ? "" : ", ", QuotedName(assigned_[i]), i);
    return fmt::format("UPDATE {} AS t SET {} FROM {} AS c WHERE {}", name_, set, stage_,
                       SameKey());
  }

  // Where a type of the DDL rounds or cuts: a key that it does not hold may be that of another row
  // here.
  Status CheckHeld() {
    std::string unheld;
    for (size_t i = 0; i < key_.size(); ++i) {
      const std::string held = HeldText(key_[i], plan_.key.fields[i].type);
      if (held.empty()) continue;
      unheld += fmt::format("{}{} IS DISTINCT FROM {}", unheld.empty() ? "" : " OR ", held,
                            QuotedName(key_[i].name));
    }
    if (unheld.empty() || DefectPlanted("rounded-keys-change")) return {};
    Result<Answer> answer =
        connection_->Ask(fmt::format("SELECT EXISTS (SELECT FROM {} WHERE {})", name_, unheld));
    RETURN_IF_ERROR(Noted(answer.status()));
    return answer->Text(0, 0) == "t" ? NotFoundAgain() : Status();
  }

  Result<uint64_t> Apply() {
    RETURN_IF_ERROR(CheckHeld());
    // The planner of the server knows nothing of a table that was made a moment ago.
    RETURN_IF_ERROR(Noted(connection_->Run("ANALYZE " + stage_)));
    Result<Answer> answer = connection_->Ask(StatementText());
    RETURN_IF_ERROR(Noted(answer.status()));
    const uint64_t changed = answer->changed();
    if (changed == count_) return changed;
    RETURN_IF_ERROR(Noted(CheckFiles()));
    RETURN_IF_ERROR(CheckFound(changed));
    return changed;
  }

  // Fewer rows than were given may be the doing of a trigger there, whose affair that is. But each
  // has to be found, and no two be the same row.
  Status CheckFound(uint64_t changed) {
    Result<Answer> answer =
        connection_->Ask(fmt::format("SELECT count(*) FROM {} AS t WHERE EXISTS (SELECT FROM "
                                     "{} AS c WHERE {})",
                                     name_, stage_, SameKey()));
    RETURN_IF_ERROR(Noted(answer.status()));
    // Rows that are deleted are not there any more.
    const uint64_t gone = assigned_.empty() ? changed : 0;
    if (answer->Text(0, 0) == fmt::format("{}", count_ - std::min(gone, count_))) return {};
    return NotFoundAgain();
  }

  Status NotFoundAgain() const {
    return Status::DataError(
               fmt::format("not every row of {} of PostgreSQL is found again by the PRIMARY KEY of "
                           "table {}, whose types do not hold the values of {} there",
                           name_, plan_.table, NameList(NamesOf(key_))))
        .WithId("E3001")
        .WithHint("a TIMESTAMP(6), a DECIMAL with as many digits as there, or a STRING holds them");
  }

  // It is not left in the middle: whether the server has committed is known by its answer alone.
  Status CommitTransaction() {
    Status sent = connection_->Send("COMMIT");
    for (bool given_up = false; sent.ok();) {
      Result<std::optional<Answer>> answer = PollCalmly();
      if (!answer.ok()) {
        sent = std::move(answer).status();
      } else if (*answer) {
        return {};
      } else if (std::exchange(given_up, IsInterrupted())) {
        return InDoubt("it has not answered yet");
      }
    }
    if (connection_->lost()) return InDoubt(sent.message());
    return Noted(std::move(sent));
  }

  Result<std::optional<Answer>> PollCalmly() {
    static const std::atomic<bool> kCalm{false};
    const InterruptedBy nobody(kCalm);
    return connection_->Poll(kCommitGlanceMillis);
  }

  Status InDoubt(std::string_view why) {
    may_pass_ = false;
    return Refused(fmt::format("PostgreSQL at {} was told to commit the changes of table {}, and "
                               "whether it has is not known: {}",
                               plan_.access.place, plan_.table, why),
                   "SELECT the rows: either all of them are changed, or none");
  }

  const ChangePlan& plan_;
  const std::unique_ptr<Connection> connection_;
  jdbc::ChangeEncoder encoder_;
  bool may_pass_ = false;
  bool written_anew_ = false;
  std::string snapshot_, files_;
  std::string name_;  // of the table, as SQL has it
  const std::string stage_ = StageName("changes");
  std::vector<ServerColumn> key_;
  std::vector<std::string> assigned_;
  std::string rows_;    // not copied yet
  uint64_t count_ = 0;  // of all rows
};

class Changer final : public TableChanger {
 public:
  explicit Changer(ChangePlan plan) : plan_(std::move(plan)) {}

  Result<std::unique_ptr<TableChange>> Begin(bool alone, bool& may_pass) override {
    Result<std::unique_ptr<Connection>> connection = Connection::Open(plan_.access, &may_pass);
    if (!connection.ok()) {
      // A server that was there for the last try may be there again.
      may_pass = may_pass && began_;
      if (may_pass) WaitSeconds(1);
      return std::move(connection).status();
    }
    began_ = true;
    auto change = std::make_unique<Change>(plan_, *std::move(connection));
    RETURN_IF_ERROR(change->Begin(alone, may_pass));
    return std::unique_ptr<TableChange>(std::move(change));
  }

  Status Truncate() override {
    const std::unique_ptr<Connection> connection = TRY(Connection::Open(plan_.access));
    const ServerTable table = TRY(DescribeTable(*connection, plan_.table_name));
    RETURN_IF_ERROR(connection->Run(std::string(kLockTimeout)));
    return connection->Run(fmt::format("TRUNCATE TABLE {}", table.name));
  }

 private:
  const ChangePlan plan_;
  bool began_ = false;  // a try has
};

}  // namespace

Result<std::unique_ptr<TableChanger>> MakeTableChanger(const graph::ConnectorDescriptor& connector,
                                                       const ChangeSpec& spec) {
  const graph::TypedOptions said(connector, spec.options);
  ChangePlan plan = {.access = TRY(AccessOf(said)),
                     .table = spec.table,
                     .table_name = std::string(said.Text(kTableName)),
                     .connector = connector,
                     .key = spec.key,
                     .assigned = spec.assigned};
  return std::unique_ptr<TableChanger>(std::make_unique<Changer>(std::move(plan)));
}

}  // namespace weir::connectors::postgres
