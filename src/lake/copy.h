#pragma once

#include <string>

#include "lake/lake.h"

namespace spectrum::lake {

/// Copies a lake into an empty folder, laid out the same; of the facts only those with a UTC date in [from,
/// until)
/// (`2026-11-21`; empty: no limit). `conflict` when the folder holds something. Nothing may sweep the lake
/// meanwhile.
Status copy_lake(const Lake& lake, const std::string& folder, const std::string& from,
                 const std::string& until);

}  // namespace spectrum::lake
