#include "passwords/password_verifier.hpp"

#include "support/password_hashes.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <cstdlib>
#include <random>
#include <string>

namespace roster::passwords {
namespace {

using testing::kKnownHashes;
using testing::KnownHash;

result<bool> verify(std::string_view hash, std::string_view password) {
    const Secret secret(hash);
    return verify_password(secret, read_password_format(secret.reveal()), Secret(password));
}

bool matches(std::string_view hash, std::string_view password) {
    return verify(hash, password).value();
}

constexpr std::string_view kBcrypt = "$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2";

TEST(PasswordVerifier, AcceptsTheRightPassword) {
    for (const KnownHash& known : kKnownHashes)
        EXPECT_TRUE(matches(known.hash, known.password)) << known.hash;
}

TEST(PasswordVerifier, RefusesWrongPasswords) {
    for (const KnownHash& known : kKnownHashes) {
        const std::string right(known.password);
        for (const std::string& wrong :
             {std::string(), right + " ", right.substr(1), right.substr(0, right.size() - 1),
              std::string("wrong"), std::string(known.hash), std::string(1024, 'x')})
            EXPECT_FALSE(matches(known.hash, wrong)) << known.hash << " " << wrong;
    }
}

TEST(PasswordVerifier, ANulDoesNotEndAPassword) {
    for (const KnownHash& known : kKnownHashes) {
        std::string with_nul(known.password);
        with_nul += '\0';
        EXPECT_FALSE(matches(known.hash, with_nul)) << known.hash;
        EXPECT_FALSE(matches(known.hash, with_nul + "more")) << known.hash;
    }
    constexpr std::string_view kOfNothing =
        "$6$rounds=1000$saltstring$CF.N.0BYYN72qUcyvvSEsw6BVOF30ljypIAf09OO9srNHWPxyxF8MeuK7MXWjGoV"
        "lM.3yAAk/owEEJQEYuWsY1";
    EXPECT_TRUE(matches(kOfNothing, ""));
    EXPECT_FALSE(matches(kOfNothing, std::string_view("\0", 1)));
}

TEST(PasswordVerifier, BcryptLooksAtSeventyTwoBytes) {
    constexpr std::string_view kOf80 =
        "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i";
    EXPECT_TRUE(matches(kOf80, std::string(80, 'x')));
    EXPECT_TRUE(matches(kOf80, std::string(72, 'x')));
    EXPECT_TRUE(matches(kOf80, std::string(1024, 'x')));
    EXPECT_FALSE(matches(kOf80, std::string(71, 'x')));
    EXPECT_FALSE(matches(kOf80, std::string(72, 'x') + std::string(1, '\0')));
}

TEST(PasswordVerifier, WhatCryptCannotTakeMatchesNothing) {
    for (const KnownHash& known : kKnownHashes)
        for (const std::size_t size : {511U, 512U, 513U, 1024U, 5000U})
            EXPECT_FALSE(matches(known.hash, std::string(size, 'x'))) << known.hash << " " << size;
}

TEST(PasswordVerifier, TheUnusedBitsOfABcryptSaltDoNotMatter) {
    std::string hash(kBcrypt);
    hash[28] = 'v';
    EXPECT_TRUE(matches(hash, "correct horse"));
    EXPECT_FALSE(matches(hash, "wrong"));
}

TEST(PasswordVerifier, WhatIsNotCheckableMatchesNothing) {
    for (const std::string_view text :
         {"", "plain", "*0", "*1", "x", "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", "$2b$", "$6$salt$",
          "$2b$31$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"}) {
        EXPECT_FALSE(matches(text, text)) << text;
        EXPECT_FALSE(matches(text, "")) << text;
    }
}

TEST(PasswordVerifier, ADamagedDigestMatchesNothing) {
    for (const KnownHash& known : kKnownHashes) {
        std::string damaged(known.hash);
        char& letter = damaged[damaged.size() - 5];
        letter = letter == 'a' ? 'b' : 'a';
        EXPECT_FALSE(matches(damaged, known.password)) << damaged;
    }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// In a process of its own, which has room for nothing else.
int verify_without_memory(std::string_view hash) {
    const rlimit none{1, 1};
    ::setrlimit(RLIMIT_AS, &none);
    const auto verified = verify(hash, "wrong");
    return !verified && verified.error() == Errc::overloaded ? 0 : 1;
}

TEST(PasswordVerifier, WantOfMemoryIsNoWrongPassword) {
    for (const std::string_view hash :
         {"$argon2id$v=19$m=131072,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo",
          "$argon2i$v=19$m=131072,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNo",
          "$scrypt$ln=17,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$"
          "OAkZqUBelG6VIYdTJfYSENL5OmZRxMa3GwXn5oFliTg",
          "$7$F6..../....SodiumSalt$cQwTbLUROFOBRmzMDYxkAaPgnGK87NI9PDwOc71pom7"}) {
        EXPECT_FALSE(matches(hash, "wrong")) << hash;
        EXPECT_EXIT(std::_Exit(verify_without_memory(hash)), ::testing::ExitedWithCode(0), "")
            << hash;
    }
}
#endif

// Cheap ones only: most mutations of a cost make it a hash of another, dearer cost.
bool is_cheap(const PasswordFormat& format) {
    if (const auto* cost = std::get_if<Argon2Cost>(&format.cost))
        return cost->memory_kib * std::uint64_t{cost->passes} <= 4096;
    if (const auto* cost = std::get_if<BcryptCost>(&format.cost)) return cost->log2_rounds <= 5;
    if (const auto* cost = std::get_if<ScryptCost>(&format.cost))
        return cost->log2_n <= 6 && cost->r <= 8 && cost->p <= 2;
    if (const auto* cost = std::get_if<ShaCryptCost>(&format.cost)) return cost->rounds <= 1100;
    return true;
}

TEST(PasswordVerifier, MutatedHashesDoNoHarm) {
    std::mt19937 random(20261122);
    const auto below = [&random](std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
    };
    std::size_t verified = 0;
    for (int i = 0; i < 20000 && verified < 300; ++i) {
        const KnownHash& known = kKnownHashes[below(kKnownHashes.size())];
        std::string mutated(known.hash);
        for (std::size_t edits = 1 + below(3); edits > 0 && !mutated.empty(); --edits) {
            const std::size_t at = below(mutated.size());
            switch (below(4)) {
                case 0: mutated.erase(at, 1 + below(4)); break;
                case 1: mutated.insert(at, 1, static_cast<char>(below(256))); break;
                case 2: mutated[at] = static_cast<char>(below(256)); break;
                default: mutated[at] = mutated[below(mutated.size())]; break;
            }
        }
        const auto format = read_password_format(mutated);
        const bool is_whole = format.status == HashStatus::checkable;
        if (is_whole && !is_cheap(format)) continue;
        verified += is_whole ? 1 : 0;
        EXPECT_TRUE(verify(mutated, known.password)) << mutated;
    }
    EXPECT_GE(verified, 100U);
}

}  // namespace
}  // namespace roster::passwords
