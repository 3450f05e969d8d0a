#include "trainer/rounds/checkpoint.h"

#include <array>

#include "base/assert.h"
#include "base/codec.h"
#include "trainer/model/initialize.h"
#include "trainer/rounds/arrays.h"

namespace dure::trainer {
namespace {

// What stands before the arrays in the blob.
struct CheckpointHeader {
    std::array<std::uint8_t, 8> magic{};
    ModelConfig config;

    static constexpr auto fields() { return std::tuple(&CheckpointHeader::magic, &CheckpointHeader::config); }
};

constexpr std::array<std::uint8_t, 8> k_magic{'d', 'u', 'r', 'e', 'c', 'k', 'p', '1'};

}  // namespace

Hash Checkpoint::root() const {
    static const TaggedHash hash("dure/checkpoint");
    const Bytes shape = dure::encode(config);
    const Hash parameters_root = array_root(parameters);
    const Hash momentum_root = array_root(outer_momentum);
    return hash({shape, parameters_root.bytes, momentum_root.bytes});
}

Bytes Checkpoint::encode() const {
    DURE_ASSERT(parameters.size() == config.parameter_count() && outer_momentum.size() == parameters.size());
    Writer writer;
    const Bytes header = dure::encode(CheckpointHeader{k_magic, config});
    writer.reserve(header.size() + 2 * parameters.size() * sizeof(float));
    writer.raw(header);
    writer.raw(array_bytes(parameters));
    writer.raw(array_bytes(outer_momentum));
    return writer.take();
}

Result<Checkpoint> Checkpoint::decode(ByteView bytes) {
    Reader reader(bytes);
    CheckpointHeader header;
    if (!read(reader, header)) return with_context(reader.failure(), "the checkpoint's header");
    if (header.magic != k_magic)
        return Error{ErrorCode::malformed, "the bytes are no checkpoint of this format"};
    DURE_CHECK(header.config.validate());
    const std::uint64_t count = header.config.parameter_count();
    const std::size_t size = static_cast<std::size_t>(count) * sizeof(float);
    if (reader.remaining() != 2 * size) {
        return Error{ErrorCode::malformed, "the checkpoint has " + std::to_string(reader.remaining()) +
                                               " bytes of numbers, but its config needs " +
                                               std::to_string(2 * size)};
    }
    Checkpoint checkpoint;
    checkpoint.config = header.config;
    const ByteView arrays = bytes.subspan(reader.position());
    DURE_TRY(checkpoint.parameters, decode_array(arrays.first(size), count, "parameter"));
    DURE_TRY(checkpoint.outer_momentum, decode_array(arrays.subspan(size), count, "momentum"));
    return checkpoint;
}

Result<Checkpoint> initial_checkpoint(const ModelConfig& config, std::uint64_t seed) {
    DURE_CHECK(config.validate());
    Checkpoint checkpoint;
    checkpoint.config = config;
    checkpoint.parameters = initialize_parameters(config, seed);
    checkpoint.outer_momentum.assign(checkpoint.parameters.size(), 0.0F);
    return checkpoint;
}

}  // namespace dure::trainer
