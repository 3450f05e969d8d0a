// trainer/interchange: the files of foreign models.
#include <algorithm>

#include "tests/fuzz/target.h"
#include "trainer/interchange/llama_config.h"
#include "trainer/interchange/llama_files.h"
#include "trainer/interchange/safetensors.h"

namespace dure::fuzz {
namespace {

using namespace trainer;

DURE_FUZZ_TARGET(safetensors) {
    const auto content = read_safetensors(input);
    if (!content) {
        require(!content.error().message.empty(), "an error says what is wrong");
        return;
    }
    std::size_t bytes = 0;
    for (const StoredTensor& tensor : content->tensors)
        bytes += tensor.data.size();
    require(bytes < input.size(), "tensors are parts of the file");
    const Bytes written = write_safetensors(*content);
    const auto again = read_safetensors(written);
    require(again.has_value(), "what is written can be read");
    require(again->metadata == content->metadata, "metadata come back");
    require(write_safetensors(*again) == written, "what is written has one form");
}

DURE_FUZZ_TARGET(llama_config) {
    const auto config = read_llama_config(as_text(input));
    if (!config) return;
    require(config->validate().has_value(), "a config that is read is valid");
    const auto again = read_llama_config(llama_config_text(*config));
    require(again.has_value() && *again == *config, "a config comes back equal");
}

DURE_FUZZ_TARGET(shard_names) {
    const auto names = shard_names(as_text(input));
    if (!names) return;
    for (const std::string& name : *names)
        require(name.find('/') == std::string::npos && name.front() != '.', "shards lie in one folder");
}

/// u16 length of config.json, config.json, model.safetensors.
DURE_FUZZ_TARGET(foreign_model) {
    if (input.size() < 2) return;
    const std::size_t wanted = input[0] | std::size_t{input[1]} << 8U;
    const std::size_t length = std::min(wanted, input.size() - 2);
    const auto checkpoint =
        import_model({as_text(input.subspan(2, length)), {input.subspan(2 + length)}, {}});
    if (!checkpoint) return;
    require(Checkpoint::decode(checkpoint->encode()).has_value(), "what is imported is a checkpoint");
}

}  // namespace
}  // namespace dure::fuzz
