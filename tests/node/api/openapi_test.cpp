// docs/operating/openapi.json describes exactly the routes that the node has. That its answers are as described is checked
// against a running node by tests/web/explorer/interface.mjs.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "node/api/static_files.h"
#include "tests/node/api/served_network.h"

namespace dure::node {
namespace {

namespace json = boost::json;

json::value document() {
    std::ifstream in(std::string(DURE_OPERATING_DOCS) + "/openapi.json");
    std::ostringstream text;
    text << in.rdbuf();
    return json::parse(text.str());
}

/// Follows "#/components/…".
const json::value& resolved(const json::value& all, const json::value& part) {
    const json::value* const reference = part.as_object().if_contains("$ref");
    return reference == nullptr ? part : all.at_pointer(std::string_view(reference->as_string()).substr(1));
}

/// "GET /v1/rounds?cursor&limit", the query's parameters by name.
std::string told(const std::string& method, const std::string& path, std::vector<std::string> query) {
    std::ranges::sort(query);
    std::string text = method + " " + path;
    for (std::size_t i = 0; i < query.size(); ++i)
        text += (i == 0 ? "?" : "&") + query[i];
    return text;
}

std::set<std::string> documented(const json::value& all) {
    std::set<std::string> found;
    for (const auto& [path, methods] : all.at("paths").as_object()) {
        for (const auto& [name, operation] : methods.as_object()) {
            std::string method(name);
            std::ranges::transform(method, method.begin(),
                                   [](char c) { return static_cast<char>(c - 'a' + 'A'); });
            std::vector<std::string> query;
            if (const json::value* const parameters = operation.as_object().if_contains("parameters")) {
                for (const json::value& one : parameters->as_array()) {
                    const json::value& parameter = resolved(all, one);
                    if (parameter.at("in").as_string() == "query")
                        query.emplace_back(parameter.at("name").as_string());
                }
            }
            found.insert(told(method, std::string(path), std::move(query)));
        }
    }
    return found;
}

/// All but the page's files.
std::set<std::string> routed(const Router& router) {
    std::set<std::string> page;
    for (const WebFile& file : web_files())
        page.emplace(file.path);
    std::set<std::string> found;
    for (const Route& route : router.routes()) {
        std::string path;
        for (const std::string& segment : route.pattern)
            path += "/" + segment;
        if (path.empty()) path = "/";
        if (!page.contains(path)) found.insert(told(route.method, path, route.query));
    }
    return found;
}

void look_at_references(const json::value& all, const json::value& part) {
    if (part.is_array()) {
        for (const json::value& one : part.as_array())
            look_at_references(all, one);
    } else if (part.is_object()) {
        for (const auto& [name, value] : part.as_object()) {
            if (name == "$ref") {
                EXPECT_NO_THROW(static_cast<void>(resolved(all, part))) << value.as_string();
            }
            look_at_references(all, value);
        }
    }
}

TEST(OpenApi, ListsEveryRouteOfTheNodeWithItsQueryAndNoOther) {
    test::ServedNetwork network(1);
    EXPECT_EQ(documented(document()), routed(network.router(0)));
}

TEST(OpenApi, ParametersOfAPathAreThoseInItsBraces) {
    const json::value all = document();
    for (const auto& [path, methods] : all.at("paths").as_object()) {
        for (const auto& [method, operation] : methods.as_object()) {
            std::string rest(path);
            const json::value* const parameters = operation.as_object().if_contains("parameters");
            const json::array none;
            for (const json::value& one : parameters == nullptr ? none : parameters->as_array()) {
                const json::value& parameter = resolved(all, one);
                if (parameter.at("in").as_string() != "path") continue;
                const std::string braced = "{" + std::string(parameter.at("name").as_string()) + "}";
                const std::size_t at = rest.find(braced);
                ASSERT_NE(at, std::string::npos) << path << " has no " << braced;
                rest.erase(at, braced.size());
            }
            EXPECT_EQ(rest.find('{'), std::string::npos) << path;
        }
    }
}

TEST(OpenApi, ReferencesLeadSomewhere) {
    const json::value all = document();
    look_at_references(all, all);
}

}  // namespace
}  // namespace dure::node
