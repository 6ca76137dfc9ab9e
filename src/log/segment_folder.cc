#include "log/segment_folder.h"

#include <fcntl.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/fault_point.h"

namespace spectrum::log {
namespace {

constexpr std::string_view kSuffix = ".log";
constexpr std::string_view kSparePrefix = "spare-";
constexpr std::size_t kDigits = 16;

std::string numbered(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(kDigits - std::min(kDigits, digits.size()), '0') + digits + std::string(kSuffix);
}

/// The number in `<16 digits>.log`, 0 for any other name.
std::uint64_t number_in(std::string_view name) {
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return 0;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, number);
  return error == std::errc() && end == name.data() + kDigits ? number : 0;
}

}  // namespace

std::string SegmentFolder::segment_path(std::uint64_t number) const { return path_ + "/" + numbered(number); }

Result<std::vector<std::uint64_t>> SegmentFolder::scan() {
  std::error_code error;
  std::filesystem::directory_iterator files(path_, error);
  if (error) return internal("cannot list the folder " + path_ + ": " + error.message());
  std::vector<std::uint64_t> numbers;
  std::lock_guard lock(mutex_);
  for (const auto& file : files) {
    const std::string name = file.path().filename().string();
    if (const auto number = number_in(name)) numbers.push_back(number);
    if (!name.starts_with(kSparePrefix)) continue;
    const auto spare_number = number_in(std::string_view(name).substr(kSparePrefix.size()));
    if (spare_number == 0) continue;
    spare_names_ = std::max(spare_names_, spare_number);
    spares_.push_back({path_ + "/" + name, file.file_size(error)});
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::string SegmentFolder::new_spare_path() {
  std::lock_guard lock(mutex_);
  return path_ + "/" + std::string(kSparePrefix) + numbered(++spare_names_);
}

SegmentFolder::Spare SegmentFolder::take_spare(const std::function<bool(const Spare&)>& fits) {
  std::lock_guard lock(mutex_);
  const auto spare = std::find_if(spares_.begin(), spares_.end(), fits);
  if (spare == spares_.end()) return {};
  Spare taken = std::move(*spare);
  spares_.erase(spare);
  return taken;
}

Result<SegmentFolder::NewSegment> SegmentFolder::create(const SegmentHeader& header) {
  Spare spare = take_spare([&](const Spare& each) { return each.bytes == header.capacity; });
  if (spare.path.empty()) spare.path = new_spare_path();
  auto file = create_in(spare.path, header);
  if (file.ok()) return NewSegment{std::move(*file), spare.bytes};
  // So that tries on a full disk leave nothing behind; when the file has its name already, there is nothing here.
  static_cast<void>(storage_.remove(spare.path).ok());
  return file.error();
}

Result<Fd> SegmentFolder::create_in(const std::string& spare_path, const SegmentHeader& header) {
  TRY(Fd file, open_file(spare_path, O_RDWR | O_CREAT));
  CHECK_OK(storage_.write(file, encode(header), 0, spare_path));
  CHECK_OK(storage_.sync(file, spare_path));
  fault_point("log.after_segment_header");
  CHECK_OK(storage_.rename(spare_path, segment_path(header.number)));
  CHECK_OK(storage_.sync_folder(path_));
  fault_point("log.after_roll");
  return file;
}

Status SegmentFolder::prepare_spare(std::uint64_t bytes, const std::function<bool()>& pause) {
  const std::string path = new_spare_path();
  const auto filled = fill(path, bytes, pause);
  if (!filled.ok() || !*filled) CHECK_OK(storage_.remove(path));
  if (!filled.ok()) return filled.error();
  if (!*filled) return {};
  std::lock_guard lock(mutex_);
  spares_.push_back({path, bytes});
  return {};
}

Result<bool> SegmentFolder::fill(const std::string& path, std::uint64_t bytes, const std::function<bool()>& pause) {
  constexpr std::uint64_t kStep = 1 << 20;
  const std::string zeros(std::min(bytes, kStep), '\0');
  TRY(const Fd file, open_file(path, O_RDWR | O_CREAT | O_TRUNC));
  for (std::uint64_t done = 0; done < bytes; done += kStep) {
    const auto step = std::string_view(zeros).substr(0, bytes - done);
    CHECK_OK(storage_.write(file, step, done, path));
    CHECK_OK(storage_.sync(file, path));
    if (!pause()) return false;
  }
  return true;
}

Status SegmentFolder::retire(const Segment& segment, bool recycle) {
  const std::string spare_path = recycle ? new_spare_path() : "";
  fault_point("log.before_retire");
  CHECK_OK(recycle ? storage_.rename(segment.path, spare_path) : storage_.remove(segment.path));
  fault_point("log.after_retire");
  CHECK_OK(storage_.sync_folder(path_));
  if (!recycle) return {};
  std::lock_guard lock(mutex_);
  spares_.push_back({spare_path, segment.header.capacity});
  return {};
}

std::size_t SegmentFolder::spares(std::uint64_t bytes) const {
  std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(spares_.begin(), spares_.end(), [&](const Spare& spare) { return spare.bytes == bytes; }));
}

Status SegmentFolder::remove_other_spares(std::uint64_t bytes, std::uint64_t or_bytes) {
  const auto is_other = [&](const Spare& spare) { return spare.bytes != bytes && spare.bytes != or_bytes; };
  for (Spare spare = take_spare(is_other); !spare.path.empty(); spare = take_spare(is_other)) {
    CHECK_OK(storage_.remove(spare.path));
  }
  return {};
}

std::uint64_t SegmentFolder::spare_bytes() const {
  std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& spare : spares_) sum += spare.bytes;
  return sum;
}

}  // namespace spectrum::log
