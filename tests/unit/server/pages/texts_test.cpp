#include "server/pages/texts.hpp"

#include "support/http_requests.hpp"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>

namespace roster::server {
namespace {

std::string language_for(const std::string& headers) {
    protocol::http::RequestDecoder decoder;
    decoder.feed(protocol::http::get(headers));
    const auto* const request = decoder.next();
    EXPECT_NE(request, nullptr) << headers;
    return Texts::of(request->fields).language();
}

std::set<std::string> placeholders(const std::string& text) {
    std::set<std::string> names;
    for (std::size_t open = text.find('{'); open != text.npos; open = text.find('{', open + 1))
        names.insert(text.substr(open, text.find('}', open) + 1 - open));
    return names;
}

TEST(Texts, AreThereInEveryLanguage) {
    const Texts english("en");
    EXPECT_GT(english.all().size(), 100U);
    for (const char* language : {"de", "ko"}) {
        const Texts other(language);
        EXPECT_EQ(other.all().size(), english.all().size()) << language;
        for (const auto& [key, text] : english.all()) {
            ASSERT_TRUE(other.has(key)) << language << ": " << key;
            const std::string& translated = other.all().find(key)->second;
            EXPECT_EQ(placeholders(translated), placeholders(text)) << language << ": " << key;
            EXPECT_FALSE(translated.empty()) << language << ": " << key;
        }
    }
}

// They are put into templates as they are.
TEST(Texts, AreNoMarkup) {
    for (const char* language : {"en", "de", "ko"}) {
        const Texts texts(language);
        for (const auto& [key, text] : texts.all()) {
            EXPECT_EQ(text.find_first_of("<>&\"'"), text.npos) << language << ": " << key;
            EXPECT_EQ(text.find("{{"), text.npos) << language << ": " << key;
        }
    }
}

TEST(Texts, AreInTheLanguageThatTheBrowserLikesBest) {
    EXPECT_EQ(language_for(""), "en");
    EXPECT_EQ(language_for("Accept-Language: de"), "de");
    EXPECT_EQ(language_for("Accept-Language: KO-kr"), "ko");
    EXPECT_EQ(language_for("Accept-Language: fr, de;q=0.5, ko;q=0.75"), "ko");
    EXPECT_EQ(language_for("Accept-Language: ko;q=0.001, de;q=0.002"), "de");
    EXPECT_EQ(language_for("Accept-Language: de ; q=0.9 , en"), "en");
    EXPECT_EQ(language_for("Accept-Language: fr\r\nAccept-Language: de"), "de");
}

TEST(Texts, AreEnglishIfTheBrowserLikesNone) {
    for (const char* header :
         {"*", "fr", "de;q=0", "de;q=0.000", "", "de;q=0, *;q=0.5", "deu", "-de", ";q=1", ",,,"})
        EXPECT_EQ(language_for("Accept-Language: " + std::string(header)), "en") << header;
}

TEST(Texts, ReplaceEachPlaceholderOnce) {
    const Texts texts("en");
    EXPECT_EQ(texts.get("closed_to", {{"target", "{target} {x}"}}),
              "This account may not open {target} {x}.");
    EXPECT_THROW(texts.get("no such key"), std::out_of_range);
}

}  // namespace
}  // namespace roster::server
