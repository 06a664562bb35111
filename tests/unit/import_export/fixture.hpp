#pragma once

// What the tests of imports share: texts as sources of bytes, and what was read of them.

#include "import_export/imported_user.hpp"
#include "import_export/line_source.hpp"
#include "import_export/user_readers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace roster::import_export::testing {

// Of "pw12".
inline constexpr std::string_view kBcrypt =
    "$2b$04$abcdefghijklmnopqrstuuFQohyEZVHCjJ3hyEqKT4ETR/3rlbo2K";
inline constexpr std::string_view kSha512Crypt =
    "$6$saltsalt$QvYOsoBvOBoG1KzS0uwQ3mjIC9pBVaTtuPVKmC7jZWc1JD27CW4/"
    "poYdtzoutdjYJsmkkNqkyZYwPC9PYVKmB.";
inline constexpr std::string_view kSha256Crypt =
    "$5$saltsalt$DMv0nb7Wjg3xIr14eEflFPbKdbrpqalGTzmHotDVsEC";
inline constexpr std::string_view kArgon2 =
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

/// Gives the text in pieces of at most `step` bytes.
inline ByteSource bytes_of(std::string text, std::size_t step = 4096) {
    const auto shared = std::make_shared<std::string>(std::move(text));
    return [shared, step, at = std::size_t{0}](std::span<char> into) mutable {
        const std::size_t count = std::min({into.size(), step, shared->size() - at});
        std::copy_n(shared->data() + at, count, into.data());
        at += count;
        return result<std::size_t>(count);
    };
}

struct ReadUsers {
    std::vector<ImportedUser> users;
    std::vector<LineProblem> problems;

    /// "4: what is wrong", of the only line that is.
    std::string problem() const {
        if (problems.size() != 1) return "(" + std::to_string(problems.size()) + " problems)";
        return std::to_string(problems[0].line) + ": " + problems[0].text + problems[0].with_option;
    }
    std::vector<std::string> emails() const {
        std::vector<std::string> emails;
        for (const ImportedUser& user : users)
            emails.push_back(user.email);
        return emails;
    }
};

inline ReadUsers read_users(std::string text, std::optional<InputFormat> format = {},
                            bool ignores_unknown = false, std::size_t step = 4096) {
    LineSource lines(bytes_of(std::move(text), step));
    ReadUsers read;
    const auto outcome = read_users(lines, format, ignores_unknown, [&read](Imported imported) {
        if (auto* user = std::get_if<ImportedUser>(&imported))
            read.users.push_back(std::move(*user));
        else
            read.problems.push_back(std::get<LineProblem>(imported));
    });
    EXPECT_TRUE(outcome) << outcome.error().message();
    return read;
}

inline std::string text_of(const Secret& secret) {
    return std::string(secret.reveal());
}

}  // namespace roster::import_export::testing
