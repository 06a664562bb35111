#include "protocol/http/form_body.hpp"

#include <gtest/gtest.h>

#include <string>

namespace roster::protocol::http {
namespace {

bool is_refused(const std::string& text) {
    FormBody form;
    const auto problem = form.read(text);
    EXPECT_TRUE(!problem || problem->code == ProblemCode::malformed_request) << text;
    return problem.has_value();
}

TEST(FormBody, HasTheFieldsThatABrowserSends) {
    FormBody form;
    ASSERT_FALSE(form.read("login=a%40a.com&password=p%C3%A4ss+%26+%3D%2B&rd=&%72ole=x"));
    EXPECT_EQ(form.text("login"), "a@a.com");
    EXPECT_EQ(form.secret("password").reveal(), "päss & =+");
    EXPECT_EQ(form.text("rd"), "");
    EXPECT_EQ(form.text("role"), "x");
    EXPECT_EQ(form.text("absent"), "");
}

TEST(FormBody, IsForgottenByTheNext) {
    FormBody form;
    ASSERT_FALSE(form.read("a=1"));
    ASSERT_FALSE(form.read(""));
    EXPECT_EQ(form.text("a"), "");
}

TEST(FormBody, HasEqualsSignsInAValue) {
    FormBody form;
    ASSERT_FALSE(form.read("a=b=c"));
    EXPECT_EQ(form.text("a"), "b=c");
}

TEST(FormBody, RefusesWhatNoBrowserSends) {
    for (const char* text :
         {"a", "a=1&", "&a=1", "a=1&&b=2", "a=1&b", "a=1 ", "a=\t1", "a=\xC3\xA4", "a=%", "a=%4",
          "a=%zz", "a=%00", "a=%C3", "a=%ED%A0%80", "%FF=1", "{\"a\":1}"})
        EXPECT_TRUE(is_refused(text)) << text;
}

TEST(FormBody, HasEachFieldOnce) {
    EXPECT_TRUE(is_refused("a=1&a=1"));
    EXPECT_TRUE(is_refused("a=1&%61=2"));
    EXPECT_FALSE(is_refused("a=1&A=1"));
}

TEST(FormBody, IsBounded) {
    std::string fields = "a0=";
    for (std::size_t i = 1; i < kMaxFormFields; ++i)
        fields += "&a" + std::to_string(i) + "=";
    EXPECT_FALSE(is_refused(fields));
    EXPECT_TRUE(is_refused(fields + "&one=more"));
    const std::string longest(kMaxFormFieldBytes, 'x');
    EXPECT_FALSE(is_refused("a=" + longest));
    EXPECT_TRUE(is_refused("a=" + longest + "x"));
    EXPECT_TRUE(is_refused(longest + "x=a"));
}

}  // namespace
}  // namespace roster::protocol::http
