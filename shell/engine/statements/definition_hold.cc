#include "shell/engine/statements/definition_hold.h"

#include "runtime/fault_point.h"

namespace weir::shell {
namespace {

struct NameToHold {
  const ast::Name* operator()(const ast::Alter& alter) const { return &alter.name; }
  const ast::Name* operator()(const ast::Drop& drop) const { return &drop.name; }
  // One with a query begins a job, and may wait for its end.
  const ast::Name* operator()(const ast::CreateTable& create) const {
    return create.replace && !create.query ? &create.name : nullptr;
  }
  const ast::Name* operator()(const ast::CreateView& create) const {
    return create.replace ? &create.name : nullptr;
  }
  const ast::Name* operator()(const ast::CreateFunction& create) const {
    return create.replace ? &create.name : nullptr;
  }
  const ast::Name* operator()(const ast::CreateMaterializedTable& create) const {
    return &create.name;
  }
  template <typename Other>
  const ast::Name* operator()(const Other&) const {
    return nullptr;
  }
};

}  // namespace

std::optional<NameHold> HoldDefinition(const ast::Statement& statement, NameHolds& definitions) {
  const ast::Name* name = std::visit(NameToHold(), statement.node);
  if (name == nullptr || DefectPlanted("definitions-unheld")) return std::nullopt;
  return definitions.Take(name->last().text);
}

}  // namespace weir::shell
