#include "storage/json/password_hashing.hpp"

#include "core/password_format.hpp"

#include <roster/log.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

namespace roster::storage {
namespace {

class ParallelHashing {
  public:
    ParallelHashing(std::vector<PlainPassword>& passwords, const OpenOptions& options)
        : passwords_(passwords), options_(options) {}

    /// Gives the first password that could not be hashed, in the book's order.
    std::optional<DraftProblem> run() {
        const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
        {
            std::vector<std::jthread> threads;
            for (std::size_t i = 1; i < std::min(cores, passwords_.size()); ++i)
                threads.emplace_back([this] { work(); });
            work();
        }
        const std::size_t failed = first_failed_;
        if (failed == passwords_.size()) return std::nullopt;
        return DraftProblem{passwords_[failed].token, "this plain password cannot be hashed"};
    }

  private:
    void work() {
        for (std::size_t i = next_++; i < passwords_.size() && i < first_failed_; i = next_++) {
            if (hash(passwords_[i]))
                tell_progress();
            else
                fail(i);
        }
    }

    bool hash(PlainPassword& plain) {
        try {
            result<Secret> hashed = options_.hash_password(plain.password);
            if (!hashed) return false;
            if (!is_checkable_hash(hashed->reveal())) return false;
            plain.password = std::move(*hashed);
            return true;
        } catch (const std::exception&) {
            return false;
        }
    }

    void fail(std::size_t i) {
        std::size_t first = first_failed_;
        while (i < first && !first_failed_.compare_exchange_weak(first, i)) {
        }
    }

    void tell_progress() {
        constexpr std::size_t kWorthTelling = 100;
        const std::size_t total = passwords_.size();
        const std::size_t done = ++done_;
        if (!options_.log || total < kWorthTelling) return;
        if (done * 10 / total != (done - 1) * 10 / total)
            options_.log->info("hashed {} of {} plain passwords", done, total);
    }

    std::vector<PlainPassword>& passwords_;
    const OpenOptions& options_;
    std::atomic<std::size_t> next_ = 0;
    std::atomic<std::size_t> done_ = 0;
    std::atomic<std::size_t> first_failed_ = passwords_.size();
};

}  // namespace

std::optional<DraftProblem> hash_plain_passwords(UsersDocument& book, const OpenOptions& options) {
    std::vector<PlainPassword> passwords = std::exchange(book.plain_passwords, {});
    const std::size_t with_id = passwords.size();
    for (const UserParser& draft : book.users_without_id)
        if (!draft.plain_password.empty())
            passwords.push_back({0, draft.plain_password, draft.token_of("password")});
    if (passwords.empty()) return std::nullopt;
    if (!options.hash_password)
        return DraftProblem{passwords.front().token,
                            "a plain password, which cannot be hashed here"};
    if (options.log) options.log->info("hashing {} plain passwords of the book", passwords.size());
    if (auto failure = ParallelHashing(passwords, options).run()) return failure;
    for (std::size_t i = 0; i < with_id; ++i) {
        User user = to_user(*book.users.find(passwords[i].id));
        user.password_hash = passwords[i].password;
        book.users.replace(to_record(user));
    }
    std::size_t next = with_id;
    for (UserParser& draft : book.users_without_id) {
        if (draft.plain_password.empty()) continue;
        draft.password_hash = passwords[next++].password.reveal();
        draft.plain_password = Secret();
    }
    book.incomplete = true;
    return std::nullopt;
}

}  // namespace roster::storage
