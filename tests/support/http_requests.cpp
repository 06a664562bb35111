#include "support/http_requests.hpp"

namespace roster::protocol::http {
namespace {

using std::string;
using Rows = std::vector<RawRequest>;
using namespace std::string_literals;

// RFC 9112 §3, RFC 9110 §9.
Rows request_lines() {
    return {
        {get(), "200"},
        {with_line("HEAD / HTTP/1.1"), "200"},
        {with_line("DELETE /v1/users/1 HTTP/1.1"), "200"},
        {with_line("PATCH /v1/users/1 HTTP/1.1"), "200"},
        {with_line("OPTIONS / HTTP/1.1"), "200"},
        {with_line("TRACE / HTTP/1.1"), "200"},
        {with_line("BREW / HTTP/1.1"), "200"},
        {with_line("get / HTTP/1.1"), "200"},
        {with_line("M-SEARCH / HTTP/1.1"), "200"},
        {with_line("CONNECT a:443 HTTP/1.1"), "501"},
        {with_line("CONNECT / HTTP/1.1"), "501"},
        {with_line("G(T / HTTP/1.1"), "400"},
        {with_line("GET: / HTTP/1.1"), "400"},
        {with_line("\xC3\xA4 / HTTP/1.1"), "400"},
        {with_line(" GET / HTTP/1.1"), "400"},
        {with_line("GET  / HTTP/1.1"), "400"},
        {with_line("GET /  HTTP/1.1"), "400"},
        {with_line("GET / HTTP/1.1 "), "400"},
        {with_line("GET\t/ HTTP/1.1"), "400"},
        {with_line("GET /\tHTTP/1.1"), "400"},
        {with_line("GET / a HTTP/1.1"), "400"},
        {with_line("GET /"), "400"},
        {with_line("GET"), "400"},
        {with_line("GET HTTP/1.1"), "400"},
        {with_line("GET / http/1.1"), "400"},
        {with_line("GET / HTTP/1"), "400"},
        {with_line("GET / HTTP/1.10"), "400"},
        {with_line("GET / HTTP/01.1"), "400"},
        {with_line("GET / HTTP/a.b"), "400"},
        {with_line("GET / HTTP /1.1"), "400"},
        {with_line("GET / HTTPS/1.1"), "400"},
        {with_line("GET / HTTP/1.2"), "200"},
        {with_line("GET / HTTP/1.9"), "200"},
        {with_line("GET / HTTP/2.0"), "505"},
        {with_line("GET / HTTP/3.0"), "505"},
        {with_line("GET / HTTP/0.9"), "505"},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
        {"\x16\x03\x01\x02"s, "400"},
        {"\x80\x2e\x01"s, "400"},
        {"\0"s, "400"},
        {"\r\n" + get(), "200"},
        {"\r\n\r\n\r\n" + get(), "200"},
        {"\n" + get(), "400"},
        {"\r" + get(), "400"},
        {" \r\n" + get(), "400"},
        {"GET / HTTP/1.1\nHost: a\n\n", "400"},
        {"GET / HTTP/1.1\rHost: a\r\r", "head"},
        {"GET / HTTP/1.1\r\nHost: a\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: a\r\n\n", "400"},
        {"GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", "400"},
        {"GET / HT", "head"},
        {"GET / HTTP/1.1\r\nHost: a\r\n", "head"},
        {"GET / HTTP/1.1\r\nHost: a\r\n\r", "head"},
        {"", ""},
        {"\r\n", ""},
    };
}

// RFC 9112 §3.2, RFC 3986.
Rows targets() {
    return {
        {to_target("/a/b?c=d&e=%20"), "200"},
        {to_target("/%E2%82%AC?%E2%82%AC=+"), "200"},
        {to_target("//a//b/"), "200"},
        {to_target("/a/../b/./c"), "200"},
        {to_target("/?"), "200"},
        {to_target("/?a?b/c"), "200"},
        {to_target("/?a[]=1&b={x|y}"), "200"},
        {to_target("/a;b=c,d@e:f!$&'()*+"), "200"},
        {to_target("http://a/b?c"), "200"},
        {to_target("HTTP://a:80"), "200"},
        {to_target("https://[::1]:1/"), "200"},
        {to_target("http://a?b"), "200"},
        {to_target("*"), "400"},
        {with_line("OPTIONS * HTTP/1.1"), "200"},
        {with_line("OPTIONS http://a HTTP/1.1"), "200"},
        {with_line("OPTIONS ** HTTP/1.1"), "400"},
        {to_target("a"), "400"},
        {to_target("?a"), "400"},
        {to_target("a:80"), "400"},
        {to_target("ftp://a/"), "400"},
        {to_target("http:/a"), "400"},
        {to_target("http://"), "400"},
        {to_target("http:///b"), "400"},
        {to_target("http://u@a/"), "400"},
        {to_target("http://a:x/"), "400"},
        {to_target("http://[::1/"), "400"},
        {to_target("http://a#b"), "400"},
        {to_target("/#"), "400"},
        {to_target("/a?b#c"), "400"},
        {to_target("/\xC3\xA4"), "400"},
        {to_target("/?\xFF"), "400"},
        {to_target("/\x7F"), "400"},
        {to_target("/\x01"), "400"},
        {to_target("/a\0b"s), "400"},
        {to_target("/%"), "400"},
        {to_target("/%4"), "400"},
        {to_target("/%4g"), "400"},
        {to_target("/%zz"), "400"},
        {to_target("/?a=%"), "400"},
        {to_target("/?%g1"), "400"},
        {to_target("/%00"), "400"},
        {to_target("/?a=b%00"), "400"},
        {to_target("/%FF"), "400"},
        {to_target("/%C0%AF"), "400"},
        {to_target("/?a=%ED%A0%80"), "400"},
        {to_target("/a\\b"), "400"},
        {to_target("/<script>"), "400"},
        {to_target("/\""), "400"},
        {to_target("/^`{|}"), "400"},
        {to_target("/[1]"), "400"},
    };
}

// RFC 9112 §3.2, RFC 9110 §7.2.
Rows hosts() {
    return {
        {with_host("a"), "200"},
        {with_host("a:8080"), "200"},
        {with_host("a:"), "200"},
        {with_host("accounts.example.org"), "200"},
        {with_host("127.0.0.1:8080"), "200"},
        {with_host("[::1]"), "200"},
        {with_host("[2001:db8::1]:443"), "200"},
        {with_host("xn--bcher-kva.example"), "200"},
        {with_host("  a\t "), "200"},
        {with_host("a_b"), "200"},
        {with_host("a%20b"), "400"},
        {with_host("a%4"), "400"},
        {with_host(""), "400"},
        {with_host(":80"), "400"},
        {with_host("a@b"), "400"},
        {with_host("a b"), "400"},
        {with_host("a/b"), "400"},
        {with_host("a,b"), "400"},
        {with_host("a?b"), "400"},
        {with_host("a#b"), "400"},
        {with_host("a\\b"), "400"},
        {with_host("http://a"), "400"},
        {with_host("a:8x"), "400"},
        {with_host("a:-1"), "400"},
        {with_host("a:65536"), "400"},
        {with_host("a:1:2"), "400"},
        {with_host("[::1"), "400"},
        {with_host("::1"), "400"},
        {with_host("[::1]a"), "400"},
        {with_host("[::g]"), "400"},
        {with_host("[fe80::1%25lo]"), "400"},
        {with_host("[v1.a]"), "400"},
        {with_host("\xC3\xA4.example"), "400"},
        {with_host("a\x01"), "400"},
        {with_host("a\0"s), "400"},
        {"GET / HTTP/1.1\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", "400"},
        {"GET http://a/ HTTP/1.1\r\n\r\n", "400"},
        {"GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", "200"},
        {"GET / HTTP/1.0\r\n\r\n", "200 close"},
        {"GET / HTTP/1.0\r\nHost: a@b\r\n\r\n", "400"},
    };
}

// RFC 9110 §5, RFC 9112 §5.
Rows headers() {
    return {
        {get("X:a"), "200"},
        {get("X:"), "200"},
        {get("X: \t a b\t "), "200"},
        {get("X: \xC3\xA4\xFF"), "200"},
        {get("!#$%&'*+-.^_`|~09az: 1"), "200"},
        {get("X: a\tb"), "200"},
        {get("X : a"), "400"},
        {get("X\t: a"), "400"},
        {get("X Y: a"), "400"},
        {get(": a"), "400"},
        {get("X"), "400"},
        {get("X(: a"), "400"},
        {get("X\xC3\xA4: a"), "400"},
        {get("X\x01: a"), "400"},
        {get("X: a\x01"), "400"},
        {get("X: a\x7F"), "400"},
        {get("X: a\0b"s), "400"},
        {get("X: a\rb"), "400"},
        {get("X: a\nY: b"), "400"},
        {get("X: a\r\n b"), "400"},
        {get("X: a\r\n\tb"), "400"},
        {get("X: a\r\n "), "400"},
        {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\n\tX: a\r\nHost: a\r\n\r\n", "400"},
        {get("Connection: close"), "200 close"},
        {get("Connection: Close"), "200 close"},
        {get("Connection: a, close ,b"), "200 close"},
        {get("Connection: keep-alive, close"), "200 close"},
        {get("Connection: keep-alive"), "200"},
        {get("Connection: closed"), "200"},
        {get("Connection: upgrade\r\nUpgrade: websocket"), "200"},
        {get("Connection: a b"), "400"},
        {get("Connection: close") + get(), "200 close"},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "200"},
        {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", "200 close"},
        {get("Expect: 100-continue"), "200"},
        {get("Expect: 100-Continue"), "200"},
        {get("Expect: a"), "200 close"},
        {get("Expect: 100-continue, a"), "200 close"},
        {get("Expect: 200-ok=\"x,y\""), "200 close"},
        {"GET / HTTP/1.0\r\nExpect: a\r\n\r\n", "200 close"},
        {get() + get() + get("Connection: close"), "200 200 200 close"},
        {get() + get("X : a") + get(), "200 400"},
    };
}

// RFC 9112 §6.
Rows lengths() {
    return {
        {post("Content-Length: 3", "abc"), "200"},
        {post("Content-Length: 0", ""), "200"},
        {post("X: no body", ""), "200"},
        {post("Content-Length: 3", "abc") + get(), "200 200"},
        {post("Content-Length: 3", "abc\r\n") + get(), "200 200"},
        {post("Content-Length: 03", "abc"), "200"},
        {post("Content-Length: 3\r\nContent-Length: 3", "abc"), "200"},
        {post("Content-Length: 65536", string(65536, 'x')), "200"},
        {post("Content-Length: 4", "abc"), "body"},
        {post("Content-Length: 65537", ""), "413"},
        {post("Content-Length: 9999999999999999999", ""), "413"},
        {post("Content-Length: 18446744073709551616", ""), "400"},
        {post("Content-Length: 99999999999999999999999", ""), "400"},
        {post("Content-Length: 3\r\nContent-Length: 4", "abc"), "400"},
        {post("Content-Length: 3, 3", "abc"), "400"},
        {post("Content-Length: 3,", "abc"), "400"},
        {post("Content-Length: +3", "abc"), "400"},
        {post("Content-Length: -3", "abc"), "400"},
        {post("Content-Length: 0x3", "abc"), "400"},
        {post("Content-Length: 3.0", "abc"), "400"},
        {post("Content-Length: 3 3", "abc"), "400"},
        {post("Content-Length: 1_0", "abc"), "400"},
        {post("Content-Length: abc", "abc"), "400"},
        {post("Content-Length:", "abc"), "400"},
        {post("Content-Length: \"3\"", "abc"), "400"},
        {post("Content-Length: \xD9\xA3", "abc"), "400"},
        {post("Content-Length : 3", "abc"), "400"},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "200"},
        {"POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", "200 close"},
        {"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n", "413"},
        {post("Expect: 100-continue\r\nContent-Length: 3", "abc"), "200"},
        {post("Expect: 100-continue\r\nContent-Length: 99999", ""), "413"},
    };
}

// RFC 9112 §6.1, §6.3, §11.2: requests that two servers would read in two ways.
Rows codings() {
    const string none = "0\r\n\r\n";
    return {
        {chunked(none), "200"},
        {post("Transfer-Encoding: Chunked", none), "200"},
        {post("transfer-encoding:\tchunked ", none), "200"},
        {post("Transfer-Encoding: chunked\r\nContent-Length: 5", none), "400"},
        {post("Content-Length: 5\r\nTransfer-Encoding: chunked", none), "400"},
        {post("Content-Length: 0\r\nTransfer-Encoding: chunked", none), "400"},
        {post("Transfer-Encoding: gzip\r\nContent-Length: 5", none), "400"},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + none, "400"},
        {"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", "400"},
        {post("Transfer-Encoding: chunked, chunked", none), "400"},
        {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", none), "400"},
        {post("Transfer-Encoding: chunked, gzip", none), "400"},
        {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip", none), "400"},
        {post("Transfer-Encoding: chunked, identity", none), "400"},
        {post("Transfer-Encoding: gzip, chunked", none), "501"},
        {post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", none), "501"},
        {post("Transfer-Encoding: gzip", none), "501"},
        {post("Transfer-Encoding: identity", none), "501"},
        {post("Transfer-Encoding: xchunked", none), "501"},
        {post("Transfer-Encoding: chunked;a=b", none), "501"},
        {post("Transfer-Encoding:", none), "400"},
        {post("Transfer-Encoding: ,chunked", none), "400"},
        {post("Transfer-Encoding: chunked,", none), "400"},
        {post("Transfer-Encoding: \"chunked\"", none), "400"},
        {post("Transfer-Encoding: chunked foo", none), "400"},
        {post("Transfer-Encoding: chun\x0Bked", none), "400"},
        {post("Transfer-Encoding: \x0B"
              "chunked",
              none),
         "400"},
        {post("Transfer-Encoding : chunked", none), "400"},
        {post("Transfer-Encoding\t: chunked", none), "400"},
        {post("Transfer-Encoding: x\r\n chunked", none), "400"},
        {post(" Transfer-Encoding: chunked", none), "400"},
        {post("X: y\nTransfer-Encoding: chunked", none), "400"},
        {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + none, "200"},
        {post("Content-Length: 6", "0\r\n\r\nX") + get(), "200 200"},
        {chunked(none + "X"), "200 head"},
        {chunked(none) + get("Connection: close"), "200 200 close"},
    };
}

// RFC 9112 §7.1.
Rows chunks() {
    const string end = "0\r\n\r\n";
    return {
        {chunked("3\r\nabc\r\n" + end), "200"},
        {chunked("3\r\nabc\r\n2\r\nde\r\n" + end), "200"},
        {chunked("00003\r\nabc\r\n000\r\n\r\n"), "200"},
        {chunked("a\r\n0123456789\r\n" + end), "200"},
        {chunked("A\r\n0123456789\r\n" + end), "200"},
        {chunked("3;a\r\nabc\r\n" + end), "200"},
        {chunked("3;a=b;c=\"d;\\\"e\"\r\nabc\r\n" + end), "200"},
        {chunked("3 ; a = b\r\nabc\r\n" + end), "200"},
        {chunked("3\r\nabc\r\n0\r\nX: y\r\n\r\n"), "200"},
        {chunked("0\r\nContent-Length: 9\r\n\r\n") + get(), "200 200"},
        {chunked("3\r\nabc\r\n"), "body"},
        {chunked("3\r\nab"), "body"},
        {chunked("0\r\n"), "body"},
        {chunked("0\r\nX: y\r\n"), "body"},
        {chunked("3\r\nabcd\r\n" + end), "400"},
        {chunked("3\r\nabc" + end), "400"},
        {chunked("3\r\nabc\n" + end), "400"},
        {chunked("3\nabc\r\n" + end), "400"},
        {chunked("3\r\nabc\r\n0\n\n"), "400"},
        {chunked("3\r\nabc\r\n0\r\n\n"), "400"},
        {chunked("\r\n" + end), "400"},
        {chunked("x\r\n" + end), "400"},
        {chunked("-1\r\n" + end), "400"},
        {chunked("+3\r\nabc\r\n" + end), "400"},
        {chunked("0x3\r\nabc\r\n" + end), "400"},
        {chunked(" 3\r\nabc\r\n" + end), "400"},
        {chunked("3 \r\nabc\r\n" + end), "400"},
        {chunked("3;\r\nabc\r\n" + end), "400"},
        {chunked("3;=b\r\nabc\r\n" + end), "400"},
        {chunked("3;a=\r\nabc\r\n" + end), "400"},
        {chunked("3;a=\"b\r\nabc\r\n" + end), "400"},
        {chunked("3;a\x01\r\nabc\r\n" + end), "400"},
        {chunked("3;a\nb\r\nabc\r\n" + end), "400"},
        {chunked("3 a\r\nabc\r\n" + end), "400"},
        {chunked("00000000000000003\r\nabc\r\n" + end), "400"},
        {chunked("fffffffffffffffff\r\n"), "400"},
        {chunked("ffffffffffffffff\r\n"), "413"},
        {chunked("10001\r\n"), "413"},
        {chunked("10000\r\n" + string(65536, 'x') + "\r\n" + end), "200"},
        {chunked("ffff\r\n" + string(65535, 'x') + "\r\n2\r\n"), "413"},
        {chunked("3;a=" + string(1100, 'b') + "\r\nabc\r\n" + end), "400"},
        {chunked("0\r\nX : y\r\n\r\n"), "400"},
        {chunked("0\r\nX: y\r\n z\r\n\r\n"), "400"},
        {chunked("0\r\nX: \x01\r\n\r\n"), "400"},
        {chunked("0\r\nX: " + string(17000, 'y') + "\r\n\r\n"), "431"},
    };
}

string many_headers(int count) {
    string lines;
    for (int i = 0; i < count; ++i)
        lines += "\r\nX: a";
    return get(lines.substr(2));
}

// The limits of `RequestLimits`. "GET " and " HTTP/1.1" take 13 bytes of a request line.
Rows limits() {
    const string fixed = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n";
    return {
        {to_target("/" + string(7986, 'a')), "200"},
        {to_target("/" + string(8178, 'a')), "200"},
        {to_target("/" + string(8179, 'a')), "414"},
        {string(9000, 'A'), "414"},
        {"GET /" + string(9000, 'a'), "414"},
        {get("X: " + string(16384 - fixed.size(), 'a')), "200"},
        {get("X: " + string(16385 - fixed.size(), 'a')), "431"},
        {"GET / HTTP/1.1\r\nX: " + string(17000, 'a'), "431"},
        {many_headers(99), "200"},
        {many_headers(100), "431"},
    };
}

}  // namespace

std::vector<RawRequest> raw_requests() {
    Rows all;
    for (const Rows& rows :
         {request_lines(), targets(), hosts(), headers(), lengths(), codings(), chunks(), limits()})
        all.insert(all.end(), rows.begin(), rows.end());
    return all;
}

}  // namespace roster::protocol::http
