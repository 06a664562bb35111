#pragma once

// A digest of a store's rows that does not depend on the kind of store: two stores with equal
// digests have the same contents.

#include "core/user_profile.hpp"
#include "storage/core/bulk.hpp"

#include <sodium.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace roster::storage {

/// Takes the rows in the order of `StoreReader`.
class RowDigest {
  public:
    using Value = std::array<unsigned char, crypto_generichash_BYTES>;

    RowDigest() { crypto_generichash_init(&state_, nullptr, 0, Value().size()); }
    RowDigest(const RowDigest&) = delete;
    RowDigest& operator=(const RowDigest&) = delete;
    ~RowDigest() { wipe(row_.data(), row_.size()); }

    void add(const StoreTotals& totals) {
        add_row("t", totals.users, totals.sessions, totals.revision, totals.next_user_id,
                totals.next_session_id, totals.members_before_users, totals.members_after_users);
    }
    void add(const User& user, std::string_view unknown_members) {
        add_row("u", user.id, user.email, user.password_hash.reveal(), to_string(user.role),
                std::uint64_t{user.disabled}, user.created_at, user.updated_at, user.revision,
                user.credentials_revision, user.metadata, user.profile.username, user.profile.name,
                join_groups(user.profile.groups), user.profile.locale,
                user.profile.email_verified_at, user.last_login_at, unknown_members);
    }
    void add(const Session& session) {
        const std::string_view digest(reinterpret_cast<const char*>(session.digest.data()),
                                      session.digest.size());
        add_row("s", session.id, session.user, to_string(session.kind), session.parent, digest,
                session.credentials_revision, session.created_at, session.last_seen_at,
                session.expires_at, session.label, session.address, session.user_agent);
    }
    void add(const LimiterRecord& record) { add_row("l", record.key, record.state, record.until); }

    Value finish() {
        Value value{};
        crypto_generichash_final(&state_, value.data(), value.size());
        return value;
    }

  private:
    template <class... Members>
    void add_row(std::string_view kind, const Members&... members) {
        row_ = kind;
        (put(members), ...);
        crypto_generichash_update(&state_, reinterpret_cast<const unsigned char*>(row_.data()),
                                  row_.size());
    }
    void put(std::uint64_t number) {
        row_.append(reinterpret_cast<const char*>(&number), sizeof(number));
    }
    void put(std::string_view text) {
        put(std::uint64_t{text.size()});
        row_ += text;
    }
    void put(std::optional<std::chrono::sys_seconds> time) {
        put(std::uint64_t{time.has_value()});
        put(time.value_or(std::chrono::sys_seconds()));
    }
    void put(std::chrono::sys_seconds time) {
        put(static_cast<std::uint64_t>(time.time_since_epoch().count()));
    }

    crypto_generichash_state state_{};
    std::string row_;
};

}  // namespace roster::storage
