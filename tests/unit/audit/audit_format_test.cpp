#include "audit/audit_format.hpp"

#include "core/text.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include <random>
#include <string>

namespace roster::audit {
namespace {

using namespace std::chrono_literals;

const std::string kZeroes(kDigestDigits, '0');

AuditTime nine_o_clock() {
    return std::chrono::sys_days{std::chrono::November / 22 / 2026} + 9h + 7ms;
}

AuditEvent event_of(std::string action) {
    AuditEvent event;
    event.action = std::move(action);
    return event;
}

// Number 3 of a chain, without its newline.
std::string line_of(const AuditEvent& event) {
    std::string line = AuditChain(2, kZeroes).add(event, nine_o_clock());
    line.pop_back();
    return line;
}

// Of an e-mail, where any text may be.
std::string line_with_target(const std::string& email) {
    AuditEvent event;
    event.target = "email " + email;
    return line_of(event);
}

std::string target_in(std::string_view line) {
    const auto parsed = boost::json::parse(line);
    const auto& target = parsed.at("target").at("email").as_string();
    return {target.data(), target.size()};
}

TEST(AuditLine, HasItsMembersInOrder) {
    AuditEvent event;
    event.actor = "user 17";
    event.address = "192.0.2.1";
    event.action = "log_in";
    event.target = "user 4";
    event.outcome = "ok";
    event.request_id = "r1";
    event.count = 2;
    EXPECT_EQ(line_of(event),
              "{\"time\":\"2026-11-22T09:00:00.007Z\",\"seq\":3,\"actor\":\"user 17\","
              "\"address\":\"192.0.2.1\",\"action\":\"log_in\",\"target\":{\"user\":4},"
              "\"outcome\":\"ok\",\"request_id\":\"r1\",\"count\":2,\"prev\":\"" +
                  kZeroes + "\"}");
}

TEST(AuditLine, OmitsEmptyTexts) {
    EXPECT_EQ(line_of(event_of("log_in")),
              "{\"time\":\"2026-11-22T09:00:00.007Z\",\"seq\":3,\"action\":\"log_in\",\"prev\":\"" +
                  kZeroes + "\"}");
}

TEST(AuditLine, EscapesWhatCouldEndItOrDeceiveItsReader) {
    const std::string line = line_with_target(
        "a\"}\n{\"b\\\r\x1b[2J\x7f\xC2\x85\u2028\u2029\u202e\u200b\uFEFF\U000E0041ä€😀");
    EXPECT_NE(
        line.find("\"target\":{\"email\":\"a\\\"}\\u000a{\\\"b\\\\\\u000d\\u001b[2J\\u007f\\u0085"
                  "\\u2028\\u2029\\u202e\\u200b\\ufeff\\udb40\\udc41ä€😀\"}"),
        std::string::npos)
        << line;
    EXPECT_EQ(target_in(line),
              "a\"}\n{\"b\\\r\x1b[2J\x7f\xC2\x85\u2028\u2029\u202e\u200b\uFEFF"
              "\U000E0041ä€😀");
}

TEST(AuditLine, NamesTheKindOfItsTarget) {
    const auto target_of = [](std::string target) {
        AuditEvent event;
        event.target = std::move(target);
        const std::string line = line_of(event);
        const auto begin = line.find("\"target\":") + 9;
        return line.substr(begin, line.find(",\"prev\"") - begin);
    };
    EXPECT_EQ(target_of("user 17"), R"({"user":17})");
    EXPECT_EQ(target_of("session 4"), R"({"session":4})");
    EXPECT_EQ(target_of("store json:a b"), R"({"store":"json:a b"})");
    EXPECT_EQ(target_of("email user 17"), R"({"email":"user 17"})");
    EXPECT_EQ(target_of("email 17"), R"({"email":"17"})");
    EXPECT_EQ(target_of("email "), R"({"email":""})");
    EXPECT_EQ(target_of("email a\r\\x0D"), R"({"email":"a\u000d\\x0D"})");
    EXPECT_EQ(target_of("user 007"), R"({"user":"007"})");
    EXPECT_EQ(target_of("user 99999999999999999999"), R"({"user":"99999999999999999999"})");
    EXPECT_EQ(target_of("user"), R"("user")");
}

// As versions before wrote it.
TEST(AuditLine, IsReadWithATargetThatIsAText) {
    std::string line = line_of(event_of("a"));
    line.insert(line.find(",\"prev\""), ",\"target\":\"user 17\"");
    EXPECT_TRUE(parse_audit_line(line));
}

TEST(AuditLine, KeepsANul) {
    EXPECT_EQ(target_in(line_with_target(std::string("a\0b", 3))), std::string("a\0b", 3));
}

TEST(AuditLine, ReplacesWhatIsNotUtf8) {
    EXPECT_EQ(target_in(line_with_target("a\xff\xC3(\xED\xA0\x80z")),
              "a\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFDz");
}

TEST(AuditLine, IsCutBetweenTwoCharactersIfATextIsLong) {
    std::string text = "a";
    while (text.size() < 1000)
        text += "€";
    AuditEvent event;
    event.detail = text;
    const std::string cut = cut_audit_text(text);
    EXPECT_NE(line_of(event).find("\"detail\":\"" + cut + "\""), std::string::npos);
    EXPECT_LE(cut.size(), kMaxAuditTextBytes);
    EXPECT_GT(cut.size(), kMaxAuditTextBytes - 4);
    EXPECT_TRUE(is_clean_text(cut));
    EXPECT_TRUE(cut.ends_with("€…"));
    EXPECT_EQ(cut_audit_text(cut), cut);
    const std::string short_enough(kMaxAuditTextBytes, 'a');
    EXPECT_EQ(cut_audit_text(short_enough), short_enough);
}

// One line, of bounded length, that every parser accepts.
void expect_harmless(const AuditEvent& event) {
    const std::string line = line_of(event);
    ASSERT_LE(line.size(), kMaxAuditLineBytes);
    ASSERT_TRUE(is_clean_text(line)) << line;
    const auto parsed = parse_audit_line(line);
    ASSERT_TRUE(parsed) << line;
    EXPECT_EQ(parsed->seq, 3U);
    EXPECT_EQ(parsed->prev, kZeroes);
    const auto object = boost::json::parse(line).as_object();
    for (const auto& member : object)
        EXPECT_TRUE(
            std::string_view("time seq actor address action target outcome detail request_id prev")
                .find(member.key()) != std::string_view::npos)
            << member.key();
}

TEST(AuditLine, IsOneHarmlessLineForAnyBytes) {
    std::mt19937 random(4);
    const auto noise = [&random](bool mostly_text) {
        std::string bytes;
        const std::size_t size = random() % 400;
        constexpr std::string_view kPieces[] = {"\"", "\\",     "\n",     "\r",
                                                "\0", "\u2028", "\u202e", "\xE2\x80",
                                                "😀",  "a",      "}",      ",\"seq\":9"};
        while (bytes.size() < size) {
            if (mostly_text)
                bytes += kPieces[random() % std::size(kPieces)];
            else
                bytes += static_cast<char>(random() % 256);
        }
        return bytes;
    };
    for (int round = 0; round < 2000; ++round) {
        AuditEvent event;
        for (const auto& [name, text] : kAuditTexts)
            event.*text = noise(round % 2 == 0);
        expect_harmless(event);
        if (HasFatalFailure()) return;
    }
}

TEST(AuditLine, TheLongestOneFits) {
    AuditEvent event;
    for (const auto& [name, text] : kAuditTexts)
        event.*text = std::string(10'000, '\x01');
    event.count = UINT64_MAX;
    EXPECT_TRUE(parse_audit_line(line_of(event)));
}

TEST(AuditLine, OtherLinesAreNotParsed) {
    const std::string good = line_with_target("x");
    ASSERT_TRUE(parse_audit_line(good));
    EXPECT_EQ(parse_audit_line(good)->time, "2026-11-22T09:00:00.007Z");
    const auto with = [&good](const std::string& old, const std::string& other) {
        std::string line = good;
        return line.replace(line.find(old), old.size(), other);
    };
    EXPECT_FALSE(parse_audit_line(""));
    EXPECT_FALSE(parse_audit_line("{}"));
    EXPECT_FALSE(parse_audit_line("[1]"));
    EXPECT_FALSE(parse_audit_line("root:x:0:0:root:/root:/bin/bash"));
    EXPECT_FALSE(parse_audit_line(good + "x"));
    EXPECT_FALSE(parse_audit_line(good.substr(0, good.size() - 1)));
    EXPECT_FALSE(parse_audit_line(with("\"seq\":3", "\"seq\":0")));
    EXPECT_FALSE(parse_audit_line(with("\"seq\":3", "\"seq\":-3")));
    EXPECT_FALSE(parse_audit_line(with("\"seq\":3", "\"seq\":\"3\"")));
    EXPECT_FALSE(parse_audit_line(with("2026", "20x6")));
    EXPECT_FALSE(parse_audit_line(with("00000000\"}", "0000000G\"}")));
    EXPECT_FALSE(parse_audit_line(with("00000000\"}", "0000000\"}")));
}

TEST(AuditChain, DigestsAreSha256) {
    // Source: FIPS 180-2, B.1.
    EXPECT_EQ(digest_of_line("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(AuditChain, EachLineHasTheDigestOfTheOneBefore) {
    AuditChain chain;
    std::string before;
    for (std::uint64_t seq = 1; seq <= 3; ++seq) {
        std::string line = chain.add(event_of("log_in"), AuditTime());
        ASSERT_EQ(line.back(), '\n');
        line.pop_back();
        const auto parsed = parse_audit_line(line);
        ASSERT_TRUE(parsed) << line;
        EXPECT_EQ(parsed->seq, seq);
        EXPECT_EQ(parsed->prev, before.empty() ? std::string(64, '0') : digest_of_line(before));
        EXPECT_EQ(chain.last_seq(), seq);
        EXPECT_EQ(chain.last_digest(), digest_of_line(line));
        before = line;
    }
}

TEST(AuditChain, ContinuesAfterANumberAndADigest) {
    AuditChain chain;
    (void)chain.add(event_of("a"), AuditTime());
    AuditChain later(chain.last_seq(), chain.last_digest());
    EXPECT_EQ(later.add(event_of("b"), AuditTime()), chain.add(event_of("b"), AuditTime()));
}

}  // namespace
}  // namespace roster::audit
