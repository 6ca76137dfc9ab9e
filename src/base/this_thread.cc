#include "base/this_thread.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace spectrum {
namespace {

constexpr int kLow = 15;  // 3 % of the core that it shares with an ordinary thread, all of an idle one
constexpr int kRealtime = 1;

}  // namespace

void name_thread(const std::string& name) { ::pthread_setname_np(::pthread_self(), name.c_str()); }

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
