#include "storage/postgres/url.hpp"

#include "unit/storage/support.hpp"

#include <roster/error.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace roster::storage::postgres {
namespace {

using namespace roster::storage::testing;

std::string password_of(const DatabaseUrl& url) {
    const Settings settings = url.settings_of(0);
    const auto found = std::find_if(settings.begin(), settings.end(),
                                    [](const auto& one) { return one.first == "password"; });
    return found == settings.end() ? "" : found->second;
}

TEST(DatabaseUrl, ThePathOfThePasswordFileIsPercentDecoded) {
    const TemporaryDirectory directory;
    write_text(directory / "pass word&more", "secret\nnot this line\n");
    const std::string file = directory.path().string() + "/pass%20word%26more";
    const DatabaseUrl url("//roster@db1/roster?password_file=" + file + "&sslmode=disable");
    EXPECT_EQ(password_of(url), "secret");
}

TEST(DatabaseUrl, AnInvalidEscapeInThePathOfThePasswordFileIsRefused) {
    for (const char* file : {"a%", "a%2", "a%zz", "a%00b"}) {
        try {
            const DatabaseUrl url(std::string("//roster@db1/roster?password_file=") + file);
            ADD_FAILURE() << file;
        } catch (const StartupError& error) {
            EXPECT_EQ(error.code(), Errc::invalid_request);
        }
    }
}

}  // namespace
}  // namespace roster::storage::postgres
