// The page that the node serves: files that the build put into the program (node/web/).
//
// Promises: each file is answered with its ETag, and 304 to who has it; compressed where the client takes gzip; with a
// Content-Security-Policy that allows nothing from elsewhere and nothing inline.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "node/api/http.h"

namespace dure::node {

struct WebFile {
    std::string_view path;          ///< "/" or "/assets/app-1A2B.js"
    std::string_view content_type;  ///< with its charset
    std::string_view etag;          ///< with its quotes: of the contents
    bool immutable = false;         ///< the path names the contents, so it is never asked for again
    std::span<const std::uint8_t> plain;
    std::span<const std::uint8_t> gzip;
};

/// All files of the page; what the build generated.
std::span<const WebFile> web_files();

HttpResponse respond(const WebFile& file, const HttpRequest& request);

}  // namespace dure::node
