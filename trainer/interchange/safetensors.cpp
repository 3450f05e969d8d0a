#include "trainer/interchange/safetensors.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "base/codec.h"
#include "base/quote.h"
#include "trainer/interchange/json_text.h"

namespace dure::trainer {
namespace {

namespace json = boost::json;

struct DtypeFacts {
    const char* name;
    std::size_t bytes;
};

constexpr std::array<DtypeFacts, 15> k_dtypes{{{"BOOL", 1},
                                               {"U8", 1},
                                               {"I8", 1},
                                               {"F8_E5M2", 1},
                                               {"F8_E4M3", 1},
                                               {"I16", 2},
                                               {"U16", 2},
                                               {"F16", 2},
                                               {"BF16", 2},
                                               {"I32", 4},
                                               {"U32", 4},
                                               {"F32", 4},
                                               {"F64", 8},
                                               {"I64", 8},
                                               {"U64", 8}}};

constexpr std::string_view k_metadata = "__metadata__";
constexpr std::size_t k_header_alignment = 8;

Error malformed(const std::string& why) {
    return {ErrorCode::malformed, "this is no safetensors file: " + why};
}

Error malformed_tensor(std::string_view name, const std::string& why) {
    return malformed("tensor " + quote(name) + " " + why);
}

std::optional<Dtype> dtype_from(std::string_view name) {
    for (std::size_t i = 0; i < k_dtypes.size(); ++i) {
        if (name == k_dtypes[i].name) return static_cast<Dtype>(i);
    }
    return std::nullopt;
}

std::optional<std::uint64_t> whole_number(const json::value& value) {
    if (value.is_uint64()) return value.get_uint64();
    if (value.is_int64() && value.get_int64() >= 0) return static_cast<std::uint64_t>(value.get_int64());
    return std::nullopt;
}

/// A tensor with the place of its data, before that is known to be good.
struct Placed {
    StoredTensor tensor;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

Result<Placed> read_entry(std::string_view name, const json::value& value, std::uint64_t data_bytes) {
    if (name.size() > k_max_tensor_name_bytes)
        return malformed_tensor(name.substr(0, 40),
                                "… has a name of " + std::to_string(name.size()) + " bytes");
    if (!value.is_object()) return malformed_tensor(name, "is not described by an object");
    const json::object& entry = value.get_object();
    const json::value* const dtype = entry.if_contains("dtype");
    const json::value* const shape = entry.if_contains("shape");
    const json::value* const offsets = entry.if_contains("data_offsets");
    if (entry.size() != 3 || dtype == nullptr || shape == nullptr || offsets == nullptr)
        return malformed_tensor(name, "does not consist of dtype, shape and data_offsets");
    Placed placed;
    placed.tensor.name = name;
    if (!dtype->is_string()) return malformed_tensor(name, "has a dtype that is no text");
    const auto known = dtype_from(std::string_view(dtype->get_string()));
    if (!known) {
        return malformed_tensor(name,
                                "has the unknown dtype " + quote(std::string_view(dtype->get_string())));
    }
    placed.tensor.dtype = *known;
    if (!shape->is_array() || shape->get_array().size() > k_max_tensor_rank)
        return malformed_tensor(name, "has a shape that is no list of up to 8 sizes");
    // Empty dimensions first: a product that is zero cannot overflow on the way.
    std::uint64_t count = 1;
    bool too_large = false;
    for (const json::value& extent : shape->get_array()) {
        const auto size = whole_number(extent);
        if (!size) return malformed_tensor(name, "has a shape with something else than whole numbers");
        placed.tensor.shape.push_back(*size);
        if (*size != 0 && count > data_bytes / *size) too_large = true;
        if (!too_large) count *= *size;
    }
    const auto& extents = placed.tensor.shape;
    if (std::find(extents.begin(), extents.end(), 0U) != extents.end()) {
        count = 0;
        too_large = false;
    }
    const auto is_pair = offsets->is_array() && offsets->get_array().size() == 2;
    const auto begin = is_pair ? whole_number(offsets->get_array()[0]) : std::nullopt;
    const auto end = is_pair ? whole_number(offsets->get_array()[1]) : std::nullopt;
    if (!begin || !end) return malformed_tensor(name, "has data_offsets that are not two whole numbers");
    if (*begin > *end || *end > data_bytes) {
        return malformed_tensor(name, "claims bytes " + std::to_string(*begin) + " to " +
                                          std::to_string(*end) + " of " + std::to_string(data_bytes));
    }
    const std::uint64_t width = bytes_of(placed.tensor.dtype);
    if (too_large || count > data_bytes / width || count * width != *end - *begin) {
        return malformed_tensor(name, "has " + std::to_string(*end - *begin) +
                                          " bytes, which is not what its shape and dtype make");
    }
    placed.begin = *begin;
    placed.end = *end;
    return placed;
}

Status read_metadata(const json::value& value, std::map<std::string, std::string>& metadata) {
    if (!value.is_object()) return malformed("its metadata is no object");
    for (const auto& [name, text] : value.get_object()) {
        if (!text.is_string()) return malformed("its metadata " + quote(name) + " is no text");
        metadata.emplace(name, std::string_view(text.get_string()));
    }
    return {};
}

}  // namespace

const char* name_of(Dtype dtype) {
    return k_dtypes[static_cast<std::size_t>(dtype)].name;
}

std::size_t bytes_of(Dtype dtype) {
    return k_dtypes[static_cast<std::size_t>(dtype)].bytes;
}

Result<Safetensors> read_safetensors(ByteView file) {
    Reader reader(file);
    std::uint64_t header_bytes = 0;
    ByteView header;
    if (!reader.number(header_bytes)) return malformed("it has " + std::to_string(file.size()) + " bytes");
    if (header_bytes > k_max_safetensors_header_bytes) {
        return malformed("its header would have " + std::to_string(header_bytes) + " bytes; at most " +
                         std::to_string(k_max_safetensors_header_bytes) + " are read");
    }
    if (!reader.take(static_cast<std::size_t>(header_bytes), header))
        return malformed("it ends within its header");
    if (header.empty() || header.front() != '{') return malformed("its header does not begin with {");
    DURE_TRY(const json::value parsed, parse_json(as_text(header), "the header"));
    const ByteView data = file.subspan(reader.position());
    // It begins with {, so it is an object.
    const json::object& entries = parsed.get_object();
    if (entries.size() > k_max_safetensors_tensors)
        return malformed("it has " + std::to_string(entries.size()) + " tensors; at most " +
                         std::to_string(k_max_safetensors_tensors) + " are read");
    Safetensors content;
    std::vector<Placed> placed;
    for (const auto& [key, value] : entries) {
        const std::string_view name = key;
        if (name == k_metadata) {
            DURE_CHECK(read_metadata(value, content.metadata));
            continue;
        }
        DURE_TRY(Placed entry, read_entry(name, value, data.size()));
        placed.push_back(std::move(entry));
    }
    std::stable_sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
        return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
    });
    std::uint64_t at = 0;
    for (Placed& entry : placed) {
        if (entry.begin != at) {
            return malformed_tensor(entry.tensor.name, "begins at byte " + std::to_string(entry.begin) +
                                                           ", but the one before it ends at " +
                                                           std::to_string(at));
        }
        entry.tensor.data = data.subspan(static_cast<std::size_t>(entry.begin),
                                         static_cast<std::size_t>(entry.end - entry.begin));
        at = entry.end;
        content.tensors.push_back(std::move(entry.tensor));
    }
    if (at != data.size())
        return malformed(std::to_string(data.size() - at) + " bytes at its end belong to no tensor");
    return content;
}

