// A source that stands before another one and answers as that does, for sources that change one
// thing about another: they override it, and a new function of Source is forwarded in one place.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "runtime/source.h"

namespace weir {

class ForwardingSource : public Source {
 public:
  bool bounded() const override { return source_->bounded(); }
  void Continue() override { source_->Continue(); }
  Result<std::vector<Split>> Discover() override { return source_->Discover(); }
  int64_t discovery_interval_millis() const override {
    return source_->discovery_interval_millis();
  }
  Result<std::unique_ptr<SplitReader>> Open(const Split& split) override {
    return source_->Open(split);
  }
  size_t open_limit() const override { return source_->open_limit(); }
  bool in_order() const override { return source_->in_order(); }
  bool keeps_read_splits() const override { return source_->keeps_read_splits(); }
  Status Remember(const Split& split) override { return source_->Remember(split); }
  void Completed(const Split& split) override { source_->Completed(split); }
  Result<std::unique_ptr<KeyReader>> OpenByKey(const std::vector<int>& columns) override {
    return source_->OpenByKey(columns);
  }
  SourceFigures figures() const override { return source_->figures(); }
  uint64_t RowCount(const Split& split) const override { return source_->RowCount(split); }

 protected:
  explicit ForwardingSource(std::unique_ptr<Source> source) : source_(std::move(source)) {}

 private:
  const std::unique_ptr<Source> source_;
};

}  // namespace weir
