#pragma once

// The fixture for tests of every kind of store: made for each test, and opened again at will.

#include "unit/storage/support.hpp"

#include <memory>
#include <string>
#include <vector>

namespace roster::storage::testing {

class StoreContract : public ::testing::TestWithParam<std::string> {
  protected:
    StoreContract() { open(); }

    void open() {
        store_.reset();
        OpenOptions options = test_options();
        options.now = [this] { return now_; };
        store_ = open_store(url(), options);
    }

    bool remembers() const { return GetParam() != "memory"; }

    const std::string& url() const { return url_; }

    result<User> apply(Write write) { return run(store_->apply(std::move(write))); }
    result<std::vector<User>> apply_all(std::vector<Write> writes) {
        return run(store_->apply_all(std::move(writes)));
    }
    result<User> find(UserId id) { return run(store_->find(id)); }
    result<User> find_by_login(std::string login) {
        return run(store_->find_by_login(std::move(login)));
    }
    std::vector<User> list(UserId after, std::size_t limit) {
        return *run(store_->list(after, limit));
    }
    result<UserPage> search(UserQuery query) { return run(store_->search(std::move(query))); }
    std::vector<UserId> ids(UserId after = 0, std::size_t limit = 1000) {
        std::vector<UserId> ids;
        for (const User& user : list(after, limit))
            ids.push_back(user.id);
        return ids;
    }

    TemporaryDirectory directory_;
    std::string url_ = new_store_url(GetParam(), directory_ / "store");
    std::chrono::sys_seconds now_ = some_time();
    std::unique_ptr<Store> store_;
};

using Ids = std::vector<UserId>;

inline std::string name_of_backend(const ::testing::TestParamInfo<std::string>& backend) {
    return backend.param;
}

}  // namespace roster::storage::testing
