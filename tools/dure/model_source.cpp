#include "tools/dure/model_source.h"

#include <memory>

#include "base/blob.h"
#include "ledger/views.h"
#include "node/blobs/blob_store.h"
#include "node/chain/flat_state.h"
#include "node/node_files.h"
#include "tools/dure/stored_state.h"

namespace dure::tools {

namespace fs = std::filesystem;

namespace {

Result<Bytes> fetch_blob(Api& api, const std::string& name, const char* what) {
    DURE_TRY(const Hash hash, Hash::from_hex(name));
    DURE_TRY(const HttpResponse response, api.exchange(boost::beast::http::verb::get, "/v1/blobs/" + name));
    if (response.status != 200) return with_context(error_of(response), what);
    Bytes bytes = to_bytes(as_bytes(response.body));
    if (check_blob_size(bytes.size()).has_error() || blob_hash(bytes) != hash) {
        return Error{ErrorCode::corrupt,
                     std::string(what) + ": the node sent other bytes than those named " + name};
    }
    return bytes;
}

Result<Model> checked(const Bytes& checkpoint, Bytes tokenizer, const std::string& root) {
    Model model;
    DURE_TRY(model.checkpoint, trainer::Checkpoint::decode(checkpoint));
    if (model.checkpoint.root().hex() != root)
        return Error{ErrorCode::corrupt, "the checkpoint is not the attested one, " + root};
    model.tokenizer = std::move(tokenizer);
    return model;
}

}  // namespace

Result<Model> model_of_node(Api& api) {
    DURE_TRY(const boost::json::value status, api.get("/v1/status"));
    DURE_TRY(const Bytes checkpoint, fetch_blob(api, text_at(status, "checkpoint_blob"), "checkpoint"));
    DURE_TRY(Bytes tokenizer, fetch_blob(api, text_at(status, "tokenizer_blob"), "tokenizer"));
    return checked(checkpoint, std::move(tokenizer), text_at(status, "checkpoint_root"));
}

Result<Model> model_of_folder(const fs::path& folder) {
    DURE_TRY(const StoredState stored, open_stored_state(folder));
    const ledger::CheckpointRecord record = ledger::head(node::FlatState(*stored.store)).checkpoint;
    DURE_TRY(const std::unique_ptr<node::BlobStore> blobs,
             node::BlobStore::open(folder / node::k_blobs_folder));
    DURE_TRY(const Bytes checkpoint, blobs->get(record.blob));
    DURE_TRY(Bytes tokenizer, blobs->get(stored.genesis.model.tokenizer_blob));
    return checked(checkpoint, std::move(tokenizer), record.root.hex());
}

}  // namespace dure::tools
