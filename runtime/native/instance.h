// A function of a library's, ready for arguments of certain types.
#pragma once

#include <memory>

#include "runtime/abi/weir/function.h"
#include "runtime/arrow/column_reader.h"
#include "runtime/arrow/column_writer.h"
#include "runtime/base/result.h"
#include "runtime/expr/foreign.h"

namespace weir::native {

// Used by one thread at a time.
class Instance {
 public:
  // kInvalidArgument E3010 where the function takes no such arguments, gives no such result, or is
  // NOT DETERMINISTIC and not declared so.
  static Result<std::unique_ptr<Instance>> Bind(const weir_function& code,
                                                const expr::ForeignFunction& function);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // As ForeignRunner::Call. kDataError E3010 for what the function does wrong.
  Status Call(const expr::ForeignCall& call, Column& out);

 private:
  Instance(const weir_function& code, const expr::ForeignFunction& function);
  Status Begin();
  Status Read(const ArrowArray& result, const expr::ForeignCall& call, Column& out) const;

  const weir_function code_;
  const expr::ForeignFunction& function_;
  Schema parameters_;
  const arrow::ArrayLayout layout_;
  arrow::ReadNode result_;
  const arrow::ColumnReader reader_;
  void* state_ = nullptr;
  bool begun_ = false;
};

}  // namespace weir::native
