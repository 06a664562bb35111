#include "storage/json/session_log_format.hpp"

#include "core/json/raw_json.hpp"
#include "core/json/user_json.hpp"
#include "core/time.hpp"
#include "storage/core/session_transaction.hpp"

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <optional>
#include <utility>

namespace roster::storage {
namespace {

namespace json = boost::json;

constexpr std::string_view kHex = "0123456789abcdef";

class LineWriter {
  public:
    explicit LineWriter(std::string& out) : out_(out) {}

    void operator()(const Session& session) {
        out_ += "{\"session\":{\"id\":";
        out_ += std::to_string(session.id);
        number("user", session.user);
        if (session.kind != SessionKind::login) text("kind", to_string(session.kind));
        if (session.parent != 0) number("parent", session.parent);
        std::string digest;
        for (const unsigned char byte : session.digest) {
            digest += kHex[byte >> 4];
            digest += kHex[byte & 15];
        }
        text("digest", digest);
        number("credentials_revision", session.credentials_revision);
        text("label", session.label);
        text("address", session.address);
        text("user_agent", session.user_agent);
        text("created_at", to_rfc3339(session.created_at));
        text("last_seen_at", to_rfc3339(session.last_seen_at));
        text("expires_at", to_rfc3339(session.expires_at));
        out_ += "}}\n";
    }
    void operator()(const TouchSessions& touched) {
        out_ += "{\"seen\":[";
        for (const TouchSessions::Seen& seen : touched.seen)
            time_of(seen.id, seen.at);
        out_ += "]}\n";
    }
    void operator()(const RecordLogins& recorded) {
        out_ += "{\"logins\":[";
        for (const RecordLogins::Login& login : recorded.logins)
            time_of(login.user, login.at);
        out_ += "]}\n";
    }
    void operator()(const RenewSession& renewed) {
        out_ += "{\"renewed\":{\"id\":" + std::to_string(renewed.id);
        number("credentials_revision", renewed.credentials_revision);
        out_ += "}}\n";
    }
    void operator()(const EndSessions& ended) {
        out_ += "{\"ended\":[";
        for (const SessionId& id : ended.ids) {
            if (&id != &ended.ids.front()) out_ += ',';
            out_ += std::to_string(id);
        }
        out_ += "]}\n";
    }
    // What the file calls the rate limiter.
    void operator()(const LimiterRecord& record) {
        out_ += "{\"throttle\":{\"key\":";
        append_json_string(record.key, out_);
        text("state", record.state);
        text("until", to_rfc3339(record.until));
        out_ += "}}\n";
    }
    void operator()(const NextSession& next) {
        out_ += "{\"next_id\":" + std::to_string(next.id) + "}\n";
    }

  private:
    void name(std::string_view name) {
        out_ += ",\"";
        out_ += name;
        out_ += "\":";
    }
    void time_of(std::uint64_t id, std::chrono::sys_seconds at) {
        if (out_.back() == ']') out_ += ',';
        out_ += "[" + std::to_string(id) + ",\"" + to_rfc3339(at) + "\"]";
    }
    void number(std::string_view member, std::uint64_t value) {
        name(member);
        out_ += std::to_string(value);
    }
    void text(std::string_view member, std::string_view value) {
        name(member);
        append_json_string(value, out_);
    }

