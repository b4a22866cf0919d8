#include "shell/engine/catalog/scratch_catalog.h"

namespace weir::shell {

Result<catalog::PermanentObjectsPtr> ScratchCatalog::Objects() {
  const MutexLock lock(mutex_);
  if (objects_ == nullptr) objects_ = TRY(beneath_.Objects());
  return objects_;
}

Result<catalog::ChangeOutcome> ScratchCatalog::Change(const catalog::CatalogChange& change) {
  using Kind = catalog::CatalogChange::Kind;
  const catalog::PermanentObjectsPtr before = TRY(Objects());
  catalog::CatalogChange wanted = change;
  const bool creates = change.kind == Kind::kCreateObject && !change.tolerant;
  if (creates && before->Find(change.name, change.object->kind()) != nullptr)
    wanted.kind = Kind::kReplaceObject;
  catalog::ChangedObjects changed = TRY(Apply(*before, wanted));
  const MutexLock lock(mutex_);
  if (changed.after) objects_ = std::move(changed.after);
  return changed.outcome;
}

}  // namespace weir::shell
