// What an attached shell is told beyond rows, so that it shows what it would show with the engine in its
// own process: in Thrift's compact protocol inside `taskStatus` and `infoMessages` of TCLIService.thrift.
// Client and server are of one version (shell/rpc/protocol.h), so nothing here has to stay.
namespace cpp weir.rpc.wire

// `columns`, `cells`: shell/rpc/row_codec.h.
struct Table { 1: binary columns, 2: binary cells }

struct Failure {
  1: i32 code
  2: string message
  3: string id
  4: string hint
  5: optional i64 span_begin
  6: optional i64 span_end
}

struct Answer {
  1: optional Table table
  2: string text
  3: string message
  4: optional i64 changes
  5: list<string> notices
  6: bool quit
  7: bool clear
  8: optional string source_file
  9: optional string path
}

// Of OperatorSnapshot, what is shown while a statement runs and when a job has ended.
struct Operator {
  1: string uid
  2: string kind
  3: i64 rows_in
  4: double rows_per_second
  5: i64 watermark_millis
  6: string held_back_by
  7: i64 state_bytes
  8: i64 late_rows
  9: i64 skipped_records
}

struct Job {
  1: string start
  2: string name
  3: bool bounded
  4: i32 recorded
  5: i32 state
  6: optional Failure failure
  7: i64 started_millis
  8: i64 ended_millis
  9: list<Operator> operators
  10: i64 bytes_read
  11: i64 bytes_total
  12: i64 rows_read
  13: i64 rows_total
  14: i64 source_rows
  15: i64 checkpoints_completed
  16: i64 checkpoints_failed
  17: i64 last_checkpoint
  18: i64 last_duration_millis
  // Of the spans of its failure, where that is known.
  19: optional string source_text
  20: optional string source_file
}

// `order`: the columns that rows are shown by, from 1; negative: descending. `nulls_first`: as many.
struct Begin { 1: binary columns, 2: bool bounded, 3: list<i32> order, 4: list<bool> nulls_first }

// One thing that happened, in the order of the list that it stands in.
union Event {
  1: Begin header
  2: Job refresh
  3: bool still
  4: Answer preface
  5: string transfer
  6: string question
  7: string waiting
  8: Job progress
  // Lines for standard error, and of `print`.
  9: string said
  10: string printed
  // A job of this session that has ended since the last news.
  11: Job ended
}

struct Outcome {
  1: optional Failure failure
  2: optional Answer answer
  3: optional Job failed_job
  // Of the session, where the statement changed them: what was SET.
  4: optional map<string, string> settings
}

struct Suspended { 1: string name, 2: string ways_on }

struct News {
  1: list<Event> events
  // Rows are there to be fetched.
  2: bool rows
  // The operation has ended, and all its rows were fetched.
  3: optional Outcome outcome
  // Answers of calls (protocol.h).
  4: optional list<string> names
  5: optional list<Suspended> suspended
  6: optional map<string, i64> totals
}
