// The payload of a checkpoint's _metadata (format versions 1 to 4), in Thrift's compact protocol. What every
// field means is said by runtime/checkpoint_storage.h; the envelope around it by FORMAT.md. Fields are
// never renumbered; new ones are optional.
namespace cpp weir.state.wire

// A SQL type: runtime/types/type.h, kinds by number as of version 1.
struct Type {
  1: i32 kind
  2: bool nullable
  3: i32 precision
  4: i32 scale
  5: list<string> field_names
  6: list<Type> fields
}

struct Field {
  1: string name
  2: Type type
}

struct StateSchema {
  1: string name
  2: i32 layout
  3: list<Field> key
  4: list<Field> sub_key
  5: list<Field> value
  6: bool sliced
  7: i64 ttl_millis
}

struct Split {
  1: string id
  2: string position
  3: bool finished
  4: i64 watermark_millis
  5: bool idle
}

struct SubtaskState {
  1: i32 subtask
  2: string name
  3: binary bytes
}

struct OutputRows {
  1: binary what
  2: string path
  3: i64 rows
}

struct Operator {
  1: string uid
  2: list<string> also
  3: string kind
  4: bool uid_stable
  5: string fingerprint
  6: list<StateSchema> tables
  7: list<string> operator_state
  8: i64 rows
  9: i64 bytes
  10: i64 watermark_millis
  11: list<Split> splits
  12: list<SubtaskState> subtask_states
  13: list<binary> committables
  // More of the operator before it, whose uid it has: splits, subtask_states and committables that were
  // too many for one list (version 2 of the envelope).
  14: optional bool continued
  // Sinks.
  15: optional list<OutputRows> output
  16: optional string place
  17: optional list<string> origins
  18: optional i64 accepted_files
  19: optional i64 accepted_rows
  // Calls whose sums were means in an older version.
  20: optional list<string> inexact
  // Rows may have expired under a time-to-live that the tables no longer have.
  21: optional bool forgot
}

struct File {
  1: string path
  2: i64 bytes
  3: i64 crc32c
  4: i64 dirty_bytes
  5: optional binary sha256  // of signed savepoints
  6: optional binary contents  // of a file that need not be on disk (version 4 of the envelope)
}

struct FileList {
  1: list<File> files
}

struct Metadata {
  1: i32 format_version
  2: string engine_version
  3: string job_id
  4: string job_name
  5: i64 checkpoint_id
  6: i32 kind
  7: i64 trigger_millis
  8: i64 complete_millis
  9: string sql
  10: list<string> definitions
  11: map<string, string> options
  12: string backend
  13: i32 key_encoding_version
  14: i32 parallelism
  15: i32 max_parallelism
  16: list<Operator> operators
  17: list<File> files
  // Those behind the first 65,536 (version 2 of the envelope).
  18: optional list<FileList> more_files
  19: optional map<string, string> modules
}
