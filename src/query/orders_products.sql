-- One row: a product, and its values of a breakdown. $1 project
SELECT p.product_id{texts} FROM dim_products p WHERE p.project_id = $1
