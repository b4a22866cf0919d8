/* Barriers in channels, alignment, and checkpoints that are restored at another parallelism.

   Two splits are read by a source task each, which sends row r of split s to the task that owns the row's key group,
   (r + s) mod 2. A checkpoint's barrier goes into all channels of a source at once; a task that has it from one of them
   reads no more from that one until it has it from the other, and then writes the groups that it owns. A checkpoint is
   complete when all tasks have written. After a crash the job goes on from the newest, at another parallelism perhaps:
   every group has an owner, and nobody else.

   What must hold: a complete checkpoint counts of every group exactly the rows before its offsets, and at the end every
   row has been counted once. */

#ifndef ROWS
#define ROWS 4             /* of a split */
#endif
#ifndef CHECKPOINTS
#define CHECKPOINTS 3
#endif
#ifndef CRASHES
#define CRASHES 2
#endif
#define ROOM 2             /* of a channel */
#define BARRIER 2          /* in a channel; rows are their group, 0 or 1 */
#define CHANNEL(source, task) ((source) * 2 + (task))
/* mirrors KeyGroupsOfSubtask: of two groups */
#define OWNER(group) ((group) * parallelism / 2)
#define GROUP(split, row) (((row) + (split)) % 2)
/* Of the first `offset` rows of a split, those of a group. */
#define OF_GROUP(split, offset, group) (((offset) + (GROUP(split, 0) == (group) -> 1 : 0)) / 2)

chan channel[4] = [ROOM] of { byte };

/* On disk. */
byte saved_offset[2], saved_count[2];

/* In memory. */
byte parallelism = 1;
byte offset[2], count[2];
bool blocked[4];
bool under_way;
byte emitted, acked;               /* sets of sources, of tasks */
byte new_offset[2], new_count[2];  /* of the checkpoint that is under way */
byte checkpoints, crashes, i, message;

#define ALL_TASKS ((1 << parallelism) - 1)
#define EXPECTED(group) (OF_GROUP(0, new_offset[0], group) + OF_GROUP(1, new_offset[1], group))

/* mirrors Execution::AssignSplits, Execution::OpenTaskState */
inline restore() {
  for (i : 0 .. 3) {
    blocked[i] = false;
    do
    :: nempty(channel[i]) -> channel[i]?message
    :: empty(channel[i]) -> break
    od
  }
  if
  :: true -> parallelism = 1
  :: true ->
#ifdef BUG_GROUP_LOST_AT_RESCALE
    saved_count[1] = (parallelism == 1 -> 0 : saved_count[1]);
#endif
    parallelism = 2
  fi;
  offset[0] = saved_offset[0];
#ifdef BUG_OFFSET_OF_ONE_SPLIT
  offset[1] = offset[1];
#else
  offset[1] = saved_offset[1];
#endif
  count[0] = saved_count[0];
#ifdef BUG_FIRST_SUBTASK_ONLY
  count[1] = (parallelism == 2 -> 0 : saved_count[1]);
#else
  count[1] = saved_count[1];
#endif
  under_way = false;
  emitted = 0;
  acked = 0;
  i = 0;
  message = 0
}

/* mirrors SourceReader::Read */
inline read(split) {
  atomic { offset[split] < ROWS && nfull(channel[CHANNEL(split, OWNER(GROUP(split, offset[split])))]) ->
    channel[CHANNEL(split, OWNER(GROUP(split, offset[split])))]!GROUP(split, offset[split]);
    offset[split]++ }
}

/* mirrors Task::PassBarrier: of a source, into all its channels */
inline emit(split) {
  atomic { under_way && (emitted & (1 << split)) == 0 && nfull(channel[CHANNEL(split, 0)]) &&
           (parallelism == 1 || nfull(channel[CHANNEL(split, 1)])) ->
    channel[CHANNEL(split, 0)]!BARRIER;
    if
    :: parallelism == 2 -> channel[CHANNEL(split, 1)]!BARRIER
    :: else
    fi;
    emitted = emitted | (1 << split);
    new_offset[split] = offset[split] }
}

/* mirrors BarrierAligner::OnBarrier, BarrierAligner::UnblockAll */
inline take(source, task) {
  atomic { (task) < parallelism && !blocked[CHANNEL(source, task)] && nempty(channel[CHANNEL(source, task)]) ->
    channel[CHANNEL(source, task)]?message;
    if
    :: message != BARRIER -> count[message]++
    :: message == BARRIER && !blocked[CHANNEL(1 - (source), task)] && (acked & (1 << (task))) == 0 && !first[task] ->
#ifndef BUG_ROW_PAST_BARRIER
      blocked[CHANNEL(source, task)] = true;
#endif
      first[task] = true
    :: message == BARRIER && first[task] ->
      first[task] = false;
      blocked[CHANNEL(1 - (source), task)] = false;
      new_count[0] = (OWNER(0) == (task) -> count[0] : new_count[0]);
      new_count[1] = (OWNER(1) == (task) -> count[1] : new_count[1]);
      acked = acked | (1 << (task))
    fi;
    message = 0 }
}

bool first[2];   /* the task has the barrier from one of its channels */

active proctype job() {
  do
  /* mirrors Coordinator::Impl::StartOne */
  :: atomic { !under_way && checkpoints < CHECKPOINTS -> under_way = true; emitted = 0; acked = 0; checkpoints++ }
  :: read(0)
  :: read(1)
  :: emit(0)
  :: emit(1)
  :: take(0, 0)
  :: take(1, 0)
  :: take(0, 1)
  :: take(1, 1)
  /* mirrors Coordinator::Impl::Acknowledge, Coordinator::Impl::Publish */
#ifdef BUG_FIRST_ACK_COMPLETES
  :: atomic { under_way && acked != 0 && emitted == 3 ->
#else
  :: atomic { under_way && acked == ALL_TASKS ->
#endif
      saved_offset[0] = new_offset[0];
      saved_offset[1] = new_offset[1];
      saved_count[0] = new_count[0];
      saved_count[1] = new_count[1];
      assert(saved_count[0] == EXPECTED(0) && saved_count[1] == EXPECTED(1));
      under_way = false }
  :: atomic { crashes < CRASHES -> crashes++; first[0] = false; first[1] = false; restore() }
  :: atomic { offset[0] == ROWS && offset[1] == ROWS && !under_way && empty(channel[0]) && empty(channel[1]) &&
              empty(channel[2]) && empty(channel[3]) ->
      assert(count[0] + count[1] == 2 * ROWS && count[0] == ROWS) }; break
  od
}
