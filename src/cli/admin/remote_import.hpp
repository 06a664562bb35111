#pragma once

// What an import needs of a server: who is there, and users as the lines of requests.
// Knows no request.

#include <roster/api_types.hpp>
#include <roster/store_types.hpp>

#include "import_export/import_plan.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace roster::cli {

/// E-mails, usernames and ids of a server's users: to ask it for each user of a file would take a
/// round trip each.
class KnownUsers final : public import_export::ExistingUsers {
  public:
    void add(const User& user);

    /// With an id alone.
    std::optional<User> find_by_login(const std::string& login) override;
    /// The user with the highest id, if that is above `after`.
    std::vector<User> list(UserId after, std::size_t limit) override;

  private:
    std::unordered_map<std::string, UserId> by_email_;
    std::unordered_map<std::string, UserId> by_username_;
    UserId highest_ = 0;
};

/// As many users as one request takes.
class UserLines {
  public:
    /// Half of what a server takes.
    static constexpr std::size_t kMostBytes = std::size_t{16} * 1024 * 1024;

    /// Lifetime: the users outlive it.
    explicit UserLines(std::span<const CreateUser> users) : users_(users) {}

    /// Lifetime: not longer than this.
    ApiSource source();

    std::size_t sent() const noexcept { return sent_; }

  private:
    const std::span<const CreateUser> users_;
    std::size_t sent_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace roster::cli
