SELECT id, edge, pipeline, pipeline_version, asset, decision, severity, state,
       opened, updated, cleared, value, worst, threshold, message, opened_value
FROM alert WHERE id = ?1
