// Uploading and downloading blobs.
#include "ledger/records/genesis.h"
#include "node/api/routes.h"

namespace dure::node {

namespace json = boost::json;
namespace asio = boost::asio;

namespace {

/// Larger ones are for peers, who fetch them by chunks.
constexpr std::uint64_t k_max_download_bytes = 64 * 1024 * 1024;

asio::awaitable<HttpResponse> upload(ApiPartsPtr parts, HttpRequest request) {
    auto bytes = std::make_shared<const Bytes>(to_bytes(as_bytes(request.body)));
    const std::size_t size = bytes->size();
    const Result<Hash> name = co_await parts->blobs.put(std::move(bytes));
    if (!name) co_return respond(name.error());
    co_return respond(json::object{{"hash", name->hex()}, {"bytes", size}}, 201);
}

asio::awaitable<HttpResponse> download(ApiPartsPtr parts, HttpRequest request) {
    const Result<Hash> name = Hash::from_hex(request.parameters.at("hash"));
    if (!name) co_return respond(with_context(name.error(), "blob"));
    const Result<std::uint64_t> size = parts->blobs.store().size(*name);
    if (!size) co_return respond(size.error());
    if (*size > k_max_download_bytes) {
        co_return respond(Error{ErrorCode::out_of_range, "blob " + name->hex() + " has " +
                                                             std::to_string(*size) + " bytes; more than " +
                                                             std::to_string(k_max_download_bytes) +
                                                             " are only given to peers, chunk by chunk"});
    }
    const Result<Bytes> bytes = co_await parts->blobs.fetch(*name);
    if (!bytes) co_return respond(bytes.error());
    HttpResponse response;
    response.content_type = "application/octet-stream";
    response.headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
    response.body.assign(as_text(*bytes));
    co_return response;
}

}  // namespace

void add_blob_routes(Router& router, ApiPartsPtr parts) {
    router.add("POST", "/v1/blobs", {}, parts->chain.genesis().parameters.max_shard_bytes,
               [parts](HttpRequest request) { return upload(parts, std::move(request)); });
    router.add("GET", "/v1/blobs/{hash}", {}, 0,
               [parts](HttpRequest request) { return download(parts, std::move(request)); });
}

}  // namespace dure::node
