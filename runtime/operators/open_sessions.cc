#include "runtime/operators/open_sessions.h"

#include <algorithm>

#include "runtime/window/window_arithmetic.h"

namespace weir::operators {

void OpenSessions::Begin(uint32_t groups, uint32_t rows) {
  sessions_.clear();
  stored_.clear();
  used_.clear();
  merged_.clear();
  if (of_group_.size() < groups) of_group_.resize(groups);
  for (uint32_t group = 0; group < groups; ++group) of_group_[group].clear();
  of_row_.assign(rows, kNone);
}

void OpenSessions::AddStored(uint32_t group, uint32_t stored, int64_t start, int64_t end) {
  const auto session = static_cast<uint32_t>(sessions_.size());
  sessions_.push_back({start, end, session, kNone, kNone, true});
  stored_.push_back({stored, session, start});
  of_group_[group].push_back(session);
}

bool OpenSessions::Add(uint32_t group, uint32_t row, int64_t time, int64_t passed) {
  std::vector<uint32_t>& sessions = of_group_[group];
  const int64_t own_end = time > INT64_MAX - gap_ ? INT64_MAX : time + gap_;
  int64_t start = time;
  int64_t end = own_end;
  const auto joins = [&](const Session& session) {
    return !window::IsComplete(session.end, passed) && session.start <= own_end &&
           session.end >= time;
  };
  for (const uint32_t id : sessions) {
    const Session& session = sessions_[id];
    if (!joins(session)) continue;
    start = std::min(start, session.start);
    end = std::max(end, session.end);
  }
  if (window::IsComplete(end, passed)) return false;
  uint32_t into = kNone;
  size_t left = 0;
  for (const uint32_t id : sessions) {
    Session& session = sessions_[id];
    if (!joins(session)) {
      sessions[left++] = id;
    } else if (into == kNone) {
      into = id;
      sessions[left++] = id;
    } else {
      session.parent = into;
      sessions_[into].noted = sessions_[into].noted || session.noted;
      sessions_[into].first_row = std::min(sessions_[into].first_row, session.first_row);
    }
  }
  sessions.resize(left);
  if (into == kNone) {
    into = static_cast<uint32_t>(sessions_.size());
    sessions_.push_back({start, end, into, row, kNone, false});
    sessions.push_back(into);
  }
  Session& session = sessions_[into];
  session.start = start;
  session.end = end;
  session.first_row = std::min(session.first_row, row);
  of_row_[row] = into;
  return true;
}

uint32_t OpenSessions::Root(uint32_t session) const {
  while (sessions_[session].parent != session) session = sessions_[session].parent;
  return session;
}

void OpenSessions::Finish() {
  for (uint32_t id = 0; id < sessions_.size(); ++id) {
    Session& session = sessions_[id];
    if (session.parent != id || session.first_row == kNone) continue;
    session.used = static_cast<uint32_t>(used_.size());
    used_.push_back({session.start, session.end, session.first_row, session.noted});
  }
  for (const Stored& stored : stored_) {
    const Session& session = sessions_[Root(stored.session)];
    if (session.used == kNone || session.start == stored.start) continue;
    merged_.push_back({stored.number, session.used});
  }
}

uint32_t OpenSessions::UsedBy(uint32_t row) const {
  return of_row_[row] == kNone ? kNone : sessions_[Root(of_row_[row])].used;
}

}  // namespace weir::operators
