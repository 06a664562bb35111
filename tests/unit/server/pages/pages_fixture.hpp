#pragma once

// The pages over a fake store, as a browser asks for them.

#include "protocol/http/escapes.hpp"
#include "server/pages/pages.hpp"
#include "unit/server/http/api_fixture.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace roster::server {

class PagesTest : public ApiTest {
  protected:
    using Fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    PagesTest() { serve(make_pages()); }

    void serve(Pages pages) {
        browser_ = Browser("https://auth.home.example", {}, "home.example");
        api_.emplace(
            ApiContext{accounts_, table_, browser_, repeated_, blocking_, blocking_, true, pages});
    }

    Answer page(const std::string& target, const std::string& headers = {}) {
        return ask("GET", target, {}, {}, cookie_ + headers);
    }

    /// Posts a form as this server's page does.
    Answer post(const std::string& target, Fields fields, const std::string& headers = {}) {
        return post_from("https://auth.home.example", target, fields, headers);
    }

    Answer post_from(const std::string& origin, const std::string& target, Fields fields,
                     const std::string& headers = {}) {
        std::string form;
        for (const auto& [name, value] : fields)
            form += (form.empty() ? "" : "&") + std::string(name) + "=" +
                    protocol::http::escaped(value);
        return ask("POST", target, {}, form,
                   cookie_ + "Content-Type: application/x-www-form-urlencoded\r\nOrigin: " +
                       origin + "\r\n" + headers);
    }

    /// From now on the browser has this log-in's cookie.
    Answer log_in_page(const std::string& login = "user@a.com",
                       const std::string& password = "right password", const std::string& rd = {}) {
        Answer answer = post("/login", {{"login", login}, {"password", password}, {"rd", rd}});
        keep_cookies(answer);
        return answer;
    }

    void keep_cookies(const Answer& answer) {
        std::string cookies;
        std::size_t at = 0;
        while ((at = answer.headers.find("Set-Cookie: ", at)) != std::string::npos) {
            at += 12;
            if (!cookies.empty()) cookies += "; ";
            cookies += answer.headers.substr(at, answer.headers.find(';', at) - at);
        }
        cookie_ = cookies.empty() ? "" : "Cookie: " + cookies + "\r\n";
    }

    static std::string location(const Answer& answer) {
        const std::size_t at = ("\r\n" + answer.headers).find("\r\nLocation: ");
        if (at == std::string::npos) return {};
        const std::string rest = answer.headers.substr(at + 10);
        return rest.substr(0, rest.find("\r\n"));
    }

    /// The words of an error, in a page that says so in the right way.
    static std::string error_in(const Answer& answer) {
        constexpr std::string_view kBegin = "role=\"alert\" id=\"error\">";
        const std::size_t at = answer.body.find(kBegin);
        if (at == std::string::npos) return {};
        const std::string rest = answer.body.substr(at + kBegin.size());
        return rest.substr(0, rest.find("</p>"));
    }

    static bool has(const Answer& answer, std::string_view text) {
        return answer.body.find(text) != std::string::npos;
    }

    std::size_t sessions_of(UserId id, SessionKind kind) {
        std::size_t count = 0;
        for (const Session& session : testing::await(store_.sessions_of(id)).value())
            count += session.kind == kind ? 1 : 0;
        return count;
    }

    static constexpr std::string_view kScript = "\"'><script>alert(1)</script>&";
    std::string cookie_;
};

}  // namespace roster::server
