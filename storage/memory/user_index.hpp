#pragma once

// The users of a store in memory: by id, by e-mail and username, and the totals that a commit
// needs.
// Knows no lock and no disk.

#include <roster/user.hpp>

#include "storage/core/user_transaction.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

/// A user as the index takes and returns it.
/// Lifetime: the texts belong to the caller, or to the index until it is changed; the profile is
/// the record's own.
struct UserRecord {
    UserId id = 0;
    std::chrono::sys_seconds created_at{};
    std::chrono::sys_seconds updated_at{};
    Revision revision = 0;
    Revision credentials_revision = 0;
    Role role = Role::user;
    bool disabled = false;
    std::string_view email;
    std::string_view password_hash;
    std::optional<std::chrono::sys_seconds> last_login_at;
    /// As `pack` returns it.
    std::string profile;
    /// Empty for "{}".
    std::string_view metadata;
    /// Members that roster does not know, as compact JSON: `"name":"A","tags":[1,2]`.
    std::string_view unknown_members;
};

User to_user(const UserRecord& record);
/// The same, into the memory that `user` has; the hash is not copied.
void copy_without_hash(const UserRecord& record, User& user);
/// Without unknown members. Lifetime: of the user, as in `UserRecord`.
UserRecord to_record(const User& user);

/// When a user logged in last. It only becomes later, also while others read it.
class LoginTime {
  public:
    using Time = std::optional<std::chrono::sys_seconds>;

    explicit LoginTime(Time time = {}) noexcept { advance(time); }
    LoginTime(const LoginTime& other) noexcept : seconds_(other.seconds_.load()) {}
    LoginTime& operator=(const LoginTime& other) noexcept {
        seconds_ = other.seconds_.load();
        return *this;
    }

    Time get() const noexcept {
        const std::int64_t seconds = seconds_;
        return seconds < 0 ? Time() : Time(std::chrono::seconds(seconds));
    }
    /// Requires: one writer.
    void advance(Time time) noexcept {
        if (time && time->time_since_epoch().count() > seconds_)
            seconds_ = time->time_since_epoch().count();
    }

  private:
    std::atomic<std::int64_t> seconds_ = -1;
};

/// Up to 64 users, by id. It is copied before it is changed if a view may hold it.
class UserChunk {
  public:
    static constexpr std::size_t kMaxUsers = 64;

    std::size_t size() const noexcept { return users_.size(); }
    UserRecord at(std::size_t position) const;
    /// The position of the first user with at least this id.
    std::size_t lower_bound(UserId id) const noexcept;

  private:
    friend class UserIndex;

    struct StoredUser {
        explicit StoredUser(const UserRecord& record);

        UserId id;
        std::chrono::sys_seconds created_at;
        std::chrono::sys_seconds updated_at;
        Revision revision;
        Revision credentials_revision;
        LoginTime last_login;
        // E-mail, hash, profile, metadata and unknown members, one after the other.
        std::string texts;
        std::uint16_t email_bytes;
        std::uint16_t hash_bytes;
        std::uint16_t profile_bytes;
        std::uint16_t metadata_bytes;
        Role role;
        bool disabled;
    };

    std::vector<StoredUser> users_;
    // How many views there were when the chunk was made.
    std::uint64_t made_after_views_ = 0;
};

/// A hash of e-mails and usernames with a secret key, so that nobody can choose some with equal
/// hashes.
class LoginHash {
  public:
    /// With a new key. Throws: `StartupError` with `internal`.
    LoginHash();

    /// Equal for texts that are equal as `fold_email` compares.
    std::uint64_t operator()(std::string_view login) const;

  private:
    std::array<unsigned char, 16> key_{};
};

/// The users at one moment.
using UserView = std::vector<std::shared_ptr<const UserChunk>>;

/// Requires: one writer, and no reader at the same time, except readers of views.
class UserIndex final : public UserLookup {
  public:
    enum class Inserted { yes, id_taken, email_taken, username_taken };

    std::optional<UserRecord> find(UserId id) const;
    /// By e-mail or username; no two users have the same.
    std::optional<UserRecord> find_by_login(std::string_view login) const;

    std::optional<User> user(UserId id) const override;
    std::optional<UserId> holder_of(std::string_view login) const override;
    UserTotals totals() const override { return {revision, next_id, admins_}; }

    Inserted insert(const UserRecord& record);
    /// Requires: the user exists, and no other user has the e-mail or the username. Keeps the
    /// unknown members, and a later log-in.
    void replace(const UserRecord& record);
    void replace_unknown_members(UserId id, std::string_view members);
    /// Requires: the user exists.
    void erase(UserId id);
    /// Also while others read, and in views. A later one stays; nothing happens without the user.
    void record_login(const RecordLogins::Login& login);

    /// The chunks with users above `after`; the first one perhaps only in part.
    std::span<const std::shared_ptr<UserChunk>> chunks_above(UserId after) const noexcept;
    /// The chunks with users below `before`; the last one perhaps only in part.
    std::span<const std::shared_ptr<UserChunk>> chunks_below(UserId before) const noexcept;

    /// Costs some microseconds; what is changed later is copied first.
    UserView view();

    std::size_t size() const noexcept { return size_; }
    /// Administrators that are not disabled.
    std::uint64_t admins() const noexcept { return admins_; }
    /// 0 if there is no user.
    UserId last_id() const noexcept;

    /// The store's revision, and the id of the next user.
    Revision revision = 0;
    UserId next_id = 1;

  private:
    struct LoginSlot {
        std::uint64_t hash;
        UserId id;
    };
    using LoginShard = std::vector<LoginSlot>;

    std::size_t chunk_of(UserId id) const noexcept;
    UserChunk& writable(std::size_t chunk);
    void store(const UserRecord& record);
    void count(const UserRecord& record, bool added) noexcept;
    void add_logins(const UserRecord& record);
    void add_login(std::string_view login, UserId id);
    void remove_logins(const UserRecord& record);
    void remove_login(std::string_view login, UserId id);

    std::vector<std::shared_ptr<UserChunk>> chunks_;
    std::size_t size_ = 0;
    std::uint64_t admins_ = 0;
    std::uint64_t views_ = 0;
    LoginHash hash_of_;
    // Sorted by hash. So many that changing one does not take long.
    std::vector<LoginShard> logins_ = std::vector<LoginShard>(1024);
};

/// Applies all changes of a transaction; unknown members of the users stay.
void apply_changes(const UserTransaction& transaction, UserIndex& index);

}  // namespace roster::storage
