// Goes through the bytes of a record by a plan: what all share who read records or parts of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/connectors/formats/avro/avro_bytes.h"
#include "runtime/connectors/formats/avro/avro_plan.h"

namespace weir::connectors::avro {

// A base of such readers. Functions that return bool return false where the record is bad, and
// failure() then says why. Used by one thread.
class AvroWalker {
 public:
  const std::string& failure() const { return failure_; }

 protected:
  ~AvroWalker() = default;

  // Begins a record, whose bytes 16 readable ones follow; `root` is which of the plan's it is of.
  bool Open(const AvroPlan& plan, std::string_view record, size_t& root);
  // Passes over a value by one of the steps kSkip….
  bool Skip(const AvroNode& node, int depth);
  // Takes the head of the next block of an array or a map. `count` is the number of its items, 0 at
  // the end; `bytes` is their size if the writer says it, else -1. False where the record does not
  // have as many bytes as that claims.
  bool TakeCount(bool takes_bytes, int64_t& count, int64_t& bytes);
  bool TakeBranch(const AvroNode& node, size_t& branch) {
    int64_t number = 0;
    if (!reader_.TakeLong(number)) [[unlikely]]
      return EndsEarly();
    if (number < 0 || number >= static_cast<int64_t>(node.parts.size())) [[unlikely]]
      return Refuse("it is of no branch of a union");
    branch = static_cast<size_t>(number);
    return true;
  }
  [[gnu::cold]] bool Refuse(std::string_view why);
  bool EndsEarly() { return Refuse("it ends too early, or is no record of its schema"); }

  // The state of the record that is being read.
  const AvroPlan* plan_ = nullptr;
  AvroReader reader_;
  uint64_t empty_ = 0;  // its values without a byte, so far

 private:
  bool SkipItems(const AvroNode& node, int depth);
  bool CountEmpty(uint64_t values);

  std::string failure_;
};

}  // namespace weir::connectors::avro
