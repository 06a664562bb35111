#pragma once

// Who asks. Knows no connection: that says who it is.

#include <roster/session.hpp>
#include <roster/user.hpp>

#include <optional>

namespace roster::accounts {

class Principal {
  public:
    /// Somebody who has not logged in.
    static Principal anonymous() { return {Kind::anonymous, 0, Role::user, 0, std::nullopt}; }
    /// The person at the machine itself; may do what an administrator may.
    static Principal local_operator() {
        return {Kind::local_operator, 0, Role::admin, 0, std::nullopt};
    }
    /// `session` 0: he is logged in without one, on a connection. `credentials`: those he was
    /// proved by, where that is known.
    static Principal user(UserId id, Role role, SessionId session = 0,
                          std::optional<Revision> credentials = std::nullopt) {
        return {Kind::user, id, role, session, credentials};
    }

    bool is_anonymous() const noexcept { return kind_ == Kind::anonymous; }
    bool is_operator() const noexcept { return kind_ == Kind::local_operator; }
    bool is_admin() const noexcept { return !is_anonymous() && role_ == Role::admin; }
    /// 0 for whoever is no user.
    UserId id() const noexcept { return id_; }
    Role role() const noexcept { return role_; }
    /// The session he came with; 0 where there is none.
    SessionId session() const noexcept { return session_; }
    std::optional<Revision> credentials() const noexcept { return credentials_; }

  private:
    enum class Kind { anonymous, local_operator, user };

    Principal(Kind kind, UserId id, Role role, SessionId session,
              std::optional<Revision> credentials)
        : kind_(kind), id_(id), role_(role), session_(session), credentials_(credentials) {}

    Kind kind_;
    UserId id_;
    Role role_;
    SessionId session_;
    std::optional<Revision> credentials_;
};

}  // namespace roster::accounts
