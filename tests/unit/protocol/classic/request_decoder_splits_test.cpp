// The property of the decoder: in which pieces the bytes come does not matter.

#include "protocol/classic/request_decoder.hpp"

#include "support/classic_requests.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace roster::protocol::classic {
namespace {

// Everything that a server can see of a decoder, before the end and after it.
struct Seen {
    std::vector<std::string> requests;
    RequestDecoder::Phase phase{};
    bool awaits_silence = false;
    std::size_t buffered_bytes = 0;
    std::vector<std::string> at_end;

    bool operator==(const Seen&) const = default;
};

// `cuts`: where the bytes are split, in order.
Seen seen(std::string_view bytes, const std::vector<std::size_t>& cuts, bool silent = false) {
    RequestDecoder decoder;
    Seen seen;
    const auto take = [&] {
        for (std::string& request : take_all(decoder))
            seen.requests.push_back(std::move(request));
    };
    std::size_t from = 0;
    for (const std::size_t to : cuts) {
        decoder.feed(bytes.substr(from, to - from));
        take();
        from = to;
    }
    decoder.feed(bytes.substr(from));
    take();
    seen.phase = decoder.phase();
    seen.awaits_silence = decoder.awaits_silence();
    seen.buffered_bytes = decoder.buffered_bytes();
    if (silent) {
        decoder.silence();
        take();
    }
    decoder.end();
    seen.at_end = take_all(decoder);
    return seen;
}

std::vector<std::size_t> every_byte(std::string_view bytes) {
    std::vector<std::size_t> cuts;
    for (std::size_t i = 1; i < bytes.size(); ++i)
        cuts.push_back(i);
    return cuts;
}

std::vector<std::string> single_messages() {
    const std::string typed = "\r\nGET / HTTP/1.1\n\n\n";
    return {
        documented("POST", user_body("a@a.com", "pw", "signup")),
        documented("POST", user_body("비밀@a.com", "비밀번호", "login")),
        documented("PUT", user_body("a@a.com", "비밀번호", "12345")),
        documented("PUT", user_body("a@a.com", "pü", "12")),
        documented("PUT", user_body("a@a.com", "pw", "1")) + "\r\n\r\n",
        documented("POST", user_body("a", "b", "delete")),
        documented("POST", "user:a,b"),
        documented_old("POST", user_body("a@a.com", "p,w", "login")),
        documented("GET"),
        documented("HEAD"),
        documented_old("GET"),
        documented("DELETE", user_body("a", "b", "1")),
        http("POST", user_body("a", "b", "login")),
        http("PUT", user_body("a", "비밀", "77")),
        http("POST", user_body("a", "b", "signup"), ""),
        http("PUT", user_body("a", "비밀번호", "12345"), ""),
        http("POST", user_body("a", "b", "login\r\n"), ""),
        http("GET", "ignored"),
        http("BREW", "ignored", ""),
        typed,
        "GET / HTTP/1.0\r\n\r\n",
        "HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n",
        "POST / HTTP/1.1\r\n\r\n",
        "GET /elsewhere HTTP/1.1\r\nVia: x\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length:00HEAD / HTTP/1.1\r\nContent-Length:0x\r\n",
        "\r\r\n",
        "complete nonsense\r\n\r\n",
    };
}

std::vector<std::string> corpus() {
    const std::vector<std::string> messages = single_messages();
    std::vector<std::string> corpus = messages;
    for (const std::string& first : messages) {
        for (const std::string& second : messages)
            corpus.push_back(first + second);
    }
    return corpus;
}

TEST(ClassicSplits, InTwoPiecesAnywhere) {
    for (const std::string& bytes : corpus()) {
        const Seen whole = seen(bytes, {});
        for (std::size_t cut = 1; cut < bytes.size(); ++cut)
            ASSERT_EQ(seen(bytes, {cut}), whole) << bytes << "\ncut at " << cut;
    }
}

TEST(ClassicSplits, ByteByByte) {
    for (const std::string& bytes : corpus()) {
        ASSERT_EQ(seen(bytes, every_byte(bytes)), seen(bytes, {})) << bytes;
        ASSERT_EQ(seen(bytes, every_byte(bytes), true), seen(bytes, {}, true)) << bytes;
    }
}

TEST(ClassicSplits, InManyPieces) {
    std::mt19937 random(20261122);
    const std::vector<std::string> messages = single_messages();
    for (int round = 0; round < 3000; ++round) {
        std::string bytes;
        for (int i = 0; i < 5; ++i)
            bytes += messages[random() % messages.size()];
        std::vector<std::size_t> cuts;
        for (auto count = random() % 12; count > 0; --count)
            cuts.push_back(random() % bytes.size());
        std::sort(cuts.begin(), cuts.end());
        ASSERT_EQ(seen(bytes, cuts), seen(bytes, {})) << bytes << "\nround " << round;
    }
}

TEST(ClassicSplits, TakingLateMakesNoDifference) {
    for (const std::string& bytes : corpus()) {
        RequestDecoder late;
        for (const char byte : bytes)
            late.feed({&byte, 1});
        ASSERT_EQ(take_all(late), seen(bytes, {}).requests) << bytes;
    }
}

TEST(ClassicSplits, SilenceIsAwaitedExactlyWhereItMakesARequest) {
    for (const std::string& bytes : single_messages()) {
        for (std::size_t size = 0; size <= bytes.size(); ++size) {
            RequestDecoder decoder;
            decoder.feed(bytes.substr(0, size));
            take_all(decoder);
            const bool awaited = decoder.awaits_silence();
            decoder.silence();
            ASSERT_EQ(decoder.next().has_value(), awaited) << bytes.substr(0, size);
        }
    }
}

}  // namespace
}  // namespace roster::protocol::classic
