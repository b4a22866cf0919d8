// What STATE OF … means in a session: which snapshot it is, and the table that is defined for it.
#pragma once

#include <map>
#include <string>

#include "planner/ast/table_ref.h"
#include "planner/catalog/catalog.h"
#include "shell/engine/session/engine_parts.h"

namespace weir::shell {

class Session;

// Belongs to one session. A job's state is that of one instant for all of a statement: a barrier of
// its own is sent through the job at its first use, and what it brings is kept until Clear.
class StateDefinitions {
 public:
  // Both outlive it.
  StateDefinitions(Session& session, EngineParts& parts) : session_(session), parts_(parts) {}
  ~StateDefinitions() { Clear(); }
  StateDefinitions(const StateDefinitions&) = delete;
  StateDefinitions& operator=(const StateDefinitions&) = delete;

  // The absolute path of the snapshot: of a savepoint by its name or its path, or of a running job.
  // E7004 for none, E5001 and E5002 for a job that is not there or does not run, E6003 and E6004
  // where the user may not look.
  Result<std::string> PathOf(const ast::StateSource& source);
  // The table of the `savepoint` connector that `state` is.
  Result<catalog::TablePtr> Define(const catalog::Catalog& catalog, const ast::StateOf& state);
  // The table "difference" of what is in `after` and not in `before`: of all state unless `table`
  // says of which.
  Result<catalog::TablePtr> DefineDifference(const catalog::Catalog& catalog,
                                             const std::string& before, const std::string& after,
                                             const std::optional<ast::StateTableName>& table) const;
  // The states of running jobs that the statement read are gone.
  void Clear();

 private:
  Result<std::string> LivePathOf(const ast::Reference& job);
  // E5002 for one that does not run, with its newest checkpoint; E5001 for one that is not there.
  Result<RunningJobPtr> FindRunning(const std::string& job);
  Result<std::string> SavedPathOf(const ast::Reference& said) const;

  Session& session_;
  EngineParts& parts_;
  struct Live {
    std::string directory;
    std::string path;
  };
  std::map<std::string, Live> live_;  // by id of the job
};

}  // namespace weir::shell
