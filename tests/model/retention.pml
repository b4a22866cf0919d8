/* Which files of state are kept: incremental checkpoints that share files, subsumption, savepoints, crashes.

   The database's live files change by writing and by merging. A checkpoint links those that shared/ does not have yet,
   one after the other, then writes its metadata, which lists them, then moves the pointer. Meanwhile the checkpoint
   before it may be completing: the oldest goes, its metadata first, then the files that no kept one lists. A savepoint is
   a checkpoint that is handed out and has no metadata here. At a start, and where nothing is in flight, files that nobody
   lists go, too.

   What must hold at any time: a checkpoint up to the pointer that has metadata has all files that it lists, and the pointer names one. */

#ifndef NAMES
#define NAMES 6            /* files that are ever made */
#endif
#ifndef CHECKPOINTS
#define CHECKPOINTS 5
#endif
#ifndef CRASHES
#define CRASHES 2
#endif
#define RETAINED 2
#define BIT(n) (1 << ((n) - 1))

typedef Metadata { bool there; byte lists }

/* On disk. */
byte shared;                       /* set of names */
Metadata chk[CHECKPOINTS + 1];
byte pointer;

/* The database: gone with a crash, made again from a checkpoint. */
byte live;
byte next_name;                    /* with the attempt in it: none is used again */

byte crashes;
byte in_flight;                    /* the checkpoint that is being made, or 0 */
bool linked;                       /* all its files are in shared/ */
byte lists;                        /* them */
bool savepoint;                    /* it is handed out */
byte last_id;
byte dropping;                     /* the checkpoint that is going, or 0 */
byte candidates;                   /* files to be swept */
byte n, k, kept;

inline marked_by_kept(but) {
  kept = 0;
  for (k : 1 .. CHECKPOINTS) {
    if
    :: chk[k].there && k <= pointer && k != (but) -> kept = kept | chk[k].lists
    :: else
    fi
  }
}

inline oldest_beyond() {
  n = 0;
  dropping = 0;
  for (k : 1 .. CHECKPOINTS) {
    if
    :: chk[k].there && k <= pointer -> n++; dropping = (dropping == 0 -> k : dropping)
    :: else
    fi
  }
  if
  :: n <= RETAINED -> dropping = 0
  :: else
  fi;
  n = 0;
  kept = 0
}

/* mirrors DirectoryStorage::Open, RocksDbBackend::LinkRestoredFiles, RocksDbBackend::ChooseAttempt */
inline start() {
  for (k : 1 .. CHECKPOINTS) {
    if
    :: k > pointer -> chk[k].there = false; chk[k].lists = 0
    :: else
    fi
  }
  marked_by_kept(0);
  shared = shared & kept;
  live = (pointer == 0 -> 0 : chk[pointer].lists);
  in_flight = 0;
  lists = 0;
  linked = false;
  savepoint = false;
  dropping = 0;
  candidates = 0;
  kept = 0;
  k = 0
}

active proctype job() {
  atomic { next_name = 1; start() };
  do
  /* mirrors RocksDbBackend::Ingest: new rows, or a merge of all files into one */
  :: atomic { !(in_flight != 0 && !linked) && next_name <= NAMES ->
      if
      :: live = live | BIT(next_name)
      :: live = BIT(next_name)
      fi;
      next_name++ }

  /* mirrors Coordinator::Impl::StartOne, RocksDbBackend::Persist */
  :: atomic { in_flight == 0 && last_id < CHECKPOINTS && live != 0 ->
      last_id++;
      in_flight = last_id;
      lists = live;
      linked = false;
      if
      :: savepoint = true
      :: savepoint = false
      fi }

  /* mirrors RocksDbBackend::LinkShared: one file */
  :: atomic { in_flight != 0 && !linked && (lists & ~shared) != 0 ->
      k = 1;
      do
      :: (lists & ~shared & BIT(k)) != 0 -> break
      :: else -> k++
      od;
      shared = shared | BIT(k);
      k = 0 }
  :: atomic { in_flight != 0 && !linked && (lists & ~shared) == 0 -> linked = true }

  /* mirrors DirectoryStorage::WriteMetadata */
  :: atomic { in_flight != 0 && linked && !savepoint && !chk[in_flight].there ->
      chk[in_flight].lists = lists;
      chk[in_flight].there = true }

  /* mirrors DirectoryStorage::WritePointer */
  :: atomic { in_flight != 0 && chk[in_flight].there ->
      pointer = in_flight;
      in_flight = 0;
      lists = 0;
      linked = false;
      oldest_beyond() }

  /* mirrors Coordinator::Impl::HandOut, WriteNative: its files must be there until it is taken */
  :: atomic { in_flight != 0 && linked && savepoint ->
      assert((lists & ~shared) == 0);
      in_flight = 0;
      lists = 0;
      linked = false;
      savepoint = false }

  /* mirrors DirectoryStorage::DropCheckpoint: the metadata first */
  :: atomic { dropping != 0 && chk[dropping].there && candidates == 0 ->
      marked_by_kept(dropping);
#ifdef BUG_SWEEP_MARKED
      candidates = chk[dropping].lists;
#else
      candidates = chk[dropping].lists & ~kept;
#endif
#ifndef BUG_SWEEP_IN_FLIGHT
      /* mirrors DirectoryStorage::Retain: one in flight shares files with the newest, which is kept */
      skip;
#else
      candidates = candidates | (shared & ~kept);
#endif
      kept = 0;
#ifndef BUG_METADATA_LAST
      chk[dropping].there = false;
#endif
      if
      :: candidates == 0 -> chk[dropping].there = false; dropping = 0
      :: else
      fi }

  /* mirrors DirectoryStorage::SweepShared: one file */
  :: atomic { dropping != 0 && candidates != 0 ->
      k = 1;
      do
      :: (candidates & BIT(k)) != 0 -> break
      :: else -> k++
      od;
      shared = shared & ~BIT(k);
      candidates = candidates & ~BIT(k);
      k = 0;
      if
      :: candidates == 0 -> chk[dropping].there = false; dropping = 0
      :: else
      fi }

  :: atomic { crashes < CRASHES -> crashes++; start() }

  :: atomic { in_flight == 0 && dropping == 0 && last_id == CHECKPOINTS -> break }
  od
}

/* Whoever restores, at any time. */
active proctype restorer() {
  byte c;
end:
  do
  :: atomic {
      c = 1;
      do
      :: c <= CHECKPOINTS ->
        if
        :: chk[c].there && c <= pointer ->
          assert((chk[c].lists & ~shared) == 0)
        :: else
        fi;
        c++
      :: else -> break
      od;
      assert(pointer == 0 || chk[pointer].there);
      c = 0
    }
  od
}
