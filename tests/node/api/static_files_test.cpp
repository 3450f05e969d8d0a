#include "node/api/static_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/bytes.h"

namespace dure::node {
namespace {

std::string header(const HttpResponse& response, const std::string& name) {
    for (const auto& [own, value] : response.headers)
        if (own == name) return value;
    return {};
}

TEST(StaticFiles, ThePageIsThereAndNamesOnlyItsOwnFiles) {
    const auto files = web_files();
    const auto index = std::ranges::find(files, "/", &WebFile::path);
    ASSERT_NE(index, files.end());
    const std::string_view text = as_text(index->plain);
    for (std::size_t at = 0; (at = text.find("\"/assets/", at)) != std::string_view::npos; ++at) {
        const std::string_view path = text.substr(at + 1, text.find('"', at + 1) - at - 1);
        EXPECT_NE(std::ranges::find(files, path, &WebFile::path), files.end()) << path;
    }
    EXPECT_EQ(text.find("://"), std::string_view::npos) << "something from elsewhere";
    EXPECT_EQ(text.find("<style"), std::string_view::npos);
    EXPECT_EQ(text.find("style="), std::string_view::npos);
    EXPECT_EQ(text.find("onclick"), std::string_view::npos);
}

TEST(StaticFiles, WhoHasTheFileIsToldSo) {
    for (const WebFile& file : web_files()) {
        const HttpResponse first = respond(file, {});
        EXPECT_EQ(first.status, 200U);
        EXPECT_EQ(first.body, as_text(file.plain));
        EXPECT_EQ(header(first, "ETag"), file.etag);
        HttpRequest again;
        again.if_none_match = "\"other\", W/" + std::string(file.etag);
        const HttpResponse second = respond(file, again);
        EXPECT_EQ(second.status, 304U);
        EXPECT_TRUE(second.body.empty());
        EXPECT_EQ(header(second, "ETag"), file.etag);
    }
}

TEST(StaticFiles, CompressedOnlyWhereItIsTaken) {
    constexpr std::uint8_t plain[] = {'a', 'b'};
    constexpr std::uint8_t gzip[] = {'z'};
    const WebFile file{"/x", "text/plain", "\"1\"", true, plain, gzip};
    const auto body = [&](const char* accepts) {
        HttpRequest request;
        request.accept_encoding = accepts;
        return respond(file, request).body;
    };
    EXPECT_EQ(body(""), "ab");
    EXPECT_EQ(body("gzip, deflate, br"), "z");
    EXPECT_EQ(body("br;q=1.0, gzip;q=0.8"), "z");
    EXPECT_EQ(body("gzip;q=0"), "ab");
    EXPECT_EQ(body("xgzip"), "ab");
    EXPECT_NE(header(respond(file, {}), "Cache-Control").find("immutable"), std::string::npos);
}

TEST(StaticFiles, ThePolicyAllowsNothingInlineAndNothingFromElsewhere) {
    const std::string policy = header(respond(web_files().front(), {}), "Content-Security-Policy");
    EXPECT_TRUE(policy.starts_with("default-src 'none'"));
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    EXPECT_EQ(policy.find("https:"), std::string::npos);
}

}  // namespace
}  // namespace dure::node
