#include "storage/json/framed_batch.hpp"

#include "storage/core/user_rules.hpp"
#include "storage/json/crc32c.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <utility>

namespace roster::storage {
namespace {

constexpr std::string_view kBatch = "{\"batch\":";
constexpr std::string_view kCount = ",\"count\":";
constexpr std::string_view kBytes = ",\"bytes\":";
constexpr std::string_view kChecksum = ",\"crc32c\":\"";
constexpr std::string_view kEnd = "\"}\n";
constexpr std::size_t kChecksumDigits = 8;

std::string to_hex(std::uint32_t value) {
    std::array<char, kChecksumDigits + 1> text{};
    std::snprintf(text.data(), text.size(), "%08x", value);
    return text.data();
}

bool take(std::string_view& text, std::string_view prefix) noexcept {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

// Only as `framed_batch` writes it: no sign, no zero in front.
std::optional<std::uint64_t> take_number(std::string_view& text) noexcept {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const auto digits = static_cast<std::size_t>(end - text.data());
    if (error != std::errc() || value > kMaxNumber) return std::nullopt;
    if (text.front() == '0' && digits > 1) return std::nullopt;
    text.remove_prefix(digits);
    return value;
}

}  // namespace

std::string framed_batch(std::uint64_t number, std::uint64_t count, std::string_view body) {
    std::string text(kBatch);
    text.reserve(body.size() + 128);
    text += std::to_string(number);
    text.append(kCount).append(std::to_string(count));
    text.append(kBytes).append(std::to_string(body.size()));
    const std::uint32_t checksum = crc32c(body, crc32c(text));
    text.append(kChecksum).append(to_hex(checksum)).append(kEnd);
    text += body;
    return text;
}

std::optional<FramedBatch> framed_batch_at(std::string_view text, std::uint64_t offset) {
    if (offset >= text.size()) return std::nullopt;
    const std::string_view begin = text.substr(offset);
    std::string_view rest = begin;
    if (!take(rest, kBatch)) return std::nullopt;
    const auto number = take_number(rest);
    if (!number || !take(rest, kCount)) return std::nullopt;
    const auto count = take_number(rest);
    if (!count || !take(rest, kBytes)) return std::nullopt;
    const auto bytes = take_number(rest);
    const std::string_view summed = begin.substr(0, begin.size() - rest.size());
    if (!bytes || !take(rest, kChecksum)) return std::nullopt;
    const std::string_view checksum = rest.substr(0, kChecksumDigits);
    rest.remove_prefix(checksum.size());
    if (!take(rest, kEnd) || rest.size() < *bytes) return std::nullopt;
    FramedBatch batch;
    batch.body = rest.substr(0, *bytes);
    if (to_hex(crc32c(batch.body, crc32c(summed))) != checksum) return std::nullopt;
    batch.begin = offset;
    batch.end = offset + (begin.size() - rest.size()) + *bytes;
    batch.number = *number;
    batch.count = *count;
    return batch;
}

std::optional<FramedBatch> next_framed_batch(std::string_view text, std::uint64_t offset) {
    for (auto at = text.find(kBatch, offset); at != std::string_view::npos;
         at = text.find(kBatch, at + 1))
        if (auto batch = framed_batch_at(text, at)) return batch;
    return std::nullopt;
}

FrameScan scan_frames(std::string_view text) {
    FrameScan scan;
    while (auto batch = framed_batch_at(text, scan.good_bytes)) {
        scan.good_bytes = batch->end;
        scan.batches.push_back(std::move(*batch));
    }
    if (next_framed_batch(text, scan.good_bytes)) scan.damage = scan.good_bytes;
    return scan;
}

}  // namespace roster::storage
