#include "tools/dure/output.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace dure::tools {

namespace {

struct CodePoint {
    char32_t value = 0;
    std::size_t bytes = 1;
};

/// The first character of a text; a byte that begins none counts as one of itself.
CodePoint first_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    const std::size_t count = lead < 0x80         ? 1
                              : (lead >> 5) == 6  ? 2
                              : (lead >> 4) == 14 ? 3
                              : (lead >> 3) == 30 ? 4
                                                  : 1;
    if (count == 1 || text.size() < count) return {lead, 1};
    char32_t value = lead & (0x7Fu >> count);
    for (std::size_t i = 1; i < count; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return {lead, 1};
        value = (value << 6) | (byte(i) & 0x3Fu);
    }
    return {value, count};
}

std::size_t width_of(char32_t c) {
    if (c >= 0x0300 && c <= 0x036F) return 0;
    const bool wide =
        (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) ||
        (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
        (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1F64F) || (c >= 0x20000 && c <= 0x3FFFD);
    return wide ? 2 : 1;
}

bool is_number(std::string_view cell) {
    return !cell.empty() && cell.find_first_of("0123456789") != std::string_view::npos &&
           cell.find_first_not_of("0123456789.,-+% ") == std::string_view::npos;
}

void pretty_into(std::string& out, const boost::json::value& value, std::size_t depth) {
    const std::string inner(2 * (depth + 1), ' ');
    const std::string outer(2 * depth, ' ');
    if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
        out += "{\n";
        bool first = true;
        for (const auto& [key, member] : *object) {
            if (!first) out += ",\n";
            first = false;
            out += inner + boost::json::serialize(boost::json::string(key)) + ": ";
            pretty_into(out, member, depth + 1);
        }
        out += "\n" + outer + "}";
    } else if (const auto* array = value.if_array(); array != nullptr && !array->empty()) {
        out += "[\n";
        bool first = true;
        for (const auto& element : *array) {
            if (!first) out += ",\n";
            first = false;
            out += inner;
            pretty_into(out, element, depth + 1);
        }
        out += "\n" + outer + "]";
    } else {
        out += boost::json::serialize(value);
    }
}

std::string fixed(double value, int digits) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

}  // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        const CodePoint c = first_character(text);
        width += width_of(c.value);
        text.remove_prefix(c.bytes);
    }
    return width;
}

std::string fit(std::string_view text, std::size_t width) {
    if (display_width(text) <= width) return std::string(text);
    std::string out;
    std::size_t used = 0;
    while (!text.empty()) {
        const CodePoint c = first_character(text);
        if (used + width_of(c.value) + 1 > width) break;
        used += width_of(c.value);
        out += text.substr(0, c.bytes);
        text.remove_prefix(c.bytes);
    }
    return out + "…";
}

std::string shorten(std::string_view text, std::size_t head, std::size_t tail) {
    if (text.size() <= head + tail + 1) return std::string(text);
    return std::string(text.substr(0, head)) + "…" + std::string(text.substr(text.size() - tail));
}

std::string Table::text(std::string_view indent) const {
    std::vector<std::size_t> widths;
    std::vector<bool> right;
    for (const auto& row : rows_) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], display_width(row[i]));
    }
    for (std::size_t i = 0; i < widths.size(); ++i) {
        right.push_back(rows_.size() > 1 && std::all_of(rows_.begin() + 1, rows_.end(), [&](const auto& row) {
                            return i >= row.size() || row[i].empty() || is_number(row[i]);
                        }));
    }
    std::string out;
    for (const auto& row : rows_) {
        std::string line(indent);
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string padding(widths[i] - display_width(row[i]), ' ');
            line += (i > 0 ? "  " : "") + (right[i] ? padding + row[i] : row[i] + padding);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

std::string plot(const std::vector<Point>& curve, std::string_view x_name, std::size_t width,
                 std::size_t height) {
    if (curve.empty()) return "";
    const auto [low, high] = std::minmax_element(curve.begin(), curve.end(),
                                                 [](const Point& a, const Point& b) { return a.y < b.y; });
    const double bottom = low->y;
    const double span = std::max(high->y - bottom, 1e-9);
    const std::uint64_t first = curve.front().x;
    const std::uint64_t reach = std::max<std::uint64_t>(curve.back().x - first, 1);
    std::vector<std::string> rows(height, std::string(width, ' '));
    for (const Point& point : curve) {
        const auto column = static_cast<std::size_t>((point.x - first) * (width - 1) / reach);
        const auto up = static_cast<std::size_t>(
            std::lround((point.y - bottom) / span * static_cast<double>(height - 1)));
        rows[height - 1 - up][column] = '*';
    }
    std::string out;
    for (std::size_t i = 0; i < height; ++i) {
        const double at =
            bottom + span * static_cast<double>(height - 1 - i) / static_cast<double>(height - 1);
        std::string label = fixed(at, 3);
        label.insert(0, 9 - std::min<std::size_t>(label.size(), 9), ' ');
        out += label + " |" + rows[i] + "\n";
    }
    out += "          +" + std::string(width, '-') + "\n";
    const std::string last = std::to_string(curve.back().x);
    std::string axis = std::string(11, ' ') + std::to_string(first);
    axis += " " + std::string(x_name);
    if (axis.size() + last.size() < 11 + width)
        axis += std::string(11 + width - axis.size() - last.size(), ' ');
    return out + axis + last + "\n";
}

std::string nats(std::uint64_t micro_nats) {
    return fixed(static_cast<double>(micro_nats) / 1e6, 4);
}

std::string pretty(const boost::json::value& value) {
    std::string out;
    pretty_into(out, value, 0);
    return out + "\n";
}

bool on_terminal() {
    return isatty(STDOUT_FILENO) == 1;
}

}  // namespace dure::tools
