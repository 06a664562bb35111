#include "server/forward_auth/original_request.hpp"

#include "protocol/http/request_decoder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace roster::server {
namespace {

class OriginalRequests : public ::testing::Test {
  protected:
    std::optional<ProxyFault> read(ProxyKind kind, const std::string& headers,
                                   const std::string& line = "GET /v1/authorize") {
        decoder_.emplace(protocol::RequestLimits());
        decoder_->feed(line + " HTTP/1.1\r\nHost: app.lab.lan\r\n" + headers + "\r\n");
        request_ = decoder_->next();
        EXPECT_NE(request_, nullptr) << headers;
        original_ = OriginalRequest();
        return request_ != nullptr ? read_original(kind, *request_, original_) : std::nullopt;
    }

    bool navigates(const std::string& method, const std::string& headers) {
        EXPECT_FALSE(read(ProxyKind::nginx, "X-Original-Method: " + method +
                                                "\r\nX-Original-URL: https://a/\r\n" + headers));
        return is_navigation(original_, request_->fields);
    }

    std::optional<protocol::http::RequestDecoder> decoder_;
    const protocol::http::Request* request_ = nullptr;
    OriginalRequest original_;

    const std::string method_ = "X-Forwarded-Method: GET\r\n";
    const std::string proto_ = "X-Forwarded-Proto: https\r\n";
    const std::string host_ = "X-Forwarded-Host: app.lab.lan:8443\r\n";
    const std::string uri_ = "X-Forwarded-Uri: /a?b=c\r\n";
};

TEST_F(OriginalRequests, HaveFourForwardedHeaders) {
    EXPECT_FALSE(read(ProxyKind::forwarded, method_ + proto_ + host_ + uri_));
    EXPECT_EQ(url_of(original_), "https://app.lab.lan:8443/a?b=c");
    EXPECT_EQ(origin_of(original_), "https://app.lab.lan:8443");
    EXPECT_TRUE(original_.is_safe);
    EXPECT_EQ(read(ProxyKind::forwarded, proto_ + host_ + uri_), ProxyFault::no_forwarded_method);
    EXPECT_EQ(read(ProxyKind::forwarded, method_ + host_ + uri_), ProxyFault::no_forwarded_proto);
    EXPECT_EQ(read(ProxyKind::forwarded, method_ + proto_ + uri_), ProxyFault::no_forwarded_host);
    EXPECT_EQ(read(ProxyKind::forwarded, method_ + proto_ + host_), ProxyFault::no_forwarded_uri);
    // What another kind of proxy sets may come from the client.
    EXPECT_EQ(
        read(ProxyKind::forwarded, "X-Original-URL: https://a/\r\nX-Original-Method: GET\r\n"),
        ProxyFault::no_forwarded_method);
}

TEST_F(OriginalRequests, HaveEachHeaderOnce) {
    const std::string all = method_ + proto_ + host_ + uri_;
    EXPECT_EQ(read(ProxyKind::forwarded, all + method_), ProxyFault::no_forwarded_method);
    EXPECT_EQ(read(ProxyKind::forwarded, all + proto_), ProxyFault::no_forwarded_proto);
    EXPECT_EQ(read(ProxyKind::forwarded, all + host_), ProxyFault::no_forwarded_host);
    EXPECT_EQ(read(ProxyKind::forwarded, all + uri_), ProxyFault::no_forwarded_uri);
    const std::string url = "X-Original-URL: https://a/\r\n";
    const std::string method = "X-Original-Method: GET\r\n";
    EXPECT_EQ(read(ProxyKind::nginx, url + method + url), ProxyFault::no_original_url);
    EXPECT_EQ(read(ProxyKind::nginx, url + method + method), ProxyFault::no_original_method);
    // Nginx and Go leave these alone; they are other headers.
    EXPECT_FALSE(read(ProxyKind::forwarded, all + "X_Forwarded_Host: evil.com\r\n"));
    EXPECT_EQ(url_of(original_), "https://app.lab.lan:8443/a?b=c");
}

TEST_F(OriginalRequests, AreRefusedIfAHeaderIsMalformed) {
    for (const char* proto : {"", "ftp", "https,http", "https, https", "https://", "httpss"})
        EXPECT_EQ(read(ProxyKind::forwarded,
                       method_ + "X-Forwarded-Proto: " + proto + "\r\n" + host_ + uri_),
                  ProxyFault::no_forwarded_proto)
            << proto;
    for (const char* host : {"", "a/b", "a@b", "a b", "a, b", "a:x", "[::1", "a?b", "a#b", "a\\b"})
        EXPECT_EQ(read(ProxyKind::forwarded,
                       method_ + proto_ + "X-Forwarded-Host: " + host + "\r\n" + uri_),
                  ProxyFault::no_forwarded_host)
            << host;
    for (const char* uri : {"", "*", "a", "https://evil.com/", "?a"})
        EXPECT_EQ(read(ProxyKind::forwarded,
                       method_ + proto_ + host_ + "X-Forwarded-Uri: " + uri + "\r\n"),
                  ProxyFault::no_forwarded_uri)
            << uri;
    for (const char* url : {"", "/", "https://", "https://a", "https:a/", "ftp://a/", "https:///a",
                            "https://a@b/", "https://a b/", "a://b://c/", "://a/", "https://a?b/"})
        EXPECT_EQ(read(ProxyKind::nginx,
                       std::string("X-Original-Method: GET\r\nX-Original-URL: ") + url + "\r\n"),
                  ProxyFault::no_original_url)
            << url;
    for (const char* method : {"", "GET POST", "G@T"})
        EXPECT_EQ(read(ProxyKind::nginx, std::string("X-Original-URL: https://a/\r\n"
                                                     "X-Original-Method: ") +
                                             method + "\r\n"),
                  ProxyFault::no_original_method)
            << method;
}

TEST_F(OriginalRequests, EscapeWhatClientsDoNot) {
    EXPECT_FALSE(read(ProxyKind::forwarded,
                      method_ + proto_ + host_ + "X-Forwarded-Uri: /\xFF?a=\"\\ {x}\xC3\xBC\r\n"));
    EXPECT_EQ(url_of(original_), "https://app.lab.lan:8443/%FF?a=%22%5C%20%7Bx%7D%C3%BC");
}

TEST_F(OriginalRequests, OfAWebSocketHaveItsScheme) {
    EXPECT_FALSE(read(ProxyKind::forwarded, method_ + "X-Forwarded-Proto: wss\r\n" + host_ + uri_));
    EXPECT_TRUE(url_of(original_).starts_with("https://"));
}

TEST_F(OriginalRequests, OfEnvoyAreTheRequestItself) {
    for (const auto& [line, url] :
         {std::pair<std::string, std::string>{"POST /v1/authorize/envoy/a/b?group=x",
                                              "https://app.lab.lan/a/b?group=x"},
          {"GET /v1/authorize/envoy/", "https://app.lab.lan/"},
          {"GET /v1/authorize/envoy//evil.com/", "https://app.lab.lan//evil.com/"},
          {"GET /v1/%61uthorize/envoy/%2Fa", "https://app.lab.lan/%2Fa"},
          {"GET /v1/authorize/envoy/../../x", "https://app.lab.lan/../../x"}}) {
        EXPECT_FALSE(read(ProxyKind::envoy, proto_, line)) << line;
        EXPECT_EQ(url_of(original_), url);
        EXPECT_EQ(original_.is_safe, line.starts_with("GET"));
    }
    EXPECT_EQ(read(ProxyKind::envoy, "", "GET /v1/authorize/envoy/"),
              ProxyFault::no_forwarded_proto);
    protocol::http::RequestDecoder decoder{protocol::RequestLimits()};
    decoder.feed("GET /v1/authorize/envoy/ HTTP/1.0\r\nX-Forwarded-Proto: http\r\n\r\n");
    EXPECT_EQ(read_original(ProxyKind::envoy, *decoder.next(), original_),
              ProxyFault::no_envoy_host);
}

TEST_F(OriginalRequests, NavigateIfABrowserShowsAPage) {
    const std::string page = "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n";
    EXPECT_TRUE(navigates("GET", page));
    EXPECT_TRUE(navigates("HEAD", "Accept: image/png, Text/HTML;q=0.5\r\n"));
    EXPECT_TRUE(navigates("GET", "Sec-Fetch-Mode: navigate\r\nAccept: */*\r\n"));
    for (const char* other :
         {"", "Accept: */*\r\n", "Accept: application/json\r\n", "Accept: text/event-stream\r\n",
          "Accept: text/htmlx\r\n", "Accept: image/*, text/*\r\n"})
        EXPECT_FALSE(navigates("GET", other)) << other;
    for (const char* other : {"Sec-Fetch-Mode: cors\r\n", "Sec-Fetch-Mode: no-cors\r\n",
                              "Sec-Fetch-Dest: image\r\n", "sec-fetch-site: none\r\n",
                              "X-Requested-With: XMLHttpRequest\r\n", "Upgrade: websocket\r\n"})
        EXPECT_FALSE(navigates("GET", page + other)) << other;
    for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get", "PROPFIND"})
        EXPECT_FALSE(navigates(method, page + "Sec-Fetch-Mode: navigate\r\n")) << method;
}

}  // namespace
}  // namespace roster::server
