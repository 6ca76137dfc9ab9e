#include "base/thread_priority.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace spectrum {
namespace {

constexpr int kLow = 10;  // a tenth of an ordinary thread's share
constexpr int kRealtime = 1;

}  // namespace

void lower_thread_priority() {
  // Linux keeps the nice value per thread. Failing is no harm: the thread is as important as before.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLow);
}

void raise_thread_to_realtime() {
  sched_param parameters{};
  parameters.sched_priority = kRealtime;
  ::sched_setscheduler(0, SCHED_RR, &parameters);
}

}  // namespace spectrum
