INSERT INTO alert (id, edge, pipeline, pipeline_version, asset, decision, severity, state,
                   opened, updated, cleared, value, worst, threshold, message, opened_value)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
ON CONFLICT (id) DO UPDATE SET
  severity = excluded.severity, state = excluded.state, updated = excluded.updated,
  cleared = excluded.cleared, value = excluded.value, worst = excluded.worst,
  threshold = excluded.threshold, message = excluded.message
WHERE excluded.updated > alert.updated
   OR (excluded.updated = alert.updated AND alert.state = 'open')
