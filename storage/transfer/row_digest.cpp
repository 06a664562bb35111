#include "storage/transfer/row_digest.hpp"

#include <cstdint>

namespace roster::storage {

RowDigest::RowDigest() {
    crypto_generichash_init(&state_, nullptr, 0, Value().size());
}

void RowDigest::add(const StoreTotals& totals) {
    begin('t');
    for (const std::uint64_t number : {totals.users, totals.sessions, totals.revision,
                                       totals.next_user_id, totals.next_session_id})
        put(number);
    put(totals.members_before_users);
    put(totals.members_after_users);
    take();
}

void RowDigest::add(const User& user, std::string_view unknown_members) {
    begin('u');
    put(user.id);
    put(user.email);
    put(user.password_hash.reveal());
    put(to_string(user.role));
    put(std::uint64_t{user.disabled});
    put(user.created_at);
    put(user.updated_at);
    put(user.revision);
    put(user.credentials_revision);
    put(user.metadata);
    put(unknown_members);
    take();
}

void RowDigest::add(const Session& session) {
    begin('s');
    put(session.id);
    put(session.user);
    put(std::string_view(reinterpret_cast<const char*>(session.digest.data()),
                         session.digest.size()));
    put(session.credentials_revision);
    put(session.created_at);
    put(session.last_seen_at);
    put(session.expires_at);
    put(session.label);
    put(session.address);
    put(session.user_agent);
    take();
}

void RowDigest::add(const LimiterRecord& record) {
    begin('l');
    put(record.key);
    put(record.state);
    put(record.until);
    take();
}

RowDigest::Value RowDigest::finish() {
    Value value{};
    crypto_generichash_final(&state_, value.data(), value.size());
    return value;
}

void RowDigest::begin(char kind) {
    row_.assign(1, kind);
}

void RowDigest::put(std::uint64_t number) {
    row_.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

void RowDigest::put(std::string_view text) {
    put(std::uint64_t{text.size()});
    row_ += text;
}

void RowDigest::put(std::chrono::sys_seconds time) {
    put(static_cast<std::uint64_t>(time.time_since_epoch().count()));
}

void RowDigest::take() {
    crypto_generichash_update(&state_, reinterpret_cast<const unsigned char*>(row_.data()),
                              row_.size());
}

}  // namespace roster::storage
