#pragma once

// What the commands need from a store: operations on users and sessions, with the rights of the
// operator over a store that this process opens, or with those of a user of a server.
// Knows no command, no format and no store.

#include <roster/api_types.hpp>
#include <roster/session.hpp>
#include <roster/store_types.hpp>
#include <roster/user.hpp>
#include <roster/user_query.hpp>

#include "cli/config/command_settings.hpp"
#include "import_export/import_plan.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace roster::accounts {
class AccountChange;
class NewAccount;
class PasswordChange;
}  // namespace roster::accounts

namespace roster::cli {

class EditEvents;

/// Reading. A local one works beside a running server.
///
/// Throws, every call: `Refused`, with what is wrong and what to do.
/// Threads: the one that opened it; every call blocks.
class AdminView : public import_export::ExistingUsers {
  public:
    /// nullopt if there is no such user.
    virtual std::optional<User> find(UserId id) = 0;

    virtual UserPage search(const UserQuery& query) = 0;

    /// With their password hashes, unless a server has the store.
    std::vector<User> list(UserId after, std::size_t limit) override = 0;

    /// A user's sessions that have neither ended nor expired, by id.
    virtual std::vector<Session> sessions_of(const User& user) = 0;

    /// The same of all users, where asking for each of them would take long. nullopt: ask for each.
    virtual std::optional<std::map<UserId, std::vector<Session>>> all_sessions() {
        return std::nullopt;
    }

    virtual StoreStatus status() = 0;

    /// Calls `visit` with every user, by id; with password hashes if it is asked for.
    virtual void export_users(bool with_hashes, const std::function<void(const User&)>& visit);

    /// For an import, which may ask for every user of a store.
    virtual ExistingUsers& existing_users() { return *this; }

    /// Whether changes are made as this user, not as the operator or as another one.
    virtual bool is_own(const User&) { return false; }
};

/// How an import ended.
struct ImportOutcome {
    ImportOutcome() = default;

    /// How many of the users were added, from the first on.
    std::size_t added = 0;
    /// How many after those may have been added or not: the answer got lost.
    std::size_t unknown = 0;
    /// Why the others were not.
    boost::system::error_code error;
    /// The same for a person; empty: the error's message.
    std::string why;
};

/// Changes too. They follow the same rules as those of a server's clients, and each is a line in
/// the audit log.
class AdminApi : public AdminView {
  public:
    virtual User add(accounts::NewAccount account) = 0;
    /// These return the user as it is afterwards.
    virtual User change(const User& user, accounts::AccountChange change) = 0;
    virtual User change_password(const User& user, accounts::PasswordChange change) = 0;
    /// Returns the user as it was.
    virtual User remove(const User& user) = 0;

    /// The session that these calls need; `nullopt` if they need none.
    virtual std::optional<SessionId> own_session() { return std::nullopt; }
    /// False if there is no such session.
    virtual bool end_session(SessionId id) = 0;
    /// Returns how many there were.
    virtual std::size_t end_sessions(const User& user) = 0;

    /// Calls `visit` with everybody whom the rate limiter delays.
    virtual void for_each_delay(const std::function<void(const ApiDelay&)>& visit) = 0;
    /// Lets whom this key delays try again at once. False: nothing is counted by it.
    virtual bool forgive(const std::string& key) = 0;

    /// In one commit, all of them or none; by a server in several if they are many megabytes.
    /// `source`: for the audit log.
    virtual ImportOutcome import(std::vector<CreateUser> users, const std::string& source) = 0;
};

/// Calls `visit` with the first `limit` users that match the query, in its order.
void for_each_match(AdminView& view, UserQuery query, std::size_t limit,
                    const std::function<void(const User&)>& visit);

/// Calls `visit` with every user, by id.
void for_each_user(AdminView& view, const std::function<void(const User&)>& visit);

/// Calls `visit` with every user that has sessions, by id.
void for_each_session_owner(
    AdminView& view,
    const std::function<void(const User& owner, const std::vector<Session>&)>& visit);

/// Takes no lock, starts no thread and hashes nothing: works beside a running server.
/// Throws: `StartupError`; with `store_unavailable` if there is no such store.
std::unique_ptr<AdminView> open_admin_view(const std::string& store);

/// Of the settings' server, if there is one, or of their store.
std::unique_ptr<AdminView> open_admin_view(const AdminSettings& settings);

enum class IfMissing { make, make_and_say, refuse };

/// The same for changes. Holds the store until it is destroyed, or asks the server that holds it,
/// by its admin socket. Throws: `StartupError`; with `store_locked` if the holder does not answer
/// there, with `store_unavailable` if there is no store and none is to be made.
std::unique_ptr<AdminApi> open_admin_api(const AdminSettings& settings,
                                         IfMissing if_missing = IfMissing::refuse);

/// How a store has the plain passwords of an old users file hashed. Ends with `cancelled` when
/// `is_stopping` says so; it may be empty.
std::function<result<Secret>(const Secret&)> hash_with(passwords::HashCost cost,
                                                       std::function<bool()> is_stopping = {});

/// The store itself; a server gives `is_stopping`. Edits of it by hand are told to `edits`, which
/// may be null. Throws: `StartupError`; with `cancelled` if the program is to stop while it hashes.
std::unique_ptr<Store> open_hashing_store(const std::string& url, passwords::HashCost cost,
                                          std::shared_ptr<Log> log,
                                          std::shared_ptr<EditEvents> edits = nullptr,
                                          std::function<bool()> is_stopping = {});

/// Whether there is nothing at the place that the URL names. False for stores without a path.
/// Throws: `StartupError` with `invalid_request`.
bool is_store_missing(const std::string& url);

/// Whether a file is one of those that a store keeps.
bool belongs_to_store(const std::string& file, const std::string& url);

}  // namespace roster::cli
