// Work shared out over XLA's own threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "xla/ffi/api/ffi.h"

namespace unspool {

// Calls run(i) for every i < count, on this thread and on whichever of the pool's come to help.
//
// The caller takes part and only waits for what others have begun, so that this cannot lock up even
// where every thread of the pool is itself waiting in such a call.
template <typename Run> void parallel(xla::ffi::ThreadPool& pool, int64_t count, const Run& run) {
  int64_t helpers = std::min<int64_t>(pool.num_threads(), count) - 1;
  if (helpers <= 0) {
    for (int64_t i = 0; i < count; ++i) run(i);
    return;
  }
  struct Shared {
    std::atomic<int64_t> next{0}, finished{0};
    std::mutex mutex;
    std::condition_variable all_finished;
  };
  auto shared = std::make_shared<Shared>();
  auto work = [shared, count, task = &run] {
    // `task` is only touched for an i below count, and then the caller still waits for it.
    for (int64_t i; (i = shared->next.fetch_add(1)) < count;) {
      (*task)(i);
      if (shared->finished.fetch_add(1) + 1 == count) {
        std::lock_guard<std::mutex> lock(shared->mutex);
        shared->all_finished.notify_all();
      }
    }
  };
  for (int64_t i = 0; i < helpers; ++i) pool.Schedule([work] { work(); });
  work();
  // Shares are alike, so the others end soon: sleeping would cost more than it saves.
  for (int spin = 0; spin < 2000 && shared->finished.load() < count; ++spin) std::this_thread::yield();
  std::unique_lock<std::mutex> lock(shared->mutex);
  shared->all_finished.wait(lock, [&] { return shared->finished.load() == count; });
}

}  // namespace unspool
