#include "storage/json/journal_format.hpp"

#include "storage/json/book_writer.hpp"
#include "storage/json/crc32c.hpp"
#include "storage/json/token_parser.hpp"
#include "vocabulary/text.hpp"

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

// Only as `finish` writes it: no sign, no zero in front.
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

void JournalBatchWriter::put(std::string_view what, const UserRecord& user) {
    body_ += "{\"";
    body_ += what;
    body_ += "\":";
    append_compact_user(user, body_);
    body_ += "}\n";
    ++count_;
}

void JournalBatchWriter::erased(UserId id, Revision revision) {
    body_ += "{\"erased\":" + std::to_string(id) + ",\"revision\":" + std::to_string(revision);
    body_ += "}\n";
    ++count_;
}

std::string JournalBatchWriter::finish() const {
    std::string text(kBatch);
    text.reserve(body_.size() + 128);
    text += std::to_string(first_);
    text.append(kCount).append(std::to_string(count_));
    text.append(kBytes).append(std::to_string(body_.size()));
    const std::uint32_t checksum = crc32c(body_, crc32c(text));
    text.append(kChecksum).append(to_hex(checksum)).append(kEnd);
    text += body_;
    return text;
}

std::optional<JournalBatch> journal_batch_at(std::string_view text, std::uint64_t offset) {
    if (offset >= text.size()) return std::nullopt;
    const std::string_view begin = text.substr(offset);
    std::string_view rest = begin;
    if (!take(rest, kBatch)) return std::nullopt;
    const auto first = take_number(rest);
    if (!first || !take(rest, kCount)) return std::nullopt;
    const auto count = take_number(rest);
    if (!count || !take(rest, kBytes)) return std::nullopt;
    const auto bytes = take_number(rest);
    const std::string_view summed = begin.substr(0, begin.size() - rest.size());
    if (!bytes || !take(rest, kChecksum)) return std::nullopt;
    const std::string_view checksum = rest.substr(0, kChecksumDigits);
    rest.remove_prefix(checksum.size());
    if (!take(rest, kEnd) || rest.size() < *bytes) return std::nullopt;
    JournalBatch batch;
    batch.body = rest.substr(0, *bytes);
    if (to_hex(crc32c(batch.body, crc32c(summed))) != checksum) return std::nullopt;
    batch.begin = offset;
    batch.end = offset + (begin.size() - rest.size()) + *bytes;
    batch.first = *first;
    batch.count = *count;
    return batch;
}

std::optional<JournalBatch> next_journal_batch(std::string_view text, std::uint64_t offset) {
    for (auto at = text.find(kBatch, offset); at != std::string_view::npos;
         at = text.find(kBatch, at + 1))
        if (auto batch = journal_batch_at(text, at)) return batch;
    return std::nullopt;
}

JournalScan scan_journal(std::string_view text) {
    JournalScan scan;
    while (auto batch = journal_batch_at(text, scan.good_bytes)) {
        scan.good_bytes = batch->end;
        scan.batches.push_back(std::move(*batch));
    }
    if (next_journal_batch(text, scan.good_bytes)) scan.damage = scan.good_bytes;
    return scan;
}

namespace {

// {"created":{…}}, {"changed":{…}} or {"erased":7,"revision":9}
class ChangeBuilder final : public TokenSink {
  public:
    bool name(std::string_view name) override {
        if (in_user()) return take(change_.user.name(name, 0));
        if (depth_ > 1) return change_.user.unknown().name(name);
        name_ = name;
        return true;
    }
    bool string(std::string_view text) override {
        if (depth_ < 2) return false;
        if (!change_.user.in_unknown()) return take(change_.user.string(text, 0));
        change_.user.unknown().string(text);
        return true;
    }
    bool number(const JsonNumber& number) override {
        if (depth_ == 1) return top_level_number(number);
        if (depth_ < 2) return false;
        if (!change_.user.in_unknown()) return take(change_.user.number(number, 0));
        change_.user.unknown().literal(number.text);
        return true;
    }
    bool literal(std::string_view text) override {
        if (depth_ < 2) return false;
        if (!change_.user.in_unknown()) return take(change_.user.literal(text, 0));
        change_.user.unknown().literal(text);
        return true;
    }
    bool begin_object() override { return begin('{'); }
    bool end_object() override { return end(); }
    bool begin_array() override { return begin('['); }
    bool end_array() override { return end(); }

    std::optional<JournalChange> finish() {
        if (!whole_) return std::nullopt;
        return std::move(change_);
    }

  private:
    bool in_user() const noexcept { return depth_ == 2 && !change_.user.in_unknown(); }

    static bool take(const std::optional<DraftProblem>& problem) { return !problem; }

    bool top_level_number(const JsonNumber& number) {
        const UserId whole = number.whole.value_or(0);
        if (whole == 0 || whole > kMaxNumber) return false;
        if (name_ == "erased" && change_.id == 0) {
            change_.kind = JournalChange::Kind::erased;
            change_.id = whole;
            return true;
        }
        if (name_ != "revision" || change_.id == 0 || change_.revision != 0) return false;
        change_.revision = whole;
        whole_ = true;
        return true;
    }

    bool begin(char bracket) {
        ++depth_;
        if (depth_ == 1) return bracket == '{';
        if (change_.user.in_unknown()) {
            change_.user.unknown().begin(bracket);
            return true;
        }
        if (depth_ != 2 || bracket != '{' || change_.id != 0) return false;
        if (name_ != "created" && name_ != "changed") return false;
        change_.kind =
            name_ == "created" ? JournalChange::Kind::created : JournalChange::Kind::changed;
        change_.user.begin(0);
        return true;
    }

    bool end() {
        --depth_;
        if (depth_ == 0) return true;
        if (change_.user.in_unknown()) {
            change_.user.unknown().end();
            return true;
        }
        const UserDraft& user = change_.user;
        if (change_.user.end() || !user.revision || !user.plain_password.empty()) return false;
        if (user.credentials_revision > *user.revision) return false;
        change_.id = *user.id;
        change_.revision = *user.revision;
        whole_ = true;
        return true;
    }

    JournalChange change_;
    std::string name_;
    std::size_t depth_ = 0;
    bool whole_ = false;
};

}  // namespace

std::optional<JournalChange> read_journal_change(std::string_view line) {
    ChangeBuilder builder;
    if (!parse_tokens(line, builder).good()) return std::nullopt;
    return builder.finish();
}

}  // namespace roster::storage
