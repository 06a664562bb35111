#pragma once

// Who asks. Knows no session and no connection: those say who it is.

#include <roster/user.hpp>

namespace roster::accounts {

class Principal {
  public:
    /// Somebody who has not logged in.
    static Principal anonymous() { return {Kind::anonymous, 0, Role::user}; }
    /// The person at the machine itself; may do what an administrator may.
    static Principal machine_operator() { return {Kind::machine_operator, 0, Role::admin}; }
    static Principal user(UserId id, Role role) { return {Kind::user, id, role}; }

    bool is_anonymous() const noexcept { return kind_ == Kind::anonymous; }
    bool is_admin() const noexcept { return !is_anonymous() && role_ == Role::admin; }
    /// 0 for whoever is no user.
    UserId id() const noexcept { return id_; }
    Role role() const noexcept { return role_; }

  private:
    enum class Kind { anonymous, machine_operator, user };

    Principal(Kind kind, UserId id, Role role) : kind_(kind), id_(id), role_(role) {}

    Kind kind_;
    UserId id_;
    Role role_;
};

}  // namespace roster::accounts
