#include "tools/dure/http_client.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/asio.hpp>
#include <string>
#include <thread>

#include "tools/dure/api.h"
#include "tools/dure/devnet/processes.h"

namespace dure::tools {
namespace {

using boost::asio::ip::tcp;
namespace http = boost::beast::http;

/// Answers each of some connections with fixed bytes and closes it.
class OneShotServer {
  public:
    OneShotServer(std::string answer, int connections)
        : acceptor_(io_, tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 0)),
          thread_([this, answer, connections] {
              for (int i = 0; i < connections; ++i) {
                  tcp::socket socket = acceptor_.accept();
                  std::string request;
                  boost::system::error_code error;
                  boost::asio::read_until(socket, boost::asio::dynamic_buffer(request), "\r\n\r\n", error);
                  requests.push_back(request);
                  boost::asio::write(socket, boost::asio::buffer(answer), error);
              }
          }) {}
    ~OneShotServer() { thread_.join(); }
    Url url() const { return {"127.0.0.1", std::to_string(acceptor_.local_endpoint().port()), ""}; }

    std::vector<std::string> requests;

  private:
    boost::asio::io_context io_;
    tcp::acceptor acceptor_;
    std::thread thread_;
};

TEST(Url, IsReadInItsParts) {
    const auto url = Url::parse("http://localhost:8470/base/");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->host, "localhost");
    EXPECT_EQ(url->port, "8470");
    EXPECT_EQ(url->path, "/base");
    EXPECT_EQ(Url::parse("http://[::1]:80")->host, "::1");
    EXPECT_EQ(Url::parse("http://node.example")->port, "80");
}

TEST(Url, WhatIsNoneIsRefusedWithAReason) {
    for (const char* text : {"", "localhost:8470", "https://x", "http://", "http://:80", "http://x:0",
                             "http://x:65536", "http://x:1a", "ftp://x"}) {
        const auto url = Url::parse(text);
        ASSERT_TRUE(url.has_error()) << text;
        EXPECT_EQ(url.error().code, ErrorCode::malformed);
        EXPECT_NE(url.error().message.find(text), std::string::npos) << url.error().message;
    }
}

RC_GTEST_PROP(Url, AnyTextIsReadOrRefused, (const std::string& text)) {
    const auto plain = Url::parse(text);
    const auto prefixed = Url::parse("http://" + text);
    RC_ASSERT(plain.has_value() || plain.error().code == ErrorCode::malformed);
    RC_ASSERT(prefixed.has_value() || prefixed.error().code == ErrorCode::malformed);
}

TEST(HttpClient, GivesStatusHeadersAndBody) {
    OneShotServer server(
        "HTTP/1.1 402 Payment Required\r\nWWW-Authenticate: Payment x\r\nContent-Length: 5\r\nConnection: "
        "close\r\n\r\nhello",
        1);
    HttpClient client(server.url());
    const auto response = client.request(http::verb::get, "/v1/status");
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 402U);
    EXPECT_EQ(response->header("www-authenticate"), "Payment x");
    EXPECT_EQ(response->body, "hello");
}

TEST(HttpClient, HandsABodyOverAsItComesButKeepsThatOfARefusal) {
    OneShotServer server(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 1);
    HttpClient client(server.url());
    std::string got;
    const auto response =
        client.request(http::verb::get, "/", {}, {}, [&](std::string_view part) { got += part; });
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(got, "abcde");
    EXPECT_EQ(response->body, "");
    OneShotServer refusing("HTTP/1.1 402 Payment Required\r\nContent-Length: 2\r\n\r\n{}", 1);
    HttpClient other(refusing.url());
    const auto refusal = other.request(http::verb::get, "/", {}, {}, [&](std::string_view) { got += "!"; });
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->body, "{}");
    EXPECT_EQ(got, "abcde");
}

TEST(HttpClient, AnAnswerThatBreaksOffIsAnError) {
    OneShotServer server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", 1);
    HttpClient client(server.url());
    EXPECT_FALSE(client.request(http::verb::get, "/", {}, {}, [](std::string_view) {}));
}

TEST(HttpClient, AConnectionThatTheServerClosedIsOpenedAgain) {
    OneShotServer server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 2);
    HttpClient client(server.url());
    EXPECT_TRUE(client.request(http::verb::get, "/one"));
    EXPECT_TRUE(client.request(http::verb::get, "/two"));
}

TEST(HttpClient, NobodyThereIsUnavailableAndSaysWhere) {
    const auto port = free_port();
    ASSERT_TRUE(port);
    HttpClient client({"127.0.0.1", std::to_string(*port), ""});
    const auto response = client.request(http::verb::get, "/v1/status");
    ASSERT_TRUE(response.has_error());
    EXPECT_EQ(response.error().code, ErrorCode::unavailable);
    EXPECT_NE(response.error().message.find(std::to_string(*port)), std::string::npos);
}

TEST(Api, AProblemDocumentBecomesItsError) {
    const HttpResponse problem{
        409,
        {},
        R"({"type":"x","title":"Conflict","status":409,"detail":"the nonce is 7","code":"conflict"})"};
    EXPECT_EQ(error_of(problem), (Error{ErrorCode::conflict, "the nonce is 7"}));
    EXPECT_EQ(error_of({503, {}, "<html>"}).code, ErrorCode::unavailable);
    EXPECT_EQ(error_of({404, {}, ""}).code, ErrorCode::not_found);
}

TEST(Api, MissingFieldsReadAsNothing) {
    const boost::json::value value = boost::json::parse(R"({"a":{"b":"12","c":[1],"d":-3,"e":true}})");
    EXPECT_EQ(number_at(value, "a.b"), 12U);
    EXPECT_EQ(number_at(value, "a.d"), 0U);
    EXPECT_EQ(number_at(value, "a.x.y"), 0U);
    EXPECT_EQ(text_at(value, "a.b"), "12");
    EXPECT_EQ(text_at(value, "z"), "");
    EXPECT_EQ(list_at(value, "a.c").size(), 1U);
    EXPECT_TRUE(list_at(value, "a.b").empty());
    EXPECT_TRUE(flag_at(value, "a.e"));
}

}  // namespace
}  // namespace dure::tools
