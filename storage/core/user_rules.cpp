#include "storage/core/user_rules.hpp"

#include "core/text.hpp"

#include <string_view>

namespace roster::storage {
namespace {

constexpr std::size_t kMaxTextBytes = 16 * 1024;

bool is_storable_text(std::string_view text) noexcept {
    return text.size() <= kMaxTextBytes && count_code_points(text).has_value();
}

}  // namespace

bool is_storable(const Session& session) noexcept {
    return session.user > 0 && session.user <= kMaxNumber &&
           session.credentials_revision <= kMaxNumber && is_storable_text(session.label) &&
           is_storable_text(session.address) && is_storable_text(session.user_agent) &&
           is_storable_time(session.created_at) && is_storable_time(session.last_seen_at) &&
           is_storable_time(session.expires_at);
}

bool is_storable(const LimiterRecord& record) noexcept {
    return is_storable_text(record.key) && is_storable_text(record.state) &&
           is_storable_time(record.until);
}

}  // namespace roster::storage
