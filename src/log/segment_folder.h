#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "log/segments.h"
#include "log/storage.h"

namespace spectrum::log {

/// The files of a log: live segments `<number>.log`, and spares `spare-<n>.log` whose blocks were all written before, so
/// that syncing a record in them does not wait for the file system to allocate. Thread-safe. The storage must outlive it.
class SegmentFolder {
 public:
  SegmentFolder(std::string path, Storage& storage) : path_(std::move(path)), storage_(storage) {}

  const std::string& path() const { return path_; }
  std::string segment_path(std::uint64_t number) const;

  /// The numbers of the live segments, ascending. Takes stock of the spares.
  Result<std::vector<std::uint64_t>> scan();

  struct NewSegment {
    Fd file;
    std::uint64_t prepared_bytes = 0;
  };
  /// A segment file with this header, durable under its name. Made from a spare of that capacity, if there is one; else
  /// it grows as it is written.
  Result<NewSegment> create(const SegmentHeader& header);

  /// Zero-fills a new spare, in steps that leave the disk to others in between: `pause` waits, and says false to give it
  /// up. Nothing is left of one that was not finished.
  Status prepare_spare(std::uint64_t bytes, const std::function<bool()>& pause);

  /// Takes a segment's file away, durably: to the spares if `recycle`, else for good.
  Status retire(const Segment& segment, bool recycle);

  std::size_t spares(std::uint64_t bytes) const;
  /// Removes the spares that have neither of these sizes: nothing would use them.
  Status remove_other_spares(std::uint64_t bytes, std::uint64_t or_bytes);
  std::uint64_t spare_bytes() const;

 private:
  struct Spare {
    std::string path;
    std::uint64_t bytes;
  };
  std::string new_spare_path();
  /// A spare for which `fits` is true, off the list; one without a path if there is none.
  Spare take_spare(const std::function<bool(const Spare&)>& fits);
  Result<Fd> create_in(const std::string& spare_path, const SegmentHeader& header);
  Result<bool> fill(const std::string& path, std::uint64_t bytes, const std::function<bool()>& pause);

  const std::string path_;
  Storage& storage_;
  mutable std::mutex mutex_;
  std::deque<Spare> spares_;
  std::uint64_t spare_names_ = 0;  ///< how many were given out; the next one is new
};

}  // namespace spectrum::log
