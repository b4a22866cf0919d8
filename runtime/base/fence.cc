#include "runtime/base/fence.h"

#include <fmt/format.h>

#include <atomic>
#include <future>
#include <new>
#include <stdexcept>
#include <system_error>

#include "runtime/base/interruption.h"
#include "runtime/base/memory_reserve.h"

namespace weir {
namespace {

std::atomic<size_t> max_value_bytes{kDefaultMaxValueBytes};

Status OutOfMemory() {
  return Status::External("there is not enough memory")
      .WithId("E4004")
      .WithHint(
          "lower state.memory.limit, the parallelism or the size of the values, or give the "
          "process more memory");
}

}  // namespace

size_t MaxValueBytes() {
  return max_value_bytes.load(std::memory_order_relaxed);
}

void SetMaxValueBytes(size_t bytes) {
  max_value_bytes.store(bytes == 0 ? kDefaultMaxValueBytes : bytes, std::memory_order_relaxed);
}

void CheckValueBytes(size_t bytes) {
  const size_t limit = MaxValueBytes();
  if (bytes > limit) throw ValueTooLarge(limit);
}

Status StatusOfException() {
  const WithMemoryReserve reserve;
  try {
    throw;
  } catch (const ValueTooLarge& error) {
    return Status::DataError(
               fmt::format("a value would be larger than {} bytes", error.limit_bytes()))
        .WithId("E3007")
        .WithHint("raise table.exec.max-value-size, or make smaller values");
  } catch (const Interrupted&) {
    return Status::Cancelled("interrupted");
  } catch (const std::future_error&) {  // who had promised it found no memory
    return OutOfMemory();
  } catch (const std::bad_alloc&) {
    return OutOfMemory();
  } catch (const std::length_error&) {  // a container that could not have so much
    return OutOfMemory();
  } catch (const std::system_error& error) {
    return Status::External(
               fmt::format("the system has refused a thread or lock: {}", error.code().message()))
        .WithId("E4006")
        .WithHint("raise the limit of threads (ulimit -u, pids.max), or lower the parallelism");
  } catch (const std::exception& error) {
    return Status::Internal(fmt::format("an exception has left its place: {}", error.what()));
  }
}

}  // namespace weir
