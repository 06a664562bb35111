#pragma once

// Who asks. Knows no connection: that says who it is.

#include <roster/session.hpp>
#include <roster/user.hpp>

namespace roster::accounts {

class Principal {
  public:
    /// Somebody who has not logged in.
    static Principal anonymous() { return {Kind::anonymous, 0, Role::user, 0}; }
    /// The person at the machine itself; may do what an administrator may.
    static Principal machine_operator() { return {Kind::machine_operator, 0, Role::admin, 0}; }
    /// `session` 0: he is logged in without one, on a connection.
    static Principal user(UserId id, Role role, SessionId session = 0) {
        return {Kind::user, id, role, session};
    }

    bool is_anonymous() const noexcept { return kind_ == Kind::anonymous; }
    bool is_operator() const noexcept { return kind_ == Kind::machine_operator; }
    bool is_admin() const noexcept { return !is_anonymous() && role_ == Role::admin; }
    /// 0 for whoever is no user.
    UserId id() const noexcept { return id_; }
    Role role() const noexcept { return role_; }
    /// The session he came with; 0 where there is none.
    SessionId session() const noexcept { return session_; }

  private:
    enum class Kind { anonymous, machine_operator, user };

    Principal(Kind kind, UserId id, Role role, SessionId session)
        : kind_(kind), id_(id), role_(role), session_(session) {}

    Kind kind_;
    UserId id_;
    Role role_;
    SessionId session_;
};

}  // namespace roster::accounts
