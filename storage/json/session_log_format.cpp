#include "storage/json/session_log_format.hpp"

#include "core/json/raw_json.hpp"
#include "core/time.hpp"
#include "storage/core/user_rules.hpp"

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace roster::storage {
namespace {

namespace json = boost::json;

constexpr std::string_view kHex = "0123456789abcdef";

// Writing.

class LineWriter {
  public:
    explicit LineWriter(std::string& out) : out_(out) {}

    void operator()(const Session& session) {
        out_ += "{\"session\":{";
        number("id", session.id);
        number(",user", session.user);
        out_ += ",\"digest\":\"";
        for (const unsigned char byte : session.digest) {
            out_ += kHex[byte >> 4];
            out_ += kHex[byte & 15];
        }
        out_ += '"';
        number(",credentials_revision", session.credentials_revision);
        text(",label", session.label);
        text(",address", session.address);
        text(",user_agent", session.user_agent);
        text(",created_at", to_rfc3339(session.created_at));
        text(",last_seen_at", to_rfc3339(session.last_seen_at));
        text(",expires_at", to_rfc3339(session.expires_at));
        out_ += "}}\n";
    }
    void operator()(const TouchSessions& touched) {
        out_ += "{\"seen\":[";
        for (const TouchSessions::Seen& seen : touched.seen) {
            if (&seen != &touched.seen.front()) out_ += ',';
            out_ += "[" + std::to_string(seen.id) + ",\"" + to_rfc3339(seen.at) + "\"]";
        }
        out_ += "]}\n";
    }
    void operator()(const RenewSession& renewed) {
        out_ += "{\"renewed\":{";
        number("id", renewed.id);
        number(",credentials_revision", renewed.credentials_revision);
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
    void operator()(const LimiterRecord& record) {
        out_ += "{\"throttle\":{";
        text("key", record.key);
        text(",state", record.state);
        text(",until", to_rfc3339(record.until));
        out_ += "}}\n";
    }
    void operator()(const NextSession& next) {
        out_ += "{\"next_id\":" + std::to_string(next.id) + "}\n";
    }

  private:
    // A comma before the name says that another member stands before it.
    void name(std::string_view name) {
        if (name.front() == ',') {
            out_ += ',';
            name.remove_prefix(1);
        }
        out_ += '"';
        out_ += name;
        out_ += "\":";
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

// Reading. Whatever is missing or of another kind makes the line senseless.

using ReadStep = std::optional<AccessStep>;

bool take_number(const json::value* value, std::uint64_t& number) {
    if (value == nullptr) return false;
    if (!value->is_int64() || value->get_int64() < 0) return false;
    number = static_cast<std::uint64_t>(value->get_int64());
    return number <= kMaxNumber;
}

bool take_id(const json::value* value, std::uint64_t& id) {
    return take_number(value, id) && id > 0;
}

bool take_text(const json::value* value, std::string& text) {
    if (value == nullptr || !value->is_string()) return false;
    text.assign(value->get_string().data(), value->get_string().size());
    return true;
}

bool take_time(const json::value* value, std::chrono::sys_seconds& time) {
    if (value == nullptr || !value->is_string()) return false;
    const json::string& text = value->get_string();
    const auto parsed = parse_rfc3339(std::string_view(text.data(), text.size()));
    if (!parsed) return false;
    time = *parsed;
    return true;
}

std::optional<unsigned char> hex_value(char c) {
    const auto at = kHex.find(c);
    if (at == std::string_view::npos) return std::nullopt;
    return static_cast<unsigned char>(at);
}

bool take_digest(const json::value* value, SessionDigest& digest) {
    if (value == nullptr || !value->is_string()) return false;
    const json::string& text = value->get_string();
    if (text.size() != 2 * digest.size()) return false;
    for (std::size_t i = 0; i < digest.size(); ++i) {
        const auto high = hex_value(text[2 * i]);
        const auto low = hex_value(text[2 * i + 1]);
        if (!high || !low) return false;
        digest[i] = static_cast<unsigned char>(*high << 4 | *low);
    }
    return true;
}

const json::object* object_of(const json::value& value, std::size_t members) {
    const json::object* object = value.if_object();
    return object != nullptr && object->size() == members ? object : nullptr;
}

ReadStep read_session(const json::value& value) {
    const json::object* members = object_of(value, 10);
    if (members == nullptr) return std::nullopt;
    Session session;
    const bool is_whole =
        take_id(members->if_contains("id"), session.id) &&
        take_id(members->if_contains("user"), session.user) &&
        take_digest(members->if_contains("digest"), session.digest) &&
        take_number(members->if_contains("credentials_revision"), session.credentials_revision) &&
        take_text(members->if_contains("label"), session.label) &&
        take_text(members->if_contains("address"), session.address) &&
        take_text(members->if_contains("user_agent"), session.user_agent) &&
        take_time(members->if_contains("created_at"), session.created_at) &&
        take_time(members->if_contains("last_seen_at"), session.last_seen_at) &&
        take_time(members->if_contains("expires_at"), session.expires_at);
    if (!is_whole || !is_storable(session)) return std::nullopt;
    return session;
}

ReadStep read_seen(const json::value& value) {
    const json::array* entries = value.if_array();
    if (entries == nullptr) return std::nullopt;
    std::vector<TouchSessions::Seen> sessions;
    sessions.reserve(entries->size());
    for (const json::value& entry : *entries) {
        const json::array* pair = entry.if_array();
        TouchSessions::Seen seen;
        if (pair == nullptr || pair->size() != 2 || !take_id(&(*pair)[0], seen.id) ||
            !take_time(&(*pair)[1], seen.at))
            return std::nullopt;
        sessions.push_back(seen);
    }
    return TouchSessions(std::move(sessions));
}

ReadStep read_renewed(const json::value& value) {
    const json::object* members = object_of(value, 2);
    RenewSession renewed(0, 0);
    if (members == nullptr || !take_id(members->if_contains("id"), renewed.id) ||
        !take_number(members->if_contains("credentials_revision"), renewed.credentials_revision))
        return std::nullopt;
    return renewed;
}

ReadStep read_ended(const json::value& value) {
    const json::array* entries = value.if_array();
    if (entries == nullptr) return std::nullopt;
    std::vector<SessionId> ids;
    ids.reserve(entries->size());
    for (const json::value& entry : *entries)
        if (!take_id(&entry, ids.emplace_back())) return std::nullopt;
    return EndSessions(std::move(ids));
}

ReadStep read_throttle(const json::value& value) {
    const json::object* members = object_of(value, 3);
    LimiterRecord record;
    if (members == nullptr || !take_text(members->if_contains("key"), record.key) ||
        !take_text(members->if_contains("state"), record.state) ||
        !take_time(members->if_contains("until"), record.until) || !is_storable(record))
        return std::nullopt;
    return record;
}

ReadStep read_next(const json::value& value) {
    NextSession next;
    if (!take_id(&value, next.id)) return std::nullopt;
    return next;
}

ReadStep read_step(const json::value& line) {
    const json::object* object = object_of(line, 1);
    if (object == nullptr) return std::nullopt;
    const auto& member = *object->begin();
    const std::string_view kind(member.key().data(), member.key().size());
    if (kind == "session") return read_session(member.value());
    if (kind == "seen") return read_seen(member.value());
    if (kind == "renewed") return read_renewed(member.value());
    if (kind == "ended") return read_ended(member.value());
    if (kind == "throttle") return read_throttle(member.value());
    if (kind == "next_id") return read_next(member.value());
    return std::nullopt;
}

}  // namespace

void append_step(const AccessStep& step, std::string& out) {
    std::visit(LineWriter(out), step);
}

bool read_steps(std::string_view body, std::uint64_t count,
                const std::function<void(AccessStep)>& take) {
    std::array<unsigned char, 16 * 1024> memory;
    json::monotonic_resource resource(memory.data(), memory.size());
    json::parser parser;
    for (; count > 0; --count) {
        const auto end = body.find('\n');
        if (end == std::string_view::npos) return false;
        resource.release();
        parser.reset(&resource);
        boost::system::error_code error;
        parser.write(body.data(), end, error);
        if (error) return false;
        body.remove_prefix(end + 1);
        // It must be gone before its memory is.
        const json::value line = parser.release();
        auto step = read_step(line);
        if (!step) return false;
        take(std::move(*step));
    }
    return body.empty();
}

}  // namespace roster::storage
