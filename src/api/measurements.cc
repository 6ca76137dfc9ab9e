#include "api/measurements.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace spectrum::api {

struct Measurements::Impl {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Histogram>& seconds =
      prometheus::BuildHistogram()
          .Name("spectrum_query_seconds")
          .Help("From the arrival of a question to its answer, by path and status (0: the client had gone)")
          .Register(registry);
  prometheus::Gauge& waiting =
      prometheus::BuildGauge().Name("spectrum_query_waiting").Help("Questions that wait for a thread").Register(registry).Add({});
  prometheus::Gauge& running =
      prometheus::BuildGauge().Name("spectrum_query_running").Help("Questions that are being answered, or wait for a position").Register(registry).Add({});
  prometheus::Counter& refused = prometheus::BuildCounter()
                                     .Name("spectrum_query_refused_total")
                                     .Help("Questions refused with 503 because too many waited")
                                     .Register(registry)
                                     .Add({});
};

Measurements::Measurements() : impl_(std::make_unique<Impl>()) {}
Measurements::~Measurements() = default;

void Measurements::waits() { impl_->waiting.Increment(); }

void Measurements::begins() {
  impl_->waiting.Decrement();
  impl_->running.Increment();
}

void Measurements::refuses() { impl_->refused.Increment(); }

void Measurements::ends(std::string_view path, int status, std::chrono::nanoseconds took) {
  static const prometheus::Histogram::BucketBoundaries kSeconds = {0.005, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30};
  impl_->running.Decrement();
  auto& histogram = impl_->seconds.Add({{"path", std::string(path)}, {"status", std::to_string(status)}}, kSeconds);
  histogram.Observe(std::chrono::duration<double>(took).count());
}

std::string Measurements::text() const { return prometheus::TextSerializer().Serialize(impl_->registry.Collect()); }

}  // namespace spectrum::api
