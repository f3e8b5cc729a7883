DELETE FROM alert WHERE id IN (
  SELECT id FROM alert
  WHERE state = 'cleared' AND NOT EXISTS (SELECT 1 FROM verdict WHERE verdict.alert = alert.id)
  ORDER BY opened, id
  LIMIT max(0, (SELECT count(*) FROM alert) - ?1))
