#include "tools/dure/light_follower.h"

#include <fstream>

#include "base/codec.h"
#include "tools/dure/api.h"
#include "tools/dure/node_folder.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

/// A set of 256 and its place.
constexpr std::size_t k_max_progress_bytes = 64 * 1024;
/// An epoch may end between two answers.
constexpr int k_light_tries = 4;

template <class T>
Result<T> shown(const json::value& answer, const char* path) {
    const auto bytes = from_hex(text_at(answer, path));
    if (!bytes) return with_context(bytes.error(), std::string("the node's ") + path);
    auto value = decode<T>(*bytes);
    if (!value) return with_context(value.error(), std::string("the node's ") + path);
    return value;
}

}  // namespace

Status follow_epochs(protocol::LightClient& client, const AskNode& ask) {
    while (true) {
        const protocol::Epoch from = client.progress().epoch;
        DURE_TRY(const json::value answer, ask("/v1/epochs?from=" + to_text(from)));
        for (const json::value& item : list_at(answer, "items")) {
            DURE_TRY(const auto end, shown<protocol::EpochEnd>(item, "end"));
            DURE_CHECK(client.advance(end));
        }
        if (text_at(answer, "next").empty()) return {};
        if (client.progress().epoch == from) {
            return Error{ErrorCode::malformed,
                         "the node says that there are epochs after " + to_text(from) + ", and shows none"};
        }
    }
}

Result<NewestFinal> ask_newest(protocol::LightClient& client, const AskNode& ask, const Account& account) {
    Error last;
    for (int i = 0; i < k_light_tries; ++i) {
        DURE_CHECK(follow_epochs(client, ask));
        NewestFinal newest;
        DURE_TRY(newest.answer, ask("/v1/accounts/" + account.address() + "?proof=1"));
        DURE_TRY(newest.header, shown<protocol::Header>(newest.answer, "proof.header"));
        DURE_TRY(newest.finalization, shown<protocol::Certificate>(newest.answer, "proof.finalization"));
        const Status final = client.check_final(newest.header, newest.finalization);
        if (final) return newest;
        last = final.error();
        // Only of an epoch that began meanwhile may the client not know yet.
        if (last.code != ErrorCode::unavailable) break;
    }
    return last;
}

bool is_lie(const Error& error) {
    return error.code == ErrorCode::invalid || error.code == ErrorCode::malformed ||
           error.code == ErrorCode::insufficient || error.code == ErrorCode::invalid_signature;
}

Result<protocol::LightClient> open_light_client(const fs::path& progress, const fs::path& genesis_file) {
    std::optional<ledger::Genesis> genesis;
    if (!genesis_file.empty()) {
        DURE_TRY(genesis, read_genesis(genesis_file));
    }
    std::error_code error;
    if (!progress.empty() && fs::exists(progress, error)) {
        DURE_TRY(const std::string bytes, read_file(progress, k_max_progress_bytes));
        auto known = decode<protocol::LightProgress>(as_bytes(bytes));
        if (!known) {
            return with_context(known.error(), progress.string() +
                                                   " is no light client's file; remove it to begin anew from "
                                                   "genesis");
        }
        DURE_CHECK(known->validators.check());
        if (genesis && genesis->chain_id() != known->chain_id) {
            return Error{ErrorCode::conflict, progress.string() + " is of chain " + known->chain_id.hex() +
                                                  ", genesis of chain " + genesis->chain_id().hex() +
                                                  "; name another file with --file"};
        }
        return protocol::LightClient(std::move(*known));
    }
    if (!genesis) {
        return Error{ErrorCode::not_found,
                     "where the chain begins is not known here yet: name its genesis file once, dure light "
                     "--genesis FILE"};
    }
    return protocol::LightClient(genesis->chain_id(), genesis->validator_set());
}

Status keep_progress(const protocol::LightClient& client, const fs::path& progress) {
    std::error_code error;
    if (progress.has_parent_path()) fs::create_directories(progress.parent_path(), error);
    const fs::path fresh = progress.string() + ".new";
    const Bytes bytes = encode(client.progress());
    std::ofstream out(fresh, std::ios::binary);
    out << as_text(bytes);
    out.close();
    if (out) fs::rename(fresh, progress, error);
    if (!out || error)
        return Error{ErrorCode::io,
                     "cannot write " + progress.string() + (error ? ": " + error.message() : "")};
    return {};
}

}  // namespace dure::tools
