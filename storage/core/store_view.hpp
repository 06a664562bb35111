#pragma once

// The read part of a store, synchronous: what a command that only reads needs.
// Knows no Asio and no writer.

#include <roster/store_types.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace roster::storage {

/// Each function as in `Store`.
///
/// Threads: any.
class StoreView {
  public:
    virtual ~StoreView() = default;

    virtual result<User> find(UserId id) const = 0;
    virtual result<User> find_by_email(std::string_view email) const = 0;
    virtual result<std::vector<User>> list(UserId after, std::size_t limit) const = 0;
    virtual result<UserPage> search(const UserQuery& query) const = 0;
    virtual result<std::vector<Session>> sessions_of(UserId user) const = 0;
    virtual result<std::vector<Session>> list_sessions(SessionId after,
                                                       std::size_t limit) const = 0;
    virtual result<std::vector<LimiterRecord>> limiter_records() const = 0;
    virtual StoreStatus status() const = 0;
    virtual std::string url() const = 0;
};

}  // namespace roster::storage
