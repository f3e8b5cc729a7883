INSERT INTO progress (lane, applied) VALUES (?1, ?2)
ON CONFLICT (lane) DO UPDATE SET applied = max(applied, excluded.applied)
