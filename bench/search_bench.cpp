// Measures pages of users of small and large stores side by side. bench/run says how to use it.

#include <roster/store.hpp>

#include "bench/storage/example_store.hpp"
#include "bench/storage/machine.hpp"
#include "bench/storage/temporary_directory.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace roster::bench {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

struct Settings {
    std::vector<std::uint64_t> users{1000, 1'000'000};
    std::string directory = ".";
    int rounds = 21;
};

template <class T>
T run_here(asio::awaitable<T> work) {
    asio::io_context context;
    std::optional<T> outcome;
    asio::co_spawn(context, std::move(work), [&](std::exception_ptr failure, T value) {
        if (failure) std::rethrow_exception(failure);
        outcome.emplace(std::move(value));
    });
    context.run();
    return std::move(*outcome);
}

// An import: all of one second. Three administrators and five who are disabled.
void fill(Store& store, std::uint64_t users) {
    constexpr std::size_t kPerCommit = 10'000;
    const auto now =
        std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    Random random(1);
    std::vector<Write> writes;
    for (std::uint64_t id = 1; id <= users; ++id) {
        CreateUser user(email_of(id), Secret(random_hash(random)),
                        id % (users / 3) == 1 ? Role::admin : Role::user);
        user.disabled = id % (users / 5) == 7;
        user.created_at = now;
        writes.emplace_back(std::move(user));
        if (writes.size() < kPerCommit && id < users) continue;
        if (!run_here(store.apply_all(std::exchange(writes, {}))))
            throw std::runtime_error("the store cannot be filled");
    }
}

struct Question {
    std::string name;
    UserQuery query;
};

UserQuery ask(std::string text, std::string_view order) {
    UserQuery query;
    query.text = std::move(text);
    query.order = std::get<UserOrder>(parse_user_order(order));
    return query;
}

std::vector<Question> questions(std::uint64_t users) {
    std::vector<Question> all;
    for (const char* order : {"id", "-id", "email", "-email", "created_at", "-created_at",
                              "-created_at,email", "created_at,-email", "-created_at,id"})
        all.push_back({fmt::format("sort={}", order), ask("", order)});
    for (const char* order : {"id", "email", "-created_at,email"}) {
        all.push_back({fmt::format("3 administrators, sort={}", order), ask("", order)});
        all.back().query.role = Role::admin;
        all.push_back({fmt::format("5 disabled, sort={}", order), ask("", order)});
        all.back().query.disabled = true;
        all.push_back({fmt::format("the others, sort={}", order), ask("", order)});
        all.back().query.disabled = false;
        const std::string one = email_of(users / 2);
        all.push_back({fmt::format("q of one user, sort={}", order), ask(one, order)});
        const std::string domain = one.substr(one.find('@') + 1);
        all.push_back({fmt::format("q of all users, sort={}", order), ask(domain, order)});
        all.push_back({fmt::format("q of nobody, sort={}", order), ask("qqq" + domain, order)});
        all.push_back(
            {fmt::format("q of all users, administrators, sort={}", order), ask(domain, order)});
        all.back().query.role = Role::admin;
        all.push_back(
            {fmt::format("q of one letter, sort={}", order), ask(one.substr(0, 1), order)});
    }
    all.push_back({"counted, without q", ask("", "id")});
    all.back().query.total = true;
    return all;
}

double milliseconds(Clock::duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

UserPage page_of(Store& store, const UserQuery& query) {
    return run_here(store.search(query)).value();
}

double median_of_pages(Store& store, const UserQuery& query, int rounds) {
    std::vector<double> times;
    for (int i = 0; i < rounds; ++i) {
        const auto begin = Clock::now();
        (void)page_of(store, query);
        times.push_back(milliseconds(Clock::now() - begin));
    }
    std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
    return times[static_cast<std::size_t>(rounds / 2)];
}

// The cursor in the middle of the list, reached by the largest pages.
UserQuery in_the_middle(Store& store, UserQuery query, std::uint64_t users) {
    query.limit = UserQuery::kMaxLimit;
    for (std::uint64_t seen = 0; seen < users / 2; seen += query.limit) {
        const auto page = page_of(store, query);
        if (!page.next_cursor) break;
        query.cursor = page.next_cursor;
    }
    query.limit = 50;
    return query;
}

struct Answer {
    std::string name;
    double first_ms = 0;
    double page_ms = 0;
};

std::vector<Answer> measure(Store& store, std::uint64_t users, int rounds) {
    std::vector<Answer> answers;
    for (const Question& question : questions(users)) {
        const auto begin = Clock::now();
        (void)page_of(store, question.query);
        const double first = milliseconds(Clock::now() - begin);
        answers.push_back({question.name, first, median_of_pages(store, question.query, rounds)});
    }
    for (const char* order : {"email", "-created_at,email"}) {
        const UserQuery deep = in_the_middle(store, ask("", order), users);
        answers.push_back({fmt::format("a cursor in the middle, sort={}", order), 0,
                           median_of_pages(store, deep, rounds)});
    }
    return answers;
}

void measure_kind(const std::string& kind, const Settings& settings, const std::string& directory) {
    std::vector<std::vector<Answer>> sizes;
    for (const std::uint64_t users : settings.users) {
        const std::string url = kind + ":" + directory + "/" + std::to_string(users);
        const auto begin = Clock::now();
        auto store = open_store(url, OpenOptions());
        fill(*store, users);
        std::cerr << fmt::format("{}: {} users in {:.1f} s\n", kind, users,
                                 milliseconds(Clock::now() - begin) / 1000);
        sizes.push_back(measure(*store, users, settings.rounds));
    }
    std::cout << fmt::format("\n{:<46}", kind + ", ms a page of 50");
    for (const std::uint64_t users : settings.users)
        std::cout << fmt::format("{:>11}", users);
    std::cout << fmt::format("{:>8}{:>12}\n", "ratio", "first time");
    for (std::size_t i = 0; i < sizes.front().size(); ++i) {
        std::cout << fmt::format("{:<46}", sizes.front()[i].name);
        for (const auto& answers : sizes)
            std::cout << fmt::format("{:>11.3f}", answers[i].page_ms);
        std::cout << fmt::format("{:>8.1f}{:>12.1f}\n",
                                 sizes.back()[i].page_ms / sizes.front()[i].page_ms,
                                 sizes.back()[i].first_ms);
    }
}

int run(int argc, char** argv) {
    Settings settings;
    CLI::App program("Measures pages of users of small and large stores side by side.");
    program.add_option("--users", settings.users, "Sizes of the stores")
        ->delimiter(',')
        ->check(CLI::Range(100, 50'000'000))
        ->capture_default_str();
    program.add_option("--rounds", settings.rounds, "Pages of each kind")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    program.add_option("--dir", settings.directory, "Where the stores are made")
        ->check(CLI::ExistingDirectory)
        ->capture_default_str();
    CLI11_PARSE(program, argc, argv);
    std::sort(settings.users.begin(), settings.users.end());
    std::cout << describe_machine(settings.directory);
    for (const char* kind : {"json", "sqlite"}) {
        const TemporaryDirectory directory(settings.directory);
        try {
            measure_kind(kind, settings, directory.path());
        } catch (const StartupError& error) {
            std::cout << fmt::format("\n{}: {}\n", kind, error.what());
        }
    }
    return 0;
}

}  // namespace
}  // namespace roster::bench

int main(int argc, char** argv) {
    try {
        return roster::bench::run(argc, argv);
    } catch (const std::exception& e) {
        std::cerr << "roster_search_bench: " << e.what() << '\n';
        return 1;
    }
}
