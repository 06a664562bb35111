#include "storage/json/password_value.hpp"

#include <gtest/gtest.h>

#include <string>

namespace roster::storage {
namespace {

const std::string kSalt(22, 'A');
const std::string kDigest(43, 'B');

std::string phc(const std::string& parameters) {
    return "$argon2id$v=19$" + parameters + "$" + kSalt + "$" + kDigest;
}

TEST(PasswordValue, KnowsItsOwnHashes) {
    EXPECT_EQ(classify_password(phc("m=19456,t=2,p=1")), PasswordValue::hash);
    EXPECT_EQ(classify_password(phc("m=1048576,t=100,p=4")), PasswordValue::hash);
    EXPECT_EQ(classify_password("$argon2i$v=19$m=4096,t=3,p=1$" + kSalt + "$" + kDigest),
              PasswordValue::hash);
}

TEST(PasswordValue, RefusesHashesThatAreBrokenOrTooDear) {
    for (const std::string& bad :
         {phc("m=1048577,t=2,p=1"), phc("m=19456,t=101,p=1"), phc("m=19456,t=0,p=1"),
          phc("m=7,t=2,p=1"), phc("m=19456,t=2,p=0"), phc("m=99999999999,t=2,p=1"),
          phc("m=19456,p=1"), phc("t=2,m=19456,p=1"), std::string("$argon2id$"),
          "$argon2id$v=18$m=19456,t=2,p=1$" + kSalt + "$" + kDigest,
          "$argon2id$v=19$m=19456,t=2,p=1$" + kSalt, phc("m=19456,t=2,p=1") + "$",
          phc("m=19456,t=2,p=1") + " ", "$argon2id$v=19$m=19456,t=2,p=1$" + kSalt + "$short",
          "$argon2id$v=19$m=19456,t=2,p=1$!!!!!!!!!!!!!!!!!!!!!!$" + kDigest})
        EXPECT_EQ(classify_password(bad), PasswordValue::bad_hash) << bad;
}

TEST(PasswordValue, AHashWhoseNameWasDamagedIsNoPlainPassword) {
    const std::string rest = "$v=19$m=19456,t=2,p=1$" + kSalt + "$" + kDigest;
    for (const char* name : {"$argon2ie", "$argon2", "$argon2I", "$argon2id_"})
        EXPECT_EQ(classify_password(name + rest), PasswordValue::bad_hash) << name;
}

TEST(PasswordValue, AFlippedBitMakesNoHashAPlainPassword) {
    const std::string whole = phc("m=19456,t=2,p=1");
    for (std::size_t i = 0; i < whole.size() * 8; ++i) {
        std::string flipped = whole;
        flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << (i % 8)));
        EXPECT_NE(classify_password(flipped), PasswordValue::plain) << flipped;
    }
}

TEST(PasswordValue, KnowsTheHashesOfOthers) {
    for (const char* foreign :
         {"$2a$10$abc", "$2b$10$abc", "$2y$10$abc", "$1$salt$x", "$5$salt$x", "$6$salt$x",
          "$scrypt$ln=16", "$pbkdf2-sha256$1", "$argon2d$v=19$m=1", "$y$j9T$x"})
        EXPECT_EQ(classify_password(foreign), PasswordValue::foreign_hash) << foreign;
}

TEST(PasswordValue, EverythingElseIsPlain) {
    for (const char* plain : {"pw12", "$", "$$", "$money$", "$2", "argon2id$", "비밀번호"})
        EXPECT_EQ(classify_password(plain), PasswordValue::plain) << plain;
    EXPECT_EQ(classify_password(""), PasswordValue::none);
}

}  // namespace
}  // namespace roster::storage
