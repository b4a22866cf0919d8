#include "runtime/operators/session/open_sessions.h"

namespace weir::operators {

void OpenSessions::Begin(uint32_t groups, uint32_t rows) {
  sessions_.clear();
  stored_.clear();
  used_.clear();
  merged_.clear();
  first_of_.assign(groups, kNone);
  of_row_.assign(rows, kNone);
}

void OpenSessions::AddStored(uint32_t group, uint32_t stored, int64_t start, int64_t end,
                             bool moves) {
  const auto session = static_cast<uint32_t>(sessions_.size());
  (first_of_[group] == kNone ? first_of_[group] : sessions_.back().next) = session;
  sessions_.push_back({start, end, session, kNone, kNone, 0, kNone, true});
  stored_.push_back({stored, session, start, moves});
}

bool OpenSessions::AddToMany(uint32_t group, uint32_t row, int64_t time, int64_t passed) {
  const int64_t own_end = EndOf(time);
  int64_t start = time;
  int64_t end = own_end;
  const auto joins = [&](const Session& session) {
    return !window::IsComplete(session.end, passed) && session.start <= own_end &&
           session.end >= time;
  };
  for (uint32_t id = first_of_[group]; id != kNone; id = sessions_[id].next) {
    const Session& session = sessions_[id];
    if (!joins(session)) continue;
    start = std::min(start, session.start);
    end = std::max(end, session.end);
  }
  // Judged with the sessions that the row would join: these may end late enough to take a row that
  // would be late by itself.
  if (window::IsComplete(end, passed)) return false;
  uint32_t into = kNone;
  uint32_t* link = &first_of_[group];
  while (*link != kNone) {
    Session& session = sessions_[*link];
    if (!joins(session)) {
      link = &session.next;
    } else if (into == kNone) {
      into = *link;
      link = &session.next;
    } else {
      session.parent = into;
      sessions_[into].noted = sessions_[into].noted || session.noted;
      sessions_[into].first_row = std::min(sessions_[into].first_row, session.first_row);
      sessions_[into].rows += session.rows;
      *link = session.next;
    }
  }
  if (into == kNone) {
    into = static_cast<uint32_t>(sessions_.size());
    *link = into;
    sessions_.push_back({start, end, into, kNone, row, 0, kNone, false});
  }
  Session& session = sessions_[into];
  session.start = start;
  session.end = end;
  session.first_row = std::min(session.first_row, row);
  ++session.rows;
  of_row_[row] = into;
  return true;
}

void OpenSessions::Finish() {
  for (uint32_t id = 0; id < sessions_.size(); ++id) {
    Session& session = sessions_[id];
    // Parents have lower numbers, so theirs is known already.
    if (session.parent != id) {
      session.used = sessions_[session.parent].used;
    } else if (session.first_row != kNone) {
      session.used = static_cast<uint32_t>(used_.size());
      used_.push_back(
          {session.start, session.end, session.first_row, session.rows, kNone, session.noted});
    }
  }
  for (const Stored& stored : stored_) {
    const uint32_t used = sessions_[stored.session].used;
    if (used == kNone) continue;
    if (used_[used].stored == kNone && (stored.moves || used_[used].start == stored.start)) {
      used_[used].stored = stored.number;
    } else {
      merged_.push_back({stored.number, used});
    }
  }
}

}  // namespace weir::operators
