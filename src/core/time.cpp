#include "core/time.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <utility>

namespace roster {
namespace {

using namespace std::chrono;

constexpr std::array<std::pair<std::string_view, milliseconds>, 6> kUnits{{
    {"ms", milliseconds(1)},
    {"s", seconds(1)},
    {"", seconds(1)},
    {"m", minutes(1)},
    {"h", hours(1)},
    {"d", days(1)},
}};

// What RFC 3339 can write. A database that somebody has edited may hold other times.
constexpr sys_seconds kFirst = sys_days{January / 1 / 0};
constexpr sys_seconds kLast = sys_days{January / 1 / 10000} - seconds{1};

// "00", "01" to "99".
constexpr std::array<char, 200> kTwoDigits = [] {
    std::array<char, 200> digits{};
    for (std::size_t i = 0; i < digits.size(); ++i)
        digits[i] = static_cast<char>('0' + (i % 2 == 0 ? i / 20 : i / 2 % 10));
    return digits;
}();

// In the shape 0 is a digit, and T the separator of date and time; other letters are themselves,
// in either case.
bool has_shape(std::string_view text, std::string_view shape) noexcept {
    if (text.size() < shape.size()) return false;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool fits = shape[i] == '0'   ? is_digit(text[i])
                          : shape[i] == 'T' ? ascii_lower(text[i]) == 't' || text[i] == ' '
                                            : text[i] == shape[i];
        if (!fits) return false;
    }
    return true;
}

// Requires: digits alone.
int number_at(std::string_view text, std::size_t begin, std::size_t digits) noexcept {
    int value = 0;
    for (const char c : text.substr(begin, digits))
        value = value * 10 + (c - '0');
    return value;
}

// The rest of a text after its seconds: a fraction, which is dropped, and the offset.
std::optional<minutes> parse_offset(std::string_view text) noexcept {
    if (has_shape(text, ".0"))
        text.remove_prefix(std::min(text.find_first_not_of("0123456789", 1), text.size()));
    if (text == "Z" || text == "z") return minutes{0};
    if (text.size() != 6 || !(has_shape(text, "+00:00") || has_shape(text, "-00:00")))
        return std::nullopt;
    const int h = number_at(text, 1, 2);
    const int m = number_at(text, 4, 2);
    if (h > 23 || m > 59) return std::nullopt;
    const minutes offset = hours{h} + minutes{m};
    return text[0] == '+' ? offset : -offset;
}

}  // namespace

// Not by snprintf: an answer has five of them, and it took a tenth of the time of the whole.
void write_rfc3339(sys_seconds time, std::span<char, kRfc3339Bytes> out) noexcept {
    time = std::clamp(time, kFirst, kLast);
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const auto second = static_cast<unsigned>((time - day).count());
    std::memcpy(out.data(), "0000-00-00T00:00:00Z", out.size());
    const auto put_two = [out](std::size_t begin, unsigned number) {
        std::memcpy(&out[begin], &kTwoDigits[2 * number], 2);
    };
    const auto years = static_cast<unsigned>(static_cast<int>(date.year()));
    put_two(0, years / 100);
    put_two(2, years % 100);
    put_two(5, static_cast<unsigned>(date.month()));
    put_two(8, static_cast<unsigned>(date.day()));
    put_two(11, second / 3600);
    put_two(14, second / 60 % 60);
    put_two(17, second % 60);
}

void append_rfc3339(sys_seconds time, std::string& out) {
    std::array<char, kRfc3339Bytes> text;
    write_rfc3339(time, text);
    out.append(text.data(), text.size());
}

std::string to_rfc3339(sys_seconds time) {
    std::string text;
    append_rfc3339(time, text);
    return text;
}

std::optional<sys_seconds> parse_rfc3339(std::string_view text) noexcept {
    constexpr std::string_view kShape = "0000-00-00T00:00:00";
    if (!has_shape(text, kShape)) return std::nullopt;
    const auto part = [text](std::size_t begin) {
        return static_cast<unsigned>(number_at(text, begin, 2));
    };
    const auto date = year{number_at(text, 0, 4)} / month{part(5)} / day{part(8)};
    const unsigned h = part(11);
    const unsigned m = part(14);
    const unsigned s = part(17);
    const auto offset = parse_offset(text.substr(kShape.size()));
    if (!date.ok() || h > 23 || m > 59 || s > 60 || !offset) return std::nullopt;
    return sys_days{date} + hours{h} + minutes{m} + seconds{s} - *offset;
}

std::string to_imf_fixdate(sys_seconds time) {
    constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    std::array<char, 64> text{};
    const int size = std::snprintf(
        text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
        kDays[weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
        kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()));
    return {text.data(), static_cast<std::size_t>(size)};
}

std::optional<milliseconds> parse_duration(std::string_view text) noexcept {
    std::uint64_t count = 0;
    const char* const end = text.data() + text.size();
    const auto [digits_end, error] = std::from_chars(text.data(), end, count);
    if (error != std::errc()) return std::nullopt;
    const std::string_view unit(digits_end, static_cast<std::size_t>(end - digits_end));
    for (const auto& [name, length] : kUnits) {
        if (unit != name) continue;
        if (count > static_cast<std::uint64_t>(kLongestDuration / length)) return std::nullopt;
        return length * static_cast<milliseconds::rep>(count);
    }
    return std::nullopt;
}

std::optional<Uptime> system_uptime() {
    Uptime uptime;
    std::chrono::seconds::rep seconds = -1;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> uptime.boot;
    std::ifstream("/proc/uptime") >> seconds;
    uptime.time = std::chrono::seconds(seconds);
    if (uptime.boot.empty() || seconds < 0) return std::nullopt;
    return uptime;
}

Clock::Time Clock::last_tick() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return Time(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

}  // namespace roster
