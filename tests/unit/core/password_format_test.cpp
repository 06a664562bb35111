#include "core/password_format.hpp"

#include "support/password_hashes.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace roster {

// For messages of the test alone.
void PrintTo(HashStatus status, std::ostream* out) {
    *out << "status " << static_cast<int>(status);
}

namespace {

using testing::kKnownHashes;
using testing::KnownHash;

const std::string kBcryptTail = "abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2";
const std::string kSha512Digest(86, 'a');
const std::string kDigest43(43, 'B');

HashStatus status_of(std::string_view text) {
    return read_password_format(text).status;
}

std::string argon2(const std::string& parameters) {
    return "$argon2id$v=19$" + parameters + "$" + std::string(22, 'A') + "$" + kDigest43;
}

std::string scrypt(const std::string& parameters) {
    return "$scrypt$" + parameters + "$" + std::string(22, 'A') + "$" + kDigest43;
}

std::string sha512(const std::string& head) {
    return "$6$" + head + "$" + kSha512Digest;
}

TEST(PasswordFormat, KnowsEveryScheme) {
    for (const KnownHash& known : kKnownHashes) {
        const auto format = read_password_format(known.hash);
        EXPECT_EQ(format.status, HashStatus::checkable) << known.hash;
        EXPECT_EQ(format.scheme, known.scheme) << known.hash;
        EXPECT_TRUE(known.hash.ends_with(format.digest)) << known.hash;
        EXPECT_NE(known.hash.find(format.salt), std::string_view::npos) << known.hash;
        EXPECT_EQ(why_refused(format), "") << known.hash;
    }
}

TEST(PasswordFormat, SaysWhatAHashCosts) {
    const auto format = read_password_format(argon2("m=65536,t=3,p=4"));
    const auto argon = std::get<Argon2Cost>(format.cost);
    EXPECT_EQ(argon.memory_kib, 65536U);
    EXPECT_EQ(argon.passes, 3U);
    EXPECT_EQ(argon.lanes, 4U);
    const auto bcrypt = read_password_format("$2b$12$" + kBcryptTail);
    EXPECT_EQ(std::get<BcryptCost>(bcrypt.cost).log2_rounds, 12U);
    const std::string seven = "$7$C6..../....salt$" + kDigest43;
    for (const std::string& text : {scrypt("ln=14,r=8,p=1"), seven}) {
        const auto cost = std::get<ScryptCost>(read_password_format(text).cost);
        EXPECT_EQ(cost.log2_n, 14U) << text;
        EXPECT_EQ(cost.r, 8U) << text;
        EXPECT_EQ(cost.p, 1U) << text;
    }
    const auto rounds = [](const std::string& head) {
        return std::get<ShaCryptCost>(read_password_format(sha512(head)).cost).rounds;
    };
    EXPECT_EQ(rounds("salt"), 5000U);
    EXPECT_EQ(rounds("rounds=656000$salt"), 656000U);
}

TEST(PasswordFormat, RefusesWhatALogInCannotAfford) {
    for (const std::string& dear :
         {argon2("m=1048577,t=1,p=1"), argon2("m=1048576,t=2,p=1"), argon2("m=8,t=101,p=1"),
          argon2("m=520,t=1,p=65"), argon2("m=4294967295,t=4294967295,p=1"),
          "$2b$15$" + kBcryptTail, "$2a$31$" + kBcryptTail, scrypt("ln=19,r=8,p=1"),
          scrypt("ln=18,r=8,p=2"), scrypt("ln=63,r=1,p=1"), scrypt("ln=4,r=33,p=1"),
          scrypt("ln=1,r=1,p=17"), "$7$z6..../....salt$" + kDigest43,
          "$7$H6..../....salt$" + kDigest43, sha512("rounds=1000001$salt"),
          sha512("rounds=999999999$salt")}) {
        EXPECT_EQ(status_of(dear), HashStatus::too_costly) << dear;
        EXPECT_NE(why_refused(read_password_format(dear)).find("costs more"), std::string::npos);
    }
    for (const std::string& dearest :
         {argon2("m=1048576,t=1,p=1"), argon2("m=10485,t=100,p=64"), "$2y$14$" + kBcryptTail,
          scrypt("ln=18,r=8,p=1"), scrypt("ln=16,r=32,p=1"), scrypt("ln=14,r=8,p=16"),
          "$7$G6..../....salt$" + kDigest43, sha512("rounds=1000000$salt")})
        EXPECT_EQ(status_of(dearest), HashStatus::checkable) << dearest;
}

TEST(PasswordFormat, RefusesArgon2ThatIsNotWellFormed) {
    const std::string good = argon2("m=19456,t=2,p=1");
    for (const std::string& bad :
         {argon2("m=19456,t=0,p=1"), argon2("m=7,t=2,p=1"), argon2("m=19456,t=2,p=0"),
          argon2("m=99999999999,t=2,p=1"), argon2("m=019456,t=2,p=1"), argon2("m=+9,t=2,p=1"),
          argon2("m=19456,p=1"), argon2("t=2,m=19456,p=1"), std::string("$argon2id$"),
          "$argon2id$v=18$m=19456,t=2,p=1$" + good.substr(31), good.substr(0, 53), good + "$",
          good + " ", good + std::string(1, '\0'),
          "$argon2id$v=19$m=19456,t=2,p=1$" + std::string(22, 'A') + "$short",
          "$argon2id$v=19$m=19456,t=2,p=1$" + std::string(22, '!') + "$" + kDigest43})
        EXPECT_EQ(status_of(bad), HashStatus::damaged) << bad;
}

TEST(PasswordFormat, RefusesOtherSchemesThatAreNotWellFormed) {
    const std::string bcrypt = "$2b$12$" + kBcryptTail;
    const std::string seven = "$7$C6..../....salt$" + kDigest43;
    for (const std::string& bad : {bcrypt.substr(0, 59),
                                   bcrypt + "a",
                                   "$2b$03$" + kBcryptTail,
                                   "$2b$32$" + kBcryptTail,
                                   "$2b$1$" + kBcryptTail,
                                   "$2b$1x$" + kBcryptTail,
                                   "$2b$12$" + std::string(53, '+'),
                                   std::string("$2b$"),
                                   std::string("$2a$10$abc"),
                                   scrypt("ln=0,r=8,p=1"),
                                   scrypt("ln=64,r=8,p=1"),
                                   scrypt("ln=14,r=0,p=1"),
                                   scrypt("ln=14,r=8,p=0"),
                                   scrypt("ln=14,r=8"),
                                   scrypt("ln=014,r=8,p=1"),
                                   std::string("$scrypt$ln=16"),
                                   seven.substr(0, 61),
                                   seven + "a",
                                   "$7$C6..../...!salt$" + kDigest43,
                                   "$7$C6..../....$" + kDigest43,
                                   "$7$C6..../....sa:lt$" + kDigest43,
                                   "$7$.6..../....salt$" + kDigest43,
                                   std::string("$7$"),
                                   sha512("rounds=999$salt"),
                                   sha512("rounds=1000000000$salt"),
                                   sha512("rounds=05000$salt"),
                                   sha512("rounds=$salt"),
                                   sha512("rounds=5000"),
                                   sha512(std::string(17, 's')),
                                   sha512("sa*lt"),
                                   sha512("salt") + "a",
                                   sha512("salt").substr(0, 93),
                                   std::string("$6$salt$x"),
                                   "$5$salt$" + kSha512Digest}) {
        EXPECT_EQ(status_of(bad), HashStatus::damaged) << bad;
        EXPECT_NE(why_refused(read_password_format(bad)).find("not well-formed"),
                  std::string::npos);
    }
}

TEST(PasswordFormat, AFlippedBitMakesNoHashAPlainPassword) {
    for (const KnownHash& known : kKnownHashes) {
        for (std::size_t i = 0; i < known.hash.size() * 8; ++i) {
            std::string flipped(known.hash);
            flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << (i % 8)));
            EXPECT_NE(status_of(flipped), HashStatus::plain) << flipped;
        }
    }
}

