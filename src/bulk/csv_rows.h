#pragma once

#include "bulk/csv.h"
#include "bulk/readers.h"

namespace spectrum::bulk {

/// Events out of CSV rows: columns named like event fields are those fields, all others become properties.
Result<std::unique_ptr<RowReader>> open_csv_rows(Buffer buffer, const std::string& name, const ReadOptions& options,
                                                 ContentIds& ids);

}  // namespace spectrum::bulk
