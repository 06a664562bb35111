#include "bench/storage/served_store.hpp"

#include "bench/storage/commits.hpp"
#include "bench/storage/example_store.hpp"
#include "bench/storage/reader.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace roster::bench {
namespace {

using namespace std::chrono_literals;

// A store replaces the users file, or the same file gets a new time.
class UsersFileWatch {
  public:
    explicit UsersFileWatch(std::string path) : path_(std::move(path)), known_(read_locked()) {}

    bool has_changed() const {
        const struct stat now = read_locked();
        return now.st_ino != known_.st_ino || now.st_mtim.tv_sec != known_.st_mtim.tv_sec ||
               now.st_mtim.tv_nsec != known_.st_mtim.tv_nsec;
    }

  private:
    struct stat read_locked() const {
        struct stat info {};
        if (stat(path_.c_str(), &info) != 0)
            throw std::system_error(errno, std::generic_category(), path_);
        return info;
    }

    std::string path_;
    struct stat known_;
};

// A reader's luck depends on how long it looks: about as long as the snapshot will take.
Clock::duration control_time(std::uint64_t users) {
    return std::min<Clock::duration>(300ms + users * 3us, 3s);
}

void add_pause(const std::string& name, const LongestPause& pause, Samples& samples) {
    samples.add("pause_" + name + "_ms", pause.all_ms);
    samples.add("pause_" + name + "_own_ms", pause.own_ms);
}

void add_quantiles(const std::string& name, const Timings& timings, Samples& samples) {
    samples.add(name + "_median_ms", quantile(timings.each_ms, 0.5));
    samples.add(name + "_p99_ms", quantile(timings.each_ms, 0.99));
}

void keep(const Timings& turn, Timings& all) {
    all.each_ms.insert(all.each_ms.end(), turn.each_ms.begin(), turn.each_ms.end());
}

// Before and after what is compared with it, since other programs use the disk as well.
struct Turn {
    Timings before;
    Timings between;
    Timings after;

    double plain_per_second() const { return (before.per_second + after.per_second) / 2; }
    double plain_median_ms() const {
        return (quantile(before.each_ms, 0.5) + quantile(after.each_ms, 0.5)) / 2;
    }
};

bool contains(const std::string& path, const std::string& text) {
    std::ifstream file(path, std::ios::binary);
    const std::string all{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return all.find(text) != std::string::npos;
}

}  // namespace

void measure_reads(Store& store, const StorePlace& place, Samples& samples) {
    constexpr auto kTime = 300ms;
    samples.add("reads_one_per_second", reads_per_second(store, place.users, 1, kTime));
    samples.add("reads_many_per_second", reads_per_second(store, place.users, 64, kTime));
}

void measure_pauses_alone(Store& store, const StorePlace& place, Samples& samples) {
    Reader alone(store, place.users);
    std::this_thread::sleep_for(control_time(place.users));
    add_pause("control", alone.stop(), samples);
}

// A large users file is not written again at once, so this sees commits alone; a small one mostly
// is.
void measure_pauses_beside_commits(Store& store, const StorePlace& place, Samples& samples) {
    const UsersFileWatch watch(place.file());
    Reader reader(store, place.users);
    commit_for(store, place.users, 1, control_time(place.users));
    const LongestPause pause = reader.stop();
    if (place.kind == StoreKind::sqlite || !watch.has_changed())
        add_pause("commits", pause, samples);
}

void measure_snapshot(Store& store, const StorePlace& place, Samples& samples) {
    constexpr auto kLongestSnapshot = 2min;
    // Memory is given back after the file is in place.
    constexpr auto kAfterwards = 300ms;

    const UsersFileWatch watch(place.file());
    Reader beside(store, place.users);
    const auto begin = Clock::now();
    const Timings meanwhile = commit_until(store, place.users, 1, [&] {
        return watch.has_changed() || Clock::now() > begin + kLongestSnapshot;
    });
    samples.add("snapshot_ms", to_ms(Clock::now() - begin));
    std::this_thread::sleep_for(kAfterwards);
    add_pause("snapshot", beside.stop(), samples);
    add_quantiles("meanwhile", meanwhile, samples);
}

void measure_commits(Store& store, const StorePlace& place, Samples& samples) {
    constexpr int kTurns = 5;
    constexpr std::size_t kManyWriters = 64;
    constexpr auto kTime = 150ms;
    // A store that is far too slow must end, too.
    const auto give_up = Clock::now() + 20s;

    PlainLoop plain(place.directory + "/plain");
    Timings all_plain;
    Timings all_one;
    for (int i = 0; i < kTurns && Clock::now() < give_up; ++i) {
        Turn one;
        one.before = plain.run_for(kTime);
        one.between = commit_for(store, place.users, 1, kTime);
        one.after = plain.run_for(kTime);
        Turn many;
        many.before = one.after;
        many.between = commit_for(store, place.users, kManyWriters, kTime);
        many.after = plain.run_for(kTime);
        keep(one.before, all_plain);
        keep(one.after, all_plain);
        keep(one.between, all_one);
        samples.add("plain_per_second", one.plain_per_second());
        samples.add("one_per_second", one.between.per_second);
        samples.add("many_per_second", many.between.per_second);
        samples.add("many_to_plain", many.between.per_second / many.plain_per_second());
        samples.add("many_to_one", many.between.per_second / one.between.per_second);
        samples.add("one_to_plain", quantile(one.between.each_ms, 0.5) / one.plain_median_ms());
    }
    add_quantiles("plain", all_plain, samples);
    add_quantiles("one", all_one, samples);
}

void measure_growth(Store& store, const StorePlace& place, Store& smallest,
                    const StorePlace& smallest_place, Samples& samples) {
    constexpr int kTurns = 8;
    constexpr auto kTime = 150ms;
    for (int i = 0; i < kTurns; ++i) {
        const Timings small = commit_for(smallest, smallest_place.users, 1, kTime);
        const Timings large = commit_for(store, place.users, 1, kTime);
        samples.add("growth", quantile(large.each_ms, 0.5) / quantile(small.each_ms, 0.5));
    }
}

void measure_showing(Store& store, const StorePlace& place, Samples& samples) {
    constexpr UserId kTimes = 11;
    // Longer than a store rests after a snapshot of a small users file.
    constexpr auto kRest = 400ms;
    for (UserId id = 2; id < 2 + kTimes; ++id) {
        std::this_thread::sleep_for(kRest);
        const std::string email = "shown" + email_of(id);
        UpdateUser change(id);
        change.email = email;
        Write write = change;
        const result<User> answer = await(store.apply(std::move(write)));
        if (!answer) throw std::runtime_error("a commit failed: " + answer.error().message());
        const auto begin = Clock::now();
        while (!contains(place.file(), email)) {
            if (Clock::now() > begin + 30s)
                throw std::runtime_error("users.json does not show a change");
            std::this_thread::sleep_for(1ms);
        }
        samples.add("shown_ms", to_ms(Clock::now() - begin));
    }
}

}  // namespace roster::bench
