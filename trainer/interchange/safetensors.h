// The safetensors container (github.com/huggingface/safetensors, "Format"): named arrays behind a JSON header.
//
// Promises: reading is total and bounded, and reads nothing outside its input; what it accepts has every byte
// of its data in exactly one tensor of the size that its shape says. What was written reads back equal. Not
// here: files, and what the tensors mean (llama_files.h).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace dure::trainer {

inline constexpr std::size_t k_max_safetensors_header_bytes = std::size_t{4} << 20;
inline constexpr std::size_t k_max_safetensors_tensors = 65536;
inline constexpr std::size_t k_max_tensor_name_bytes = 512;
inline constexpr std::size_t k_max_tensor_rank = 8;

/// In the order of their names in the header, see name_of.
enum class Dtype : std::uint8_t {
    boolean,
    u8,
    i8,
    f8_e5m2,
    f8_e4m3,
    i16,
    u16,
    f16,
    bf16,
    i32,
    u32,
    f32,
    f64,
    i64,
    u64
};

/// As in the header: "BF16".
const char* name_of(Dtype dtype);
std::size_t bytes_of(Dtype dtype);

/// One array, row-major, little-endian.
struct StoredTensor {
    std::string name;
    Dtype dtype = Dtype::f32;
    std::vector<std::uint64_t> shape;  ///< empty: one number
    ByteView data;                     ///< product(shape) * bytes_of(dtype); not aligned
};

struct Safetensors {
    std::map<std::string, std::string> metadata;
    std::vector<StoredTensor> tensors;  ///< in the order of their data
};

/// The tensors' data are views of `file`. Errors: `malformed`, with what is wrong where.
Result<Safetensors> read_safetensors(ByteView file);

/// Needs tensors with data of their size, at most as many and with names as short as can be read.
Bytes write_safetensors(const Safetensors& content);

}  // namespace dure::trainer
