SELECT product_id, project_id, sku, name, category, price_usd FROM dim_products
