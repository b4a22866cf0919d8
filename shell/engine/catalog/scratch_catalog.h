// The permanent objects of the data directory, with changes that only one session sees.
#pragma once

#include "planner/catalog/permanent_objects.h"
#include "runtime/mutex.h"

namespace weir::shell {

// Begins with what the store beneath has at the first use, and writes nothing to it. New objects
// replace those with the same name, so that a script can be tried although its tables exist.
// Thread-safe.
class ScratchCatalog final : public catalog::ObjectStore {
 public:
  // The store outlives it.
  explicit ScratchCatalog(catalog::ObjectStore& beneath) : beneath_(beneath) {}

  Result<catalog::PermanentObjectsPtr> Objects() override;
  Result<catalog::ChangeOutcome> Change(const catalog::CatalogChange& change) override;
  Result<catalog::CatalogObject> Read(const catalog::PermanentObject& object,
                                      const catalog::Catalog& catalog) override {
    return beneath_.Read(object, catalog);
  }

 private:
  catalog::ObjectStore& beneath_;
  Mutex mutex_;
  catalog::PermanentObjectsPtr objects_ WEIR_GUARDED_BY(mutex_);  // null: not asked for yet
};

}  // namespace weir::shell
