#include "storage/memory/live_search.hpp"

#include "unit/storage/support.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace roster::storage {
namespace {

using namespace roster::storage::testing;

class LiveSearchTest : public ::testing::Test {
  protected:
    void commit(const std::vector<Write>& writes) {
        UserTransaction batch(users_.index(), some_time());
        for (const Write& write : writes)
            (void)batch.apply(write);
        users_.publish(batch);
    }

    void add(std::size_t count) {
        std::vector<Write> writes;
        for (std::size_t i = 0; i < count; ++i)
            writes.push_back(create("user" + std::to_string(next_++) + "@example.com"));
        commit(writes);
    }

    // As a store changes under load: somebody comes, is renamed, disabled or goes.
    void change(std::size_t step) {
        const UserId any = 1 + step * 7919 % (next_ - 1);
        switch (step % 4) {
            case 0: add(1); break;
            case 1: {
                UpdateUser update(any);
                update.email = "renamed" + std::to_string(step) + "@example.com";
                commit({update});
                break;
            }
            case 2: {
                UpdateUser update(any);
                update.disabled = step % 8 < 4;
                commit({update});
                break;
            }
            default: commit({EraseUser(any)});
        }
    }

    std::vector<UserId> all(UserQuery query) {
        std::vector<UserId> ids;
        query.limit = 100;
        for (;;) {
            const auto page = search_.search(query);
            if (!page) return {};
            for (const User& user : page->users)
                ids.push_back(user.id);
            if (!page->next_cursor) return ids;
            query.cursor = page->next_cursor;
        }
    }

    std::vector<UserId> sorted(const UserQuery& query) {
        auto ids = all(query);
        std::sort(ids.begin(), ids.end());
        return ids;
    }

    std::vector<UserId> there_are() const {
        std::vector<UserId> ids;
        for (const User& user : users_.list(0, 1'000'000))
            ids.push_back(user.id);
        return ids;
    }

    static UserQuery query(std::string_view order, std::string text = "") {
        UserQuery query;
        query.order = std::get<UserOrder>(parse_user_order(order));
        query.text = std::move(text);
        return query;
    }

    ConcurrentUserTable users_{UserIndex()};
    LiveSearch search_{users_};
    UserId next_ = 1;
};

// The indexes are made from views while a writer goes on, and then follow him.
TEST_F(LiveSearchTest, IndexesThatAreMadeBesideAWriterLackNobody) {
    constexpr std::size_t kChanges = 4000;
    add(3000);
    std::atomic<std::size_t> step = 0;
    std::thread writer([&] {
        for (; step < kChanges; ++step)
            change(step);
    });
    std::vector<std::thread> readers;
    for (const char* order : {"email", "-created_at,email", "created_at"})
        readers.emplace_back([&, order] {
            do {
                EXPECT_GT(all(query(order)).size(), 1000U) << order;
                (void)all(query(order, "renamed"));
            } while (step < kChanges);
        });
    writer.join();
    for (std::thread& reader : readers)
        reader.join();
    const auto everybody = there_are();
    for (const char* order : {"email", "-created_at,email", "created_at"}) {
        EXPECT_EQ(sorted(query(order)), everybody) << order;
        EXPECT_EQ(sorted(query(order, "example")), everybody) << order;
    }
    UserQuery either = query("id");
    either.disabled = true;
    auto some = sorted(either);
    either.disabled = false;
    const auto others = sorted(either);
    some.insert(some.end(), others.begin(), others.end());
    std::sort(some.begin(), some.end());
    EXPECT_EQ(some, everybody);
}

// More e-mails are changed than the index of what is in them follows.
TEST_F(LiveSearchTest, AnIndexThatIsWornIsMadeAnew) {
    add(6000);
    EXPECT_EQ(all(query("id", "user")).size(), 6000U);
    for (UserId id = 1; id <= 5000; ++id) {
        UpdateUser update(id);
        update.email = "moved" + std::to_string(id) + "@example.com";
        commit({update});
        if (id % 1000 == 0) {
            EXPECT_EQ(all(query("id", "moved")).size(), id);
            EXPECT_EQ(all(query("id", "user")).size(), 6000 - id);
        }
    }
    for (UserId id = 1; id <= 5500; ++id)
        commit({EraseUser(id)});
    EXPECT_EQ(all(query("id", "example")).size(), 500U);
    EXPECT_EQ(all(query("-email", "user")).size(), 500U);
}

}  // namespace
}  // namespace roster::storage
