#include "base/time_text.h"

namespace spectrum {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kSecondsPerDay = 86'400;

/// The number that some digits make; `fine` turns false for good where one is none.
template <std::size_t kCount>
unsigned number_of(const char* digits, bool& fine) {
  unsigned value = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    const unsigned digit = static_cast<unsigned char>(digits[i]) - unsigned{'0'};
    fine &= digit <= 9;
    value = value * 10 + digit;
  }
  return value;
}

/// Takes a text piece by piece.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  /// The next `count` bytes; null when fewer are left.
  const char* take(std::size_t count) {
    if (text_.size() < count) return nullptr;
    const char* const taken = text_.data();
    text_.remove_prefix(count);
    return taken;
  }
  bool accept(char wanted) {
    if (at_end() || text_.front() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool at_digit() const { return !at_end() && text_.front() >= '0' && text_.front() <= '9'; }
  bool at_end() const { return text_.empty(); }

 private:
  std::string_view text_;
};

bool is_leap(unsigned year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

unsigned days_in_month(unsigned year, unsigned month) {
  static constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

/// Microseconds of the fraction after the dot; nine digits at most.
std::optional<std::int64_t> scan_fraction(Scanner& scan) {
  std::int64_t micros = 0;
  int digits = 0;
  for (; scan.at_digit(); ++digits) {
    const int digit = *scan.take(1) - '0';
    if (digits < 6) micros = micros * 10 + digit;
  }
  if (digits == 0 || digits > 9) return std::nullopt;
  for (; digits < 6; ++digits) micros *= 10;
  return micros;
}

std::optional<std::int64_t> scan_date(Scanner& scan) {
  const char* const date = scan.take(10);  // YYYY-MM-DD
  if (!date) return std::nullopt;
  bool fine = date[4] == '-' && date[7] == '-';
  const unsigned year = number_of<4>(date, fine);
  const unsigned month = number_of<2>(date + 5, fine);
  const unsigned day = number_of<2>(date + 8, fine);
  if (!fine || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return std::nullopt;
  return days_from_civil(static_cast<int>(year), month, day);
}

/// The time of day in microseconds; seconds may be left out when `seconds_optional`.
std::optional<std::int64_t> scan_time(Scanner& scan, bool seconds_optional) {
  const char* const time = scan.take(5);  // HH:MM
  if (!time) return std::nullopt;
  bool fine = time[2] == ':';
  const unsigned hour = number_of<2>(time, fine);
  const unsigned minute = number_of<2>(time + 3, fine);
  unsigned second = 0;
  std::int64_t fraction = 0;
  if (scan.accept(':')) {
    const char* const seconds = scan.take(2);
    if (!seconds) return std::nullopt;
    second = number_of<2>(seconds, fine);
    if (scan.accept('.')) {
      const auto micros = scan_fraction(scan);
      if (!micros) return std::nullopt;
      fraction = *micros;
    }
  } else if (!seconds_optional) {
    return std::nullopt;
  }
  if (!fine || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return (hour * 3600 + minute * 60 + second) * kMicrosPerSecond + fraction;
}

/// Seconds east of UTC.
std::optional<std::int64_t> scan_offset(Scanner& scan) {
  if (scan.accept('Z') || scan.accept('z')) return 0;
  const bool east = scan.accept('+');
  if (!east && !scan.accept('-')) return std::nullopt;
  const char* const offset = scan.take(5);  // HH:MM
  if (!offset) return std::nullopt;
  bool fine = offset[2] == ':';
  const unsigned hours = number_of<2>(offset, fine);
  const unsigned minutes = number_of<2>(offset + 3, fine);
  if (!fine || hours > 23 || minutes > 59) return std::nullopt;
  const std::int64_t seconds = hours * 3600 + minutes * 60;
  return east ? seconds : -seconds;
}

void append_digits(std::string& out, std::uint64_t number, int count) {
  char digits[20];
  for (int i = count; i-- > 0; number /= 10) digits[i] = static_cast<char>('0' + number % 10);
  out.append(digits, static_cast<std::size_t>(count));
}

bool accept_separator(Scanner& scan) { return scan.accept('T') || scan.accept(' ') || scan.accept('t'); }

}  // namespace

std::int64_t days_from_civil(int year, unsigned month, unsigned day) {
  using namespace std::chrono;
  return sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day))
      .time_since_epoch()
      .count();
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  Scanner scan(text);
  const auto date = scan_date(scan);
  if (!date || !accept_separator(scan)) return std::nullopt;
  const auto time = scan_time(scan, false);
  if (!time) return std::nullopt;
  const auto offset = scan_offset(scan);
  if (!offset || !scan.at_end()) return std::nullopt;
  return from_micros((*date * kSecondsPerDay - *offset) * kMicrosPerSecond + *time);
}

std::optional<LocalTime> parse_local_time(std::string_view text) {
  Scanner scan(text);
  const auto date = scan_date(scan);
  if (!date) return std::nullopt;
  const std::int64_t midnight = *date * kSecondsPerDay * kMicrosPerSecond;
  if (scan.at_end()) return LocalTime{midnight};
  if (!accept_separator(scan)) return std::nullopt;
  const auto time = scan_time(scan, true);
  if (!time || !scan.at_end()) return std::nullopt;
  return LocalTime{midnight + *time};
}

std::string format_rfc3339(Timestamp instant) {
  using namespace std::chrono;
  const auto day = floor<days>(instant);
  const year_month_day date(day);
  const hh_mm_ss time(instant - day);
  std::string text;
  text.reserve(28);
  append_digits(text, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
  text += '-';
  append_digits(text, static_cast<unsigned>(date.month()), 2);
  text += '-';
  append_digits(text, static_cast<unsigned>(date.day()), 2);
  text += 'T';
  append_digits(text, static_cast<std::uint64_t>(time.hours().count()), 2);
  text += ':';
  append_digits(text, static_cast<std::uint64_t>(time.minutes().count()), 2);
  text += ':';
  append_digits(text, static_cast<std::uint64_t>(time.seconds().count()), 2);
  const auto micros = static_cast<std::uint64_t>(time.subseconds().count());
  if (micros != 0) {
    const bool has_micros = micros % 1000 != 0;
    text += '.';
    append_digits(text, has_micros ? micros : micros / 1000, has_micros ? 6 : 3);
  }
  text += 'Z';
  return text;
}

std::string format_date(Timestamp instant) { return format_rfc3339(instant).substr(0, 10); }

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  if (text.size() < 2 || text.size() > 8) return std::nullopt;
  std::int64_t number = 0;
  for (const char digit : text.substr(0, text.size() - 1)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + (digit - '0');
  }
  switch (text.back()) {
    case 's': return std::chrono::seconds(number);
    case 'm': return std::chrono::minutes(number);
    case 'h': return std::chrono::hours(number);
    case 'd': return std::chrono::days(number);
    case 'w': return std::chrono::weeks(number);
    default: return std::nullopt;
  }
}

std::string format_duration(std::chrono::seconds duration) {
  const auto count = duration.count();
  if (count % 86'400 == 0) return std::to_string(count / 86'400) + "d";
  if (count % 3600 == 0) return std::to_string(count / 3600) + "h";
  return std::to_string(count) + "s";
}

}  // namespace spectrum
