// What connectors and formats can do and which options they take, as data: the planner checks
// tables against it when they are created, and SHOW, DESCRIBE, completion and errors are made from
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/types/row_kind.h"
#include "runtime/types/schema.h"

namespace weir::graph {

// How an option's text is checked and read; kDuration and kMemorySize as the functions below say.
enum class OptionKind : uint8_t {
  kString,
  kBoolean,
  kInteger,
  kDouble,
  kDuration,
  kMemorySize,
  kEnum
};

// What a change of the option means for state that was made of the table's rows: whether a restore
// must take the table for another one.
enum class OptionEffect : uint8_t {
  kContents,  // other rows may be in it
  kAccess,    // the same rows, found at other times or written in other portions
  kRecovery,  // the same rows; says what a start does that misses some of them. Up to version 5,
              // meanings took a change of these for one of the contents
};

// What the option's value reaches beyond the table's own rows. Who may say it follows from that.
enum class OptionReach : uint8_t {
  kNothing,
  kPath,       // a path here, of the table's files or of a snapshot
  kSystem,     // another system: where it is, what is read there, or how to log in
  kKeysPath,   // both: a path here, of what a login is made with
  kSchemaPath  // a path here, of a file that says how the table's bytes are read
};

// One option. Like all descriptors it lives forever, and its views point to literals. `doc` ends
// with a full stop.
struct OptionDescriptor {
  std::string_view key;
  OptionKind kind = OptionKind::kString;
  std::string_view default_value;  // empty: none
  std::string_view allowed;        // kEnum: "a|b|c"
  bool required = false;
  std::string_view doc;  // one line
  OptionEffect effect = OptionEffect::kContents;
  OptionReach reach = OptionReach::kNothing;
};

// A table may declare the column with another type; the scan then casts.
struct MetadataColumn {
  std::string_view key;  // METADATA FROM 'key'
  Type type;
  std::string_view doc;
};

// A key and value of a WITH clause exactly as written, with blanks and case.
struct TableOption {
  std::string key;
  std::string value;
  friend bool operator==(const TableOption&, const TableOption&) = default;
};
// In the order written; keys are unique.
using TableOptions = std::vector<TableOption>;

// How many rows a table or an operator's output has, counting changes. Never an estimate: a number
// that is not certain is unknown.
struct RowBound {
  std::optional<int64_t> at_most;  // nothing: unknown
  bool exact = false;              // at_most of them, not fewer
};

// Facts about a connector. Functions of a descriptor are pure and thread-safe.
struct ConnectorDescriptor {
  std::string_view name;  // 'connector' = '…'
  std::string_view doc;
  bool source = false;
  bool sink = false;
  bool needs_format = false;       // reads or writes bytes through a format
  bool exactly_once_sink = false;  // else at-least-once, said in EXPLAIN
  bool overwrite = false;          // INSERT OVERWRITE
  bool partitioned = false;        // PARTITIONED BY
  // Records are messages with keys: 'key.format' has options that begin with "key.", and 'format'
  // may be said as 'value.format', with options that begin with "value.".
  bool has_keys = false;
  // An option that nobody writes, for the columns of the PRIMARY KEY, joined by ';': the connector
  // has to know them. With `has_keys` they are the keys of the messages. Empty: it need not.
  std::string_view primary_key_option = {};
  // A lookup may ask it for the rows of a key ('lookup.cache' = 'NONE', 'PARTIAL').
  bool finds_by_key = false;
  // Its scans can return bad records as rows ('errors.table'; ScanSpec::reports_bad).
  bool reports_bad = false;
  // Values are matched to columns by their names, so that the order of columns does not matter.
  bool names_columns = false;
  ChangelogMode sink_accepts;  // changes the sink can take
  std::span<const OptionDescriptor> options;
  std::span<const MetadataColumn> metadata;
  // Options of the form `prefix.<column>.x` ("fields."); empty: none.
  std::string_view field_option_prefix;
  // Options that begin with it are those of a client library ("properties."), and judged by
  // `check`. Their values may hold secrets, and say how the table is reached, not what is in it.
  // Empty: none.
  std::string_view open_prefix = {};
  // What such an option reaches, by its whole key. Null without `open_prefix`.
  OptionReach (*open_reach)(std::string_view key) = nullptr;
  // The paths of files here which the value of an option names beside other things, as a URL may;
  // they are judged before they are opened. Null: none.
  std::vector<std::string> (*paths_in)(std::string_view key, std::string_view value) = nullptr;
  // Checks what `options` cannot express (values that must go together, `inline` rows that must
  // parse), when a table is created. Null: nothing more to check. Does no I/O.
  Status (*check)(const Schema& schema, const TableOptions& options) = nullptr;
  // Checks the columns that are no metadata against what the files say that options name
  // (FormatDescriptor::check_record). Once, when somebody creates a table, and not again with a
  // definition that is kept: files may be gone, and it can still be shown and dropped. Null:
  // nothing to check.
  Status (*check_files)(const Schema& physical, const TableOptions& options) = nullptr;
  // Whether a table with these options never ends when it is read. Null: it always ends.
  bool (*unbounded)(const TableOptions& options) = nullptr;
  // What a table with these options reads beyond what is there at the start ("files as they come"),
  // persisted as a part of its meaning; "": nothing. Null: nothing.
  std::string_view (*reads_later)(const TableOptions& options) = nullptr;
  // Whether any number of splits may come to be read, so that those which were belong into a table
  // of state (ScanSpec::any_number_of_splits). Null: they are few.
  bool (*any_number_of_splits)(const TableOptions& options) = nullptr;
  // The changes that reading a table with these options yields, whatever its format says. Null:
  // those of the format, and without one inserts only.
  ChangelogMode (*source_changes)(const TableOptions& options) = nullptr;
  // What stays elsewhere of a job that is dropped whose source was at this position, and how that
  // is removed, for people; "": nothing. Null: nothing.
  std::string (*stays_elsewhere)(std::string_view position) = nullptr;
  // How many rows reading a table with these columns and options yields. Null: unknown.
  RowBound (*row_bound)(const Schema& schema, const TableOptions& options) = nullptr;
};

// Lives forever.
struct FormatDescriptor {
  std::string_view name;  // 'format' = '…'; its options are 'name.option'
  std::string_view doc;
  bool decodes = false;
  bool encodes = false;
  bool messages = false;       // a record may come or go as a message, apart from others
  bool files = true;           // records may be in files, one behind the other
  bool line_a_row = false;     // each row is written as a line without line ends within
  bool names_columns = false;  // records say the names of their columns, in any order
  ChangelogMode gives = {};    // changes that decoding yields
  ChangelogMode accepts = {};  // changes that encoding can express
  std::span<const OptionDescriptor> options;
  // What records say besides their columns; a table's METADATA key is "value." and this key, as in
  // Flink's Kafka connector.
  std::span<const MetadataColumn> metadata = {};
  // As ConnectorDescriptor's, without the format's name: "properties."
  std::string_view open_prefix = {};
  OptionReach (*open_reach)(std::string_view key) = nullptr;
  // As ConnectorDescriptor's, for the format's own options.
  Status (*check)(const Schema& schema, const TableOptions& options) = nullptr;
  // Checks the columns of a record against the files that options name, which it reads. kInvalidSql
  // E2008 names a column as `column "x"`, or the option. Null: options name none.
  Status (*check_record)(const Schema& record, const TableOptions& options) = nullptr;
  // Whether reading a table with these options finds columns by names that its files say, although
  // records do not. Null: it never does.
  bool (*finds_by_name)(const TableOptions& options) = nullptr;
};

// Whether the records of a table with these options, or the files with them, say the names of their
// columns.
bool NamesColumns(const FormatDescriptor& format, const TableOptions& options);

// What the METADATA keys of a format begin with.
inline constexpr std::string_view kFormatMetadataPrefix = "value.";

// All connectors and formats. The composition root fills it (runtime/connectors/registry.h lists
// them), so that the planner can look them up without depending on an implementation. Names are
// matched ignoring case.
struct ConnectorCatalog {
  std::vector<const ConnectorDescriptor*> connectors;
  std::vector<const FormatDescriptor*> formats;

  const ConnectorDescriptor* FindConnector(std::string_view name) const;  // null when absent
  const FormatDescriptor* FindFormat(std::string_view name) const;
};

// Whether an option of this name is a path, of a table's files or of a snapshot: relative ones are
// below the session's directory, and they are judged before they are read (option_reach.h has the
// other paths).
bool IsPathOption(std::string_view key);

// The value of `key` (matched exactly), or the descriptor's default, or "".
std::string_view OptionValue(const TableOptions& options, std::string_view key,
                             std::string_view default_value = "");

// Parses Flink's text for durations ("10 s", "1min", "500ms", ISO 8601's "PT10S") to nanoseconds,
// and for sizes ("64 mb", "1gb", "1024") into bytes. kInvalidArgument quotes the text.
Result<int64_t> ParseDurationNanos(std::string_view text);
Result<uint64_t> ParseMemorySize(std::string_view text);
Result<bool> ParseBoolean(std::string_view text);
Result<int64_t> ParseInteger(std::string_view text);
Result<double> ParseDouble(std::string_view text);

}  // namespace weir::graph
