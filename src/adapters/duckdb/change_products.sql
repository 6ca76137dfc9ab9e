-- Products of which an event told something new; NULL: that stays.
UPDATE dim_products
SET name = coalesce(incoming.name, dim_products.name),
    category = coalesce(incoming.category, dim_products.category),
    price_usd = coalesce(incoming.price_usd, dim_products.price_usd)
FROM incoming WHERE dim_products.product_id = incoming.product_id
