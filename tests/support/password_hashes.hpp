#pragma once

// Hashes of every scheme that roster checks, with their passwords.

#include "core/password_format.hpp"

#include <array>
#include <string_view>

namespace roster::testing {

struct KnownHash {
    HashScheme scheme;
    std::string_view password;
    std::string_view hash;
};

// Source: the tests of the argon2 reference, those of crypt_blowfish, RFC 7914 section 12. The
// others were made by libxcrypt; OpenSSL agrees for the schemes that it knows.
inline constexpr std::array<KnownHash, 17> kKnownHashes{{
    {HashScheme::argon2id, "password",  // argon2 reference
     "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"},
    {HashScheme::argon2id, "password",  // argon2 reference
     "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"},
    {HashScheme::argon2i, "password",  // argon2 reference
     "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8"},
    {HashScheme::bcrypt, "U*U",  // crypt_blowfish
     "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
    {HashScheme::bcrypt, "correct horse",
     "$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"},
    {HashScheme::bcrypt, "correct horse",
     "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"},
    {HashScheme::bcrypt, "Pässwörter",
     "$2b$04$abcdefghijklmnopqrstuushF.VsOkYvMUGGnTv1bYTAnzhCzzEIi"},
    {HashScheme::scrypt, "correct horse",
     "$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$OAkZqUBelG6VIYdTJfYSENL5OmZRxMa3GwXn5oFliTg"},
    {HashScheme::scrypt, "password",  // RFC 7914
     "$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/"
     "xCSedmDDaxyevuUqD7m2DYMvfoswGQA"},
    {HashScheme::scrypt_crypt, "correct horse",
     "$7$36..../....SodiumSalt$cQwTbLUROFOBRmzMDYxkAaPgnGK87NI9PDwOc71pom7"},
    {HashScheme::scrypt_crypt, "password",  // libsodium
     "$7$86..../....5X.30v4An0fAndRe046kSNvBVRJ5ACAVN/MR4H9p6tC$"
     "StSFRMGHn0kL3a3d86475qmYkFsGJnfmc7pjrkIWFR9"},
    {HashScheme::sha256_crypt, "Hello world!",
     "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"},
    {HashScheme::sha256_crypt, "correct horse",
     "$5$rounds=1000$saltstring$95Bg/RfV2QriLpMdLPHK9el0Ighm6E3CBqMKzZKgCa2"},
    {HashScheme::sha512_crypt, "Hello world!",
     "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/"
     "O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"},
    {HashScheme::sha512_crypt, "correct horse",
     "$6$rounds=1000$saltstring$YiR6NSM0LQXmu7vAhkMXfkdYk7qtFouVx1Mdr3HmzXspT8kONjlpU3CsV7ezCB62uX"
     "JoAdaagsH4ck7/tB9js."},
    {HashScheme::sha512_crypt, "Pässwörter",
     "$6$rounds=1000$saltstring$vijeTLNkwS99O.tG6nfxymSK5dOdhV6oEFwksJoIARqeDLLRBYQ4g6fVgFJC2R6o7E"
     "DEYjsP46waulRXK.r4t/"},
    {HashScheme::sha512_crypt, "correct horse",
     "$6$a+b=c@d$CFjRuem0D6QRP1ENNv/2ntMDQ1ktxP5T0UG5fld08fyeNq4Ls6lIynEa4JJGBUng39HlxgiQFgC0wNID6"
     "60dY."},
}};

}  // namespace roster::testing
