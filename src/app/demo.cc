#include "app/demo.h"

#include <cstdio>
#include <memory>

#include "app/http_client.h"
#include "app/progress.h"
#include "base/time_text.h"
#include "demo/shop.h"

namespace spectrum::app {
namespace {

constexpr std::size_t kFlushBytes = 1 << 20;
constexpr std::uint64_t kEventsPerRequest = 5000;

Status write_out(std::FILE* file, const std::string& bytes, const std::string& name) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size()) return {};
  return internal("cannot write to " + name + ": is the disk full, or the reader gone?");
}

Status write_file(demo::Shop& shop, const std::string& name) {
  const auto close = [](std::FILE* file) { return file == stdout ? 0 : std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file(name == "-" ? stdout : std::fopen(name.c_str(), "wb"), close);
  if (!file) return invalid("cannot create " + name);
  std::string bytes;
  while (shop.next(bytes)) {
    if (bytes.size() < kFlushBytes) continue;
    CHECK_OK(write_out(file.get(), bytes, name));
    bytes.clear();
  }
  CHECK_OK(write_out(file.get(), bytes, name));
  return std::fflush(file.get()) == 0 ? Status() : Status(internal("cannot write to " + name));
}

Status send(demo::Shop& shop, const DemoRequest& request) {
  HttpClient client(request.to, request.key);
  Progress progress("events");
  std::uint64_t sent = 0;
  for (bool more = true; more;) {
    std::string body;
    for (std::uint64_t i = 0; i < kEventsPerRequest && (more = shop.next(body)); ++i) ++sent;
    if (body.empty()) break;
    TRY([[maybe_unused]] const auto taken, client.post_until_taken("/v1/events", body));
    progress.show(sent, static_cast<double>(sent) / static_cast<double>(request.events));
  }
  progress.finish();
  std::fprintf(stderr, "%llu events sent\n", static_cast<unsigned long long>(sent));
  return {};
}

Status run(const DemoRequest& request) {
  demo::ShopOptions options;
  options.events = request.events;
  options.days = request.days;
  options.seed = request.seed;
  options.end = SystemClock().now();
  if (!request.end.empty()) {
    const auto end = parse_rfc3339(request.end);
    if (!end) return invalid("--end takes an RFC 3339 instant such as 2026-11-21T00:00:00Z");
    options.end = *end;
  }
  demo::Shop shop(options);
  return request.to.empty() ? write_file(shop, request.out) : send(shop, request);
}

}  // namespace

int write_demo(const DemoRequest& request) {
  const Status status = run(request);
  if (status.ok()) return 0;
  std::fprintf(stderr, "spectrum: %s\n", status.error().message.c_str());
  return 1;
}

}  // namespace spectrum::app
