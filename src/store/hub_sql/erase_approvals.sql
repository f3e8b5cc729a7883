UPDATE approval SET requested_by = CASE requested_by WHEN ?1 THEN ?2 ELSE requested_by END,
                    decided_by = CASE decided_by WHEN ?1 THEN ?2 ELSE decided_by END
WHERE requested_by = ?1 OR decided_by = ?1
