// What commands print: tables that line up also with Hangul in them, plots of a curve in text, and JSON.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dure::tools {

/// Columns that `text` takes on a terminal: East Asian wide characters take two, combining marks none.
std::size_t display_width(std::string_view text);

/// `text` cut to `width` columns, with … where something was cut.
std::string fit(std::string_view text, std::size_t width);

/// "dure1qpz…x3k7": enough of an address or hash to tell it from others at a glance.
std::string shorten(std::string_view text, std::size_t head = 10, std::size_t tail = 4);

/// Rows of text in columns. Columns whose every cell is a number stand at the right.
class Table {
  public:
    explicit Table(std::vector<std::string> header) : rows_{std::move(header)} {}
    void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    std::string text(std::string_view indent = "") const;

  private:
    std::vector<std::vector<std::string>> rows_;
};

struct Point {
    std::uint64_t x = 0;
    double y = 0;
};

/// A curve in text: y rises upward, one column or more a point, with both ends' values written out.
std::string plot(const std::vector<Point>& curve, std::string_view x_name, std::size_t width = 60,
                 std::size_t height = 10);

/// A number of micro-nats as nats with four digits: 5123456 -> "5.1235".
std::string nats(std::uint64_t micro_nats);

/// Indented, keys in the order they were put in.
std::string pretty(const boost::json::value& value);

/// True if standard output is a terminal.
bool on_terminal();

}  // namespace dure::tools
