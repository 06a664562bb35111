// Small texts that come from outside: metadata, hashes of passwords, cursors, orders of lists, and
// what goes into the audit log. The first byte of an input says which.

#include <roster/audit.hpp>
#include <roster/user_query.hpp>

#include "audit/audit_format.hpp"
#include "core/json/raw_json.hpp"
#include "core/password_format.hpp"
#include "storage/core/user_search.hpp"

#include "fuzz/require.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace {

using namespace roster;
using namespace roster::audit;
using namespace roster::storage;
using fuzz::require;

void check_metadata(std::string_view text) {
    const auto compact = compact_metadata(text);
    if (const auto* problem = std::get_if<Diagnostic>(&compact)) {
        require(!problem->text.empty(), "a refusal says why");
        require(problem->location.column.value_or(1) <= text.size() + 1, "a refusal names a place");
        return;
    }
    const auto& once = std::get<std::string>(compact);
    require(once.size() <= kMaxMetadataBytes, "metadata is bounded");
    const auto again = compact_metadata(once);
    require(std::holds_alternative<std::string>(again), "what was kept can be read");
    require(std::get<std::string>(again) == once, "compact text stays as it is");
    boost::json::parse_options options;
    options.max_depth = kMaxMetadataDepth + 1;
    boost::json::error_code error;
    const auto meant = boost::json::parse({text.data(), text.size()}, error, {}, options);
    require(!error, "what was taken is JSON");
    // As texts: to Boost.JSON 0e480 is no number, which never equals itself.
    require(boost::json::serialize(meant) ==
                boost::json::serialize(boost::json::parse(once, {}, options)),
            "and says the same");
}

bool is_part(std::string_view part, std::string_view whole) {
    return part.empty() || (part.data() >= whole.data() &&
                            part.data() + part.size() <= whole.data() + whole.size());
}

void check_hash(std::string_view text) {
    const PasswordFormat format = read_password_format(text);
    require(is_part(format.salt, text) && is_part(format.digest, text), "parts are parts");
    const bool is_taken = format.status == HashStatus::none || format.status == HashStatus::plain ||
                          format.status == HashStatus::checkable;
    require(why_refused(format).empty() == is_taken, "a refusal says why");
    if (format.status != HashStatus::checkable) return;
    require(format.scheme.has_value(), "who can be checked has a scheme");
    if (const auto* argon2 = std::get_if<Argon2Cost>(&format.cost)) {
        require(std::uint64_t{argon2->memory_kib} * argon2->passes <= kMaxArgon2WorkKib &&
                    argon2->passes <= kMaxArgon2Passes && argon2->lanes <= kMaxArgon2Lanes,
                "argon2 is affordable");
    } else if (const auto* bcrypt = std::get_if<BcryptCost>(&format.cost)) {
        require(bcrypt->log2_rounds <= kMaxBcryptLog2Rounds, "bcrypt is affordable");
    } else if (const auto* scrypt = std::get_if<ScryptCost>(&format.cost)) {
        require(scrypt->r <= kMaxScryptR && scrypt->p <= kMaxScryptP && scrypt->log2_n < 32 &&
                    ((std::uint64_t{128} * scrypt->r * scrypt->p) << scrypt->log2_n) <=
                        kMaxScryptWorkBytes,
                "scrypt is affordable");
    } else {
        require(std::get<ShaCryptCost>(format.cost).rounds <= kMaxShaCryptRounds,
                "crypt is affordable");
    }
}

void check_query(std::string_view text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const auto order = parse_user_order(text.substr(0, end));
    if (!std::holds_alternative<UserOrder>(order)) {
        require(!std::get<std::string>(order).empty(), "a refusal says why");
        return;
    }
    UserQuery query;
    query.order = std::get<UserOrder>(order);
    require(std::get<UserOrder>(parse_user_order(to_string(query.order))) == query.order,
            "an order is read as it was written");
    Position place;
    place.id = 7;
    // Nobody's e-mail is empty.
    place.email = "a" + fold_email(text.substr(end));
    const auto found = read_cursor(make_cursor(place, query), query);
    require(found.has_value() && found->id == place.id, "a cursor is read as it was written");
    if (const auto position = read_cursor(text.substr(end), query)) {
        const auto again = read_cursor(make_cursor(*position, query), query);
        require(again && again->id == position->id && again->email == position->email &&
                    again->created_at == position->created_at &&
                    again->last_login_at == position->last_login_at,
                "a place is the same again");
    }
}

void check_audit(std::string_view text) {
    AuditEvent event;
    event.actor = text.substr(0, text.size() / 2);
    event.target = text.substr(text.size() / 2);
    event.action = event.address = event.outcome = event.detail = event.request_id = text;
    const std::string digest(kDigestDigits, 'a');
    std::string line = AuditChain(6, digest).add(event, {});
    line.pop_back();
    require(line.size() <= kMaxAuditLineBytes, "a line is bounded");
    require(line.find_first_of("\r\n") == line.npos, "one event is one line");
    const auto parsed = parse_audit_line(line);
    require(parsed && parsed->seq == 7 && parsed->prev == digest, "a line can be read");
    (void)parse_audit_line(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    switch (bytes[0]) {
        case 'm': check_metadata(text); break;
        case 'h': check_hash(text); break;
        case 'q': check_query(text); break;
        case 'a': check_audit(text); break;
        default: break;
    }
    return 0;
}