    std::string& out_;
};

bool read(const json::value& value, std::uint64_t& number) {
    if (!value.is_int64() || value.get_int64() < 0) return false;
    number = static_cast<std::uint64_t>(value.get_int64());
    return number <= kMaxNumber;
}

bool read_id(const json::value& value, std::uint64_t& id) {
    return read(value, id) && id > 0;
}

bool read(const json::value& value, std::string& text) {
    if (!value.is_string()) return false;
    text.assign(value.get_string().data(), value.get_string().size());
    return true;
}

bool read(const json::value& value, std::chrono::sys_seconds& time) {
    std::string text;
    if (!read(value, text)) return false;
    const auto parsed = parse_rfc3339(text);
    time = parsed.value_or(time);
    return parsed.has_value();
}

bool read(const json::value& value, SessionKind& kind) {
    std::string text;
    if (!read(value, text)) return false;
    const auto parsed = parse_session_kind(text);
    kind = parsed.value_or(kind);
    return parsed.has_value();
}

bool read(const json::value& value, SessionDigest& digest) {
    std::string text;
    if (!read(value, text) || text.size() != 2 * digest.size()) return false;
    for (std::size_t i = 0; i < digest.size(); ++i) {
        const auto high = kHex.find(text[2 * i]);
        const auto low = kHex.find(text[2 * i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) return false;
        digest[i] = static_cast<unsigned char>(high << 4 | low);
    }
    return true;
}

// The members of an object that has so many, and perhaps others. What is missing or of another kind
// makes the whole bad.
class Members {
  public:
    Members(const json::value& value, std::size_t count)
        : object_(value.if_object()), count_(count), is_good_(object_ != nullptr) {}

    template <class Value>
    Members& take(std::string_view name, Value& value) {
        const json::value* member = is_good_ ? object_->if_contains(name) : nullptr;
        is_good_ = member != nullptr && read(*member, value);
        return *this;
    }
    template <class Value>
    Members& take_if_there(std::string_view name, Value& value) {
        const json::value* member = is_good_ ? object_->if_contains(name) : nullptr;
        if (member == nullptr) return *this;
        is_good_ = read(*member, value);
        ++others_;
        return *this;
    }
    Members& take_id(std::string_view name, std::uint64_t& id) {
        take(name, id);
        is_good_ = is_good_ && id > 0;
        return *this;
    }
    bool is_good() const noexcept { return is_good_ && object_->size() == count_ + others_; }

  private:
    const json::object* object_;
    std::size_t count_;
    std::size_t others_ = 0;
    bool is_good_;
};

using ReadStep = std::optional<SessionStep>;

ReadStep read_session(const json::value& value) {
    Session session;
    Members members(value, 10);
    members.take_id("id", session.id)
        .take_id("user", session.user)
        .take_if_there("kind", session.kind)
        .take_if_there("parent", session.parent)
        .take("digest", session.digest)
        .take("credentials_revision", session.credentials_revision)
        .take("label", session.label)
        .take("address", session.address)
        .take("user_agent", session.user_agent)
        .take("created_at", session.created_at)
        .take("last_seen_at", session.last_seen_at)
        .take("expires_at", session.expires_at);
    if (!members.is_good() || !is_storable(session)) return std::nullopt;
    return session;
}

// An id and a time each.
template <class Step, class Entry>
ReadStep read_times(const json::value& value) {
    const json::array* entries = value.if_array();
    if (entries == nullptr) return std::nullopt;
    std::vector<Entry> read_entries;
    read_entries.reserve(entries->size());
    for (const json::value& entry : *entries) {
        const json::array* pair = entry.if_array();
        std::uint64_t id = 0;
        std::chrono::sys_seconds at;
        if (pair == nullptr || pair->size() != 2 || !read_id((*pair)[0], id) ||
            !read((*pair)[1], at))
            return std::nullopt;
        read_entries.push_back({id, at});
    }
    return Step(std::move(read_entries));
}

ReadStep read_renewed(const json::value& value) {
    RenewSession renewed(0, 0);
    Members members(value, 2);
    members.take_id("id", renewed.id).take("credentials_revision", renewed.credentials_revision);
    if (!members.is_good()) return std::nullopt;
    return renewed;
}

ReadStep read_ended(const json::value& value) {
    const json::array* entries = value.if_array();
    if (entries == nullptr) return std::nullopt;
    std::vector<SessionId> ids;
    ids.reserve(entries->size());
    for (const json::value& entry : *entries)
        if (!read_id(entry, ids.emplace_back())) return std::nullopt;
    return EndSessions(std::move(ids));
}

ReadStep read_limiter_record(const json::value& value) {
    LimiterRecord record;
    Members members(value, 3);
    members.take("key", record.key).take("state", record.state).take("until", record.until);
    if (!members.is_good() || !is_storable(record)) return std::nullopt;
    return record;
}

ReadStep read_next(const json::value& value) {
    NextSession next;
    if (!read_id(value, next.id)) return std::nullopt;
    return next;
}

ReadStep read_step(const json::value& line) {
    const json::object* object = line.if_object();
    if (object == nullptr || object->size() != 1) return std::nullopt;
    const auto& member = *object->begin();
    const std::string_view kind(member.key().data(), member.key().size());
    if (kind == "session") return read_session(member.value());
    if (kind == "seen") return read_times<TouchSessions, TouchSessions::Seen>(member.value());
    if (kind == "logins") return read_times<RecordLogins, RecordLogins::Login>(member.value());
    if (kind == "renewed") return read_renewed(member.value());
    if (kind == "ended") return read_ended(member.value());
    if (kind == "throttle") return read_limiter_record(member.value());
    if (kind == "next_id") return read_next(member.value());
    return std::nullopt;
}

}  // namespace

void append_step(const SessionStep& step, std::string& out) {
    std::visit(LineWriter(out), step);
}

bool read_steps(std::string_view lines, std::uint64_t count,
                const std::function<void(SessionStep)>& take) {
    std::array<unsigned char, 16 * 1024> memory;
    json::monotonic_resource resource(memory.data(), memory.size());
    json::parser parser;
    for (; count > 0; --count) {
        const auto end = lines.find('\n');
        if (end == std::string_view::npos) return false;
        resource.release();
        parser.reset(&resource);
        boost::system::error_code error;
        parser.write(lines.data(), end, error);
        if (error) return false;
        lines.remove_prefix(end + 1);
        // It must be gone before its memory is.
        const json::value line = parser.release();
        auto step = read_step(line);
        if (!step) return false;
        take(std::move(*step));
    }
    return lines.empty();
}

}  // namespace roster::storage