Bytes write_safetensors(const Safetensors& content) {
    DURE_ASSERT(content.tensors.size() < k_max_safetensors_tensors);
    json::object entries;
    if (!content.metadata.empty()) {
        json::object& metadata = entries[k_metadata].emplace_object();
        for (const auto& [name, text] : content.metadata)
            metadata[name] = text;
    }
    std::uint64_t at = 0;
    for (const StoredTensor& tensor : content.tensors) {
        DURE_ASSERT(tensor.name.size() <= k_max_tensor_name_bytes &&
                    tensor.shape.size() <= k_max_tensor_rank);
        std::uint64_t bytes = bytes_of(tensor.dtype);
        json::array shape;
        for (const std::uint64_t extent : tensor.shape) {
            shape.push_back(extent);
            bytes *= extent;
        }
        DURE_ASSERT(bytes == tensor.data.size());
        entries[tensor.name] = json::object{{"dtype", name_of(tensor.dtype)},
                                            {"shape", std::move(shape)},
                                            {"data_offsets", json::array{at, at + bytes}}};
        at += bytes;
    }
    std::string header = json::serialize(entries);
    header.resize((header.size() + k_header_alignment - 1) / k_header_alignment * k_header_alignment, ' ');
    DURE_ASSERT(header.size() <= k_max_safetensors_header_bytes);
    Writer writer;
    writer.reserve(sizeof(std::uint64_t) + header.size() + static_cast<std::size_t>(at));
    writer.number(std::uint64_t{header.size()});
    writer.raw(as_bytes(header));
    for (const StoredTensor& tensor : content.tensors)
        writer.raw(tensor.data);
    return writer.take();
}

}  // namespace dure::trainer
