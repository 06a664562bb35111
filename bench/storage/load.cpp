#include "bench/storage/load.hpp"

#include "bench/storage/commits.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <malloc.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <ios>
#include <stdexcept>
#include <string>

namespace roster::bench {
namespace {

std::string read_text(const std::string& path) {
    std::string text(std::filesystem::file_size(path), '\0');
    std::ifstream file(path, std::ios::binary);
    if (!file.read(text.data(), static_cast<std::streamsize>(text.size())))
        throw std::runtime_error(path + ": cannot be read");
    return text;
}

double resident_bytes() {
    std::ifstream pages("/proc/self/statm");
    double all = 0;
    double resident = 0;
    if (!(pages >> all >> resident)) throw std::runtime_error("/proc/self/statm: cannot be read");
    return resident * static_cast<double>(sysconf(_SC_PAGE_SIZE));
}

}  // namespace

void measure_parse(const std::string& path, Samples& samples) {
    const auto begin = Clock::now();
    const std::string text = read_text(path);
    const boost::json::value parsed = boost::json::parse(text);
    samples.add("parse_ms", to_ms(Clock::now() - begin));
    if (!parsed.is_object()) throw std::runtime_error(path + ": is not a users file");
}

std::unique_ptr<Store> measure_load(const StorePlace& place, Samples& samples) {
    // A users file of its own gets its record at the first start.
    open_store(place.url(), OpenOptions()).reset();
    const double before = resident_bytes();
    const auto begin = Clock::now();
    std::unique_ptr<Store> store = open_store(place.url(), OpenOptions());
    samples.add("load_ms", to_ms(Clock::now() - begin));
    malloc_trim(0);
    samples.add("bytes_per_user", (resident_bytes() - before) / static_cast<double>(place.users));
    if (store->status().users != place.users) throw std::runtime_error("users were lost");
    return store;
}

void measure_reopening(const StorePlace& place, Samples& samples) {
    const auto begin = Clock::now();
    std::unique_ptr<Store> store = open_store(place.url(), OpenOptions());
    samples.add("reopen_ms", to_ms(Clock::now() - begin));
    store.reset();
    samples.add("file_bytes_per_user",
                static_cast<double>(std::filesystem::file_size(place.file())) /
                    static_cast<double>(place.users));
}

}  // namespace roster::bench
