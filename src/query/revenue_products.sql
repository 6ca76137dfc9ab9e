-- One row: a product. $1 project
SELECT product_id, sku, coalesce(name, '') AS name, coalesce(category, '') AS category FROM dim_products WHERE project_id = $1
