#include "tools/dure/remote_state.h"

#include <algorithm>
#include <string>

#include "base/blob.h"

namespace dure::tools {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr unsigned k_records_a_page = 1000;

Bytes bytes_at(const json::value& value, const char* name) {
    Result<Bytes> bytes = from_hex(text_at(value, name));
    if (!bytes) throw StateUnreachable(with_context(bytes.error(), "the node's records"));
    return std::move(*bytes);
}

json::value records(Api& api, ByteView prefix, ByteView from, unsigned limit) {
    Result<json::value> page = api.get("/v1/records?prefix=" + to_hex(prefix) + "&from=" + to_hex(from) +
                                       "&limit=" + std::to_string(limit));
    if (!page) throw StateUnreachable(page.error());
    return std::move(*page);
}

}  // namespace

std::optional<Bytes> RemoteState::get(ByteView key) const {
    Bytes wanted = to_bytes(key);
    const auto found = known_.find(wanted);
    if (found != known_.end()) return found->second;
    std::optional<Bytes> value;
    const json::value page = records(api_, key, key, 1);
    for (const auto& record : list_at(page, "items")) {
        if (bytes_at(record, "key") == wanted) value = bytes_at(record, "value");
    }
    known_.emplace(std::move(wanted), value);
    return value;
}

void RemoteState::scan(ByteView prefix, ByteView from, const Visitor& visit) const {
    Bytes next = to_bytes(from);
    while (true) {
        const json::value page = records(api_, prefix, next, k_records_a_page);
        for (const auto& record : list_at(page, "items")) {
            const Bytes key = bytes_at(record, "key");
            if (!ledger::has_prefix(key, prefix) || std::ranges::lexicographical_compare(key, next))
                throw StateUnreachable({ErrorCode::malformed, "the node's records are not those asked for"});
            if (!visit(key, bytes_at(record, "value"))) return;
        }
        if (text_at(page, "next").empty()) return;
        Bytes after = bytes_at(page, "next");
        if (!std::ranges::lexicographical_compare(next, after))
            throw StateUnreachable({ErrorCode::malformed, "the node's records do not go on"});
        next = std::move(after);
    }
}

asio::awaitable<Result<Bytes>> RemoteBlobs::fetch(Hash blob, std::uint64_t max_bytes) {
    const Result<HttpResponse> response =
        api_.exchange(boost::beast::http::verb::get, "/v1/blobs/" + blob.hex());
    if (!response) co_return response.error();
    if (response->status != 200) co_return with_context(error_of(*response), "blob " + blob.hex());
    Bytes bytes = to_bytes(as_bytes(response->body));
    if (bytes.size() > max_bytes)
        co_return Error{ErrorCode::out_of_range, "blob " + blob.hex() + " is larger than it may be"};
    if (check_blob_size(bytes.size()).has_error() || blob_hash(bytes) != blob)
        co_return Error{ErrorCode::corrupt, "the node sent other bytes than those named " + blob.hex()};
    co_return bytes;
}

asio::awaitable<Result<Hash>> RemoteBlobs::put(std::shared_ptr<const Bytes> blob) {
    if (const Status fits = check_blob_size(blob->size()); !fits) co_return fits.error();
    co_return blob_hash(*blob);
}

Result<ledger::Genesis> fetch_genesis(Api& api) {
    DURE_TRY(const json::value status, api.get("/v1/status"));
    DURE_TRY(const HttpResponse response, api.exchange(boost::beast::http::verb::get, "/v1/genesis"));
    if (response.status != 200) return error_of(response);
    DURE_TRY(ledger::Genesis genesis, decode<ledger::Genesis>(as_bytes(response.body)));
    DURE_CHECK(genesis.check());
    if (genesis.chain_id().hex() != text_at(status, "chain_id"))
        return Error{ErrorCode::invalid, "the node's genesis is not that of the chain it names"};
    return genesis;
}

}  // namespace dure::tools
