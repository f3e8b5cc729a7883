SELECT id, edge, pipeline, pipeline_version, asset, decision, severity, state,
       opened, updated, cleared, value, worst, threshold, message, opened_value
FROM alert WHERE asset = ?1 AND (?2 IS NULL OR state = ?2)
ORDER BY opened DESC, id DESC LIMIT ?3
