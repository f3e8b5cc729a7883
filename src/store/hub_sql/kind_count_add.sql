INSERT INTO kind_count (kind, count) VALUES (?1, ?2)
ON CONFLICT (kind) DO UPDATE SET count = count + excluded.count