TEST(PasswordFormat, ALostOrDoubledLetterInTheHeadMakesNoHashAPlainPassword) {
    for (const KnownHash& known : kKnownHashes) {
        const std::size_t head = known.hash.size() - read_password_format(known.hash).digest.size();
        for (std::size_t i = 0; i < head; ++i) {
            std::string lost(known.hash);
            lost.erase(i, 1);
            EXPECT_NE(status_of(lost), HashStatus::plain) << lost;
            std::string doubled(known.hash);
            doubled.insert(i, 1, doubled[i]);
            EXPECT_NE(status_of(doubled), HashStatus::plain) << doubled;
        }
    }
}

TEST(PasswordFormat, AHashWhoseNameWasDamagedIsNoPlainPassword) {
    const std::string rest = argon2("m=19456,t=2,p=1").substr(9);
    for (const char* name : {"$argon2ie", "$argon2", "$argon2I", "$argon2id_"})
        EXPECT_EQ(status_of(name + rest), HashStatus::damaged) << name;
}

TEST(PasswordFormat, KnowsTheHashesOfOthers) {
    for (const std::string& foreign :
         {std::string("$1$salt$x"),
          std::string("$2x$10$abc"),
          std::string("$pbkdf2-sha256$1"),
          std::string("$argon2d$v=19$m=1"),
          std::string("$y$j9T$x"),
          std::string("$gy$j9T$x"),
          std::string("$apr1$rOioh4Wh$bVD3DRwksETubcpEH90ww0"),
          std::string("$S$DxVn7wlSRzoJz"),
          "$bcrypt-sha256$v=2,t=2b,r=12$n79VH.0Q2TMWmt3Oqt9uku$" + kDigest43.substr(12),
          "$new-scheme$1$" + kDigest43,
          std::string("{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M="),
          std::string("{SSHA}W6Bs5zVGNDwNGmVpyLnFJtBXnbFmyjhL"),
          std::string("{ssha}W6Bs5zVGNDwNGmVpyLnFJtBXnbFmyjhL"),
          std::string("{CRYPT}ab01FAX.bQRSU"),
          std::string("{MD5-CRYPT}$1$salt$qjXMvbEw8oaL.CzflDtaK/"),
          std::string("{x-issha, 1024}W6Bs5zVGNDwNGmVpyLnFJtBXnbFmyjhL"),
          std::string("{smd5}W6Bs5zVGNDwNGmVpyLnFJtBXnbFm"),
          "{CRYPT}$y$j9T$" + kDigest43,
          "SCRAM-SHA-256$4096:" + kDigest43 + "=$" + kDigest43 + "=:" + kDigest43 + "=",
          std::string(":B:d1b5c1:5f4dcc3b5aa765d61d8327deb882cf99"),
          std::string(":pbkdf2:sha512:30000:64:c2FsdA==:") + kDigest43,
          "pbkdf2_sha256$600000$salt$" + kDigest43,
          "scrypt:32768:8:1$salt$" + kDigest43,
          "pbkdf2:sha256:600000$salt$" + kDigest43,
          "bcrypt_sha256$$2b$12$" + kBcryptTail}) {
        EXPECT_EQ(status_of(foreign), HashStatus::foreign) << foreign;
        EXPECT_NE(why_refused(read_password_format(foreign)).find("cannot check"),
                  std::string::npos);
    }
}

