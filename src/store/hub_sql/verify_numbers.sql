-- Numbers that count what cannot be.
SELECT 'enrolment_token.uses', name, uses FROM enrolment_token
WHERE uses NOT BETWEEN 0 AND 4294967295
UNION ALL
SELECT 'enrolment_token.max_uses', name, max_uses FROM enrolment_token
WHERE max_uses NOT BETWEEN 0 AND 4294967295
UNION ALL
SELECT 'login.failures', person, failures FROM login WHERE failures NOT BETWEEN 0 AND 4294967295
UNION ALL
SELECT 'session.created', person, created FROM session
WHERE created NOT BETWEEN 0 AND 4611686018427387904
UNION ALL
SELECT 'session.seen', person, seen FROM session WHERE seen NOT BETWEEN 0 AND 4611686018427387904
UNION ALL
SELECT 'api_token.used', name, used FROM api_token
WHERE used NOT BETWEEN 0 AND 4611686018427387904
UNION ALL
SELECT 'kind_count.count', kind, count FROM kind_count k
WHERE count <> (SELECT count(*) FROM object o WHERE o.kind = k.kind)
LIMIT 5
