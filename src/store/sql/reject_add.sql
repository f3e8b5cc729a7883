INSERT INTO reject (connection, reason, count, last, sample) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (connection, reason) DO UPDATE SET
  count = count + excluded.count, last = excluded.last, sample = excluded.sample
