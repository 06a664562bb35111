// Random writes, alone and in groups, with and without an expected revision, against the plainest
// store that can be thought of: every backend answers as it does, and has what it has.

#include "unit/storage/contract.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <map>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

// What the rules say, written down once more, without an index and without a batch.
class PlainStore {
  public:
    explicit PlainStore(std::chrono::sys_seconds now) : now_(now) {}

    result<User> apply(const Write& write) {
        return std::visit([this](const auto& one) { return put(one); }, write);
    }

    result<std::vector<User>> apply_all(const std::vector<Write>& writes) {
        const PlainStore before = *this;
        std::vector<User> users;
        for (const Write& write : writes) {
            auto user = apply(write);
            if (!user) {
                *this = before;
                return user.error();
            }
            users.push_back(std::move(*user));
        }
        return users;
    }

    const std::map<UserId, User>& users() const noexcept { return users_; }
    UserId next_id() const noexcept { return next_id_; }
    Revision revision() const noexcept { return revision_; }
    std::uint64_t admins() const {
        std::uint64_t admins = 0;
        for (const auto& [id, user] : users_)
            if (user.role == Role::admin && !user.disabled) ++admins;
        return admins;
    }

  private:
    bool is_taken(std::string_view login, UserId but) const {
        for (const auto& [id, user] : users_)
            if (id != but && !login.empty() &&
                (fold_email(user.email) == fold_email(login) ||
                 fold_email(user.profile.username) == fold_email(login)))
                return true;
        return false;
    }
    bool is_last_admin(const User& user) const {
        return user.role == Role::admin && !user.disabled && admins() == 1;
    }

    result<User> put(const CreateUser& write) {
        if (is_taken(write.email, 0)) return Errc::email_taken;
        if (is_taken(write.profile.username, 0)) return Errc::username_taken;
        if (write.id && *write.id < next_id_) return Errc::id_taken;
        User user;
        user.id = write.id.value_or(next_id_);
        user.email = write.email;
        user.profile = write.profile;
        user.last_login_at = write.last_login_at;
        user.password_hash = write.password_hash;
        user.role = write.role;
        user.disabled = write.disabled;
        user.created_at = user.updated_at = now_;
        user.metadata = write.metadata;
        user.revision = user.credentials_revision = ++revision_;
        next_id_ = user.id + 1;
        users_[user.id] = user;
        return user;
    }

    result<User> put(const UpdateUser& write) {
        const auto found = users_.find(write.id);
        if (found == users_.end()) return Errc::user_not_found;
        if (write.email && is_taken(*write.email, write.id)) return Errc::email_taken;
        const ProfileChange& profile = write.profile;
        if (profile.username && is_taken(*profile.username, write.id)) return Errc::username_taken;
        User user = found->second;
        bool ends = write.disabled && *write.disabled != user.disabled;
        if (write.password_hash && !write.keeps_credentials) ends = true;
        if (write.email && fold_email(*write.email) != fold_email(user.email))
            user.profile.email_verified_at.reset();
        if (write.email) user.email = *write.email;
        if (profile.username) user.profile.username = *profile.username;
        if (profile.name) user.profile.name = *profile.name;
        if (profile.groups) user.profile.groups = *profile.groups;
        if (profile.email_verified_at) user.profile.email_verified_at = *profile.email_verified_at;
        if (profile.locale) user.profile.locale = *profile.locale;
        if (write.password_hash) user.password_hash = *write.password_hash;
        if (write.role) user.role = *write.role;
        if (write.disabled) user.disabled = *write.disabled;
        if (write.metadata) user.metadata = *write.metadata;
        const bool stays_admin = user.role == Role::admin && !user.disabled;
        if (is_last_admin(found->second) && !stays_admin) return Errc::last_admin;
        if (write.expected && *write.expected != user.revision) return Errc::revision_mismatch;
        user.updated_at = now_;
        user.revision = ++revision_;
        if (ends) user.credentials_revision = user.revision;
        found->second = user;
        return user;
    }

    result<User> put(const EraseUser& write) {
        const auto found = users_.find(write.id);
        if (found == users_.end()) return Errc::user_not_found;
        if (is_last_admin(found->second)) return Errc::last_admin;
        if (write.expected && *write.expected != found->second.revision)
            return Errc::revision_mismatch;
        User user = found->second;
        users_.erase(found);
        ++revision_;
        return user;
    }

    std::chrono::sys_seconds now_;
    std::map<UserId, User> users_;
    UserId next_id_ = 1;
    Revision revision_ = 0;
};

auto members_of(const User& user) {
    return std::make_tuple(user.id, user.email, std::string(user.password_hash.reveal()),
                           std::string(to_string(user.role)), user.disabled, user.created_at,
                           user.updated_at, user.revision, user.credentials_revision, user.metadata,
                           user.profile.username, user.profile.name, user.profile.groups,
                           user.profile.email_verified_at, user.profile.locale, user.last_login_at);
}

// What was refused says why; what was not, says who came of it.
template <class T>
std::string told(const result<T>& answer) {
    return answer ? "ok" : answer.error().message();
}

class StoreModel : public StoreContract {
  protected:
    std::size_t below(std::size_t count) {
        return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
    }
    bool one_in(std::size_t count) { return below(count) == 0; }

