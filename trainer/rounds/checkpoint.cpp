#include "trainer/rounds/checkpoint.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/assert.h"
#include "base/codec.h"
#include "base/merkle.h"
#include "trainer/model/initialize.h"

namespace dure::trainer {
namespace {

static_assert(std::endian::native == std::endian::little, "floats are written as they stand in memory");

// What stands before the arrays in the blob.
struct CheckpointHeader {
    std::array<std::uint8_t, 8> magic{};
    ModelConfig config;

    static constexpr auto fields() { return std::tuple(&CheckpointHeader::magic, &CheckpointHeader::config); }
};

constexpr std::array<std::uint8_t, 8> k_magic{'d', 'u', 'r', 'e', 'c', 'k', 'p', '1'};

ByteView bytes_of(std::span<const float> values) {
    return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes()};
}

bool is_finite(float value) {
    return (std::bit_cast<std::uint32_t>(value) & 0x7F800000U) != 0x7F800000U;
}

Result<std::vector<float>> read_floats(ByteView bytes, const char* what) {
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    const auto bad = std::find_if_not(values.begin(), values.end(), is_finite);
    if (bad != values.end()) {
        return Error{ErrorCode::invalid, std::string("the checkpoint's ") + what + " number " +
                                             std::to_string(bad - values.begin()) + " is not finite"};
    }
    return values;
}

}  // namespace

Hash array_root(std::span<const float> values) {
    const ByteView bytes = bytes_of(values);
    std::vector<Hash> leaves;
    leaves.reserve(static_cast<std::size_t>(blob_chunks(bytes.size())));
    for (std::size_t at = 0; at < bytes.size(); at += k_blob_chunk_bytes) {
        leaves.push_back(merkle_leaf(bytes.subspan(at, std::min(k_blob_chunk_bytes, bytes.size() - at))));
    }
    return merkle_root(leaves);
}

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
    writer.raw(bytes_of(parameters));
    writer.raw(bytes_of(outer_momentum));
    return writer.take();
}

Result<Checkpoint> Checkpoint::decode(ByteView bytes) {
    Reader reader(bytes);
    CheckpointHeader header;
    if (!read(reader, header)) return with_context(reader.failure(), "the checkpoint's header");
    if (header.magic != k_magic)
        return Error{ErrorCode::malformed, "the bytes are no checkpoint of this format"};
    DURE_CHECK(header.config.validate());
    const std::size_t array_bytes = static_cast<std::size_t>(header.config.parameter_count()) * sizeof(float);
    if (reader.remaining() != 2 * array_bytes) {
        return Error{ErrorCode::malformed, "the checkpoint has " + std::to_string(reader.remaining()) +
                                               " bytes of numbers, but its config needs " +
                                               std::to_string(2 * array_bytes)};
    }
    Checkpoint checkpoint;
    checkpoint.config = header.config;
    const ByteView arrays = bytes.subspan(reader.position());
    DURE_TRY(checkpoint.parameters, read_floats(arrays.first(array_bytes), "parameter"));
    DURE_TRY(checkpoint.outer_momentum, read_floats(arrays.subspan(array_bytes), "momentum"));
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
