#pragma once

#include <string>

namespace spectrum::query {

/// A number in its shortest form: 2 for 2.0, 0.5 for 5e-1.
std::string number_text(double number);

}  // namespace spectrum::query
