import { duckdb, formatDialect } from "sql-formatter";

/** A query in the usual layout; `{{from}}` and its like stay as they are. Throws where it is no SQL. */
export const formatted = (sql: string): string => formatDialect(sql, { dialect: duckdb, keywordCase: "upper", paramTypes: { custom: [{ regex: String.raw`\{\{\s*\w+\s*\}\}` }] } });