    std::string some_email() {
        if (one_in(8)) return some_username();
        const bool is_loud = one_in(3);
        return std::string(is_loud ? "USER" : "user") + std::to_string(below(12)) +
               (one_in(2) ? "@a.com" : "@A.com");
    }
    // Few, so that they meet one another and e-mails.
    std::string some_username() { return (one_in(2) ? "Name" : "name") + std::to_string(below(4)); }
    std::vector<std::string> some_groups() {
        return one_in(3) ? std::vector<std::string>() : std::vector<std::string>{"a", "b.c"};
    }
    Role some_role() { return one_in(3) ? Role::admin : Role::user; }
    std::string some_metadata() {
        static const std::vector<std::string> kTexts{
            "{}", R"({"a":1e400,"b":-0,"c":1.0,"d":1,"e":18446744073709551616,"f":0.10})",
            R"({"z":[{"y":"\u0000"}],"a":"é\"\\"})", R"({"a":-1.50E+07})"};
        return kTexts[below(kTexts.size())];
    }
    UserId some_id() { return 1 + below(std::max<std::size_t>(model_.next_id(), 2)); }
    // Mostly what it was before this batch, so that writes of one batch outdate one another.
    std::optional<Revision> some_expected(UserId id) {
        if (one_in(2)) return std::nullopt;
        const auto found = model_.users().find(id);
        if (found == model_.users().end() || one_in(5)) return below(model_.revision() + 2);
        return found->second.revision;
    }

    Write some_write() {
        const std::size_t kind = below(10);
        if (kind < 4) {
            CreateUser create(some_email(), some_hash(), some_role());
            create.disabled = one_in(6);
            create.metadata = some_metadata();
            if (one_in(3)) create.profile.username = some_username();
            if (one_in(3)) create.profile.groups = some_groups();
            if (one_in(3)) create.profile.email_verified_at = some_time();
            if (one_in(3)) create.last_login_at = some_time();
            if (one_in(6)) create.id = model_.next_id() + below(4);
            if (one_in(12)) create.id = some_id();
            return create;
        }
        const UserId id = some_id();
        if (kind < 6) {
            EraseUser erase(id);
            erase.expected = some_expected(id);
            return erase;
        }
        UpdateUser update(id);
        update.expected = some_expected(id);
        if (one_in(2)) update.email = some_email();
        if (one_in(3)) update.role = some_role();
        if (one_in(4)) update.disabled = one_in(2);
        if (one_in(3)) update.metadata = some_metadata();
        if (one_in(3)) update.profile.username = one_in(3) ? "" : some_username();
        if (one_in(3)) update.profile.name = one_in(2) ? "" : "Ä \"x\"";
        if (one_in(3)) update.profile.groups = some_groups();
        if (one_in(4)) update.profile.email_verified_at.emplace();
        if (one_in(4)) update.profile.locale = one_in(2) ? "" : "de";
        if (one_in(3)) update.password_hash = some_hash('B');
        update.keeps_credentials = one_in(2);
        return update;
    }

    boost::asio::awaitable<void> answer_into(Write write, std::optional<result<User>>* place) {
        auto answer = co_await store_->apply(std::move(write));
        place->emplace(std::move(answer));
    }

    // All at once: the store takes them as batches, in this order.
    void write_at_once(const std::vector<Write>& writes) {
        std::vector<std::optional<result<User>>> answers(writes.size());
        boost::asio::io_context context;
        for (std::size_t i = 0; i < writes.size(); ++i)
            boost::asio::co_spawn(context, answer_into(writes[i], &answers[i]),
                                  boost::asio::detached);
        context.run();
        for (std::size_t i = 0; i < writes.size(); ++i) {
            const auto wanted = model_.apply(writes[i]);
            ASSERT_TRUE(answers[i]);
            ASSERT_EQ(told(*answers[i]), told(wanted)) << "write " << i;
            if (wanted) {
                ASSERT_EQ(members_of(**answers[i]), members_of(*wanted));
            }
        }
    }

    void write_as_one(const std::vector<Write>& writes) {
        const auto users = apply_all(writes);
        const auto wanted = model_.apply_all(writes);
        ASSERT_EQ(told(users), told(wanted));
        for (std::size_t i = 0; wanted && i < wanted->size(); ++i)
            ASSERT_EQ(members_of(users->at(i)), members_of(wanted->at(i)));
    }

    void compare() {
        const auto users = list(0, 1000);
        ASSERT_EQ(users.size(), model_.users().size());
        std::size_t i = 0;
        for (const auto& [id, user] : model_.users()) {
            ASSERT_EQ(members_of(users[i++]), members_of(user));
            ASSERT_EQ(find_by_login(user.email)->id, id);
            const bool has_name = !user.profile.username.empty();
            ASSERT_EQ(find_by_login(has_name ? user.profile.username : user.email)->id, id);
        }
        const StoreStatus status = store_->status();
        ASSERT_EQ(status.users, model_.users().size());
        ASSERT_EQ(status.admins, model_.admins());
        ASSERT_EQ(status.revision, model_.revision());
        UserQuery everybody;
        everybody.total = true;
        ASSERT_EQ(search(everybody)->total, model_.users().size());
    }

    std::mt19937 random_{20261122};
    PlainStore model_{some_time()};
};

TEST_P(StoreModel, AnswersAndHasWhatThePlainestStoreDoes) {
    constexpr int kRounds = 120;
    for (int round = 0; round < kRounds && !HasFatalFailure(); ++round) {
        SCOPED_TRACE("round " + std::to_string(round));
        std::vector<Write> writes;
        for (std::size_t i = 0, count = 1 + below(12); i < count; ++i)
            writes.push_back(some_write());
        if (one_in(3))
            write_as_one(writes);
        else
            write_at_once(writes);
        if (HasFatalFailure()) return;
        compare();
        if (remembers() && one_in(10)) open();
    }
}

INSTANTIATE_TEST_SUITE_P(Backends, StoreModel, ::testing::ValuesIn(backends()), name_of_backend);

}  // namespace
}  // namespace roster::storage
