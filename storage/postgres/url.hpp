#pragma once

// A store's URL as libpq reads it: `postgres://user@host1,host2/database?option=value`.

#include "storage/postgres/connection.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace roster::storage::postgres {

/// Where a database is, and how to log in.
class DatabaseUrl {
  public:
    /// `path`: what follows "postgres:". Throws: `StartupError` with `invalid_request`.
    explicit DatabaseUrl(const std::string& path);

    /// Without the password.
    const std::string& masked() const noexcept { return masked_; }
    bool has_password() const noexcept { return has_password_; }
    std::size_t hosts() const noexcept { return hosts_.size(); }
    /// "db1:5432", for people.
    std::string host_name(std::size_t host) const;

    /// What libpq needs to connect to one of the hosts. Reads the password's file again.
    /// Throws: `Lost` if that cannot be read.
    Settings settings_of(std::size_t host) const;

  private:
    struct Host {
        std::string name;
        std::string address;
        std::string port;
    };

    bool is_local() const;

    std::vector<Host> hosts_;
    Settings common_;
    std::string password_file_;
    std::string masked_;
    bool has_password_ = false;
};

}  // namespace roster::storage::postgres