TEST(PasswordFormat, KnowsTheLooksOfHashesWithoutAName) {
    const std::string md5 = "5f4dcc3b5aa765d61d8327deb882cf99";
    const std::string sha1 = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8";
    struct Case {
        std::string text;
        std::string kind;
    };
    for (const Case& bare :
         {Case{md5, "MD5"}, Case{sha1, "SHA-1"}, Case{std::string(56, 'a'), "SHA-224"},
          Case{std::string(64, 'a'), "SHA-256"}, Case{std::string(96, '0'), "SHA-384"},
          Case{std::string(128, 'f'), "SHA-512"}, Case{"*" + sha1, "MySQL"},
          Case{md5 + ":salt", "behind a colon"}, Case{"X03MO1qnZdYdgyfeuILPmQ==", "base64"},
          Case{"W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "base64"},
          Case{std::string(43, 'B') + "=", "base64"},
          Case{"AQAAAAEAACcQAAAAE" + std::string(65, 'x') + "==", "base64"},
          Case{"AH" + std::string(66, 'x'), "base64"}}) {
        EXPECT_EQ(status_of(bare.text), HashStatus::bare) << bare.text;
        EXPECT_NE(why_refused(read_password_format(bare.text)).find(bare.kind), std::string::npos)
            << bare.text;
    }
}

TEST(PasswordFormat, ACheckableHashInAWrapperIsToBeTakenOut) {
    const std::string bcrypt = "$2b$12$" + kBcryptTail;
    for (const std::string wrapper : {"{CRYPT}", "{crypt}", "{BLF-CRYPT}", "{bcrypt}", "1|"}) {
        const std::string text = wrapper + bcrypt;
        EXPECT_EQ(status_of(text), HashStatus::wrapped) << text;
        EXPECT_EQ(why_refused(read_password_format(text)),
                  "is a bcrypt hash in a wrapper; take \"" + wrapper + "\" off its beginning");
    }
    EXPECT_EQ(status_of("{CRYPT}" + sha512("salt")), HashStatus::wrapped);
    EXPECT_EQ(status_of("argon2" + argon2("m=102400,t=2,p=8")), HashStatus::wrapped);
}

TEST(PasswordFormat, EverythingElseIsPlain) {
    for (const char* plain :
         {"pw12", "$", "$$", "$money$", "$2", "argon2id$", "비밀번호", "{SHA}",
          "scrypt: my favourite",
          "correct horse battery staple, and $5 to spend on whatever one likes",
          "5f4dcc3b5aa765d61d8327deb882cf9", "5f4dcc3b5aa765d61d8327deb882cf9g", "*", "!",
          "a$b$c$d", "{hello}worldworldworld", "dGVzdA==", "1|2|3", "correcthorsebatterystaple"})
        EXPECT_EQ(status_of(plain), HashStatus::plain) << plain;
    EXPECT_EQ(status_of(""), HashStatus::none);
}

}  // namespace
}  // namespace roster
